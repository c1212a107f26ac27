"""Limits in which the answer is known, row by row, and the command that prints them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.errors import RunFailed, UserError
from sim.figures.tomahawk import draw
from sim.validation.theory import PresetMarket, closed, load_preset, preset_checks, preset_names, suite, tomahawk
from sim.validation.theory.dynamics import best_response, start_counts
from sim.validation.theory.rows import within
from sim.validation.theory.suite import checks_for_values
from sim.validation.theory.thresholds import switch
from tests.helpers.running import call, call_json

CHECKS = suite()
# One row of the yearly engine is quick enough, the others say the same at other numbers.
SLOW = [c.name for c in CHECKS if c.model == "solow"][1:]
PARAMS = [pytest.param(c, id=c.name, marks=[pytest.mark.long] if c.name in SLOW else []) for c in CHECKS]


@pytest.mark.parametrize("check", PARAMS)
def test_row(check):
    row = check.row()
    assert row.verdict == "pass", row


def test_names_are_unique():
    assert len({c.name for c in CHECKS}) == len(CHECKS)


@pytest.mark.parametrize("name", preset_names())
def test_preset_rests_where_its_closed_form_says(name):
    rows = [check.row() for check in preset_checks(load_preset(name))]
    assert rows and all(row.verdict == "pass" for row in rows), rows


KNOWN = [
    (closed.entrepreneur_break, 5.0, 0.4, 0.696970),
    (closed.entrepreneur_sustain, 5.0, 0.4, 0.695442),
    (closed.core_periphery_break, 5.0, 0.4, 1.626577**-4.0),
    (closed.core_periphery_sustain, 5.0, 0.4, 1.807313**-4.0),
    (closed.core_periphery_break, 7.0, 0.6, 1.682279**-6.0),
    (closed.core_periphery_sustain, 7.0, 0.6, 2.445094**-6.0),
]


@pytest.mark.parametrize(("point", "sigma", "mu", "value"), KNOWN)
def test_closed_forms_give_published_numbers(point, sigma, mu, value):
    assert point(sigma, mu) == pytest.approx(value, rel=3e-6)


@pytest.mark.parametrize(("sigma", "mu"), [(3.0, 0.2), (4.0, 0.15), (6.5, 0.1)])
def test_entrepreneur_is_core_and_periphery(sigma, mu):
    """FE(sigma, sigma mu) and CP(sigma, mu) have the same thresholds."""
    assert closed.entrepreneur_break(sigma, sigma * mu) == pytest.approx(closed.core_periphery_break(sigma, mu))
    assert closed.entrepreneur_sustain(sigma, sigma * mu) == pytest.approx(closed.core_periphery_sustain(sigma, mu))


@pytest.mark.parametrize(("sigma", "mu"), [(5.0, 0.4), (3.0, 0.5), (7.0, 0.2)])
def test_shifts_are_those_of_the_textbook_equations(sigma, mu):
    """First order in 1/N: at a hundred thousand movers the own-move gain is zero at the shifted point."""
    n = 1e5
    rewards = closed.entrepreneur_rewards
    phi = closed.entrepreneur_break(sigma, mu) + closed.entrepreneur_break_shift(sigma, mu) / n
    gain = rewards(0.5 + 1 / n, phi, sigma, mu)[0] - rewards(0.5, phi, sigma, mu)[1]
    unshifted = closed.entrepreneur_break(sigma, mu)
    without = rewards(0.5 + 1 / n, unshifted, sigma, mu)[0] - rewards(0.5, unshifted, sigma, mu)[1]
    assert abs(gain) < 1e-3 * abs(without)
    phi = closed.core_periphery_break(sigma, mu)
    cost = closed.trade_cost(phi, sigma) + closed.core_periphery_break_shift(sigma, mu) / n
    rewards = closed.core_periphery_rewards
    shifted = cost ** (1 - sigma)
    gain = rewards(0.5 + 1 / n, shifted, sigma, mu)[0] - rewards(0.5, shifted, sigma, mu)[1]
    without = rewards(0.5 + 1 / n, phi, sigma, mu)[0] - rewards(0.5, phi, sigma, mu)[1]
    assert abs(gain) < 1e-2 * abs(without)


def test_hub_and_corner_of_the_closed_form():
    matrix = np.array([[1.0, 0.4, 0.4], [0.4, 1.0, 0.2], [0.4, 0.2, 1.0]])
    assert closed.footloose_capital_shares(matrix, np.ones(3)) == pytest.approx([5 / 9, 2 / 9, 2 / 9])
    two = closed.footloose_capital_shares(np.array([[1.0, 0.5], [0.5, 1.0]]), np.array([0.8, 0.2]))
    assert two == pytest.approx([1.0, 0.0])


def test_nobody_moves_for_nothing():
    places = PresetMarket(load_preset("footloose-capital", freeness=1.0))
    assert (best_response(places, start_counts(places)) == [200, 200]).all()


def test_search_tells_when_there_is_nothing_to_find():
    with pytest.raises(RunFailed, match="0 changes"):
        switch(lambda x: True, np.linspace(0.1, 0.9, 5), "always")


@pytest.mark.parametrize(
    ("model", "sigma", "mu", "message"),
    [
        ("footloose-entrepreneur", 1.5, 0.6, "black hole"),
        ("core-periphery", 5.0, 0.8, "black hole"),
        ("core-periphery", 5.0, 1.2, "mu is out of range"),
        ("footloose-capital", 5.0, 0.0, "mu is out of range"),
        ("helpman", 1.0, 0.5, "sigma is out of range"),
        ("solow", 5.0, 0.5, "--mu has no meaning"),
        ("solow", 2.0, None, "growth is unbounded"),
        (None, 5.0, 0.5, "without --model"),
        ("helpman", 5.0, None, "is missing"),
    ],
)
def test_numbers_without_an_answer_get_one_message(model, sigma, mu, message):
    with pytest.raises(UserError, match=message) as caught:
        checks_for_values(model, sigma, mu)
    assert len(caught.value.messages) == 1


@pytest.mark.parametrize(("model", "sigma", "mu"), [
    ("footloose-entrepreneur", 6.3, 0.47), ("core-periphery", 3.4, 0.31), ("core-periphery", 4.0, 0.7),
    ("core-periphery", 5.0, 0.75), ("helpman", 4.4, 0.7), ("footloose-capital", 3.0, 0.8),
])  # fmt: skip
def test_any_numbers_can_be_asked_for(model, sigma, mu):
    rows = [check.row() for check in checks_for_values(model, sigma, mu)]
    assert rows and all(row.verdict == "pass" for row in rows), [r for r in rows if r.verdict != "pass"]


def test_preset_faults_name_file_line_and_key(tmp_path: Path):
    path = tmp_path / "mine.yaml"
    text = "kind: theory\nname: mine\nmodel: helpman\nsigma: 0.5\nmuu: 0.4\nfreeness: 0.2\nland: [1, 1]\n"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_preset(str(path))
    text = "\n".join(caught.value.messages)
    assert f"{path}:4:1: sigma: 0.5 is out of range" in text and "did you mean 'mu'?" in text and "mu: missing" in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"trade_cost": 1.5}, "expected one of them"),
        ({"freeness": ((1.0, 0.2),)}, "expected 2 rows of 2"),
        ({"freeness": 0.0}, "expected above 0"),
        ({"owners": (1.0,)}, "owners: has 1"),
        ({"land": (1.0, 1.0)}, "does not apply"),
        ({"model": "krugman"}, "unknown model"),
    ],
)
def test_preset_faults(change, message):
    with pytest.raises(UserError, match=message):
        load_preset("footloose-capital", **change)


COMMAND = ("validate", "theory")


def test_command_prints_a_list_of_rows(capsys):
    code, (row,) = call_json(capsys, *COMMAND, "--row", "footloose-capital/hub,phi=0.4")
    assert code == 0
    columns = {"suite", "name", "expected", "obtained", "tolerance", "verdict"}
    assert set(row) == columns and row["verdict"] == "pass"


def test_command_exits_1_when_a_row_fails(capsys, monkeypatch):
    monkeypatch.setattr("sim.validation.theory.rows.Check.row", lambda self: within(self.name, 1.0, 2.0, 0.1))
    code, out, _ = call(capsys, *COMMAND, "--model", "core-periphery", "--sigma", "5", "--mu", "0.4")
    assert code == 1 and "fail" in out


def test_command_exits_2_for_bad_input(capsys):
    code, _, err = call(capsys, *COMMAND, "--model", "core-periphery", "--sigma", "5", "--mu", "0.9")
    assert code == 2 and err.count("error:") == 1


def test_tomahawk_draws():
    figure = draw(tomahawk((("core-periphery", 5.0, 0.4),), movers=40))
    assert figure.axes[0].get_xlabel().startswith("Trade cost")


def test_page_shows_rows_and_reasons(tmp_path, capsys):
    known = tmp_path / "known.yaml"
    known.write_text("footloose-capital/hub,phi=0.4: a reason\n", encoding="utf-8")
    page = tmp_path / "out" / "page.html"
    row = ("--row", "footloose-capital/hub,phi=0.4")
    code, _, _ = call(capsys, *COMMAND, *row, "--known", known, "--page", page)
    text = page.read_text(encoding="utf-8")
    assert code == 0 and "1 of 1 rows pass" in text and "a reason" not in text
    assert "http" not in text.replace("<!doctype html>", "")
