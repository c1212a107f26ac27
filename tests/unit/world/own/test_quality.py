"""Quality of the data of a custom world by figure and by region."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.batch.experiment import data_of
from sim.config import Scenario
from sim.errors import UserError
from sim.world import load_world, read_folder, write_template
from tests.helpers.running import call


def folder(path: Path, quality: str, column: tuple[str, ...] = ()) -> Path:
    """A sound world with a quality in its head, and in each of its rows."""
    write_template(path)
    (path / "world.yaml").write_text(f"name: own\nyear: 2020\nquality: {quality}\n", encoding="utf-8")
    if column:
        head, *rows = (path / "regions.csv").read_text(encoding="utf-8").splitlines()
        lines = [f"{head},quality", *(f"{row},{cell}" for row, cell in zip(rows, column, strict=True))]
        (path / "regions.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_figure_has_the_quality_of_the_head(tmp_path: Path) -> None:
    quality = load_world(str(folder(tmp_path / "a", "{people: observed, value_added: derived}")), 2020).quality
    assert set(quality["people"]) == {"observed"} and set(quality["value_added"]) == {"derived"}
    assert set(quality["talent"]) == set(quality["capital"]) == {"assumed"}


def test_of_head_and_row_the_less_counts(tmp_path: Path) -> None:
    rows = ("observed", "derived", "assumed", "")
    quality = load_world(str(folder(tmp_path / "a", "{people: derived, value_added: observed}", rows)), 2020).quality
    assert quality["people"].tolist() == ["derived", "derived", "assumed", "derived"]
    assert quality["value_added"].tolist() == ["observed", "derived", "assumed", "observed"]
    assert quality["talent"].tolist() == ["observed", "derived", "assumed", "assumed"]  # of the row alone
    assert set(quality["growth_trend"]) == {"assumed"}  # in no row


@pytest.mark.parametrize(
    ("quality", "error"),
    [
        ("{peopel: observed}", r"world\.yaml:3: quality\.peopel.*people"),
        ("{people: official}", r"world\.yaml:3: quality\.people: unknown value 'official'; expected one of observed"),
        ("{capital: observed}", r"world\.yaml:3: quality\.capital: no region has capital; expected that column, or no"),
        ("observed", r"world\.yaml:3: quality: "),
    ],
)
def test_what_is_wrong_is_reported_with_its_line(tmp_path: Path, quality: str, error: str) -> None:
    with pytest.raises(UserError, match=error):
        read_folder(folder(tmp_path / "a", quality))


def test_it_is_shown_and_stored_with_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder(tmp_path / "a", "{people: observed, sectors: derived}")
    code, shown, _ = call(capsys, "world", "check", path)
    rows = {line.split()[0]: line.split()[1:] for line in shown.splitlines() if "%" in line and line.count("%") == 3}
    assert code == 0 and rows["people"] == ["100%", "0%", "0%"] and rows["sectors"] == ["0%", "100%", "0%"]
    stored = data_of(Scenario(name="a", world=str(path)))["quality"]
    assert stored["people"] == {"observed": 1.0, "derived": 0.0, "assumed": 0.0}
    assert stored["talent"]["assumed"] == 1.0


def test_the_states_state_theirs_by_figure() -> None:
    quality = load_world("us_states", 1950).quality
    assert {figure: set(quality[figure]) for figure in ("people", "value_added", "growth_trend", "capital")} == {
        "people": {"observed"}, "value_added": {"derived"}, "growth_trend": {"derived"}, "capital": {"assumed"},
    }  # fmt: skip
