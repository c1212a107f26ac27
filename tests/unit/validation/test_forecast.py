"""Registered forecasts: shares with bands, the digest of their rows, and the command that writes them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.analysis.forecast_errors import law_of, share_bands
from sim.errors import UserError
from sim.validation import forecast
from tests.helpers import ROOT
from tests.helpers.running import call, call_json


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("forecast") / "new" / "forecast.csv"
    forecast.register(path, "guangzhou", 2022, seeds=(1, 2), firms=1000)
    return path


@pytest.fixture(scope="module")
def rows(table: Path) -> pd.DataFrame:
    return forecast.read_registered(table)


def test_shares_of_every_year_sum_to_one(rows):
    assert set(rows["year"]) == {2021, 2022} and len(rows) == 2 * 118
    assert not {"hong_kong", "macao"} & set(rows["region"])
    for figure in forecast.FIGURES:
        assert rows.groupby("year")[figure].sum().to_numpy() == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("figure", forecast.FIGURES)
def test_bands_are_those_of_the_law(rows, figure):
    now = rows[rows["year"] == 2022]
    (band,) = share_bands(law_of(figure), now[figure].to_numpy(), now["province"].to_numpy(str), 2)
    np.testing.assert_allclose(now[f"{figure}_low"], band.low, rtol=1e-4)
    np.testing.assert_allclose(now[f"{figure}_high"], band.high, rtol=1e-4)
    width = np.log(rows[f"{figure}_high"] / rows[f"{figure}_low"])
    assert (width[rows["year"] == 2022].to_numpy() > width[rows["year"] == 2021].to_numpy()).all()


def test_the_table_states_what_it_is_of(table):
    head = [line for line in table.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    assert head[0].startswith("# model version ") and "mean of seeds 1, 2; 1000 firm agents" in head[1]
    law = hashlib.sha256(forecast.TABLE.read_bytes()).hexdigest()
    assert head[2].endswith(law)
    body = "".join(line for line in table.read_text(encoding="utf-8").splitlines(keepends=True) if line[0] != "#")
    assert head[-1] == f"# sha256 of the rows {hashlib.sha256(body.encode()).hexdigest()}"


def test_the_same_runs_have_the_same_digest(table, tmp_path):
    again = tmp_path / "again.csv"
    digest = forecast.register(again, "guangzhou", 2022, seeds=(1, 2), firms=1000)
    assert digest in table.read_text(encoding="utf-8")


def test_registered_tables_are_as_registered(table, tmp_path):
    for path in (table, *sorted((ROOT / "docs").glob("forecast_*.csv"))):
        assert len(forecast.read_registered(path))
    text = table.read_text(encoding="utf-8")
    for number, wrong in enumerate((text[:-2] + ("1" if text[-2] != "1" else "2") + "\n", "# a table\na,b\n1,2\n")):
        path = tmp_path / f"{number}.csv"
        path.write_text(wrong, encoding="utf-8")
        with pytest.raises(UserError, match="not that of the file; expected the rows as registered"):
            forecast.read_registered(path)


def test_the_command_keeps_what_is_registered(capsys, monkeypatch, tmp_path):
    made = []
    monkeypatch.setattr(forecast, "register", lambda *given: made.append(given) or "abc")
    out = tmp_path / "forecast.csv"
    assert call_json(capsys, "forecast", "--out", out) == (0, {"ok": True, "file": str(out), "sha256": "abc"})
    out.write_text("registered", encoding="utf-8")
    code, _, err = call(capsys, "forecast", "--out", out)
    assert code == 2 and "already exists, and a registered forecast is kept; expected a new file" in err
    assert call(capsys, "forecast", "--out", out, "--until", 2024, "--overwrite")[:2] == (0, "abc\n")
    assert made == [(out, "china", 2025), (out, "china", 2024)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--world", "guangzou"), "no law of errors is known; expected one of guangzhou, china; did you mean"),
        (("--until", 2020), "expected a year from 2021 to 2030"),
        (("--until", 2031), "expected a year from 2021 to 2030"),
    ],
)
def test_other_worlds_and_years_are_refused(capsys, tmp_path, options, message):
    code, _, err = call(capsys, "forecast", "--out", tmp_path / "f.csv", *options)
    assert code == 2 and message in err and not list(tmp_path.iterdir())
