"""Costs of people, goods and information stay apart: a network changes its layer and leaves the others bit for bit."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from sim.catalogue import SECTORS
from sim.config import load
from sim.mechanisms import MECHANISMS
from sim.model import RegionalEconomy
from sim.policy.mechanism import Mechanism
from tests.helpers.posting import Posting

YEARS = 2  # what is paid in the first is open in the second
WORKS = {"build_years": 1, "capex_per_km": 1.0, "funding": {"nation": 1.0}}
ENDS = ("guilin", "yongzhou")
ENERGY, MANUFACTURING = SECTORS.index("energy"), SECTORS.index("manufacturing")


def network(name: str) -> Mechanism:
    """Return a high-speed line, a canal, or a digital network by which hours of information fall by a quarter."""
    if name == "digital":
        return Posting(do=lambda act, view: act.shift("information", np.log(0.75)) if view.year > 2020 else None)
    line: dict[str, Any] = {"cities": list(ENDS), "mode": name, **WORKS}
    return MECHANISMS["transport_corridor"](**line, **({"speed": 25.0} if name == "waterway" else {}))


@cache
def after(name: str = "", *settings: str) -> RegionalEconomy:
    """Return the economy of Guangzhou's world in the first year of a network, or without any."""
    scenario = load("small", ["firms=1000", f"years={YEARS}", "record=all", *settings])
    mechanisms = (network(name),) if name else ()
    model = RegionalEconomy(scenario.model_copy(update={"mechanisms": mechanisms}), 1)
    for _ in range(YEARS):
        model.step()
    return model


def hours(name: str, layer: str) -> np.ndarray:
    return getattr(after(name).state.links.hours, layer)


def free(name: str, sector: int) -> np.ndarray:
    """Freeness of trade in the products of a sector, in the market of the year."""
    market = after(name).latest.produce.market
    return market.freeness[market.trade_class[sector]]


def pair() -> tuple[int, int]:
    a, b = (after().world.index(city) for city in ENDS)
    return a, b


def differing(name: str, *settings: str) -> set[str]:
    """Return the recorded variables that a network changes by any bit."""
    found, plain = (after(which, *settings).record for which in (name, ""))
    return {variable for variable in plain if found[variable].tobytes() != plain[variable].tobytes()}


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("hsr", ("goods", "gateway")), ("waterway", ("people", "information")),
        ("digital", ("people", "goods", "gateway", "information")),
    ],
)  # fmt: skip
def test_hours_of_other_layers_are_identical(name, same):
    for layer in same:
        assert hours(name, layer).tobytes() == hours("", layer).tobytes(), layer


def test_a_high_speed_line_is_for_people():
    assert hours("hsr", "people")[pair()] < 0.9 * hours("", "people")[pair()]
    assert all(free("hsr", s).tobytes() == free("", s).tobytes() for s in range(len(SECTORS)))
    assert after("hsr").state.links.bulk is None
    assert "talent_flow" in differing("hsr")


def test_a_canal_is_for_bulky_goods():
    at = pair()
    gain = [np.log(free("waterway", s)[at] / free("", s)[at]) for s in (ENERGY, MANUFACTURING)]
    assert gain[0] > gain[1] + 0.01 and gain[1] >= 0
    assert "sales" in differing("waterway")


def test_a_digital_network_is_for_savers_and_knowledge():
    """Where neither savers nor contacts mind hours of information it changes no bit."""
    found, plain = after("digital").latest.connect.information, after().latest.connect.information
    assert (found < plain).all()
    assert all(free("digital", s).tobytes() == free("", s).tobytes() for s in range(len(SECTORS)))
    savers, contacts = "parameters.capital.distance_elasticity=0", "parameters.learning.link_decay=0"
    assert not differing("digital", savers, contacts)
    assert "capital_flow" in differing("digital", contacts)
    learned = [after(name, savers).state.knowledge for name in ("digital", "")]
    assert (learned[0] != learned[1]).any() and not differing("digital", savers)
