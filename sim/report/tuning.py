"""The report of a tuning: search, best trials with confirmation, figures, config."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from sim import results
from sim.analysis import Tuned, key_title, lever_text, number, read_tuning
from sim.figures import save_tuning, tuning_captions
from sim.figures.style import display_name
from sim.figures.tuning import scale_of
from sim.parameters import Appraisal
from sim.report.costs import discount_of
from sim.report.page import budget_facts, closing, figure_rows, filled
from sim.report.sentences import marked, with_powers

LONGEST = 100  # rows of the table of best trials; all are in front.csv


def write_report(folder: str | Path, draw: bool = True, out: Path | None = None) -> Path:
    """Write ``report.html`` of a tuning; see `sim.report.write_report`."""
    folder = Path(folder)
    out = folder if out is None else out
    tuned = read_tuning(folder)
    if draw:
        save_tuning(tuned, out / "figures")
    ds = results.open_results(folder)
    config = tuned.config
    levers = ", ".join(key_title(lever["key"]) for lever in tuned.levers)
    content = {
        "title": config.get("title") or display_name(config["name"]),
        "question": f"{len(tuned.trials):,} trials of {levers}.",
        "missing": [],
        "search": _search(tuned, str(ds.attrs.get("world", "")), [int(year) for year in ds["year"].values[[0, -1]]]),
        "best": _best(tuned),
        "figures": figure_rows(out, tuning_captions(tuned)),
        **closing(folder, ds, config),
    }
    return results.write_text(out / "report.html", filled(content, "tuning.html.j2"))


def _search(tuned: Tuned, world: str, years: list[int]) -> dict[str, Any]:
    trials, config = tuned.trials, tuned.config
    failed = trials[trials["state"] == "failed"]
    dropped = int(trials["pruned"].sum())
    return {
        "world": world,
        "first": years[0],
        "last": years[1],
        "trials": len(trials),
        "feasible": int(trials["feasible"].sum()),
        "dropped": dropped,
        "saved": dropped * (config["replications"] - config["replications"] // 2),
        "failed": len(failed),
        "failure": str(failed["note"].iloc[0]) if len(failed) else "",
        "replications": config["replications"],
        "confirm": config["confirm"],
        "batch": config["batch"],
        "policy": display_name(next(arm for arm in config["arms"] if arm != config["baseline"])),
        "levers": [{**lever, "range": _range(lever)} for lever in tuned.levers],
        "objectives": tuned.objectives,
        "constraints": [_limit(tuned, constraint) for constraint in tuned.constraints],
        "uncertainties": list(config["uncertainties"]),
        "budget": budget_facts(config),
        "discount": marked([discount_of(Appraisal.of(config))]),
    }


def _range(lever: dict[str, Any]) -> str:
    if lever["values"] is not None:
        return "; ".join(with_powers(lever_text(value)) for value in lever["values"])
    low, high = (with_powers(lever_text(lever[end])) for end in ("low", "high"))
    return f"{low} to {high}" + (", log scale" if lever["log"] else "")


def _limit(tuned: Tuned, constraint: dict[str, Any]) -> dict[str, Any]:
    # limits of shares and indices are shown as configured, not in thousandths
    scale, unit = (1.0, "") if constraint["unit"] == "1" else scale_of(tuned.trials, constraint)
    word = "at least" if constraint["direction"] > 0 else "at most"
    return {**constraint, "text": f"{word} {with_powers(number(constraint['limit'] * scale, 4))} {unit}"}


def _best(tuned: Tuned) -> dict[str, Any]:
    """Return the table of best trials: levers, then all quantities with search seeds and fresh seeds."""
    quantities = list({q["name"]: q for q in (*tuned.objectives, *tuned.constraints)}.values())
    columns = [{"title": "Trial", "unit": ""}]
    columns += [
        {"title": display_name(key_title(lever["key"])), "unit": _unit(lever["unit"])} for lever in tuned.levers
    ]
    scales = {}
    for quantity in quantities:
        scales[quantity["name"]], unit = scale_of(tuned.trials, quantity)
        columns.append({"title": quantity["title"], "unit": _unit(unit)})
    fresh = tuned.confirmed.set_index(["trial", "quantity"]) if len(tuned.confirmed) else None
    rows = []
    for row in tuned.front.sort_values(tuned.objectives[0]["name"], kind="stable").to_dict("records"):
        cells = [str(row["trial"]), *(with_powers(lever_text(row[lever["key"]])) for lever in tuned.levers)]
        for name, scale in scales.items():
            after = fresh.loc[(row["trial"], name)] if fresh is not None else None
            cells.append(_cell(row, name, scale, after))
        broken = fresh is not None and not fresh.loc[row["trial"], "kept"].all()
        rows.append({"cells": cells, "best": bool(row["best"]), "broken": broken})
    return {
        "columns": columns,
        "rows": rows[:LONGEST],
        "left_out": max(0, len(rows) - LONGEST),
        "several": len(tuned.objectives) > 1,
        "broken": any(row["broken"] for row in rows),
    }


def _unit(unit: str) -> str:
    return "" if unit == "1" else unit


def _cell(row: dict[str, Any], name: str, scale: float, after: pd.Series | None) -> str:
    text = _estimate_text(scale, *(row[f"{name}{end}"] for end in ("", "_low", "_high")))
    if after is None:
        return text
    fresh = _estimate_text(scale, *(after[f"confirmed{end}"] for end in ("", "_low", "_high")))
    return text + Markup("<br><span class='open'>fresh </span>{}").format(fresh)


def _estimate_text(scale: float, value: float, low: float, high: float) -> Markup:
    text = Markup("{}").format(with_powers(number(scale * value, 4)))
    if low == low:  # worst-case quantities have no interval
        ends = (with_powers(number(scale * end, 4)) for end in (low, high))
        text += Markup(" <small>[{}, {}]</small>").format(*ends)
    return text
