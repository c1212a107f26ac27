"""Extreme but legal parameters and worlds run with finite results, or stop with what failed and where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from sim.config import Scenario, json_schema
from sim.errors import RunFailed, UserError
from sim.model import simulate
from sim.world import write_template

TINY = {"kind": "synthetic", "name": "tiny", "regions": 8}
PARAMETERS: dict[str, dict[str, dict[str, float]]] = {
    "goods differ much": {"production": {"sigma": 1.6}},
    "goods hardly differ": {"production": {"sigma": 20.0}},
    "capital earns all profit": {"production": {"capital_share_of_profit": 1.0}},
    "everybody moves": {"migration": {"worker_mobility": 0.5, "talent_mobility": 0.5}},
    "moving costs nothing": {"migration": {"worker_moving_cost": 0.0, "talent_moving_cost": 0.0}},
    "half of the firms relocate": {"industry": {"relocation_rate": 0.5}},
    "half of the firms close": {"industry": {"exit_rate": 0.5}},
    "no taxes": {"government": {"value_added_tax": 0.0, "profit_tax": 0.0, "income_tax": 0.0}},
}


def unfinite(world: Any, years: int = 12, parameters: dict[str, Any] | None = None, firms: int = 2000) -> list[str]:
    """Return the names of recorded variables that are not finite somewhere."""
    scenario = Scenario.model_validate(
        {"name": "extreme", "world": world, "years": years, "firms": firms,
         "parameters": parameters or {}}
    )  # fmt: skip
    series = simulate(scenario, 1).series
    return [name for name, values in series.items() if values.dtype.kind == "f" and not np.isfinite(values).all()]


@pytest.mark.parametrize("name", PARAMETERS)
def test_extreme_parameters_run(name):
    assert not unfinite(TINY, parameters=PARAMETERS[name])


def bounds() -> Iterator[tuple[str, str, float]]:
    """Yield section, name and value of each bound of each parameter, an excluded one a little inside."""
    definitions = json_schema()["$defs"]
    for section, reference in definitions["Parameters"]["properties"].items():
        for name, found in definitions[reference["$ref"].rpartition("/")[2]]["properties"].items():
            for bound, inside in (
                ("minimum", 0),
                ("maximum", 0),
                ("exclusiveMinimum", 1e-6),
                ("exclusiveMaximum", -1e-6),
            ):
                if bound in found:
                    yield section, name, found[bound] + inside


@pytest.mark.slow
def test_every_parameter_at_its_bounds_runs_or_is_told():
    """A bound at which something is divided by zero, or overflows, is no bound."""
    stopped, tried = [], 0
    for section, name, value in bounds():
        try:
            assert not unfinite({**TINY, "regions": 4}, 2, {section: {name: value}}), f"{section}.{name} {value:g}"
        except (UserError, RunFailed, ValidationError) as error:
            stopped.append(f"{section}.{name} {value:g}: {error}")
        except (ArithmeticError, RuntimeWarning) as error:
            raise AssertionError(f"{section}.{name} {value:g}") from error
        tried += 1
    assert tried > 200 and len(stopped) < tried / 10, stopped


def test_two_regions_run():
    assert not unfinite({**TINY, "regions": 2})


def test_what_does_not_converge_is_named_with_its_region():
    with pytest.raises(RunFailed, match=r"world tiny: [a-z ]+ of \w+ in the base year did not converge"):
        unfinite(TINY, parameters={"production": {"capital_share_of_profit": 0.0}})


# Factors on columns of the second region of the template.
REGIONS: dict[str, dict[str, float]] = {
    "hardly any talent": {"talent": 1e-5},
    "a hamlet with the output of a city": {"workers": 1e-3, "talent": 1e-3},
    "a hamlet": {c: 1e-4 for c in ("workers", "talent", "area_km2")},
    "a city-state on a square kilometre": {"area_km2": 2e-4},
    "a region that is nearly all of a sector": {"va_high_tech": 1e3},
}


@pytest.mark.parametrize("name", REGIONS)
def test_extreme_regions_run_or_are_told(tmp_path: Path, name):
    write_template(tmp_path / "w")
    table = pd.read_csv(tmp_path / "w/regions.csv")
    table = table.astype({c: float for c in table.select_dtypes("number")})
    for column, factor in REGIONS[name].items():
        table.loc[1, column] *= factor
        if name == "a hamlet":
            table.loc[1, [c for c in table if c.startswith("va_")]] *= factor ** (1 / 3)
    table.to_csv(tmp_path / "w/regions.csv", index=False)
    try:
        assert not unfinite(str(tmp_path / "w"))
    except (UserError, RunFailed) as error:
        assert "own" in str(error) or "delta" in str(error)


def test_a_city_that_people_leave_runs(tmp_path: Path):
    write_template(tmp_path / "w")
    table = pd.read_csv(tmp_path / "w/regions.csv")
    table["migration_workers"], table["natural_rate"] = [0.0, 0.0, -0.9 * table["workers"][2], 0.0], [0, 0, -0.09, 0]
    table.to_csv(tmp_path / "w/regions.csv", index=False)
    assert not unfinite(str(tmp_path / "w"), years=60)


def test_one_firm_agent_may_be_half_a_sector():
    world = {**TINY, "regions": 2}
    scenario = {
        "name": "few",
        "world": world,
        "years": 12,
        "firms": 1000,
        "parameters": {"industry": {"size_tail": 1.02}},
    }
    series = simulate(Scenario.model_validate(scenario), 1).series
    assert all(np.isfinite(v).all() for v in series.values() if v.dtype.kind == "f")
