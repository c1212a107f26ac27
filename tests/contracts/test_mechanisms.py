"""What every mechanism must keep to, whatever it does; and what the first kinds do."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter, ValidationError

from sim import testing
from sim.catalogue import SECTORS
from sim.errors import UserError
from sim.mechanisms import MECHANISMS, MechanismSpec
from sim.policy.accounts import Accounts
from sim.policy.settlement import WEDGES
from sim.testing import contracts, small_world
from sim.testing.fields import is_number
from sim.testing.world import loaded
from sim.world import World

R, S = 4, len(SECTORS)
KINDS = sorted(MECHANISMS.own)
SPEC = TypeAdapter(MechanismSpec)
RULES = [pytest.param(rule, id=f"{kind}: {rule.name}") for kind in KINDS for rule in contracts(MECHANISMS[kind])]
# The outcome that the tests of single kinds count with.
FOUR = {
    "people": np.array([[8e6, 4e6], [5e6, 2e6], [3e6, 4e5], [2e6, 2e5]]),
    "wage": np.array([[0.1, 0.2], [0.09, 0.18], [0.05, 0.1], [0.05, 0.09]]),
    "capital": np.full((R, S), 5e4),
    "return_to_capital": np.full((R, S), 0.05) + 0.01 * np.arange(R)[:, None],
    "services": np.array([1.4, 1.1, 0.7, 0.6]),
    "knowledge": np.array([[0.4], [0.2], [-0.2], [-0.3]]) * np.ones(S),
    "local_tax": np.full((R, S), 900.0),
}


@pytest.mark.parametrize("rule", RULES)
def test_contract(rule):
    rule.test()


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


def play(world, mechanisms, years=8, available=None, change=None, later=None):
    """Play on the outcome of four regions."""
    return testing.play(world, mechanisms, years, available, FOUR | (change or {}), later)


def variants(kind):
    return [MECHANISMS[kind](**fields) for fields in MECHANISMS[kind].examples()]


@pytest.mark.parametrize("kind", KINDS)
def test_own_kinds_say_what_every_number_rests_on(kind):
    cls = MECHANISMS[kind]
    mechanism = variants(kind)[0]
    assert mechanism.kind == kind == mechanism.name
    assert cls.cost or all(m.planned_cost(loaded(small_world()), 10) > 0 for m in variants(kind))
    for name in set(cls.model_fields) - set().union(*(base.model_fields for base in cls.__mro__[1:-1] if shared(base))):
        field = cls.model_fields[name]
        if is_number(field.annotation) and field.default_factory is None:
            assert field.json_schema_extra["basis"], name
            low, high = field.json_schema_extra.get("range", (0, np.inf) if cls.preset_of else (0, 0))
            assert low < high and (field.default is None or low <= field.default <= high), name


def shared(base):
    return base.__module__.startswith("sim.policy.")


@pytest.mark.parametrize("kind", KINDS)
def test_survives_json_as_one_of_all_kinds(kind):
    for mechanism in variants(kind):
        assert SPEC.validate_json(mechanism.model_dump_json()) == mechanism


def test_order_of_mechanisms_does_not_matter():
    world = loaded(small_world())
    every = [m.model_copy(update={"name": f"{m.kind}{k}"}) for kind in KINDS for k, m in enumerate(variants(kind))]
    limit = {k: 700.0 for k in range(R)}
    others = [SPEC.validate_python(given) for kind in KINDS for given in MECHANISMS[kind].companions()]
    one, two = (testing.play(world, chosen, available=limit, companions=others) for chosen in (every, every[::-1]))
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
        MECHANISMS[kind](**MECHANISMS[kind].examples()[0] | {"funding": {"nation": 0.5}})
    with pytest.raises(ValidationError, match="cannot set"):
        MECHANISMS[kind](**MECHANISMS[kind].examples()[0] | {"overrides": {"far": {"kind": "other"}}})
    with pytest.raises(ValidationError, match="not after"):
        MECHANISMS[kind](**MECHANISMS[kind].examples()[0] | {"start": 2025, "end": 2025})


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
    assert sum(p.paid for a in decide for p in a.posts if p.purpose == "enclave:enclave") == pytest.approx(10_000)
    assert decide[3].sites[0].log_productivity[2] == pytest.approx(0.5 * 0.6)
    assert decide[3].sites[0].log_productivity[0] == 0
    assert [p.purpose for p in settle[3].posts] == ["reinvest:enclave"]
    received = [p.paid for p in settle[4].posts if p.payee[0] == run.accounts.treasury[0]]
    assert received == [pytest.approx(0.8 * 0.5 * 30)]
    assert settle[4].reports["enclave", "host receipts"][0] == pytest.approx(18)


def test_a_site_has_its_share_of_output_and_employment(world):
    """Of each cell of its host it has the share of its value added, here 50 of 1,000 in all but one sector."""
    enclave = MECHANISMS["enclave"](hosts=["far"], build_years=1)
    added = np.full((R, S), 1000.0)
    added[2, 0] = 0.0  # a sector that is not there
    change = {"value_added": added, "sales": 3.0 * added, "employment": np.full((R, S), 400.0)}
    reports = play(world, [enclave], 3, change=change).phases[-1].reports
    found = {item: reports["enclave", item][0] for item in ("value added", "gross output", "employment")}
    cells = S - 1
    assert found == pytest.approx({"value added": 50.0 * S, "gross output": 150.0 * cells, "employment": 20.0 * cells})


@pytest.mark.parametrize(("surplus", "bought"), [(1e-12, False), (1e-3, True)])
def test_a_site_that_is_full_by_rounding_only_buys_no_land(world, surplus, bought):
    enclave = MECHANISMS["enclave"](hosts=["far"], build_years=1, extend_at=1)
    full = np.full(1, 25_000.0 * (1.0 + surplus))
    run = play(world, [enclave], 4, change={"site_capital": full})
    land = [p for a in run.phases[::2] for p in a.posts if p.purpose == "reinvested:enclave" and p.adds is None]
    assert bool(land) is bought


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
    run = play(world, [MECHANISMS["enclave"](direction="reverse", targets=["core"], sponsor="supporting")], 2)
    assert not run.phases[0].wedges["knowledge_link"].any()
    link, hired = run.phases[2].wedges["knowledge_link"], 0.7 * 200 / (0.005 * 4e5)
    assert link[2:4, 2, 0] == pytest.approx(0.3 * (1 - np.exp(-hired))) and np.count_nonzero(link) == 4
    assert run.phases[0].purchases_services[0] == pytest.approx(2 * 200 * 0.1)


def test_fund_invests_where_asked_and_winds_up(world):
    fund = MECHANISMS["investment_fund"](selection="return", delivery=0.5, invest_years=2, hold_years=3, recycle=1.0)
    run = play(world, [fund], 4)
    public = run.phases[0].directed_public[0]
    fee = 0.02 * 60 * R
    assert public.sum() == pytest.approx(0.5 * 10_000 / 2 + 40 - fee) and not public[:2].any()
    assert public[3, 0] / public[2, 0] == pytest.approx(0.14 / 0.13)
    assert run.phases[0].purchases_services[0] == pytest.approx(fee)
    # partners follow the seed alone
    assert run.phases[0].directed_private.sum() == pytest.approx(4 * 0.29 * 0.5 * 10_000 / 2)
    last = run.phases[6]
    assert last.stakes_sold.tolist() == [1] and not last.directed_public.any()
    assert last.public_return == pytest.approx(40 - fee)


@pytest.mark.parametrize(("size_weight", "ratio"), [(1.0, 4.0), (0.5, 2.0), (0.0, 1.0)])
def test_fund_buys_more_of_large_cells(world, size_weight, ratio):
    capital = np.full((R, S), 5e4)
    capital[3] *= 4
    fund = MECHANISMS["investment_fund"](size_weight=size_weight, return_weight=0, need_weight=0)
    public = play(world, [fund], 1, change={"capital": capital}).phases[0].directed_public[0]
    assert public[3] / public[2] == pytest.approx(ratio)


@pytest.mark.parametrize(("selection", "beyond"), [("return", 0), ("mix", 0.5), ("need", 1), ("list", 1)])
def test_capital_created_falls_with_lack_of_talent_and_of_regard_for_returns(world, selection, beyond):
    shares = {"shares": {"far": 1}} if selection == "list" else {}
    run = play(world, [MECHANISMS["investment_fund"](selection=selection, **shares)], 1)
    post = next(post for post in run.phases[0].posts if post.kind == "invest")
    talent = FOUR["people"][:, 1] / FOUR["people"].sum(axis=1) / (6.6 / 24.6)
    expected = np.minimum(1, talent) ** 0.5 * np.exp(-4 * 0.05 * beyond)
    assert post.created == pytest.approx(np.repeat(expected[:, None], S, axis=1)) and post.saturation == 0.5
    assert expected[2] < expected[1] == pytest.approx(np.exp(-0.2 * beyond))


def test_partners_of_a_fund_hold_back_where_returns_are_low(world):
    fund = MECHANISMS["investment_fund"](targets=["far"], leverage=3.0, recycled_leverage=1.0)
    low = np.full((R, S), 0.09)
    low[2] = 0.03  # gross .09 where the nation has .15, .15, .09, .15 on equal capital
    reports = play(world, [fund], 1, change={"return_to_capital": low}).phases[1].reports
    assert reports["investment_fund", "leverage realised"][0] == pytest.approx(3.0 * 0.29 * 0.09 / 0.135)


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
