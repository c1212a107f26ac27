"""The store of results: round trip, laziness, hash, audit, export, folders."""

import json
import shutil

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from sim import results
from sim.catalogue import VARIABLES
from sim.errors import UserError
from sim.results.content import people_break
from tests.helpers.results import REGIONS, make_coords, make_record, write_fake

META = {"config": "{}", "seed": 2**63 + 5, "arm": "baseline", "replication": 0, "run_id": "abc", "versions": {"a": "1"},
        "commit": "unknown", "world": "fake", "wall_s": 1.5}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_fake(tmp_path_factory.mktemp("fake") / "out", replications=2)


@pytest.fixture
def copy(folder, tmp_path):
    return shutil.copytree(folder, tmp_path / "copy")


def test_round_trip_keeps_everything(tmp_path):
    record = make_record(3, arm="fund")
    path = tmp_path / "runs" / "one.h5"
    meta = {**META, "config": json.dumps({"long": "x" * 200_000})}  # longer than HDF5's compact attributes
    results.write_run(path, record, make_coords(), meta)
    back, got = results.read_run(path)
    for name, variable in VARIABLES.items():
        tolerance = 1e-7 if variable.detail == "flows" else 0.0
        np.testing.assert_allclose(back.series[name], record.series[name], rtol=tolerance, atol=0)
    np.testing.assert_array_equal(back.payments, record.payments)
    assert (back.accounts, back.purposes, back.notes) == (record.accounts, record.purposes, record.notes)
    assert back.report_units == record.report_units
    np.testing.assert_array_equal(back.reports["fund", "delivered"], record.reports["fund", "delivered"])
    assert list(got.pop("coords")["name_zh"]) == [r[2] for r in REGIONS]
    assert got == meta
    assert [p.name for p in path.parent.iterdir()] == ["one.h5"]  # no temporary file left


def test_a_failed_write_leaves_nothing_and_keeps_the_old_file(tmp_path):
    path = tmp_path / "one.h5"
    results.write_run(path, make_record(), make_coords(), META)
    before = path.read_bytes()
    broken = make_record(1)
    broken.series["rent"] = broken.series["rent"][:, :-1]
    with pytest.raises(ValueError, match="rent"):
        results.write_run(path, broken, make_coords(), META)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_files_are_labelled_for_other_programs(folder):
    with h5py.File(results.run_path(folder, "fund", 1)) as file:
        data = file["value_added"]
        assert [dim.label or dim[0].name for dim in data.dims] == ["/year", "/region", "/sector"]
        assert data.attrs["units"] == "million yuan/yr"
        assert data.compression == "gzip" and data.shuffle
        assert (data.dtype, file["talent_flow"].dtype) == (np.float64, np.float32)
    with xr.open_dataset(results.run_path(folder, "fund", 1), engine="h5netcdf", phony_dims="sort") as ds:
        assert ds["value_added"].dims == ("year", "region", "sector")


def test_open_is_lazy_and_reads_what_is_asked(folder, monkeypatch):
    ds = results.open_results(folder)
    assert dict(ds.sizes) | {"arm": 3, "replication": 2, "year": 5, "region": 8} == dict(ds.sizes)
    assert list(ds["arm"].to_numpy()) == ["baseline", "enclave", "fund"]
    from sim.results import reading

    read = []
    original = reading.open_file
    monkeypatch.setattr(reading, "open_file", lambda path: read.append(path.name) or original(path))
    flow = ds["firm_flow"].sel(arm="fund", replication=1, sector="energy")
    flow = flow.isel(year=[0, 3], origin=slice(None, None, -1))
    assert not read
    expected = results.read_run(results.run_path(folder, "fund", 1))[0].series["firm_flow"][[0, 3], 1][:, ::-1]
    np.testing.assert_array_equal(flow.to_numpy(), expected)
    assert read == ["fund-001.h5"]
    assert ds["firm_flow"].attrs["units"] == "firms/yr"
    assert ds["zone"].sel(region="bijie").item() == "supporting"


