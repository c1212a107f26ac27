"""What a merger of state firms does in an economy of eight cities; ``-s`` prints the figures."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

import numpy as np
import pytest

from sim.mechanisms import MECHANISMS
from sim.model import simulate
from sim.record import RunRecord
from sim.testing import play, small_world
from sim.testing.playing import scenario_with
from sim.testing.world import loaded

YEARS, BUYER, SELLER = 8, 0, 3
MONEY_ALONE = {"transfer": 0.0, "border": 0.0, "adjustment": 0.0}


def merger(**settings: Any):
    given = {"targets": ["qingyuan"], "amount": 50_000.0, "invest_years": 2, "start": 2021}
    return MECHANISMS["soe_merger"](**given | settings)


@cache
def run(**settings: Any) -> RunRecord:
    mechanisms = [merger(**settings)] if settings else []
    scenario = scenario_with(mechanisms, small_world(), YEARS, 2000)
    record = simulate(scenario.model_copy(update={"draws": "expected"}), 1)
    assert max(record.series[name].max() for name in record.series if name.startswith("audit_")) <= 1e-9
    return record


def output(record: RunRecord) -> float:
    return float(np.log(record.series["value_added"][-1, SELLER].sum()))


def lead() -> float:
    """Lead of the buyer in the sectors of the seller, weighted by value added, in the base year."""
    series = run().series
    ahead = np.maximum(0.0, series["knowledge"][0, BUYER] - series["knowledge"][0, SELLER])
    weight = series["value_added"][0, SELLER]
    return float(ahead @ weight / weight.sum())


@pytest.mark.parametrize(("border", "sign"), [(0.0, 1), (0.5, 1), (1.5, -1), (3.0, -1)])
def test_output_of_the_target_rises_if_the_lead_exceeds_the_border(border, sign):
    """Relative to the money alone; the border is a multiple of what comes along of the lead."""
    settings = {"transfer": 0.5, "border": border * 0.5 * lead(), "adjustment": 0.0}
    change = output(run(**settings)) - output(run(**MONEY_ALONE))
    sys.stdout.write(f"lead {lead():.3f}, border {settings['border']:.3f}: output {100 * change:+.2f} %\n")
    assert change * sign > 5e-4


def test_dividends_move_to_the_buyer_and_the_seller_loses_them():
    record, before = run(**MONEY_ALONE), run()
    names = [region.id for region in small_world().regions]
    payer = record.accounts.index(f"firms:{names[SELLER]}")
    rows = record.payments[record.payments["purpose"] == record.purposes.index("dividends")]

    def received(city: int) -> np.ndarray:
        mine = rows[(rows["payer"] == payer) & (rows["payee"] == record.accounts.index(f"treasury:{names[city]}"))]
        return np.array([mine["amount"][mine["year"] == year].sum() for year in record.years])

    reported = record.reports["soe_merger", "dividends"]
    assert reported == pytest.approx(received(BUYER), rel=1e-6)
    assert reported[0] == 0 and (reported[1:] > 1000).all()
    assert received(SELLER)[-1] < 0.9 * received(SELLER)[0]
    # When the money is spent, the seller's revenue stays below what it would have been, the buyer's above.
    revenue = record.series["public_revenue"][-1] - before.series["public_revenue"][-1]
    assert revenue[SELLER] < 0 < revenue[BUYER]


def test_at_most_half_of_a_stake_is_bought_in_a_year():
    world = loaded(small_world())
    played = play(world, [merger(amount=1e9)], 1)
    assert played.phases[0].posts[0].wanted == pytest.approx(0.5 * 5e4)  # capital is worth 1 a unit there
    bought = played.memories["soe_merger"].bought[2021]
    assert bought == pytest.approx(0.5 * 5e4 / (5e4 * len(world.sectors)))


def test_productivity_follows_what_was_bought_and_the_guarantee_ends():
    world = loaded(small_world())
    spec = merger(amount=1e9, invest_years=1, transfer=0.5, border=0.1, adjustment=0.04, adjust_years=2)
    played = play(world, [spec], 5)
    share = played.memories["soe_merger"].bought[2021][0]
    ahead = 0.6 + 0.1 * SELLER / 7  # of the artificial outcome
    lasting = share * (0.5 * ahead - 0.1) / (1 - world.intermediate_share)
    posted = [actions.wedges["productivity"][SELLER] for actions in played.phases[::2]]
    assert not posted[0].any()
    for year in (1, 2):
        assert posted[year] == pytest.approx(lasting - share * 0.04 / (1 - world.intermediate_share))
    for year in (3, 4):
        assert posted[year] == pytest.approx(lasting)


def test_a_premium_is_paid_and_buys_nothing():
    world = loaded(small_world())
    plain, dear = (play(world, [merger(amount=2000.0, premium=premium)], 2) for premium in (0.0, 0.25))
    assert dear.memories["soe_merger"].bought[2021] == pytest.approx(plain.memories["soe_merger"].bought[2021] / 1.25)
    assert sum(post.wanted for post in dear.phases[0].posts) == pytest.approx(1000.0)
