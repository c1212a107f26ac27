"""Commands that hold the model against what is known."""

from __future__ import annotations

import json
import sys
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.cli.output import Json, answer, clean, next_steps, say, table
from sim.errors import UserError

DIGITS = {"persistence_error": 3, "model_error": 3, "correlation": 2}
COLUMNS = ("name", "expected", "obtained", "tolerance", "verdict")
THEORY_ONLY = ("model", "preset", "sigma", "mu", "figure")


class Checks(str, Enum):
    """What can be validated."""

    all = "all"
    theory = "theory"
    identities = "identities"
    hindcast = "hindcast"
    evidence = "evidence"
    drift = "drift"


def validate(
    what: Annotated[Checks, typer.Argument(help="What to hold the model against.")] = Checks.all,
    world: Annotated[str, typer.Option("--world", help="drift: a bundled world.")] = "china",
    firms: Annotated[int, typer.Option("--firms", min=1000, help="drift: firm agents at the start.")] = 36_000,
    model: Annotated[str | None, typer.Option("--model", help="theory: one model.")] = None,
    row: Annotated[str | None, typer.Option("--row", help="One row of a suite by its name.")] = None,
    known: Annotated[Path | None, typer.Option("--known", help="YAML file: name of a row and why it fails.")] = None,
    preset: Annotated[str | None, typer.Option("--preset", help="theory: a preset by name or file.")] = None,
    sigma: Annotated[float | None, typer.Option("--sigma", help="theory: elasticity of substitution.")] = None,
    mu: Annotated[float | None, typer.Option("--mu", help="theory: share of the differentiated good.")] = None,
    figure: Annotated[Path | None, typer.Option("--figure", help="theory: write the tomahawk there instead.")] = None,
    page: Annotated[Path | None, typer.Option("--page", help="Write the rows as a page, such as v.html.")] = None,
    as_json: Json = False,
) -> None:
    """Hold the model against what is known.

    theory: limits in which the answer is known. identities: what must hold whatever the numbers. hindcast: the whole
    map from 2010 to 2020. evidence: signs from published work. all: these four; exit 1 unless every row passes. drift:
    a baseline from 2010 beside 2020, nothing fitted.
    """
    given = {"model": model, "row": row, "preset": preset, "sigma": sigma, "mu": mu, "figure": figure}
    if what is Checks.theory and any(given[name] is not None for name in THEORY_ONLY):
        _theory(given, as_json)
        return
    unfit = [f"--{name}" for name in THEORY_ONLY if given[name] is not None]
    if unfit:
        raise UserError(f"{', '.join(unfit)}: no option of 'validate {what.value}'; expected 'validate theory'")
    if what is Checks.drift:
        _drift(world, firms, as_json)
    elif what is Checks.all and row is not None:
        raise UserError(f"--row {row}: needs a suite; expected 'validate SUITE --row NAME'")
    else:
        _suites(what, row, known, page, as_json)


def _suites(what: Checks, row: str | None, known: Path | None, page: Path | None, as_json: bool) -> None:
    """Run suites and say what passes; a failing row that is known is shown with its reason, and still fails."""
    from sim.validation.suites import SUITES

    reasons = _known(known)
    rows = []
    for name in SUITES if what is Checks.all else [what.value]:
        if not as_json:
            typer.echo(f"{name} ...", err=True)
        rows += SUITES[name](row)
    failed = [r for r in rows if r.verdict != "pass"]
    if page is not None:
        from sim.report.validation import write_validation

        write_validation(rows, reasons, page)
    if as_json:
        data = [{"suite": r.suite, **{c: getattr(r, c) for c in COLUMNS}} for r in rows]
        data = [d | ({"known": reasons[d["name"]]} if d["name"] in reasons else {}) for d in data]
        sys.stdout.write(json.dumps(clean(data), allow_nan=False) + "\n")
    else:
        table(([r.suite, r.name, *(_cell(v) for v in (r.expected, r.obtained, r.tolerance)), r.verdict] for r in rows),
              ["suite", *COLUMNS])  # fmt: skip
        for r in failed:
            if r.name in reasons:
                say(f"known: {r.name}: {reasons[r.name]}")
        say(f"{len(rows) - len(failed)} of {len(rows)} pass")
        next_steps(f"page: {page}" if page else "", "hinterland validate SUITE --row NAME: one row again")
    if failed:
        raise typer.Exit(1)


def _known(path: Path | None) -> dict[str, str]:
    """Read the explanations of failing rows."""
    if path is None:
        return {}
    from sim.config.text.marks import read

    found = read(path).data
    wrong = [name for name, reason in found.items() if not isinstance(reason, str)]
    if wrong:
        raise UserError(f"{path}: '{wrong[0]}': expected the name of a row and a sentence why it fails")
    return {str(name): str(reason) for name, reason in found.items()}


def _cell(value: float | str | None) -> str:
    return "" if value is None else value if isinstance(value, str) else f"{value:.6g}"


def _drift(world: str, firms: int, as_json: bool) -> None:
    from sim.validation import drift

    found = drift(world, firms)
    rows = found.summary.to_dict(orient="records")
    if as_json:
        places = found.provinces.to_dict(orient="records")
        answer(clean({"check": "drift", "world": world, "summary": rows, "provinces": places}))
        return
    say(f"{world}, 2010 to 2020, nothing fitted: mean absolute error of shares of the mainland, percentage points")
    table(([_text(k, v) for k, v in row.items()] for row in rows), rows[0])
    next_steps("", "--json: every province with its shares of 2010, of 2020, and as modelled")


def _theory(given: dict[str, Any], as_json: bool) -> None:
    from sim.validation import theory

    model, sigma, mu = given["model"], given["sigma"], given["mu"]
    if given["figure"] is not None:
        _figure(given["figure"], model, sigma, mu)
        return
    if given["preset"] is not None:
        if any(given[name] is not None for name in ("model", "row", "sigma", "mu")):
            raise UserError("--preset: stands beside --model, --row, --sigma or --mu; expected it alone")
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
    failed = sum(row.verdict != "pass" for row in rows)
    if not as_json:
        say(f"{len(rows) - failed} of {len(rows)} pass")
    if failed:
        raise typer.Exit(1)


def _note(text: str) -> None:
    """Print a remark on standard error."""
    typer.echo(f"note: {text}", err=True)


def _figure(path: Path, model: str | None, sigma: float | None, mu: float | None) -> None:
    from sim.figures import style, tomahawk
    from sim.validation import theory

    numbers = (model, sigma, mu)
    if any(n is None for n in numbers) and any(n is not None for n in numbers):
        raise UserError("--figure: needs --model, --sigma and --mu, or none of them")
    if path.suffix not in (".png", ".pdf", ".svg"):
        raise UserError(f"--figure {path}: unknown kind '{path.suffix}'; expected .png, .pdf or .svg")
    data = theory.tomahawk() if model is None else theory.tomahawk(((model, float(sigma or 0), float(mu or 0)),))
    style.save(tomahawk.draw(data), path)
    say(str(path))


def _text(name: str, value: object) -> str:
    return f"{value:.{DIGITS[name]}f}" if name in DIGITS else str(value)
