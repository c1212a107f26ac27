"""Building a `World` from a user-defined specification."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from sim.catalogue import FIGURES, QUALITIES, SECTORS, Figure, Quality
from sim.world.china import national
from sim.world.china.build import bundled_world
from sim.world.china.tables import distance_matrix
from sim.world.china.transport import COLUMNS, TERMINAL_HOURS, internal_hours, neighbour_edges
from sim.world.network.hours import information_hours
from sim.world.own.schema import OPTIONAL, Freeness, InlineWorld, Matrix, RegionRow
from sim.world.types import TRADE, Hours, Network, World

CAPITAL_RATIO = 3.0  # capital over value added
LAND_SHARE = 0.25


def user_world(spec: InlineWorld) -> World:
    """Build the world of a specification.

    Parameters
    ----------
    spec : InlineWorld
        Checked by `sim.world.own.cross.cross_checks`.
    """
    regions = _regions(spec)
    sectors = tuple(spec.sectors or SECTORS)
    value_added = np.array([[r.value_added[s] for s in sectors] for r in spec.regions])
    column = {name: np.array([getattr(r, name) for r in spec.regions]) for name in _NUMBERS}
    area = column["area_km2"]
    pairs = {
        name: np.column_stack([column[f"{prefix}workers"], column[f"{prefix}talent"]])
        for name, prefix in (("people", ""), ("unregistered", "unregistered_"), ("migration_target", "migration_"))
    }
    moves = pairs["migration_target"]
    pairs["migration_target"] = moves - moves.sum(axis=0) * pairs["people"] / pairs["people"].sum(axis=0)
    capital = [r.capital or CAPITAL_RATIO * a for r, a in zip(spec.regions, value_added.sum(axis=1), strict=True)]
    land = [r.land or LAND_SHARE * r.area_km2 for r in spec.regions]
    facts = _sector_facts(spec, value_added)
    return World(
        name=spec.name, year=spec.year, currency=spec.currency, sectors=sectors, regions=regions,
        value_added=value_added, capital=np.array(capital),
        land=np.array(land), area_km2=area, residence_cost=column["residence_cost"],
        natural_rate=column["natural_rate"], graduation_rate=column["graduation_rate"],
        growth_trend=column["growth_trend"],
        national_taxes=np.array([r.national_taxes for r in spec.regions]),
        upstream=np.zeros((len(regions), len(regions))), network=_network(spec, regions, area),
        freeness=None if spec.freeness is None else _both(spec.freeness), quality=_quality(spec, regions),
        sources=dict.fromkeys(FIGURES, f"given by the world {spec.name}"), **pairs, **facts,
    )  # fmt: skip


_NUMBERS = (
    "workers", "talent", "area_km2", "unregistered_workers", "unregistered_talent", "residence_cost",
    "migration_workers", "migration_talent", "natural_rate", "graduation_rate", "growth_trend",
)  # fmt: skip


def _regions(spec: InlineWorld) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for r in spec.regions:
        english = r.name_en or r.id
        rows.append(
            {"id": r.id, "adcode": 0, "name_en": english, "name_zh": r.name_zh or english, "province": r.province,
             "area": r.area, "zone": "centre" if r.id == spec.centre else r.zone, "circle": r.circle,
             "belts": r.belts, "points": r.points, "lat": r.lat, "lon": r.lon, "fitted": False, "home": r.home or r.id}
        )  # fmt: skip
    return pd.DataFrame(rows)


def _sector_facts(spec: InlineWorld, value_added: np.ndarray) -> dict[str, Any]:
    """Return the coefficients of the sectors: bundled ones, or those of user-defined sectors."""
    closed = spec.world_size == 0 or all(r.port_hours is None for r in spec.regions)
    size = 0.0 if closed else spec.world_size
    if not spec.sectors:
        model = bundled_world("guangzhou", 2020)
        sales, spending = national.world_market(value_added, size)
        inputs, investment, government = national.baskets(value_added)
        per_value = model.real_firms.sum(axis=0) / model.value_added.sum(axis=0)
        return {
            "trade_class": model.trade_class, "emission_intensity": model.emission_intensity,
            "real_firms": value_added * per_value, "intermediate_share": model.intermediate_share,
            "input_output": inputs, "investment_basket": investment,
            "government_basket": government, "gateway_sales": sales, "gateway_demand": spending,
        }  # fmt: skip
    kinds = list(spec.sectors.values())
    inputs = np.array([[k.inputs.get(p, 0.0 if k.inputs else 1.0) for p in spec.sectors] for k in kinds])
    share = np.array([k.intermediate_share for k in kinds])
    baskets = {f: np.array([getattr(k, f) for k in kinds]) for f in ("investment", "government", "foreign")}
    baskets = {f: b / b.sum() for f, b in baskets.items()}
    output = value_added.sum() / (1 - national.MARKUP_REFERENCE * np.average(share, weights=value_added.sum(axis=0)))
    abroad = size * output * baskets["foreign"]
    return {
        "trade_class": np.array([TRADE.index(k.trade) for k in kinds]),
        "emission_intensity": np.array([k.emissions for k in kinds]),
        "real_firms": value_added * np.array([k.firms_per_value for k in kinds]),
        "intermediate_share": share, "input_output": inputs / inputs.sum(axis=1, keepdims=True),
        "investment_basket": baskets["investment"], "government_basket": baskets["government"],
        "gateway_sales": abroad, "gateway_demand": abroad.copy(),
    }  # fmt: skip


def _network(spec: InlineWorld, regions: pd.DataFrame, area: np.ndarray) -> Network:
    index = {r: i for i, r in enumerate(regions["id"])}
    rows = [(index[e.a], index[e.b], e.mode, e.km, e.speed, e.opened, e.line) for e in spec.edges]
    # Hours given as matrices need no links.
    stated = rows or spec.hours is not None
    known = partial(pd.DataFrame, rows, columns=list(COLUMNS))
    build_edges = known if stated else partial(neighbour_edges, regions, spec.year)
    ports = np.array([np.inf if r.port_hours is None else r.port_hours for r in spec.regions])
    return Network(build_edges, dict(TERMINAL_HOURS), internal_hours(area), ports, _hours(spec, regions))


def _hours(spec: InlineWorld, regions: pd.DataFrame) -> Hours | None:
    if spec.hours is None:
        return None
    people = _array(spec.hours.people)
    goods = people if spec.hours.goods is None else _array(spec.hours.goods)
    known = spec.hours.information
    information = information_hours(people, distance_matrix(regions)) if known is None else _array(known)
    return Hours(people, goods, information, np.full(len(people), np.inf))


def _array(matrix: Matrix) -> np.ndarray:
    return np.array(matrix, dtype=float)


def _both(freeness: Freeness) -> np.ndarray:
    return np.array([freeness.goods, freeness.services or freeness.goods], dtype=float)


def _quality(spec: InlineWorld, regions: pd.DataFrame) -> pd.DataFrame:
    """Return the quality of each figure and region."""
    cells = {figure: [_least(spec, r, figure) for r in spec.regions] for figure in FIGURES}
    return pd.DataFrame(cells, index=regions["id"])


def _least(spec: InlineWorld, row: RegionRow, figure: Figure) -> Quality:
    """Return the quality of a figure of a region: the least that is stated; an omitted figure counts as assumed."""
    if figure in OPTIONAL and OPTIONAL[figure] not in row.model_fields_set:
        return "assumed"
    stated = [row.quality] if "quality" in row.model_fields_set or figure not in spec.quality else []
    return max([*stated, *([spec.quality[figure]] if figure in spec.quality else [])], key=QUALITIES.index)
