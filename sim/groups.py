"""Groups of regions on which the effects of an experiment are evaluated, and what its config says about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

_FORMER = {"hosts": "targets"}  # former names of the field
_Mechanism = Mapping[str, Any]


class Group(StrEnum):
    """A group of regions; its indicators are named GROUP_QUANTITY."""

    REGIONS = "regions"  # those of `report.regions`
    TARGETS = "targets"  # those that the mechanisms of the arms target
    SUPPORTING = "supporting"  # those of the supporting zone

    @property
    def words(self) -> str:
        """What it is, in words."""
        return _TITLES[self]


_TITLES = {
    Group.REGIONS: "the regions of the report",
    Group.TARGETS: "the targets",
    Group.SUPPORTING: "the supporting zone",
}
# what is wrong with an indicator of a group where an experiment has no such regions
LACKING = {
    Group.REGIONS: "there is no report.regions; expected selectors of regions there, or another indicator",
    Group.TARGETS: "no arm has a mechanism with targets; expected one, or another indicator",
}


def reported_regions(config: Mapping[str, Any]) -> list[str]:
    """Return the selectors of ``report.regions`` of a config, plain data; empty if it has none."""
    return list((config.get("report") or {}).get("regions") or ())


def reported_indicators(config: Mapping[str, Any]) -> list[str]:
    """Return ``report.indicators`` of a config, plain data; empty if it has none."""
    return list((config.get("report") or {}).get("indicators") or ())


def targeted_regions(config: Mapping[str, Any], arm: str | None = None) -> list[str]:
    """Return the selectors of all regions that the mechanisms of the arms target.

    The field ``targets`` of each mechanism counts, under every variant. Mechanisms that an arm has in common with the
    baseline do not count: they make no difference between them. Lines have a course and no targets.

    Parameters
    ----------
    config : mapping
        A config of any kind, plain data with all defaults.
    arm : str, optional
        Only this arm, by its name in the config.
    """
    found = dict[str, None]()
    for name, different in different_mechanisms(config):
        if arm in (None, name):
            found |= dict.fromkeys(text for m in different for text in m.get("targets") or ())
    return list(found)


def different_mechanisms(config: Mapping[str, Any]) -> Iterator[tuple[str, list[_Mechanism]]]:
    """Yield each arm under each variant with the mechanisms that it has and the baseline lacks, or the reverse.

    Parameters
    ----------
    config : mapping
        A config of any kind, plain data with all defaults.
    """
    scenario = config.get("scenario")
    common = (scenario if isinstance(scenario, Mapping) else config).get("mechanisms") or ()
    arms = config.get("arms") or {"": {}}  # a scenario is its own only arm
    baseline = config.get("baseline", "baseline")
    for variant in (config.get("variants") or {"": {}}).values():
        policies = {
            name: list(_as_set([*common, *(facts.get("mechanisms") or ())], [variant, facts]))
            for name, facts in arms.items()
        }
        without = policies.pop(baseline, [])
        for name, policy in policies.items():
            yield name, [m for m in policy if m not in without] + [m for m in without if m not in policy]


def _as_set(mechanisms: list[_Mechanism], settings: list[Mapping[str, Any]]) -> Iterator[_Mechanism]:
    """Yield mechanisms with the keys ``mechanisms.NAME.FIELD`` of the sections ``set`` of a variant and an arm."""
    keys = {key: value for facts in settings for key, value in (facts.get("set") or {}).items()}
    for i, mechanism in enumerate(mechanisms):
        own = {_FORMER.get(key, key): value for key, value in mechanism.items()}
        for key, value in keys.items():
            section, _, rest = key.partition(".")
            name, _, field = rest.partition(".")
            if section == "mechanisms" and name in (str(i), own.get("name") or own.get("kind")):
                own[_FORMER.get(field, field)] = value
        yield own
