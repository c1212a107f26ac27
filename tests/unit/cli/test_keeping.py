"""Jobs, bundles, index, failures and the commands that look after a results folder."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr
from rich.console import Console

import sim
from sim import results
from sim.analysis import evaluate
from sim.batch import engine
from sim.cli import main
from sim.config import Record, Scenario, load
from sim.errors import RunFailed, UserError
from tests.helpers import models
from tests.helpers.configs import write
from tests.helpers.results import make_coords, make_record, write_fake
from tests.helpers.running import call_json, run_and_read

SWEEP = """\
kind: sweep
name: tiny
scenario: {name: tiny, world: {kind: synthetic, name: six, regions: 6, ports: 1}, years: 2, firms: 1000}
vary: {parameters.capital.depreciation: [0.05, 0.06, 0.07]}
replications: 3
indicators: [supporting_value_added]
"""


@pytest.fixture
def file(tmp_path):
    return write(tmp_path, SWEEP, "tiny.yaml")


def go(file, out, *changes, **options):
    return run_and_read(sim.run, load(file, list(changes)), out, **options)


# Files.


def bundle(folder, seeds=range(5)):
    runs = [
        (make_record(seed, arm=arm), {"config": "{}", "seed": seed, "arm": arm, "replication": seed,
                                      "run_id": f"{arm}{seed:02d}".ljust(64, "0"), "wall_s": 1.0})
        for seed in seeds for arm in ("baseline", "fund")
    ]  # fmt: skip
    for record, _ in runs[::3]:
        record.payments = record.payments[:0]
    results.write_bundle(folder / "runs" / "bundle-1.h5", runs, make_coords())
    return runs


def test_a_bundle_holds_what_files_of_their_own_hold(tmp_path):
    runs = bundle(tmp_path / "together")
    for record, meta in runs:
        path = results.run_path(tmp_path / "alone", meta["arm"], meta["replication"])
        results.write_run(path, record, make_coords(), meta)
    assert results.content_hash(tmp_path / "together") == results.content_hash(tmp_path / "alone")
    one, other = (results.open_results(tmp_path / name) for name in ("together", "alone"))
    assert dict(one.sizes) == dict(other.sizes)
    xr.testing.assert_identical(one.drop_attrs(deep=False).load(), other.drop_attrs(deep=False).load())
    record, meta = results.read_run(tmp_path / "together" / "runs" / "bundle-1.h5", 3)
    assert meta["arm"] == "fund" and meta["replication"] == 1
    np.testing.assert_array_equal(record.series["capital"], runs[3][0].series["capital"])
    audits = [results.audit(tmp_path / name) for name in ("together", "alone")]
    assert audits[0] == audits[1] and max(audits[0].values()) < 1e-9
    assert len(results.payments(tmp_path / "together", "fund", 1)) == 0  # every third ledger was left out
    assert len(results.payments(tmp_path / "together", "fund", 0)) == len(runs[1][0].payments)


def test_a_bundle_of_different_runs_is_a_bug(tmp_path):
    runs = [(make_record(0, years=years), {"run_id": "a"}) for years in (3, 4)]
    with pytest.raises(ValueError, match="differ in years"):
        results.write_bundle(tmp_path / "x.h5", runs, make_coords())


def test_parts_of_a_bundle_are_read_exactly(tmp_path):
    bundle(tmp_path, range(9))
    ds = results.open_results(tmp_path)
    whole = ds["value_added"].to_numpy()
    for arms, replications in (([1], [7, 0, 3]), ([0, 1], [8]), ([1, 0], [2, 2, 5, 6])):
        part = results.open_results(tmp_path)["value_added"].isel(arm=arms, replication=replications, year=[3, 1])
        np.testing.assert_array_equal(part.to_numpy(), whole[np.ix_(arms, replications, [3, 1])])


def test_many_runs_share_files_and_few_do_not(file, tmp_path, monkeypatch):
    few, _ = go(file, tmp_path / "few")
    monkeypatch.setattr(engine, "MAX_SINGLE_FILES", 5)
    many, _ = go(file, tmp_path / "many")
    assert few.finished == many.finished == 9
    assert len(list((tmp_path / "few" / "runs").iterdir())) == 9
    bundles = list((tmp_path / "many" / "runs").iterdir())
    assert len(bundles) < 9 and any(path.name.startswith("bundle-") for path in bundles)
    assert results.content_hash(tmp_path / "few") == results.content_hash(tmp_path / "many")
    assert pd_bytes(tmp_path / "few") == pd_bytes(tmp_path / "many")
    again, text = go(file, tmp_path / "many", "replications=4")
    assert again.finished == 12 and "9 of 12 runs exist already" in text


def pd_bytes(folder):
    return (folder / "summary.csv").read_bytes()


def test_record_says_what_is_stored(file, tmp_path):
    def stored(record):
        scenario = Scenario.model_validate({**load(file).scenario.model_dump(mode="json"), "record": record})
        return sim.simulate(scenario, 1)

    core, whole = stored("core"), stored("all")
    assert "rent" not in core.series and "talent_flow" not in core.series and not len(core.payments)
    assert {"rent", "talent_flow", "capital"} <= set(whole.series) and len(whole.payments)
    for name in core.series:
        np.testing.assert_array_equal(core.series[name], whole.series[name])
    some = stored({"variables": ["rent"]})
    assert set(some.series) == {*core.series, "rent"}
    # flows between zone classes are those between regions, summed up
    zones = whole.series["capital_flow_zones"]
    np.testing.assert_allclose(zones.sum(axis=(1, 2)), whole.series["capital_flow"].sum(axis=(1, 2)))
    with pytest.raises(ValueError, match="did you mean 'rent'"):
        Record(variables=("rentt",))


def test_old_comparisons_and_sweeps_are_still_read(tmp_path):
    folder = write_fake(tmp_path / "old")  # its manifest names no runs, as those of format 1
    for path in (folder / "runs").iterdir():
        with h5py.File(path, "r+") as old:
            for name in [n for n in old if n.endswith("_zones")]:
                del old[name]
            del old["digest"], old.attrs["kind"]
            old.attrs["format_version"] = 1
    ds = sim.open_results(folder)
    assert ds["finished"].all() and ds.sizes["arm"] == 3
    net = evaluate(ds, "capital_net_supporting")
    supporting, centre = (np.flatnonzero(ds["zone"].values == zone) for zone in ("supporting", "centre"))
    flow = ds["capital_flow"].astype(float)
    by_hand = flow.isel(origin=centre, destination=supporting).sum(["origin", "destination"]) - flow.isel(
        origin=supporting, destination=centre).sum(["origin", "destination"])  # fmt: skip
    np.testing.assert_allclose(net.values, by_hand.values, rtol=1e-6)
    assert results.verify(folder).unchecked == 9 and not results.verify(folder).faults
    with pytest.raises(UserError, match="older version.*report, plot, export"):
        results.check_folder(folder, json.dumps({"name": "fake", "kind": "comparison"}))


# The index.


def test_the_index_follows_the_files(tmp_path):
    bundle(tmp_path)
    index = results.Index(tmp_path, keep=True)
    assert len(index.by_id()) == 10 and (tmp_path / "index.sqlite").is_file()
    index.close()
    results.write_run(results.run_path(tmp_path, "new", 0), make_record(9), make_coords(),
                      {"config": "{}", "seed": 1, "arm": "new", "replication": 0, "run_id": "new"})  # fmt: skip
    assert "new" in results.Index(tmp_path).by_id()  # written by a run that was killed before it was entered
    results.run_path(tmp_path, "new", 0).unlink()
    assert "new" not in results.Index(tmp_path).by_id()
    (tmp_path / "index.sqlite").write_bytes(b"no database")
    assert len(results.Index(tmp_path, keep=True).by_id()) == 10
    moved = shutil.move(tmp_path, tmp_path.with_name("elsewhere"))
    assert len(results.Index(moved).by_id()) == 10
    with sqlite3.connect(Path(moved) / "index.sqlite") as database:
        assert database.execute("SELECT count(*) FROM runs").fetchone() == (10,)


def test_an_index_is_trusted_for_files_that_did_not_change(tmp_path, monkeypatch):
    from sim.results import index as module

    bundle(tmp_path)
    results.Index(tmp_path, keep=True).close()
    monkeypatch.setattr(module, "runs_in", lambda path: pytest.fail("read again"))
    assert len(results.Index(tmp_path).by_id()) == 10


# Size.


@pytest.mark.parametrize("seconds", [0.01, 0.3, 20.0])
def test_a_hundred_thousand_runs_are_a_few_thousand_files(monkeypatch, seconds):
    monkeypatch.setattr(engine, "_kind", lambda task: "")
    under_way = engine._Engine(None, None, 100_000, None)
    under_way.pending.extend(range(100_000))
    jobs = [len(under_way._next(2)) for _ in range(3)]  # before anything is known of their duration
    under_way.seconds, under_way.size = seconds, 4e5
    while under_way.pending:
        jobs.append(len(under_way._next(2)))
    assert sum(jobs) == 100_000 and len(jobs) <= 5000 and max(jobs) <= engine.MAX_BUNDLE
    assert max(jobs) * seconds <= max(engine.JOB_SECONDS, 25 * seconds)


def test_a_hundred_thousand_runs_open_in_one_call(tmp_path):
    """Four thousand names of one bundle, and an index that knows them as so many different runs."""
    bundle(tmp_path, range(13))
    (first,) = (tmp_path / "runs").iterdir()
    results.Index(tmp_path, keep=True).close()
    with sqlite3.connect(tmp_path / "index.sqlite") as database:
        ((_, size, stamp, kind),) = database.execute("SELECT * FROM files").fetchall()
        rows = database.execute("SELECT row, arm, replication FROM runs ORDER BY row LIMIT 25").fetchall()
        database.execute("DELETE FROM runs")
        names = [f"bundle-{k:04d}.h5" for k in range(4000)]
        for name in names:
            (tmp_path / "runs" / name).hardlink_to(first)
        first.unlink()
        database.execute("DELETE FROM files")
        database.executemany("INSERT INTO files VALUES (?, ?, ?, ?)", [(n, size, stamp, kind) for n in names])
        database.executemany(
            "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, 1.0)",
            [(n, row, f"{k}-{row}", f"{k}-{row}", arm, r) for k, n in enumerate(names) for row, arm, r in rows],
        )
    runs = {"one": [[f"{k}-{row}" for row in range(25)] for k in range(4000)]}
    points = [{"years": k} for k in range(4000)]
    results.write_manifest(tmp_path, "large", "{}", ["one"], 25, runs, points=points, axes={"years": {}})
    begin = time.perf_counter()
    ds = sim.open_results(tmp_path)
    print(f"100,000 runs opened in {time.perf_counter() - begin:.1f} s")
    assert ds["finished"].all() and (ds.sizes["point"], ds.sizes["replication"]) == (4000, 25)
    part = ds["capital"].isel(point=[0, 3999], year=-1)
    np.testing.assert_array_equal(part[0], part[1])


# Failures.


def test_a_worker_that_dies_takes_one_run_with_it(file, tmp_path):
    outcome, text = go(file, tmp_path / "out", model=models.deadly, workers=2)
    assert not outcome.ok and outcome.finished == 6 and len(outcome.missing) == 3
    assert all("-001-" in name for name in outcome.missing) and "the worker died" in text
    said = (tmp_path / "out" / "failed" / f"{outcome.missing[0]}.yaml").read_text()
    assert "the worker died" in said
    assert go(file, tmp_path / "out", model=models.deadly, workers=2)[0].finished == 6


def test_a_failed_run_runs_alone_and_again(file, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr("sim.model.simulate", models.failing)
        outcome, _ = go(file, out, "replications=2")
    assert len(outcome.missing) == 3
    code, told = call_json(capsys, "status", out)
    assert code == 0 and (told["finished"], told["planned"], told["missing"]) == (3, 6, 3)
    assert told["failed"] == outcome.missing and told["running"] is None
    with pytest.raises(SystemExit):
        main(["status", str(out)])
    shown = capsys.readouterr()
    assert "3 of 6 runs finished, 3 failed, 0 outstanding" in shown.out and "the market does not solve" in shown.out
    # the config beside the error is the very run
    alone = load(out / "failed" / f"{outcome.missing[0]}.yaml")
    assert (alone.seed, alone.replication) == (1, 1)
    assert sim.run(alone, tmp_path / "alone", workers=0, console=Console(quiet=True)).ok
    (place,) = results.Index(tmp_path / "alone")
    next((out / "runs").iterdir()).unlink()
    code, told = call_json(capsys, "rerun", out, "--failed", "--workers", 1)
    assert code == 1 and told["finished"] == 5 and len(told["missing"]) == 1
    assert place.run_id in results.Index(out).by_id() and not list((out / "failed").iterdir())
    code, told = call_json(capsys, "rerun", out, "--workers", 1)
    assert code == 0 and told["finished"] == 6 and not told["missing"]
    assert call_json(capsys, "verify", out)[0] == 0


def test_the_half_of_a_file_that_a_killed_worker_left_is_cleared_away(file, tmp_path, monkeypatch):
    out = tmp_path / "out"
    computed = models.simulate

    def leaving(scenario, seed):
        (out / "runs").mkdir(exist_ok=True)
        (out / "runs" / ".tiny.h5.1.tmp").write_bytes(b"half")
        return computed(scenario, seed)

    monkeypatch.setattr("sim.model.simulate", leaving)
    go(file, out)
    assert not results.verify(out).faults and len(list((out / "runs").iterdir())) == 9


def test_stop_on_failure(file, tmp_path):
    with pytest.raises(RunFailed, match="the market does not solve; finished runs are kept"):
        go(file, tmp_path / "out", model=models.failing, stop_on_failure=True)
    assert results.status(tmp_path / "out").finished == 3


def test_too_many_failures_end_the_experiment(file, tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "MAX_FAILURES", 2)
    with pytest.raises(RunFailed, match="2 runs failed, the last with"):
        go(file, tmp_path / "out", model=models.failing)


# Commands.


def test_verify_finds_what_is_wrong(file, tmp_path, capsys):
    out = tmp_path / "out"
    go(file, out, "replications=1")
    assert call_json(capsys, "verify", out) == (0, {"ok": True, "files": 3, "runs": 3, "unchecked": 0, "faults": []})
    first, second, third = sorted((out / "runs").iterdir())
    with h5py.File(first, "r+") as data:
        data["capital"][0, 0, 0] *= 1 + 1e-15 + 2**-50
    with h5py.File(second, "r+") as data:
        data["people"].attrs["units"] = "heads"
    third.write_bytes(third.read_bytes()[:3000])
    code, told = call_json(capsys, "verify", out)
    faults = " ".join(told["faults"])
    assert code == 1 and len(told["faults"]) == 4, told
    for words in ("its checksum differs", "unit 'heads', expected 'persons'", "corrupt", "1 runs are missing"):
        assert words in faults, words
    assert call_json(capsys, "rerun", out, "--workers", 1)[0] == 0  # what cannot be read is computed again
    assert "not finished, or is damaged" in " ".join(call_json(capsys, "verify", out)[1]["faults"])


def test_what_a_newer_version_wrote_is_not_touched(file, tmp_path, capsys):
    out = tmp_path / "out"
    go(file, out, "replications=1")
    manifest = out / "experiment.json"
    text = manifest.read_text()
    manifest.write_text(text.replace('"format": 2', '"format": 3'))
    for more in ([], ["--overwrite"]):
        code, told = call_json(capsys, "run", file, "--out", out, *more)
        assert code == 2 and "newer version" in told["error"][0]
    manifest.write_text(text)
    path = next((out / "runs").iterdir())
    with h5py.File(path, "r+") as data:
        data.attrs["format_version"] = 99
    code, told = call_json(capsys, "run", file, "--out", out)
    assert code == 2 and "newer version" in told["error"][0] and path.is_file()
    assert len(list((out / "runs").iterdir())) == 3


def test_dry_run_tells_and_does_nothing(file, tmp_path, capsys):
    out = tmp_path / "out"
    code, told = call_json(capsys, "run", file, "--out", out, "--dry-run", "--workers", 2)
    assert code == 0 and (told["points"], told["seeds"], told["runs"], told["files"]) == (3, 3, 9, 9)
    assert told["seconds"] > 0 and told["bytes"] > 1e4 and told["workers"] == 2 and not out.exists()
    go(file, out)
    size = sum(path.stat().st_size for path in (out / "runs").iterdir())
    assert told["bytes"] == pytest.approx(size, rel=0.2)
    with pytest.raises(SystemExit):
        main(["run", str(file), "--out", str(out), "--dry-run"])
    assert "based on 9 finished runs" in capsys.readouterr().out


def test_a_very_large_design_is_asked_about(file, capsys):
    code, told = call_json(capsys, "run", file, "--set", "replications=5000")
    assert code == 2 and "15,000 runs, more than 10,000" in told["error"][0] and "--yes" in told["error"][0]


def test_unknown_folders_are_told(tmp_path, capsys):
    for command in ("status", "verify", "rerun"):
        code, told = call_json(capsys, command, tmp_path / "nowhere")
        assert code == 2 and "no such folder" in told["error"][0]
        code, told = call_json(capsys, command, tmp_path)
        assert code == 2 and "holds no experiment" in told["error"][0]


@pytest.mark.parametrize("to", ["csv", "parquet", "netcdf"])
def test_exports_hold_the_same_numbers(file, tmp_path, capsys, to):
    import pandas as pd

    out = tmp_path / "out"
    go(file, out, "scenario.record=all", "replications=2")
    code, told = call_json(capsys, "export", out, "--to", to, "--out", tmp_path / to)
    assert code == 0 and all(Path(f).stat().st_size for f in told["files"])
    with sim.open_results(out) as ds:
        expected = ds["value_added"].sum(["year", "region", "sector"]).transpose("point", "arm", "replication").values
        if to == "netcdf":
            with xr.open_dataset(told["files"][0], engine="h5netcdf") as back:
                there = ds["value_added"].load()
                xr.testing.assert_allclose(back["value_added"].drop_vars("finished"), there.drop_vars("finished"))
                assert json.loads(back.attrs["config"])["name"] == "tiny"
            return
    read = pd.read_csv if to == "csv" else pd.read_parquet
    table = read(tmp_path / to / f"regions_by_sector.{to}").groupby("run")["value_added"].sum()
    points = read(tmp_path / to / f"points.{to}")
    found = table.reindex(points["run"]).to_numpy().reshape(expected.shape)
    np.testing.assert_allclose(found, expected)
    assert read(tmp_path / to / f"payments.{to}")["run"].nunique() == 6
