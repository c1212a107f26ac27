"""What the model is compared with: forecasts that need no model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from sim.validation.hindcast.runs import END, MIDDLE, START, Hindcast, eligible, provinces_of
from sim.world.china.accounts import BROAD_SECTORS, rake
from sim.world.china.history import History, provincial_accounts
from sim.world.china.shares import by_province, share

Path = Mapping[int, np.ndarray]  # shares of the three sectors in national value added, (3,), by year


class Window(NamedTuple):
    """Years of a forecast.

    Attributes
    ----------
    start, end : int
        It is made from the figures of the first for those of the second.
    fit : (int, int)
        First and last year of the changes on which it may be estimated.
    """

    start: int
    end: int
    fit: tuple[int, int]


WHOLE = Window(START, END, (START, MIDDLE))
FIRST = Window(START, MIDDLE, (START, MIDDLE))
SECOND = Window(MIDDLE, END, (START, MIDDLE))


def observed_path(history: History) -> Path:
    """Return the observed composition of the nation, (3,) by year."""
    rows = history.world.national_taxes
    years = [year for name, year in history.figures if name == BROAD_SECTORS[0]]
    totals = {y: np.array([history.figures[s, y][rows].sum() for s in BROAD_SECTORS]) for y in years}
    return {year: total / total.sum() for year, total in totals.items()}


def forecasts(
    hindcast: Hindcast, figure: str, window: Window = WHOLE, path: Path | None = None
) -> dict[str, np.ndarray]:
    """Return forecasts of a figure by region, (R,), of which only shares have a meaning.

    ``model``: the last known figures times the growth of the mean of the runs.

    ``persistence``: shares stay as they are.

    ``trend A-B``: growth of shares continues as in the window of the fit, region by region, or as in the years before
    2010, which are known by province only.

    ``regression``: growth of shares by covariates of 2010 (log income per head, shares of migrants and of the tertiary
    educated, log registered over resident people, log density, log size), estimated in the window of the fit.

    ``Bartik``: every region keeps its shares in the three sectors, which grow as in the nation. Without a path the
    national composition stays that of the base year, all sectors grow equally, and this forecast is persistence.

    Parameters
    ----------
    hindcast : Hindcast
    figure : str
        One of `FIGURES`.
    window : Window
    path : Path, optional
        Composition of the nation that forecasts may know. Persistence then keeps the value added of regions, raked to
        the national sectors.
    """
    history = hindcast.history
    now = history.figures[figure, window.start]
    start, end = (hindcast.modelled(figure, year) for year in (window.start, window.end))
    found = {"persistence": now, "model": now * np.divide(end, start, out=np.ones_like(now), where=start > 0)}
    first, last = window.fit
    if {(figure, first), (figure, last)} <= history.figures.keys():
        periods = (window.end - window.start) / (last - first)
        found[f"trend {first}-{last}"] = now * np.exp(periods * _growth(history, figure, window.fit))
        found["regression"] = now * np.exp(periods * fitted_growth(history, figure, window.fit))
    if window.start == START and figure in ("people", "value_added"):
        year, growth = _provincial_growth(history, figure)
        found[f"trend {year}-{START}"] = now * np.exp((window.end - START) / (START - year) * growth)
    if path is not None and figure in ("value_added", *BROAD_SECTORS):
        found |= _on_path(history, figure, path[window.end] / path[window.start])
    return found


def _growth(history: History, figure: str, years: tuple[int, int]) -> np.ndarray:
    """Return observed growth of log shares, (R,); that of the province for regions whose figures are imputed.

    Imputed figures of 2015 are means of two censuses and would disclose the later one.
    """
    rows = eligible(history, figure)
    provinces, code = np.unique(provinces_of(history), return_inverse=True)
    member = np.eye(len(provinces))[code] * rows[:, None]
    before, after = (history.figures[figure, y] / history.figures[figure, y][rows].sum() for y in years)
    total = np.divide(after @ member, before @ member, out=np.ones(len(provinces)), where=before @ member > 0)
    return np.log(np.divide(after, before, out=total[code], where=rows))


def fitted_growth(history: History, figure: str, years: tuple[int, int]) -> np.ndarray:
    """Return growth of log shares between two years by a cross-section regression on covariates of 2010, (R,)."""
    rows = eligible(history, figure)
    before, after = (share(history.figures[figure, y], rows) for y in years)
    design = np.column_stack([np.ones(len(rows)), history.covariates.to_numpy()])
    slope, *_ = np.linalg.lstsq(design[rows], np.log(after / before), rcond=None)
    return design @ slope


def _provincial_growth(history: History, figure: str) -> tuple[int, np.ndarray]:
    """Return the first year known by province, and growth of log shares since then by region, (R,)."""
    mainland = history.world.national_taxes
    year, known = min(provincial_accounts(figure).items())
    names, code = np.unique(provinces_of(history)[mainland], return_inverse=True)
    before = known[names].to_numpy()
    now = by_province(history.figures[figure, START], history.world, mainland)
    growth = np.zeros(len(mainland))
    growth[mainland] = np.log(now / now.sum() / (before / before.sum()))[code]
    return year, growth


def _on_path(history: History, figure: str, growth: np.ndarray) -> dict[str, np.ndarray]:
    """Return the forecasts that a path changes, given the growth of the sectors' national shares, (3,)."""
    mainland = history.world.national_taxes
    cells = np.column_stack([history.figures[s, START] for s in BROAD_SECTORS])[mainland]
    grown = np.zeros((len(mainland), len(BROAD_SECTORS)))
    grown[mainland] = cells * growth
    if figure == "value_added":
        return {"Bartik": grown.sum(axis=1)}
    national = cells.sum(axis=0) * growth
    target = national / national.sum() * cells.sum()
    kept = np.zeros_like(grown)
    kept[mainland] = rake(cells, cells.sum(axis=1), target[None], np.zeros(len(cells), dtype=int))
    return {"persistence": kept[:, BROAD_SECTORS.index(figure)]}
