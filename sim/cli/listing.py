"""The command list: worlds, configs, mechanisms, city rules, regions, indicators, variables."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from sim.cli.output import Json, Year, answer, clean, next_steps, table

if TYPE_CHECKING:
    from sim.currency import Money

Where = Annotated[
    Optional[str], typer.Option("--where", help="Selector of the regions to list, such as 'supporting & guangxi'.")
]


class Things(str, Enum):
    """What can be listed."""

    worlds = "worlds"
    scenarios = "scenarios"
    experiments = "experiments"
    mechanisms = "mechanisms"
    rules = "rules"
    regions = "regions"
    indicators = "indicators"
    variables = "variables"


_NEXT = {
    Things.worlds: "hinterland world NAME",
    Things.scenarios: "hinterland run NAME",
    Things.experiments: "hinterland run NAME",
    Things.mechanisms: "hinterland schema: prints their keys, units and ranges",
    Things.rules: "hinterland run NAME --set parameters.cities.rule=RULE",
    Things.regions: "targets of mechanisms: ids, groups, 'supporting & guangxi'",
    Things.indicators: "hinterland run main: reports them for every arm",
    Things.variables: "hinterland plot DIR --variable NAME: draws one over time",
}

# Columns that programs need and a screen of 80 columns has no room for.
_ONLY_JSON = ("file", "area", "circle", "belts", "points")


def list_(
    what: Annotated[Things, typer.Argument(help="What to list.")],
    world: Annotated[
        Optional[str], typer.Option("--world", help="World whose regions, or units, to list; default: guangzhou.")
    ] = None,
    year: Year = None,
    where: Where = None,
    as_json: Json = False,
) -> None:
    """List worlds, scenarios, experiments, mechanisms, city rules, regions, indicators or recorded variables."""
    rows = _regions(world or "guangzhou", year, where) if what is Things.regions else _rows(what, world)
    if as_json:
        answer({what.value: clean(rows)})
        return
    if rows:
        shown = [name for name in rows[0] if name not in _ONLY_JSON]
        table(([row[name] for name in shown] for row in rows), shown, fit=True)
    next_steps("", _NEXT[what])


def _rows(what: Things, world: str | None) -> list[dict[str, Any]]:
    if what is Things.worlds:
        from sim.world import world_names, world_years

        return [{"name": name, "base years": ", ".join(map(str, world_years(name)))} for name in world_names()]
    if what is Things.scenarios or what is Things.experiments:
        return _configs(what.value)
    if what is Things.mechanisms:
        from sim.mechanisms import MECHANISMS

        return [{"kind": kind, "title": _first_line(cls)} for kind, cls in MECHANISMS.items()]
    if what is Things.rules:
        from sim.policy.cities import RULES

        return [{"rule": name, "title": _first_line(cls)} for name, cls in RULES.items()]
    if what is Things.variables:
        from sim.catalogue import VARIABLES

        known: dict[str, Any] = dict(VARIABLES)
    else:
        from sim.indicators import INDICATORS

        known = dict(INDICATORS)
    money = _money(world)
    return [{"name": name, "unit": money(facts.unit), "title": facts.title} for name, facts in known.items()]


def _money(world: str | None) -> Money:
    """Return how units are written: in the currency of a world, by default in yuan."""
    from sim.cli.worlds import opened
    from sim.currency import money_of

    return money_of({} if world is None else {"currency": opened(world, None).currency})


def _first_line(cls: type) -> str:
    return (cls.__doc__ or "").strip().split("\n")[0]


def _configs(kind: str) -> list[dict[str, Any]]:
    from sim.config import bundled
    from sim.documents import read

    found = bundled(kind)
    return [
        {"name": name, "title": (read(path).data or {}).get("title", ""), "file": str(path)}
        for name, path in found.items()
    ]


def _regions(name: str, year: int | None, where: str | None) -> list[dict[str, Any]]:
    from sim.cli.worlds import opened
    from sim.selection import COLUMNS
    from sim.world import select

    world = opened(name, year)
    shown = ["id", "name_en", "name_zh", *COLUMNS[1:]]
    chosen = world.regions[shown] if where is None else world.regions.loc[select(world, where), shown]
    return [{str(k): v for k, v in row.items()} for row in chosen.to_dict("records")]
