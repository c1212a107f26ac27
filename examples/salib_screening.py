"""SALib's own sampling and analysis around single runs: parameters that move value added and inequality.

Run it with ``python examples/salib_screening.py``. The kind of experiment ``sensitivity`` does the same with paired
seeds, arms and stored runs.
"""

import numpy as np
from SALib.analyze import morris as analysis
from SALib.sample import morris as sampling

from hinterland import Migration, Parameters, Production, Scenario, SyntheticWorld, indicator_table, simulate

PROBLEM = {
    "num_vars": 3,
    "names": ["talent_mobility", "distance_cost", "sigma"],
    "bounds": [[0.02, 0.1], [0.5, 1.5], [4.0, 8.0]],
}
OUTCOMES = ("supporting_value_added", "theil_between_zones")


def outcomes(point: np.ndarray) -> list[float]:
    """Return the outcomes of the last year at one point."""
    mobility, cost, sigma = map(float, point)
    scenario = Scenario(
        name="point",
        world=SyntheticWorld(regions=8, seed=7),
        years=3,
        firms=1000,
        parameters=Parameters(
            production=Production(sigma=sigma), migration=Migration(talent_mobility=mobility, distance_cost=cost)
        ),
    )
    return indicator_table(simulate(scenario, seed=1), OUTCOMES).iloc[-1].tolist()


def main(trajectories: int = 3) -> dict[str, dict[str, float]]:
    """Return the mean absolute elementary effect (mu*) of each parameter on each outcome."""
    points = sampling.sample(PROBLEM, trajectories, seed=1)
    values = np.array([outcomes(point) for point in points])
    effects = {}
    for outcome, column in zip(OUTCOMES, values.T, strict=True):
        found = analysis.analyze(PROBLEM, points, column, seed=1)
        effects[outcome] = dict(zip(PROBLEM["names"], map(float, found["mu_star"]), strict=True))
        print(outcome, effects[outcome])
    return effects


if __name__ == "__main__":
    main()
