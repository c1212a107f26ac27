"""Reference figures of small runs: an unintended change of results shows here.

``make golden`` writes them anew; a change then belongs into the changelog, marked **results**.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sim.config import load
from sim.kernels import random as rnd
from sim.model import simulate

HERE = Path(__file__).parent
SIZE = {"years": 6, "firms": 4000}
CONFIGS = ("baseline", "enclave", "investment_fund", "fiscal_transfer")
TOTALS = (
    "people", "unregistered", "value_added", "capital", "real_income", "wage", "rent", "cost_of_living", "services",
    "infrastructure", "knowledge", "emissions", "environment", "firms", "real_firms", "firm_entry", "firm_exit",
    "scrapped", "debt", "public_revenue", "public_spending", "talent_flow", "worker_flow", "capital_flow",
    "firm_capital_flow", "welfare",
)  # fmt: skip
NATIONAL = ("deflator", "foreign_balance", "firm_size_tail", "public_outlay")


def summary(name: str) -> dict[str, float]:
    """About thirty figures of the last year of a small run: totals, and the centre's part where there is one."""
    scenario = load(name).model_copy(update=SIZE)
    record = simulate(scenario)
    figures = {key: float(record.series[key][-1].sum()) for key in TOTALS}
    figures |= {key: float(record.series[key][-1]) for key in NATIONAL}
    added = record.series["value_added"][-1].sum(axis=1)
    figures["largest region's value added"] = float(added.max())
    figures["smallest region's value added"] = float(added.min())
    figures |= {f"{mechanism}: {item}": float(series[-1]) for (mechanism, item), series in record.reports.items()}
    return figures


def stream() -> dict[str, list[float]]:
    """A few draws of every purpose."""
    keys = np.array([0, 1, 2, 1 << 40, (1 << 63) + 7], dtype=np.uint64)
    names = sorted(k for k, v in vars(rnd).items() if k.isupper() and isinstance(v, int))
    return {name: rnd.uniforms(rnd.stream(7, getattr(rnd, name), 2024), keys).tolist() for name in names}


def compare(found: dict, path: Path, rewrite: bool, tolerance: float) -> None:
    """Hold figures against the stored ones, or store them."""
    if rewrite:
        path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        return
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert found.keys() == stored.keys()
    off = [
        f"{key}: {found[key]!r}, stored {stored[key]!r}"
        for key in stored
        if found[key] != pytest.approx(stored[key], rel=tolerance, abs=1e-12, nan_ok=True)
    ]
    assert not off, "results changed; if that is meant, run `make golden`:\n" + "\n".join(off)


@pytest.mark.parametrize("name", CONFIGS)
def test_figures_of_a_small_run(name, rewrite_golden):
    # The market is solved to 1e-11, so other processors agree to a little less.
    compare(summary(name), HERE / f"{name}.json", rewrite_golden, 1e-9)


def test_draws_stay_what_they_are(rewrite_golden):
    compare(stream(), HERE / "stream.json", rewrite_golden, 0.0)
