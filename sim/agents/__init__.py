"""Mesa agents: cities as agents, firms as rows of a table."""

from sim.agents.city import City, CitySet
from sim.agents.firm import Firm, FirmSet

__all__ = ["City", "CitySet", "Firm", "FirmSet"]
