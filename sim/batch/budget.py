"""Common budget: scale the policy of each arm until all cost the same public money."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sim.batch.executors import Pool, run_tasks
from sim.batch.tasks import canonical
from sim.currency import in_currency
from sim.errors import UserError
from sim.parameters import Appraisal
from sim.results import write_text

TOLERANCE = 0.01  # of the amount
MAX_PILOTS = 4
# Arms are not scaled to a net cost below this share of the gross one: small errors of returns would decide the scale.
LEAST_NET = 0.25


@dataclass(frozen=True)
class Goal:
    """The public cost to which arms are scaled.

    Attributes
    ----------
    amount : float, million yuan
        Present value.
    rates : Appraisal
        Discount rates.
    measure : {"gross", "net"}
        All public outlay, or less returns and assets at the end.
    """

    amount: float
    rates: Appraisal
    measure: str = "gross"


def goal_of(config: Any) -> Goal:
    """Return the goal of an experiment with a common budget."""
    data = config.model_dump(mode="json", include={"discount", "common_budget", "appraisal"})
    budget = data["common_budget"]
    return Goal(budget["amount"], Appraisal.of(data), budget["measure"])


class NetTooSmall(Exception):
    """The net cost of an arm is too small a share of its gross cost for scaling to it."""


@dataclass
class Scaled:
    """Result of scaling one arm.

    Attributes
    ----------
    arm : str
    factor : float, 1
        Factor on every strength of the arm.
    cost : float, million yuan
        Present value of the public cost in the pilot run with this factor, gross or net.
    amount : float, million yuan
        Target budget.
    reached : bool
        Whether the cost is within 1 % of the amount.
    pilots : list of (float, float)
        Factor and cost of each pilot run.
    note : str
        Why the budget was not reached; otherwise empty.
    """

    arm: str
    factor: float
    cost: float
    amount: float
    reached: bool
    pilots: list[tuple[float, float]] = field(default_factory=list)
    note: str = ""


def with_factor(scenario: Any, factor: float) -> Any:
    """Return the scenario with every mechanism's strength multiplied by the factor."""
    scaled = [m.model_copy(update={"strength": m.strength * factor}) for m in scenario.mechanisms]
    return scenario.model_copy(update={"mechanisms": type(scenario.mechanisms)(scaled)})


def solve(arm: str, amount: float, cost_of: Callable[[float], float]) -> Scaled:
    """Find the factor at which an arm costs the amount, with at most four pilot runs.

    The first pilot is the arm as written, the second assumes cost proportional to strength, the
    others are secant steps. The pilot nearest to the amount is kept.

    Parameters
    ----------
    arm : str
    amount : float, million yuan
    cost_of : callable
        Factor to realised cost (million yuan).

    Examples
    --------
    >>> solve("fund", 50.0, lambda factor: 100.0 * factor).factor
    0.5
    """
    pilots: list[tuple[float, float]] = []
    factor, note = 1.0, ""
    for _ in range(MAX_PILOTS):
        pilots.append((factor, cost_of(factor)))
        if abs(pilots[-1][1] - amount) <= TOLERANCE * amount:
            break
        step = _next_factor(pilots, amount)
        if step is None:
            note = "the public cost does not respond to the strength of the arm's mechanisms"
            break
        factor = step
    factor, cost = min(pilots, key=lambda pilot: abs(pilot[1] - amount))
    reached = abs(cost - amount) <= TOLERANCE * amount
    if not reached and not note:
        note = f"not within {TOLERANCE:.0%} after {len(pilots)} pilot runs"
    return Scaled(arm, factor, cost, amount, reached, pilots, "" if reached else note)


def _next_factor(pilots: list[tuple[float, float]], amount: float) -> float | None:
    factor, cost = pilots[-1]
    if cost <= 0:
        return None
    proportional = factor * amount / cost
    if len(pilots) == 1:
        return proportional
    (before, cost_before) = pilots[-2]
    slope = (cost - cost_before) / (factor - before) if factor != before else 0.0
    if slope <= 0:
        # higher strength at no higher cost: the arm is constrained otherwise
        return None
    step = factor + (amount - cost) / slope
    # a secant through two close pilots may overshoot; stay within a factor of four
    return float(np.clip(step, factor / 4, factor * 4))


