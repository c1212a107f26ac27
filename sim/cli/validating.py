"""The command validate: comparison with theory, history and published evidence."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.cli.output import Json, answer, clean, next_steps, say, table, working
from sim.errors import UserError

DIGITS = {"persistence_error": 3, "model_error": 3, "correlation": 2}
COLUMNS = ("name", "expected", "obtained", "tolerance", "verdict")
THEORY_ONLY = ("model", "preset", "sigma", "mu", "figure")


class Checks(str, Enum):
    """Suites of validation."""

    all = "all"
    theory = "theory"
    identities = "identities"
    hindcast = "hindcast"
    evidence = "evidence"
    map = "map"
    facts = "facts"
    cases = "cases"
    drift = "drift"
    agents = "agents"
    us = "us"


def validate(
    what: Annotated[Checks, typer.Argument(help="Suite to run.")] = Checks.all,
    world: Annotated[str, typer.Option("--world", help="drift: name of a bundled world.")] = "china",
    firms: Annotated[
        int | None, typer.Option("--firms", min=1000, help="drift, agents, us: initial number of firm agents.")
    ] = None,
    comparison: Annotated[str, typer.Option("--comparison", help="agents: a bundled comparison or a file.")] = "main",
    seeds: Annotated[int, typer.Option("--seeds", min=2, help="agents, us: number of seeds.")] = 8,
    model: Annotated[str | None, typer.Option("--model", help="theory: a single model.")] = None,
    row: Annotated[str | None, typer.Option("--row", help="A single row of a suite, by name.")] = None,
    known: Annotated[Path | None, typer.Option("--known", help="YAML file: names of failing rows and reasons.")] = None,
    preset: Annotated[str | None, typer.Option("--preset", help="theory: a preset by name or file.")] = None,
    sigma: Annotated[float | None, typer.Option("--sigma", help="theory: elasticity of substitution.")] = None,
    mu: Annotated[float | None, typer.Option("--mu", help="theory: expenditure share of differentiated goods.")] = None,
    figure: Annotated[Path | None, typer.Option("--figure", help="theory: only draw the tomahawk diagram.")] = None,
    page: Annotated[Path | None, typer.Option("--page", help="Write the rows as an HTML page, such as v.html.")] = None,
    store: Annotated[
        Path | None, typer.Option("--store", help="Write the rows as the table that reports of results cite.")
    ] = None,
    scores: Annotated[Path | None, typer.Option("--scores", help="hindcast: write the table of scores (CSV).")] = None,
    errors: Annotated[
        Path | None, typer.Option("--errors", help="hindcast: write the law of errors that bands of reports use (CSV).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Validate the model.

    theory: limiting cases with known solutions. identities: relations that hold for any parameters. hindcast: the
    national map from 2010 to 2020. evidence: signs of published effects. all: these four suites; exit with 1 if a row
    fails; rows that are only reported neither pass nor fail. map: cutting a region in two changes nothing elsewhere
    (minutes). facts: published figures and those of the model (a minute). cases: documented parks, reported output and
    jobs and those of the model (a minute). drift: a baseline from 2010 compared with 2020, without calibration.
    agents: effects of a comparison with agents, with expected shares of movers, and without behaviour of firms. us:
    forecasts for the states of the United States next to naive ones.
    """
    given = {"model": model, "row": row, "preset": preset, "sigma": sigma, "mu": mu, "figure": figure}
    tables = {"scores": scores, "errors": errors}
    if what not in (Checks.all, Checks.hindcast):
        _refuse(tables, what, "hindcast")
    if what is Checks.theory and any(given[name] is not None for name in THEORY_ONLY):
        _theory(given, as_json)
        return
    _refuse({name: given[name] for name in THEORY_ONLY}, what, "theory")
    if what is Checks.drift:
        _drift(world, firms or 36_000, as_json)
    elif what is Checks.agents:
        _agents(comparison, seeds, firms, as_json)
    elif what is Checks.us:
        _us(seeds, firms or 20_000, as_json)
    elif what is Checks.all and row is not None:
        raise UserError(f"--row {row}: requires a suite; expected 'validate SUITE --row NAME'")
    else:
        _hindcast_tables(**tables)
        _suites(what, row, known, page, store, as_json)


