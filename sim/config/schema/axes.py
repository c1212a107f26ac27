"""What a key may be: a list of values, or a range with a low and a high end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field, model_serializer, model_validator

from sim.config.text.problems import validate
from sim.parameters import Strict

_DIGITS = 12  # 0.1 + 0.2 is written, stored and read again as 0.3


class Range(Strict):
    """All numbers between two ends, or some of them at equal steps (at equal ratios on a log scale)."""

    low: float = Field(alias="from", description="First value")
    high: float = Field(alias="to", description="Last value")
    steps: int | None = Field(default=None, ge=2, le=10_000, description="Number of values, for the designs grid, list")
    scale: Literal["linear", "log"] = Field(default="linear", description="Equal steps or equal ratios")
    whole: bool = Field(default=False, description="Whole numbers only")

    def __init__(
        self, low: float, high: float, *, steps: int | None = None, scale: Literal["linear", "log"] = "linear",
        whole: bool = False,
    ) -> None:  # fmt: skip
        # ``from`` is a word of Python's own.
        given = {"from": low, "to": high, "steps": steps, "scale": scale, "whole": whole}
        self.__pydantic_validator__.validate_python(given, self_instance=self)

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined] # data have the keys of a config

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        if self.low >= self.high:
            raise ValueError(f"from {self.low:g} is not below to {self.high:g}; expected from < to")
        if self.scale == "log" and self.low <= 0:
            raise ValueError(f"from {self.low:g} has no logarithm; expected more than 0 on a log scale")
        return self

    @model_serializer
    def _written(self) -> dict[str, Any]:
        data = {"from": self.low, "to": self.high, "steps": self.steps, "scale": self.scale, "whole": self.whole}
        return {key: value for key, value in data.items() if value is not None and value is not False}

    def values(self) -> tuple[int | float, ...]:
        """Return the values at equal steps, whole ones as whole numbers.

        Raises
        ------
        ValueError
            If the range has no steps.

        Examples
        --------
        >>> Range.model_validate({"from": 0, "to": 1, "steps": 3}).values()
        (0, 0.5, 1)
        """
        if self.steps is None:
            raise ValueError("has no steps; expected a number of values, or a design that samples the range")
        spaced = np.geomspace if self.scale == "log" else np.linspace
        return tuple(self._rounded(v) for v in spaced(self.low, self.high, self.steps))

    def at(self, u: float) -> int | float:
        """Return the value at a position between the ends.

        Parameters
        ----------
        u : float in [0, 1]
            0 is the low end, 1 the high one, on the range's scale.

        Examples
        --------
        >>> Range.model_validate({"from": 1, "to": 100, "scale": "log"}).at(0.5)
        10
        """
        if self.whole:  # every whole number has the same chance
            low, high = int(np.ceil(self.low)), int(np.floor(self.high))
            return low + min(int(u * (high - low + 1)), high - low)
        if self.scale == "log":
            return self._rounded(float(np.exp(np.log(self.low) + u * (np.log(self.high) - np.log(self.low)))))
        return self._rounded(self.low + u * (self.high - self.low))

    def _rounded(self, value: float) -> int | float:
        return plain(min(max(float(f"{value:.{_DIGITS}g}"), self.low), self.high))


def plain(value: Any) -> Any:
    """Return a whole number as one, so that 1 and 1.0 are the same value and fit keys that count."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def axis(given: Any) -> Any:
    """Turn a list or the keys of a range into the one or the other, saying what is wrong in one sentence."""
    if isinstance(given, Range):
        return given
    if isinstance(given, (list, tuple)):
        if not given:
            raise ValueError("has no value; expected at least one")
        return tuple(plain(value) for value in given)
    if not isinstance(given, Mapping):
        raise ValueError(f"{given!r} is the wrong type; expected a list of values, or from, to and steps")
    found, errors = validate(Range, dict(given))
    if found is None:
        raise ValueError("; ".join(error.sentence for error in errors))
    return found


Values = Annotated[list[Any], Field(min_length=1)]
Axis = Annotated[tuple[Any, ...] | Range, BeforeValidator(axis, json_schema_input_type=Values | Range)]
