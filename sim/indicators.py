"""The catalogue of indicators; `sim.analysis.indicators` computes them from results.

Configs refer to indicators by name, and looking up a name requires no library that reads results.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sim.catalogue import VARIABLES
from sim.groups import Group


@dataclass(frozen=True)
class Indicator:
    """A scalar that summarises a run in each year.

    Attributes
    ----------
    name, title, unit : str
    needs : tuple of str
        Recorded variables it is computed from.
    better : {+1, -1, 0}
        Direction of improvement for the supporting zone and its population; 0 where it is ambiguous.
    paired : bool
        Defined only relative to a baseline.
    group : Group, optional
        The group of regions it is limited to, if there is the same indicator of other groups.
    """

    name: str
    title: str
    unit: str
    needs: tuple[str, ...]
    better: int = 0
    paired: bool = False
    group: Group | None = None

    def of(self, group: Group) -> str:
        """Return the name of the same indicator of another group of regions; its own if it is of no group."""
        return self.name if self.group is None else f"{group}{self.name.removeprefix(self.group)}"


FLOWS: dict[str, str] = {
    "talent": "talent_flow",
    "worker": "worker_flow",
    "capital": "capital_flow",
    "firm": "firm_flow",
    "firm_capital": "firm_capital_flow",
}
HOURS = (1, 3, 5)
_GAINED = "real_income people public_outlay public_return public_equity public_claims"
# Of every group of regions: title, unit, required variables; more is better. Firms are real firms: the number of agents
# that represent them is a choice of sampling.
_OF_GROUPS: dict[str, tuple[str, str, str]] = {
    "value_added": ("Value added of {}", "million yuan/yr", "value_added"),
    "capital": ("Capital of {}", "million yuan", "capital"),
    "firms": ("Firms of {}", "firms", "real_firms"),
    "people": ("People of {}", "persons", "people"),
    "talent": ("Talent of {}", "persons", "people"),
    "real_income": ("Real income per head of {}", "yuan/person/yr", "real_income people"),
    "net_benefit": ("Net benefit, real income of {}", "million yuan/yr", _GAINED),
    "welfare_equivalent": ("Welfare gain of {} as consumption equivalent", "1", "welfare people"),
}
BREAK_EVEN = "break_even_cost"
_PROSPERITY = "real_income people services environment value_added"
_EXPORTED = "exports via_centre"
# The same, with the direction of improvement. Most are recorded on request (`record: all`).
_RELATIONS: dict[str, tuple[str, str, str, int]] = {
    "price_dispersion": ("Dispersion of the price of goods over {}", "1", "goods_price people", -1),
    "return_dispersion": ("Dispersion of gross returns to capital over {}", "1", "gross_return capital", -1),
    "export_share": ("Exports over gross output of {}", "1", "exports sales", 0),
    "gateway_share": ("Exports through the centre's port over exports of {}", "1", _EXPORTED, 0),
    "dormitory_ratio": ("Labour income of residents of {} over that paid there", "1", "labour_income labour_paid", 0),
    "to_centre": ("Value added per head of {} over the centre's", "1", "value_added people", 1),
    "catch_up": ("Growth of value added per head of {} over the centre's, per year", "1/yr", "value_added people", 1),
    "registered": ("People of {} with local residence rights", "1", "unregistered people", 1),
    "carrying_ratio": ("People per buildable land of {} over the base year's", "1", "carrying_ratio people", 0),
    "prosperity": ("Common prosperity of {}", "1", _PROSPERITY, 1),
    "prosperity_low": ("Common prosperity of {} without its best part", "1", _PROSPERITY, 1),
    "prosperity_high": ("Common prosperity of {} without its worst part", "1", _PROSPERITY, 1),
}
# Exponent or weight by name of the indicator.
AVERSIONS: dict[str, float] = {"half": 0.5, "1": 1.0, "2": 2.0}
WEIGHTS: dict[str, float] = {"25": 0.25, "50": 0.5, "75": 0.75}
LEVELS = ("areas", "circles", "regions")


def _of_groups() -> Iterator[Indicator]:
    for group in reversed(Group):  # the supporting zone first
        for name, (title, unit, needs) in _OF_GROUPS.items():
            relative = name == "welfare_equivalent"
            words = title.format(group.words), unit, tuple(needs.split())
            yield Indicator(f"{group}_{name}", *words, better=1, paired=relative, group=group)
        for name, (title, unit, needs, better) in _RELATIONS.items():
            words = title.format(group.words), unit, tuple(needs.split())
            yield Indicator(f"{group}_{name}", *words, better, group=group)


def _of_flows() -> Iterator[Indicator]:
    for word, flow in FLOWS.items():
        named = {"firm": "Relocating firm agents", "firm_capital": "Capital of relocating firms"}
        what = named.get(word, word.capitalize() + " flow")
        unit = "firm agents/yr" if word == "firm" else VARIABLES[flow].unit
        zones = (f"{flow}_zones",)
        for zone in ("pilot", "leading", "supporting"):
            good = 1 if zone == "supporting" else 0
            yield Indicator(f"{word}_net_{zone}", f"{what}, centre to {zone}, net", unit, zones, good)
            yield Indicator(f"{word}_gross_{zone}", f"{what}, centre and {zone}, gross", unit, zones)
            yield Indicator(f"{word}_effectiveness_{zone}", f"{what}, centre and {zone}, |net|/gross", "1", zones)
        yield Indicator(f"{word}_circulation_zones", f"{what}, balance between zone classes", "1", zones)
        yield Indicator(f"{word}_circulation", f"{what}, balance between regions", "1", (flow,))


def _of_all() -> Iterator[Indicator]:
    """Yield relations of all regions, and welfare at several weights on equality."""
    for name in ("price_dispersion", "return_dispersion", "export_share", "gateway_share", "registered"):
        title, unit, needs, better = _RELATIONS[name]
        whole = title.replace(" over {}", "").replace(" of {}", "")
        yield Indicator(name, whole, unit, tuple(needs.split()), better)
    for number, name in enumerate(LEVELS, start=1):
        title = f"Share of {name} (level {number}) in the Theil index"
        yield Indicator(f"theil_share_{name}", title, "1", ("value_added", "people", "area", "circle"))
    for name, aversion in AVERSIONS.items():
        title = f"Equally distributed equivalent of real income, aversion {aversion:g}"
        yield Indicator(f"equivalent_income_{name}", title, "yuan/person/yr", ("real_income", "people"), 1)
    for name, weight in WEIGHTS.items():
        title = f"Planner's welfare, weight {weight:g} on equality of zone classes"
        yield Indicator(f"planner_{name}", title, "1", ("real_income", "value_added", "people"), 1)
    yield Indicator("poles", "Regions whose value added per km2 exceeds all within 3 h", "regions", ("pole",))
    yield Indicator("primacy", "Value added of the largest pole over the second", "1", ("pole", "value_added"))


def _build() -> dict[str, Indicator]:
    rows: list[Indicator] = []

    def add(name: str, title: str, unit: str, needs: str, better: int = 0, paired: bool = False) -> None:
        rows.append(Indicator(name, title, unit, tuple(needs.split()), better, paired))

    heads = "value_added people"
    add("theil", "Theil index of value added per head", "1", heads, -1)
    for labels, word in (("zone", "zone classes"), ("province", "provinces")):
        suffix = "" if labels == "zone" else "_provinces"
        add(f"theil_between_{labels}s", f"Theil index between {word}", "1", heads, -1)
        add(f"theil_within{suffix}", f"Theil index within {word}", "1", heads, -1)
    add("gini", "Gini coefficient of value added per head", "1", heads, -1)
    add("cv", "Coefficient of variation of value added per head", "1", heads, -1)
    add("morans_i", "Moran's I of value added per head, weights of inverse distance", "1", f"{heads} lat lon")
    add("krugman", "Krugman's index of specialisation, mean over value added", "1", "value_added")
    add("centre_share", "Centre's share of value added", "1", "value_added")
    rows.extend(_of_groups())
    add("value_added", "Value added", "million yuan/yr", "value_added", 1)
    add("real_income", "Real income per head", "yuan/person/yr", "real_income people", 1)
    rows.extend(_of_flows())
    for hours in HOURS:
        add(f"accessibility_{hours}h", f"People within {hours} h of a supporting region, mean", "persons",
            f"accessible_{hours}h", 1)  # fmt: skip
    add("hinterland_radius", "Hours to the centre in its hinterland, mean", "h", "hinterland centre_hours people")
    add("firm_entry_rate", "Firm agents founded per firm agent", "1/yr", "firm_entry firms")
    add("firm_exit_rate", "Firm agents closed per firm agent", "1/yr", "firm_exit firms")
    add("migration_rate", "Moves per head", "1/yr", "talent_flow_zones worker_flow_zones people")
    add("firm_size_tail", "Hill exponent of the largest firm agents' sizes", "1", "firm_size_tail")
    add("emissions", "Carbon dioxide emissions", "kt CO2/yr", "emissions", -1)
    add("public_outlay", "Public outlay for mechanisms, gross", "million yuan/yr", "public_outlay", -1)
    add("public_net_cost", "Public cost, net of returns and assets at the end", "million yuan/yr",
        "public_outlay public_return public_equity public_claims", -1)  # fmt: skip
    add("own_revenue", "Own revenue of cities, provinces and the nation", "million yuan/yr", "own_revenue", 1)
    add("net_benefit", "Net benefit, real income of all regions", "million yuan/yr", _GAINED, 1)
    add(BREAK_EVEN, "Break-even net cost, net benefit of all regions zero", "million yuan/yr", "real_income people", 1,
        paired=True)  # fmt: skip
    rows.extend(_of_all())
    add("welfare", "Welfare, mean expected utility", "1", "welfare people", 1)
    add("welfare_equivalent", "Welfare gain as consumption equivalent", "1", "welfare people", 1, paired=True)
    return {row.name: row for row in rows}


INDICATORS: dict[str, Indicator] = _build()

# Indicators of the headline table -> aggregation over years; where prices are not known `BREAK_EVEN` follows.
HEADLINE: dict[str, str] = {
    "supporting_value_added": "last",
    "value_added": "last",
    "supporting_capital": "last",
    "supporting_firms": "last",
    "supporting_talent": "last",
    "supporting_real_income": "last",
    "theil": "last",
    "theil_between_zones": "last",
    "gini": "last",
    "centre_share": "last",
    "talent_net_supporting": "sum",
    "capital_net_supporting": "sum",
    "firm_capital_net_supporting": "sum",
    "hinterland_radius": "last",
    "welfare_equivalent": "last",
    "supporting_welfare_equivalent": "last",
    "public_outlay": "present",
    "public_net_cost": "present",
    "own_revenue": "present",
    "net_benefit": "present",
    "supporting_net_benefit": "present",
}
