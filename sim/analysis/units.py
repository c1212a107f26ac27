"""Formatting of numbers and units: digits, signs, sums over years, readable magnitudes."""

from __future__ import annotations

import numpy as np

from sim.currency import in_currency
from sim.indicators import INDICATORS

_MONEY = ((1e6, "trillion"), (1e3, "billion"))
_COUNTS = ((1e8, "million"), (1e5, "thousand"))


def summed_unit(unit: str, years: str) -> str:
    """Return the unit of an indicator after aggregation over years.

    Parameters
    ----------
    unit : str
        Unit of the annual value.
    years : {"last", "mean", "sum", "present"}
        A sum or present value of annual flows is an amount, without "/yr".

    Examples
    --------
    >>> summed_unit("persons/yr", "sum"), summed_unit("persons/yr", "last")
    ('persons', 'persons/yr')
    """
    return unit.removesuffix("/yr") if years in ("sum", "present") else unit


def indicator_unit(indicator: str, years: str, currency: str) -> str:
    """Return the unit of an indicator after aggregation over years, in a currency; see `summed_unit`."""
    return in_currency(summed_unit(INDICATORS[indicator].unit, years), currency)


def years_text(years: str) -> str:
    """Return how an indicator was aggregated over years, to follow its unit; empty for the last year.

    Examples
    --------
    >>> years_text("sum"), years_text("present"), years_text("last")
    (', sum', ', present value', '')
    """
    return {"sum": ", sum", "present": ", present value"}.get(years, "")


def readable(unit: str, largest: float) -> tuple[float, str]:
    """Return the scale factor and unit for numbers up to `largest`.

    Money is scaled in steps of a thousand, counts from a hundred thousand on; indices are shown in thousandths, as the
    effects of policies on them are small; hours below one in minutes.

    Examples
    --------
    >>> readable("million yuan/yr", 48_000.0)
    (0.001, 'billion yuan/yr')
    >>> readable("persons", 4_000.0)
    (1.0, 'persons')
    """
    if unit == "1":
        return 1000.0, "1/1000"
    if unit == "h" and largest < 1.0:
        return 60.0, "min"
    if unit.startswith("million "):  # money, in any currency
        for size, word in _MONEY:
            if largest >= size:
                return 1.0 / size, unit.replace("million", word, 1)
    if unit.startswith(("persons", "firm")):
        for size, word in _COUNTS:
            if largest >= size:
                return {"million": 1e-6, "thousand": 1e-3}[word], f"{word} {unit}"
    return 1.0, unit


def number(value: float, digits: int = 3) -> str:
    """Return a number as text with significant digits and thousands separators.

    Examples
    --------
    >>> number(1234567.0)
    '1,234,567'
    >>> number(0.0012345)
    '0.00123'
    >>> number(float("nan"))
    '–'
    """
    if value is None or not np.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    if abs(value) >= min(10 ** (digits - 1), 1000):
        return f"{value:,.0f}".replace("-", "−")
    if abs(value) < 1e-5:
        return f"{value:.{digits - 1}e}"
    decimals = digits - 1 - int(np.floor(np.log10(abs(value))))
    return f"{value:.{max(0, decimals)}f}".replace("-", "−")


def aligned(value: float, largest: float, digits: int = 3) -> str:
    """Return a number with the decimals of the largest number in its table, so that small values read as small.

    Examples
    --------
    >>> aligned(0.00012, 1.3), aligned(0.5, 1300.0)
    ('0.00', '0')
    """
    if not np.isfinite(value):
        return "–"
    decimals = digits - 1 - int(np.floor(np.log10(abs(largest)))) if np.isfinite(largest) and largest else 0
    text = f"{value:,.{min(12, max(0, decimals))}f}"
    return text.lstrip("-") if not float(text.replace(",", "")) else text.replace("-", "−")


def signed(value: float, digits: int = 3) -> str:
    """Return a number with its sign, using a proper minus sign.

    Examples
    --------
    >>> signed(2.5)
    '+2.50'
    """
    text = number(abs(value) if np.isfinite(value) else value, digits)
    if text in ("–", "0"):
        return text
    return ("+" if value > 0 else "−") + text
