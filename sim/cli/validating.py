"""Commands that hold the model against what is known."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from sim.cli.output import Json, answer, clean, next_steps, say, table

DIGITS = {"persistence_error": 3, "model_error": 3, "correlation": 2}


class Checks(str, Enum):
    """What can be validated."""

    drift = "drift"
    identities = "identities"


def validate(
    what: Annotated[Checks, typer.Argument(help="What to hold the model against.")],
    world: Annotated[str, typer.Option("--world", help="A bundled world.")] = "china",
    firms: Annotated[int, typer.Option("--firms", min=1000, help="Firm agents at the start.")] = 36_000,
    as_json: Json = False,
) -> None:
    """Hold the model against what is known.

    drift: a baseline from 2010 beside what became by 2020; identities: what must hold whatever the numbers.
    """
    if what is Checks.identities:
        _identities(as_json)
        return
    from sim.validation import drift

    found = drift(world, firms)
    rows = found.summary.to_dict(orient="records")
    if as_json:
        places = found.provinces.to_dict(orient="records")
        answer(clean({"check": what.value, "world": world, "summary": rows, "provinces": places}))
        return
    say(f"{world}, 2010 to 2020, nothing fitted: mean absolute error of shares of the mainland, percentage points")
    table(([_text(k, v) for k, v in row.items()] for row in rows), rows[0])
    next_steps("", "--json: every province with its shares of 2010, of 2020, and as modelled")


def _text(name: str, value: object) -> str:
    return f"{value:.{DIGITS[name]}f}" if name in DIGITS else str(value)


def _identities(as_json: bool) -> None:
    from dataclasses import asdict

    from sim.validation.identities import rows

    found = rows()
    if as_json:
        listed = [{**asdict(row), "verdict": row.verdict} for row in found]
        answer(clean({"check": "identities", "ok": all(row.holds for row in found), "rows": listed}))
    else:
        cells = ((r.name, f"{r.expected:g}", f"{r.obtained:.1e}", f"{r.tolerance:g}", r.verdict) for r in found)
        table(cells, ("identity", "expected", "obtained", "tolerance", ""))
    if not all(row.holds for row in found):
        raise typer.Exit(1)
