"""The command scorecard: what each policy instrument does to one region, on two printed pages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.output import ABSENT, Json, answer, clean, console, next_steps, paragraph, quoted, say, table, working
from sim.cli.running import OVERWRITE

if TYPE_CHECKING:
    from sim.batch.scorecard import Scorecard

FIRST = "real_income"  # in the terminal with its interval; of others the sign, the page has all


def scorecard(
    region: Annotated[str, typer.Argument(metavar="REGION", help="Region id, see hinterland list regions.")],
    world: Annotated[str, typer.Option("--world", help="World with the region.")] = "guangzhou",
    seeds: Annotated[int, typer.Option("--seeds", min=2, help="Replications of each instrument.")] = 20,
    firms: Annotated[int, typer.Option("--firms", min=1000, help="Firm agents in each run.")] = 20_000,
    years: Annotated[int, typer.Option("--years", min=2, help="Years of each run.")] = 13,
    kind: Annotated[list[str] | None, typer.Option("--kind", help="Only this instrument; repeatable.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Results folder; default: results/scorecard_REGION.")
    ] = None,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="Number of parallel processes.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=OVERWRITE)] = False,
    as_json: Json = False,
) -> None:
    """Compare what each policy instrument does to one region: income, firms, talent, budget, emissions, cost.

    Instruments are those of the bundled comparisons (experiments/instruments), aimed at the region where they can be.
    """
    with working("aiming the instruments", as_json):
        from sim.batch.scorecard import run_scorecard, scorecard_config

        config, aims = scorecard_config(region, world, seeds, firms, years, kind or ())
    folder = out if out is not None else Path("results") / config.name
    screen = console(as_json)
    card = run_scorecard(config, aims, region, folder, screen, workers=workers, overwrite=overwrite)
    if as_json:
        answer(clean(_facts(region, card)))
    else:
        _print(card)
    if not card.outcome.ok:
        raise typer.Exit(1)


def _facts(region: str, card: Scorecard) -> dict[str, Any]:
    outcome = card.outcome
    return {
        "ok": outcome.ok, "region": region, "folder": str(outcome.folder), "finished": outcome.finished,
        "missing": outcome.missing, "answer": card.card.findings.texts, "made": card.card.made,
        "table": card.table.to_dict("records"), "files": [str(path) for path in card.files],
    }  # fmt: skip


def _print(card: Scorecard) -> None:
    for title, text in card.card.findings.texts.items():
        paragraph(f"{title}. {text}")
    say()
    from sim.analysis.scorecard import INDICATORS

    rows, others, lines = card.table, [name for name in INDICATORS if name != FIRST], []
    for kind, part in rows.groupby("kind", sort=False):
        by = {str(row["indicator"]): row for row in part.to_dict("records")}
        cells = [_cell(by[FIRST]), "  ".join(_sign(by[name]) for name in others)] if FIRST in by else [ABSENT, ABSENT]
        lines.append((kind, part["how"].iloc[0], *cells))
    table(lines, ("instrument", "how", "real income, %", "  ".join(name[0] for name in others)))
    paragraph(f"*, + and -: clear of zero after the correction; letters: {', '.join(others)}.")
    for one in rows[rows["reason"] != ""].to_dict("records"):
        paragraph(f"{one['kind']}: cannot be aimed at the region: {one['reason']}")
    outcome, folder = card.outcome, quoted(card.outcome.folder)
    for name in outcome.missing[:20]:
        say(f"missing: {name}")
    steps = [f"hinterland status {folder}, then repeat the command: finished runs are kept"] if outcome.missing else []
    page = next(path for path in card.files if path.suffix == ".html")
    next_steps(f"results: {outcome.folder}", *steps, f"open {quoted(page)}", "hinterland explain KIND")


def _sign(row: dict[str, Any]) -> str:
    return "+" if row["adjusted_low"] > 0 else "-" if row["adjusted_high"] < 0 else "."


def _cell(row: dict[str, Any]) -> str:
    """Return an effect with its interval; a star where it is clear of zero after the correction."""
    clear = " " if _sign(row) == "." else "*"
    return f"{row['percent']:+.3f}{clear} [{row['percent_low']:+.3f}, {row['percent_high']:+.3f}]"
