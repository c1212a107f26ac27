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
from sim.analysis import INDICATORS, Measured, config_of, key_title, measure, number, readable, signed, value_text
from sim.analysis.futures import tables_of
from sim.analysis.robustness import ALL
from sim.figures import robustness as figures
from sim.figures.style import display_name
from sim.report.page import closing, figure_rows, filled
from sim.report.sweep import arm_rows, design_facts

POLICIES = "policies.csv"  # levers of each policy


def write_report(
    folder: str | Path,
    draw: bool = True,
    ds: xr.Dataset | None = None,
    measured: Sequence[Measured] | None = None,
    tables: Mapping[str, pd.DataFrame] | None = None,
) -> Path:
    """Write ``report.html`` of a robustness analysis; see `sim.report.write_report`."""
    folder = Path(folder)
    ds = results.open_results(folder) if ds is None else ds
    config, policies = config_of(ds), _policies(folder)
    measured = measure(ds) if measured is None else measured
    tables = tables_of(ds, measured) if tables is None else tables
    if draw:
        figures.save(ds, tables, folder / "figures")
    units = {item.name: item.unit for item in measured}
    content = {
        "title": config.get("title") or display_name(ds.attrs.get("name", folder.name)),
        "question": f"How do {ds.sizes['arm']} policies perform in {ds.sizes['point']:,} futures?",
        "missing": list(ds.attrs.get("missing", [])),
        "design": design_facts(ds, config),
        "arms": arm_rows(ds, config, dict(zip(policies["policy"], policies["arm"], strict=True))),
        "policies": _levers(policies),
        "regret": [
            _regret(str(name), rows, units[str(name)])
            for name, rows in tables["regret"].groupby("indicator", sort=False)
        ],
        "winners": _winners(tables["winners"]),
        "switching": _switching(tables["switching"]),
        "shares": _shares(tables["satisficing"]),
        "boxes": [_box(row) for row in tables["boxes"].to_dict("records")],
        "figures": figure_rows(folder, figures.captions(tables)),
        **closing(folder, ds, config),
    }
    return results.write_text(folder / "report.html", filled(content, "robustness.html.j2"))


def _policies(folder: Path) -> pd.DataFrame:
    """Return the arm and the lever values of each policy."""
    path = folder / POLICIES
    return pd.read_csv(path) if path.is_file() else pd.DataFrame({"policy": [], "arm": []})


def _levers(table: pd.DataFrame) -> dict[str, Any] | None:
    """Return the table of levers by policy, if any."""
    levers = [key for key in table if key not in ("policy", "arm")]
    rows = [
        [display_name(row["policy"]), *("–" if pd.isna(row[key]) else value_text(row[key]) for key in levers)]
        for row in table.to_dict("records")
    ]
    return {"columns": [display_name(key_title(key)) for key in levers], "rows": rows} if levers else None


def _regret(name: str, rows: pd.DataFrame, unit: str) -> dict[str, Any]:
    scale, unit = readable(unit, float(rows["maximum"].max()))
    shown = ("maximum", "percentile_90", "mean")
    cells = [
        [display_name(row["policy"]), *(number(scale * row[name]) for name in shown), _share(row, "best")]
        for row in rows.to_dict("records")
    ]
    return {"title": INDICATORS[name].title, "unit": unit, "futures": int(rows["futures"].iloc[0]), "rows": cells}


def _winners(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the share of futures in which each policy has the largest effect per yuan, by indicator."""
    return [
        {
            "title": INDICATORS[str(name)].title,
            "futures": int(rows["futures"].iloc[0]),
            "rows": [
                [display_name(row["policy"]), number(row["per_million_yuan"], 3), _share(row, "share")]
                for row in rows.to_dict("records")
            ],
        }
        for name, rows in table.groupby("indicator", sort=False)
    ]


def _switching(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the switching values of all uncertainties, by indicator."""
    return [
        {
            "title": INDICATORS[str(name)].title,
            "pair": f"{display_name(rows['first'].iloc[0])} less {display_name(rows['second'].iloc[0])}",
            "fit": number(rows["r_squared"].iloc[0], 2),
            "rows": [
                [
                    display_name(key_title(row["uncertainty"])),
                    f"{value_text(row['low'])} to {value_text(row['high'])}",
                    signed(row["effect"]),
                    f"[{signed(row['effect_low'])}, {signed(row['effect_high'])}]",
                    number(row["value"], 3) if row["switches"] else "none in range",
                ]
                for row in rows.to_dict("records")
            ],
        }
        for name, rows in table.groupby("indicator", sort=False)
    ]


def _share(row: dict[str, Any], name: str) -> Markup:
    ends = (number(100 * row[f"{name}_{end}"], 3) for end in ("low", "high"))
    return Markup("{} %<br><small>[{}, {}]</small>").format(number(100 * row[name], 3), *ends)


def _shares(table: pd.DataFrame) -> dict[str, Any] | None:
    """Return policies x thresholds."""
    if table.empty:
        return None
    thresholds = list(pd.unique(table["threshold"]))
    thresholds = thresholds[1:] if len(thresholds) == 2 else thresholds  # with a single threshold both are the same
    rows = []
    for policy, part in table.groupby("policy", sort=False):
        by_name = {row["threshold"]: row for row in part.to_dict("records")}
        rows.append([display_name(str(policy)), *(_share(by_name[name], "share") for name in thresholds)])
    return {
        "columns": ["All thresholds" if name == ALL else name.replace("_", " ") for name in thresholds],
        "rows": rows,
    }


def _box(row: dict[str, Any]) -> list[str]:
    key = display_name(key_title(row["uncertainty"]))
    low, high = row["low"], row["high"]
    ends = [f"≥ {value_text(low)}"] * bool(np.isfinite(low)) + [f"≤ {value_text(high)}"] * bool(np.isfinite(high))
    shares = [f"{100 * row[name]:.0f} %" for name in ("coverage", "density", "mass")]
    return [display_name(row["policy"]), str(row["box"]), f"{key} {row['values'] or ' and '.join(ends)}", *shares,
            number(row["quasi_p"], 2), number(row["p_value"], 2)]  # fmt: skip
