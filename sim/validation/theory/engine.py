"""The market of the engine for a preset: shares of movers in, log rewards out."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.market import Equilibrium, filled, make_market, solve_market
from sim.validation.theory.preset import Preset


def freeness_matrix(preset: Preset) -> np.ndarray:
    """Return the freeness of trade (R, R) of a preset."""
    n = preset.regions
    if isinstance(preset.freeness, tuple):
        return np.array(preset.freeness, dtype=float)
    between = preset.freeness if preset.trade_cost is None else preset.trade_cost ** (1.0 - preset.sigma)
    return np.where(np.eye(n, dtype=bool), 1.0, float(between or 0.0))


class PresetMarket:
    """The market of a preset, solved for each requested distribution of movers.

    Parameters
    ----------
    preset : Preset

    Attributes
    ----------
    solved : int
        Number of markets solved so far.
    """

    def __init__(self, preset: Preset):
        self.preset = preset
        self.n = n = preset.regions
        self.solved = 0
        self._known: dict[bytes, np.ndarray] = {}
        self._logs: np.ndarray | None = None
        ones = np.ones((n, 1))
        self._people = np.column_stack([preset.immobile or np.zeros(n), np.full(n, 1.0 / n)])
        limits: dict[str, dict[str, Any]] = {
            "footloose-capital": {"outside_good": True, "owners": self._owners()},
            "footloose-entrepreneur": {"outside_good": True, "capital_share": 0.0},
            "core-periphery": {"outside_good": True, "capital_share": 0.0, "talent_share": 1.0},
            "helpman": {
                "capital_share": 0.0, "talent_share": 1.0, "housing": 1.0 - preset.mu,
                "rents_shared": float(preset.rents == "shared"),
            },
        }  # fmt: skip
        consumption = [1.0 if preset.model == "helpman" else preset.mu]
        if preset.model == "footloose-capital":
            self._people[:, 1] = 0.0
        self._market = make_market(
            ones / n, ones, freeness_matrix(preset), self._people, sigma=preset.sigma, consumption=consumption,
            **limits[preset.model],
        )  # fmt: skip

    def _owners(self) -> np.ndarray:
        """Return ownership shares: capital in every region has the same owners, who receive the income at home."""
        share = np.array(self.preset.owners or self.preset.immobile, dtype=float)
        return np.repeat((share / share.sum())[:, None], self.n, axis=1)

    def market(self, shares: np.ndarray) -> Equilibrium:
        """Solve the market for shares (R,) of movers; empty regions keep a negligible share."""
        shares = np.asarray(shares, dtype=float)
        capacity = np.vstack([filled(shares[:, None]), [[1.0]]])
        people = self._people.copy()
        if self.preset.model != "footloose-capital":
            people[:, 1] = capacity[:-1, 0]
        found = solve_market(
            self._market._replace(capacity=capacity, people=people), self._logs,
            local_labour=self.preset.variable_input == "labour",
        )  # fmt: skip
        self._logs = found.logs
        self.solved += 1
        return found

    def rewards(self, shares: np.ndarray) -> np.ndarray:
        """Return log rewards (R,): profit of a firm, or utility."""
        key = np.asarray(shares, dtype=float).tobytes()
        if key not in self._known:
            self._known[key] = self._reward(np.asarray(shares, dtype=float))
        return self._known[key]

    def _reward(self, shares: np.ndarray) -> np.ndarray:
        found, preset = self.market(shares), self.preset
        if preset.model == "footloose-capital":
            return np.log(found.unit_profit[:, 0])
        if preset.model == "helpman":
            people = filled(shares[:, None])[:, 0]
            rent = (1.0 - preset.mu) * found.income / np.array(preset.land)
            living = preset.mu * np.log(found.prices[:, 0]) + (1.0 - preset.mu) * np.log(rent)
            return np.log(found.income / people) - living
        return np.log(found.talent_wages) - preset.mu * np.log(found.prices[:, 0])
