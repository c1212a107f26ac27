"""Small tables of the answers of the study, read from the results of its experiments.

Each table has an index of names, so that a number of a text is found again by table, names and column.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from sim import results
from sim.analysis import baseline_of, config_of, headline_table, mechanisms_of, unpriced
from sim.analysis.incidence import groups_of, incidence, lead_of, per_yuan, regions_affected
from sim.analysis.measured import graded
from sim.analysis.statistics import interval
from sim.figures.style import display_name
from sim.indicators import BREAK_EVEN
from sim.mechanisms import MECHANISMS
from sim.report.trust import config_digest
from sim.study.complements import complements

Rows = dict[str, list[dict[str, Any]]]

# Table: the columns that identify a row.
INDEX = {
    "experiments": ("experiment",),
    "arms": ("experiment", "arm"),
    "leads": ("experiment",),
    "losers": ("experiment", "arm", "who"),
    "complements": ("experiment", "arm"),
    "statements": ("first", "second"),
    "split": ("experiment", "arm", "share", "delivery"),
    "bands": ("experiment", "arm", "delivery"),
    "front": ("experiment", "trial"),
    "factors": ("experiment", "factor"),
    "pairs": ("experiment", "first", "second"),
    "futures": ("experiment", "policy"),
}
COSTS = {
    "outlay": "public_outlay",
    "net_cost": "public_net_cost",
    "net_benefit": "net_benefit",
    "break_even": BREAK_EVEN,
}
DRAWN = ("first", "first_low", "first_high", "draws")
ASSUMED = "C"  # grade of effects without evidence, which have no place in an order per yuan
LOSERS = 4  # regions of an arm, those that lose most
DRAWS = "_draws"  # ending of the folder in which a comparison is repeated with drawn parameters


def comparison_rows(name: str, section: str, folder: Path) -> Rows:
    """Return the rows of a comparison: its arms, its lead, who loses, and what its arms do together.

    Parameters
    ----------
    name : str
        Of the experiment.
    section : str
    folder : Path
        Its results; those with drawn parameters are next to it, if there are any.
    """
    ds = results.open_results(folder)
    baseline = str(baseline_of(ds))
    draws = _draws(folder, str(next(iter(groups_of(ds)))))
    return {
        "experiments": [experiment_row(name, section, folder, ds)],
        "arms": list(_arms(name, ds, baseline, draws)),
        "leads": list(_leads(name, ds, baseline)),
        "losers": list(_losers(name, ds, baseline)),
        "complements": [{"experiment": name, **row} for row in complements(ds, baseline)],
    }


def experiment_row(name: str, section: str, folder: Path, ds: xr.Dataset | None = None) -> dict[str, Any]:
    """Return what an experiment asks, how large it is, and of which config and model its results are."""
    ds = results.open_results(folder) if ds is None else ds
    config, manifest = config_of(ds), results.read_manifest(folder) or {}
    return {
        "experiment": name, "section": section, "kind": str(config.get("kind", "")),
        "title": str(config.get("title", "")), "question": str(config.get("question") or config.get("title", "")),
        "runs": int(ds["finished"].values.sum()), "n": int(ds.sizes["replication"]),
        "points": int(ds.sizes.get("point", 1)), "first": int(ds["year"].values[0]), "last": int(ds["year"].values[-1]),
        "firms": int((config.get("scenario") or config).get("firms", 0)), "digest": config_digest(json.dumps(config)),
        "model_version": str(manifest.get("model_version", "")),
    }  # fmt: skip


def _arms(name: str, ds: xr.Dataset, baseline: str, draws: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield costs and effects of each arm on the first group: the targets."""
    group = next(iter(groups_of(ds)))
    effects = incidence(ds, baseline).set_index(["arm", "group"])
    ratios, costs, others = per_yuan(ds, baseline, group), headline_table(ds, baseline), unpriced(ds)
    config = config_of(ds).get("arms") or {}
    for arm in dict.fromkeys(effects.index.get_level_values("arm")):
        row = effects.loc[(arm, group)]
        per = interval(ratios[arm].dropna().to_numpy())[:3] if arm in ratios else (np.nan,) * 3
        drawn = draws.loc[arm].to_dict() if arm in draws.index else {}
        found = {
            "experiment": name, "arm": arm, "title": (config.get(arm) or {}).get("title") or display_name(str(arm)),
            "priced": arm not in others, "grade": grade_of(mechanisms_of(ds, str(arm))),
            "group": group, "regions": int(row["regions"]),
            "percent": row["percent"], "percent_low": row["percent_low"], "percent_high": row["percent_high"],
            "per_yuan": per[0], "per_yuan_low": per[1], "per_yuan_high": per[2], "n": int(row["n"]),
        }  # fmt: skip
        for column, indicator in COSTS.items():
            if indicator in costs:
                cell = costs[indicator].loc[arm]
                found |= {
                    column: cell["difference"],
                    f"{column}_low": cell["ci_low"],
                    f"{column}_high": cell["ci_high"],
                }
        yield found | {column: drawn.get(column, np.nan) for column in DRAWN}


