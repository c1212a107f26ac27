"""Money in the currency of a world: one function for units, sentences and names of columns."""

from __future__ import annotations

import pandas as pd
import pytest

from sim.analysis.units import readable
from sim.catalogue import UNITS
from sim.currency import columns_in, currency_of, in_currency, is_money
from sim.results.formats import cf_unit


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("million yuan/yr", "million dollars/yr"),
        ("yuan/person/yr", "dollars/person/yr"),
        ("Per bn\nyuan", "Per bn\ndollars"),
        ("Per yuan of public outlay", "Per dollar of public outlay"),
        ("Gain per public yuan", "Gain per public dollar"),
        ("private yuan raised per public yuan", "private dollars raised per public dollar"),
        ("one yuan of outlay yields one yuan", "one dollar of outlay yields one dollar"),
        ("per_million_yuan", "per_million_dollars"),
        ("gain_per_yuan", "gain_per_dollar"),
        ("million yuan per km2", "million dollars per km2"),
        ("kt CO2/yr", "kt CO2/yr"),
    ],
)
def test_units_and_sentences_get_the_currency(text: str, expected: str) -> None:
    assert in_currency(text, "dollar") == expected
    assert in_currency(text, "yuan") == text


def test_names_of_regions_are_not_money() -> None:
    text = "Qingyuan and Yuan gain, guangyuan loses (Tang, Li, Ni & Yuan 2020)"
    assert in_currency(text, "dollar") == text


@pytest.mark.parametrize(
    ("currency", "several"),
    [("euro", "euros"), ("yen", "yen"), ("USD", "USD"), ("pesos", "pesos"), ("Rand", "Rand"), ("rupee", "rupees")],
)
def test_plurals(currency: str, several: str) -> None:
    assert in_currency("million yuan", currency) == f"million {several}"
    assert in_currency("per yuan", currency) == f"per {currency}"


def test_what_names_no_currency_is_in_yuan() -> None:
    assert currency_of({}) == "yuan" and currency_of({"currency": "euro"}) == "euro"


@pytest.mark.parametrize("currency", ["yuan", "dollar", "person"])
def test_units_of_money_stay_as_they_are_in_netcdf_and_others_are_those_of_cf(currency: str) -> None:
    for unit in UNITS:
        shown = in_currency(unit, currency)
        assert is_money(shown, currency) or "yuan" not in unit
        assert cf_unit(shown, currency) == shown or "yuan" not in unit
    assert cf_unit("persons/yr", "dollar") == "year-1"


def test_money_is_scaled_in_any_currency() -> None:
    assert readable("million dollars/yr", 48_000.0) == (0.001, "billion dollars/yr")


def test_columns_of_a_file() -> None:
    table = pd.DataFrame({"arm": ["a"], "per_million_yuan": [1.0]})
    assert list(columns_in(table, "euro")) == ["arm", "per_million_euros"]
    assert list(columns_in(table, "yuan")) == list(table)
