"""Formats of exported results: CSV, Parquet, netCDF with the conventions CF 1.8, GeoJSON, GeoPackage."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from pandas.api.types import is_numeric_dtype

from sim.currency import YUAN, currency_of, is_money
from sim.results.text import replacing, write_text

FORMATS = ("csv", "parquet", "netcdf", "geojson", "geopackage")
CONVENTIONS = "CF-1.8"
# What makes a spreadsheet take the text of a cell for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
# Attributes of coordinates; CF counts in the unit 1, and knows units of time and mass but none of money.
_COORDINATES = {
    "lat": {"units": "degrees_north", "standard_name": "latitude", "long_name": "latitude"},
    "lon": {"units": "degrees_east", "standard_name": "longitude", "long_name": "longitude"},
    "year": {"units": "1", "long_name": "calendar year"},
    "replication": {"units": "1", "long_name": "number of the replication"},
    "point": {"units": "1", "long_name": "number of the design point"},
    "finished": {"units": "1", "long_name": "whether the run is finished"},
    "fitted": {"units": "1", "long_name": "whether the region counts in fits and scores"},
    "area_km2": {"units": "km2", "standard_name": "cell_area", "long_name": "area"},
}
_YEAR = {"yr": "year"}
_COUNTED = ("persons", "person", "firms", "firm agents")


@dataclass(frozen=True)
class Target:
    """Where and how tables are written.

    Attributes
    ----------
    folder : Path
    to : {"csv", "parquet"}
    columns : mapping
        ``units`` and ``long_name`` of columns, where they are known.
    spreadsheets : bool
        Whether CSV files are for spreadsheets.
    """

    folder: Path
    to: str
    columns: Mapping[str, Mapping[str, str]]
    spreadsheets: bool = False

    def write(self, tables: Iterable[pd.DataFrame], title: str) -> Path:
        """Write tables with the same columns to one file."""
        path = self.folder / f"{title}.{self.to}"
        return self._csv(tables, path) if self.to == "csv" else self._parquet(tables, path)

    def _csv(self, tables: Iterable[pd.DataFrame], path: Path) -> Path:
        encoding = "utf-8-sig" if self.spreadsheets else "utf-8"
        for i, table in enumerate(tables):
            rows = _as_text(table) if self.spreadsheets else table
            rows.to_csv(path, index=False, mode="a" if i else "w", header=i == 0,
                        encoding="utf-8" if i else encoding, lineterminator="\n")  # fmt: skip
        return path

    def _parquet(self, tables: Iterable[pd.DataFrame], path: Path) -> Path:
        import pyarrow as pa  # slow to import
        import pyarrow.parquet as pq

        writer = None
        for table in tables:
            if writer is None:
                found = pa.Schema.from_pandas(table, preserve_index=False)
                schema = pa.schema([f.with_metadata(self.columns.get(f.name, {})) for f in found], found.metadata)
                writer = pq.ParquetWriter(path, schema)
            writer.write_table(pa.Table.from_pandas(table, preserve_index=False, schema=writer.schema))
        if writer:
            writer.close()
        return path


def _as_text(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose text, and names of columns, no spreadsheet takes for formulas."""
    text = [c for c in table.columns if not pd.api.types.is_numeric_dtype(table[c])]
    return table.assign(**{c: table[c].map(_harmless) for c in text}).rename(columns=_harmless)


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def write_netcdf(ds: xr.Dataset, path: Path) -> Path:
    """Write a dataset as netCDF with the conventions CF 1.8, except that money has no unit they know."""
    with replacing(path) as part:
        _described(ds).to_netcdf(part, engine="h5netcdf")
    return path


def _described(ds: xr.Dataset) -> xr.Dataset:
    """Return a dataset with the attributes that CF asks for; our own unit of a variable is its attribute ``unit``."""
    ds = ds.assign_coords({str(name): c.astype("i4") for name, c in ds.coords.items() if c.dtype == np.int64})
    for name, variable in ds.variables.items():
        facts = {**_COORDINATES.get(str(name), {}), **variable.attrs}
        if unit := facts.get("units"):
            facts |= {"unit": unit, "units": cf_unit(unit, currency_of(ds.attrs))}
        elif variable.dtype.kind in "OU":
            facts.setdefault("long_name", f"label: {str(name).replace('_', ' ')}")
        variable.attrs = facts
    lists = {k: v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for k, v in ds.attrs.items()}
    title = json.loads(ds.attrs.get("config") or "{}").get("title") or ds.attrs.get("name") or "results"
    versions = json.loads(ds.attrs.get("versions") or "{}")
    return ds.assign_attrs({
        "Conventions": CONVENTIONS,
        "title": title,
        "source": f"Hinterland {versions.get('hinterland', '')}, an agent-based simulation",
        "history": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} exported by hinterland export",
        **lists,
    })  # fmt: skip


def cf_unit(unit: str, currency: str = YUAN) -> str:
    """Return a unit as CF writes it; one of money, which CF lacks, stays as it is.

    Examples
    --------
    >>> cf_unit("persons/yr"), cf_unit("kt CO2/yr"), cf_unit("million yuan/yr"), cf_unit("1/yr")
    ('year-1', 'kt year-1', 'million yuan/yr', 'year-1')
    """
    if is_money(unit, currency):
        return unit
    top, *below = unit.replace(" CO2", "").split("/")
    parts = [] if top in ("1", *_COUNTED) else [top]
    parts += [f"{_YEAR.get(part, part)}-1" for part in below if part not in _COUNTED]
    return " ".join(parts) or "1"


def write_geojson(regions: pd.DataFrame, values: pd.DataFrame, path: Path) -> Path:
    """Write the regions as points, with their labels and some values, for maps.

    Parameters
    ----------
    regions : DataFrame, R rows
        ``region, lat, lon`` (degrees) and further labels.
    values : DataFrame, R rows
        Columns of numbers; unknown ones are null.
    path : Path
    """
    features = []
    for place, numbers in zip(regions.to_dict("records"), values.to_dict("records"), strict=True):
        where = [float(place.pop("lon")), float(place.pop("lat"))]
        facts = {str(k): _plain(v) for k, v in (place | numbers).items()}
        point = {"type": "Point", "coordinates": where}
        features.append({"type": "Feature", "id": facts["region"], "geometry": point, "properties": facts})
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, indent=1)
    return write_text(path, text + "\n")


def write_geopackage(regions: pd.DataFrame, layers: Iterable[tuple[str, pd.DataFrame]], path: Path) -> Path:
    """Write the regions as points in one layer for each name, for maps.

    Parameters
    ----------
    regions : DataFrame, R rows
        ``region, lat, lon`` (degrees) and further labels.
    layers : iterable of (str, DataFrame)
        Names and values: columns of numbers, R rows; unknown ones are null.
    path : Path
    """
    from pyogrio.raw import write  # an extra

    labels = regions.drop(columns=["lat", "lon"])
    # Points in well-known binary: byte order, geometry type, coordinates (OGC 06-103r4, 8.2).
    points = [struct.pack("<BIdd", 1, 1, lon, lat) for lat, lon in zip(regions["lat"], regions["lon"], strict=True)]
    with replacing(path, ".gpkg") as part:
        for k, (name, values) in enumerate(layers):
            table = pd.concat([labels, values.set_axis(labels.index)], axis=1)
            columns = [column.to_numpy(None if is_numeric_dtype(column) else object) for _, column in table.items()]
            write(part, np.array(points, dtype=object), columns, list(map(str, table.columns)), layer=name,
                  driver="GPKG", geometry_type="Point", crs="EPSG:4326", append=k > 0)  # fmt: skip
    return path


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
