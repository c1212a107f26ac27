"""Mesa citizens: cities as agents, firms as rows of columns."""

from sim.agents.city import City
from sim.agents.firm import Firm, FirmSet

__all__ = ["City", "Firm", "FirmSet"]
