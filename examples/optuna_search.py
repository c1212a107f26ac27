"""A search with Optuna around single runs for the size of a fund and the years in which it invests.

Run it with ``python examples/optuna_search.py``. The kind of experiment ``tuning`` does the same with several seeds, a
baseline, constraints and stored runs.
"""

import optuna

from hinterland import InvestmentFund, Scenario, SyntheticWorld, indicator_table, simulate

OUTCOMES = ("supporting_real_income", "public_outlay")  # yuan per head and year; million yuan a year


def objective(trial: optuna.Trial) -> tuple[float, float]:
    """Return income of the supporting zone in the last year, and the public money of all years."""
    fund = InvestmentFund(
        name="fund",
        targets=["supporting"],
        amount=trial.suggest_float("amount", 1000, 60000, log=True),
        invest_years=trial.suggest_int("invest_years", 1, 3),
    )
    scenario = Scenario(name="trial", world=SyntheticWorld(regions=8, seed=7), years=4, firms=1000, mechanisms=(fund,))
    found = indicator_table(simulate(scenario, seed=1), OUTCOMES)
    return float(found["supporting_real_income"].iloc[-1]), float(found["public_outlay"].sum())


def main(trials: int = 8) -> optuna.Study:
    """Return the study: trials that no other one beats in both respects are `best_trials`."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(directions=["maximize", "minimize"], sampler=optuna.samplers.TPESampler(seed=1))
    study.optimize(objective, n_trials=trials)
    for trial in study.best_trials:
        print(trial.params, trial.values)
    return study


if __name__ == "__main__":
    main()
