"""The command plan: the phases of a year, and what cities and each active mechanism read and post in them."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Optional, get_args, get_type_hints

import typer

from sim.cli.output import Json, answer, clean, next_steps, paragraph, quoted, say
from sim.cli.running import Config, Set

if TYPE_CHECKING:
    from sim.config import Scenario
    from sim.policy.mechanism import Mechanism


def plan(
    config: Config,
    arm: Annotated[
        Optional[str], typer.Option("--arm", help="Arm to show; default: the first with mechanisms.")
    ] = None,
    overrides: Set = None,
    as_json: Json = False,
) -> None:
    """Show the phases of a year: what each takes and returns, and what each active mechanism reads and posts there."""
    from sim.config import load

    name, scenario = _chosen(load(config, overrides or []), arm)
    found = {"name": name, "world": _world(scenario), "currency": scenario.opened().currency,
             "years": [scenario.start, scenario.start + scenario.years - 1],
             "phases": phases(), "cities": city_rule(scenario), "mechanisms": mechanisms(scenario)}  # fmt: skip
    if as_json:
        answer(clean({"ok": True, **found}))
        return
    _print(found)
    next_steps("", f"hinterland profile {quoted(config)}: time and memory of each phase")


def _chosen(config: Any, arm: str | None) -> tuple[str, Scenario]:
    """Return an arm and its scenario: the one that is requested, or the first that has mechanisms."""
    from sim.batch.profiling import first_run
    from sim.config import design_of

    if arm is None:
        arms = getattr(config, "arms", None) or design_of(config).arms
        named = [name for name, part in arms.items() if part.mechanisms]
        arm = named[0] if named else None
    task = first_run(config, arm)
    return task.arm, task.scenario


def _world(scenario: Scenario) -> str:
    from sim.world import world_title

    return world_title(scenario.world)


def phases() -> list[dict[str, Any]]:
    """Return the phases of a year in their order: name, text, what they take and return."""
    from importlib import import_module

    from sim.model import PHASES

    functions = [getattr(import_module(f"sim.economy.year.{name}"), name) for name in PHASES]
    return [_phase(name, function) for name, function in zip(PHASES, functions, strict=True)]


def _phase(name: str, function: Callable[..., Any]) -> dict[str, Any]:
    from sim.policy.quantity import quantities

    hints = get_type_hints(function)
    result = hints.pop("return")
    known = quantities(result)
    returned = {f.name: str(known.get(f.name, _spoken(f.type))) for f in dataclasses.fields(result)}
    return {
        "name": name,
        "text": " ".join((inspect.getdoc(function) or "").split("\n\n")[0].split()),
        "takes": [_spoken(hint) for hint in hints.values()],
        "returns": result.__name__,
        "holds": returned,
    }


def _spoken(hint: Any) -> str:
    """Return a type by its name; a sequence by that of its members, in the plural."""
    if isinstance(hint, str):
        return hint
    inner = get_args(hint)
    return f"{inner[0].__name__}s" if inner else str(hint.__name__)


def city_rule(scenario: Scenario) -> dict[str, Any]:
    """Return the rule by which city governments decide, and what it reads."""
    from sim.policy.cities import RULES

    rule = scenario.parameters.cities.rule
    return {"rule": rule, "reads": sorted(RULES[rule].reads)}


def mechanisms(scenario: Scenario) -> list[dict[str, Any]]:
    """Return the mechanisms of a scenario in the order of their names, those without effect left out."""
    world = scenario.opened()
    every = sorted(scenario.mechanisms, key=lambda m: m.name)
    active = [m for m in every if m.strength > 0 and _years(m, scenario)]
    return [_mechanism(m, scenario, m.planned_cost(world, scenario.years) if not m.cost else 0.0) for m in active]


def _years(mechanism: Mechanism, scenario: Scenario) -> list[int]:
    run = range(scenario.start, scenario.start + scenario.years)
    return [year for year in run if mechanism.level(year, scenario.start) > 0]


def _mechanism(mechanism: Mechanism, scenario: Scenario, cost: float) -> dict[str, Any]:
    from sim.policy.mechanism import Mechanism as Base
    from sim.policy.posts import ORDERS, WEDGES

    years, late = _years(mechanism, scenario), type(mechanism).settle is not Base.settle
    return {
        "name": mechanism.name,
        "kind": mechanism.kind,
        "years": [years[0], years[-1]],
        "reads": sorted(mechanism.readable),
        "wedges": sorted(mechanism.writable & set(WEDGES)),
        "orders": sorted(mechanism.writable & set(ORDERS)),
        "reacts": late,
        "planned_cost": cost,
        "cost": mechanism.cost,
    }


def _print(found: dict[str, Any]) -> None:
    first, last = found["years"]
    say(f"'{found['name']}', world {found['world']}, {first} to {last}. A year:")
    for k, phase in enumerate(found["phases"], start=1):
        say()
        paragraph(f"{k}. {phase['name']}: {phase['text']}", "", "   ")
        paragraph(f"takes {', '.join(phase['takes'])}; returns {phase['returns']}: {', '.join(phase['holds'])}", "   ")
        if phase["name"] == "policy":
            cities = found["cities"]
            say(f"   - cities (rule {cities['rule']})")
            paragraph(f"reads {', '.join(cities['reads']) or 'nothing'}", "     ")
        for mechanism in found["mechanisms"]:
            for line in _lines(mechanism, phase["name"], found["currency"]):
                paragraph(line.removeprefix("- "), "   - " if line.startswith("- ") else "     ", "     ")
    if not found["mechanisms"]:
        say("\nNo mechanism is active.")


def _lines(m: dict[str, Any], phase: str, currency: str) -> list[str]:
    from sim.currency import in_currency

    reads = f"reads {', '.join(m['reads']) or 'nothing'}"
    if phase == "policy":
        cost = m["cost"] or f"{m['planned_cost']:,.0f} {in_currency('million base-year yuan', currency)} planned"
        posts = ", ".join([*m["orders"], *(f"wedge {name}" for name in m["wedges"])]) or "nothing"
        return [f"- {m['name']} ({m['kind']}), {m['years'][0]} to {m['years'][1]}, cost: {cost}",
                f"  {reads}", f"  posts {posts}"]  # fmt: skip
    if phase == "settle" and m["reacts"]:
        moves = "transfers and reports" if "transfer" in m["orders"] else "reports"
        return [f"- {m['name']} ({m['kind']}): {reads} of this year; {moves}"]
    return []
