"""What policies cost, through the real accounts: loans, funds, private finance."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
import pytest
import scipy

from sim.analysis.costs import COST_SERIES, cost_of, present_value
from sim.mechanisms import MECHANISMS
from sim.model import RegionalEconomy
from sim.parameters import Appraisal
from sim.policy.accounts import Accounts
from sim.policy.mechanism import Mechanism, Memory
from sim.policy.posts import OUTLAY, RefusedPost
from sim.policy.registry import KINDS, kind_of
from sim.policy.settlement import Actions
from sim.testing import small_world
from sim.testing.playing import run, scenario_with
from sim.testing.world import loaded

RATES = Appraisal(discount=0.04, equity_rate=0.07)


class Loan(Mechanism):
    """The nation lends to the treasury of a city, which repays with interest; it hurts the city if it must save."""

    writes: ClassVar[frozenset[str]] = frozenset({"transfer"})

    kind: Literal["loan"] = "loan"
    amount: float = 5000.0
    interest: float = 0.04
    term: int = 3

    def planned_cost(self, world: Any, years: int) -> float:
        return self.strength * self.delivery * self.amount

    def decide(self, view: Any, act: Any, memory: Memory) -> None:
        memory.posts = []
        if view.year == memory.start:
            a = view.accounts
            amount = self.now(view, memory) * self.amount
            memory.posts = [act.transfer(a.nation, a.treasury[4], amount, "lent")]

    def settle(self, view: Any, act: Any, memory: Any) -> None:
        a = view.accounts
        if view.year == memory.start:
            memory.lent = memory.granted(view.prices)
        if view.year == memory.start + self.term:
            due = memory.lent * (1 + self.interest) ** self.term
            act.repay(a.treasury[4], a.nation, due, "repaid")


@pytest.fixture(scope="module", autouse=True)
def _known():
    KINDS.add(Loan)
    yield
    del KINDS._added[kind_of(Loan)]


def costs(record: Any, rates: Appraisal = RATES) -> tuple[float, float]:
    """Return gross and net cost of a run."""
    return cost_of(record.series, rates)


def test_a_loan_repaid_with_interest_at_the_discount_rate_has_no_net_cost():
    record = run([Loan(start=2021)], small_world())
    gross, net = costs(record)
    print(f"gross {gross:,.1f}, net {net:.1e} million yuan")
    assert gross == pytest.approx(record.series["public_outlay"][1] / 1.04) and gross > 4500
    assert abs(net) < 1e-9 * gross
    assert max(record.series["audit_money"]) < 1e-9
    assert record.series["public_return"][4] == pytest.approx(record.series["public_outlay"][1] * 1.04**3)


def test_interest_below_the_discount_rate_is_a_cost_and_above_it_a_gain():
    nets = [costs(run([Loan(start=2021, interest=rate)], small_world()))[1] for rate in (0.0, 0.02, 0.04, 0.06)]
    print("net cost at interest 0, 2, 4, 6 %:", ", ".join(f"{net:,.1f}" for net in nets))
    assert (np.diff(nets) < 0).all() and nets[1] > 0 > nets[3]
    # Without repayment within the run it is a grant.
    gross, net = costs(run([Loan(start=2021, term=9)], small_world()))
    assert net == pytest.approx(gross)


@pytest.fixture(scope="module")
def fund():
    """A fund that sells its stakes in the third year and has returned everything by the end of a run of eight."""
    return _fund(8)


def _fund(years: int):
    spec = MECHANISMS["investment_fund"](name="fund", amount=20_000.0, invest_years=2, hold_years=3)
    model = RegionalEconomy(scenario_with([spec], small_world(), years=years))
    rows, reports = [], []
    for _ in range(years):
        model.step()
        rows.append({**{name: float(model.record[name]) for name in COST_SERIES}, "book": model.state.fund_book[0]})
        produced = model.latest.produce
        rows[-1]["market"] = float(model.state.owners.funds[0] @ produced.capital_price) / produced.deflator
        reports.append(model.latest.settle.reports["fund", OUTLAY][0])
    series = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return series | {"reported": np.array(reports)}


def test_stakes_count_at_the_lower_of_book_and_market(fund):
    assert fund["public_equity"] == pytest.approx(np.minimum(fund["book"], fund["market"]))
    assert (fund["public_equity"][:3] > 0).all() and fund["public_equity"][3:] == pytest.approx(0, abs=1e-6)
    assert 0.5 * fund["public_outlay"][0] < fund["book"][0] < fund["public_outlay"][0]  # what it bought is capital
    assert fund["reported"] == pytest.approx(fund["public_outlay"])
    assert fund["public_claims"][3] > 0 and fund["public_claims"][-1] == pytest.approx(0, abs=1e-6)


def test_a_fund_that_sold_its_stakes_costs_nothing_at_its_own_return(fund):
    def net(rate):
        return cost_of(fund, RATES.model_copy(update={"discount": rate}))[1]

    own = scipy.optimize.brentq(lambda rate: net(rate), -0.5, 1.0)
    gross = present_value(fund["public_outlay"], own)
    back = present_value(fund["public_return"], own)
    print(f"own return {own:.2%}, gross {gross:,.0f}, returned {back:,.0f} million yuan")
    assert back == pytest.approx(gross) and net(own - 0.01) < 0 < net(own + 0.01)


def test_net_cost_is_steady_where_stakes_are_sold_or_kept():
    """Two runs of one fund, before and after its stakes are sold: they are worth about what the sale brings."""
    early, late = _fund(3), _fund(8)
    rates = RATES.model_copy(update={"equity_rate": RATES.discount})
    kept, sold = cost_of(early, rates)[1], cost_of(late, rates)[1]
    gross = cost_of(early, rates)[0]
    print(f"net cost {kept:,.0f} with stakes, {sold:,.0f} after their sale, of {gross:,.0f} million yuan gross")
    assert abs(kept - sold) < 0.1 * gross


def test_private_finance_is_no_gift():
    """Works on credit look cheap within the run; what is owed at its end is part of their net cost."""
    road = {"kind": "transport_corridor", "cities": ["guangzhou", "qingyuan", "shaoguan"], "build_years": 2}
    plain, private = (
        run([MECHANISMS["transport_corridor"](**road, funding={"host": 1.0, **more})], small_world())
        for more in ({}, {"private": {"share": 0.5, "ceiling": 1.0, "saving": 0.0}})
    )
    (gross, net), (less, owed) = costs(plain), costs(private)
    print(f"public: gross {gross:,.0f}, net {net:,.0f}; private: gross {less:,.0f}, net {owed:,.0f} million yuan")
    assert net == pytest.approx(gross) and less < 0.95 * gross
    assert private.series["public_claims"][-1] < 0 and owed > less
    assert owed > net  # its return to private partners exceeds the discount rate


def test_what_is_returned_is_neither_outlay_nor_free_to_name():
    world = loaded(small_world())
    accounts = Accounts(world, funds=["pot"])
    actions = Actions(accounts)
    act = actions.for_mechanism(Loan())
    act.transfer(accounts.nation, accounts.fund[0], 100.0, "in")
    act.transfer(accounts.fund[0], accounts.treasury[1], 30.0, "passed on")  # a grant through a fund is no return
    act.repay(accounts.fund[0], accounts.nation, 20.0, "out")
    act.repay(accounts.treasury[1], accounts.nation, 5.0, "back")
    actions.grant({})
    assert actions.public_outlay == 100.0 and actions.public_return == 25.0
    assert actions.outlay_of(["loan", "other"]).tolist() == [100.0, 0.0]
    with pytest.raises(RefusedPost, match="repayment 'gift' to households:guangzhou; expected a treasury"):
        act.repay(accounts.nation, accounts.households[0], 1.0, "gift")
    with pytest.raises(ValueError, match="is reported of every mechanism"):
        act.report(OUTLAY, 1.0)
