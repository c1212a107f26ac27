"""Firms as an experienced numpy user writes them: screening, in place, single precision, without a compiler.

One uniform number per firm is compared with an upper bound of all probabilities; only the few below it are
evaluated exactly.
"""

from __future__ import annotations

import numpy as np

from benchmarks.ours import Offer, columns
from benchmarks.stand_in import StandIn
from sim.model import RegionalEconomy

F = np.float32
# A cell is an index, for which numpy wants this type: any other is converted at each use.
KINDS = {
    "cell": np.intp, "home": np.uint16, "size": F, "log_z": F, "age": np.uint8, "owner": np.uint8, "weight": F,
}  # fmt: skip
CHUNK = 2048


class NumpyFirms(StandIn):
    """Firms as columns with room at their end; the order of rows means nothing.

    ``cell`` is ``city * S + sector``, ``size`` the capital.
    """

    def __init__(self, model: RegionalEconomy):
        super().__init__(model)
        table = columns(model.state.firms)
        table["cell"] = table["city"].astype(np.intp) * self.n_sectors + table["sector"]
        table |= {"size": table["capital"], "owner": table["ownership"], "age": np.minimum(table["age"], 255)}
        self._kept = {name: table[name].astype(kind) for name, kind in KINDS.items()}
        self.owners = np.bincount(table["owner"], minlength=3) / len(table["owner"])
        self.way = np.empty(0)
        self._resize(len(table["cell"]))

    def _resize(self, n: int) -> None:
        """Let every column show its first ``n`` rows; room is made in steps, so that few years have to."""
        if n > len(self._kept["cell"]):
            self._kept = {name: np.resize(column, n + n // 8) for name, column in self._kept.items()}
        if n > len(getattr(self, "_scratch", ())):
            self._scratch, self._draw = np.empty((2, len(self._kept["cell"])), F)
        for name, column in self._kept.items():
            setattr(self, name, column[:n])
        self.work, self.draw = self._scratch[:n], self._draw[:n]

    def _power(self, exponent: np.ndarray) -> np.ndarray:
        """Return ``k z^exponent`` of each firm in the scratch column."""
        # One exponent for all sectors saves its look-up.
        uniform = np.ptp(exponent) == 0
        np.multiply(self.log_z, F(exponent[0]) if uniform else self._of_cell(exponent[None, :]), out=self.work)
        np.exp(self.work, out=self.work)
        self.work *= self.size
        return self.work

    def _of_cell(self, table: np.ndarray) -> np.ndarray:
        """Return the entry of a table (R, S) or (1, S) for each firm."""
        return np.broadcast_to(table, (self.n_regions, self.n_sectors)).astype(F).ravel().take(self.cell)

    def _sums(self, value: np.ndarray | None, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        found = np.bincount(self.cell[rows], value, self.n_regions * self.n_sectors)
        return found.reshape(self.n_regions, self.n_sectors)

    def quality(self, exponent: np.ndarray) -> np.ndarray:
        return self._sums(self._power(exponent))

    def close(self, unit_return: np.ndarray, rate: float, threshold: float, chance: float) -> np.ndarray:
        hazard = -np.expm1(-rate * (0.5 + np.exp(-np.arange(256) / 5.0))).astype(F)
        # Log z at which a firm of the cell becomes insolvent.
        with np.errstate(divide="ignore"):
            least = ((np.log(threshold) - np.log(unit_return)) / (self.sigma - 1)).ravel()
        self.rng.random(out=self.draw, dtype=F)
        poor = np.flatnonzero(self.log_z < least.max())
        poor = poor[self.log_z[poor] < least[self.cell[poor]]]
        poor = poor[self.draw[poor] < 1 - (1 - hazard[self.age[poor]]) * F(1 - chance)]
        old = np.flatnonzero(self.draw < hazard.max())
        old = old[self.draw[old] < hazard[self.age[old]]]
        gone = np.concatenate([old, np.setdiff1d(poor, old)]) if len(poor) else old
        lost = np.stack([self._sums(None, gone), *(self._sums(c[gone], gone) for c in (self.size, self.weight))])
        self._drop(gone)
        return lost

    def _drop(self, gone: np.ndarray) -> None:
        """Fill the rows of closed firms with the last ones."""
        n = len(self.cell) - len(gone)
        alive = np.ones(len(gone), bool)
        alive[gone[gone >= n] - n] = False
        holes, last = gone[gone < n], n + np.flatnonzero(alive)
        for column in self._kept.values():
            column[holes] = column[last]
        self._resize(n)

    def shrink(self, factor: float) -> None:
        self.size *= F(factor)

    def move(self, terms: Offer, branch_share: float, branch_size: float) -> dict[str, np.ndarray]:
        cost, odds = self._costs(terms)
        bound = self._most(terms, cost)
        self.rng.random(out=self.draw, dtype=F)
        candidates = np.flatnonzero(self.draw < bound.ravel().take(self.cell))
        found = [self._choose(candidates[a : a + CHUNK], terms, cost, odds) for a in range(0, len(candidates), CHUNK)]
        rows, chosen = (np.concatenate(part) for part in zip(*found or [(candidates, candidates)], strict=True))
        origin, sector = np.divmod(self.cell[rows], self.n_sectors)
        branch = self.rng.random(len(rows)) < branch_share
        part = np.where(branch, F(branch_size), F(1))
        moves = {
            "sector": sector, "origin": origin, "destination": chosen, "branch": branch,
            "capital": part * self.size[rows], "weight": part * self.weight[rows],
        }  # fmt: skip
        self._carry_out(rows, chosen * self.n_sectors + sector, moves)
        return moves

    def _costs(self, terms: Offer) -> tuple[np.ndarray, np.ndarray]:
        """Cost of moving (R, R), with staying as its negative cost; odds of cities by sector and home (S, R, R)."""
        cost = terms.entry + terms.distance * terms.way
        np.fill_diagonal(cost, 0.0)
        level = terms.attraction - terms.attraction.max(axis=0)
        odds = np.exp(level.T[:, None, :] - terms.headquarters * terms.way)
        return cost.astype(F), odds.astype(F)

    def _most(self, terms: Offer, cost: np.ndarray) -> np.ndarray:
        """Upper bound (R, S) of the chance to move: the smallest firm, with its headquarters where it hurts least."""
        if not np.array_equal(self.way, terms.way):
            self.way = terms.way
            self.nearer = np.max([row[:, None] - row for row in terms.way], axis=0).astype(F)
        friction = terms.friction(self.size.min(), slice(None)).min()
        reach = np.exp(terms.headquarters * self.nearer - friction * cost)
        np.fill_diagonal(reach, 0.0)
        level = np.exp(terms.attraction - terms.attraction.max(axis=0)).astype(F)
        ratio = (reach @ level) / (level * F(np.exp(terms.stay)))
        return (terms.hazard * (ratio / (1 + ratio)) * 1.0001).astype(F)

    def _choose(
        self, rows: np.ndarray, terms: Offer, cost: np.ndarray, odds: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Let candidates have the exact law; return rows that move and where to."""
        city, sector = np.divmod(self.cell[rows], self.n_sectors)
        friction = terms.friction(self.size[rows], sector).astype(F)
        weight = np.exp(-friction[:, None] * cost[city]) * odds[sector, self.home[rows]]
        each = np.arange(len(rows))
        stays = weight[each, city] * np.exp(terms.stay)
        weight[each, city] = 0.0
        total = weight.sum(axis=1)
        moves = np.flatnonzero(self.draw[rows] < terms.hazard * total / (total + stays))
        so_far = weight[moves].cumsum(axis=1)
        target = self.rng.random(len(moves), dtype=F) * so_far[:, -1]
        return rows[moves], (so_far <= target[:, None]).sum(axis=1)

    def _carry_out(self, rows: np.ndarray, cell: np.ndarray, moves: dict[str, np.ndarray]) -> None:
        branch = moves["branch"]
        self.cell[rows[~branch]] = cell[~branch]
        parents = rows[branch]
        old, n = len(self.cell), len(parents)
        self.size[parents] -= moves["capital"][branch]
        self.weight[parents] -= moves["weight"][branch]
        self._resize(old + n)
        new = {name: column[parents] for name, column in self._kept.items()} | {
            "cell": cell[branch], "size": moves["capital"][branch], "weight": moves["weight"][branch], "age": 0
        }  # fmt: skip
        for name, values in new.items():
            self._kept[name][old : old + n] = values

    def invest(self, units: np.ndarray, exponent: np.ndarray) -> None:
        part = self._power(exponent)
        part *= self._of_cell(units / np.maximum(self._sums(part), 1e-300))
        self.size += part

    def found(
        self, city: np.ndarray, sector: np.ndarray, capital: np.ndarray, weight: np.ndarray, mean: np.ndarray, sd: float
    ) -> None:
        old, n = len(self.cell), len(city)
        self._resize(old + n)
        new = {
            "cell": city * self.n_sectors + sector, "home": city, "size": capital, "weight": weight, "age": 0,
            "log_z": mean[sector] + sd * self.rng.standard_normal(n), "owner": self.rng.choice(3, n, p=self.owners),
        }  # fmt: skip
        for name, values in new.items():
            self._kept[name][old : old + n] = values

    def drift(self, mean: np.ndarray, persistence: float, sd: float) -> None:
        self.rng.standard_normal(out=self.work, dtype=F)
        self.work *= F(sd)
        middle = (1 - persistence) * mean
        self.log_z *= F(persistence)
        self.log_z += self.work
        self.log_z += F(middle[0]) if np.ptp(middle) == 0 else self._of_cell(middle[None, :])
        self.age += self.age < 255

    def sizes(self) -> np.ndarray:
        return self.size
