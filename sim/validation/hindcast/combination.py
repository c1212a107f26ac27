"""What the model adds to other forecasts: their weights in the best combination."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import statsmodels.api as sm

from sim.validation.hindcast.forecasts import WHOLE, Path, Window, forecasts
from sim.validation.hindcast.runs import Hindcast, eligible
from sim.world.china.shares import share

MEMBERS = ("model", "regression", "Bartik")


def weights(hindcast: Hindcast, figure: str, window: Window = WHOLE, path: Path | None = None) -> pd.DataFrame:
    """Return the weights of the forecasts of a figure by region in their combination.

    Parameters
    ----------
    hindcast : Hindcast
    figure : str
    window : Window
    path : Path, optional
        Of the nation, without which the Bartik forecast is persistence and does not take part.

    Returns
    -------
    DataFrame
        As of `encompassing`; empty with fewer than two forecasts.
    """
    history, rows = hindcast.history, eligible(hindcast.history, figure)
    found = forecasts(hindcast, figure, window, path)
    now, real = (share(history.figures[figure, year], rows) for year in (window.start, window.end))
    changes = {name: np.log(share(found[name], rows) / now) for name in MEMBERS if name in found}
    if len(changes) < 2:
        return pd.DataFrame(columns=["weight", "low", "high", "p"])
    return encompassing(np.log(real / now), changes, hindcast.province[rows])


def encompassing(real: np.ndarray, changes: Mapping[str, np.ndarray], cluster: np.ndarray) -> pd.DataFrame:
    """Return the regression of real changes on forecast ones, with a constant and standard errors by cluster.

    A forecast encompasses another one if that has no weight next to it.

    Parameters
    ----------
    real : (n,) float
        Change of log shares.
    changes : mapping of str to (n,) float
    cluster : (n,)

    Returns
    -------
    DataFrame
        Rows forecasts, columns ``weight``, ``low, high`` (90 %) and ``p`` of no weight.

    References
    ----------
    Chong & Hendry (1986), Econometric evaluation of linear macro-economic models, Review of Economic Studies 53.
    """
    design = sm.add_constant(pd.DataFrame(dict(changes)))
    groups = np.unique(cluster, return_inverse=True)[1]
    fit = sm.OLS(real, design).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    ends = fit.conf_int(alpha=0.10)
    return pd.DataFrame({"weight": fit.params, "low": ends[0], "high": ends[1], "p": fit.pvalues}).drop(index="const")
