"""Gravity models by Poisson pseudo-maximum likelihood.

Poisson with log link, because its first-order conditions reproduce totals exactly (the doubly-constrained form has the
margins of the table), zero flows are included, and estimates are consistent for any variance function (Santos Silva &
Tenreyro 2006, The Log of Gravity). Standard errors are robust, with leverage-adjusted residuals (HC3, MacKinnon & White
1985): for a few dozen locations others are too small, particularly with fixed effects.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from scipy import stats

from sim.config.schema.estimation import Estimation
from sim.errors import UserError
from sim.estimation.table import Flows, read_flows, shortened

LEVEL = 0.95
MOST_CELLS = 60_000_000  # cells of the design matrix, half a gigabyte
COLLINEAR = 1e-9
ITERATIONS = 200
TOLERANCE = 1e-9  # of coefficients; the last Newton step is far more precise
CONSTANT, DISTANCE, WITHIN = "constant", "distance", "within"


@dataclass(frozen=True)
class Estimate:
    """One coefficient with its robust standard error and 95 % interval."""

    term: str
    value: float
    standard_error: float
    low: float
    high: float


@dataclass(frozen=True)
class Fit:
    """A fitted gravity model.

    Attributes
    ----------
    form, decay : str
    estimates : tuple of Estimate
        Without fixed effects.
    effects : dict of (side, place) to float
        Log fixed effects; in the doubly-constrained form those of destinations are relative to the first.
    origin, destination : (N,) str
        Of the pairs used.
    flow, fitted, distance : (N,) float
    statistics : dict of str to float
        ``pairs, coefficients, srmse, deviance, dispersion, pseudo_r2, mcfadden_r2, correlation``.
    left_out : dict of str to int
        Rows not used: within a place, or of a place without flows.
    """

    form: str
    decay: str
    estimates: tuple[Estimate, ...]
    effects: dict[tuple[str, str], float]
    origin: np.ndarray
    destination: np.ndarray
    flow: np.ndarray
    fitted: np.ndarray
    distance: np.ndarray
    statistics: dict[str, float]
    left_out: dict[str, int]

    def __getitem__(self, term: str) -> Estimate:
        return next(e for e in self.estimates if e.term == term)


def decay_of(distance: np.ndarray, config: Estimation) -> np.ndarray:
    """Return the regressor of distance: ``log(plus + distance)``, or distance itself."""
    spec = config.distance
    return np.log(spec.plus + distance) if spec.decay == "power" else np.asarray(distance, dtype=float)


def estimate(config: Estimation) -> Fit:
    """Read the table of a config and fit its model.

    Raises
    ------
    UserError
        With all problems of the table.
    """
    return fit(read_flows(config), config)


def fit(flows: Flows, config: Estimation) -> Fit:
    r"""Fit a gravity model.

    .. math:: E[T_{ij}] = \exp(a_i + b_j + \beta f(d_{ij}) + \gamma' x_{ij})

    with :math:`f(d) = \ln(plus + d)` or :math:`d`; the effects :math:`a_i, b_j` are constant if the form does not
    constrain origins or destinations.

    Parameters
    ----------
    flows : Flows
    config : Estimation

    Raises
    ------
    UserError
        If the terms are collinear, or the fit does not converge.
    """
    keep, left_out = _usable_rows(flows, config)
    blocks, names, effects = _design(flows, config, keep)
    design = np.column_stack(blocks)
    _check_rank(design, names, flows, config)
    flow = flows.flow[keep]
    values, errors, fitted = _poisson(flow, design, names, flows, config)
    half = float(stats.norm.ppf(0.5 + LEVEL / 2))
    estimates = tuple(
        Estimate(name, float(b), float(e), float(b - half * e), float(b + half * e))
        for name, b, e in zip(names, values, errors, strict=True)
        if name not in effects
    )
    levels = {effects[name]: float(values[k]) for k, name in enumerate(names) if name in effects}
    return Fit(
        config.form, config.distance.decay, estimates, levels, flows.origin[keep], flows.destination[keep], flow,
        fitted, flows.distance[keep], _statistics(flow, fitted, len(names)), left_out,
    )  # fmt: skip


def _usable_rows(flows: Flows, config: Estimation) -> tuple[np.ndarray, dict[str, int]]:
    """Return the rows to use; locations whose effect would be minus infinity are excluded without loss."""
    within = flows.origin == flows.destination
    keep = ~within if config.within == "leave_out" else np.ones_like(within)
    left_out = {"within": int(within.sum()) if config.within == "leave_out" else 0, "zero_places": 0}
    sides = {"origin": ["origin"], "destination": ["destination"], "doubly": ["origin", "destination"]}
    before = -1
    while before != keep.sum():
        before = keep.sum()
        for side in sides.get(config.form, []):
            names = getattr(flows, side)
            empty = set(names[keep]) - set(names[keep & (flows.flow > 0)])
            keep &= ~np.isin(names, list(empty))
    left_out["zero_places"] = int(len(keep) - keep.sum() - left_out["within"])
    header = flows.source.header(config.flow)
    if not flows.flow[keep].sum() > 0:
        raise UserError(f"{header}: no flow between different locations is above 0; expected some")
    for column in ("origin", "destination"):
        left = set(getattr(flows, column)[keep])
        if len(left) < 2:
            text = f"leaves one {column} with flows, '{shortened(left)}'; expected at least two"
            raise UserError(f"{flows.source.header(getattr(config, column))}: {text}")
    return keep, left_out


def _design(
    flows: Flows, config: Estimation, keep: np.ndarray
) -> tuple[list[np.ndarray], list[str], dict[str, tuple[str, str]]]:
    """Return the columns of the design matrix, their names, and which of them are fixed effects."""
    blocks: list[np.ndarray] = []
    names: list[str] = []
    effects: dict[str, tuple[str, str]] = {}
    sides = [s for s in ("origin", "destination") if config.form in (s, "doubly")]
    rows = int(keep.sum())
    count = sum(len(set(getattr(flows, s)[keep])) for s in sides) + len(config.terms) + 2
    if rows * count > MOST_CELLS:
        text = f"{rows} pairs with {count} coefficients are too many; expected at most {MOST_CELLS:,} cells"
        raise UserError(f"{flows.source.path}: {text}; use fewer locations or the unconstrained form")
    if not sides:
        blocks.append(np.ones(rows))
        names.append(CONSTANT)
    for k, side in enumerate(sides):
        labels, member = np.unique(getattr(flows, side)[keep].astype(str), return_inverse=True)
        for m in range(1 if k else 0, len(labels)):  # one effect is redundant
            name = f"{side} effect {labels[m]}"
            blocks.append((member == m).astype(float))
            names.append(name)
            effects[name] = (side, str(labels[m]))
    for term in config.terms:
        blocks.append(flows.terms[term][keep])
        names.append(term)
    blocks.append(decay_of(flows.distance[keep], config))
    names.append(DISTANCE)
    if config.within == "dummy":
        blocks.append((flows.origin == flows.destination)[keep].astype(float))
        names.append(WITHIN)
    return blocks, names, effects


def _check_rank(design: np.ndarray, names: list[str], flows: Flows, config: Estimation) -> None:
    """Refuse terms that are collinear with earlier columns, naming the term and the location of its column."""
    rows, columns = design.shape
    path = flows.source.path
    if rows <= columns:
        raise UserError(f"{path}: has {rows} pairs for {columns} coefficients; expected more pairs or fewer terms")
    size = np.linalg.norm(design, axis=0)
    scale = np.where(size > 0, size, 1.0)
    left = np.abs(np.diag(np.linalg.qr(design / scale, mode="r")))
    for name, rest, length in zip(names, left, size, strict=True):
        if rest > COLLINEAR and length > 0:
            continue
        if name == WITHIN:
            where, text = flows.source.header(config.origin), "no row is within a place, or all are"
        else:
            where = flows.headers.get(name, str(path))
            text = f"'{name}' does not vary, or follows from the terms and effects before it"
        raise UserError(f"{where}: singular design: {text}; expected terms that vary on their own, or fewer of them")


def _poisson(
    flow: np.ndarray, design: np.ndarray, names: list[str], flows: Flows, config: Estimation
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return coefficients, robust standard errors, fitted flows."""
    import statsmodels.api as sm  # slow to import

    path = flows.source.path
    side = "destination" if config.form == "destination" else "origin"
    # Flows are divided by their mean, which leaves the fit unchanged and scales its steps well.
    unit = flow.mean()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model = sm.GLM(flow / unit, design, family=sm.families.Poisson())
            found = model.fit(maxiter=ITERATIONS, tol=TOLERANCE, tol_criterion="params")
            errors = robust_errors(design, flow / unit, found.fittedvalues, config.errors)
        except (ValueError, FloatingPointError, np.linalg.LinAlgError) as error:
            raise UserError(f"{path}: the fit fails numerically ({error}); expected terms of moderate size") from error
    if not found.converged or not np.isfinite(errors).all():
        text = "a term that separates zero flows from positive ones has no finite coefficient"
        raise UserError(f"{path}: the fit does not converge: {text}; expected fewer terms or more flows above 0")
    # The constant, or all effects of the first side, absorb the scaling.
    shift = np.where([name == CONSTANT or name.startswith(f"{side} effect ") for name in names], np.log(unit), 0.0)
    return found.params + shift, errors, found.fittedvalues * unit


def robust_errors(design: np.ndarray, flow: np.ndarray, fitted: np.ndarray, kind: str) -> np.ndarray:
    r"""Return heteroskedasticity-robust standard errors.

    .. math:: (X'WX)^{-1} X' \mathrm{diag}(c_i e_i^2) X (X'WX)^{-1}, \quad W = \mathrm{diag}(\hat\mu_i)

    The GLM of statsmodels computes HC0 for all of HC0 to HC3, hence this function.

    Parameters
    ----------
    design : (N, K) float
    flow, fitted : (N,) float
    kind : {"hc3", "hc1"}
        ``c = 1/(1 - h)^2`` with leverage h, or ``c = N/(N - K)``.

    Returns
    -------
    (K,) float
    """
    n, k = design.shape
    bread = np.linalg.inv(design.T @ (design * fitted[:, None]))
    residual = flow - fitted
    if kind == "hc3":
        free = 1.0 - fitted * ((design @ bread) * design).sum(axis=1)
        # A pair that alone determines an effect is fitted exactly and carries no information on the variance.
        residual = np.where(free > 1e-8, residual / np.maximum(free, 1e-8), 0.0)
    else:
        residual = residual * np.sqrt(n / (n - k)) if n > k else residual * np.nan
    scores = (design * residual[:, None]) @ bread
    return np.sqrt((scores**2).sum(axis=0))


def _deviance(flow: np.ndarray, fitted: np.ndarray) -> float:
    ratio = np.where(flow > 0, flow / fitted, 1.0)
    return float(2 * (flow * np.log(ratio) - (flow - fitted)).sum())


def _loglikelihood(flow: np.ndarray, fitted: np.ndarray) -> float:
    """Return the Poisson log-likelihood, with gamma functions as flows need not be integers."""
    from scipy.special import gammaln

    return float((flow * np.log(fitted) - fitted - gammaln(flow + 1)).sum())


def _statistics(flow: np.ndarray, fitted: np.ndarray, coefficients: int) -> dict[str, float]:
    """Return goodness-of-fit statistics.

    ``srmse`` is the root mean square error over the mean flow; ``pseudo_r2`` the share of explained deviance;
    ``mcfadden_r2`` one minus the ratio of log-likelihoods; ``dispersion`` the Pearson statistic over degrees of
    freedom, 1 for Poisson variance.
    """
    even = np.full_like(flow, flow.mean())
    deviance, null = _deviance(flow, fitted), _deviance(flow, even)
    free = len(flow) - coefficients
    return {
        "pairs": len(flow), "coefficients": coefficients,
        "srmse": float(np.sqrt(((flow - fitted) ** 2).mean()) / flow.mean()),
        "deviance": deviance,
        "dispersion": float(((flow - fitted) ** 2 / fitted).sum() / free) if free > 0 else float("nan"),
        "pseudo_r2": 1 - deviance / null if null > 0 else float("nan"),
        "mcfadden_r2": 1 - _loglikelihood(flow, fitted) / _loglikelihood(flow, even),
        "correlation": float(np.corrcoef(flow, fitted)[0, 1]) if null > 0 else float("nan"),
    }  # fmt: skip
