"""Provenance of results: config, baseline, mechanisms."""

from __future__ import annotations

import json
from typing import Any

import xarray as xr

from sim.parameters import Appraisal


def config_of(ds: xr.Dataset) -> dict[str, Any]:
    """Return the config stored with the results; empty if missing or unreadable."""
    try:
        config = json.loads(ds.attrs.get("config") or "{}")
    except json.JSONDecodeError:
        return {}
    return config if isinstance(config, dict) else {}


def baseline_of(ds: xr.Dataset) -> str | None:
    """Return the baseline arm, or None if it is not among the arms."""
    name = str(config_of(ds).get("baseline", "baseline"))
    return name if name in [str(arm) for arm in ds["arm"].values] else None


def comparable(ds: xr.Dataset) -> bool:
    """Return whether there is a baseline and at least one other arm."""
    return baseline_of(ds) is not None and ds.sizes["arm"] > 1


def other_arms(ds: xr.Dataset) -> list[str]:
    """Return the arms without the baseline, in the order of the results."""
    return [str(arm) for arm in ds["arm"].values if str(arm) != baseline_of(ds)]


def mechanisms_of(ds: xr.Dataset, arm: str) -> list[dict[str, Any]]:
    """Return the mechanisms of an arm as configured, before any scaling to a common budget."""
    config = config_of(ds)
    arms = config.get("arms")
    if arms is None:  # a scenario is its own only arm
        return list(config.get("mechanisms") or [])
    facts = arms.get(arm) if isinstance(arms, dict) else None
    return list((facts or {}).get("mechanisms") or [])


def appraisal_of(ds: xr.Dataset) -> Appraisal:
    """Return how the experiment of some results values costs and benefits."""
    return Appraisal.of(config_of(ds))
