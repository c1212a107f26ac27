"""Names of any letters, through every language that they are written in: none is read as anything but text."""

from __future__ import annotations

import html
import io
import json
import shlex
import sqlite3

import jinja2
import pandas as pd
import pyogrio.raw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.text import Text
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from sim import figures
from sim.batch.screen import Screen, screen_of, styled
from sim.cli.output import quoted
from sim.config import Arm
from sim.figures import style
from sim.figures.variable import plot_variable
from sim.report import write_report
from sim.results import export, open_results
from sim.results.formats import FORMATS, FORMULA, Target, write_geojson, write_geopackage
from sim.results.index import INDEX, Index
from sim.world.own.schema import RegionRow
from tests.helpers.results import write_fake

NASTY = (
    "[bold]B[/]", "[/]", ":smile:", "$a_b^c$ 5$", r"\frac{1}{2}$$", "#?%20 x", "a'b\"c`d", "=cmd|' /C calc'!A0", "+1",
    "-1",
    "@SUM(A1)", "<script>alert(1)</script>", "&amp; & {{ x }} {0} %s", "שלום مرحبا", "\u202egnp", "N" * 200, "😀🏳️‍🌈",
    "广州市", "한국", "; rm -rf ~", "a\u200bb", "İstanbul ﬁ",
)  # fmt: skip
NAMES = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=60),
    st.lists(st.sampled_from(NASTY), min_size=2, max_size=3).map("".join),
)
PLACE = {"id": "a", "lat": 1.0, "lon": 2.0, "workers": 1.0, "talent": 1.0, "value_added": {}}
QUICK = settings(max_examples=30, deadline=None)
SLOW = settings(
    max_examples=2, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_fake(tmp_path_factory.mktemp("fake"))


@pytest.fixture(scope="module")
def ds(folder):
    return open_results(folder).load()


# A cell of a table shows no name that is zero columns wide, such as a combining mark alone.
@QUICK
@given(NAMES.filter(cell_len))
def test_a_terminal_shows_names_as_they_are(name):
    given_console = Console(file=io.StringIO(), width=2000)
    view = Table(title=name)
    view.add_column(name)
    view.add_row(name)
    for screen in (Screen(file=io.StringIO(), width=2000), screen_of(given_console)):
        screen.print(f"{name}|")
        screen.print(styled("[bold]{}[/]|", name))
        screen.show(view)
        assert screen.file.getvalue().count(printed(name)) >= 5


def printed(name: str) -> str:
    """Return a name as a terminal prints it, without the blanks at its ends that a layout may drop."""
    screen = Console(file=io.StringIO(), width=2000, markup=False, emoji=False, highlight=False)
    screen.print(name, end="")
    return screen.file.getvalue().strip()


@QUICK
@given(NAMES)
def test_a_command_line_takes_a_quoted_path_as_one_word(name):
    assert shlex.split(f"hinterland report {quoted(name)}")[2:] == [name]


@QUICK
@given(NAMES)
def test_a_spreadsheet_reads_no_formula_and_a_program_the_name(tmp_path_factory, name):
    out = tmp_path_factory.mktemp("tables")
    table = pd.DataFrame({"name": [name, "x"], "value": [-1.5, 2.0]})
    columns = {"value": {"units": "1"}}
    plain = Target(out, "csv", columns).write([table], "plain")
    assert pd.read_csv(plain, keep_default_na=False)["name"][0] == name
    safe = Target(out, "csv", columns, spreadsheets=True).write([table], "safe")
    assert safe.read_bytes().startswith(b"\xef\xbb\xbf")
    back = pd.read_csv(safe, encoding="utf-8-sig", keep_default_na=False)
    assert not back["name"][0].startswith(FORMULA) and back["name"][0].endswith(name)
    assert back["value"].tolist() == [-1.5, 2.0]
    assert pd.read_parquet(Target(out, "parquet", columns).write([table], "binary"))["name"][0] == name
    places = pd.DataFrame({"region": ["a", "b"], "name": [name, "x"], "lat": [1.0, 2.0], "lon": [3.0, 4.0]})
    found = json.loads(write_geojson(places, table[["value"]], out / "map.geojson").read_text(encoding="utf-8"))
    assert found["features"][0]["properties"]["name"] == name
    layers = pyogrio.raw.read(write_geopackage(places, [("layer", table[["value"]])], out / "map.gpkg"))
    assert layers[3][1].tolist() == [name, "x"]


DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@QUICK
@given(st.text(st.sampled_from("ab " + DIRECTIONS), max_size=12))
def test_a_title_does_not_turn_the_text_after_it_around(text):
    """What is written after a name goes from left to right, whatever the name begins."""
    title, region = Arm(title=text).title, RegionRow(**PLACE, name_en=text).name_en
    assert title == region and title.startswith(text) and Arm(title=title).title == title
    assert set(title[len(text) :]) <= {"\u202c", "\u2069"}
    level = 0  # of embeddings and isolates, by the rules of Unicode for text without unmatched ends
    for letter in title:
        level += (letter in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068") - (letter in "\u202c\u2069")
    assert level == 0 or any(end in text for end in "\u202c\u2069")


@QUICK
@given(NAMES)
def test_a_page_holds_names_as_text(name):
    page = (
        jinja2.Environment(autoescape=True, keep_trailing_newline=True)
        .from_string("<p>{{ name }}</p>")
        .render(name=name)
    )
    assert html.unescape(page) == f"<p>{name}</p>"


@settings(max_examples=10, deadline=None)
@given(NAMES.filter(lambda name: len(name.encode()) < 200 and name not in (".", "..") and "/" not in name))
def test_an_index_is_found_in_a_folder_of_any_name(tmp_path_factory, name):
    base = tmp_path_factory.mktemp("folders")
    folder = base / name
    folder.mkdir()
    Index(folder, keep=True).close()
    reader = Index(folder)
    assert isinstance(reader._database, sqlite3.Connection) and (folder / INDEX).is_file()
    reader.close()
    assert [path.name for path in base.iterdir()] == [name]  # and nothing beside it


@SLOW
@given(st.lists(NAMES, min_size=8, max_size=8))
def test_figures_show_names_as_they_are(ds, names):
    named = ds.assign_coords(name=("region", names), province=("region", names))
    for draw in (figures.ALL["map"], figures.ALL["change_map"]):
        figure = draw(named)
        drawn = figure.findobj(Text)
        assert not any(text.get_parse_math() for text in drawn)
        with style.styled():
            figure.canvas.draw()


def test_exports_pages_and_figures_of_nasty_names(tmp_path):
    out = write_fake(tmp_path / "odd #1 ?x=1 %20 [b] 'q' \"z\" 广州", names=NASTY[:8])
    page = write_report(out).read_text(encoding="utf-8")
    assert "<script>alert" not in page
    for to in FORMATS:
        assert all(file.stat().st_size for file in export(out, tmp_path / to, to))
    assert pd.read_csv(tmp_path / "csv" / "places.csv")["name"].tolist() == list(NASTY[:8])
    with open_results(out) as ds:
        assert plot_variable(ds, "people", ["supporting"], tmp_path / "p.png").stat().st_size
