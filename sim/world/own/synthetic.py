"""Synthetic worlds of any size, for tests and scaling: a generic country."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from sim.catalogue import FIGURES, SECTORS
from sim.world.china import national
from sim.world.china.build import bundled_world
from sim.world.china.transport import TERMINAL_HOURS, internal_hours, neighbour_edges
from sim.world.own.build import CAPITAL_RATIO, LAND_SHARE
from sim.world.own.schema import SyntheticWorld
from sim.world.types import Network, World

MIDDLE = (30.0, 110.0)  # degrees; around it a degree of longitude is shorter than one of latitude
KM_PER_DEGREE = 111.2
PORT_HOURS = 24.0
BUILT_MOST = 0.9


def synthetic_world(spec: SyntheticWorld) -> World:
    """Generate a world; the same specification gives the same world.

    Population follows a rank-size rule with ``size_exponent``; income and the share of talent increase with size;
    sector shares are national shares times lognormal noise.

    Parameters
    ----------
    spec : SyntheticWorld
    """
    rng = np.random.Generator(np.random.PCG64(spec.seed))
    n = spec.regions
    model = bundled_world("guangzhou", 2020)
    size = np.arange(1, n + 1, dtype=float) ** -spec.size_exponent
    heads = spec.people * size / size.mean()
    relative = heads / heads.mean()
    side = np.sqrt(heads.sum() / spec.density)
    x, y = rng.uniform(-side / 2, side / 2, (2, n))
    x[0] = y[0] = 0.0
    talent = np.clip(spec.talent_share * relative**spec.income_elasticity, 0.02, 0.6)
    shares = model.value_added.sum(axis=0) * np.exp(spec.specialisation * rng.standard_normal((n, len(SECTORS))))
    income = heads * spec.income * relative**spec.income_elasticity
    value_added = shares / shares.sum(axis=1, keepdims=True) * income[:, None]
    area = heads / spec.density * relative**-0.5
    area *= heads.sum() / spec.density / area.sum()
    regions = _regions(spec, x, y, side)
    ports = np.full(n, np.inf)
    ports[np.argsort(y)[: spec.ports]] = PORT_HOURS
    sales, spending = national.world_market(value_added)
    inputs, investment, government = national.baskets(value_added)
    people = np.column_stack([heads * (1 - talent), heads * talent])
    per_value = model.real_firms.sum(axis=0) / model.value_added.sum(axis=0)
    return World(
        name=spec.name, year=spec.year, sectors=model.sectors, trade_class=model.trade_class, regions=regions,
        people=people, value_added=value_added, capital=CAPITAL_RATIO * value_added.sum(axis=1),
        land=np.minimum(LAND_SHARE * area, BUILT_MOST * area), area_km2=area, unregistered=np.zeros((n, 2)),
        residence_cost=np.zeros(n), growth_trend=np.zeros(n), migration_target=np.zeros((n, 2)),
        natural_rate=np.zeros(n),
        graduation_rate=np.full(n, float(np.average(model.graduation_rate, weights=model.people[:, 0]))),
        emission_intensity=model.emission_intensity, real_firms=value_added * per_value,
        intermediate_share=model.intermediate_share, input_output=inputs,
        investment_basket=investment, government_basket=government, gateway_sales=sales,
        gateway_demand=spending, upstream=np.zeros((n, n)), national_taxes=np.ones(n, dtype=bool),
        network=Network(partial(neighbour_edges, regions), dict(TERMINAL_HOURS), internal_hours(area), ports),
        quality=pd.DataFrame("assumed", index=regions["id"], columns=list(FIGURES)),
        sources=dict.fromkeys(FIGURES, "generated"),
    )  # fmt: skip


def _regions(spec: SyntheticWorld, x: np.ndarray, y: np.ndarray, side: float) -> pd.DataFrame:
    """Return the region table: ids by size, provinces on a grid, the leading zone around the largest city."""
    n = spec.regions
    lat = MIDDLE[0] + y / KM_PER_DEGREE
    lon = MIDDLE[1] + x / (KM_PER_DEGREE * np.cos(np.radians(MIDDLE[0])))
    cell = [np.minimum(((c / side + 0.5) * spec.provinces).astype(int), spec.provinces - 1) for c in (x, y)]
    zone = np.full(n, "supporting", dtype=object)
    zone[np.argsort(np.hypot(x, y), kind="stable")[: 1 + int(spec.leading_share * n)]] = "leading"
    zone[0] = "centre"
    width = len(str(n))
    names = [f"c{k + 1:0{width}d}" for k in range(n)]
    return pd.DataFrame(
        {"id": names, "adcode": 0, "name_en": [name.upper() for name in names], "name_zh": names,
         "province": [f"p{a}_{b}" for a, b in zip(*cell, strict=True)], "area": "", "zone": zone, "circle": "",
         "belts": "", "points": "", "lat": lat, "lon": lon, "fitted": False}
    )  # fmt: skip
