"""Twenty years of the bundled baseline stay within what regional economies do; ``-s`` prints the figures."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from sim.config import load
from sim.model import simulate
from sim.world import load_world

YEARS = 20


@pytest.fixture(scope="module")
def path() -> dict[str, np.ndarray]:
    """Yearly series of the nation."""
    scenario = load("baseline").model_copy(update={"years": YEARS})
    series = simulate(scenario).series
    people, added = series["people"].sum(axis=2), series["value_added"].sum(axis=2)
    centre = load_world(scenario.world, scenario.start).centre
    income = (series["real_income"] * people).sum(axis=1) / people.sum(axis=1)
    firms = series["real_firms"].sum(axis=(1, 2)), series["firms"].sum(axis=(1, 2))
    return {
        "growth of real income per head": income[1:] / income[:-1] - 1,
        "growth of value added": added.sum(axis=1)[1:] / added.sum(axis=1)[:-1] - 1,
        "gross moves of workers": series["worker_flow"].sum(axis=(1, 2)) / series["people"][:, :, 0].sum(axis=1),
        "gross moves of talent": series["talent_flow"].sum(axis=(1, 2)) / series["people"][:, :, 1].sum(axis=1),
        "entry of firms": series["firm_entry"].sum(axis=(1, 2)) / firms[1],
        "exit of firms": series["firm_exit"].sum(axis=(1, 2)) / firms[1],
        "firm-size tail exponent": series["firm_size_tail"],
        "centre's share of value added": added[:, centre] / added.sum(axis=1),
    }


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("growth of real income per head", 0.0, 0.08),
        ("gross moves of workers", 0.003, 0.06),
        ("gross moves of talent", 0.003, 0.06),
        ("entry of firms", 0.04, 0.20),
        ("exit of firms", 0.04, 0.20),
        ("firm-size tail exponent", 0.8, 1.6),
    ],
)
def test_every_year_is_within(path, name, low, high):
    values = path[name]
    sys.stdout.write(f"{name}: {values.min():.4f} to {values.max():.4f}, mean {values.mean():.4f}\n")
    assert low < values.min()
    assert values.max() < high


def test_the_centres_share_moves_by_less_than_three_points(path):
    share = path["centre's share of value added"]
    sys.stdout.write(f"centre's share of value added: {share[0]:.4f} to {share[-1]:.4f}\n")
    assert abs(share[-1] - share[0]) < 0.03
