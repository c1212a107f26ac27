"""What a rule that adds seeds decided: on how many seeds, and whether it has ended."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from sim.analysis import INDICATORS, indicator_unit, members_of, readable, years_of
from sim.currency import currency_of
from sim.figures.style import display_name
from sim.report.sentences import Sentence, amount, listed

LOOKS = "looks.csv"  # the interim analyses, written next to the results


def decided_text(ds: xr.Dataset, folder: Path, config: Mapping[str, Any]) -> Sentence:
    """Return what the rule of the config decided; empty without such a rule or interim analysis.

    Parameters
    ----------
    ds : Dataset
    folder : Path
        Its results.
    config : dict
        Of a comparison, with ``precision`` or ``select``.
    """
    path = folder / LOOKS
    if not (config.get("precision") or config.get("select")) or not path.is_file():
        return []
    looks = pd.read_csv(path)
    return _precision(looks, ds, config["precision"]) if config.get("precision") else _best(looks, ds, config["select"])


def _precision(looks: pd.DataFrame, ds: xr.Dataset, rule: Mapping[str, Any]) -> Sentence:
    last = looks[looks["replications"] == looks["replications"].max()]
    count, reached = int(last["replications"].iloc[0]), bool(last["reached"].all())
    scale, unit = _scale(ds, rule, float(last["half_width"].max()))
    widths: list[Sentence] = [
        ["± ", amount(f"looks:{row['arm']}:half_width", float(row["half_width"]), scale), " (target ",
         amount(f"looks:{row['arm']}:wanted", float(row["wanted"]), scale),
         f") for {_title(ds, str(row['arm']))}{'' if row['reached'] else ', too wide'}"]
        for _, row in last.iterrows()
    ]  # fmt: skip
    seeds = amount("looks:seeds", count)
    if reached:
        start: Sentence = ["It ended after ", seeds, " seeds with all intervals narrow enough: "]
    elif count == int(rule["most"]):
        start = ["It ended at the maximum of ", seeds, " seeds without reaching the target: "]
    else:
        start = ["It has not ended; after ", seeds, " seeds: "]
    return [*start, *listed(widths), f", {unit}."]


def _best(looks: pd.DataFrame, ds: xr.Dataset, rule: Mapping[str, Any]) -> Sentence:
    """Return the best arm of each variant, and its lead over the last one eliminated."""
    members, out = members_of(ds), Sentence()
    title, sign = INDICATORS[rule["indicator"]].title, 1 if rule["direction"] == "highest" else -1
    title = title[0].lower() + title[1:]
    variants = looks["arm"].map(lambda arm: members[arm].variant if arm in members else "")
    for variant, rows in looks.groupby(variants, sort=False):
        count = int(rows["replications"].max())
        last = rows[rows["replications"] == count].assign(value=lambda part: sign * part["mean"])
        last = last.sort_values("value", ascending=False)
        stays = last[last["stays"].astype(bool)]
        seeds = amount(f"looks:{variant}:seeds", count) if variant else amount("looks:seeds", count)
        out += [" " if out else "", f"{display_name(str(variant))}: " if variant else ""]
        names = [_title(ds, str(arm)) for arm in stays["arm"]]
        if len(stays) > 1:
            over = count == int(rule["most"])
            out += ["undecided at the maximum of " if over else "it has not ended; after ", seeds, " seeds ",
                    *listed([[name] for name in names]), " remain."]  # fmt: skip
            continue
        lead = float(last["value"].iloc[0] - last["value"].iloc[1]) if len(last) > 1 else 0.0
        scale, unit = _scale(ds, rule, lead)
        out += [f"{names[0]} has the {rule['direction']} {title}, decided after ", seeds, " seeds"]
        if len(last) > 1:
            key = f"looks:{last['arm'].iloc[0]}:lead:{last['arm'].iloc[1]}"
            second = _title(ds, str(last["arm"].iloc[1]))
            out += [" with a lead of ", amount(key, lead, scale), f" {unit} over {second}"]
            if lead < float(rule["indifference"]):
                out += [", too small for the rule to state a probability"]
        out += ["."]
    return out


def _title(ds: xr.Dataset, arm: str) -> str:
    member = members_of(ds).get(arm)
    return display_name(arm) if member is None or member.main else f"{display_name(member.arm)}, {member.variant}"


def _scale(ds: xr.Dataset, rule: Mapping[str, Any], largest: float) -> tuple[float, str]:
    name = str(rule["indicator"])
    return readable(indicator_unit(name, years_of(name), currency_of(ds.attrs)), largest)
