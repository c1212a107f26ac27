"""Sentences of the study from small tables: who leads, who loses, what is undecided, and where each number is from."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from sim.report.sentences import Figure, plain
from sim.study.kinds import _as_stated, _bands
from sim.study.others import answer_of
from sim.study.tables import gathered
from sim.study.text import Answer, Tables

FACTS = {
    "experiment": "one", "section": "s", "kind": "comparison", "title": "T", "question": "Which?", "runs": 24, "n": 12,
    "points": 1, "first": 2020, "last": 2034, "firms": 1000, "digest": "d", "model_version": "v",
}  # fmt: skip


def arm(name: str, per: float | None, percent: float = 1.0, **other: object) -> dict[str, object]:
    around = {"per_yuan": np.nan, "per_yuan_low": np.nan, "per_yuan_high": np.nan}
    if per is not None:
        around = {"per_yuan": per, "per_yuan_low": per - 0.1, "per_yuan_high": per + 0.1}
    return {
        "experiment": "one", "arm": name, "title": name.capitalize(), "priced": per is not None, "grade": "B",
        "group": "targets", "regions": 2,
        "percent": percent, "percent_low": percent - 0.2, "percent_high": percent + 0.2,
        **around, "n": 12,
        "outlay": 60e3, "outlay_low": 59e3, "outlay_high": 61e3, "net_cost": 5e4, "net_cost_low": 4e4,
        "net_cost_high": 6e4, "net_benefit": -2e4, "net_benefit_low": -3e4, "net_benefit_high": -1e4,
        "break_even": 7e3, "break_even_low": 6e3, "break_even_high": 8e3, "first": np.nan, "first_low": np.nan,
        "first_high": np.nan, "draws": np.nan, **other,
    }  # fmt: skip


def tables(*arms: dict[str, object], low: float = 0.1, **more: list[dict[str, object]]) -> dict[str, pd.DataFrame]:
    lead = {"experiment": "one", "first": "fund", "second": "park", "difference": 0.5, "low": low, "high": 0.9,
            "sign_share": 1.0, "n": 12}  # fmt: skip
    leads = [lead] if sum(bool(one["priced"]) for one in arms) > 1 else []
    return gathered({"experiments": [FACTS], "arms": list(arms), "leads": leads, **more})


def text_of(answer: Answer, head: str) -> str:
    return plain(dict(answer.paragraphs)[head])


def lookup(known: Tables, key: str) -> float:
    """The value of a key ``TABLE:NAMES:COLUMN``."""
    table, *names, column = key.split(":")
    return float(known[table].loc[tuple(names) if len(names) > 1 else names[0], column])


def test_the_best_per_yuan_is_named_with_its_effect():
    answer = answer_of(tables(arm("park", 1.5), arm("fund", 2.0, 3.0)), "one")
    text = text_of(answer, "Answer")
    assert text.startswith(
        "Per yuan of public outlay “Fund” adds most to the value added of the targets: 2.00 [1.9, 2.1]"
    )
    assert "against 1.50 [1.4, 1.6] for “Park”" in text and "+3.00 [+2.8, +3.2] %" in text


def test_an_order_that_intervals_do_not_tell_is_undecided():
    assert text_of(answer_of(tables(arm("park", 1.9), arm("fund", 2.0), low=-0.1), "one"), "Answer").startswith(
        "Undecided"
    )


def test_where_all_lower_it_nobody_is_said_to_add():
    text = text_of(answer_of(tables(arm("park", -1.5), arm("fund", -0.5)), "one"), "Answer")
    assert text.startswith("None of the instruments raises the value added of the targets; “Fund” lowers it least")


def test_arms_without_a_price_have_a_break_even_cost_and_no_figure_per_yuan():
    answer = answer_of(tables(arm("park", 1.5), arm("market", None, 9.0)), "one")
    text = text_of(answer, "Answer")
    assert "7.00 [6.0, 8.0] billion yuan for “Market”" in text and "“Park”" in text
    only = text_of(answer_of(tables(arm("market", None, 9.0), arm("rights", None, 2.0)), "one"), "Answer")
    assert "“Market” adds most: +9.00" in only and "No order per yuan is stated" in only and "yuan for “Rights”" in only


def test_arms_whose_effect_is_an_assumption_have_no_place_in_the_order():
    answer = answer_of(tables(arm("park", 1.5), arm("fund", 2.0), arm("plan", 9.0, grade="C")), "one")
    text = text_of(answer, "Answer")
    assert "“Fund” adds most" in text and text.endswith("(grade C): “Plan”.") and "9.00" not in text
    assert plain(answer.grids[0].rows[2][1]) == "C"


@pytest.mark.parametrize(("share", "said"), [(0.9, "very likely"), (0.6, "undecided over parameters")])
def test_an_order_is_undecided_below_four_fifths_of_the_draws(share, said):
    drawn = {"first": share, "first_low": share - 0.1, "first_high": share + 0.05, "draws": 40}
    text = text_of(answer_of(tables(arm("park", 1.5), arm("fund", 2.0, **drawn)), "one"), "How sure")
    assert said in text and f"{100 * share:.1f} %" in text and "40 draws" in text


def test_losers_are_groups_and_regions_by_arm():
    common = {
        "experiment": "one",
        "arm": "fund",
        "low": -3e3,
        "high": -1e3,
        "percent": -0.1,
        "losing": 7,
        "regions": 120,
    }
    losers = [{**common, "who": "nation", "what": "group", "name": "nation", "difference": -2000.0},
              {**common, "who": "foshan", "what": "region", "name": "Foshan", "difference": -500.0}]  # fmt: skip
    text = text_of(answer_of(tables(arm("fund", 2.0), losers=losers), "one"), "Who loses")
    assert text == ("Under “Fund” value added clearly falls (billion yuan a year) in the nation (−2.00); in 7 of 120 "
                    "regions, most in Foshan (−0.50).")  # fmt: skip
    assert text_of(answer_of(tables(arm("fund", 2.0)), "one"), "Who loses") == (
        "No group of regions and no region clearly loses value added."
    )


def test_complements_add_more_on_top_than_alone():
    planted = {"park": 1e3, "fund": -1e3, "line": 100.0}
    rows = [{"experiment": "one", "arm": name, "alone": 1e3, "on_top": 2e3, "difference": middle, "low": middle - 500.0,
             "high": middle + 500.0, "n": 12} for name, middle in planted.items()]  # fmt: skip
    text = text_of(answer_of(tables(*(arm(name, 1.0) for name in planted), complements=rows), "one"), "Together")
    assert text.startswith("More on top of all others than alone (complements): “Park”")
    assert "less on top than alone (substitutes): “Fund”" in text and "undecided: “Line”" in text


def test_every_number_is_found_by_its_key():
    drawn = {"first": 0.9, "first_low": 0.8, "first_high": 0.95, "draws": 40}
    known = tables(arm("park", 1.5), arm("fund", 2.0, **drawn), arm("market", None))
    answer = answer_of(known, "one")
    sentences = [text for _, text in answer.paragraphs] + [cell for g in answer.grids for row in g.rows for cell in row]
    figures = [part for one in [*sentences, answer.basis] for part in one if isinstance(part, Figure)]
    assert len(figures) > 40
    for figure in figures:
        assert lookup(known, figure.key) == figure.value, figure.key


def statement(first: str, second: str, share: float) -> dict[str, object]:
    return {"experiment": "one", "first": first, "second": second, "difference": 1.0, "won": int(60 * share),
            "share": share, "share_low": share - 0.1, "share_high": share + 0.1, "futures": 60, "effect": 2.0,
            "uncertainty": "parameters.production.sigma", "value": 5.0, "switches": True}  # fmt: skip


def test_statements_hold_are_refuted_or_undecided():
    rows = [statement("a", "b", 0.85), statement("a", "c", 0.1), statement("b", "c", 0.5)]
    known = gathered({"experiments": [FACTS | {"kind": "robustness"}], "statements": rows})
    answer = answer_of(known, "one")
    text = text_of(answer, "Answer")
    assert "1 hold in at least 80.0 %" in text and "1 are refuted" in text and "1 are undecided" in text
    assert [plain(row[4]) for row in answer.grids[0].rows] == ["holds", "refuted", "undecided"]


def test_a_comparison_is_turned_to_the_order_in_which_it_is_stated():
    row = statement("b", "a", 0.9)
    assert _as_stated(dict(row), [["b", "a"]]) == row
    turned = _as_stated(dict(row), [["a", "b"]])
    assert (turned["first"], turned["second"]) == ("a", "b")
    assert turned["share"] == pytest.approx(0.1) and turned["difference"] == -1.0 and turned["won"] == 6
    assert turned["share_low"] == pytest.approx(0.0) and turned["share_high"] == pytest.approx(0.2)


def test_the_band_of_splits_shrinks_with_delivery():
    ends = {"sponsor_low": 0.0, "sponsor_high": 2.0, "host_low": 0.5, "host_high": 1.5, "n": 6}
    split = []
    for share, delivery in product((0.2, 0.4, 0.8), (0.3, 0.5, 1.0)):
        names = {"experiment": "one", "arm": "parks", "share": share, "delivery": delivery}
        split.append(names | {"sponsor": 1.0, "host": 1.0} | ends | {"sponsor_low": share * delivery - 0.3})
    known = gathered({"experiments": [FACTS | {"kind": "sweep"}], "split": split,
                      "bands": _bands(pd.DataFrame(split))})  # fmt: skip
    answer = answer_of(known, "one")
    text = text_of(answer, "Answer")
    assert "is from 0.800 to 0.800 at a delivery of 0.5 and from 0.400 to 0.800 at a delivery of 1; at none" in text
    assert "at none at a delivery of 0.3." in text
    assert len(answer.grids[0].rows) == 3 and len(answer.grids[0].heads) == 4
