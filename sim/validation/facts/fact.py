"""A stylised fact: a published figure with its range, and the function that computes the figure of the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
from ruamel.yaml import YAML

from sim.validation.facts.runs import Runs
from sim.validation.rows import Row

Measure = Callable[[Runs], float]
COMPUTED, REPORTED = "computed", "reported"


class Bar(NamedTuple):
    """A published figure, and the range in which the figure of the model passes."""

    value: float
    low: float
    high: float


def within(value: float, half: float) -> Bar:
    """Return a figure with a symmetric range.

    Examples
    --------
    >>> within(0.5, 0.25)
    Bar(value=0.5, low=0.25, high=0.75)
    """
    return Bar(value, value - half, value + half)


@dataclass(frozen=True)
class Fact:
    """A published figure and that of the model.

    Attributes
    ----------
    key : str
        Of the file `facts.yaml`.
    name : str
        What is compared, with its unit.
    source : str
        Publication or statistic, and where it was read.
    why : str
        Why this range; of a fact that is only reported, why it counts for nothing.
    how : str
        How the figure of the model is computed.
    data : callable (runs) to Bar
    model : callable (runs) to float
        NaN if it is not computed.
    fitted : bool
        Whether a parameter was fitted to it, or set from it.
    counts : bool
        False: reported, without a verdict.
    """

    key: str
    name: str
    source: str
    why: str
    how: str
    data: Callable[[Runs], Bar]
    model: Measure
    fitted: bool
    counts: bool

    def row(self, runs: Runs) -> Row:
        """Compute both figures and compare them."""
        bar, found = self.data(runs), float(self.model(runs))
        passed = bool(bar.low <= found <= bar.high) if self.counts else None
        expected = "" if np.isnan(bar.value) else float(bar.value)
        return Row("facts", self.name, expected, found, _half(bar) if self.counts else None, passed, self._detail(bar))

    def _detail(self, bar: Bar) -> str:
        limits = f"{bar.low:.3g} to {bar.high:.3g}" if self.counts else self.why
        return f"{limits}; {'used in the fit' if self.fitted else 'not used in the fit'}; {self.source}"


def _half(bar: Bar) -> float | None:
    """Return the tolerance of a symmetric range."""
    low, high = bar.value - bar.low, bar.high - bar.value
    return float(high) if np.isclose(low, high) else None


def read_facts(models: Mapping[str, Measure], bars: Mapping[str, Callable[[Runs], Bar]]) -> tuple[Fact, ...]:
    """Read `facts.yaml` and add the functions.

    Parameters
    ----------
    models : mapping
        The figure of the model, by key of the file.
    bars : mapping
        Figures and ranges that the file leaves to be computed.
    """
    with (resources.files("sim.validation.facts") / "facts.yaml").open(encoding="utf-8") as file:
        entries: dict[str, dict[str, Any]] = YAML(typ="safe").load(file)
    return tuple(_fact(key, entry, models[key], bars.get(key)) for key, entry in entries.items())


def _fact(key: str, entry: dict[str, Any], model: Measure, bar: Callable[[Runs], Bar] | None) -> Fact:
    counts = entry.get("range") != REPORTED
    if entry["data"] == COMPUTED:
        assert bar is not None, key
        data = bar
    else:
        value = np.nan if entry["data"] is None else float(entry["data"])
        low, high = map(float, entry["range"]) if counts else (np.nan, np.nan)
        given = Bar(value, low, high)

        def data(runs: Runs) -> Bar:
            return given

    texts = {name: str(entry[name]) for name in ("source", "why", "how")}
    return Fact(
        key, str(entry["fact"]), **texts, data=data, model=model, fitted=bool(entry.get("fitted")), counts=counts
    )
