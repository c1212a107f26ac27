"""The static market beside a dense solve that is written from the equations of docs/model.md, section 4, alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import root

from sim.errors import UserError
from sim.market import make_market, solve, solve_market

WORLDS = 50
TOLERANCE = 1e-9


def random_world(seed: int) -> dict:
    """Intermediates, two skills, several trade classes; every other world with a gateway, some with housing."""
    draw = np.random.default_rng(seed)
    r, s, c = int(draw.integers(1, 6)), int(draw.integers(1, 5)), int(draw.integers(1, 4))
    n = r + seed % 2
    cost = np.exp(draw.uniform(0.05, 2.0, (c, n, n)))
    free = 1.0 / cost
    for k in range(c):
        np.fill_diagonal(free[k], draw.uniform(0.8, 1.0, n))
    world = {
        "capacity": np.exp(draw.normal(0, 0.7, (n, s))), "productivity": np.exp(draw.normal(0, 0.4, (n, s))),
        "freeness": free, "people": np.exp(draw.normal(1.0, 0.7, (r, 2))), "sigma": float(draw.uniform(2.5, 8.0)),
        "consumption": draw.dirichlet(np.full(s, 3.0)), "talent_share": draw.uniform(0.1, 0.6, (r, s)),
        "capital_share": float(draw.uniform(0.0, 1.0)), "intermediate_share": draw.uniform(0.0, 0.7, s),
        "inputs": draw.dirichlet(np.ones(s), s), "trade_class": draw.integers(0, c, s),
        "owners": draw.dirichlet(np.ones(r), r).T, "saving": float(draw.uniform(0.0, 0.4)) * (seed % 3 > 0),
        "investment": draw.dirichlet(np.ones(s)), "housing": 0.2 * (seed % 5 == 0),
        "rents_shared": float(seed % 10 == 0), "value_added": 100.0,
    }  # fmt: skip
    return world | ({"gateway_people": float(np.exp(draw.normal(1.0, 0.5)))} if n > r else {})


class Dense:
    """The equations, as residuals of logs: wages (R), talent's wages (R), the gateway's wage, prices (N S)."""

    def __init__(self, world: dict):
        self.w = world
        self.r, self.n, self.s = len(world["people"]), len(world["capacity"]), world["capacity"].shape[1]

    def cost(self, wage: np.ndarray, talent: np.ndarray, world_wage: np.ndarray, price: np.ndarray) -> np.ndarray:
        """Unit costs of sectors: Cobb-Douglas of wages and prices; of the gateway, its wage."""
        w, r, iota = self.w, self.r, self.w["intermediate_share"]
        cost = np.empty((self.n, self.s))
        for i in range(self.n):
            for k in range(self.s):
                if i < r:
                    eta = w["talent_share"][i, k]
                    labour = wage[i] ** (1 - eta) * talent[i] ** eta / w["productivity"][i, k]
                    cost[i, k] = labour ** (1 - iota[k]) * np.prod(price[i] ** w["inputs"][k]) ** iota[k]
                else:
                    cost[i, k] = world_wage[0] / w["productivity"][i, k]
        return cost

    def sales(self, logs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Solve demand, which is linear in sales, for given wages and prices."""
        w, r, n, s = self.w, self.r, self.n, self.s
        sigma, kappa, iota = w["sigma"], w["capital_share"], w["intermediate_share"]
        theta = (sigma - 1) / sigma
        wage, talent, world_wage = np.exp(logs[:r]), np.exp(logs[r : 2 * r]), np.exp(logs[2 * r : 2 * r + n - r])
        price = np.exp(logs[2 * r + n - r :]).reshape(n, s)
        cost = self.cost(wage, talent, world_wage, price)
        supply = w["capacity"] * cost ** (1 - sigma)
        index = np.empty((n, s))
        spread = np.zeros((n, s, n))  # part of spending of j on s that goes to i
        for k in range(s):
            phi = w["freeness"][w["trade_class"][k]]
            index[:, k] = phi.T @ supply[:, k]
            spread[:, k, :] = supply[:, k, None] * phi / index[None, :, k]
        # Spending (n, s) as a linear map of sales (n, s).
        spends = np.zeros((n, s, n, s))
        income = np.zeros((r, n, s))
        for i in range(r):
            for k in range(s):
                income[i, i, k] += theta * (1 - iota[k]) + (1 - kappa) / sigma
                income[:, i, k] += kappa / sigma * w["owners"][:, i]
        paid = w["housing"] * (1 - w["saving"])  # rents out of income, which come back to households
        heads = w["people"].sum(axis=1) / w["people"].sum()
        back = w["rents_shared"] * np.outer(heads, np.full(r, paid)) + (1 - w["rents_shared"]) * paid * np.eye(r)
        income = np.tensordot(np.linalg.inv(np.eye(r) - back), income, axes=1)
        for j in range(r):
            for k in range(s):
                basket = (1 - w["saving"]) * (1 - w["housing"]) * w["consumption"][k] + w["saving"] * w["investment"][k]
                spends[j, k] += basket * income[j]
                for t in range(s):
                    spends[j, k, j, t] += theta * iota[t] * w["inputs"][t, k]
        for j in range(r, n):
            spends[j, :, j, :] += 1.0 / s
        demand = np.einsum("ikj,jkmt->ikmt", spread, spends).reshape(n * s, n * s)
        # Sales are demand of themselves; the numeraire takes the place of one redundant line.
        line = np.zeros((n, s))
        line[:r] = 1 - theta * iota
        system = np.eye(n * s) - demand
        return system, line.ravel(), index, price

    def residual(self, logs: np.ndarray) -> np.ndarray:
        w, r, n, s = self.w, self.r, self.n, self.s
        system, line, index, price = self.sales(logs)
        stacked = np.vstack([system, line])
        right = np.concatenate([np.zeros(n * s), [w["value_added"]]])
        sold = np.linalg.lstsq(stacked, right, rcond=None)[0].reshape(n, s)
        self.sold = sold
        sigma, iota = w["sigma"], w["intermediate_share"]
        theta, eta = (sigma - 1) / sigma, w["talent_share"]
        workers = (theta * (1 - iota) * (1 - eta) * self.sold[:r]).sum(axis=1) / w["people"][:, 0]
        talent = ((theta * (1 - iota) * eta + (1 - w["capital_share"]) / sigma) * self.sold[:r]).sum(axis=1)
        gateway = [self.sold[r:].sum() / w["gateway_people"]] if n > r else []
        now = np.concatenate([workers, talent / w["people"][:, 1], gateway])
        gap = np.log(price) - np.log(index) / (1 - sigma)
        return np.concatenate([logs[: 2 * r + n - r] - np.log(now), gap.ravel()])

    def solve(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Wages of both skills, prices, sales; from a start that knows nothing of the engine."""
        w, r, n, s = self.w, self.r, self.n, self.s
        start = np.full(2 * r + n - r + n * s, np.log(w["value_added"] / w["people"].sum()))
        damp = np.concatenate([np.full(2 * r + n - r, 0.5 / w["sigma"]), np.full(n * s, 0.5)])
        for _ in range(150):  # damped steps bring the start near enough for the root finder
            start -= damp * self.residual(start)
        found = root(self.residual, start, method="hybr", options={"xtol": 1e-14, "maxfev": 20_000})
        assert np.abs(self.residual(found.x)).max() < 1e-11, np.abs(self.residual(found.x)).max()
        wages = np.exp(found.x[: 2 * r]).reshape(2, r)
        return wages, np.exp(found.x[2 * r + n - r :]).reshape(n, s), self.sold


def far(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(np.asarray(found) / expected - 1.0).max())


@pytest.mark.parametrize("part", range(5))
def test_agrees_with_a_dense_solve(part):
    worst = 0.0
    for seed in range(part, WORLDS, 5):
        world = random_world(seed)
        wages, prices, sales = Dense(world).solve()
        found = solve(**world)
        errors = {
            "wages": far(found.wages, wages[0]), "talent_wages": far(found.talent_wages, wages[1]),
            "prices": far(found.prices, prices), "sales": far(found.sales, sales),
        }  # fmt: skip
        assert max(errors.values()) <= TOLERANCE, (seed, errors)
        worst = max(worst, *errors.values())
    print(f"largest relative difference {worst:.1e}")


def test_outside_good_is_solved_by_hand():
    """One region: workers earn 1, entrepreneurs mu/sigma of all spending, L/(1 - mu/sigma)."""
    found = solve([[3.0]], [[1.0]], [[1.0]], [[10.0, 3.0]], sigma=4.0, consumption=[0.3], capital_share=0.0,
                  outside_good=True)  # fmt: skip
    total = 10.0 / (1.0 - 0.3 / 4.0)
    assert found.wages[0] == 1.0
    assert far(found.sales, np.array([[0.3 * total]])) < 1e-12
    assert far(found.talent_wages, np.array([0.3 * total / 4.0 / 3.0])) < 1e-12
    assert far(found.outside_labour, np.array([10.0 - 0.75 * 0.3 * total])) < 1e-12


def test_too_few_workers_for_the_outside_good():
    settings = {"sigma": 5.0, "consumption": [0.6], "capital_share": 0.0, "outside_good": True}
    core = ([[1.0], [0.0]], [[1.0], [1.0]], [[1.0, 0.5], [0.5, 1.0]], [[0.5, 1.0], [0.5, 0.0]])
    with pytest.raises(UserError, match="none is left for the outside good"):
        solve(*core, **settings)
    assert (solve_market(make_market(*core, **settings), local_labour=False).outside_labour == 0.5).all()


@pytest.mark.parametrize("capital_share", [0.0, 1.0])
def test_empty_region_keeps_its_rewards(capital_share):
    """What a first firm would earn in an empty region is the limit of ever fewer firms there."""

    def reward(share: float) -> float:
        people = [[0.6, 1.0 - share], [0.4, share]] if capital_share == 0.0 else [0.6, 0.4]
        found = solve(
            [[1.0 - share], [share]], [[1.0], [1.0]], [[1.0, 0.4], [0.4, 1.0]], people, sigma=5.0, consumption=[0.4],
            capital_share=capital_share, outside_good=True, owners=[[0.6, 0.6], [0.4, 0.4]],
        )  # fmt: skip
        return float(found.unit_profit[1, 0])

    assert reward(0.0) == pytest.approx(reward(1e-9), rel=1e-7)


def test_isolated_gateway_is_no_trade_abroad():
    world = random_world(2)
    closed = solve(**world)
    n, s = world["capacity"].shape
    free = np.zeros((len(world["freeness"]), n + 1, n + 1))
    free[:, :n, :n], free[:, n, n] = world["freeness"], 1.0
    more = {"capacity": np.vstack([world["capacity"], np.full(s, 7.0)]), "freeness": free, "gateway_people": 3.0,
            "productivity": np.vstack([world["productivity"], np.ones(s)])}  # fmt: skip
    opened = solve(**{**world, **more})
    assert far(opened.sales, closed.sales) < 1e-9 and far(opened.wages, closed.wages) < 1e-9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sigma": 1.0}, "sigma: 1 is out of range"),
        ({"consumption": [0.5, 0.2]}, "consumption: has shape"),
        ({"outside_good": True}, "expected less than 1"),
        ({"productivity": [[1.0]]}, "productivity: has shape"),
    ],
)
def test_faults_are_told(change, message):
    world = {"capacity": [[1.0], [1.0]], "productivity": [[1.0], [1.0]], "freeness": np.eye(2), "people": [1.0, 1.0],
             "sigma": 5.0}  # fmt: skip
    with pytest.raises(UserError, match=message):
        solve(**{**world, **change})
