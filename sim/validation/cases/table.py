"""Reported figures of documented parks: the file `cases.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from ruamel.yaml import YAML

BASE_YEAR = 2010  # of the bundled cases; money of the model is in its prices
MONEY = "billion yuan"
QUALITIES = ("observed", "derived", "reported")


@dataclass(frozen=True)
class Reported:
    """A reported figure of a park.

    Attributes
    ----------
    figure : str
        Figure of the model with which it is compared, see `sim.validation.cases.figures`.
    years : int
        After the start of works or the opening.
    value : float
        In `unit`; money in that of `year`.
    unit : str
    year : int
        Calendar year.
    source : str
        Publication, and where it was read.
    quality : str
        One of `QUALITIES`.
    why : str
        What it contains; of a figure without a range, what stands against a comparison.
    range : (float, float) or None
        In which multiples of it the figure of the model passes; None if it is only reported.
    """

    figure: str
    years: int
    value: float
    unit: str
    year: int
    source: str
    quality: str
    why: str
    range: tuple[float, float] | None = None

    @property
    def text(self) -> str:
        """What was reported, with unit and year."""
        return f"{self.value:g}{'' if self.unit == '1' else ' ' + self.unit} in {self.year}"

    def at_base_prices(self, index: Mapping[int, float]) -> float:
        """Return the figure in money of the base year.

        Parameters
        ----------
        index : mapping of int to float
            Deflator of GDP by year.

        Examples
        --------
        >>> sales = Reported("output", 5, 12.0, "billion yuan", 2015, "", "observed", "")
        >>> sales.at_base_prices({2010: 100.0, 2015: 120.0})
        10.0
        """
        return self.value * index[BASE_YEAR] / index[self.year] if self.unit == MONEY else self.value


@dataclass(frozen=True)
class Case:
    """A documented park: the name of its bundled comparison, and what was reported of it."""

    name: str
    comparison: str
    figures: tuple[Reported, ...]

    def reported(self, figure: str, years: int) -> Reported | None:
        """Return what was reported of a figure after some years, if anything."""
        return next((r for r in self.figures if (r.figure, r.years) == (figure, years)), None)


def _case(entry: dict[str, Any]) -> Case:
    figures = ({**f, "range": tuple(map(float, f["range"])) if "range" in f else None} for f in entry["figures"])
    return Case(entry["case"], entry["comparison"], tuple(Reported(**f) for f in figures))


def _read() -> dict[str, Any]:
    with (resources.files("sim.validation.cases") / "cases.yaml").open(encoding="utf-8") as file:
        data: dict[str, Any] = YAML(typ="safe").load(file)
    return data


_DATA = _read()
CASES: tuple[Case, ...] = tuple(_case(entry) for entry in _DATA["cases"])
DEFLATOR: dict[int, float] = _DATA["deflator"]["index"]
# Employed persons over all people. In the model all people that are not unemployed are employed, dependants included.
EMPLOYED: float = _DATA["employed"]["share"]
