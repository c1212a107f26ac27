"""Province outlines, for orientation on the map."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources

import numpy as np
import xarray as xr

# words for provinces in the bundled worlds
PROVINCES = (
    "anhui beijing chongqing fujian gansu guangdong guangxi guizhou hainan hebei heilongjiang henan hong_kong hubei "
    "hunan inner_mongolia jiangsu jiangxi jilin liaoning macao ningxia qinghai shaanxi shandong shanghai shanxi "
    "sichuan tianjin tibet xinjiang yunnan zhejiang"
).split()


@lru_cache(maxsize=1)
def outlines() -> tuple[np.ndarray, ...]:
    """Return the rings of all provinces, each of shape (n, 2): longitude, latitude in degrees.

    The source stands in ``sim/data/outlines.json``. Without the file the map is drawn without lines.
    """
    file = resources.files("sim").joinpath("data", "outlines.json")
    if not file.is_file():
        return ()
    data = json.loads(file.read_text(encoding="utf-8"))
    return tuple(np.asarray(ring, dtype=float) for rings in data["outlines"].values() for ring in rings)


def on_the_map(ds: xr.Dataset) -> bool:
    """Return whether the regions lie in the provinces of the outlines; a made-up world lies nowhere."""
    return "province" in ds.coords and bool(np.isin(ds["province"].values.astype(str), PROVINCES).mean() > 0.5)
