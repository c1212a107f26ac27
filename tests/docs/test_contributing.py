"""What CONTRIBUTING.md shows: a kind of at most 50 lines and a city rule of ten, commands and configs that run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from sim.config import arm_scenarios, load
from sim.errors import UserError
from sim.mechanisms import MECHANISMS
from sim.model import simulate
from sim.policy.cities import RULES
from tests.helpers import ROOT
from tests.helpers.configs import swapped
from tests.helpers.running import call

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
KIND, CITY = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
(PRESET,) = re.findall(r"```yaml\n(kind: slow_rail.*?)```", PAGE, flags=re.DOTALL)
(COMPARISON,) = re.findall(r"```yaml\n(kind: comparison.*?)```", PAGE, flags=re.DOTALL)
CONFIGS = re.findall(r"```yaml\n(kind: scenario.*?)```", PAGE, flags=re.DOTALL)
COMMANDS = [shlex.split(line)[1:] for line in re.findall(r"^hinterland .*$", PAGE, flags=re.MULTILINE)]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the page shows; the kinds are gone after the test."""
    monkeypatch.setattr(MECHANISMS, "_added", {})
    monkeypatch.setattr(RULES, "_added", {})
    monkeypatch.chdir(tmp_path)
    (tmp_path / "copycat.py").write_text(CITY, encoding="utf-8")
    (tmp_path / "twinning.py").write_text(KIND, encoding="utf-8")
    (tmp_path / "twinned.yaml").write_text(CONFIGS[0], encoding="utf-8")
    return tmp_path


def test_the_kind_is_short() -> None:
    assert len(KIND.splitlines()) <= 50


def test_shown_commands_run(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(COMMANDS) >= 2
    for line in COMMANDS:
        code, out, err = call(capsys, *line)
        assert code == 0, out + err


def test_the_config_is_valid_and_a_misspelt_region_of_the_new_field_is_refused_with_its_line(place: Path) -> None:
    (twinning,) = load(place / "twinned.yaml").mechanisms
    assert twinning.kind == "twinning" and twinning.partner == "guangzhou"
    (place / "twinned.yaml").write_text(swapped(CONFIGS[0], "partner: guangzhou", "partner: guangzou"))
    with pytest.raises(UserError) as caught:
        load(place / "twinned.yaml")
    (message,) = caught.value.messages
    assert "twinned.yaml:5:22: mechanisms.0.partner: 'guangzou' is unknown" in message
    assert "did you mean 'guangzhou'?" in message


def test_the_preset_keeps_to_the_contract(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "slow_rail.yaml").write_text(PRESET, encoding="utf-8")
    code, out, err = call(capsys, "mechanism", "check", "slow_rail", "--from", "slow_rail.yaml")
    assert code == 0, out + err


def test_the_city_rule_has_ten_lines_and_runs_as_an_arm(place: Path) -> None:
    lines = [line for line in CITY.partition("class ")[2].splitlines() if line.strip()]
    assert len(lines) <= 10
    (place / "copycats.yaml").write_text(COMPARISON, encoding="utf-8")
    changes = ["scenario.years=2", "scenario.firms=1000", "scenario.record=all"]
    arms = arm_scenarios(load(place / "copycats.yaml", changes))
    assert list(arms) == ["baseline", "yardstick", "copycat"]
    bids = {name: simulate(scenario).series["bid"].max() for name, scenario in arms.items()}
    assert bids["baseline"] == 0 < bids["copycat"] != bids["yardstick"]


def test_links_exist_and_named_files_too() -> None:
    linked = re.findall(r"\]\((?!https?:)([^)#]+)", PAGE)
    named = re.findall(r"`((?:docs|sim|tests)/[\w./]+)`", PAGE)
    missing = [name for name in linked + named if "THEME" not in name and not (ROOT / name).exists()]
    assert linked and named and not missing, missing
