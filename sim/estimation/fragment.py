"""Estimates as a config fragment, with their provenance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.config.design.estimation import observed
from sim.config.schema.estimation import DISTANCE, Estimation
from sim.estimation.gravity import Estimate, Fit
from sim.parameters import Parameters

FORMS = {
    "unconstrained": "unconstrained",
    "origin": "with an effect for each origin",
    "destination": "with an effect for each destination",
    "doubly": "with an effect for each origin and each destination",
}


def source_of(config: Estimation) -> str:
    """Return the source of the table."""
    known = observed().get(config.table)
    return config.source or (known["source"] if known else "")


def method(config: Estimation, result: Fit) -> str:
    """Return the estimation method in one sentence."""
    spec = config.distance
    unit = {"km": "km", "h": "hours"}[spec.unit]
    term = unit if not spec.plus else f"{spec.plus:g} + {unit}"
    decay = f"log({term})" if spec.decay == "power" else unit
    return (
        f"Poisson pseudo-maximum likelihood {FORMS[config.form]}, distance as {decay}, "
        f"{result.statistics['pairs']} pairs, robust standard errors ({config.errors.upper()})"
    )


def assignments(config: Estimation, result: Fit) -> list[dict[str, Any]]:
    """Return the parameter values implied by the estimates.

    Returns
    -------
    list of dict
        ``parameter, estimate, value, low, high, unit, range, used, note``; ``used`` is False for values outside
        the domain of the model.
    """
    rows = []
    for target, term in config.parameters.items():
        estimate = result[term]
        sign = -1.0 if term == "distance" else 1.0
        value = sign * estimate.value
        low, high = sorted((sign * estimate.low, sign * estimate.high))
        facts = _facts(target)
        used = facts["hard"][0] <= value <= facts["hard"][1]
        rows.append(
            {"parameter": target, "estimate": term, "value": value, "low": low, "high": high, "unit": facts["unit"],
             "range": facts["range"], "used": used, "note": _note(config, target, value, facts, estimate)}
        )  # fmt: skip
    return rows


def _facts(target: str) -> dict[str, Any]:
    """Return unit, plausible range and hard bounds of a parameter."""
    part, _, name = target.partition(".")
    info = type(getattr(Parameters(), part)).model_fields[name]
    extra = info.json_schema_extra
    assert isinstance(extra, dict)
    lower = [m.ge for m in info.metadata if getattr(m, "ge", None) is not None]
    upper = [m.le for m in info.metadata if getattr(m, "le", None) is not None]
    hard = (lower[0] if lower else float("-inf"), upper[0] if upper else float("inf"))
    return {"unit": extra["unit"], "range": extra["range"], "hard": hard}


def _note(config: Estimation, target: str, value: float, facts: dict[str, Any], estimate: Estimate) -> str:
    """Return caveats about the value."""
    notes = []
    (low, high), (least, most) = facts["range"], facts["hard"]
    if not least <= value <= most:
        notes.append(f"left out: not defined in the model outside {least:g} to {most:g}")
    elif not low <= value <= high:
        notes.append(f"outside the plausible range {low:g} to {high:g}")
    if target in DISTANCE and config.distance.unit == "km":
        what = f"log({DISTANCE[target]:g} + hours)" if DISTANCE[target] else "log(hours)"
        notes.append(f"elasticity in km; the parameter multiplies {what}, comparable if hours are proportional to km")
    if estimate.low <= 0 <= estimate.high:
        notes.append("its interval includes zero")
    return "; ".join(notes)


def text(config: Estimation, result: Fit) -> str:
    """Return the fragment: YAML that a scenario can include."""
    head = [f"# {config.title}" if config.title else ""]
    head += [f"# Estimated by the config '{config.name}' from {_named(config)}."]
    head += [f"# Source: {source_of(config)}" if source_of(config) else "", f"# {method(config, result)}."]
    lines = [line for line in head if line]
    sections: dict[str, list[str]] = {}
    for row in assignments(config, result):
        part, _, name = row["parameter"].partition(".")
        note = f"; {row['note']}" if row["note"] else ""
        comment = f"# [{row['unit']}] 95 % interval {row['low']:.4g} to {row['high']:.4g}, from '{row['estimate']}'"
        mark = "" if row["used"] else "# "
        sections.setdefault(part, []).append(f"    {mark}{name}: {row['value']:.6g}  {comment}{note}")
    used = {part: rows for part, rows in sections.items() if any(not r.lstrip().startswith("#") for r in rows)}
    lines.append("parameters:" if used else "parameters: {}  # no usable estimates")
    for part, rows in sections.items():
        lines += [f"  {part}:" if part in used else f"  # {part}:", *rows]
    return "\n".join(lines) + "\n"


def _named(config: Estimation) -> str:
    """Return the name of the table, or its file name without folders, which may be private."""
    known = observed().get(config.table)
    return f"the table '{config.table}' ({known['title']})" if known else f"'{Path(config.table).name}'"
