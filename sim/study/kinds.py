"""Rows of the tables of the study from other kinds than comparisons: what their own tables say, shortened."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sim.study.tables import Rows, comparison_rows, experiment_row

PARTNERS = {"regions_welfare_equivalent": "sponsor", "targets_welfare_equivalent": "host"}
PREFERRED = ("targets_value_added", "supporting_value_added")  # the first that an experiment has decides


def rows_of(name: str, section: str, kind: str, folder: Path, statements: Sequence[Sequence[str]]) -> Rows:
    """Return the rows of an experiment of any kind.

    Parameters
    ----------
    name, section, kind : str
        Of the experiment.
    folder : Path
        Its results.
    statements : sequence of (str, str)
        Pairs of arms that are stated; read from the robustness analysis that has them.
    """
    if kind == "comparison":
        return comparison_rows(name, section, folder)
    own = OTHERS[kind](name, folder, statements)
    return {"experiments": [experiment_row(name, section, folder)], **own}


def _records(table: pd.DataFrame, name: str) -> list[dict[str, Any]]:
    """Return the rows of a table with the name of the experiment."""
    return table.assign(experiment=name).to_dict("records")


def _preferred(table: pd.DataFrame) -> pd.DataFrame:
    names = set(table["indicator"])
    chosen = next((one for one in PREFERRED if one in names), table["indicator"].iloc[0])
    return table[table["indicator"] == chosen]


def _robustness(name: str, folder: Path, statements: Sequence[Sequence[str]]) -> Rows:
    winners, pairs = (_preferred(pd.read_csv(folder / f"{one}.csv")) for one in ("winners", "pairwise"))
    regret = pd.read_csv(folder / "regret.csv")
    regret = regret[regret["indicator"] == winners["indicator"].iloc[0]].set_index("policy")
    futures = winners.assign(
        regret=regret["mean"].reindex(winners["policy"]).to_numpy(),
        largest_regret=regret["maximum"].reindex(winners["policy"]).to_numpy(),
    )
    stated = [row for row in map(dict, pairs.to_dict("records")) for one in statements
              if set(one) == {row["first"], row["second"]}]  # fmt: skip
    found: Rows = {"statements": [_as_stated(row, statements) | {"experiment": name} for row in stated]}
    return found if stated else {"futures": _records(futures, name)}


def _as_stated(row: dict[str, Any], statements: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Return the comparison of two policies in the order in which it is stated: a share below a half refutes it."""
    if [row["first"], row["second"]] in [list(one) for one in statements]:
        return row
    turned = {
        "first": row["second"], "second": row["first"], "difference": -row["difference"], "share": 1 - row["share"],
        "share_low": 1 - row["share_high"], "share_high": 1 - row["share_low"], "won": row["futures"] - row["won"],
        "effect": -row["effect"],
    }  # fmt: skip
    return row | turned


def _factorial(name: str, folder: Path, _: Sequence[Sequence[str]]) -> Rows:
    shapley, pairs = (_preferred(pd.read_csv(folder / f"{one}.csv")) for one in ("shapley", "pairs"))
    size = shapley["size"].max()
    shapley, pairs = (table[table["size"] == size] for table in (shapley, pairs))
    return {"factors": _records(shapley, name), "pairs": _records(pairs, name)}


def _tuning(name: str, folder: Path, _: Sequence[Sequence[str]]) -> Rows:
    return {"front": _records(pd.read_csv(folder / "front.csv"), name)}


def _sweep(name: str, folder: Path, _: Sequence[Sequence[str]]) -> Rows:
    """Return the welfare of sponsor and hosts by the sponsor's share of taxes and the share that is delivered."""
    table = pd.read_csv(folder / "summary.csv").dropna(subset=["difference"])
    split, delivery = (next(key for key in table if key.endswith(end)) for end in (".split", ".delivery"))
    table = table.assign(share=[json.loads(text)["sponsor"] for text in table[split]], delivery=table[delivery])
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in table[table["indicator"].isin(PARTNERS)].to_dict("records"):
        names = {"experiment": name, **{key: row[key] for key in ("arm", "share", "delivery")}}
        own = PARTNERS[row["indicator"]]
        ends = {f"{own}_low": row["ci_low"], f"{own}_high": row["ci_high"]}
        rows.setdefault(tuple(names.values()), names).update({own: row["difference"], **ends, "n": row["n"]})
    return {"split": list(rows.values()), "bands": _bands(pd.DataFrame(rows.values()))}


def _bands(split: pd.DataFrame) -> list[dict[str, Any]]:
    """Return between which shares of the sponsor both clearly gain, by what is delivered."""
    clear = split.assign(clear=(split["sponsor_low"] > 0) & (split["host_low"] > 0))
    rows = []
    for (name, arm, delivery), part in clear.groupby(["experiment", "arm", "delivery"], sort=False):
        shares = part.loc[part["clear"], "share"]
        rows.append({"experiment": name, "arm": arm, "delivery": delivery, "splits": len(part), "clear": len(shares),
                     "least": shares.min(), "most": shares.max()})  # fmt: skip
    return rows


OTHERS: dict[str, Callable[[str, Path, Sequence[Sequence[str]]], Rows]] = {
    "robustness": _robustness, "factorial": _factorial, "tuning": _tuning, "sweep": _sweep,
}  # fmt: skip
