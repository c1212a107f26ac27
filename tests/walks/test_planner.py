"""A planner's first hour: a comparison of two named cities, its figure, its tables as CSV, and these in pandas."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from tests.helpers.processes import printed

CONFIG = """\
kind: comparison
name: two_cities
title: A transfer or a fund for Qingyuan and Meizhou
scenario: {name: two_cities, world: guangzhou, years: 3, firms: 2000, calibrated: false}
arms:
  baseline: {}
  transfer:
    mechanisms:
      - {kind: fiscal_transfer, name: transfer, targets: [qingyuan, meizhou], amount: 2000, start: 2021}
  fund:
    mechanisms:
      - {kind: investment_fund, name: fund, targets: [qingyuan, meizhou], amount: 20000, start: 2021}
replications: 2
"""


def test_from_an_own_comparison_to_pandas(tmp_path: Path) -> None:
    (tmp_path / "two_cities.yaml").write_text(CONFIG, encoding="utf-8")
    assert "valid" in printed(tmp_path, "check", "two_cities.yaml")
    told = json.loads(printed(tmp_path, "run", "two_cities.yaml", "--json"))
    assert told["ok"] and told["finished"] == 6
    results = tmp_path / "results" / "two_cities"
    printed(tmp_path, "plot", str(results), "--variable", "capital", "--regions", "qingyuan, meizhou", "--out", "c.png")
    assert (tmp_path / "c.png").stat().st_size > 5000
    printed(tmp_path, "export", str(results), "--to", "csv", "--out", "tables")
    table = pd.concat(pd.read_csv(path) for path in (tmp_path / "tables").glob("*region*.csv"))
    assert {"arm", "region", "year"} <= set(table.columns) and "meizhou" in set(table["region"])
    effects = pd.read_csv(results / "headline.csv")
    assert set(effects["arm"]) == {"transfer", "fund"} and effects["difference"].notna().any()