def test_any_index_agrees_with_numpy(folder):
    ds = results.open_results(folder)
    whole = ds["value_added"].to_numpy()
    assert whole.shape == (3, 2, 5, 8, 6)
    for key in (
        dict(arm=1), dict(region=[5, 1, 1], sector=-1), dict(year=slice(4, 0, -2), replication=[1, 0]), dict(region=[]),
    ):  # fmt: skip
        index = [key.get(d, slice(None)) for d in ds["value_added"].dims]
        expected = whole
        for axis in reversed(range(5)):
            expected = expected.take(index[axis], axis) if not isinstance(index[axis], slice) else expected[
                (slice(None),) * axis + (index[axis],)]  # fmt: skip
        np.testing.assert_array_equal(results.open_results(folder)["value_added"].isel(key).to_numpy(), expected)


def test_missing_runs_are_nan_and_named(copy):
    results.run_path(copy, "enclave", 1).unlink()
    ds = results.open_results(copy)
    assert ds.attrs["missing"] == ["enclave-001"]
    assert np.isnan(ds["people"].sel(arm="enclave", replication=1)).all()
    assert np.isfinite(ds["people"].sel(arm="enclave", replication=0)).all()
    assert not ds["finished"].sel(arm="enclave", replication=1)
    assert np.isnan(ds["fund.delivered"].sel(arm="baseline")).all()
    assert results.finished_runs(ds)[2:4] == [("enclave", 0), ("fund", 0)]


def test_one_file_opens_alone(folder):
    ds = results.open_results(results.run_path(folder, "fund", 1))
    assert ds.sizes["arm"] == ds.sizes["replication"] == 1
    assert ds["replication"].item() == 1


def test_bad_files_are_named(copy, tmp_path):
    path = results.run_path(copy, "fund", 0)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(UserError, match="fund-000.h5: corrupt"):
        results.open_results(copy)
    with h5py.File(tmp_path / "foreign.h5", "w") as file:
        file["x"] = 1.0
    with pytest.raises(UserError, match="foreign.h5.*not a Hinterland run"):
        results.read_run(tmp_path / "foreign.h5")
    with pytest.raises(UserError, match="no such"):
        results.open_results(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="no finished run"):
        results.open_results(tmp_path / "empty")


def test_damaged_chunk_is_a_user_error(copy):
    path = results.run_path(copy, "fund", 0)
    with h5py.File(path) as file:
        where = file["people"].id.get_chunk_info(0).byte_offset
    content = bytearray(path.read_bytes())
    content[where : where + 64] = bytes(64)
    path.write_bytes(content)
    with pytest.raises(UserError, match="fund-000.h5: damaged"):
        results.open_results(copy)["people"].to_numpy()


def test_hash_ignores_place_and_time_but_no_number(folder, copy):
    assert results.content_hash(copy) == results.content_hash(folder)
    path = results.run_path(copy, "fund", 0)
    with h5py.File(path, "a") as file:
        file.attrs["wall_s"] = "json:99"
    for file_path in (copy / "runs").iterdir():  # other names, other folder depth
        file_path.rename(copy / f"x{file_path.name}")
    assert results.content_hash(copy) == results.content_hash(folder)
    with h5py.File(copy / f"x{path.name}", "a") as file:
        file["rent"][0, 0] = np.nextafter(file["rent"][0, 0], 2)
    assert results.content_hash(copy) != results.content_hash(folder)


def test_audit_passes_and_finds_planted_leaks(copy):
    clean = results.audit(copy)
    assert {"audit_money", "stored_money", "stored_people", "stored_capital", "stored_finite"} <= set(clean)
    assert max(clean.values()) < 1e-9
    path = results.run_path(copy, "enclave", 0)
    with h5py.File(path, "a") as file:
        amount = file["payments/amount"]
        amount[4] += 1e-6 * amount[()].sum()
        file["people"][2, 3, 1] *= 1 + 1e-6
        file["capital"][1, 1, 1] = -1.0
        file["treasury"][0, 0] = np.nan
    found = results.audit(copy)
    assert found["stored_money"] > 1e-6
    assert found["stored_people"] > 1e-8
    assert found["stored_capital"] > 0 and found["stored_finite"] > 0
    assert found["audit_people"] < 1e-9


