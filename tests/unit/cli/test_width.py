"""The terminal has 80 columns: lists wrap at words, tables of results fit, and no number is cut."""

from __future__ import annotations

import pandas as pd
import pytest
from rich.cells import cell_len

from sim import analysis
from sim.batch.fitting import fits, short, show_fitted
from sim.batch.headline import LEAST_NEEDED, NARROW_COSTS, rich_costs, rich_table, tidy
from sim.batch.screen import screen_of
from sim.cli.output import WIDTH, wrap
from sim.parameters import Appraisal
from sim.results import open_results
from sim.world import write_template
from tests.helpers import ROOT
from tests.helpers.results import write_fake
from tests.helpers.running import call, silent

LISTED = ("worlds", "scenarios", "experiments", "mechanisms", "rules", "regions", "indicators", "variables")
LISTS = [
    *(f"list {what}" for what in LISTED),
    "list regions --world china --where supporting", "world guangzhou", "world columns", "plan main", "check main",
    "explain fiscal_transfer", "explain investment_fund", "explain yardstick", "mechanism check enclave",
]  # fmt: skip


def narrow(out: str) -> None:
    """Assert that a text has room in 80 columns and shows neither markup, nor formulae, nor where this checkout is."""
    wide = [line for line in out.splitlines() if cell_len(line) > WIDTH]
    assert not wide, wide[:3]
    assert "``" not in out and "$" not in out and "**" not in out and str(ROOT) not in out


@pytest.mark.parametrize("command", LISTS)
def test_lists_fit_in_80_columns(command, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    code, out, err = call(capsys, *command.split())
    assert code == 0 and out
    narrow(out + err)


def test_commands_on_results_fit_in_80_columns(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    write_fake(tmp_path / "r", replications=2)
    for command in ("status", "verify", "audit"):
        code, out, err = call(capsys, command, "r")
        assert code == 0
        narrow(out + err)


def test_chinese_names_take_two_columns(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for file in write_template("w"):
        if file.suffix == ".csv":
            text = file.read_text(encoding="utf-8")
            file.write_text(text.replace("Harbour", "粤港澳大湾区的港口城市与腹地" * 2), encoding="utf-8")
    for command in ("list regions --world w", "world w", "world check w"):
        code, out, err = call(capsys, *command.split())
        assert code == 0, err
        narrow(out + err)


def test_texts_break_at_words():
    lines = wrap("a text with 广州和腹地的名称 and " + "支" * 60, 20)
    assert all(cell_len(line) <= 20 for line in lines)
    assert "".join(lines).replace(" ", "") == "atextwith广州和腹地的名称and" + "支" * 60
    assert lines[0] == "a text with"


# Tables of results: every number of the columns that are shown is there to its last digit.


@pytest.fixture(scope="module")
def ds(tmp_path_factory):
    arms = ("baseline", "fund", "transfer_with_a_long_name_1", "transfer_with_a_long_name_2")
    return open_results(write_fake(tmp_path_factory.mktemp("fake"), arms, years=2)).load()


@pytest.fixture(scope="module")
def long(ds) -> pd.DataFrame:
    """Return a headline table with numbers that are as long as they get."""
    table = tidy(analysis.headline_table(ds), "yuan")
    table["difference"] *= -1.0000123
    table["per_million_yuan"] = -0.000123456
    table["ci_low"], table["ci_high"] = -0.000456789, 0.00123456
    return table


@pytest.mark.parametrize("width", [80, 72])
def test_tables_of_results_cut_no_number(long, width):
    for build, versions in (
        (lambda k: rich_table(long, 2020, 2021, "yuan", version=k), 1 + len(LEAST_NEEDED)),
        (lambda k: rich_costs(long, Appraisal(), "yuan", k), 2 + len(NARROW_COSTS)),
    ):
        screen = screen_of(silent(width))
        show_fitted(screen, build, versions)
        printed = screen.file.getvalue()
        assert all(cell_len(line) <= width for line in printed.splitlines())
        chosen = next(k for k in range(versions) if fits(build(k), width))
        omitted = chosen if versions == 1 + len(LEAST_NEEDED) else max(0, chosen - 1)
        assert ("No room here for" in " ".join(printed.split())) == (omitted > 0)
        assert not fits(build(0), 40)


def test_a_table_that_is_cut_is_noticed(long):
    table = rich_table(long, 2020, 2021, "yuan")
    assert fits(table, 200) and not fits(table, 70)
    assert table.caption  # given back after the trial


def test_arms_of_long_names_differ(ds):
    arms = [short(str(arm), 16) for arm in ds["arm"].values]
    assert len(set(arms)) == 4 and all(cell_len(arm) <= 16 for arm in arms)
