"""Firms as an experienced numpy user writes them: screening, in place, single precision, without a compiler.

One uniform number per firm is compared with upper bounds of its probability; only the few below them are evaluated
exactly.
"""

from __future__ import annotations

import numpy as np

from benchmarks.ours import Offer, columns
from benchmarks.stand_in import StandIn
from sim.model import RegionalEconomy

F = np.float32
# A cell is an index, for which numpy wants this type: any other is converted at each use.
KINDS = {
    "cell": np.intp, "home": np.uint16, "capital": F, "log_z": F, "age": np.uint8, "owner": np.uint8, "weight": F,
    "variance": F,
}  # fmt: skip
CHUNK, CLASSES = 2048, 8


class NumpyFirms(StandIn):
    """Firms as columns with room at their end; the order of rows means nothing. ``cell`` is ``city * S + sector``."""

    def __init__(self, model: RegionalEconomy):
        super().__init__(model)
        table = columns(model.state.firms)
        table["cell"] = table["city"].astype(np.intp) * self.n_sectors + table["sector"]
        table |= {"owner": table["ownership"], "age": np.minimum(table["age"], 255)}
        self._kept = {name: table[name].astype(kind) for name, kind in KINDS.items()}
        self.owners = np.bincount(table["owner"], minlength=3) / len(table["owner"])
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

    def _capital_times_exp(self, log: np.ndarray) -> np.ndarray:
        """Return ``k exp(log)`` of each firm, in place of the log."""
        np.exp(log, out=log)
        log *= self.capital
        return log

    def _by_variance(self, coefficients: np.ndarray, out: np.ndarray) -> np.ndarray:
        """Return a function of relative variance, as `stand_in.by_variance`."""
        *others, last = coefficients.astype(F)
        out[...] = last
        for coefficient in reversed(others):
            out *= self.variance
            out += coefficient
        return out

    def _of_cell(self, table: np.ndarray) -> np.ndarray:
        """Return the entry of a table (R, S) for each firm."""
        return table.astype(F).ravel().take(self.cell)

    def _sums(self, value: np.ndarray | None, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        found = np.bincount(self.cell[rows], value, self.n_regions * self.n_sectors)
        return found.reshape(self.n_regions, self.n_sectors)

    def quality(self, exponent: float) -> np.ndarray:
        return self._sums(self._capital_times_exp(np.multiply(self.log_z, F(exponent), out=self.work)))

    def close(self, unit_return: np.ndarray, rate: float, threshold: float, chance: float) -> np.ndarray:
        hazard = -np.expm1(-rate * (0.5 + np.exp(-np.arange(256) / 5.0))).astype(F)
        # Log z at which a firm of the cell becomes insolvent.
        with np.errstate(divide="ignore"):
            least = ((np.log(threshold) - np.log(unit_return)) / (4 * self.process.power)).ravel().astype(F)
        self.rng.random(out=self.draw, dtype=F)
        poor = np.flatnonzero(self.log_z < least.max())
        poor = poor[self.log_z[poor] < least[self.cell[poor]]]
        poor = poor[self.draw[poor] < 1 - (1 - hazard[self.age[poor]]) * F(1 - chance)]
        old = np.flatnonzero(self.draw < hazard.max())
        old = old[self.draw[old] < hazard[self.age[old]]]
        gone = np.concatenate([old, np.setdiff1d(poor, old)]) if len(poor) else old
        lost = np.stack([self._sums(None, gone), *(self._sums(c[gone], gone) for c in (self.capital, self.weight))])
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
        self.capital *= F(factor)

    def move(self, terms: Offer, branch_share: float, branch_size: float) -> dict[str, np.ndarray]:
        candidates, odds = self._candidates(terms), self._odds(terms)
        found = [self._choose(candidates[a : a + CHUNK], terms, odds) for a in range(0, len(candidates), CHUNK)]
        rows, chosen = (np.concatenate(part) for part in zip(*found or [(candidates, candidates)], strict=True))
        origin, sector = np.divmod(self.cell[rows], self.n_sectors)
        branch = self.rng.random(len(rows)) < branch_share
        part = np.where(branch, F(branch_size), F(1))
        moves = {
            "sector": sector, "origin": origin, "destination": chosen, "branch": branch,
            "capital": part * self.capital[rows], "weight": part * self.weight[rows],
        }  # fmt: skip
        self._carry_out(rows, chosen * self.n_sectors + sector, moves)
        return moves

    def _candidates(self, terms: Offer) -> np.ndarray:
        """Return rows of firms that may move; of those at home only those below a bound by class of moving costs."""
        self.rng.random(out=self.draw, dtype=F)
        rows = np.flatnonzero(self.draw < terms.hazard)
        city, sector = np.divmod(self.cell[rows], self.n_sectors)
        friction = terms.friction(self.capital[rows], self.weight[rows], sector)
        least = np.quantile(friction, np.arange(CLASSES) / CLASSES)
        odds = np.stack([self._most(terms, lowest) for lowest in least])
        most = odds[least.searchsorted(friction, "right") - 1, city, sector]
        return rows[(self.draw[rows] * (1 + most) < terms.hazard * most) | (self.home[rows] != city)]

    def _most(self, terms: Offer, friction: float) -> np.ndarray:
        """Upper bound (R, S) of the odds of moving of firms at home, with at least this friction and of any age."""
        thinner = (terms.thin - terms.thin[:, None]).astype(F)
        lean = np.maximum(F(-terms.maturity) * thinner, F(1 - terms.maturity) * thinner)
        reach = np.exp(F(terms.life_cycle.max()) * lean - terms.away.astype(F) - F(friction) * terms.cost.astype(F))
        np.fill_diagonal(reach, 0.0)
        stays = terms.stay - terms.away.diagonal()[:, None] - terms.attraction.max(axis=0)
        return 1.0001 * (reach @ self._level(terms).astype(F)) / np.exp(stays)

    def _level(self, terms: Offer) -> np.ndarray:
        return np.exp(terms.attraction - terms.attraction.max(axis=0))

    def _odds(self, terms: Offer) -> np.ndarray:
        """Odds of cities by sector and home, costs of moving and maturity aside, (S, R, R)."""
        return self._level(terms).T[:, None, :].astype(F) * np.exp(-terms.away).astype(F)

    def _choose(self, rows: np.ndarray, terms: Offer, odds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Let candidates have the exact law; return rows that move and where to."""
        city, sector = np.divmod(self.cell[rows], self.n_sectors)
        home, each = self.home[rows], np.arange(len(rows))
        friction = terms.friction(self.capital[rows], self.weight[rows], sector).astype(F)
        stage = terms.stage(self.age[rows], sector).astype(F)
        weight = stage[:, None] * terms.thin.astype(F) - friction[:, None] * terms.cost.astype(F)[city]
        weight = np.exp(weight, out=weight)
        weight *= odds[sector, home]
        weight[each, city] = 0.0
        stays = terms.stay[city, sector] - terms.attraction.max(axis=0)[sector]
        stays = np.exp(stays - terms.away[home, city] + stage * terms.thin[city])
        total = weight.sum(axis=1)
        moves = np.flatnonzero(self.draw[rows] < terms.hazard * total / (total + stays))
        so_far = weight[moves].cumsum(axis=1)
        target = self.rng.random(len(moves), dtype=F) * so_far[:, -1]
        return rows[moves], (so_far <= target[:, None]).sum(axis=1)

    def _carry_out(self, rows: np.ndarray, cell: np.ndarray, moves: dict[str, np.ndarray]) -> None:
        branch = moves["branch"]
        self.cell[rows[~branch]] = cell[~branch]
        parents, size, weight = rows[branch], moves["capital"][branch], moves["weight"][branch]
        whole = self.variance[parents] * np.maximum(self.weight[parents], 1)
        self.capital[parents] -= size
        self.weight[parents] -= weight
        self.variance[parents] = whole / np.maximum(self.weight[parents], 1)
        new = {name: column[parents] for name, column in self._kept.items()}
        new |= {"cell": cell[branch], "capital": size, "weight": weight}
        self._append(new | {"variance": whole / np.maximum(weight, 1)})

    def _append(self, new: dict[str, np.ndarray]) -> None:
        old, n = len(self.cell), len(new["cell"])
        self._resize(old + n)
        for name, column in self._kept.items():
            column[old : old + n] = new[name]

    def invest(self, units: np.ndarray) -> None:
        part, log = self._by_variance(self.process.growth, self.work), self.draw
        part += np.multiply(self.log_z, F(self.process.power), out=log)
        part = self._capital_times_exp(part)
        part *= self._of_cell(units / np.maximum(self._sums(part), 1e-300))
        self.capital += part

    def found(self, **firms: np.ndarray) -> None:
        city, n = firms["city"], len(firms["city"])
        owner = self.rng.choice(3, n, p=self.owners)
        cell = city * self.n_sectors + firms["sector"]
        self._append(firms | {"cell": cell, "home": city, "age": np.zeros(n), "owner": owner})

    def drift(self) -> None:
        persistence, shock, spread = self.process.persistence, self.work, self.draw
        self.rng.standard_normal(out=shock, dtype=F)
        np.sqrt(self.variance, out=spread)
        spread *= F(self.process.sd)
        shock *= spread
        self.log_z *= F(persistence)
        self.log_z += shock
        self.log_z += self._by_variance((1 - persistence) * self.process.mean, self.work)
        self.age += self.age < 255

    def column(self, name: str) -> np.ndarray:
        return self._kept[name][: len(self.cell)]
