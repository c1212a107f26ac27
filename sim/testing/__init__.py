"""Contracts of kinds of mechanisms and of city rules, for their authors: check all rules, or one by one in a test.

>>> from sim.testing import check_city, check_mechanism
>>> check_mechanism(MyKind)  # doctest: +SKIP
>>> check_city(MyCity)  # doctest: +SKIP
"""

from sim.testing.cities import check_city, city_contracts
from sim.testing.contracts import ContractBroken, Rule, check_mechanism, contracts
from sim.testing.playing import Played, differing, play, scenario_with
from sim.testing.world import made_up_outcome, small_world

__all__ = [
    "ContractBroken",
    "Played",
    "Rule",
    "check_city",
    "check_mechanism",
    "city_contracts",
    "contracts",
    "made_up_outcome",
    "play",
    "differing",
    "scenario_with",
    "small_world",
]
