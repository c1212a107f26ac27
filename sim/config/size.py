"""How large an experiment is."""

from __future__ import annotations

from sim.config.calibration import Calibration
from sim.config.loader import Config
from sim.config.schema import Comparison
from sim.config.trials import most_runs
from sim.config.tuning import Tuning
from sim.config.varied import Varied


def size(config: Config) -> dict[str, int]:
    """Return ``points, arms, seeds`` and ``runs`` of a config; of a search its trials are the points.

    Runs are fewer than the product where points share a run: an arm that lacks the keys in which they differ. Those of
    a tuning are the most it makes: it drops trials that need not go on.
    """
    if isinstance(config, Varied):
        layout = config.layout()
        points, arms, seeds = len(layout.points), len(layout.scenarios[0]), config.replications
        return {"points": points, "arms": arms, "seeds": seeds, "runs": layout.different * seeds}
    if isinstance(config, Tuning):
        return {"points": config.trials, "arms": 2, "seeds": config.replications, "runs": most_runs(config)}
    points, arms, seeds = 1, 1, 1
    if isinstance(config, Comparison):
        arms, seeds = len(config.arms), config.seeds[1]
    elif isinstance(config, Calibration):
        points, seeds = config.trials, config.replications
    return {"points": points, "arms": arms, "seeds": seeds, "runs": points * arms * seeds}
