"""Figures and report on made-up results."""

from __future__ import annotations

import contextlib
import io
import json
import re
import zlib
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from fontTools.ttLib import TTFont
from matplotlib.text import Text

from sim import figures
from sim.analysis import number, signed
from sim.analysis.bands import bands_of
from sim.analysis.statistics import clear_of_zero, mean_and_interval
from sim.errors import UserError
from sim.figures.arrows import largest_flows
from sim.figures.change_map import difference_per_head, limits
from sim.figures.flows import net_outflow
from sim.figures.ground import DELTA, bounding_box, surroundings
from sim.figures.labels import positions
from sim.report import write_report
from sim.report.levels import NOT_CONTAINED
from sim.report.mechanisms import mechanism_rows
from sim.report.numbers import interval_text, per_billion
from sim.results import open_results
from sim.world import fitted_parameters
from tests.helpers.results import write_fake


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_fake(tmp_path_factory.mktemp("fake"))


@pytest.fixture(scope="module")
def ds(folder):
    return open_results(folder).load()


@pytest.mark.parametrize("name", list(figures.ALL))
def test_figure_draws(name, ds):
    figure = figures.ALL[name](ds)
    assert figure.axes and figures.CAPTIONS[name]


def test_a_pdf_holds_its_letters_and_no_tables_that_shape_text(ds, tmp_path):
    _, path = figures.save_one(ds, "inequality", tmp_path)
    held = path.read_bytes()
    fonts = []
    for mark in re.finditer(rb"stream\r?\n", held):
        with contextlib.suppress(zlib.error):
            text = zlib.decompressobj().decompress(held[mark.end() :])
            fonts += [TTFont(io.BytesIO(text))] if text.startswith(b"\0\1\0\0") else []
    assert fonts and not any(set(figures.style.SHAPING) & set(font.keys()) for font in fonts)
    assert {"T", "h", "e", "i", "l"} <= {glyph for font in fonts for glyph in font.getGlyphOrder()}


def test_figures_without_flows_and_without_a_baseline(ds):
    alone = ds.isel(arm=[1], replication=[0]).drop_vars([v for v in ds.data_vars if v.endswith("_flow")])
    for draw in figures.ALL.values():
        assert draw(alone).axes


def test_report_is_whole_and_needs_no_network(folder):
    page = write_report(folder).read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") == len(figures.ALL)
    assert "http" not in page.split("Full config")[0].replace("http-equiv", "")
    assert "Enclave" in page and "Identities" in page and "95 %" in page
    assert page.count(NOT_CONTAINED) == 2  # in the answer and below the table


def test_report_names_missing_runs(tmp_path):
    folder = write_fake(tmp_path)
    (folder / "runs" / "fund-001.h5").unlink()
    page = write_report(folder, draw=False).read_text(encoding="utf-8")
    assert "fund-001" in page and "No figures in this folder" in page


def test_report_draws_figures_anew(folder):
    old = folder / "figures" / "paths.png"
    old.parent.mkdir(exist_ok=True)
    old.write_bytes(b"old")
    write_report(folder, draw=False)
    assert old.read_bytes() == b"old"
    write_report(folder)
    assert old.stat().st_size > 1000


def test_plot_variable_writes_a_figure(ds, tmp_path):
    out = figures.plot_variable(ds, "capital", ["bijie", "supporting"], tmp_path / "new" / "capital.svg")
    text = out.read_text(encoding="utf-8")
    assert "Bijie" in text and "million yuan" in text
    assert figures.plot_variable(ds, "public_outlay", None, tmp_path / "outlay.png").stat().st_size > 1000


@pytest.fixture(scope="module")
def forecast(tmp_path_factory):
    """Results of a world with a law of errors, fourteen years ahead."""
    found = open_results(write_fake(tmp_path_factory.mktemp("known"), years=15)).load()
    scenario = {"world": "guangzhou", "parameters": fitted_parameters("guangzhou", 2020)}
    config = {**json.loads(found.attrs["config"]), "scenario": scenario}
    return found.assign_attrs(config=json.dumps(config))


