"""The kinds of experiment, one entry each: all that distinguishes a kind is named here and read by the other layers.

A further kind is a further entry, here or, by `register`, from elsewhere. Functions and classes of higher layers are
named as ``"module:name"`` and imported when they are used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any

Reference = str | Callable[..., Any]  # "module:name", or the function or class itself


@dataclass(frozen=True)
class Kind:
    """A kind of experiment.

    Attributes
    ----------
    name : str
        Value of the key ``kind``.
    schema : reference
        The pydantic model; its fields include ``kind`` and ``name``.
    runner : reference
        ``(config, folder, **options) -> sim.batch.outcome.Outcome``; options as in `sim.batch.session.Options`.
    design : reference
        ``(config) -> sim.config.Design``: the number of runs and their scenarios.
    sign : str
        A key that only this kind has, which identifies it where ``kind`` is missing.
    dotted : tuple of str
        Sections whose keys contain dots.
    paths : reference, optional
        ``(data, folder)``: makes names of files refer to the folder of the config, in place.
    files : tuple of str, or reference to one
        Keys that name tables of the user, which are copied to the results.
    data_problems : reference
        ``(data) -> list of Problem``: errors of the config as read that its schema cannot see.
    problems : reference, optional
        ``(config) -> list of Problem``: errors of a config that is valid so far.
    request : reference, optional
        ``(config) -> (Request or None, list of Problem)`` of a kind with many points: its arms, keys and points.
    finish : reference, optional
        ``(outcome, config, console)`` of a kind with many points: tables, figures and report after its runs.
    inspect : reference, optional
        ``(config) -> list of str``: reads the files that a config names, for ``hinterland check``; notes on them.
    unused : tuple of str
        Options of `sim.batch.run` that its runs cannot use; one that is given is refused.
    report : reference
        ``(folder, draw, **computed) -> Path``: writes ``report.html``.
    show : reference
        ``(outcome, as_json)``: prints the outcome of a run.
    extra : str
        The extra of `sim.extras` whose libraries it needs.
    table : str
        Its main table, a file in the results folder; none of a scenario, whose table are indicators.
    terms : (str, str)
        What the report calls points and arms.
    extendable : tuple of str
        Sections of which only the keys identify the experiment: further values of them belong to the same one.
    not_identity : tuple of str
        Keys that do not identify the experiment: with other values, finished runs are kept.
    """

    name: str
    schema: Reference
    runner: Reference
    design: Reference
    sign: str = ""
    dotted: tuple[str, ...] = ()
    paths: Reference | None = None
    files: str | tuple[str, ...] = ()
    data_problems: Reference = "sim.config.design.checks:check_arms"
    problems: Reference | None = None
    request: Reference | None = None
    finish: Reference | None = None
    inspect: Reference | None = None
    unused: tuple[str, ...] = ()
    report: Reference = "sim.report.page:write_report"
    show: Reference = "sim.cli.running:finish"
    extra: str = ""
    table: str = "summary.csv"
    terms: tuple[str, str] = ("points", "arms")
    extendable: tuple[str, ...] = ()
    not_identity: tuple[str, ...] = ("replications", "precision", "select", "machine", "appraisal", "report")


# Post-processing does not affect the runs.
_NOT_OF_POINTS = (*Kind.not_identity, "design", "samples", "indicators", "method", "second_order", "thresholds")

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "scenario",
            schema="sim.config.schema.scenario:Scenario",
            runner="sim.batch.experiment:run_scenario",
            design="sim.config.size:of_scenario",
            table="",
            data_problems="sim.config.design.checks:check",
            problems="sim.config.design.checks:reach",
        ),
        Kind(
            "comparison",
            schema="sim.config.schema.comparison:Comparison",
            runner="sim.batch.experiment:run_comparison",
            design="sim.config.size:of_comparison",
            table="headline.csv",
            sign="arms",
            dotted=("set",),
            problems="sim.config.design.stopping:problems_of",
            not_identity=(*Kind.not_identity, "question"),
        ),
        Kind(
            "sweep",
            schema="sim.config.schema.sweep:Sweep",
            runner="sim.batch.sweep:run_sweep",
            design="sim.config.size:of_points",
            sign="vary",
            dotted=("vary",),
            problems="sim.config.design.layout:problems_of",
            request="sim.config.design.layout:sweep_request",
            finish="sim.batch.sweep:finish",
            report="sim.report.sweep:write_report",
            extendable=("vary",),
            not_identity=_NOT_OF_POINTS,
        ),
        Kind(
            "sensitivity",
            schema="sim.config.schema.sensitivity:Sensitivity",
            runner="sim.batch.sweep:run_sweep",
            design="sim.config.size:of_points",
            extra="sensitivity",
            table="indices.csv",
            sign="inputs",
            dotted=("inputs",),
            problems="sim.config.design.layout:problems_of",
            request="sim.config.design.sensitivity:request",
            finish="sim.batch.sensitivity:finish",
            report="sim.report.sensitivity:write_report",
            extendable=("inputs",),
            not_identity=_NOT_OF_POINTS,
        ),
        Kind(
            "robustness",
            schema="sim.config.schema.robustness:Robustness",
            runner="sim.batch.sweep:run_sweep",
            design="sim.config.size:of_points",
            table="regret.csv",
            sign="uncertainties",
            dotted=("levers", "uncertainties", "constants"),
            problems="sim.config.design.layout:problems_of",
            request="sim.config.design.policies:request",
            finish="sim.batch.robustness:finish",
            report="sim.report.robustness:write_report",
            terms=("futures", "policies"),
            extendable=("uncertainties", "levers"),
            not_identity=_NOT_OF_POINTS,
        ),
        Kind(
            "factorial",
            schema="sim.config.schema.factorial:Factorial",
            runner="sim.batch.factorial:run_factorial",
            design="sim.config.size:of_factorial",
            table="effects.csv",
            sign="factors",
            data_problems="sim.config.design.checks:check_factors",
            problems="sim.config.design.factorial:problems_of",
            report="sim.report.factorial:write_report",
            # arms are named for their factors and size, so that further ones leave the finished runs valid
            not_identity=(*_NOT_OF_POINTS, "sizes", "resolution", "generators"),
        ),
        Kind(
            "tuning",
            schema="sim.config.schema.tuning:Tuning",
            runner="sim.batch.tuning:run_tuning",
            design="sim.config.size:of_tuning",
            extra="tune",
            table="front.csv",
            sign="objectives",
            dotted=("levers", "uncertainties", "constants"),
            problems="sim.config.design.trials:problems_of",
            report="sim.report.tuning:write_report",
            # runs are identified by content: a longer search, or one with more confirmation, is the same search
            not_identity=(*Kind.not_identity, "trials", "batch", "pruning", "confirm", "title"),
        ),
        Kind(
            "calibration",
            schema="sim.config.schema.calibration:Calibration",
            runner="sim.batch.calibration:run_calibration",
            design="sim.config.size:of_calibration",
            extra="tune",
            table="targets.csv",
            sign="fit",
            problems="sim.config.design.calibration:problems_of",
            unused=("model", "only", "stop_on_failure"),  # parameter sets, not runs; a failed one has no loss
            # a longer search is the same search, but the replications are part of the loss
            not_identity=("trials", "profile", "title", "machine"),
        ),
        Kind(
            "estimation",
            schema="sim.config.schema.estimation:Estimation",
            runner="sim.batch.estimation:run_estimation",
            design="sim.config.size:without_runs",
            extra="estimate",
            table="estimates.csv",
            paths="sim.config.design.estimation:resolve_tables",
            files="sim.config.design.estimation:TABLES",
            data_problems="sim.config.design.estimation:check",
            inspect="sim.estimation:notes_of",
            unused=("machine", "model", "only", "stop_on_failure", "workers"),  # nothing is simulated
            show="sim.cli.estimating:show",
        ),
    )
}


def register(kind: Kind) -> None:
    """Add a kind of experiment.

    Raises
    ------
    ValueError
        If there is one of this name.
    """
    if kind.name in KINDS:
        raise ValueError(f"'{kind.name}' is already a kind of experiment; expected another name")
    KINDS[kind.name] = kind


def resolved(reference: Reference | tuple[str, ...]) -> Any:
    """Return what a reference names: a function, a class, a value; itself if it is that already."""
    return resolve_name(reference) if isinstance(reference, str) else reference


def kind_of(data: Mapping[str, Any]) -> str:
    """Return the name of the kind of a config as read; by its keys where ``kind`` is missing or unknown."""
    given = data.get("kind")
    if isinstance(given, str) and given in KINDS:
        return given
    # Later kinds have the more special keys: a sweep may have arms, a tuning has uncertainties.
    signs = (kind.name for kind in reversed(KINDS.values()) if kind.sign and kind.sign in data)
    return next(signs, "scenario")


def dotted_sections() -> frozenset[str]:
    """Return the sections of all kinds whose keys contain dots."""
    return frozenset(section for kind in KINDS.values() for section in kind.dotted)
