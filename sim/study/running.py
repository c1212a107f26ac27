"""Running the sections of the study: one results folder per experiment, finished runs are kept."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sim import batch, results
from sim.config import load
from sim.config.schema.robustness import Robustness
from sim.groups import Group
from sim.results import read_manifest
from sim.study.sections import Section, Study, file_of
from sim.study.tables import ASSUMED, DRAWS, grade_of

FEWEST = 3  # arms with an order: the baseline and two others
TIMES = "times.json"  # seconds by folder, over all sittings


def run_sections(study: Study, sections: Sequence[Section], out: Path, **options: Any) -> Iterator[tuple[str, bool]]:
    """Run the experiments of some sections; an interruption loses no finished run.

    Parameters
    ----------
    study : Study
    sections : sequence of Section
    out : Path
        A folder with a results folder for each experiment.
    **options
        Of `sim.batch.run`.

    Yields
    ------
    (str, bool)
        Results folder, and whether all its runs are finished.
    """
    for section in sections:
        for name in section.experiments:
            config = load(file_of(name))
            yield name, _timed(config, out / name, out, options)
            drawn = drawn_config(config, study, section, out / name)
            if drawn is not None:
                yield drawn.name, _timed(drawn, out / drawn.name, out, options)


def _timed(config: Any, folder: Path, out: Path, options: dict[str, Any]) -> bool:
    start = time.monotonic()
    try:
        return bool(batch.run(config, folder, **options).ok)
    finally:
        seconds = times(out)
        seconds[folder.name] = seconds.get(folder.name, 0.0) + time.monotonic() - start
        results.write_text(out / TIMES, json.dumps(dict(seconds), indent=1))


def times(out: Path) -> dict[str, float]:
    """Return the seconds that each experiment has taken on this machine so far."""
    path = out / TIMES
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def drawn_config(config: Any, study: Study, section: Section, folder: Path) -> Robustness | None:
    """Return a comparison as a robustness analysis: the same arms, at the same strengths, with drawn parameters.

    Returns
    -------
    Robustness or None
        None of other kinds, of comparisons without a common budget or with fewer than two arms that have a place in an
        order per yuan, and without results.
    """
    if config.kind != "comparison" or getattr(config, "common_budget", None) is None:
        return None
    manifest, path = read_manifest(folder), folder / "scaled.json"
    if manifest is None or not path.is_file():
        return None
    factors = {arm: float(facts["factor"]) for arm, facts in json.loads(path.read_text(encoding="utf-8")).items()}
    data = config.model_dump(mode="json")
    ranked = {arm: facts for arm, facts in data["arms"].items() if _ranked(facts)}
    if len(ranked) < FEWEST:
        return None
    arms = {arm: _scaled(facts, factors.get(arm, 1.0)) for arm, facts in ranked.items()}
    group = Group.REGIONS if config.report.regions else Group.TARGETS  # as in `sim.analysis.incidence.groups_of`
    scenario = data["scenario"] | {"firms": study.firms, "record": {"flows": False, "payments": False}}
    return Robustness.model_validate({
        "kind": "robustness", "name": config.name + DRAWS, "title": f"{config.title}, drawn parameters",
        "scenario": scenario | {"name": config.name + DRAWS}, "arms": arms, "baseline": data["baseline"],
        "uncertainties": dict.fromkeys([*study.uncertainties, *section.draws], {}), "samples": study.samples,
        "design": "latin_hypercube", "replications": 1, "seed": config.seed,
        "report": data["report"],
        "indicators": [f"{group}_value_added", "supporting_value_added", "value_added", "public_outlay"],
    })  # fmt: skip


def _ranked(arm: dict[str, Any]) -> bool:
    """Return whether an arm can be compared per yuan: it has no instrument, or evidence on all of them."""
    mechanisms = arm.get("mechanisms") or ()
    return not mechanisms or grade_of(mechanisms) != ASSUMED


def _scaled(arm: dict[str, Any], factor: float) -> dict[str, Any]:
    """Return an arm with the strength of each mechanism times a factor."""
    mechanisms = [one | {"strength": factor * one.get("strength", 1.0)} for one in arm.get("mechanisms") or ()]
    return {key: value for key, value in arm.items() if key != "mechanisms"} | {"mechanisms": mechanisms}