def drawn(monkeypatch, *arguments, **options):
    """Return the figure of a plot, which is not written."""
    kept = []
    monkeypatch.setattr("sim.figures.variable.style.save", lambda figure, *paths: kept.append(figure) or list(paths))
    figures.plot_variable(*arguments, Path("x.png"), **options)
    (figure,) = kept
    text = " ".join(found.get_text() for found in figure.findobj(Text))
    return figure, " ".join(text.split())


@pytest.mark.parametrize("share", [True, False])
def test_bands_of_errors_are_drawn_around_the_baseline(forecast, monkeypatch, share):
    figure, text = drawn(monkeypatch, forecast, "people", ["meizhou", "supporting"], share=share)
    assert "90 % band of errors" in text and "extrapolated, errors grow slowly" in text and "errors grow fast" in text
    assert "the interval over seeds does not contain them. All arms share these errors. Beyond 10 years" in text
    assert ("given the level of the nation" in text) != share and "no band" not in text
    assert ("[% of the nation]" in text) == share
    mask = forecast["region"].values == "meizhou"
    bands = bands_of(forecast, "people", mask, "baseline")
    level = (
        100 * bands.share
        if share
        else forecast["people"].sel(arm="baseline", region="meizhou").sum("group").mean("replication")
    )
    areas = [one for one in figure.axes[0].collections if one.get_label().startswith(("90 %", "extrapolated"))]
    for area, k, last in zip(areas, (0, 1), (10, 14), strict=True):
        years, ends = area.get_paths()[0].vertices.T
        reached = ends[years == 2020 + last]
        expected = np.asarray(level)[last] * np.array([bands.low[k, last], bands.high[k, last]]) / bands.share[last]
        assert [reached.min(), reached.max()] == pytest.approx(expected, rel=0.01)
    assert years.min() == 2030


def test_a_plot_says_where_no_band_is_known(forecast, ds, monkeypatch):
    assert (
        "For national levels, and for Hong Kong and Macao, no band" in drawn(monkeypatch, forecast, "people", None)[1]
    )
    for given in ((forecast, "capital", ["meizhou"]), (ds, "people", ["meizhou"])):
        assert "band" not in drawn(monkeypatch, *given)[1]
    short = drawn(monkeypatch, forecast.isel(year=slice(11), arm=[0]), "value_added", ["meizhou"])[1]
    assert "90 % band" in short and "extrapolated" not in short and "All arms" not in short


@pytest.mark.parametrize(
    ("variable", "regions", "message"),
    [
        ("real_income", ["bijie"], "'real_income' is averaged over regions; expected a quantity"),
        ("capital", None, "there are no regions; expected a quantity, such as value_added, and --regions"),
        ("capital", ["bijie", "meizhou"], "'meizhou' is outside the nation; expected regions of the mainland"),
    ],
)
def test_shares_that_do_not_exist_are_refused(ds, tmp_path, variable, regions, message):
    areas = ["sar" if one == "meizhou" else "east" for one in ds["region"].values]
    with pytest.raises(UserError, match=message):
        figures.plot_variable(
            ds.assign_coords(area=("region", areas)), variable, regions, tmp_path / "x.png", share=True
        )


