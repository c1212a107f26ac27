"""Facts of trade in the base year, with which published figures are compared (docs/model.md 9.20)."""

from __future__ import annotations

import numpy as np

from sim.economy.base import Base
from sim.kernels.products import spread_one
from sim.world import World
from sim.world.types import TRADE

SMALL = 3e6  # persons


def trade_facts(world: World, base: Base) -> dict[str, float]:
    """Return facts of trade in the base year.

    Returns
    -------
    dict of str to float
        ``interprovincial_trade``: share of sales to another province in domestic sales of intermediates, investment and
        household goods and business services; consumer services, and farm products eaten by households of the same
        prefecture, are left out, as they are in value-added-tax invoices. ``own_consumer_services``: share of consumer
        services that prefectures of less than `SMALL` people buy at home, by purchases.
        ``goods_exports``: sales of goods abroad over value added.
    """
    m = base.market
    province = np.unique(world.regions["province"].to_numpy(str), return_inverse=True)[1]
    crossed, total, own, bought, abroad = 0.0, 0.0, 0.0, 0.0, 0.0
    local, goods = TRADE.index("local_services"), TRADE.index("goods")
    same = world.home[:, None] == world.home[None, :]
    small = (same @ world.people.sum(axis=1)) < SMALL
    households = (1.0 - m.housing) * base.regional.consumption[:, None] * m.consumption
    for s, c in enumerate(world.trade_class):
        phi = m.freeness[c]
        supply = m.capacity[:, s]
        index = spread_one(phi, supply.copy())
        flow = supply[:, None] * phi.T * (base.spent[:, s] / index)[None, :]
        if c == goods:
            abroad += float(flow[:-1, -1].sum())
        flow = flow[:-1, :-1]
        if c == local:
            own += float((flow * same).sum(axis=0)[small].sum())
            bought += float(base.spent[:-1, s][small].sum())
            continue
        if world.sectors[s] == "agriculture":
            flow = flow * (1.0 - same * (households[:, s] / base.spent[:-1, s]))
        total += float(flow.sum())
        crossed += float((flow * (province[:, None] != province[None, :])).sum())
    return {
        "interprovincial_trade": crossed / total if total else np.nan,
        "own_consumer_services": own / bought if bought else np.nan,
        "goods_exports": abroad / float(world.value_added.sum()),
    }
