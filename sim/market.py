"""The market of one period on its own: from capacities and people to wages, prices and sales.

The same compiled kernel as in a run (`sim.kernels.market`), with every input as an argument, so that it can be compared
with other solvers, and so that textbook models are special cases of it (`sim.validation.theory`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.errors import RunFailed, UserError
from sim.kernels.accounts import empty_accounts, incomes, variable_cost_share
from sim.kernels.market import Market, log_prices, log_sales, solve_fixed_point
from sim.kernels.products import transposed

TOLERANCE, ITERATIONS, MEMORY, PLAIN = 1e-13, 300, 12, 20_000
GOOD_ENOUGH = 1e-11  # rounding may keep the step from falling further
TRACE = 1e-20


class Equilibrium(NamedTuple):
    """A solved market; see `solve`."""

    wages: np.ndarray
    talent_wages: np.ndarray
    prices: np.ndarray
    sales: np.ndarray
    unit_profit: np.ndarray
    income: np.ndarray
    outside_labour: np.ndarray
    iterations: int
    logs: np.ndarray


def solve(capacity: Any, productivity: Any, freeness: Any, people: Any, **settings: Any) -> Equilibrium:
    r"""Return the equilibrium of a static market.

    Unit cost, price index and sales of region `i`, sector `s` are

    .. math::
        c = (w^{1-\eta} v^{\eta} / A)^{1-\iota} \prod_t P_t^{\iota a_{st}}, \quad
        P_{js}^{1-\sigma} = \sum_i \phi_{ij} B_{is} c_{is}^{1-\sigma}, \quad
        S_{is} = B_{is} c_{is}^{1-\sigma} \sum_j \phi_{ij} E_{js} P_{js}^{\sigma-1}

    and wages clear: workers earn the sum over sectors of ``theta (1-iota) (1-eta) S``, talent
    ``(theta (1-iota) eta + (1-kappa)/sigma) S`` with ``theta = (sigma-1)/sigma``; the rest of operating profit
    ``S/sigma`` goes to the owners of capital.

    Parameters
    ----------
    capacity : (N, S) float
        Varieties, or their equivalent (B). ``N = R``, or ``R + 1`` with a gateway to the world as last row.
        A region may be empty: it gets 1e-20 of the total, so that its prices and profits are defined.
    productivity : (N, S) float
        Value-added productivity (A).
    freeness : (N, N) or (C, N, N) float
        Freeness of trade from row to column, in [0, 1]; one matrix per trade class.
    people : (R,) or (R, 2) float, persons
        Workers, and talent; no talent if only workers are given.
    **settings
        See `make_market`.

    Returns
    -------
    Equilibrium
        ``wages``, ``talent_wages`` (R,), money per head, 0 without employment; ``prices`` (N, S), price indices;
        ``sales`` (N, S), money; ``unit_profit`` (R, S), operating profit per unit of capacity; ``income`` (R,), money,
        disposable; ``outside_labour`` (R,) persons in the outside good; ``iterations``; ``logs``, the
        solution of the kernel, a warm start for `solve_market`. Money is in units of the numeraire: value added per
        head is 1 unless ``value_added`` is given, or the price of the outside good is 1.

    Raises
    ------
    UserError
        If shapes or shares do not fit, or a region lacks workers for the outside good.
    RunFailed
        If the market does not solve.

    Examples
    --------
    Two equal regions:

    >>> result = solve([[1.0], [1.0]], [[1.0], [1.0]], [[1.0, 0.5], [0.5, 1.0]], [10.0, 10.0], sigma=5.0)
    >>> [round(float(w), 6) for w in result.wages], [round(float(x), 6) for x in result.sales[:, 0]]
    ([0.8, 0.8], [10.0, 10.0])
    """
    return solve_market(make_market(capacity, productivity, freeness, people, **settings))


def make_market(
    capacity: Any, productivity: Any, freeness: Any, people: Any, *, sigma: float, consumption: Any = None,
    talent_share: Any = 0.0, capital_share: float = 1.0, intermediate_share: Any = 0.0, inputs: Any = None,
    trade_class: Any = None, owners: Any = None, saving: float = 0.0, investment: Any = None, housing: float = 0.0,
    rents_shared: float = 0.0, outside_good: bool = False, value_added: float | None = None,
    gateway_people: float | None = None,
) -> Market:  # fmt: skip
    """Return the kernel's market for the arguments of `solve`.

    Parameters
    ----------
    capacity, productivity, freeness, people
        As in `solve`.
    sigma : float
        Elasticity of substitution, above 1.
    consumption : (S,) float, optional
        Shares of consumption; they sum to 1, with an outside good to mu < 1. Equal shares by default.
    talent_share : float, (S,) or (R, S)
        Talent in labour cost (eta).
    capital_share : float
        Capital in the fixed factor (kappa); talent has the rest.
    intermediate_share : float or (S,)
        Intermediates in variable cost (iota).
    inputs : (S, S) float, optional
        Row s: shares of products in the intermediates of s; equal by default.
    trade_class : (S,) int, optional
        Which matrix of ``freeness`` a sector uses; the first by default.
    owners : (R, R) float, optional
        Column j: who owns the capital of region j; its own households by default.
    saving : float
        Share of income that is saved and invested at home.
    investment : (S,) float, optional
        Shares of products in investment; as in consumption by default.
    housing : float
        Housing in consumption, of fixed supply.
    rents_shared : float
        Share of rents divided equally among all people; the rest goes to local households.
    outside_good : bool
        A homogeneous good, freely traded, produced one for one by workers; it fixes their wage at 1.
    value_added : float, money, optional
        Numeraire: total value added; people if not given.
    gateway_people : float, persons, optional
        Of the last row of ``capacity``, if that is a gateway.

    Raises
    ------
    UserError
    """
    people = np.array(people, dtype=float)
    if people.ndim == 1:
        people = np.column_stack([people, np.zeros(len(people))])
    capacity = np.array(capacity, dtype=float)
    r, s = len(people), capacity.shape[1] if capacity.ndim == 2 else 0
    n = r + (gateway_people is not None)
    freeness = np.array(freeness, dtype=float)
    freeness = freeness[None] if freeness.ndim == 2 else freeness
    classes = np.zeros(s, dtype=np.int64) if trade_class is None else np.array(trade_class, dtype=np.int64)
    share = np.full(s, 1.0 / max(s, 1)) if consumption is None else np.array(consumption, dtype=float)
    iota = np.broadcast_to(np.asarray(intermediate_share, float), (s,)).copy()
    arrays = {
        "capacity": (capacity, (n, s)), "productivity": (np.array(productivity, dtype=float), (n, s)),
        "people": (people, (r, 2)), "freeness": (freeness, (len(freeness), n, n)), "consumption": (share, (s,)),
        "trade_class": (classes, (s,)),
        "inputs": (np.full((s, s), 1.0 / max(s, 1)) if inputs is None else np.array(inputs, dtype=float), (s, s)),
        "owners": (np.eye(r) if owners is None else np.array(owners, dtype=float), (r, r)),
        "investment": (share / share.sum() if investment is None else np.array(investment, dtype=float), (s,)),
    }  # fmt: skip
    problems = [
        f"{name}: has shape {tuple(np.shape(array))}; expected {shape}"
        for name, (array, shape) in arrays.items()
        if np.shape(array) != shape
    ]
    problems = problems or _problems(sigma, share, outside_good, n > r, classes, len(freeness))
    if problems:
        raise UserError(problems)
    capacity[:r] = filled(capacity[:r])
    if n == r:
        # An isolated gateway: it trades with itself only, the nation does not trade abroad.
        capacity, productivity = (np.vstack([a, np.ones((1, s))]) for a in (capacity, arrays["productivity"][0]))
        isolated = np.zeros((len(freeness), n + 1, n + 1))
        isolated[:, :n, :n], isolated[:, n, n] = freeness, 1.0
        freeness, gateway_people = isolated, 1.0
    zero = np.zeros(r)
    return Market(
        capacity=capacity, productivity=np.array(productivity, dtype=float), freeness=freeness,
        freeness_transposed=transposed(freeness), trade_class=classes,
        sigma=float(sigma), kappa=float(capital_share), iota=iota,
        eta=np.broadcast_to(np.asarray(talent_share, float), (r, s)).copy(), input_output=arrays["inputs"][0],
        consumption=np.tile(share, (r, 1)), investment=arrays["investment"][0], government=np.full(s, 1.0 / s),
        foreign=np.full(s, 1.0 / s), people=filled(people), gateway_people=float(gateway_people or 1.0),
        household_owners=np.ascontiguousarray(arrays["owners"][0].T),
        owned_by_public=zero, owned_abroad=zero, taxes=np.zeros(3),
        saving=float(saving), housing=float(housing), housing_supply=0.0, services_purchases=zero,
        investment_purchases=zero, household_transfers=zero, firm_grants=zero, keep=np.ones((r, s)),
        savers_shares=np.eye(r), directed=zero,
        foreign_inflow=zero, employed=1.0, most_employed=1.0, slack=zero, reference_wage=zero,
        value_added_target=float(people.sum() if value_added is None else value_added),
        outside_good=bool(outside_good), rents_local=1.0 - float(rents_shared), rents_shared=float(rents_shared),
    )  # fmt: skip


def _problems(
    sigma: float, share: np.ndarray, outside_good: bool, gateway: bool, classes: np.ndarray, n_classes: int
) -> list[str]:
    problems = []
    if not sigma > 1.0:
        problems.append(f"sigma: {sigma:g} is out of range; expected more than 1")
    total = float(share.sum())
    if outside_good and not 0.0 < total < 1.0:
        problems.append(f"consumption: sums to {total:g}; expected less than 1, the outside good has the rest")
    if not outside_good and abs(total - 1.0) > 1e-9:
        problems.append(f"consumption: sums to {total:g}; expected 1")
    if outside_good and gateway:
        problems.append("outside_good: given together with a gateway; expected one of them")
    if classes.min() < 0 or classes.max() >= n_classes:
        problems.append(f"trade_class: names {int(classes.max())}; expected 0 to {n_classes - 1}")
    return problems


def filled(amount: np.ndarray) -> np.ndarray:
    """Return an array with empty rows filled by a negligible share of the column's total, so that logs are defined."""
    return np.maximum(amount, TRACE * amount.sum(axis=0))


