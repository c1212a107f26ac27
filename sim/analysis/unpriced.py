"""Arms that contain a mechanism whose effect has no known price: none has a figure per yuan, nor a rank by one.

A mechanism that lowers the cost of a border for money (``priced`` is false) could be made to look cheap or dear by the
amount alone. Of such an arm the break-even cost is reported instead; docs/model.md, section 10.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import xarray as xr

from sim.analysis.provenance import config_of, members_of
from sim.analysis.zones import cached
from sim.cells import JOIN, cells_of
from sim.groups import different_mechanisms


def unpriced(ds: xr.Dataset) -> dict[str, list[str]]:
    """Return the arms without a known price, under all variants, with the kinds to which that is due.

    Mechanisms that an arm has in common with the baseline do not count. Kinds that are not installed here have a price.
    """
    return cached(ds, "unpriced", lambda: _unpriced(ds))


def _unpriced(ds: xr.Dataset) -> dict[str, list[str]]:
    config = config_of(ds)
    if config.get("factors"):
        cells, factors = cells_of(config), unpriced_factors(config)
        found = {arm: _merged(factors.get(one, ()) for one in cells.names(on)) for arm, (on, _) in cells.arms.items()}
        return {arm: found[arm] for arm in map(str, ds["arm"].values) if found.get(arm)}
    known: dict[str, list[str]] = {}
    for name, mechanisms in different_mechanisms(config):
        known[name] = _merged([known.get(name, ()), _unpriced_kinds(mechanisms)])
    others = {arm: member.arm for arm, member in members_of(ds).items() if arm != member.reference}
    found = {arm: known.get(_arm_of(own, known), []) for arm, own in others.items()}
    return {arm: kinds for arm, kinds in found.items() if kinds}


def unpriced_factors(config: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the factors of a factorial experiment without a known price, with the kinds to which that is due."""
    found = {name: _unpriced_kinds(facts.get("mechanisms") or ()) for name, facts in config["factors"].items()}
    return {name: kinds for name, kinds in found.items() if kinds}


def _unpriced_kinds(mechanisms: Iterable[Mapping[str, Any]]) -> list[str]:
    from sim.mechanisms import MECHANISMS  # loads the packages of the model

    kinds = dict.fromkeys(str(one.get("kind", "")) for one in mechanisms)
    return [kind for kind in kinds if (cls := MECHANISMS.get(kind)) is not None and not cls.priced]


def _merged(parts: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys(kind for part in parts for kind in part))


def _arm_of(name: str, arms: Iterable[str]) -> str:
    """Return the arm of the config from which a policy of a robustness analysis is made: its name begins with it."""
    return max((arm for arm in arms if name == arm or name.startswith(f"{arm}{JOIN}")), key=len, default=name)
