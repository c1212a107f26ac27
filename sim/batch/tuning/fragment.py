"""The best levers as a fragment that another config includes."""

from __future__ import annotations

import json
from typing import Any

from sim import results
from sim.batch.budget import with_factor
from sim.batch.tuning.search import Trial
from sim.config.design.trials import futures, owners, scenarios
from sim.config.schema.tuning import Tuning


def fragment(config: Tuning, best: Trial) -> str:
    """Return YAML with the ``set:`` of every arm that has a lever or constant.

    A comparison or sweep with arms of the same names takes it by ``include: [best.yaml]``.
    """
    values = {**config.constants, **best.levers}
    sets: dict[str, dict[str, Any]] = {}
    for key, arms in owners(config).items():
        for arm in arms:
            sets.setdefault(arm, {})[key] = values[key]
    budget = best.found.get("budget")
    if budget is not None:  # what the pilot runs found is a lever too
        plain = scenarios(config, best.levers, futures(config, 1)[0])[config.policy]
        scaled = with_factor(plain, budget["factor"]).mechanisms
        sets.setdefault(config.policy, {}).update({f"mechanisms.{m.name}.strength": m.strength for m in scaled})
    searched = f"{config.trials} trials, {config.replications} seeds each, seed {config.seed}"
    lines = [f"# Found by '{config.name}', trial {best.number}: {searched}."]
    for name, known in best.estimates(config).items():
        inside = f", 95 % interval {known.low:.6g} to {known.high:.6g}" if known.low == known.low else ""
        lines.append(f"# {name}: {known.value:.6g}{inside}, n = {known.n}")
    lines.append(f"# Model {results.model_version()[:12]}, commit {results.commit()}.")
    lines.append("arms:")
    for arm, found in sets.items():
        lines += [f"  {arm}:", "    set:"]
        lines += [f"      {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in found.items()]
    return "\n".join(lines) + "\n"
