"""The hardest kinds, two of them as skeletons on the joint: their accounts balance over years of a real run."""

from __future__ import annotations

import numpy as np
import pytest

from sim.config import load
from sim.mechanisms import MECHANISMS
from sim.model import simulate
from sim.policy.registry import KINDS, kind_of
from tests.contracts.skeletons.private_partnership import PrivatePartnership

PRIVATE = {"host": 0.7, "province": 0.3, "private": {"share": 0.6, "years": 2, "rate": 0.08}}
TRANSFER = MECHANISMS["fiscal_transfer"]
MADE = {
    "evaluation": (
        TRANSFER(name="one", targets=["qingyuan"], amount=2000),
        TRANSFER(name="two", targets=["meizhou"], amount=2000),
        MECHANISMS["evaluation"](managed=("one", "two"), every=1),
    ),
    "carbon market": (MECHANISMS["carbon_market"](targets=["guangdong"], grandfather=True),),
    "private partnership": (PrivatePartnership(targets=["qingyuan", "heyuan"], amount=2000, funding=PRIVATE),),
    "commuting": (MECHANISMS["commuting_circle"](cities=["foshan", "qingyuan"], build_years=1, capex_per_km=1.0),),
    "merger": (MECHANISMS["soe_merger"](targets=["qingyuan", "shaoguan"], premium=0.1),),
}
AUDITS = ("audit_money", "audit_people", "audit_capital", "audit_market")


@pytest.fixture(scope="module", autouse=True)
def _known():
    """Scenarios take these kinds as long as this file runs."""
    kinds = (PrivatePartnership,)
    for cls in kinds:
        KINDS.add(cls)
    yield
    for cls in kinds:
        del KINDS._added[kind_of(cls)]


def run(mechanisms, years=5):
    scenario = load("small", [f"years={years}", "firms=2000"])
    return simulate(scenario.model_copy(update={"mechanisms": tuple(mechanisms)}), 1)


@pytest.mark.parametrize("name", MADE)
def test_books_close_over_five_years(name):
    record = run(MADE[name])
    worst = {audit: float(record.series[audit].max()) for audit in AUDITS}
    print(name, {audit: f"{value:.1e}" for audit, value in worst.items()})
    assert max(worst.values()) <= 1e-9
    again = run(MADE[name][::-1])
    assert all(np.array_equal(record.series[key], again.series[key]) for key in record.series)


def test_a_project_company_pays_back_what_it_owes():
    record = run(MADE["private partnership"], years=8)
    owed = record.reports["private_partnership", "owed to private partners"]
    assert owed.max() > 500 and abs(owed[-1]) < 1e-6 * owed.max()
