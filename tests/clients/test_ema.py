"""The EMA Workbench around the model: one process or several, the same outcomes, and tables that its own tools read."""

from __future__ import annotations

import sys
import warnings
from inspect import signature

import numpy as np
import pytest

from tests.helpers import ROOT

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it says which of its own extras are not installed
    from ema_workbench import MultiprocessingEvaluator, perform_experiments
    from ema_workbench.analysis import prim

    try:
        from ema_workbench import Sample as Policy  # 3.0
        from ema_workbench import Sample as Scenario
    except ImportError:
        from ema_workbench import Policy, Scenario

sys.path.append(str(ROOT / "examples"))
import ema  # noqa: E402 - the example


@pytest.mark.filterwarnings("ignore")
def test_experiments_policies_and_outcomes() -> None:
    experiments, outcomes = ema.main(scenarios=3, policies=2)
    assert len(experiments) == 6 and set(ema.OUTCOMES) == set(outcomes)
    assert all(np.isfinite(values).all() and len(values) == 6 for values in outcomes.values())
    row = experiments.iloc[0]
    alone = ema.run(row["talent_mobility"], row["distance_cost"], row["amount"])
    assert alone == {name: values[0] for name, values in outcomes.items()}


@pytest.mark.filterwarnings("ignore")
def test_other_processes_find_the_same_and_prim_reads_it() -> None:
    policies = [Policy("transfer", amount=1000.0)]
    here, found = perform_experiments(ema.model(), scenarios=4, policies=policies)
    with MultiprocessingEvaluator(ema.model(), n_processes=2) as evaluator:
        _, other = evaluator.perform_experiments(scenarios=as_scenarios(here), policies=policies)
    for name in ema.OUTCOMES:
        assert sorted(found[name]) == sorted(other[name])
    values = found[ema.OUTCOMES[0]]
    older = {"threshold": 0.5} if "threshold" in signature(prim.Prim).parameters else {}
    inputs = here[["talent_mobility", "distance_cost"]]
    box = prim.Prim(inputs, values > np.median(values), **older).find_box()
    assert box is not None


def as_scenarios(experiments: object) -> object:
    """Return the scenarios of some experiments, so that they can be run again."""
    names = ("talent_mobility", "distance_cost")
    rows = experiments[list(names)].to_dict("records")  # type: ignore[index]
    return [Scenario(str(k), **row) for k, row in enumerate(rows)]
