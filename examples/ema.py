"""A lever and two uncertainties with the EMA Workbench around single runs.

Run it with ``python examples/ema.py`` where the EMA Workbench is installed. The kind of experiment ``robustness`` does
the same with paired seeds, regret, switching values and stored runs.
"""

import pandas as pd
from ema_workbench import Model, RealParameter, ScalarOutcome, perform_experiments

from hinterland import (
    FiscalTransfer,
    Migration,
    Parameters,
    Scenario,
    SyntheticWorld,
    indicator_table,
    simulate,
)

OUTCOMES = ("supporting_value_added", "theil_between_zones")


def run(talent_mobility: float, distance_cost: float, amount: float) -> dict[str, float]:
    """Return the outcomes of the last year of a run; a transfer of `amount` million yuan a year."""
    scenario = Scenario(
        name="experiment",
        world=SyntheticWorld(regions=8, seed=7),
        years=3,
        firms=1000,
        parameters=Parameters(migration=Migration(talent_mobility=talent_mobility, distance_cost=distance_cost)),
        mechanisms=(FiscalTransfer(name="transfer", targets=["supporting"], amount=amount),),
    )
    found = indicator_table(simulate(scenario, seed=1), OUTCOMES).iloc[-1]
    return {name: float(found[name]) for name in OUTCOMES}


def model() -> Model:
    """Return the model as the workbench sees it."""
    made = Model("hinterland", function=run)
    made.uncertainties = [RealParameter("talent_mobility", 0.02, 0.1), RealParameter("distance_cost", 0.5, 1.5)]
    made.levers = [RealParameter("amount", 100, 5000)]
    made.outcomes = [ScalarOutcome(name) for name in OUTCOMES]
    return made


def main(scenarios: int = 4, policies: int = 2) -> tuple[pd.DataFrame, dict[str, object]]:
    """Run every policy in every scenario; return the experiments and their outcomes."""
    experiments, outcomes = perform_experiments(model(), scenarios=scenarios, policies=policies)
    print(experiments.assign(**outcomes)[["policy", "talent_mobility", "amount", *OUTCOMES]])
    return experiments, outcomes


if __name__ == "__main__":
    main()
