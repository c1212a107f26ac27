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
from sim.results import write_text

TOLERANCE = 0.01  # of the amount
MAX_PILOTS = 4


@dataclass
class Scaled:
    """Result of scaling one arm.

    Attributes
    ----------
    arm : str
    factor : float, 1
        Factor on every strength of the arm.
    cost : float, million yuan
        Present value of realised public outlay in the pilot run with this factor.
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
            note = "the public outlay does not respond to the strength of the arm's mechanisms"
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


def pilot_arm(
    arm: str, scenario: Any, seed: int, amount: float, discount: float, model: Callable[..., Any] | None
) -> dict[str, Any]:
    """Scale one arm in a worker process; returns `Scaled` as a dict."""
    # imported here: only worker processes load the kernels
    from sim.model import simulate

    def cost_of(factor: float) -> float:
        record = (model or simulate)(with_factor(scenario, factor), seed)
        from sim.analysis.costs import present_value  # analysis imports xarray, which plain runs do not need

        return present_value(record.series["public_outlay"], discount)

    return asdict(solve(arm, amount, cost_of))


def scale_arms(
    arms: Mapping[str, Any],
    seed: int,
    amount: float,
    discount: float,
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
    amount : float, million yuan
        Target present value of each arm.
    discount : float, 1/yr
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
    """
    known = _read(cache)
    keys = {
        arm: _key(scenario, seed, amount, discount, version)
        for arm, scenario in arms.items()
        if arm != baseline and scenario.mechanisms
    }
    todo = [arm for arm, key in keys.items() if key not in known]
    errors: dict[str, str] = {}
    tasks = [(arm, arms[arm], seed, amount, discount, model) for arm in todo]
    for done in run_tasks(pilot_arm, tasks, pool()) if tasks else ():
        if done.error:
            errors[todo[done.index]] = done.error
        else:
            known[keys[todo[done.index]]] = done.value
            write_text(cache, json.dumps(known, indent=1))
    scaled = {arm: Scaled(**{**known[key], "arm": arm}) for arm, key in keys.items() if key in known}
    result = {arm: with_factor(s, scaled[arm].factor) if arm in scaled else s for arm, s in arms.items()}
    return result, scaled, errors


def _key(scenario: Any, seed: int, amount: float, discount: float, version: str) -> str:
    text = json.dumps([canonical(scenario), seed, amount, discount, version])
    return hashlib.sha256(text.encode()).hexdigest()


def _read(cache: Path) -> dict[str, Any]:
    if not cache.is_file():
        return {}
    try:
        found = json.loads(cache.read_text(encoding="utf-8"))
    except json.JSONDecodeError:
        return {}  # the cache only saves time
    return found if isinstance(found, dict) else {}