def _refuse(options: Mapping[str, object], what: Checks, suite: str) -> None:
    """Raise an error if options of another suite are given."""
    invalid = [f"--{name}" for name, value in options.items() if value is not None]
    if invalid:
        raise UserError(f"{', '.join(invalid)}: not valid with 'validate {what.value}'; expected 'validate {suite}'")


def _hindcast_tables(scores: Path | None, errors: Path | None) -> None:
    """Write the tables of the hindcast."""
    from sim.validation import hindcast

    for path, write in ((scores, hindcast.write_scores), (errors, hindcast.write_errors)):
        if path is not None:
            write(path)


def _suites(
    what: Checks, row: str | None, known: Path | None, page: Path | None, store: Path | None, as_json: bool
) -> None:
    """Run suites and print the results; known failures are shown with their reasons, but still fail."""
    from sim.analysis.validated import tally
    from sim.validation.suites import DEFAULT, SUITES

    reasons = _known(known)
    rows = []
    for name in DEFAULT if what is Checks.all else [what.value]:
        with working(name, as_json, seconds=0):
            rows += SUITES[name](row)
    failed = [r for r in rows if r.verdict == "fail"]
    if page is not None:
        from sim.report.validation import write_validation

        write_validation(rows, reasons, page)
    if store is not None:
        from sim.analysis.validated import write_validated

        write_validated(rows, reasons, store)
    if as_json:
        data = [{"suite": r.suite, **{c: getattr(r, c) for c in COLUMNS}} for r in rows]
        more = [{"detail": r.detail, "known": reasons.get(r.name, "")} for r in rows]
        data = [d | {name: text for name, text in m.items() if text} for d, m in zip(data, more, strict=True)]
        sys.stdout.write(json.dumps(clean(data), allow_nan=False) + "\n")
    else:
        numbers = ([_cell(v) for v in (r.expected, r.obtained, r.tolerance)] for r in rows)
        cells = ([r.suite, r.name, *n, r.verdict, r.detail] for r, n in zip(rows, numbers, strict=True))
        table(cells, ["suite", *COLUMNS, "detail" if any(r.detail for r in rows) else ""])
        for r in failed:
            if r.name in reasons:
                say(f"known: {r.name}: {reasons[r.name]}")
        say(str(tally(r.verdict for r in rows)))
        next_steps(f"page: {page}" if page else "", "hinterland validate SUITE --row NAME: repeats a single row")
    if failed:
        raise typer.Exit(1)


def _known(path: Path | None) -> dict[str, str]:
    """Read the explanations of failing rows."""
    if path is None:
        return {}
    from sim.documents import read

    document = read(path)
    document.raise_problems()
    found = document.data
    wrong = [name for name, reason in found.items() if not isinstance(reason, str)]
    if wrong:
        raise UserError(f"{path}: '{wrong[0]}': expected the name of a row and the reason of its failure")
    return {str(name): str(reason) for name, reason in found.items()}


def _cell(value: float | str | None) -> str:
    return "" if value is None else value if isinstance(value, str) else f"{value:.6g}"


def _drift(world: str, firms: int, as_json: bool) -> None:
    from sim.validation import drift

    found = drift(world, firms)
    rows = found.summary.to_dict(orient="records")
    if as_json:
        provinces = found.provinces.to_dict(orient="records")
        answer(clean({"check": "drift", "world": world, "summary": rows, "provinces": provinces}))
        return
    say(f"{world}, 2010 to 2020, uncalibrated: mean absolute error of shares of the mainland, percentage points")
    table(([_text(k, v) for k, v in row.items()] for row in rows), rows[0])
    next_steps("", "--json: shares of every province in 2010 and 2020, observed and modelled")


