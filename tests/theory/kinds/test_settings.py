"""Settings in which kinds for people, rivers and institutions are used."""

from __future__ import annotations

import pytest

from sim.policy.accounts import Accounts
from sim.testing import play, small_world
from sim.testing.world import loaded
from sim.world import load_world
from tests.helpers.comparing import made

CITY, HALF = {"targets": ["qingyuan"], "start": 2021}, {"centre": 0.5, "host": 0.5}
USES = [
    {"kind": "education_sharing", **CITY, "amount": 500, "lent": 0.01, "funding": {"centre": 0.7, "host": 0.3}},
    {"kind": "talent_sharing", "targets": ["shaoguan", "heyuan"], "persons": 2000, "start": 2021, "funding": HALF},
    {"kind": "talent_market", "targets": ["guangzhou", "qingyuan", "shaoguan"], "amount": 300, "start": 2021},
    {"kind": "residence_rights", "targets": ["guangzhou", "shenzhen"], "openness": 0.5, "groups": ["talent"]},
    {"kind": "ecological_compensation", "upstream": ["qingyuan"], "downstream": ["guangzhou"], "own_effort": 500},
    {"kind": "policy_replication", "targets": ["pilot"], "adopters": ["supporting", "centre"], "naive": False},
    {"kind": "paired_assistance", "pairs": {"guangzhou": "guizhou", "foshan": "guizhou"}, "amount": 900},
    {"kind": "public_private_partnership", **CITY, "amount": 10000, "private": 0.6, "funding": HALF},
    {"kind": "policy_fit", "amount": 400000, "fit": 4, "overrides": {"guizhou": {"amount": 0}}},
]


@pytest.mark.parametrize("use", USES, ids=lambda use: use["kind"])
def test_settings_load_and_plan_a_cost(use):
    mechanism, world = made(**use), load_world("guangzhou", 2020)
    assert mechanism.planned_cost(world, 10) > 0
    assert mechanism.prepare(world, Accounts(world, purses=mechanism.purses(world)), 2020).start in (2020, 2021)


@pytest.mark.parametrize(
    ("kind", "fields", "divided", "wedges"),
    [
        ("education_sharing", {"lag": 1, "lent": 0.02}, ("amount", "lent"), ("services", "graduation")),
        ("education_sharing", {"lag": 1, "lent": 0.004}, ("amount", "lent"), ("services", "graduation")),
        ("talent_market", {}, ("amount",), ("moving_cost",)),
        ("ecological_compensation", {}, ("amount", "own_effort"), ("emission_factor",)),
        ("policy_fit", {"fit": 2}, ("amount",), ("knowledge_link",)),
    ],
)
def test_two_halves_post_what_one_does(kind, fields, divided, wedges):
    one, world = made(kind, **fields), loaded(small_world())
    half = {name: getattr(one, name) / 2 for name in divided}
    two = [made(kind, **fields | half, name=name) for name in ("first", "second")]
    whole, parts = (play(world, mechanisms, 6).phases[-2] for mechanisms in ([one], two))
    for wedge in wedges:
        assert whole.wedges[wedge].any()
        assert parts.wedges[wedge] == pytest.approx(whole.wedges[wedge], abs=1e-12)
