"""The report of a robustness analysis: policies, futures, regret, satisficing, scenario discovery, figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from markupsafe import Markup

from sim import results
from sim.analysis import INDICATORS, Measured, config_of, key_title, measure, readable
from sim.analysis.futures import tables_of
from sim.analysis.robustness import ALL
from sim.analysis.switching import DECIDED
from sim.figures import robustness as figures
from sim.figures.style import display_name
from sim.report.numbers import interval_parts, share_parts, unpriced_note
from sim.report.page import closing, figure_rows, filled
from sim.report.sentences import Figure, Sentence, amount, marked, setting, shown
from sim.report.sweep import arm_rows, design_facts

POLICIES = "policies.csv"  # levers of each policy


def write_report(
    folder: str | Path,
    draw: bool = True,
    out: Path | None = None,
    ds: xr.Dataset | None = None,
    measured: Sequence[Measured] | None = None,
    tables: Mapping[str, pd.DataFrame] | None = None,
) -> Path:
    """Write ``report.html`` of a robustness analysis; see `sim.report.write_report`."""
    folder = Path(folder)
    out = folder if out is None else out
    ds = results.open_results(folder) if ds is None else ds
    config, policies = config_of(ds), _policies(folder)
    measured = measure(ds) if measured is None else measured
    tables = tables_of(ds, measured) if tables is None else tables
    if draw:
        figures.save(ds, tables, out / "figures")
    units = {item.name: item.unit for item in measured}
    content = {
        "title": config.get("title") or display_name(ds.attrs.get("name", folder.name)),
        "question": marked(
            [
                "How do ",
                amount("policies", ds.sizes["arm"]),
                " policies perform in ",
                amount("points", ds.sizes["point"]),
                " futures?",
            ]
        ),  # fmt: skip
        "missing": list(ds.attrs.get("missing", [])),
        "design": design_facts(ds, config),
        "arms": arm_rows(ds, config, dict(zip(policies["policy"], policies["arm"], strict=True))),
        "policies": _levers(policies),
        "regret": [
            _regret(str(name), rows, units[str(name)])
            for name, rows in tables["regret"].groupby("indicator", sort=False)
        ],
        "unpriced": unpriced_note(ds),
        "winners": _winners(tables["winners"]),
        "switching": _switching(tables["switching"]),
        "pairwise": _pairwise(tables["pairwise"]),
        "decided": DECIDED,
        "shares": _shares(tables["satisficing"]),
        "boxes": [_box(row) for row in tables["boxes"].to_dict("records")],
        "figures": figure_rows(out, figures.captions(tables)),
        **closing(folder, ds, config),
    }
    return results.write_text(out / "report.html", filled(content, "robustness.html.j2"))


def _policies(folder: Path) -> pd.DataFrame:
    """Return the arm and the lever values of each policy."""
    path = folder / POLICIES
    return pd.read_csv(path) if path.is_file() else pd.DataFrame({"policy": [], "arm": []})


def _levers(table: pd.DataFrame) -> dict[str, Any] | None:
    """Return the table of levers by policy, if any."""
    levers = [key for key in table if key not in ("policy", "arm")]
    rows = [
        [display_name(row["policy"]), *(marked([_lever(row["policy"], key, row[key])]) for key in levers)]
        for row in table.to_dict("records")
    ]
    return {"columns": [display_name(key_title(key)) for key in levers], "rows": rows} if levers else None


def _lever(policy: str, key: str, value: Any) -> str | Figure:
    return "–" if pd.isna(value) else setting(f"levers:{policy}:{key}", value)


def _regret(name: str, rows: pd.DataFrame, unit: str) -> dict[str, Any]:
    scale, unit = readable(unit, float(rows["maximum"].max()))
    cells = []
    for row in rows.to_dict("records"):
        key = f"regret:{name}:{row['policy']}"
        sizes = [shown(f"{key}:{size}", float(row[size]), scale) for size in ("maximum", "percentile_90", "mean")]
        cells.append([display_name(row["policy"]), *sizes, _share(key, row, "best")])
    return {"title": INDICATORS[name].title, "unit": unit, "futures": int(rows["futures"].iloc[0]), "rows": cells}


def _winners(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the share of futures in which each policy has the largest effect per yuan, by indicator."""
    return [
        {
            "title": INDICATORS[str(name)].title,
            "name": str(name),
            "futures": int(rows["futures"].iloc[0]),
            "rows": [_winner(row) for row in rows.to_dict("records")],
        }
        for name, rows in table.groupby("indicator", sort=False)
    ]


def _winner(row: dict[str, Any]) -> list[Any]:
    key = f"winners:{row['indicator']}:{row['policy']}"
    per = shown(f"{key}:per_million_yuan", float(row["per_million_yuan"]))
    return [display_name(row["policy"]), per, _share(key, row, "share")]