def start_logs(market: Market) -> np.ndarray:
    """Return the initial guess in logs: wages and prices 1, output in proportion to capacity."""
    r = len(market.people)
    n, s = market.capacity.shape
    total = market.people.sum() if market.outside_good else market.value_added_target
    sales = np.vstack([market.capacity[:r] / market.capacity[:r].sum() * total, np.full((n - r, s), 1.0 / s)])
    return np.concatenate([np.zeros(2 * r + 1 + n * s), np.log(sales).ravel()])


def solve_market(market: Market, logs: np.ndarray | None = None, *, local_labour: bool = True) -> Equilibrium:
    """Solve a market.

    Parameters
    ----------
    market : Market
        From `make_market`.
    logs : ndarray, optional
        Warm start, the ``logs`` of a similar market.
    local_labour : bool
        Whether the differentiated sectors of a region employ local workers as their variable input. If not, the input
        is the outside good, which costs the same and is freely traded: then no region can run out of workers.

    Returns
    -------
    Equilibrium

    Raises
    ------
    UserError, RunFailed
        See `solve`.
    """
    x = start_logs(market) if logs is None else logs.copy()
    iterations, step = solve_fixed_point(market, x, TOLERANCE, ITERATIONS, MEMORY, 1.0)
    if not step < GOOD_ENOUGH:
        # Acceleration overshoots if the wage of an empty region is far from the others: plain damped iteration.
        x = start_logs(market)
        iterations, step = solve_fixed_point(market, x, TOLERANCE, PLAIN, 1, 0.5)
    if not step < GOOD_ENOUGH or not np.isfinite(x).all():
        raise RunFailed(f"the market did not solve in {PLAIN} iterations (last step {step:.1e})")
    r = len(market.people)
    n, s = market.capacity.shape
    prices, sales = np.exp(log_prices(x, r, s)), np.exp(log_sales(x, r, s))
    regional = empty_accounts(r)
    incomes(market, sales, regional)
    outside = np.zeros(r)
    if market.outside_good:
        labour = variable_cost_share(market) * market.keep * (1.0 - market.iota) * (1.0 - market.eta) * sales[:r]
        outside = market.people[:, 0] - (labour.sum(axis=1) if local_labour else 0.0)
        if (outside < -1e-9 * market.people[:, 0]).any():
            worst = int(outside.argmin())
            raise UserError(
                f"region {worst}: the differentiated sectors need {market.people[worst, 0] - outside[worst]:g} workers "
                f"and it has {market.people[worst, 0]:g}, none is left for the outside good and its wage is not 1; "
                "expected more workers there, a lower mu, or variable inputs bought in the outside good"
            )
    nodes = r if market.freeness[:, -1, :-1].max() == 0.0 else n
    wage_bills = zip((regional.workers_bill, regional.talent_bill), market.people.T, strict=True)
    wages = [np.divide(wage_bill, people, out=np.zeros(r), where=wage_bill > 0) for wage_bill, people in wage_bills]
    return Equilibrium(
        wages[0], wages[1], prices[:nodes], sales[:nodes], sales[:r] / market.sigma / market.capacity[:r],
        regional.disposable_income, outside, int(iterations), x,
    )  # fmt: skip
