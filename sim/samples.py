"""Designs in the unit cube: space-filling samples, and the samples of sensitivity analysis methods.

Each is a pure function of its arguments, so that the design can be reconstructed when results are analysed. The points
equal those of SciPy and SALib bit for bit, which the tests compare. The libraries themselves take more than a second to
import, and the design is laid out whenever a config is checked, so they are not used here.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources

import numpy as np

LEVELS = 4  # of the grid of Morris's trajectories; a step is 2/3 of the range
BITS = 30  # per coordinate of Sobol' points


def _uniform(samples: int, count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random((samples, count))


def _generator(seed: int) -> np.random.Generator:
    """Return the generator that the samplers of SciPy and SALib derive from a given one."""
    return np.random.default_rng(seed).spawn(1)[0]


def _latin_hypercube(samples: int, count: int, seed: int) -> np.ndarray:
    random = _generator(seed)
    within = random.random((samples, count))
    strata = np.tile(np.arange(1, samples + 1), (count, 1))
    for row in strata:
        random.shuffle(row)
    return (strata.T - within) / samples


def _sobol(samples: int, count: int, seed: int) -> np.ndarray:
    random = _generator(seed)
    weights = 2 ** np.arange(BITS, dtype=np.uint32)[::-1]  # of the binary digits; the first is worth one half
    shift = random.integers(2, size=(count, BITS), dtype=np.uint32) @ weights[::-1]
    mixing = np.tril(random.integers(2, size=(count, BITS, BITS), dtype=np.uint32), -1) + np.eye(BITS, dtype=np.uint32)
    digits = directions(count)[:, :, None] // weights & 1
    scrambled = (digits @ mixing.transpose(0, 2, 1) & 1) @ weights
    points = shift[None, :]
    while len(points) < samples:  # in Gray code order the second half mirrors the first, with one more digit
        points = np.concatenate([points, points[::-1] ^ scrambled[:, len(points).bit_length() - 1]])
    return points * 2.0**-BITS


def directions(count: int) -> np.ndarray:
    """Return the direction numbers of the Sobol' sequence, one per coordinate and binary digit.

    The initial numbers are those of Joe & Kuo (2008), shipped with SciPy; the recurrence is in Bratley & Fox (1988).

    Returns
    -------
    (count, `BITS`) uint32
    """
    with (resources.files("scipy") / "stats" / "_sobol_direction_numbers.npz").open("rb") as file:
        known = np.load(file)
        polynomials, initial = known["poly"][:count].tolist(), known["vinit"][:count].tolist()
    found = [[1] * BITS]
    for polynomial, numbers in zip(polynomials[1:], initial[1:], strict=True):
        degree = polynomial.bit_length() - 1
        row = numbers[:degree]
        for k in range(degree, BITS):
            number = row[k - degree]
            for back in range(1, degree + 1):
                if polynomial >> (degree - back) & 1:
                    number ^= row[k - back] << back
            row.append(number)
        found.append(row)
    return np.array(found, dtype=np.uint32)[:count] << np.arange(BITS, dtype=np.uint32)[::-1]


def _morris(samples: int, count: int, seed: int) -> np.ndarray:
    random = _generator(seed)
    step = LEVELS / (2 * (LEVELS - 1))
    grid = np.linspace(0, 1 - step, LEVELS // 2)
    trajectories = []
    for _ in range(samples):
        order = np.eye(count)
        random.shuffle(order)
        signs = random.choice([-1, 1], count)
        # the k-th point is k steps from the first; a downward step starts where an upward one ends
        steps = 2.0 * np.tril(np.ones((count + 1, count)), -1) @ order.T - 1.0
        trajectories.append(random.choice(grid, count) + step / 2 * (steps * signs + 1.0))
    return np.concatenate(trajectories)


def _saltelli(samples: int, count: int, seed: int, second_order: bool) -> np.ndarray:
    points = _sobol(samples, 2 * count, seed)
    one, two, own = points[:, None, :count], points[:, None, count:], np.eye(count, dtype=bool)
    mixed = [np.where(own, two, one), *([np.where(own, one, two)] if second_order else [])]
    return np.concatenate([one, *mixed, two], axis=1).reshape(-1, count)


SPACE_FILLING: dict[str, Callable[[int, int, int], np.ndarray]] = {
    "random": _uniform,
    "latin_hypercube": _latin_hypercube,
    "sobol": _sobol,
}
METHODS = ("morris", "sobol", "pawn")


def is_power_of_two(number: int) -> bool:
    """Return whether a number is 1, 2, 4, 8, ..."""
    return number > 0 and number & (number - 1) == 0


def space_filling(design: str, samples: int, count: int, seed: int) -> np.ndarray:
    """Return a space-filling sample of the unit cube.

    Parameters
    ----------
    design : {"random", "latin_hypercube", "sobol"}
        ``sobol``: the Sobol' sequence with the scrambling of Owen (1998), for a power of two samples. Larger samples of
        ``random`` and ``sobol`` extend smaller ones; those of a Latin hypercube (McKay, Beckman & Conover 1979) do not.
    samples, count : int
        Numbers of points and of dimensions.
    seed : int

    Returns
    -------
    (samples, count) float in [0, 1)
    """
    return SPACE_FILLING[design](samples, count, seed)


def method_points(method: str, samples: int, count: int, seed: int, second_order: bool = False) -> np.ndarray:
    """Return the sample of a sensitivity analysis method; larger samples extend smaller ones.

    Parameters
    ----------
    method : {"morris", "sobol", "pawn"}
        ``morris``: trajectories of Morris (1991); ``sobol``: blocks of Saltelli (2002), a power of two of them;
        ``pawn``: random points, as for any given-data method (Pianosi & Wagener 2018).
    samples : int
        Number of trajectories, blocks, or points.
    count : int
        Number of inputs.
    seed : int
    second_order : bool
        Whether the blocks allow second-order indices.

    Returns
    -------
    (samples x `points_per_sample(...)`, count) float in [0, 1]
    """
    if method == "pawn":
        return space_filling("random", samples, count, seed)
    if method == "morris":
        return _morris(samples, count, seed)
    return _saltelli(samples, count, seed, second_order)


def points_per_sample(method: str, count: int, second_order: bool = False) -> int:
    """Return the number of consecutive points per sample: a trajectory, a block, a single point."""
    if method == "morris":
        return count + 1
    if method == "sobol":
        return 2 * count + 2 if second_order else count + 2
    return 1


def unit_cube(count: int) -> dict[str, object]:
    """Return the unit cube as a SALib problem definition."""
    return {"num_vars": count, "names": [str(k) for k in range(count)], "bounds": [[0.0, 1.0]] * count}
