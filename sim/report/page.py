"""The offline page of a results folder."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd
import xarray as xr
from markupsafe import Markup, escape

from sim import results
from sim.analysis import HEADLINE, INDICATORS, headline_table
from sim.catalogue import VARIABLES
from sim.figures import ALL, CAPTIONS, save_all
from sim.figures.stats import discount_rate
from sim.figures.style import words
from sim.report.numbers import change_text, decides, number, scale_of, signed

QUESTION = (
    "How do capital, talent and industry move between a central city and the regions it serves, "
    "and what does regional policy change?"
)
HEADLINE_NOTE = (
    "Each cell: mean of the paired differences [95 % interval], share of seeds with that sign. Levels in the last "
    "year, flows as sums over all years; the smaller number is the difference per billion yuan of public outlay "
    "beyond the baseline's. Coloured where the interval leaves out zero: green where the change is "
    "one that helps the supporting regions, orange where it is the reverse."
)
_STORED = {
    "stored_money": "Stored ledger: receipts less payments of each account",
    "stored_people": "Stored people: change less births, graduates and moves",
    "stored_capital": "Stored capital: negative values",
    "stored_finite": "Stored values that are not finite (share)",
}


def write_report(folder: str | Path) -> Path:
    """Write ``report.html`` of a results folder: one file, opens offline.

    Parameters
    ----------
    folder : path
        A results folder; figures that are missing are drawn.

    Returns
    -------
    Path
        ``report.html`` in the folder.

    Raises
    ------
    UserError
        If the folder holds no finished run.
    """
    folder = Path(folder)
    ds = results.open_results(folder)
    if not any((folder / "figures" / f"{name}.png").is_file() for name in ALL):
        save_all(ds, folder / "figures")
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("sim.report", "."), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["amount"] = number
    page = environment.get_template("template.html.j2").render(_content(ds, folder))
    path = folder / "report.html"
    part = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    part.write_text(page, encoding="utf-8")
    os.replace(part, path)
    return path


def _content(ds: xr.Dataset, folder: Path) -> dict[str, Any]:
    config = json.loads(ds.attrs.get("config") or "{}")
    compared = "baseline" in ds["arm"].values and ds.sizes["arm"] > 1 and _pairs(ds)
    table = headline_table(ds) if compared else None
    return {
        "title": config.get("title") or words(ds.attrs.get("name", folder.name)),
        "question": QUESTION,
        "missing": list(ds.attrs.get("missing", [])),
        "runs": int(ds["finished"].values.sum()),
        "replications": ds.sizes["replication"],
        "first": int(ds["year"].values[0]),
        "last": int(ds["year"].values[-1]),
        "world": ds.attrs.get("world", ""),
        "budget": config.get("common_budget"),
        "arms": _arms(ds, config, _budget(folder)),
        "headline": _headline(table) if table is not None else None,
        "headline_note": HEADLINE_NOTE,
        "figures": _figures(folder),
        "audit": _audit(folder),
        "versions": _versions(ds, config),
        "config": json.dumps(config, indent=2, ensure_ascii=False),
    }


def _pairs(ds: xr.Dataset) -> bool:
    there = ds["finished"].reset_coords(drop=True)
    return bool((there & there.sel(arm="baseline", drop=True)).sel(arm=ds["arm"] != "baseline").any())


def _budget(folder: Path) -> dict[str, dict[str, Any]]:
    """Return what the scaling to the common budget found, by arm."""
    path = folder / "scaled.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _arms(ds: xr.Dataset, config: dict[str, Any], scaled: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    arms = []
    for arm in (str(a) for a in ds["arm"].values):
        facts = (config.get("arms") or {}).get(arm, {}) if isinstance(config.get("arms"), dict) else {}
        mechanisms = facts.get("mechanisms") or (config.get("mechanisms") if "arms" not in config else None) or []
        kinds = ", ".join(words(m.get("kind", "")) for m in mechanisms)
        found = scaled.get(arm)
        arms.append(
            {
                "title": words(arm),
                "policy": facts.get("title") or kinds or "no policy",
                "cost": _present(ds, "public_outlay", arm),
                "back": _present(ds, "public_return", arm),
                "factor": number(found["factor"], 4) if found else "–",
                "pilot": number(found["cost"], 6) if found else "–",
                "note": found["note"] if found else "",
            }
        )
    return arms


def _present(ds: xr.Dataset, name: str, arm: str) -> str:
    if name not in ds:
        return "–"
    values = ds[name].sel(arm=arm)
    age = values["year"] - values["year"][0]
    value = (values / (1 + discount_rate(ds)) ** age).sum("year", skipna=False).mean("replication", skipna=True)
    return number(float(value), 6)


def _headline(table: pd.DataFrame) -> dict[str, Any]:
    arms = [str(arm) for arm in table.index]
    columns = [{"title": "Indicator", "number": False}, {"title": "Baseline", "number": True}]
    columns += [{"title": words(arm), "number": True} for arm in arms]
    rows = []
    for indicator in table.columns.get_level_values(0).unique():
        facts, part = INDICATORS[indicator], table[indicator]
        base = float(part["baseline_mean"].iloc[0])
        scale, unit = scale_of(indicator, base, facts.unit)
        base_unit = _base_unit(indicator, facts.unit)
        cells = [{"text": f"{facts.title} ({unit})", "css": ""}]
        cells.append({"text": f"{number(base, 4)} {base_unit}", "css": "n"})
        cells += [_cell(part.loc[arm].to_dict(), scale, facts.better, base_unit) for arm in arms]
        rows.append({"cells": cells, "first": False})
    return {"columns": columns, "rows": rows}


def _base_unit(indicator: str, unit: str) -> str:
    return "" if unit == "1" else unit.removesuffix("/yr") if HEADLINE.get(indicator) == "sum" else unit


def _cell(row: dict[str, Any], scale: float, better: int, unit: str) -> dict[str, str]:
    css = "open"
    if decides(row):
        helps = better * np.sign(row["difference"])
        css = "up" if helps > 0 else "down" if helps < 0 else ""
    per = row["per_yuan"]
    text = escape(change_text(row, scale))
    if per is not None and np.isfinite(per) and per != 0:
        # a billion yuan and, for indices, thousandths: numbers of a size that people read
        amount, word = (1e3 * per, unit) if unit else (1e6 * per, "/1000")
        text += Markup("<br><small>{} {} per billion yuan</small>").format(signed(amount), word)
    return {"text": text, "css": f"n {css}"}


def _figures(folder: Path) -> list[dict[str, str]]:
    found = []
    for name in ALL:
        path = folder / "figures" / f"{name}.png"
        if path.is_file():
            data = base64.b64encode(path.read_bytes()).decode("ascii")
            found.append({"name": name, "caption": CAPTIONS[name], "data": data})
    return found


def _audit(folder: Path) -> list[dict[str, str]]:
    rows = []
    for name, value in results.audit(folder).items():
        title = VARIABLES[name].title if name in VARIABLES else _STORED.get(name, words(name))
        short = words(name.removeprefix("audit_"))
        rows.append({"name": short, "title": title, "value": f"{value:.1e}" if value else "0"})
    return rows


def _versions(ds: xr.Dataset, config: dict[str, Any]) -> list[tuple[str, str]]:
    versions = json.loads(ds.attrs.get("versions") or "{}")
    seed = config.get("seed")
    rows = [("commit", str(ds.attrs.get("commit", "unknown")))]
    if seed is not None:
        rows.append(("seed", str(seed)))
    return rows + sorted(versions.items())
