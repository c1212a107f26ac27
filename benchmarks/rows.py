"""The table: what is measured, against which target, and by which function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

from benchmarks import exactness, large, memory, phases, sweeps, versions
from benchmarks.harness import Figure, Plan


@dataclass(frozen=True)
class Bound:
    """A target: at most, or at least, a number; without one a figure is only reported."""

    sign: str = ""
    limit: float = 0.0

    def __str__(self) -> str:
        return f"{self.sign} {self.limit:,g}" if self.sign else "-"

    def verdict(self, value: float) -> str:
        """Return ``ok``, ``missed`` or ``reported``; no number is never ok."""
        if not self.sign:
            return "reported"
        kept = value <= self.limit if self.sign == "≤" else value >= self.limit
        return "ok" if kept else "missed"


def at_most(limit: float) -> Bound:
    """Return the target of a cost."""
    return Bound("≤", limit)


def at_least(limit: float) -> Bound:
    """Return the target of a gain."""
    return Bound("≥", limit)


REPORTED = Bound()


@dataclass(frozen=True)
class Row:
    """One row of the table, with a target for each of its cases.

    Attributes
    ----------
    name : str
        By which ``--only`` chooses it.
    what : str
    cases : mapping of str to Bound
    measure : callable
        Takes a plan and returns a figure for each case.
    seconds : float
        About what it takes, for the time left.
    """

    name: str
    what: str
    cases: Mapping[str, Bound]
    measure: Callable[[Plan], dict[str, Figure]]
    seconds: float


def from_module(module: str, function: str, cases: Mapping[str, str]) -> Callable[[Plan], dict[str, Figure]]:
    """Return a measure that calls a function of another module; its numbers, by key, are the cases.

    Parameters
    ----------
    module, function : str
    cases : mapping of str to str
        Case by key of the function's numbers; the others are given in the note.
    """

    def measure(plan: Plan) -> dict[str, Figure]:
        numbers = getattr(import_module(f"benchmarks.{module}"), function)()
        note = ", ".join(f"{name} {value:.4g}" for name, value in numbers.items() if name not in cases)
        return {case: Figure(float(numbers[key]), note, numbers) for key, case in cases.items()}

    return measure


ROWS = (
    Row(
        "bandwidth", "memory, one thread, GB/s", {"read": REPORTED, "triad": REPORTED}, memory.bandwidth, 5,
    ),
    Row(
        "read", "all firm phases of a year ÷ read pass of 17 bytes × firms, 1 thread",
        {
            "1e6 firms, 30 cities": at_most(25), "1e6 firms, 340 cities": at_most(40),
            "1e7 firms, 30 cities": at_most(25), "1e7 firms, 340 cities": at_most(40),
        }, phases.over_read_pass, 120,
    ),
    Row(
        "objects", "firms as ordinary Mesa objects ÷ ours, firm phases",
        {
            "1e4 firms, 30 cities": at_least(1000), "1e4 firms, 30 cities, whole year": REPORTED,
            "1e5 firms, 30 cities": at_least(2000), "1e5 firms, 30 cities, whole year": REPORTED,
            "1e4 firms, 340 cities": at_least(300), "1e4 firms, 340 cities, whole year": REPORTED,
        }, phases.objects_over_ours, 25,
    ),
    Row(
        "numpy", "expert numpy ÷ ours, firm phases",
        {"1e6 firms, 340 cities": at_least(8), "1e6 firms, 340 cities, whole year": REPORTED},
        phases.numpy_over_ours, 15,
    ),
    Row(
        "relocation", "naive relocation ÷ ours",
        {
            "30 cities": at_least(50), "30 cities, only those who reconsider": REPORTED,
            "340 cities": at_least(250), "340 cities, only those who reconsider": REPORTED,
            "2800 cities": at_least(1000), "2800 cities, only those who reconsider": REPORTED,
        }, phases.naive_over_ours, 120,
    ),
    Row("sums", "naive sums by city and sector ÷ ours", {"1e6 firms, 340 cities": REPORTED}, phases.naive_sums, 5),
    Row(
        "threads", "firm phases on one thread ÷ on two",
        {"1e6 firms, 30 cities": at_least(1.5), "1e6 firms, 340 cities": at_least(1.5)}, phases.two_threads, 10,
    ),
    Row(
        "growth", "growth exponent of firm phases",
        {"firms 1e5 to 1e7, 340 cities": at_most(1.1), "cities 30 to 2,800, 1e6 firms": at_most(0.75)},
        phases.growth, 80,
    ),
    Row(
        "market", "market solve at 2,800 cities",
        {"share of time in matrix products": at_least(0.7), "product ÷ STREAM": at_least(0.7)},
        from_module("market", "market_solve",
               {"share_in_products": "share of time in matrix products",
                "product_over_stream": "product ÷ STREAM"}), 60,
    ),
    Row(
        "mechanisms", "a mechanism of every kind at once ÷ baseline, world china",
        {"a year": at_most(1.5), "hooks of the slowest kind, ms a year": REPORTED},
        from_module("market", "mechanisms_over_baseline",
                    {"ratio": "a year", "slowest": "hooks of the slowest kind, ms a year"}), 90,
    ),
    Row(
        "recording", "recording full panels ÷ not recording",
        {"all variables of all regions": at_most(1.25), "flows of all pairs and payments, too": REPORTED},
        from_module("market", "recording_over_not",
               {"panels_over_none": "all variables of all regions",
                "full_over_none": "flows of all pairs and payments, too"}), 60,
    ),
    Row(
        "sweep", "sweep ÷ bare loop, runs a second and core, 1e4 firms, 30 cities, 40 years",
        {"2 workers, by worker": at_least(0.85)}, sweeps.sweep_over_bare, 150,
    ),
    Row(
        "large", "10 million firms, world china, 20 years",
        {"peak, GB": at_most(12), "bytes a firm at the peak": at_most(64), "seconds": REPORTED}, large.ten_million, 120,
    ),
    Row(
        "luck", "common random numbers: choices that differ ÷ least possible",
        {"30 cities": at_most(2), "340 cities": at_most(2)}, exactness.common_random_numbers, 20,
    ),
    Row(
        "bits", "1 and 2 threads; conserved totals",
        {
            "arrays that differ": at_most(0), "firms missing from the ledger": at_most(0),
            # Capital and people are numbers of double precision: exact to their rounding.
            "largest relative break": at_most(1e-12),
        }, exactness.bit_identity, 10,
    ),
    Row(
        "year", "a year ÷ a year of 520f6aa, in turn", {"baseline": at_most(1.35), "china, 1e5 firms": at_most(1.35)},
        versions.year_over_before, 90,
    ),
    Row(
        "startup", "start-up, seconds",
        {"--help": at_most(0.4), "check": at_most(1), "run, warm": at_most(2.5), "run, cold": at_most(20)},
        from_module("startup", "startup",
               {"help": "--help", "check": "check", "run": "run, warm", "cold run": "run, cold"}), 60,
    ),
)  # fmt: skip
