"""The section on variants: the effects of the arms under each of them, and by how much they differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from markupsafe import Markup

from sim.analysis import INDICATORS, baselines_of, between_variants, config_of, readable, years_of, years_text
from sim.analysis.paired import CORRECTION
from sim.figures.style import display_name
from sim.report import numbers
from sim.report.numbers import decides, seeds_parts, small_print
from sim.report.sentences import Sentence, amount, marked, setting, shown


def variant_titles(ds: xr.Dataset) -> dict[str, str]:
    """Return what each variant of the results is, in words, the main one first; empty without variants."""
    facts = config_of(ds).get("variants") or {}
    return {name: facts[name].get("title") or display_name(name) for name in baselines_of(ds) if name in facts}


def variant_facts(ds: xr.Dataset) -> dict[str, Any] | None:
    """Return the titles, settings and table of the section, or None without variants."""
    titles, table = variant_titles(ds), between_variants(ds)
    if table.empty:
        return None
    main, *others = titles
    columns = [{"title": title, "number": False} for title in ("Indicator", "Arm")]
    columns += [{"title": title, "number": True} for title in titles.values()]
    columns += [{"title": f"{titles[name]} less {main}", "number": True} for name in others]
    settings = {name: facts.get("set") or {} for name, facts in config_of(ds)["variants"].items()}
    return {
        "main": main,
        "titles": list(titles.values()),
        "settings": Markup("; ").join(marked(_settings(name, titles[name], settings[name])) for name in titles),
        "note": marked(_note(main, table)),
        "columns": columns,
        "rows": [
            row
            for name in numbers.shown(ds)
            for row in _rows(name, table[table["indicator"] == name], next(iter(titles)))
        ],
    }


def _settings(name: str, title: str, values: Mapping[str, Any]) -> Sentence:
    """Return what a variant sets."""
    out: Sentence = [f"{title}: "]
    for key, value in values.items():
        out += [", " if len(out) > 1 else "", f"{key} = ", setting(f"settings:{name}:{key}", value)]
    return out if values else [*out, "the scenario as it is"]


def _note(main: str, table: pd.DataFrame) -> Sentence:
    comparisons = int(table["p_adjusted"].notna().sum())
    return [
        "Every arm was run under each variant with the same seeds and strengths. Effects are paired differences from "
        "the baseline under the same variant, which therefore contain the effect of the policy but not that of the "
        f"variant itself. Last columns: the effect less that under {main}, paired by seed, with its 95 % "
        "interval and the share of seeds with the sign of the mean (", *seeds_parts("variants", table["n"]),
        f"); coloured where it is significant after the correction ({CORRECTION}) for all ",
        amount("variants:comparisons", comparisons), " comparisons "
        "in variants.csv: green where the policy does more for the supporting regions than under the main variant, "
        "orange where it does less. All other sections show the main variant; headline.csv, firms.csv and "
        "interaction.csv contain all.",
    ]  # fmt: skip


def _rows(indicator: str, part: pd.DataFrame, main: str) -> list[dict[str, Any]]:
    """Return the rows of one indicator, one for each arm."""
    scale, unit = readable(str(part["unit"].iloc[0]), float(part[["main_effect", "effect"]].abs().max().max()))
    head = Markup("{}<br><small>{}</small>").format(INDICATORS[indicator].title, unit + years_text(years_of(indicator)))
    rows: list[dict[str, Any]] = []
    for arm, found in part.groupby("arm", sort=False):
        records, key = found.to_dict("records"), f"variants:{indicator}:{arm}"
        effects = {main: records[0]["main_effect"]} | {row["variant"]: row["effect"] for row in records}
        cells = [{"text": head if not rows else "", "css": "head"}, {"text": display_name(str(arm)), "css": "u"}]
        cells += [
            {"text": shown(f"{key}:{name}:effect", float(effect), scale, sign=True), "css": "n"}
            for name, effect in effects.items()
        ]
        rows.append({"cells": cells + [_cell(row, indicator, scale) for row in records], "first": not rows})
    return rows


def _cell(row: Mapping[Any, Any], indicator: str, scale: float) -> dict[str, Any]:
    """Return the cell of a difference between two effects."""
    helps = INDICATORS[indicator].better * np.sign(row["difference"])
    css = {1.0: "up", -1.0: "down"}.get(float(helps), "") if decides(row) else "open"
    key = f"variants:{indicator}:{row['arm']}:{row['variant']}"
    text = shown(f"{key}:difference", float(row["difference"]), scale, sign=True)
    return {"text": text + small_print(key, row, scale), "css": f"n {css}"}