def grade_of(mechanisms: Iterable[Mapping[str, Any]]) -> str:
    """Return the grade of the evidence on the effects of some instruments: the lowest, C after A."""
    kinds = {str(one["kind"]) for one in mechanisms}
    return max((graded(kind, MECHANISMS[kind].evidence) for kind in kinds if kind in MECHANISMS), default="C")


def _leads(name: str, ds: xr.Dataset, baseline: str) -> Iterator[dict[str, Any]]:
    ratios = per_yuan(ds, baseline)
    ratios = ratios[[arm for arm in ratios if grade_of(mechanisms_of(ds, str(arm))) != ASSUMED]]
    lead = None if ratios.empty else lead_of(ratios)
    if lead is not None:
        yield {"experiment": name, **lead._asdict()}


def _losers(name: str, ds: xr.Dataset, baseline: str) -> Iterator[dict[str, Any]]:
    """Yield the groups that clearly lose value added under an arm, and the regions that lose most."""
    groups, regions = incidence(ds, baseline), regions_affected(ds, baseline)
    for arm in dict.fromkeys(groups["arm"]):
        lost = regions[(regions["arm"] == arm) & (regions["adjusted_high"] < 0)].sort_values("difference")
        parts = [groups[(groups["arm"] == arm) & (groups["adjusted_high"] < 0)].assign(what="group"),
                 lost.head(LOSERS).assign(what="region")]  # fmt: skip
        for part in parts:
            for row in part.to_dict("records"):
                who = str(row["group"] if row["what"] == "group" else row["region"])
                yield {
                    "experiment": name, "arm": arm, "who": who, "what": row["what"], "name": row.get("name", who),
                    "difference": row["difference"], "low": row["ci_low"], "high": row["ci_high"],
                    "percent": row["percent"], "losing": len(lost), "regions": regions["region"].nunique(),
                }  # fmt: skip


def _draws(folder: Path, group: str) -> pd.DataFrame:
    """Return in which share of draws of parameters each arm is first per yuan; empty if none were made."""
    path = folder.with_name(folder.name + DRAWS) / "winners.csv"
    table = pd.read_csv(path) if path.is_file() else pd.DataFrame(columns=["indicator", "policy"])
    table = table[table["indicator"] == f"{group}_value_added"].set_index("policy")
    return table.rename(columns={"share": "first", "share_low": "first_low", "share_high": "first_high",
                                 "futures": "draws"})  # fmt: skip


def gathered(rows: Mapping[str, list[dict[str, Any]]]) -> dict[str, pd.DataFrame]:
    """Return rows as tables, each with its index."""
    return {name: indexed(name, pd.DataFrame(found)) for name, found in rows.items() if found}


def indexed(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its index, whose names are text."""
    keys = list(INDEX[name])
    texts = {key: table[key].map(lambda one: f"{one:g}" if isinstance(one, float) else str(one)) for key in keys}
    return table.assign(**texts).set_index(keys)