@pytest.mark.parametrize(
    ("variable", "regions", "name", "message"),
    [
        ("capitl", None, "x.png", "did you mean 'capital'"),
        ("capital", ["bijei"], "x.png", "did you mean 'bijie'"),
        ("capital", None, "x.doc", ".svg"),
        ("talent_flow", None, "x.png", "flow between pairs"),
        ("public_outlay", ["bijie"], "x.png", "national variable"),
    ],
)
def test_plot_variable_tells_what_is_wrong(ds, tmp_path, variable, regions, name, message):
    with pytest.raises(UserError, match=message):
        figures.plot_variable(ds, variable, regions, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_net_outflow_of_two_regions():
    flow = np.array([[0.0, 5.0], [2.0, 0.0]])  # the centre gives 5 and gets 2
    data = xr.Dataset(
        {"talent_flow": (("arm", "replication", "year", "origin", "destination"), flow[None, None, None])},
        {"zone": ("region", ["centre", "supporting"])},
    )
    assert net_outflow(data, "talent_flow").squeeze().to_numpy().tolist() == [0.0, 3.0]


def test_interval_leaves_out_missing_runs():
    values = xr.DataArray([1.0, 3.0, np.nan], dims="replication")
    mean, half = mean_and_interval(values)
    assert float(mean) == 2.0
    assert float(half) == pytest.approx(12.706, rel=1e-3)  # t(.975, 1) * sqrt(2) / sqrt(2)


def test_numbers_read_well():
    assert number(1234567.0) == "1,234,567" and number(0.0456) == "0.0456" and number(np.nan) == "–"
    assert signed(-2.5) == "−2.50" and signed(0.0) == "0"
    row = {"ci_low": 0.5, "ci_high": 1.5, "per_million_yuan": 0.002}
    assert interval_text(row, 100.0) == "[+50, +150]" and per_billion(row, 100.0) == "+200"
    assert interval_text({"ci_low": np.nan, "ci_high": np.nan}, 1.0) == "–"


def words_of(figure):
    """Return all that is written in a figure."""
    figure.draw_without_rendering()
    return " ".join(text.get_text() for text in figure.findobj(Text))


def test_flows_show_the_baseline_once_and_differences_beside_it(ds):
    figure = figures.ALL["flows"](ds)
    left, right = figure.axes[:2]
    zones = ["pilot", "leading", "supporting"]
    assert len(left.patches) == len(zones)  # one bar a zone class, none an arm
    supporting = ds["zone"].to_numpy() == "supporting"
    flow = net_outflow(ds, "talent_flow").isel(region=supporting).sum("region").mean("year")
    assert left.patches[2].get_width() == pytest.approx(float(flow.sel(arm="baseline").mean()))
    gap = flow.sel(arm="fund") - flow.sel(arm="baseline")
    drawn = [float(line.get_xdata()[0]) for line in right.lines if len(line.get_xdata()) == 1]
    assert any(x == pytest.approx(float(gap.mean())) for x in drawn)


def test_map_says_what_it_shows(ds):
    figure = figures.ALL["map"](ds)
    text = words_of(figure)
    assert "Baseline, mean of 2020–2024, 3 replications" in text
    assert "Talent" in text and "Capital" in text and "Industry" in text and "widest: " in text


def test_largest_flows_of_the_centre():
    flow = np.array([[9.0, 3.0, 1.0], [4.0, 0.0, 7.0], [0.0, 8.0, 0.0]])
    found = largest_flows(flow, 0, np.array([True, True, True]), 1)
    assert [(a.start, a.end, a.direction, a.flow) for a in found] == [(0, 1, "out", 3.0), (1, 0, "in", 4.0)]
    only = largest_flows(flow, 0, np.array([True, False, True]), 5)
    assert [(a.start, a.end) for a in only] == [(0, 2)]  # nothing comes from 2, and 0 stays at home


def test_names_lie_neither_on_each_other_nor_outside():
    draw = np.random.default_rng(3)
    points, sizes = draw.uniform(0, 120, (25, 2)), np.tile([28.0, 8.0], (25, 1))
    radii = np.full(25, 2.0)
    found = positions(points, radii, sizes, np.column_stack([points, radii, np.full(25, 10.0)]), (0, 120, 0, 120))
    placed = np.array([f for f in found if f is not None])
    assert found[0] is not None and 8 <= len(placed) < 25  # the first choose first; some find no room
    assert (placed[:, 0] >= 14).all() and (placed[:, 0] <= 106).all()
    for k, (x, y) in enumerate(placed):
        near_by = (abs(placed[k + 1 :, 0] - x) < 27.99) & (abs(placed[k + 1 :, 1] - y) < 7.99)
        assert not near_by.any()


def test_a_name_keeps_off_its_neighbour():
    points = np.array([[50.0, 50.0], [50.0, 58.0]])
    obstacles = np.column_stack([points, [2.0, 2.0], [10.0, 10.0]])
    (x, y), _ = positions(points, np.array([2.0, 2.0]), np.full((2, 2), 8.0), obstacles, (0, 100, 0, 100))
    assert y < 50  # above it is the other place


def test_colour_classes_rise_threefold_around_zero():
    bounds = limits(np.array([[-250.0, 3.0], [np.nan, 1.0]]))
    assert (bounds == -bounds[::-1]).all() and bounds[-1] == 100.0
    assert limits(np.zeros(3))[-1] == 1.0


def test_change_map_tells_gains_that_are_clear(ds):
    mean, half = difference_per_head(ds)
    last = ds.isel(year=-1)
    heads = 1e6 * last["value_added"].sum("sector") / last["people"].sum("group")
    gap = (heads.sel(arm="fund") - heads.sel(arm="baseline")).sel(region="bijie")
    assert float(mean.sel(arm="fund", region="bijie")) == pytest.approx(float(gap.mean()))
    assert clear_of_zero(mean * 0 + xr.DataArray([2.0, -2.0], dims="arm"), half * 0 + 1.0).all()
    assert not clear_of_zero(mean * 0 + 1.0, half * 0 + 1.5).any()
    alone, none = difference_per_head(ds.isel(replication=[0]))
    assert not clear_of_zero(alone, none).any()  # one pair gives no interval
    figure = figures.ALL["change_map"](ds)
    text = words_of(figure)
    assert "2024" in text and "yuan/person/yr" in text and "Enclave" in text and "Fund" in text


def test_maps_of_made_up_worlds_have_no_provinces(ds):
    n = ds.sizes["region"]
    made = ds.assign_coords(province=("region", ["north"] * n))  # at places that are real by chance
    assert surroundings(ds, DELTA, 10) is DELTA and surroundings(made, DELTA, 10) is not DELTA
    for name in ("map", "change_map"):
        real, other = figures.ALL[name](ds), figures.ALL[name](made)
        assert len(real.axes[0].collections[0].get_paths()) > 0
        assert len(other.axes[0].collections[0].get_paths()) == 0
        assert "Pearl River" not in words_of(other)


def test_a_box_is_never_a_line():
    box = bounding_box(np.array([3.0, 9.0]), np.array([20.0, 20.0]))
    assert box.north - box.south > 1.0 and box.west < 3.0 < 9.0 < box.east


def test_another_baseline_is_compared_with(ds):
    other = ds.assign_attrs(config=json.dumps({"baseline": "enclave"}))
    figure = figures.ALL["differences"](other)
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["Baseline", "Fund"]
    assert list(difference_per_head(other)[0]["arm"].to_numpy()) == ["baseline", "fund"]


def test_report_tells_what_mechanisms_did(ds, folder):
    page = write_report(folder).read_text(encoding="utf-8")
    part = page.split('id="mechanisms"')[1].split("<h2")[0]
    assert "Leverage realised" in part and "Investment fund" in part and "Additionality" in part
    rows = {(row["key"][0], row["item"]): row for row in mechanism_rows(ds)}
    row = rows["fund", "Public invested"]
    assert row["value"].striptags() == "5,000" and row["year"].striptags() == "2024"
    assert rows["fund", "Additionality"]["value"] != "–" and ("enclave", "Additionality") not in rows
    both = {"kind": "investment_fund", "name": "fund"}, {"kind": "enclave", "name": "parks"}
    shared = ds.assign_attrs(config=json.dumps({"arms": {"fund": {"mechanisms": both}}}))
    row = next(row for row in mechanism_rows(shared) if row["item"] == "Additionality")
    assert row["value"] == "–" and "other mechanisms" in row["note"]
