"""What every mechanism must keep to, whatever it does; and what the first kinds do."""

from __future__ import annotations

import pickle
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter, ValidationError

from sim.catalogue import SECTORS
from sim.errors import UserError
from sim.mechanisms import MECHANISMS, MechanismSpec
from sim.parameters import Parameters
from sim.policy.accounts import Accounts
from sim.policy.outcome import OUTCOME
from sim.policy.settlement import ORDERS, WEDGES, Actions
from sim.policy.view import Setting, View
from sim.world import World

R, S = 4, len(SECTORS)
KINDS = sorted(MECHANISMS)
# settings that, together with the defaults, make a kind use everything it declares
VARIANTS = {
    "enclave": [{}, {"direction": "reverse", "hosts": ["core"], "sponsor": "supporting"}],
    "fiscal_transfer": [{"earmark": "services", "effort": 0.5}],
    "investment_fund": [{"hold_years": 5}],
    "transport_corridor": [
        {"cities": ["core", "lead", "far"], "bypass": ["lead"], "thinning": 0.3, "build_years": 2, "capex_per_km": 1.0}
    ],
}
SPEC = TypeAdapter(MechanismSpec)


class TinyWorld(SimpleNamespace):
    """Four regions: a centre, a leading city and two supporting ones."""

    selectors = property(World.selectors.func)

    def index(self, region):
        return self.regions["id"].tolist().index(region)


@pytest.fixture(scope="module")
def world():
    regions = pd.DataFrame(
        {
            "id": ["core", "lead", "far", "farther"],
            "province": ["p", "p", "q", "q"],
            "area": ["prd", "prd", "west", "west"],
            "zone": ["centre", "leading", "supporting", "supporting"],
            "circle": [""] * R,
            "belts": [""] * R,
            "points": [""] * R,
        }
    )
    km = 100.0 * np.abs(np.subtract.outer(np.arange(R), np.arange(R)))
    return TinyWorld(name="tiny", year=2020, sectors=SECTORS, distances=km, regions=regions, n_regions=R, centre=0)


def outcome_of(accounts):
    """A plausible outcome in which every rule has something to do."""
    sites, funds = len(accounts.site), len(accounts.fund)
    cash = np.zeros(len(accounts))
    cash[accounts.fund], cash[accounts.site] = 40.0, 25.0
    return {
        "people": np.array([[8e6, 4e6], [5e6, 2e6], [3e6, 4e5], [2e6, 2e5]]),
        "wage": np.array([[0.1, 0.2], [0.09, 0.18], [0.05, 0.1], [0.05, 0.09]]),
        "capital": np.full((R, S), 5e4),
        "return_to_capital": np.full((R, S), 0.05) + 0.01 * np.arange(R)[:, None],
        "services": np.array([1.4, 1.1, 0.7, 0.6]),
        "knowledge": np.array([[0.4], [0.2], [-0.2], [-0.3]]) * np.ones(S),
        "deflator": 1.0,
        "expected_deflator": 1.0,
        "local_tax": np.full((R, S), 900.0),
        "site_capital": np.full(sites, 1000.0),
        "site_value_added": np.full((sites, S), 50.0),
        "site_local_tax": np.full(sites, 30.0),
        "fund_capital": np.full((funds, R), 60.0),
        "fund_dividends": np.full(funds, 10.0),
        "cash": cash,
    }


def play(world, mechanisms, years=8, available=None, change=None, later=None):
    """Run the two hooks for some years, the last three with ``later``; return actions, what was read and written."""
    funds = [f for m in mechanisms for f in m.funds(world)]
    sites = {name: host for m in mechanisms for name, host in m.sites(world).items()}
    accounts = Accounts(world, funds, sites)
    outcome = outcome_of(accounts) | (change or {})
    memories = {m.name: m.prepare(world, accounts, 2021) for m in mechanisms}
    phases, read, written = [], set(), set()
    for year in range(2021, 2021 + years):
        if year == 2021 + years - 3:
            outcome |= later or {}
        for phase in ("decide", "settle"):
            actions = Actions(accounts, phase)
            for mechanism in mechanisms:
                view = View(
                    SimpleNamespace(**outcome),
                    mechanism.reads,
                    Setting(year, world, Parameters(), accounts),
                    mechanism.name,
                )
                act = actions.for_mechanism(mechanism)
                getattr(mechanism, phase)(view, act, memories[mechanism.name])
                read |= view.accessed
                written |= act.used
            actions.grant(available or {})
            phases.append(actions)
    pickle.dumps({name: m for name, m in memories.items()})
    return SimpleNamespace(accounts=accounts, phases=phases, read=read, written=written, memories=memories)


