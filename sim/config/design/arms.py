"""The scenarios of the arms of a comparison, or of a config of many points."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.config.design import checks, worlds
from sim.config.schema.comparison import Comparison, Variant
from sim.config.schema.scenario import Scenario
from sim.config.schema.tuning import Tuning
from sim.config.schema.varied import Varied
from sim.config.text.overrides import assign
from sim.config.text.problems import Problem, validate
from sim.documents import Key, dotted
from sim.errors import UserError, nearest
from sim.variants import Member, members, named

LONGEST = 64  # letters of a name of an arm, which becomes that of a file


def arm_scenarios(config: Comparison | Varied | Tuning) -> dict[str, Scenario]:
    """Return the scenario of every arm: its mechanisms added, its overrides applied.

    Returns
    -------
    dict of str to Scenario
        In the order of the arms, variant by variant; `seed` is the seed of the first replication.

    Raises
    ------
    UserError
        If the baseline is not an arm, or an override does not fit.
    """
    scenarios, problems = build(config)
    if problems:
        raise UserError([p.sentence for p in problems])
    return scenarios


def members_of(config: Comparison | Varied | Tuning) -> dict[str, Member]:
    """Return all arms that are run, by name: under each variant of a comparison that has variants."""
    main = config.main_variant if isinstance(config, Comparison) else ""
    return members(config.arms, config.baseline, _variants_of(config), main)


def _variants_of(config: Comparison | Varied | Tuning) -> dict[str, Variant]:
    return config.variants if isinstance(config, Comparison) else {}


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
    problems = _baseline(comparison) + list(_variants(comparison))
    scenarios = {}
    for name, member in members_of(comparison).items():
        scenario, errors = _arm(comparison, member)
        problems += errors
        if scenario is not None:
            scenarios[name] = scenario
    return scenarios, list(dict.fromkeys(problems))


def problems_of(comparison: Comparison | Varied | Tuning) -> list[Problem]:
    """Return the errors of the arms as they will run: with their overrides."""
    if not comparison.arms:
        return []
    scenarios, problems = build(comparison)
    known = members_of(comparison)
    found: dict[tuple[str, str], Problem] = {}  # an error of an arm under several variants is reported once
    for name, scenario in scenarios.items():
        settings, arm = _settings(comparison, known[name]), known[name].arm
        errors = checks.check(scenario.model_dump(mode="json")) if settings else []
        # the settings of an arm precede those of its variant
        position: Key = next(reversed(settings.values()))[:3] if errors else ("arms", arm)
        for p in errors or checks.reach(scenario):
            found.setdefault((arm, p.sentence), Problem(position, p.sentence))
    if not problems and not found and (text := worlds.difference(scenarios.values())):
        return [Problem(("arms",), f"the arms have {text}; expected the same in every arm")]
    return problems + list(found.values())


def _baseline(comparison: Comparison | Varied | Tuning) -> list[Problem]:
    if comparison.baseline in comparison.arms:
        return []
    text = f"'{comparison.baseline}' is not an arm; expected one of {', '.join(comparison.arms)}"
    return [Problem(("baseline",), text + nearest(comparison.baseline, comparison.arms))]


def _variants(comparison: Comparison | Varied | Tuning) -> Iterator[Problem]:
    """Yield what is wrong with the variants: their number, names, and keys that arms set too."""
    if not isinstance(comparison, Comparison):
        return
    variants, main = comparison.variants, comparison.main_variant
    if len(variants) == 1:
        yield Problem(("variants",), "has one variant; expected at least two, or its settings in the scenario")
    if main not in (variants or ("",)):
        expected = f"one of {', '.join(variants)}" if variants else "it together with 'variants'"
        yield Problem(("main_variant",), f"'{main}' is not a variant; expected {expected}" + nearest(main, variants))
    seen = set(comparison.arms)
    for variant in variants:
        for arm in comparison.arms:
            yield from _twice(comparison, arm, variant)
            if variant != main:
                yield from _name(named(arm, variant), variant, seen)


def _name(name: str, variant: str, seen: set[str]) -> Iterator[Problem]:
    """Yield what is wrong with the name of an arm under a variant, and add it to those seen."""
    if name in seen:
        yield Problem(("variants", variant), f"'{name}' would be the name of two arms; expected another name")
    elif len(name) > LONGEST:
        text = f"'{name}' would have {len(name)} letters; expected names of arms and variants of {LONGEST} together"
        yield Problem(("variants", variant), text)
    seen.add(name)


def _twice(comparison: Comparison, arm: str, variant: str) -> Iterator[Problem]:
    """Yield the keys that an arm and a variant both set."""
    for key in comparison.arms[arm].set:
        for other in comparison.variants[variant].set:
            if f"{key}.".startswith(f"{other}.") or f"{other}.".startswith(f"{key}."):
                text = f"variant '{variant}' sets '{other}' too; expected it in one of them"
                yield Problem(("arms", arm, "set", key), text)


def _settings(comparison: Comparison | Varied | Tuning, member: Member) -> dict[str, Key]:
    """Return the keys that an arm under a variant sets, each with its position; those of the arm come last."""
    variant = _variants_of(comparison).get(member.variant, Variant())
    found: dict[str, Key] = {key: ("variants", member.variant, "set", key) for key in variant.set}
    return found | {key: ("arms", member.arm, "set", key) for key in comparison.arms[member.arm].set}


def _arm(comparison: Comparison | Varied | Tuning, member: Member) -> tuple[Scenario | None, list[Problem]]:
    arm = comparison.arms[member.arm]
    data = comparison.scenario.model_dump(mode="json")
    data["seed"] = comparison.seed  # replications count upwards from here, the same in every arm
    data["mechanisms"] = [*data["mechanisms"], *(m.model_dump(mode="json") for m in arm.mechanisms)]
    set_paths: dict[Key, Key] = {}
    for key, position in _settings(comparison, member).items():
        try:
            set_paths[assign(data, key, _value(comparison, position), key)] = position
        except UserError as error:
            return None, [Problem(position, m) for m in error.messages]
    scenario, errors = validate(Scenario, data)
    return scenario, [_moved(member.arm, set_paths, error) for error in errors]


def _value(comparison: Comparison | Varied | Tuning, position: Key) -> Any:
    section, name, _, key = position
    return getattr(comparison, str(section))[name].set[key]


def _moved(name: str, set_paths: dict[Key, Key], error: Problem) -> Problem:
    """Give an error of an arm's scenario the position of the setting that made it."""
    for path, position in set_paths.items():
        shared = min(len(path), len(error.path))
        if path[:shared] == error.path[:shared]:
            text = error.text if dotted(error.path) == position[-1] else error.sentence
            return Problem(position, text)
    return Problem(("arms", name), error.sentence)
