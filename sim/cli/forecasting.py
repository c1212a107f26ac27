"""The command forecast: shares of all regions with bands, as a table that can be scored later."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.output import Json, answer, next_steps, say


def forecast(
    out: Annotated[Path, typer.Option("--out", help="Table to write (CSV).")],
    world: Annotated[str, typer.Option("--world", help="Bundled world.")] = "china",
    until: Annotated[int, typer.Option("--until", help="Last year.")] = 2025,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing table.")] = False,
    as_json: Json = False,
) -> None:
    """Register a forecast: shares of all regions in people and value added from 2021, with 90 % bands.

    The table states the version of the model, the date, the runs, the law of errors and the digest of its rows.
    """
    from sim.errors import UserError

    if out.exists() and not overwrite:
        raise UserError(
            f"--out {out}: already exists, and a registered forecast is kept; expected a new file, or --overwrite"
        )
    from sim.validation.forecast import register

    digest = register(out, world, until)
    if as_json:
        answer({"ok": True, "file": str(out), "sha256": digest})
        return
    say(digest)
    next_steps(f"forecast: {out}", "commit the table before the outcome is known (docs/validation.md)")