def _agents(comparison: str, seeds: int, firms: int | None, as_json: bool) -> None:
    from sim.config import load
    from sim.currency import in_currency
    from sim.validation.agents import what_agents_add

    effects, facts = what_agents_add(comparison, seeds, firms)
    if as_json:
        found = {"effects": effects.to_dict(orient="records"), "facts": facts.to_dict(orient="records")}
        answer(clean({"check": "agents", "comparison": comparison, **found}))
        return
    unit = in_currency("billion yuan", load(comparison).scenario.opened().currency)
    say(f"{comparison}, {seeds} seeds: value added in the last year, difference from the baseline, {unit} a year")
    rows = (
        [
            r["indicator"],
            r["arm"],
            r["method"],
            f"{r['mean'] / 1e3:.2f}",
            f"[{r['low'] / 1e3:.2f}, {r['high'] / 1e3:.2f}]",
        ]
        for r in effects.to_dict(orient="records")
    )
    table(rows, ["where", "arm", "method", "mean", "95 % interval"])
    say("What no representative firm shows, first seed")
    table(([r["fact"], r["published"], f"{r['obtained']:.3f}"] for r in facts.to_dict(orient="records")), list(facts))


def _us(seeds: int, firms: int, as_json: bool) -> None:
    from sim.validation.states import CONFIDENCE, forecast_tables

    errors, spread = forecast_tables(seeds=range(1, seeds + 1), firms=firms)
    if as_json:
        found = {"errors": errors.to_dict(orient="records"), "spread": spread.to_dict(orient="records")}
        answer(clean({"check": "us", "seeds": seeds, **found}))
        return
    say("Mean absolute error over states. Persistence: percentage points of shares, log points of income per head")
    say("Others: relative to persistence, with the interval of the model over states")
    named = ("persistence", "trend", "regression", "unfitted", "model")
    rows = (
        [r["figure"], r["from"], r["to"], *(f"{r[c]:.2f}" for c in named), f"[{r['low']:.2f}, {r['high']:.2f}]"]
        for r in errors.to_dict(orient="records")
    )
    table(rows, ["figure", "from", "to", *named, f"{CONFIDENCE:.0%} interval"])
    say("Income per head: standard deviation of logs (sigma), slope of annual growth on the log level (beta)")
    rows = ([r["from"], r["to"], *(f"{v:.3f}" for v in list(r.values())[2:])] for r in spread.to_dict(orient="records"))
    table(rows, list(spread))
    next_steps("", "hinterland run calibrate_us: fits the parameters again")


def _theory(given: dict[str, Any], as_json: bool) -> None:
    from sim.analysis.validated import tally
    from sim.validation import theory

    model, sigma, mu = given["model"], given["sigma"], given["mu"]
    if given["figure"] is not None:
        _figure(given["figure"], model, sigma, mu)
        return
    if given["preset"] is not None:
        if any(given[name] is not None for name in ("model", "row", "sigma", "mu")):
            raise UserError("--preset: cannot be combined with --model, --row, --sigma or --mu; expected --preset only")
        checks = theory.preset_checks(theory.load_preset(given["preset"]))
    else:
        checks = theory.checks_for(model, sigma, mu, given["row"])
        for note in theory.notes(model, sigma, mu):
            _note(note)
    rows = [check.row() for check in checks]
    if as_json:
        data = [{column: getattr(row, column) for column in COLUMNS} for row in rows]
        sys.stdout.write(json.dumps(clean(data), allow_nan=False) + "\n")
    else:
        lines = [[r.name, f"{r.expected:.6f}", f"{r.obtained:.6f}", f"{r.tolerance:.6f}", r.verdict] for r in rows]
        table(lines, COLUMNS)
    count = tally(row.verdict for row in rows)
    if not as_json:
        say(str(count))
    if count.passed < count.counted:
        raise typer.Exit(1)


def _note(text: str) -> None:
    """Print a note on standard error."""
    typer.echo(f"note: {text}", err=True)


def _figure(path: Path, model: str | None, sigma: float | None, mu: float | None) -> None:
    from sim.figures import style, tomahawk
    from sim.validation import theory

    numbers = (model, sigma, mu)
    if any(n is None for n in numbers) and any(n is not None for n in numbers):
        raise UserError("--figure: incomplete parameters; expected all of --model, --sigma and --mu, or none")
    if path.suffix not in (".png", ".pdf", ".svg"):
        raise UserError(f"--figure {path}: unknown format '{path.suffix}'; expected .png, .pdf or .svg")
    data = theory.tomahawk() if model is None else theory.tomahawk(((model, float(sigma or 0), float(mu or 0)),))
    style.save(tomahawk.draw(data), path)
    say(str(path))


def _text(name: str, value: object) -> str:
    return f"{value:.{DIGITS[name]}f}" if name in DIGITS else str(value)
