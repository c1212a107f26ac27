"""Provenance of results: config, baseline, mechanisms."""

from __future__ import annotations

import json
from typing import Any

import xarray as xr

from sim.analysis.zones import cached
from sim.parameters import Appraisal
from sim.variants import Member, members


def config_of(ds: xr.Dataset) -> dict[str, Any]:
    """Return the config stored with the results; empty if missing or unreadable."""
    try:
        config = json.loads(ds.attrs.get("config") or "{}")
    except json.JSONDecodeError:
        return {}
    return config if isinstance(config, dict) else {}


def agents_of(ds: xr.Dataset) -> int | None:
    """Return the number of firm agents of each run at its start; None if it is unknown or differs between runs."""
    config = config_of(ds)
    varied = {ds[key].attrs.get("key") for key in ds.attrs.get("keys", ()) if key in ds}
    runs = [*(config.get("arms") or {}).values(), *(config.get("variants") or {}).values()]
    apart = any("firms" in ((run or {}).get("set") or {}) for run in runs if isinstance(run, dict))
    found = (config.get("scenario") or config).get("firms")
    return None if found is None or "firms" in varied or apart else int(found)


def members_of(ds: xr.Dataset) -> dict[str, Member]:
    """Return what each arm of the results is: an arm of the config, under a variant, paired with a baseline."""
    config = config_of(ds)
    baseline = str(config.get("baseline", "baseline"))
    variants, main = config.get("variants") or (), str(config.get("main_variant", ""))
    known = members(config.get("arms") or (), baseline, variants, main)
    return {arm: known.get(arm, Member(arm, reference=baseline)) for arm in map(str, ds["arm"].values)}


def reference_of(ds: xr.Dataset, arm: str) -> str:
    """Return the name of the baseline with which an arm is paired: that of its variant."""
    return members_of(ds)[arm].reference


def baselines_of(ds: xr.Dataset) -> dict[str, str]:
    """Return the baseline of each variant, the main one first; without variants the one of the variant ``""``."""
    known = members_of(ds)
    found = {member.variant: member.reference for member in known.values()}
    return {variant: arm for variant, arm in found.items() if arm in known}


def baseline_of(ds: xr.Dataset) -> str | None:
    """Return the baseline, with variants that of the main one; None if it is not among the arms."""
    return next(iter(baselines_of(ds).values()), None)


def of_variant(ds: xr.Dataset, baseline: str) -> xr.Dataset:
    """Return the results of the arms under the same variant as a baseline, itself included."""
    known = members_of(ds)
    arms = [arm for arm in known if baseline in known and known[arm].variant == known[baseline].variant]
    if len(arms) in (0, len(known)):
        return ds
    return cached(ds, f"variant:{baseline}", lambda: ds.sel(arm=arms))


def comparable(ds: xr.Dataset) -> bool:
    """Return whether there is a baseline and at least one other arm."""
    return baseline_of(ds) is not None and ds.sizes["arm"] > 1


def has_pairs(ds: xr.Dataset, baseline: str) -> bool:
    """Return whether a baseline shares a finished replication with another arm of its variant."""
    if baseline not in members_of(ds):
        return False
    there = of_variant(ds, baseline)["finished"].reset_coords(drop=True)
    others = there.sel(arm=there["arm"] != baseline)
    return bool((others & there.sel(arm=baseline, drop=True)).any())


def other_arms(ds: xr.Dataset) -> list[str]:
    """Return the arms without baselines, in the order of the results."""
    return [arm for arm, member in members_of(ds).items() if arm != member.reference]


def mechanisms_of(ds: xr.Dataset, arm: str) -> list[dict[str, Any]]:
    """Return the mechanisms of an arm as configured, before any scaling to a common budget."""
    config = config_of(ds)
    arms = config.get("arms")
    if arms is None:  # a scenario is its own only arm
        return list(config.get("mechanisms") or [])
    own = members_of(ds).get(arm, Member(arm)).arm  # policies of a robustness analysis are named for their arm
    facts = arms.get(own) if isinstance(arms, dict) else None
    return list((facts or {}).get("mechanisms") or [])


def appraisal_of(ds: xr.Dataset) -> Appraisal:
    """Return how the experiment of some results values costs and benefits."""
    return Appraisal.of(config_of(ds))
