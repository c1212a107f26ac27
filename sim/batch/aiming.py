"""The bundled instruments with one region in the place of their targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.analysis.scorecard import Aim, How
from sim.config import Scenario, bundled
from sim.config.design.checks import check, reach
from sim.config.text.problems import validate
from sim.documents import read
from sim.errors import UserError, nearest
from sim.mechanisms import MECHANISMS
from sim.policy.targets import spelled
from sim.world import World, select

ARM = "instrument"  # of the bundled comparisons: the kind at its defaults
TARGETS = "targets"
# The field that names who receives, where that is not the targets.
RECEIVERS = {"air_routes": "cities", "paired_assistance": "pairs", "service_export": "to"}
# Members of a network or of a common market affect one another: alone the region would have no one to trade with.
JOINED = (
    "carbon_market", "digital_network", "market_integration", "property_exchange", "talent_market", "zone_link",
)  # fmt: skip
# What these are is where they are: the course of a line, the towns around a hub, the regions that an event hits.
FIXED = {"canal": "cities", "commuting_circle": "cities", "shock": TARGETS, "transport_corridor": "cities"}
EVENTS = ("shock",)  # no policy: only if it is named
# Fields of those who give, lend, buy or share, in words: an instrument for a region is by another one.
GIVERS = {
    "sponsor": "sponsor", "partner": "partner", "source": "city that is relieved", "buyer": "buyer", "hub": "hub",
    "downstream": "region downstream",
}  # fmt: skip
EXPECTED = "; expected one of `hinterland effects`"
Spec = dict[str, Any]


def section_of(kind: str) -> str:
    """Return the folder of a kind in ``sim/mechanisms``; of a preset that of the kind it is made of."""
    cls = MECHANISMS[kind]
    return (cls.preset_of or cls).__module__.split(".")[2]


def aims(region: str, scenario: Mapping[str, Any], kinds: Sequence[str] = ()) -> list[tuple[Aim, Spec]]:
    """Return each bundled instrument aimed at a region, with its specification.

    Parameters
    ----------
    region : str
        Its id.
    scenario : mapping
        World, years and firms, plain data.
    kinds : sequence of str
        All bundled ones that are policies by default.

    Returns
    -------
    list of (Aim, dict)
        The dict is empty where the instrument cannot be aimed.

    Raises
    ------
    UserError
        For a kind without a bundled comparison, and a region that the world does not have.
    """
    known = bundled("instruments")
    if unknown := [kind for kind in kinds if kind not in known]:
        raise UserError(f"--kind {unknown[0]}: has no bundled comparison{nearest(unknown[0], known) or EXPECTED}")
    world = _opened(scenario)
    ids = [str(one) for one in world.regions["id"]]
    if region not in ids:
        expected = "expected one of `hinterland list regions`"
        raise UserError(f"no region '{region}' in world '{world.name}'; {expected}{nearest(region, ids)}")
    found = []
    for kind in dict.fromkeys(kinds) or (kind for kind in known if kind not in EVENTS):
        data = read(known[kind]).data
        found.append(_aimed(kind, data["arms"][ARM]["mechanisms"][0], region, world, data["scenario"], scenario))
    return found


def _opened(scenario: Mapping[str, Any]) -> World:
    model, problems = validate(Scenario, {**scenario, "name": "scorecard"})
    if model is None:
        raise UserError([one.sentence for one in problems])
    return model.opened()


def _aimed(
    kind: str, given: Mapping[str, Any], region: str, world: World, own: Mapping[str, Any], scenario: Mapping[str, Any]
) -> tuple[Aim, Spec]:
    def refused(reason: str) -> tuple[Aim, Spec]:
        return Aim(kind, section_of(kind), How.REFUSED, reason), {}

    if own.get("mechanisms"):
        return refused("it steers other instruments, and does nothing alone")
    spec, how = _spec(kind, given, region, world)
    index = [str(one) for one in world.regions["id"]].index(region)
    if how is How.AIMED and (giver := _giver(kind, spec, index, world)):
        return refused(f"the region is itself the {giver}")
    problems = _problems({**scenario, "mechanisms": [spec]})
    where = "" if how is How.AIMED else ", ".join(spec.get(_field(kind), _default(kind, _field(kind))))
    return refused(problems[0]) if problems else (Aim(kind, section_of(kind), how, where=where), spec)


def _field(kind: str) -> str:
    """Return the field that names who receives."""
    return FIXED.get(kind) or RECEIVERS.get(kind, TARGETS)


def _spec(kind: str, given: Mapping[str, Any], region: str, world: World) -> tuple[Spec, How]:
    """Return the specification with the region in it, and how the instrument concerns it."""
    spec = {**given, "kind": kind, "name": kind}
    if kind in FIXED:
        there = spec.get(_field(kind), _default(kind, _field(kind)))
        return spec, How.AMONG if _selects(world, there, region) else How.ELSEWHERE
    key = spelled(MECHANISMS[kind], spec, _field(kind))
    if kind in JOINED:
        members = list(spec.get(key, _default(kind, key)))
        return {**spec, key: members if _selects(world, members, region) else [*members, region]}, How.AMONG
    return {**spec, key: dict.fromkeys(spec[key], region) if key == "pairs" else [region]}, How.AIMED


def _selects(world: World, selectors: Sequence[str], region: str) -> bool:
    """Whether selectors include a region; those unknown in this world are left to the checks of the scenario."""
    try:
        return bool(select(world, selectors)[[str(one) for one in world.regions["id"]].index(region)])
    except UserError:
        return False


def _default(kind: str, field: str) -> Any:
    return MECHANISMS[kind].model_fields[field].get_default(call_default_factory=True)


def _giver(kind: str, spec: Spec, index: int, world: World) -> str:
    """Return as what the region would help itself: sponsor, donor and the like; empty if another one helps it."""
    fields = [name for name in GIVERS if name in MECHANISMS[kind].model_fields]
    givers = {name: spec.get(name, _default(kind, name)) for name in fields}
    if "pairs" in spec:
        givers["donor"] = list(spec["pairs"])
    for name, selectors in givers.items():
        try:
            mask = select(world, selectors)
        except UserError:
            continue
        if mask[index] and np.count_nonzero(mask) == 1:
            return GIVERS.get(name, name)
    return ""


def _problems(scenario: dict[str, Any]) -> list[str]:
    """Return why a scenario cannot be run, without the position in a file."""
    found = check(scenario)
    if not found:
        model, found = validate(Scenario, scenario)
        found = reach(model) if model is not None else found
    return [one.text for one in found]