def pilot_arm(arm: str, scenario: Any, seed: int, goal: Goal, model: Callable[..., Any] | None) -> dict[str, Any]:
    """Scale one arm in a worker process; returns `Scaled` as a dict, or ``refused``: why it cannot be scaled."""
    # imported here: only worker processes load the kernels
    from sim.model import simulate

    def cost_of(factor: float) -> float:
        record = (model or simulate)(with_factor(scenario, factor), seed)
        from sim.analysis import costs  # analysis imports xarray, which plain runs do not need

        gross, net = costs.cost_of(record.series, goal.rates)
        if goal.measure == "gross":
            return gross
        if not net >= LEAST_NET * gross:
            share = f"{net / gross:.0%}" if np.isfinite(net) else "unknown"
            million = in_currency("million yuan", record.currency)
            raise NetTooSmall(f"net cost {net:,.0f} of {gross:,.0f} {million} gross ({share})")
        return net

    try:
        return asdict(solve(arm, goal.amount, cost_of))
    except NetTooSmall as error:
        return {"refused": str(error)}


def scale_arms(
    arms: Mapping[str, Any],
    seed: int,
    goal: Goal,
    cache: Path,
    version: str,
    pool: Callable[[], Pool],
    baseline: str = "baseline",
    model: Callable[..., Any] | None = None,
) -> tuple[dict[str, Any], dict[str, Scaled], dict[str, str]]:
    """Scale all arms but the baseline to one public cost.

    Parameters
    ----------
    arms : mapping of str to Scenario
    seed : int
        Seed of the pilot runs (the first replication's).
    goal : Goal
        Target of each arm.
    cache : Path
        ``budget.json``; entries are reused while arm, seed, budget and model are unchanged.
    version : str
        Version of the model.
    pool : callable
        Returns the executor; called only if there is something to compute.
    baseline : str
    model : callable, optional
        Instead of Hinterland's model.

    Returns
    -------
    arms : dict of str to Scenario
        With scaled strengths; a failed arm is left unscaled.
    scaled : dict of str to Scaled
    errors : dict of str to str
        Arms whose pilot run failed.

    Raises
    ------
    UserError
        If net cost is the measure and that of an arm is below a quarter of its gross cost.
    """
    known = _read(cache)
    keys = {
        arm: _key(scenario, seed, goal, version)
        for arm, scenario in arms.items()
        if arm != baseline and scenario.mechanisms
    }
    todo = [arm for arm, key in keys.items() if key not in known]
    errors: dict[str, str] = {}
    refused: dict[str, str] = {}
    tasks = [(arm, arms[arm], seed, goal, model) for arm in todo]
    for done in run_tasks(pilot_arm, tasks, pool()) if tasks else ():
        if done.error:
            errors[todo[done.index]] = done.error
        elif "refused" in done.value:
            refused[todo[done.index]] = done.value["refused"]
        else:
            known[keys[todo[done.index]]] = done.value
            write_text(cache, json.dumps(known, indent=1))
    if refused:
        raise UserError(
            f"common_budget.measure: net is refused for arm '{arm}': {why}; expected at least {LEAST_NET:.0%}, or "
            "measure: gross"
            for arm, why in sorted(refused.items())
        )
    scaled = {arm: Scaled(**{**known[key], "arm": arm}) for arm, key in keys.items() if key in known}
    result = {arm: with_factor(s, scaled[arm].factor) if arm in scaled else s for arm, s in arms.items()}
    return result, scaled, errors


def _key(scenario: Any, seed: int, goal: Goal, version: str) -> str:
    rates = [goal.rates.discount, *([goal.rates.equity_rate] if goal.measure == "net" else [])]
    text = json.dumps([canonical(scenario), seed, goal.amount, goal.measure, rates, version])
    return hashlib.sha256(text.encode()).hexdigest()


def _read(cache: Path) -> dict[str, Any]:
    if not cache.is_file():
        return {}
    try:
        found = json.loads(cache.read_text(encoding="utf-8"))
    except json.JSONDecodeError:
        return {}  # the cache only saves time
    return found if isinstance(found, dict) else {}
