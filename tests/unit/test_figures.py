"""Figures and report on made-up results."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fake import write_fake

from sim import figures
from sim.errors import UserError
from sim.figures.flows import net_outflow
from sim.figures.stats import mean_and_interval
from sim.report import write_report
from sim.report.numbers import change_text, number, signed
from sim.results import open_results


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
    figures.style.close(figure)


def test_figures_without_flows_and_without_a_baseline(ds):
    alone = ds.isel(arm=[1], replication=[0]).drop_vars([v for v in ds.data_vars if v.endswith("_flow")])
    for draw in figures.ALL.values():
        figures.style.close(draw(alone))


def test_report_is_whole_and_needs_no_network(folder):
    page = write_report(folder).read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") == len(figures.ALL)
    assert "http" not in page.split("The whole config")[0].replace("http-equiv", "")
    assert "Enclave" in page and "Identities" in page and "95 %" in page


def test_report_names_missing_runs(tmp_path):
    folder = write_fake(tmp_path)
    (folder / "runs" / "fund-001.h5").unlink()
    (folder / "figures").mkdir()
    (folder / "figures" / "map.png").write_bytes(b"")  # figures are there: none are drawn
    assert "fund-001" in write_report(folder).read_text(encoding="utf-8")


def test_plot_variable_writes_a_figure(ds, tmp_path):
    out = figures.plot_variable(ds, "capital", ["bijie", "supporting"], tmp_path / "new" / "capital.svg")
    text = out.read_text(encoding="utf-8")
    assert "Bijie" in text and "million yuan" in text
    assert figures.plot_variable(ds, "public_outlay", None, tmp_path / "outlay.png").stat().st_size > 1000


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
    assert float(net_outflow(data, "talent_flow", np.array([False, True])).squeeze()) == 3.0


def test_interval_leaves_out_missing_runs():
    values = xr.DataArray([1.0, 3.0, np.nan], dims="replication")
    mean, half = mean_and_interval(values)
    assert float(mean) == 2.0
    assert float(half) == pytest.approx(12.706, rel=1e-3)  # t(.975, 1) * sqrt(2) / sqrt(2)


def test_numbers_read_well():
    assert number(1234567.0) == "1,234,567" and number(0.0456) == "0.0456" and number(np.nan) == "–"
    assert signed(-2.5) == "−2.50" and signed(0.0) == "0"
    row = {"difference": 1.0, "ci_low": 0.5, "ci_high": 1.5, "sign_share": 1.0}
    assert change_text(row, 100.0) == "+100 [+50, +150] 100 %"
