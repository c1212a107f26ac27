"""The figures of a robustness analysis: regret, shares of futures, and the futures of each policy that fail."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import xarray as xr

from sim.analysis.futures import futures
from sim.analysis.robustness import ALL
from sim.figures import discovery, robustness, style

MOST = 6  # policies whose missed futures are drawn; the boxes of all are in boxes.csv


def captions(tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Return the names of the figures that there are, with what each shows."""
    found = {"regret": robustness.REGRET_CAPTION}
    if len(tables["satisficing"]):
        found["satisficing"] = robustness.SATISFICING_CAPTION
    for policy in _missing(tables):
        found[f"discovery-{policy}"] = f"{style.words(policy)}. {discovery.CAPTION}"
    return found


def save(ds: xr.Dataset, tables: Mapping[str, pd.DataFrame], folder: str | Path) -> list[Path]:
    """Draw the figures and write each as PNG (150 dpi) and PDF; return the files.

    Parameters
    ----------
    ds : Dataset
        Of a robustness analysis.
    tables : mapping of str to DataFrame
        From `sim.analysis.futures.tables_of`.
    folder : path
    """
    units = {key: str(ds[key].attrs["units"]) for key in ds.attrs["keys"]}
    drawn = {"regret": robustness.draw_regret(tables)}
    if len(tables["satisficing"]):
        drawn["satisficing"] = robustness.draw_satisficing(tables)
    for policy in _missing(tables):
        drawn[f"discovery-{policy}"] = discovery.draw_discovery(tables, futures(ds), policy, units)
    files = []
    for name, figure in drawn.items():
        files += style.save(figure, Path(folder) / f"{name}.png", Path(folder) / f"{name}.pdf")
    return files


def _missing(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return the policies whose misses have a box, those that miss least first."""
    shares = tables["satisficing"][tables["satisficing"]["threshold"] == ALL].set_index("policy")["share"]
    policies = (str(policy) for policy in pd.unique(tables["boxes"]["policy"]))
    return sorted(policies, key=lambda policy: -shares[policy])[:MOST]
