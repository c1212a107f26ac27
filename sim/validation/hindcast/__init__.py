"""Hindcast of all regions from 2010 to 2020, compared with observations and with other forecasts."""

from sim.validation.hindcast.rows import hindcast_rows
from sim.validation.hindcast.runs import Hindcast, bundled_hindcast, run_hindcast
from sim.validation.hindcast.tables import write_errors, write_scores

__all__ = ["Hindcast", "bundled_hindcast", "hindcast_rows", "run_hindcast", "write_errors", "write_scores"]