def variants(kind):
    return [MECHANISMS[kind](**fields) for fields in VARIANTS[kind]]


@pytest.mark.parametrize("kind", KINDS)
def test_metadata(kind):
    mechanism = variants(kind)[0]
    assert mechanism.kind == kind == mechanism.name
    assert mechanism.__doc__ and "hurt" in mechanism.__doc__
    assert mechanism.reads <= set(OUTCOME)
    assert mechanism.writes <= {*WEDGES, *ORDERS}
    assert set(mechanism.per_target) <= set(type(mechanism).model_fields)
    assert all(field.description for name, field in type(mechanism).model_fields.items() if name != "kind")


@pytest.mark.parametrize("kind", KINDS)
def test_declared_is_what_is_used(world, kind):
    runs = [play(world, [m]) for m in variants(kind)]
    assert set().union(*(r.read for r in runs)) == MECHANISMS[kind].reads
    assert set().union(*(r.written for r in runs)) == MECHANISMS[kind].writes


@pytest.mark.parametrize("kind", KINDS)
def test_strength_zero_posts_nothing(world, kind):
    for mechanism in variants(kind):
        run = play(world, [mechanism.model_copy(update={"strength": 0.0})])
        assert run.accounts.labels == Accounts(world).labels
        for actions in run.phases:
            assert not actions.posts and not actions.shifts and not actions.sites and not actions.sales
            assert not actions.edges and not actions.speeds
        assert mechanism.model_copy(update={"strength": 0.0}).planned_cost(world, 10) == 0
        assert mechanism.planned_cost(world, 10) > 0


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_before_the_start(world, kind):
    for mechanism in variants(kind):
        run = play(world, [mechanism.model_copy(update={"start": 2100})], 2)
        assert sum(p.amount[~run.accounts.passing[p.payer]].sum() for a in run.phases for p in a.posts) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_survives_pickle_and_json(kind):
    for mechanism in variants(kind):
        assert pickle.loads(pickle.dumps(mechanism)) == mechanism
        assert SPEC.validate_json(mechanism.model_dump_json()) == mechanism


def test_order_of_mechanisms_does_not_matter(world):
    every = [m.model_copy(update={"name": f"{m.kind}{k}"}) for kind in KINDS for k, m in enumerate(variants(kind))]
    limit = {k: 700.0 for k in range(R)}
    one, two = (play(world, chosen, available=limit) for chosen in (every, every[::-1]))
    assert one.accounts.labels == two.accounts.labels
    for a, b in zip(one.phases, two.phases, strict=True):
        assert [p.granted.tolist() for p in a.posts] == [p.granted.tolist() for p in b.posts]
        assert a.reports == b.reports
        for name in WEDGES:
            assert np.array_equal(a.wedges[name], b.wedges[name])
        for name in ("purchases_investment", "purchases_services", "directed_public", "directed_private", "shortfall"):
            assert np.array_equal(getattr(a, name), getattr(b, name))


@pytest.mark.parametrize("kind", KINDS)
def test_bad_settings_are_told(kind):
    with pytest.raises(ValidationError, match="funding shares sum to"):
        MECHANISMS[kind](**VARIANTS[kind][0] | {"funding": {"nation": 0.5}})
    with pytest.raises(ValidationError, match="cannot set"):
        MECHANISMS[kind](**VARIANTS[kind][0] | {"overrides": {"far": {"kind": "other"}}})
    with pytest.raises(ValidationError, match="not after"):
        MECHANISMS[kind](**VARIANTS[kind][0] | {"start": 2025, "end": 2025})


def test_unknown_places_and_sectors_are_told(world):
    with pytest.raises(UserError, match="supporting"):
        MECHANISMS["fiscal_transfer"](targets=["suporting"]).prepare(world, Accounts(world), 2021)
    with pytest.raises(UserError, match="high_tech"):
        MECHANISMS["enclave"](sectors=["hightech"]).prepare(world, Accounts(world), 2021)


def test_level_ramps():
    mechanism = MECHANISMS["fiscal_transfer"](start=2022, end=2026, phase_in=2)
    assert [mechanism.level(y) for y in range(2021, 2027)] == [0, 0.5, 1, 1, 1, 0]


