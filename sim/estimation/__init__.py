"""From an observed table of flows to parameters: gravity by Poisson pseudo-maximum likelihood."""

from sim.estimation.gravity import Estimate, Fit, fit
from sim.estimation.run import estimate, run_estimation
from sim.estimation.table import Flows, read_flows

__all__ = ["Estimate", "Fit", "Flows", "estimate", "fit", "read_flows", "run_estimation"]
