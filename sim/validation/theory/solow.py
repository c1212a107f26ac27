"""Convergence of capital in the full annual engine, with one city and one good."""

from __future__ import annotations

from collections.abc import Iterator

import numba
import numpy as np
from threadpoolctl import threadpool_limits

from sim.config import Scenario
from sim.economy.state import Owners
from sim.model import RegionalEconomy
from sim.validation.theory import closed
from sim.validation.theory.preset import SolowPreset, load_preset
from sim.validation.theory.rows import Check, Numbers

VALUE_ADDED = 1e6  # million yuan


def solow_scenario(preset: SolowPreset) -> Scenario:
    """Return the scenario: a closed city in its steady state, without taxes, growth, externalities and randomness."""
    region = {
        "id": "city", "zone": "centre", "lat": 23.0, "lon": 113.0, "workers": 8e6, "talent": 2e6,
        "value_added": {"good": VALUE_ADDED}, "capital": preset.saving * VALUE_ADDED / preset.depreciation,
    }  # fmt: skip
    world = {
        "kind": "inline", "name": "solow", "world_size": 0.0, "regions": [region],
        "sectors": {"good": {"intermediate_share": preset.intermediate_share}}, "hours": {"people": [[0.5]]},
    }  # fmt: skip
    parameters = {
        "production": {"sigma": preset.sigma, "density_elasticity": 0, "scale_elasticity": 0,
                       "infrastructure_elasticity": 0},
        "households": {"saving_share": preset.saving, "housing_share": 0},
        "migration": {"services_weight": 0},
        "capital": {"depreciation": preset.depreciation, "founding_share": 0, "state_share": 0, "national_share": 0},
        "industry": {"exit_rate": 0, "insolvency_return": 0, "productivity_sd": 0, "relocation_rate": 0},
        "learning": {"catch_up": 0, "research": 0, "growth_now": 0, "growth_later": 0},
        "government": {"value_added_tax": 0, "profit_tax": 0, "income_tax": 0},
    }  # fmt: skip
    return Scenario.model_validate(
        {"name": preset.name, "world": world, "years": preset.years, "firms": preset.movers, "demography": False,
         "parameters": parameters}
    )  # fmt: skip


@threadpool_limits.wrap(limits=1, user_api="blas")
def convergence(preset: SolowPreset) -> np.ndarray:
    """Return log capital relative to its steady state by year, (years + 1,), after the perturbation."""
    before = numba.get_num_threads()
    numba.set_num_threads(1)  # too few firms for several threads
    try:
        return _path(preset)
    finally:
        numba.set_num_threads(before)


def _path(preset: SolowPreset) -> np.ndarray:
    model = RegionalEconomy(solow_scenario(preset))
    state = model.state
    steady = state.firms.capital.sum()
    state.firms.capital *= 1.0 + preset.perturbation
    state.owners = Owners(*(capital * (1.0 + preset.perturbation) for capital in state.owners))
    path = [np.log1p(preset.perturbation)]
    for _ in range(preset.years):
        model.step()
        path.append(float(np.log(state.firms.capital.sum() / steady)))
    return np.array(path)


def speed(preset: SolowPreset) -> float:
    """Return the mean annual speed at which capital returns to its steady state."""
    path = convergence(preset)
    return float(np.log(path[0] / path[-1]) / preset.years)


def solow_checks(sigma: float, intermediate_share: float, given: SolowPreset | None = None) -> Iterator[Check]:
    """Yield the check of the speed of convergence in the full annual engine, within 1 %."""

    def run() -> Numbers:
        preset = given or load_preset("solow", sigma=sigma, intermediate_share=intermediate_share)
        assert isinstance(preset, SolowPreset)
        expected = closed.solow_speed(sigma, intermediate_share, preset.depreciation)
        return expected, speed(preset), 0.01 * expected

    yield Check(f"solow/speed,sigma={sigma:g},iota={intermediate_share:g}", "solow", run)
