"""Distances on the sphere."""

from __future__ import annotations

import numpy as np

EARTH_RADIUS_KM = 6371.0


def great_circle(lat: np.ndarray, lon: np.ndarray, lat2: np.ndarray, lon2: np.ndarray) -> np.ndarray:
    """Distance on the sphere, km; arguments in degrees broadcast.

    Examples
    --------
    >>> round(float(great_circle(0.0, 0.0, 0.0, 90.0)))
    10008
    """
    a, b, c, d = (np.radians(np.asarray(x, dtype=float)) for x in (lat, lon, lat2, lon2))
    half = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