def test_people_break_by_hand():
    people = np.array([[[10.0, 5.0], [20.0, 5.0]], [[8.0, 6.0], [23.0, 5.0]]])
    births = np.zeros((2, 2, 2))
    births[0, 1, 0] = 2.0
    graduates = np.array([[1.0, 0.0], [0.0, 0.0]])
    workers, talent = np.zeros((2, 2, 2)), np.zeros((2, 2, 2))
    workers[0, 0, 1] = 1.0
    assert people_break(people, births, graduates, talent, workers) == 0.0
    talent[0, 1, 0] = 0.3
    assert people_break(people, births, graduates, talent, workers) == pytest.approx(0.3 / 15)


def test_export_is_tidy(copy, tmp_path):
    paths = results.export(copy, tmp_path / "csv")
    assert {p.stem for p in paths} >= {"nation", "regions_by_sector", "flows", "payments", "dictionary"}
    table = pd.read_csv(tmp_path / "csv" / "regions_by_sector.csv")
    assert len(table) == 6 * 5 * 8 * 6
    row = table.query("arm == 'fund' and replication == 1 and year == 2022 and region == 'bijie'")
    row = row[row["sector"] == "energy"]
    ds = results.open_results(copy)
    value = ds["capital"].sel(arm="fund", replication=1, year=2022, region="bijie", sector="energy").item()
    assert row["capital"].item() == pytest.approx(value, rel=1e-12)
    flows = pd.read_csv(tmp_path / "csv" / "flows.csv")
    assert (flows["origin"] != flows["destination"]).all()
    assert set(VARIABLES) <= set(pd.read_csv(tmp_path / "csv" / "dictionary.csv")["variable"])


def test_payments_have_labels(folder):
    table = results.payments(folder, "fund", 1)
    assert list(table.columns) == ["year", "payer", "payee", "purpose", "amount"]
    assert table["payee"].iloc[1] == "treasury:guangzhou"
    with pytest.raises(UserError, match="did you mean 'fund'"):
        results.payments(folder, "fnud", 1)


def test_run_id_depends_on_each_part():
    base = results.run_id("{}", 1, "v")
    assert base == results.run_id("{}", 1, "v") and len(base) == 64
    assert len({base, results.run_id("{ }", 1, "v"), results.run_id("{}", 2, "v"), results.run_id("{}", 1, "w")}) == 4
    assert len(results.model_version()) == 64
    assert results.versions()["python"].count(".") == 2
    assert results.commit()


def test_folder_of_another_experiment_is_refused(tmp_path):
    folder, config = tmp_path / "out", json.dumps({"name": "a", "replications": 2, "x": 1})
    assert results.check_folder(folder, config) is False
    results.write_manifest(folder, "a", config, ["baseline"], 2)
    results.write_run(results.run_path(folder, "baseline", 0), make_record(years=2), make_coords(), META)
    assert results.check_folder(folder, config) is True
    assert results.check_folder(folder, {"name": "a", "replications": 8, "x": 1}) is True  # more of the same
    other = {"name": "a", "replications": 2, "x": 2}
    with pytest.raises(UserError, match="--overwrite"):
        results.check_folder(folder, other)
    assert results.run_path(folder, "baseline", 0).exists()
    (folder / "mine.txt").write_text("keep")
    assert results.check_folder(folder, other, overwrite=True) is False
    assert not results.run_path(folder, "baseline", 0).exists()
    assert (folder / "mine.txt").exists()
    with pytest.raises(UserError, match="unrelated files"):
        results.check_folder(folder, other)
    with pytest.raises(UserError, match="is a file"):
        results.check_folder(folder / "mine.txt", other)