def test_enclave_opens_when_built_and_divides_taxes(world):
    halves = {"sponsor": 0.5, "host": 0.5, "site": 0.0}
    enclave = MECHANISMS["enclave"](hosts=["far"], reinvest_years=1, delivery=0.8, review_years=0, split=halves)
    run = play(world, [enclave], 6)
    decide, settle = run.phases[::2], run.phases[1::2]
    assert [len(a.sites) for a in decide] == [0, 0, 0, 1, 1, 1]
    assert sum(p.paid for a in decide for p in a.posts if p.purpose == "capex:enclave") == pytest.approx(10_000)
    assert decide[3].sites[0].log_productivity[2] == pytest.approx(0.5 * 0.6)
    assert decide[3].sites[0].log_productivity[0] == 0
    assert [p.purpose for p in settle[3].posts] == ["reinvest:enclave"]
    received = [p.paid for p in settle[4].posts if p.payee[0] == run.accounts.treasury[0]]
    assert received == [pytest.approx(0.8 * 0.5 * 30)]
    assert settle[4].reports["enclave", "host receipts"][0] == pytest.approx(18)


def test_unpaid_enclave_does_not_open_and_losers_close_it(world):
    enclave = MECHANISMS["enclave"](hosts=["far"])
    assert not any(a.sites for a in play(world, [enclave], available={0: 100.0}).phases)
    # The capex is sunk: a site goes on while it brings anything, and closes when more tax base leaves than returns.
    keeper = MECHANISMS["enclave"](hosts=["far"], review_years=1)
    run = play(world, [keeper])
    assert not run.memories["enclave"].projects[0].closed
    assert run.phases[-1].reports["enclave", "sponsor value to date"][0] < 0
    run = play(world, [keeper], later={"local_tax": np.full((R, S), 890.0)})
    assert run.memories["enclave"].projects[0].closed
    assert not run.phases[-2].sites[0].open


def test_reverse_enclave_links_after_it_paid(world):
    run = play(world, variants("enclave")[1:], 2)
    assert not run.phases[0].wedges["knowledge_link"].any()
    assert run.phases[2].wedges["knowledge_link"][2, 0] == pytest.approx(0.3 * 0.7)
    assert run.phases[0].purchases_services[0] == pytest.approx(2 * 200 * 0.1)


def test_fund_invests_where_asked_and_winds_up(world):
    fund = MECHANISMS["investment_fund"](selection="return", delivery=0.5, invest_years=2, hold_years=3, recycle=1.0)
    run = play(world, [fund], 4)
    public = run.phases[0].directed_public[0]
    assert public.sum() == pytest.approx(0.5 * 10_000 / 2 + 40) and not public[:2].any()
    assert public[3, 0] / public[2, 0] == pytest.approx(0.14 / 0.13)
    assert run.phases[1].reports["investment_fund", "leverage realised"][0] == pytest.approx(4)
    last = run.phases[6]
    assert last.stakes_sold.tolist() == [1] and not last.directed_public.any() and last.public_return == 40


def test_partners_of_a_fund_hold_back_where_returns_are_low(world):
    fund = MECHANISMS["investment_fund"](targets=["far"], leverage=3.0)
    low = np.full((R, S), 0.09)
    low[2] = 0.03  # gross .09 where the nation has .15, .15, .09, .15 on equal capital
    reports = play(world, [fund], 1, change={"return_to_capital": low}).phases[1].reports
    assert reports["investment_fund", "leverage realised"][0] == pytest.approx(3.0 * 0.09 / 0.135)


def test_transfer_follows_need_and_effort(world):
    spec = {"earmark": "services", "effort": 0.25, "funding": {"nation": 0.5, "province": 0.5}}
    run = play(world, [MECHANISMS["fiscal_transfer"](**spec)], 1)
    granted = run.phases[0]
    need = np.array([0.3 * 3.4e6, 0.4 * 2.2e6])
    assert granted.adds_services[2:] == pytest.approx(0.25 * 1000 * need / need.sum())
    payers = {payer for p in granted.posts for payer in p.payer}
    assert payers == {run.accounts.nation, run.accounts.province[2]}
    assert granted.public_outlay == pytest.approx(1000)


def test_override_holds_in_one_place_only(world):
    base = MECHANISMS["fiscal_transfer"](overrides={"far": {"delivery": 0.0}})
    run = play(world, [base], 1)
    assert {payee for p in run.phases[0].posts for payee in p.payee} == {run.accounts.treasury[3]}
