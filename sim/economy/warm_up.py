"""Compile the kernels of the economy by small calls with the argument types of a run."""

from __future__ import annotations

import numpy as np

from sim.economy.base import Plots
from sim.economy.base_year.inversion import first_solution, solve_base
from sim.economy.firms.growth import Growth
from sim.economy.firms.productivity import process_of
from sim.economy.firms.steps import Choice, Firms
from sim.economy.year.produce import ITERATIONS, MEMORY, TOLERANCE
from sim.kernels.market import solve_fixed_point
from sim.parameters import Capital, Industry, Parameters
from sim.world import first_hours, load_world


def warm_up_market() -> None:
    """Compile the kernels of the market and of the base year by solving a small world."""
    world = load_world("guangzhou", 2020)
    base = solve_base(world, first_hours(world)[1], Parameters())
    start = first_solution(base, world)
    solve_fixed_point(base.market, start, TOLERANCE, ITERATIONS, MEMORY, 1.0)


def warm_up_firms() -> None:
    """Compile the kernels of firms by running one year of a few firms."""
    params, cells, none = Industry(), np.ones((2, 2)), np.zeros((0, 2))
    keys = np.zeros(0, np.uint64)
    firms = Firms.create(cells, 100, cells, process_of(params, Capital(), 5.0), params, 1, base_year=2020)
    firms.by_class(np.zeros(2, int), cells)
    firms.exit(cells, 1, 2020, params, 0.05)
    plots = Plots(cells, cells, cells, np.zeros(2), 0.5, np.arange(2))
    choice = Choice(cells, plots, np.zeros(2), cells, cells, none, none, keys, np.zeros(0))
    firms.relocate(choice, params, 1, 2020)
    firms.relocate_expected(choice, params, 2020)
    firms.enter(cells, none, cells, none, cells, keys, 1, 2020, params)
    firms.renew(Growth(firms, none), 1, 2020)
