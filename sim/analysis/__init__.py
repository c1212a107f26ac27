"""Indicators, inequality and paired differences, from results only."""

from sim.analysis.convergence import beta, sigma
from sim.analysis.indicators import INDICATORS, Indicator, available, evaluate, welfare_equivalent
from sim.analysis.inequality import cv, gini, theil, theil_decomposition
from sim.analysis.paired import HEADLINE, cost_effectiveness, headline_table, pair_differences, paired
from sim.analysis.places import exchange
from sim.analysis.spatial import inverse_distance, morans_i
from sim.analysis.specialisation import krugman, location_quotient

__all__ = [
    "HEADLINE",
    "INDICATORS",
    "Indicator",
    "available",
    "beta",
    "cost_effectiveness",
    "cv",
    "evaluate",
    "exchange",
    "gini",
    "headline_table",
    "inverse_distance",
    "krugman",
    "location_quotient",
    "morans_i",
    "pair_differences",
    "paired",
    "sigma",
    "theil",
    "theil_decomposition",
    "welfare_equivalent",
]
