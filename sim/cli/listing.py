"""Commands that tell what there is: list, world."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any

import typer

from sim.cli.output import Json, answer, clean, next_steps, say, table

Year = Annotated[int, typer.Option("--year", help="Base year.")]


class Things(str, Enum):
    """What can be listed."""

    worlds = "worlds"
    scenarios = "scenarios"
    experiments = "experiments"
    mechanisms = "mechanisms"
    regions = "regions"
    indicators = "indicators"


_NEXT = {
    Things.worlds: "hinterland world NAME",
    Things.scenarios: "hinterland run NAME",
    Things.experiments: "hinterland run NAME",
    Things.mechanisms: "hinterland schema: their keys, units and ranges",
    Things.regions: "name regions, or groups such as supporting or guangxi, in a mechanism's targets",
    Things.indicators: "hinterland run main: they are reported for every arm",
}


def list_(
    what: Annotated[Things, typer.Argument(help="What to list.")],
    world: Annotated[str, typer.Option("--world", help="World whose regions to list.")] = "guangzhou",
    year: Year = 2020,
    as_json: Json = False,
) -> None:
    """List worlds, scenarios, experiments, mechanisms, regions or indicators."""
    rows = _rows(what, world, year)
    if as_json:
        answer({what.value: clean(rows)})
        return
    if rows:
        table((row.values() for row in rows), rows[0])
    next_steps("", _NEXT[what])


def _rows(what: Things, world: str, year: int) -> list[dict[str, Any]]:
    if what is Things.worlds:
        from sim.world import world_names

        return [{"name": name} for name in world_names()]
    if what is Things.scenarios or what is Things.experiments:
        return _configs(what.value)
    if what is Things.mechanisms:
        from sim.mechanisms import MECHANISMS

        return [{"kind": kind, "title": _first_line(cls)} for kind, cls in MECHANISMS.items()]
    if what is Things.regions:
        return _regions(world, year)
    from sim.analysis import INDICATORS

    return [{"name": name, "unit": i.unit, "title": i.title} for name, i in INDICATORS.items()]


def _first_line(cls: type) -> str:
    return (cls.__doc__ or "").strip().split("\n")[0]


def _configs(kind: str) -> list[dict[str, Any]]:
    from sim.config import bundled
    from sim.config.places import read

    found = bundled(kind)
    return [
        {"name": name, "title": (read(path).data or {}).get("title", ""), "file": str(path)}
        for name, path in found.items()
    ]


def _regions(name: str, year: int) -> list[dict[str, Any]]:
    from sim.world import load_world

    regions = load_world(name, year).regions
    columns = [c for c in ("id", "name_en", "name_zh", "province", "zone", "circle", "area") if c in regions]
    return [{str(k): v for k, v in row.items()} for row in regions[columns].to_dict("records")]


def world(
    name: Annotated[str, typer.Argument(help="Name of a world; see 'hinterland list worlds'.")],
    year: Year = 2020,
    as_json: Json = False,
) -> None:
    """Print what a world holds and how well each figure is known."""
    from sim.world import load_world, world_summary

    summary = world_summary(load_world(name, year))
    if as_json:
        answer(clean(summary))
        return
    _tell(summary, "")
    next_steps("", f"hinterland list regions --world {name}", "hinterland init: a config on this world")


def _tell(value: Any, indent: str) -> None:
    for key, item in value.items():
        if isinstance(item, dict):
            say(f"{indent}{key}:")
            _tell(item, indent + "  ")
        else:
            say(f"{indent}{key}: {_text(item)}")


def _text(item: Any) -> str:
    if not isinstance(item, float):
        return str(item)
    return f"{item:,.4g}" if abs(item) < 1e4 else f"{item:,.0f}"
