"""The command line: exit codes, JSON, messages."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sim.cli import main
from sim.config import load
from sim.errors import RunFailed, UserError
from tests.helpers.models import put_module
from tests.helpers.running import call


def test_help_is_quick_and_lists_commands(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "--help")
    assert code == 0
    for name in ("run", "check", "schema", "list", "init", "world", "export", "plot", "hash", "audit", "report"):
        assert name in out


def test_check(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "check", "small", "--json")
    one = {"points": 1, "arms": 1, "seeds": 1, "runs": 1}
    assert (code, json.loads(out)) == (0, {"ok": True, "kind": "scenario", "name": "small", **one})
    code, out, err = call(capsys, "check", "small")
    assert code == 0 and "valid" in out and "hinterland run small" in err


def test_bad_input_exits_2_without_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, "check", "smal")
    assert (code, out) == (2, "") and "did you mean 'small'" in err and "Traceback" not in err
    code, out, err = call(capsys, "check", "smal", "--json")
    assert code == 2 and err == "" and len(json.loads(out)["error"]) == 1
    code, out, _ = call(capsys, "chek", "--json")
    assert code == 2 and json.loads(out)["error"]
    code, out, _ = call(capsys, "run", "small", "--set", "yeers=1", "--json")
    assert code == 2 and "years" in json.loads(out)["error"][0]


def test_init_writes_a_config_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    assert call(capsys, "init", str(file))[0] == 0
    assert load(file).name == "my-scenario"
    code, _, err = call(capsys, "init", str(file))
    assert code == 2 and "already exists" in err


def test_schema_and_lists(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "schema", "--json")
    assert code == 0 and json.loads(out)["title"] == "Hinterland config"
    code, out, _ = call(capsys, "list", "scenarios", "--json")
    assert code == 0 and {"baseline", "small"} <= {s["name"] for s in json.loads(out)["scenarios"]}
    code, out, _ = call(capsys, "list", "mechanisms")
    assert code == 0 and "fiscal_transfer" in out
    code, out, _ = call(capsys, "list", "regions", "--json")
    assert code == 0 and "guangzhou" in {r["id"] for r in json.loads(out)["regions"]}
    assert call(capsys, "list", "nothing")[0] == 2


def test_world(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "world", "guangzhou", "--json")
    assert code == 0 and json.loads(out)["name"] == "guangzhou"
    assert call(capsys, "world", "guangzho")[0] == 2
    assert call(capsys, "world", "guangzhou", "--year", "1066")[0] == 2


def test_own_worlds(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = str(tmp_path / "mine")
    code, out, _ = call(capsys, "world", "new", folder, "--json")
    assert code == 0 and f"{folder}/regions.csv" in json.loads(out)["files"]
    assert call(capsys, "world", "new", folder)[0] == 2
    code, out, _ = call(capsys, "world", "check", folder, "--json")
    told = json.loads(out)
    assert code == 0 and told["ok"] and told["regions"] == 4 and told["inversion_error"] < 1e-9
    code, out, err = call(capsys, "world", "check", folder)
    assert code == 0 and "valid" in out and "per capita" in out and f"--set world={folder}" in err
    code, out, _ = call(capsys, "world", folder, "--json")
    assert code == 0 and json.loads(out)["name"] == "own"
    code, out, _ = call(capsys, "world", "columns", "--json")
    rows = {(c["file"], c["column"]): c for c in json.loads(out)["columns"]}
    assert rows["regions.csv", "workers"]["need"] == "required" and rows["edges.csv", "km"]["unit"] == "km"
    assert "regions.csv" in call(capsys, "world", "columns")[1]
    for wrong in (("check",), ("new",), ("check", folder + "x"), ("guangzhou", "china"), (folder, "--year", "2019")):
        code, _, err = call(capsys, "world", *wrong)
        assert code == 2 and "expected" in err and "Traceback" not in err, err


def test_regions_by_set(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "list", "regions", "--where", "supporting & guangxi", "--json")
    rows = json.loads(out)["regions"]
    assert code == 0 and {(r["zone"], r["province"]) for r in rows} == {("supporting", "guangxi")}
    assert {"circle", "belts", "points", "area"} <= set(rows[0])
    code, _, err = call(capsys, "list", "regions", "--where", "supporting guangxi")
    assert code == 2 and "at character 12" in err


@pytest.mark.parametrize("missing", [[], ["fund-03"]])
def test_run_dispatches(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: list[str]
) -> None:
    seen: dict[str, Any] = {}

    def run(config: Any, out: Path, workers: int | None, overwrite: bool, **options: Any) -> Any:
        seen.update(name=config.name, out=out, workers=workers, overwrite=overwrite)
        return SimpleNamespace(
            folder=out,
            finished=1,
            missing=missing,
            headline={"x": float("nan")},
            files=[out / "a.h5"],
            ok=not missing,
            seconds=1.0,
        )

    monkeypatch.setattr("sim.batch.run", run)
    code, out, _ = call(capsys, "run", "small", "--out", str(tmp_path), "--workers", "2", "--overwrite", "--json")
    assert code == (1 if missing else 0)
    assert seen == {"name": "small", "out": tmp_path, "workers": 2, "overwrite": True}
    assert json.loads(out) | {"files": []} == {
        "ok": not missing, "folder": str(tmp_path), "finished": 1, "missing": missing,
        "seconds": 1.0, "headline": {"x": None}, "files": [],
    }  # fmt: skip
    _, out, err = call(capsys, "run", "small", "--out", str(tmp_path))
    assert "1 finished" in out and f"results: {tmp_path}" in err and "next:" in err


def test_failed_run_exits_1_and_bugs_keep_their_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise RunFailed("2021: wuzhou: no market solution")

    monkeypatch.setattr("sim.batch.run", fails)
    code, _, err = call(capsys, "run", "small")
    assert code == 1 and "wuzhou" in err

    def bug(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("sim.batch.run", bug)
    with pytest.raises(ZeroDivisionError):
        main(["run", "small"])


@pytest.mark.parametrize("json_wanted", [False, True])
def test_an_interrupt_is_told(
    json_wanted: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def run(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.batch.run", run)
    more = ["--json"] if json_wanted else []
    code, out, err = call(capsys, "run", "small", "--out", str(tmp_path / "out"), *more)
    told = json.loads(out)["error"] if json_wanted else [err.strip().removeprefix("error: ")]
    assert (code, told) == (130, ["interrupted; finished runs are kept"])


@pytest.mark.parametrize(("largest", "code"), [(1e-12, 0), (1e-6, 1), (float("nan"), 1)])
def test_audit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, largest: float, code: int
) -> None:
    put_module(monkeypatch, "sim.results", audit=lambda path: {"audit_money": largest})
    got, out, _ = call(capsys, "audit", str(tmp_path), "--json")
    assert got == code and json.loads(out)["ok"] is (code == 0)
    assert call(capsys, "audit", str(tmp_path))[0] == code
    assert call(capsys, "audit", str(tmp_path / "nothing"))[0] == 2


def test_results_commands(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(path: Path) -> str:
        raise UserError(f"{path}: not a result file")

    formats = {"FORMATS": ("csv",), "export": lambda path, out, to, spreadsheets: [out / "a.csv"]}
    put_module(monkeypatch, "sim.results", content_hash=broken, **formats)
    assert call(capsys, "hash", str(tmp_path))[0] == 2
    code, out, _ = call(capsys, "export", str(tmp_path), "--to", "csv", "--json")
    assert code == 0 and json.loads(out)["files"] == [str(tmp_path / "csv" / "a.csv")]
    assert call(capsys, "export", str(tmp_path), "--to", "xls")[0] == 2

    def draw(dataset: Any, variable: str, regions: list[str] | None, out: Path, share: bool) -> Path:
        assert (variable, regions, share) == ("rent", ["wuzhou", "supporting"], False)
        return out

    put_module(monkeypatch, "sim.results", open_results=nullcontext)
    put_module(monkeypatch, "sim.figures", font_note=lambda _: "", plot_variable=draw)
    plot = ("plot", str(tmp_path), "--variable", "rent", "--regions", "wuzhou,supporting", "--json")
    code, out, _ = call(capsys, *plot)
    assert code == 0 and json.loads(out)["file"] == str(tmp_path / "rent.png")
    put_module(monkeypatch, "sim.report", write_report=lambda folder, **_: folder / "report.html")
    code, out, _ = call(capsys, "report", str(tmp_path), "--json")
    assert json.loads(out) == {"file": str(tmp_path / "report.html")}
