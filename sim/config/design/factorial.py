"""The arms of a factorial experiment, and what its schema cannot see."""

from __future__ import annotations

from collections.abc import Iterator

from sim.cells import BASELINE, fraction_of
from sim.config.design import checks
from sim.config.design.arms import LONGEST
from sim.config.schema.factorial import Factorial
from sim.config.schema.scenario import Scenario
from sim.config.text.problems import Problem
from sim.errors import nearest
from sim.fractions import ROMAN
from sim.indicators import HEADLINE

LEAST = 3  # resolution below which factors are aliased with each other


def scenarios_of(config: Factorial) -> dict[str, Scenario]:
    """Return the scenario of every arm: the mechanisms of its factors added, their strengths times the size.

    Returns
    -------
    dict of str to Scenario
        The baseline first; `seed` is the seed of the first replication.
    """
    cells = config.cells
    return {
        arm: _with(config, cells.names(on), size if on else 1.0) for arm, (on, size) in cells.arms.items()
    }  # fmt: skip


def _with(config: Factorial, names: list[str], size: float) -> Scenario:
    own = [mechanism for name in names for mechanism in config.factors[name].mechanisms]
    scaled = [m.model_copy(update={"strength": m.strength * size}) for m in own]
    mechanisms = (*config.scenario.mechanisms, *scaled)
    return config.scenario.model_copy(update={"mechanisms": mechanisms, "seed": config.seed})


def problems_of(config: Factorial) -> list[Problem]:
    """Return the errors of a factorial experiment that its schema cannot see."""
    problems = [*_design(config), *_sizes(config), *_indicators(config), *_reach(config)]
    return problems or list(_names(config))


def _design(config: Factorial) -> Iterator[Problem]:
    given = [key for key in ("resolution", "generators") if getattr(config, key)]
    if config.design == "full":
        yield from (Problem((key,), "is not used by design: full; expected design: fractional") for key in given)
    elif not given:
        yield Problem(("design",), "is fractional; expected resolution (3, 4 or 5) or generators")
    elif len(given) == 2:
        yield Problem(("resolution",), "generators are given too; expected one of them")
    elif config.resolution is not None:
        yield from _resolution(config, config.resolution)
    else:
        yield from _generators(config)


def _resolution(config: Factorial, resolution: int) -> Iterator[Problem]:
    count = len(config.factors)
    if fraction_of(sorted(config.factors), {}, resolution).full:
        text = f"{count} factors have no fraction of resolution {ROMAN[resolution]}; expected "
        lower = [n for n in range(LEAST, resolution) if not fraction_of(sorted(config.factors), {}, n).full]
        expected = f"{lower[-1]}, or " if lower else ""
        yield Problem(("resolution",), text + expected + "design: full")


def _generators(config: Factorial) -> Iterator[Problem]:
    basic = [name for name in config.factors if name not in config.generators]
    problems = []
    for name, product in config.generators.items():
        if name not in config.factors:
            text = f"no factor '{name}'; expected one of {', '.join(config.factors)}" + nearest(name, config.factors)
            problems.append(Problem(("generators", name), text))
        for i, part in enumerate(product):
            if part not in basic:
                wrong = f"'{part}' is generated itself" if part in config.generators else f"no factor '{part}'"
                text = f"{wrong}; expected some of {', '.join(basic)}" + nearest(part, basic)
                problems.append(Problem(("generators", name, i), text))
            elif part in product[:i]:
                problems.append(Problem(("generators", name, i), f"'{part}' is repeated; expected each factor once"))
    found = 0 if problems else fraction_of(sorted(config.factors), config.generators, None).resolution
    if found is not None and not problems and found < LEAST:
        text = f"the design has resolution {ROMAN[found]}, which aliases factors with each other; expected at least III"
        problems.append(Problem(("generators",), text))
    yield from problems


def _sizes(config: Factorial) -> Iterator[Problem]:
    texts = [f"{size:g}" for size in config.sizes]
    for i, text in enumerate(texts):
        if text in texts[:i]:
            yield Problem(("sizes", i), f"{text} is repeated; expected each size once")


def _indicators(config: Factorial) -> Iterator[Problem]:
    for i, name in enumerate(config.indicators):
        if name not in HEADLINE:
            text = f"no headline indicator '{name}'; expected one of {', '.join(HEADLINE)}" + nearest(name, HEADLINE)
            yield Problem(("indicators", i), text)


def _reach(config: Factorial) -> Iterator[Problem]:
    """Yield the mechanisms that cannot act in the world, each with its position."""
    before = len(config.scenario.mechanisms)
    for problem in checks.reach(config.scenario):
        yield Problem(("scenario", *problem.path), problem.text)
    for name in config.factors:
        for problem in checks.reach(_with(config, [name], 1.0)):
            i = int(problem.path[1])
            if i >= before:
                yield Problem(("factors", name, "mechanisms", i - before), problem.text)


def _names(config: Factorial) -> Iterator[Problem]:
    """Yield factors whose names would give two arms the same name, or one that is too long for a file."""
    cells, seen = config.cells, {BASELINE}
    for size in cells.sizes:
        for on in cells.sets[1:]:
            arm, names = cells.arm(on, size), cells.names(on)
            if arm in seen:
                text = f"'{arm}' would be the name of two arms; expected another name of the factor"
                yield Problem(("factors", names[-1]), text)
                return
            if len(arm) > LONGEST:
                text = f"'{arm}' would have {len(arm)} letters; expected names of factors of {LONGEST} together"
                yield Problem(("factors", names[-1]), text)
                return
            seen.add(arm)
