"""Indicators, inequality and paired differences, from results only."""

from sim.analysis.indicators import INDICATORS, Indicator, available, evaluate, welfare_equivalent
from sim.analysis.inequality import cv, gini, theil, theil_decomposition
from sim.analysis.paired import HEADLINE, cost_effectiveness, headline_table, pair_differences, paired
from sim.analysis.places import exchange

__all__ = [
    "HEADLINE",
    "INDICATORS",
    "Indicator",
    "available",
    "cost_effectiveness",
    "cv",
    "evaluate",
    "exchange",
    "gini",
    "headline_table",
    "pair_differences",
    "paired",
    "theil",
    "theil_decomposition",
    "welfare_equivalent",
]
