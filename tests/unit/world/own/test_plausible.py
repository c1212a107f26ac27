"""What is out of the ordinary in an own world is told by ``world check``; worlds of any year have a network."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sim.world import load_world, outliers, remarks, write_template
from tests.helpers.running import call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_template(tmp_path / "w")
    return tmp_path / "w"


def change(folder: Path, column: str, factor: float, row: int | None = None) -> None:
    table = pd.read_csv(folder / "regions.csv")
    table[column] = table[column].astype(float)
    table.loc[slice(None) if row is None else row, column] *= factor
    table.to_csv(folder / "regions.csv", index=False)


def check(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code, out, err = call(capsys, "world", "check", folder)
    return code, out + err


def test_the_template_is_plausible(folder, capsys):
    code, text = check(folder, capsys)
    assert code == 0 and "warning" not in text
    assert "implied growth of capital" in text and "exports of goods over value added" in text


@pytest.mark.parametrize(("column", "factor"), [("workers", 1e-3), ("va_manufacturing", 1e3)])
def test_a_mistaken_unit_in_one_row_is_told_with_its_keys(folder, capsys, column, factor):
    change(folder, column, factor, row=1)
    change(folder, "talent", factor if column == "workers" else 1.0, row=1)
    text = check(folder, capsys)[1]
    assert "value added per head (va_*, workers, talent) of 'delta'" in text and "times the median" in text


def test_a_mistaken_unit_of_a_column_is_told_with_its_keys(folder, capsys):
    change(folder, "talent", 100.0)
    text = check(folder, capsys)[1]
    assert "talent in people is" in text and "(keys workers, talent)" in text


@pytest.mark.parametrize("value", [0.99, 8.01])
def test_bands_have_two_ends(value):
    assert len(remarks({"capital over value added": value})) == 1
    assert not remarks({"capital over value added": 3.0, "talent in people": 0.2})


def test_outliers_lie_on_either_side(folder):
    change(folder, "va_consumer_services", 1e-4, row=2)
    for column in ("va_agriculture", "va_energy", "va_manufacturing", "va_high_tech", "va_producer_services"):
        change(folder, column, 1e-4, row=2)
    assert any("of 'hills'" in text and "1/" in text for text in outliers(load_world(str(folder), 2020)))


@pytest.mark.parametrize("links", ["none", "without years"])
def test_links_without_a_year_are_in_use_in_any_year(folder, capsys, links):
    head = folder / "world.yaml"
    head.write_text(head.read_text().replace("year: 2020", "year: 1985"))
    if links == "none":
        (folder / "edges.csv").unlink()
    else:
        table = pd.read_csv(folder / "edges.csv")
        table[table["mode"] == "road"].drop(columns="opened").to_csv(folder / "edges.csv", index=False)
    code, text = check(folder, capsys)
    assert code == 0, text
