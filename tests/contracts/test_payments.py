"""Payments from every public account to every kind of payee that the engine carries; all others are refused."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
import pytest
from pydantic import ValidationError

from sim.config import load
from sim.mechanisms import MECHANISMS
from sim.model import RegionalEconomy, simulate
from sim.policy.mechanism import Mechanism
from sim.policy.posts import RefusedPost
from sim.policy.registry import KINDS, kind_of
from sim.testing import small_world
from sim.testing.playing import run
from sim.world import load_world

AUDITS = ("audit_money", "audit_people", "audit_capital", "audit_market")
PUBLIC = ("treasury", "province", "nation")
CARRIED = ("treasury", "province", "nation", "fund", "site", "purse", "households")
REFUSED = ("firms", "activities", "land", "market", "pool", "gateway")


class Payer(Mechanism):
    """Pays from public accounts to whomever it is told; it hurts whoever pays."""

    reads: ClassVar[frozenset[str]] = frozenset()
    writes: ClassVar[frozenset[str]] = frozenset({"transfer", "purchase", "grant_firms"})

    kind: Literal["payer"] = "payer"
    to: tuple[str, ...] = CARRIED
    payers: tuple[str, ...] = PUBLIC
    amount: float = 50.0

    def funds(self, world: Any) -> list[str]:
        return ["made_up"]

    def sites(self, world: Any) -> dict[str, int]:
        return {"made_up": world.centre}

    def purses(self, world: Any) -> list[str]:
        return ["made_up"]

    def planned_cost(self, world: Any, years: int) -> float:
        return self.amount * years

    def decide(self, view: Any, act: Any, memory: Any) -> None:
        a, here = view.accounts, np.array([view.world.centre, 5, 40])
        group = {
            "treasury": a.treasury[here], "province": a.provinces[:3], "nation": np.array([a.nation]), "fund": a.fund,
            "site": a.site, "purse": a.purse, "households": a.households[here], "firms": a.firms[here],
            "activities": a.activities[here], "land": a.land[here], "market": np.array([a.market]),
            "pool": np.array([a.pool]), "gateway": np.array([a.gateway]),
        }  # fmt: skip
        for payer in self.payers:
            for payee in self.to:
                for account in group[payer]:
                    act.transfer(account, group[payee], self.amount, f"{payer} to {payee}")
            if self.to == CARRIED:
                for account in group[payer]:
                    act.purchase(account, here, self.amount, f"{payer} buys", adds="services", basket="services")
                    act.purchase(account, here, self.amount, f"{payer} builds", adds="infrastructure")
                    act.grant_firms(account, here, self.amount, f"{payer} to firms")


@pytest.fixture(scope="module", autouse=True)
def _known():
    KINDS.add(Payer)
    yield
    del KINDS._added[kind_of(Payer)]


def scenario(*mechanisms: Mechanism, years: int = 10, **changes: Any):
    return load("baseline", [f"years={years}", "firms=3000"]).model_copy(update={"mechanisms": mechanisms, **changes})


def worst(record) -> dict[str, float]:
    found = {audit: float(record.series[audit].max()) for audit in AUDITS}
    print({audit: f"{value:.1e}" for audit, value in found.items()})
    return found


def test_every_public_account_pays_every_payee_for_ten_years():
    record = simulate(scenario(Payer()), 1)
    assert max(worst(record).values()) <= 1e-9
    purposes = {record.purposes[k] for k in record.payments["purpose"]}
    assert {f"{payer} to {payee}" for payer in PUBLIC for payee in (*CARRIED, "firms")} <= purposes


def test_the_reverse_enclave_runs_for_ten_years():
    office = MECHANISMS["enclave"](direction="reverse", targets=["guangzhou"], sponsor="qingyuan", talent=5000)
    paid = simulate(scenario(office), 1)
    assert max(worst(paid).values()) <= 1e-9
    plain = simulate(scenario(), 1)
    centre = load_world("guangzhou", 2020).centre
    # What is paid to households is income: wages of 5,000 hires are some 0.1 % of the city's.
    gain = paid.series["real_income"][1:, centre] / plain.series["real_income"][1:, centre] - 1.0
    assert gain.min() > 0 and paid.series["public_outlay"].min() > 0


@pytest.mark.parametrize("payee", REFUSED)
@pytest.mark.parametrize("payer", PUBLIC)
def test_other_payees_are_refused_when_posted(payer, payee):
    model = RegionalEconomy(scenario(Payer(to=(payee,), payers=(payer,)), years=1))
    with pytest.raises(RefusedPost, match=rf"payer: transfer '{payer} to {payee}' to {payee}.*; expected a treasury"):
        model.step()


@pytest.mark.parametrize("payer", [*REFUSED, "households"])
def test_other_payers_are_refused_when_posted(payer):
    model = RegionalEconomy(scenario(Payer(to=("treasury",), payers=(payer,)), years=1))
    with pytest.raises(RefusedPost, match=rf"by {payer}.*as payer"):
        model.step()


def test_households_are_not_paid_after_the_market_has_closed():
    class Late(Payer):
        """Pays households in phase settle; it hurts the books."""

        kind: Literal["payer"] = "payer"

        def decide(self, view: Any, act: Any, memory: Any) -> None: ...

        def settle(self, view: Any, act: Any, memory: Any) -> None:
            act.transfer(view.accounts.nation, view.accounts.households[0], 1.0, "late")

    model = RegionalEconomy(scenario(Late(), years=1))
    with pytest.raises(RefusedPost, match="late"):
        model.step()


NEAR = {"centre": 0.6, "host": 0.4, "matching": {"province": 0.5, "within": 3.0}}
PRIVATE = {"host": 1.0, "private": {"share": 0.5, "years": 2}}


@pytest.mark.parametrize("kind", sorted(MECHANISMS.own))
def test_every_kind_runs_with_each_way_of_funding(kind):
    """Distance-limited matching for all; private finance for works, and one clear refusal of it by others."""
    cls, purposes = MECHANISMS[kind], set()
    others = [MECHANISMS[given["kind"]](**given) for given in cls.companions()]
    for fields in cls.examples():
        record = run([cls(**{**fields, "funding": NEAR}), *others], small_world())
        assert max(worst(record).values()) <= 1e-9
        if not cls.private_finance or "private" in cls.model_fields:
            with pytest.raises(ValidationError, match=r"applies to public works only|is given by private, rate"):
                cls(**{**fields, "funding": PRIVATE})
            continue
        record = run([cls(**{**fields, "funding": PRIVATE})], small_world())
        assert max(worst(record).values()) <= 1e-9
        purposes |= {record.purposes[k].partition(":")[0] for k in record.payments["purpose"]}
    assert not purposes or "works" in purposes
