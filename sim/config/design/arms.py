"""The scenarios of the arms of a comparison, or of a config of many points."""

from __future__ import annotations

from sim.config.design import checks
from sim.config.schema.comparison import Arm, Comparison
from sim.config.schema.scenario import Scenario
from sim.config.schema.tuning import Tuning
from sim.config.schema.varied import Varied
from sim.config.text.marks import Key, dotted
from sim.config.text.overrides import assign
from sim.config.text.problems import Problem, validate
from sim.errors import UserError, nearest


def arm_scenarios(config: Comparison | Varied | Tuning) -> dict[str, Scenario]:
    """Return the scenario of every arm: its mechanisms added, its overrides applied.

    Returns
    -------
    dict of str to Scenario
        In the order of the arms; `seed` is the seed of the first replication.

    Raises
    ------
    UserError
        If the baseline is not an arm, or an override does not fit.
    """
    scenarios, problems = build(config)
    if problems:
        raise UserError([p.sentence for p in problems])
    return scenarios


def own_arms(config: Varied) -> tuple[dict[str, Scenario], list[Problem]]:
    """Return the scenario of every arm as written, and what is wrong with the arms."""
    if config.arms:
        return build(config)
    return {config.scenario.name: config.scenario.model_copy(update={"seed": config.seed})}, []


def build(comparison: Comparison | Varied | Tuning) -> tuple[dict[str, Scenario], list[Problem]]:
    """Return every arm's scenario and what is wrong with the arms.

    Parameters
    ----------
    comparison : Comparison, Varied or Tuning

    Returns
    -------
    (dict of str to Scenario, list of Problem)
        Arms without errors, in order; errors with their key path in the comparison.
    """
    problems = _baseline(comparison)
    scenarios = {}
    for name, arm in comparison.arms.items():
        scenario, errors = _arm(comparison, name, arm)
        problems += errors
        if scenario is not None:
            scenarios[name] = scenario
    return scenarios, problems


def problems_of(comparison: Comparison | Varied | Tuning) -> list[Problem]:
    """Return the errors of the arms as they will run: with their overrides."""
    if not comparison.arms:
        return []
    scenarios, problems = build(comparison)
    for name, scenario in scenarios.items():
        errors = checks.check(scenario.model_dump(mode="json")) if comparison.arms[name].set else []
        position: Key = ("arms", name, "set") if errors else ("arms", name)
        problems += [Problem(position, p.sentence) for p in errors or checks.reach(scenario)]
    return problems


def _baseline(comparison: Comparison | Varied | Tuning) -> list[Problem]:
    if comparison.baseline in comparison.arms:
        return []
    text = f"'{comparison.baseline}' is not an arm; expected one of {', '.join(comparison.arms)}"
    return [Problem(("baseline",), text + nearest(comparison.baseline, comparison.arms))]


def _arm(comparison: Comparison | Varied | Tuning, name: str, arm: Arm) -> tuple[Scenario | None, list[Problem]]:
    data = comparison.scenario.model_dump(mode="json")
    data["seed"] = comparison.seed  # replications count upwards from here, the same in every arm
    data["mechanisms"] = [*data["mechanisms"], *(m.model_dump(mode="json") for m in arm.mechanisms)]
    set_paths: dict[Key, str] = {}
    for key, value in arm.set.items():
        try:
            set_paths[assign(data, key, value, key)] = key
        except UserError as error:
            return None, [Problem(("arms", name, "set", key), m) for m in error.messages]
    scenario, errors = validate(Scenario, data)
    return scenario, [_moved(name, set_paths, error) for error in errors]


def _moved(name: str, set_paths: dict[Key, str], error: Problem) -> Problem:
    """Give an error of an arm's scenario the position of the override that made it."""
    for path, key in set_paths.items():
        shared = min(len(path), len(error.path))
        if path[:shared] == error.path[:shared]:
            text = error.text if dotted(error.path) == key else error.sentence
            return Problem(("arms", name, "set", key), text)
    return Problem(("arms", name), error.sentence)
