"""Words that name regions, and sets of them: in worlds and in results."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.analysis import is_averaged, over, select_regions
from sim.config import Scenario
from sim.errors import UserError
from sim.figures import plot_variable
from sim.model import coordinates
from sim.results import open_results
from sim.results.files import REGION_COORDS
from sim.selection import COLUMNS, evaluate, masks
from sim.world import load_world, select, vocabulary
from tests.helpers.results import write_fake

KNOWN = masks(
    {
        "id": ["a", "bb", "c", "if"], "zone": ["leading", "leading", "supporting", "supporting"],
        "area": ["south", "south", "", "south"], "belts": ["coast;old", "old", "", "lambda"],
    },
    4,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("all", "a bb c if"), ("leading", "a bb"), ("leading & not bb", "a"), ("not leading & south", "if"),
        ("not (leading & south)", "c if"), ("a | bb & c", "a"), ("(a | bb) & old", "a bb"), ("a or c and a", "a"),
        ("~if & supporting", "c"), ("not not coast", "a"), ("lambda", "if"), (" ( a\n|c ) ", "a c"), ("a & c", ""),
        ("leading and not(a)", "bb"),
    ],
)  # fmt: skip
def test_sets(text: str, names: str) -> None:
    ids = np.array(["a", "bb", "c", "if"])
    assert " ".join(ids[evaluate(text, KNOWN)]) == names


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("leading bb", "at character 9, before 'bb'"), ("leading (bb)", "at character 9, before '(bb)'"),
        ("a not bb", "at character 3, before 'not bb'"), ("a - bb", "at character 3, before '- bb'"),
        ("a, bb", "at character 2"), ("a &", "at its end"), ("", "at its end"), ("a)", "at character 2, before ')'"),
        ("(a", "at character 1"), ("& a", "at character 1"), ("()", "at character 1"), ("not", "at its end"),
        ("a.__class__", "at character 2"), ("a == bb", "at character 3"), ("广州", "at character 1"),
    ],
)  # fmt: skip
def test_what_is_no_expression_is_told_with_place_and_example(text: str, place: str) -> None:
    with pytest.raises(UserError) as caught:
        evaluate(text, KNOWN)
    (message,) = caught.value.messages
    assert place in message and "expected selectors joined by &, |, not" in message and "guangxi" in message


def test_unknown_words_are_told_with_the_nearest() -> None:
    with pytest.raises(UserError) as caught:
        evaluate("suporting & (leadin | a) & suporting", KNOWN)
    assert [m.split("did you mean ")[1] for m in caught.value.messages] == ["'supporting'?", "'leading'?"]
    with pytest.raises(UserError, match="too long"):
        evaluate("a|" * 100_000 + "a", KNOWN)


PARTS = st.recursive(
    st.sampled_from(sorted(KNOWN)),
    lambda inner: st.one_of(
        st.tuples(st.just("not "), inner).map(lambda t: f"(not {t[1]})"),
        st.tuples(inner, st.sampled_from(["&", "|", "and", "or"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
    ),
    max_leaves=6,
)


@given(PARTS, PARTS)
def test_sets_follow_the_laws_of_sets(one: str, two: str) -> None:
    a, b = evaluate(one, KNOWN), evaluate(two, KNOWN)
    assert np.array_equal(evaluate(f"{one} & {two}", KNOWN), a & b)
    assert np.array_equal(evaluate(f"{one} | {two}", KNOWN), a | b)
    assert np.array_equal(evaluate(f"not {one} & {two}", KNOWN), ~a & b)
    assert np.array_equal(evaluate(f"not ({one} | {two})", KNOWN), evaluate(f"not {one} and not {two}", KNOWN))


def test_worlds_take_lists_of_sets_as_unions() -> None:
    world = load_world("guangzhou", 2020)
    both = select(world, ["leading & not (guangdong | hong_kong)", "yangtze_belt & central"])
    zone, belts = world.regions["zone"], world.regions["belts"].str.split(";")
    leading = (zone == "leading") & ~world.regions["province"].isin(["guangdong", "hong_kong"])
    belt = belts.map(lambda words: "yangtze_belt" in words) & (world.regions["area"] == "central")
    assert np.array_equal(both, (leading | belt).to_numpy()) and both.any()
    with pytest.raises(UserError, match="in world 'guangzhou'.*did you mean 'guangxi'"):
        select(world, ["supporting & guanxi"])


def test_results_know_the_words_of_their_world() -> None:
    data = coordinates(Scenario(name="a"))
    assert set(COLUMNS[1:]) <= set(REGION_COORDS)
    known = masks({"id": data["region"], **{c: data[c] for c in COLUMNS[1:]}}, len(data["region"]))
    assert set(known) == set(vocabulary(load_world("guangzhou", 2020)))


def test_a_variable_over_a_set(tmp_path: Path) -> None:
    ds = open_results(write_fake(tmp_path))
    mask = select_regions(ds, "supporting & not guangxi")
    assert mask.sum() == 3
    total = over(ds, "value_added", "supporting & not guangxi")
    assert total.dims == ("arm", "replication", "year") and not is_averaged(ds["value_added"])
    np.testing.assert_allclose(total, ds["value_added"].isel(region=mask).sum(["region", "sector"]))
    people = ds["people"].isel(region=mask)
    wage = (ds["wage"].isel(region=mask) * people).sum(["region", "group"]) / people.sum(["region", "group"])
    np.testing.assert_allclose(over(ds, "wage", "supporting & not guangxi"), wage)
    heads = people.sum("group")
    income = (ds["real_income"].isel(region=mask) * heads).sum("region") / heads.sum("region")
    np.testing.assert_allclose(over(ds, "real_income", "supporting & not guangxi"), income)
    assert over(ds, "return_to_capital").attrs["units"] == "1/yr"
    with pytest.raises(UserError, match="selects no region"):
        select_regions(ds, "leading & guangxi")


def test_plots_take_sets(tmp_path: Path) -> None:
    ds = open_results(write_fake(tmp_path / "runs"))
    out = plot_variable(ds, "welfare", ["supporting & not guangxi", "wuzhou", "leading"], tmp_path / "w.svg")
    text = out.read_text(encoding="utf-8")
    assert (
        "supporting &amp; not guangxi" in text
        and "(3\u00a0regions)" in text
        and "Wuzhou" in text
        and "Leading zone" in text
    )
    with pytest.raises(UserError) as caught:
        plot_variable(ds, "welfare", ["leading & guangxi", "leading guangxi", "leadin"], tmp_path / "w.png")
    told = caught.value.messages
    assert len(told) == 3 and all(m.startswith("--regions: ") and "expected" in m for m in told)
