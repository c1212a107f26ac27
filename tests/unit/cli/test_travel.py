"""The command travel."""

from __future__ import annotations

import json

import pytest

from sim.cli.app import main


def answered(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as done:
        main(["travel", *words])
    return int(done.value.code or 0), capsys.readouterr().out


def test_a_world_by_its_network_of_a_year(capsys: pytest.CaptureFixture[str]) -> None:
    def over(*words: str) -> float:
        code, text = answered(capsys, "guangzhou", "--json", *words)
        assert code == 0
        rows = json.loads(text)["times"]
        return next(r["over"] for r in rows if (r["target"], r["region"]) == ("province", "zhanjiang"))

    assert over() > 0 > over("--year", "2026")  # the line Guangzhou-Zhanjiang opens in 2025


def test_the_table_fits_a_screen(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = answered(capsys, "guangzhou")
    assert code == 0 and "macao" in text and max(map(len, text.splitlines())) <= 80


def test_what_has_no_targets_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("us_states", "nowhere"):
        code, _ = answered(capsys, name)
        assert code == 2
