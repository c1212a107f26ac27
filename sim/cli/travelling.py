"""The command travel: travel times from the central city compared with the targets of transport plans."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from sim.cli.output import ABSENT, Json, answer, clean, next_steps, paragraph, quoted, say, table, working

if TYPE_CHECKING:
    import pandas as pd

What = Annotated[str, typer.Argument(metavar="PATH|NAME", help="Results, or a bundled world.")]
When = Annotated[
    Optional[int], typer.Option("--year", help="Year of the network; default: the last one, of a world its base year.")
]


def travel(what: What, year: When = None, as_json: Json = False) -> None:
    """Compare travel times from the central city with the targets of plans; the cost of the lines that were built."""
    from sim.world import world_names

    with working("reading the networks", as_json):
        known = what in world_names() and not Path(what).exists()
        times, lines = _of_world(what, year) if known else _of_results(Path(what), year)
    if as_json:
        records = {"targets": _sources(), "times": times.to_dict("records"), "lines": lines.to_dict("records")}
        answer(clean(records))
        return
    _print_summary(times)
    _print_regions(times)
    _print_lines(lines)
    paragraph("Minutes between stations or junctions, without access and boarding; in brackets, beyond the target.")
    again = "hinterland explain transport_corridor" if known else f"hinterland report {quoted(what)}"
    next_steps("", f"hinterland travel {quoted(what)} --json: sources of the targets, door-to-door times", again)


def _of_world(name: str, year: int | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    import pandas as pd

    from sim.cli.worlds import opened
    from sim.errors import UserError
    from sim.world import edges_in_use
    from sim.world.china.tables import WORLDS
    from sim.world.travel import against_targets

    if name not in WORLDS:
        raise UserError(f"travel {name}: plans set no targets there; expected {' or '.join(WORLDS)}")
    world = opened(name, None)
    found = against_targets(world, edges_in_use(world, world.year if year is None else year))
    return found.assign(arm=name), pd.DataFrame()


def _of_results(path: Path, year: int | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    from sim.analysis.travel import line_costs, travel_table
    from sim.cli.outcomes import existing
    from sim.errors import UserError
    from sim.results import open_results

    with open_results(existing(path)) as ds:
        if "point" in ds.dims:
            raise UserError(f"{path}: has several points; expected the results of a scenario or a comparison")
        return travel_table(ds, year), line_costs(ds, year)


def _sources() -> list[dict[str, Any]]:
    from sim.world.travel import travel_targets

    return [vars(target) for target in travel_targets()]


def _print_summary(times: pd.DataFrame) -> None:
    rows = []
    for (arm, target), part in times.groupby(["arm", "target"], sort=False):
        worst = part.loc[part["over"].idxmax()]
        met = f"{(part['over'] <= 0).sum()} of {len(part)}"
        rows.append((arm, target, f"{worst['goal']:.0f}", met, f"{worst['over']:+.0f}", worst["region"]))
    table(rows, ("arm", "target", "minutes", "met", "at most beyond", "where"))
    say()


def _print_regions(times: pd.DataFrame) -> None:
    cells = [f"{m:.0f} ({o:+.0f})" for m, o in zip(times["minutes"], times["over"], strict=True)]
    wide = times.assign(cell=cells).pivot_table(
        index=["target", "region", "goal"], columns="arm", values="cell", aggfunc="first", sort=False
    )
    rows = [
        (target, region, f"{goal:.0f}", *row)
        for (target, region, goal), row in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    table(rows, ("target", "region", "minutes", *wide.columns))
    say()


def _print_lines(lines: pd.DataFrame) -> None:
    if lines.empty:
        return
    rows = [
        (r.arm, r.mechanism, f"{r.km:,.0f}", ABSENT if r.open_since != r.open_since else f"{r.open_since:.0f}",
         f"{r.outlay / 1000:,.1f}")
        for r in lines.itertuples()
    ]  # fmt: skip
    table(rows, ("arm", "line", "km", "open since", "public outlay [billion yuan]"))
    say()
