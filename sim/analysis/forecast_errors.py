"""How wrong forecasts of shares are: a law of the model's errors, and the bands that follow from it.

The law is estimated from the hindcast (`sim.validation.hindcast`); ``hinterland validate hindcast --errors`` stores it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from sim.analysis.stored import Stored, read_stored, write_stored
from sim.errors import UserError, nearest

Array = np.ndarray

TABLE = Path(__file__).with_name("forecast_errors.csv")
HORIZON = 5.0  # years ahead of the errors from which the law is estimated
SUPPORTED = 10.0  # longest horizon of the hindcast, years
REFERENCE = 1e-3  # share to which `ErrorLaw.city` refers
KAPPA = (0.5, 1.0)  # errors grow at least like those of a random walk, at most like those of a wrong trend


class ErrorLaw(NamedTuple):
    r"""The law of errors of log shares in the nation.

    .. math:: e_i = u_{province(i)} + v_i, \quad sd(u) = province, \quad sd(v_i) = city (share_i/0.001)^{slope},

    five years ahead; h years ahead both are times ``(h/5)**kappa``.

    Attributes
    ----------
    province, city, slope : float
    kappa, kappa_low, kappa_high : float
        With the ends of its 90 % interval.
    errors, provinces : int
        How many errors of regions it is estimated from, and of how many provinces.
    """

    province: float
    city: float
    slope: float
    kappa: float
    kappa_low: float
    kappa_high: float
    errors: int = 0
    provinces: int = 0


class Band(NamedTuple):
    """An interval of shares.

    Attributes
    ----------
    low, high : (G,) float
    kappa : float
        At which errors are taken to grow with the horizon.
    extrapolated : bool
        Whether the horizon is beyond that of the hindcast.
    """

    low: Array
    high: Array
    kappa: float
    extrapolated: bool


def spread(law: ErrorLaw, shares: Array, province: Array, group: Array | None = None) -> Array:
    """Return the standard deviation of log shares of groups five years ahead, (G,).

    Errors are propagated to first order: the share of a group has the error of its members less that of the nation.

    Parameters
    ----------
    law : ErrorLaw
    shares : (R,) float
        In any unit; only their ratios count.
    province : (R,)
        Label of the province of each region.
    group : (R,), optional
        Label of the group of each region, groups sorted by label; by default every region is a group.
    """
    share = shares / shares.sum()
    _, code = np.unique(np.arange(len(share)) if group is None else group, return_inverse=True)
    _, home = np.unique(province, return_inverse=True)
    member = (code == np.arange(code.max() + 1)[:, None]) * share
    weight = member / member.sum(axis=1, keepdims=True) - share
    common = weight @ (home[:, None] == np.arange(home.max() + 1))
    own = law.city * (share / REFERENCE) ** law.slope
    return np.asarray(np.sqrt(law.province**2 * (common**2).sum(axis=1) + weight**2 @ own**2))


def share_bands(
    law: ErrorLaw, shares: Array, province: Array, horizon: float, group: Array | None = None, level: float = 0.90
) -> tuple[Band, ...]:
    """Return intervals of forecast shares in the nation, not of levels: the growth of the nation has no band.

    A level relative to that of the nation has the same relative errors.

    Parameters
    ----------
    law : ErrorLaw
    shares, province, group
        Forecast and regions as in `spread`.
    horizon : float, years
    level : float in (0, 1)

    Returns
    -------
    tuple of Band
        One; beyond ten years two, in which errors grow as slowly and as fast as the interval of kappa permits.
    """
    share = shares / shares.sum()
    centre = share if group is None else np.bincount(np.unique(group, return_inverse=True)[1], share)
    sd, z = spread(law, shares, province, group), stats.norm.ppf(0.5 + level / 2)
    beyond = horizon > SUPPORTED
    found = []
    for kappa in (law.kappa_low, law.kappa_high) if beyond else (law.kappa,):
        reach = np.exp(z * sd * (horizon / HORIZON) ** kappa)
        found.append(Band(centre / reach, centre * reach, kappa, beyond))
    return tuple(found)


def write_laws(laws: Mapping[str, ErrorLaw], path: Path) -> Path:
    """Write laws by figure with the version of the model and the date."""
    lines = [{"figure": figure, **law._asdict()} for figure, law in laws.items()]
    return write_stored(pd.DataFrame(lines).round(5), path)


@lru_cache(maxsize=1)
def stored_laws() -> Stored:
    """Return the table that comes with the package; see `law_of`."""
    return read_stored(TABLE)


def law_of(figure: str) -> ErrorLaw:
    """Return the stored law of a figure.

    Raises
    ------
    UserError
        If the hindcast has no errors of this figure five years ahead.
    """
    laws = stored_laws().rows.set_index("figure").to_dict("index")
    if figure not in laws:
        known = [str(name) for name in laws]
        raise UserError(f"no law of errors of '{figure}'; expected one of {', '.join(known)}{nearest(figure, known)}")
    return ErrorLaw(**{str(name): value for name, value in laws[figure].items()})
