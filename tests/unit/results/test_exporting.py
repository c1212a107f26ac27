"""Exports for other software: spreadsheets, maps, Parquet and netCDF; and the index of a sweep of one key."""

from __future__ import annotations

import json
import struct

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import xarray as xr
from pyogrio.raw import read

import sim
from sim.catalogue import VARIABLES
from sim.results import export, open_results
from sim.results.design_points import Dataset
from sim.results.exporting import region_table
from sim.results.formats import cf_unit
from sim.world import load_world
from tests.helpers.results import write_fake


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_fake(tmp_path_factory.mktemp("fake"))


def test_tables_for_spreadsheets_have_a_mark_of_their_encoding(folder, tmp_path):
    for file in export(folder, tmp_path, spreadsheets=True):
        content = file.read_bytes()
        assert content.startswith(b"\xef\xbb\xbf") and content.count(b"\xef\xbb\xbf") == 1
    assert pd.read_csv(tmp_path / "places.csv", encoding="utf-8-sig")["name_zh"][0] == "广州"


def test_places_have_the_official_code_of_bundled_worlds():
    regions = load_world("guangzhou", 2020).regions
    ids = regions["id"].to_numpy()
    ds = xr.Dataset(coords={"region": ids, "lat": ("region", regions["lat"].to_numpy())}, attrs={"world": "guangzhou"})
    assert region_table(ds)["adcode"].tolist() == regions["adcode"].tolist()
    assert "adcode" not in region_table(ds.assign_attrs(world="own"))


def test_a_map_of_regions_for_each_arm(folder, tmp_path):
    files = export(folder, tmp_path, "geojson")
    assert [file.name for file in files] == [f"regions_{arm}.geojson" for arm in ("baseline", "enclave", "fund")]
    first = json.loads(files[0].read_text(encoding="utf-8"))["features"][0]
    assert first["geometry"] == {"type": "Point", "coordinates": [113.26, 23.13]}
    with open_results(folder) as ds:
        last = ds["capital"].sel(arm="baseline", region="guangzhou").isel(year=-1)
        assert first["properties"]["capital"] == pytest.approx(float(last.sum("sector").mean()))
    assert {"welfare.workers", "welfare.talent"} <= first["properties"].keys()  # nobody adds these up


def test_a_geopackage_has_the_same_maps_as_layers(folder, tmp_path):
    (file,) = export(folder, tmp_path, "geopackage")
    assert list(tmp_path.iterdir()) == [file] == [tmp_path / "regions.gpkg"]
    maps = export(folder, tmp_path / "json", "geojson")
    assert pyogrio.list_layers(file)[:, 0].tolist() == [path.stem for path in maps]
    for path in maps:
        facts, _, points, values = read(file, layer=path.stem)
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        assert facts["crs"] == "EPSG:4326"
        assert [list(struct.unpack("<BIdd", one)[2:]) for one in points] == [
            feature["geometry"]["coordinates"] for feature in features
        ]
        for name, column in zip(facts["fields"], values, strict=True):
            expected = [feature["properties"][name] for feature in features]
            assert [None if one != one else one for one in column.tolist()] == expected, name
    assert set(facts["fields"]) == features[0]["properties"].keys()


def test_columns_in_parquet_have_units(folder, tmp_path):
    export(folder, tmp_path, "parquet")
    field = pq.read_schema(tmp_path / "regions_by_sector.parquet").field("capital")
    assert field.metadata == {b"units": b"million yuan", b"long_name": VARIABLES["capital"].title.encode()}


def test_netcdf_has_the_attributes_that_its_conventions_ask_for(folder, tmp_path):
    (file,) = export(folder, tmp_path, "netcdf")
    with xr.open_dataset(file, engine="h5netcdf") as back, open_results(folder) as ds:
        assert back.attrs["Conventions"] == "CF-1.8" and all(
            back.attrs[name] for name in ("title", "source", "history")
        )
        for name, value in ds.attrs.items():
            assert back.attrs[name] == value or json.loads(back.attrs[name]) == value
        for name, variable in back.variables.items():
            assert variable.dtype != np.int64 and variable.attrs["long_name"], name
            own = ds[name].attrs.get("units")
            assert own is None or (variable.attrs["unit"] == own and variable.attrs["units"] == cf_unit(own))
        assert back["lat"].attrs["units"] == "degrees_north" and back["lon"].attrs["standard_name"] == "longitude"
        assert back["finished"].dtype == bool
    counted = {cf_unit(v.unit) for v in VARIABLES.values() if "yuan" not in v.unit}
    assert counted <= {"1", "year-1", "kt year-1", "h", "km"}  # all of UDUNITS


def test_one_key_unstacks_like_several():
    key = "parameters.migration.talent_mobility"
    coords = {"point": [0, 1], key: ("point", [0.04, 0.06]), "other": ("point", [1, 2])}
    ds = Dataset({"capital": (("point", "arm"), [[1.0], [2.0]])}, coords)
    for keys in ([key], [key, "other"]):
        assert dict(ds[["capital"]].set_index(point=keys).unstack("point").sizes) == {
            "arm": 1,
            **dict.fromkeys(keys, 2),
        }
    assert ds[["capital"]].set_index(point=key)["capital"].sel(point=0.06).item() == 2.0


def test_what_documents_name_is_there_after_import_sim():
    assert callable(sim.analysis.over) and callable(sim.results.open_results)
    assert {"load", "run", "open_results", "simulate", "analysis", "results"} <= set(dir(sim))
