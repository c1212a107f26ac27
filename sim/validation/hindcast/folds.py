"""Two folds of the decade: estimated in one half, scored in the other.

Talent and the sectors are known in 2010 and 2020 only: one window, no fold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from sim.validation.hindcast.combination import weights
from sim.validation.hindcast.errors import Evaluated, estimate_law, evaluate
from sim.validation.hindcast.forecasts import SECOND, Window, forecasts
from sim.validation.hindcast.intervals import Estimate
from sim.validation.hindcast.runs import END, MIDDLE, START, Hindcast
from sim.validation.hindcast.scores import against, levels

# Parameters of the runs of fold A are fitted to 2010-2015, those of fold B to 2015-2020.
FOLDS: Mapping[str, Window] = {
    "A": SECOND,
    "B": Window(START, MIDDLE, fit=(MIDDLE, END)),
}


class FoldScore(NamedTuple):
    """Scores in the window that was held out.

    Attributes
    ----------
    error : Estimate
        Mean absolute error of regions' shares relative to that of persistence.
    bands : Evaluated
        Bands of the law of errors of the other window, by region.
    weights : DataFrame
        In the combination with the regression that is estimated in the other window; see `encompassing`.
    """

    error: Estimate
    bands: Evaluated
    weights: pd.DataFrame


def fold_score(hindcast: Hindcast, figure: str, window: Window) -> FoldScore:
    """Return the scores of runs whose parameters are fitted to the other window.

    Forecasts start from the figures observed at the beginning of the window; that of the model has the growth of its
    runs, which start in 2010.

    Parameters
    ----------
    hindcast : Hindcast
    figure : str
        One of `FIVE_YEARLY`.
    window : Window
        One of `FOLDS`.
    """
    regions, real = levels(hindcast.history, figure)[0], hindcast.history.figures[figure, window.end]
    error = against(regions, real, forecasts(hindcast, figure, window), "persistence")
    # both windows have five years: growth with the horizon plays no part
    law = estimate_law(hindcast, figure, [Window(*window.fit, window.fit)], until=START)
    return FoldScore(error, evaluate(hindcast, figure, law, window), weights(hindcast, figure, window))