def _switching(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the switching values of all uncertainties, by indicator."""
    return [
        {
            "title": INDICATORS[str(name)].title,
            "pair": f"{display_name(rows['first'].iloc[0])} less {display_name(rows['second'].iloc[0])}",
            "fit": shown(f"switching:{name}:r_squared", float(rows["r_squared"].iloc[0]), digits=2),
            "rows": [_switch(f"switching:{name}:{row['uncertainty']}", row) for row in rows.to_dict("records")],
        }
        for name, rows in table.groupby("indicator", sort=False)
    ]


def _pairwise(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return every two policies by indicator, where there are more than the two of the switching values."""
    return [
        {"title": INDICATORS[str(name)].title, "rows": [_pair(row) for row in rows.to_dict("records")]}
        for name, rows in table.groupby("indicator", sort=False)
        if len(rows) > 1
    ]


def _pair(row: dict[str, Any]) -> list[Any]:
    first, second = row["first"], row["second"]
    key = f"pairwise:{row['indicator']}:{first}:{second}"
    return [
        display_name(first),
        display_name(second),
        shown(f"{key}:difference", float(row["difference"]), sign=True),
        _share(key, row, "share"),
        "holds" if row["decided"] else "undecided",
        display_name(key_title(row["uncertainty"])) if isinstance(row["uncertainty"], str) else "–",
        shown(f"{key}:value", float(row["value"])) if row["switches"] is True else "none in range",
    ]


def _switch(key: str, row: dict[str, Any]) -> list[Any]:
    """Return a row of the switching values."""
    span: Sentence = [setting(f"{key}:from", float(row["low"])), " to ", setting(f"{key}:to", float(row["high"]))]
    return [
        display_name(key_title(row["uncertainty"])),
        marked(span),
        shown(f"{key}:effect", float(row["effect"]), sign=True),
        marked(interval_parts(key, row, 1.0, "effect_low", "effect_high", digits=3)),
        shown(f"{key}:value", float(row["value"])) if row["switches"] else "none in range",
    ]


def _share(key: str, row: dict[str, Any], name: str) -> Markup:
    share, low, high = (amount(f"{key}:{name}{end}", float(row[name + end]), 100.0) for end in ("", "_low", "_high"))
    below = Markup("<br><small>{}</small>").format(marked(["[", low, ", ", high, "]"]))
    return marked([share, " %"]) + below


def _shares(table: pd.DataFrame) -> dict[str, Any] | None:
    """Return policies x thresholds."""
    if table.empty:
        return None
    thresholds = list(pd.unique(table["threshold"]))
    thresholds = thresholds[1:] if len(thresholds) == 2 else thresholds  # with a single threshold both are the same
    rows = []
    for policy, part in table.groupby("policy", sort=False):
        by_name = {row["threshold"]: row for row in part.to_dict("records")}
        cells = [
            _share(f"satisficing:{policy}:{by_name[name]['indicator'] or ALL}", by_name[name], "share")
            for name in thresholds
        ]
        rows.append([display_name(str(policy)), *cells])
    facts = table.drop_duplicates("threshold").set_index("threshold")
    return {"columns": [_threshold(str(name), facts.loc[name]) for name in thresholds], "rows": rows}


def _threshold(name: str, facts: pd.Series) -> Markup:
    """Return a threshold in words; see `sim.analysis.robustness.threshold_text`."""
    if name == ALL:
        return Markup("All thresholds")
    words: Sentence = [name.replace("_", " ")]
    for end in ("most", "least"):
        if np.isfinite(facts[end]):
            start, value, rest = str(words[0]).rpartition(f" {float(facts[end]):,.12g}")
            limit = Figure(f"threshold:{facts['indicator']}:{end}", float(facts[end]), value.strip())
            words[:1] = [f"{start} ", limit, rest]
    return marked(words)


def _box(row: dict[str, Any]) -> list[Any]:
    title, key = display_name(key_title(row["uncertainty"])), f"boxes:{row['policy']}:{row['box']}"
    own, out = f"{key}:{row['uncertainty']}", Sentence()
    for sign, end in (("≥", "low"), ("≤", "high")):
        if np.isfinite(row[end]):
            out += [" and " if out else "", f"{sign} ", setting(f"{own}:{end}", float(row[end]))]
    shares = [marked(share_parts(key, row, name)) for name in ("coverage", "density", "mass")]
    limit = marked([f"{title} ", *([row["values"]] if row["values"] else out)])
    return [
        display_name(row["policy"]), str(row["box"]), limit,
        *shares, shown(f"{own}:quasi_p", float(row["quasi_p"]), digits=2),
        shown(f"{key}:p_value", float(row["p_value"]), digits=2),
    ]  # fmt: skip
