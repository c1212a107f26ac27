"""Claims on directions: of the change of people, of sigma-convergence and of the Theil index between provinces."""

from __future__ import annotations

import numpy as np

from sim.analysis.inequality import theil
from sim.validation.hindcast.runs import END, START, Hindcast, eligible
from sim.validation.rows import Row
from sim.world.china.shares import by_province, share

STILL = 0.02  # log change of a share within which a region counts as neither growing nor shrinking


def direction_rows(hindcast: Hindcast) -> list[Row]:
    """Return the rows that pass or fail."""
    history, rows = hindcast.history, eligible(hindcast.history, "people")
    start, end = (share(history.figures["people", year], rows) for year in (START, END))
    then = share(hindcast.modelled("people", END), rows)
    moved = np.abs(np.log(end / start)) > STILL
    right = float((np.sign(end - start) == np.sign(then - start))[moved].mean())
    found = [Row("hindcast", "direction of the change of people, regions", "> 0.5", right, None, right > 0.5)]
    observed = [{name: history.figures[name, year] for name in ("people", "value_added")} for year in (START, END)]
    modelled = {name: hindcast.modelled(name, END) for name in ("people", "value_added")}
    for words, measure in (("spread of log income (sigma)", _sigma), ("Theil index", _theil)):
        before, after, got = (measure(*_income(hindcast, one)) for one in (*observed, modelled))
        same = bool(np.sign(got - before) == np.sign(after - before))
        found.append(Row("hindcast", f"change of the {words} of provinces", after - before, got - before, None, same))
    return found


def _income(hindcast: Hindcast, figures: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return value added per head and people by province."""
    world = hindcast.history.world
    people, added = (by_province(figures[name], world, world.national_taxes) for name in ("people", "value_added"))
    return added / people, people


def _sigma(income: np.ndarray, _: np.ndarray) -> float:
    return float(np.log(income).std())


def _theil(income: np.ndarray, people: np.ndarray) -> float:
    return float(theil(income, people))
