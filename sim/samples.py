"""Points in the unit cube: samples that fill it, and those that methods of sensitivity analysis ask for.

Each is a pure function of its arguments, so that whoever reads results can tell again where in the cube a point lay.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy

LEVELS = 4  # of the grid on which Morris's trajectories walk; a step is 2/3 of the range


def _random(samples: int, count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random((samples, count))


def _latin_hypercube(samples: int, count: int, seed: int) -> np.ndarray:
    return scipy.stats.qmc.LatinHypercube(count, seed=np.random.default_rng(seed)).random(samples)


def _sobol(samples: int, count: int, seed: int) -> np.ndarray:
    sampler = scipy.stats.qmc.Sobol(count, scramble=True, seed=np.random.default_rng(seed))
    return sampler.random_base2(samples.bit_length() - 1)


FILLING: dict[str, Callable[[int, int, int], np.ndarray]] = {
    "random": _random,
    "latin_hypercube": _latin_hypercube,
    "sobol": _sobol,
}
METHODS = ("morris", "sobol", "pawn")


def is_power_of_two(number: int) -> bool:
    """Return whether a number is 1, 2, 4, 8, ..."""
    return number > 0 and number & (number - 1) == 0


def filling(design: str, samples: int, count: int, seed: int) -> np.ndarray:
    """Return points that fill the unit cube.

    Parameters
    ----------
    design : {"random", "latin_hypercube", "sobol"}
        ``sobol``: the Sobol' sequence with the scrambling of Owen (1998), which takes a power of two. More samples of
        ``random`` and ``sobol`` begin with the fewer ones; those of a Latin hypercube (McKay, Beckman & Conover 1979)
        are all others.
    samples, count : int
        Points, dimensions.
    seed : int

    Returns
    -------
    (samples, count) float in [0, 1)
    """
    return FILLING[design](samples, count, seed)


def asked(method: str, samples: int, count: int, seed: int, second_order: bool = False) -> np.ndarray:
    """Return the points that a method of sensitivity analysis asks for; more samples begin with the fewer ones.

    Parameters
    ----------
    method : {"morris", "sobol", "pawn"}
        ``morris``: trajectories of Morris (1991); ``sobol``: blocks of Saltelli (2002), a power of two of them;
        ``pawn``: random points, which fit every method that takes given data (Pianosi & Wagener 2018).
    samples : int
        Trajectories, blocks, or points.
    count : int
        Inputs.
    seed : int
    second_order : bool
        Whether the blocks tell pairs of inputs too.

    Returns
    -------
    (samples x `together(...)`, count) float in [0, 1]
    """
    if method == "pawn":
        return filling("random", samples, count, seed)
    from SALib.sample import morris, sobol  # takes most of a second, and few runs need it

    problem = cube(count)
    random = np.random.default_rng(seed)
    if method == "morris":
        return morris.sample(problem, samples, num_levels=LEVELS, seed=random)
    return sobol.sample(problem, samples, calc_second_order=second_order, seed=random)


def together(method: str, count: int, second_order: bool = False) -> int:
    """Return how many points in a row belong to one sample: a trajectory, a block, one point."""
    if method == "morris":
        return count + 1
    if method == "sobol":
        return 2 * count + 2 if second_order else count + 2
    return 1


def cube(count: int) -> dict[str, object]:
    """Return the unit cube as SALib describes the space of the inputs."""
    return {"num_vars": count, "names": [str(k) for k in range(count)], "bounds": [[0.0, 1.0]] * count}
