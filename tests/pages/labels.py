"""Whether a number stands in the row and column of its indicator and arm, and its unit is that of its scale."""

from __future__ import annotations

from sim.indicators import INDICATORS
from tests.pages.reading import Marked
from tests.pages.store import years_of

IN_ROWS = ("headline", "certainty", "variants", "interaction", "effects", "shapley", "pairs")
SCALED = (
    "difference", "baseline", "low", "high", "per_billion", "effect", "actual", "mixture", "interaction", "value",
    "mean", "mean_low", "mean_high", "bca_low", "bca_high", "joint_low", "joint_high", "adjusted_low",
    "adjusted_high",
)  # fmt: skip
WORDS = {"trillion": 1e-6, "billion": 1e-3, "million": 1.0}


def faults(number: Marked) -> list[str]:
    """Return what is wrong with the row, the column or the unit of a number."""
    section, *rest = number.key.split(":")
    indicator = next((part for part in rest if part in INDICATORS), None)
    if indicator is None or section not in (*IN_ROWS, "outcomes") or number.answer:
        return []
    facts = INDICATORS[indicator]
    title, unit = number.column if section == "outcomes" else number.row
    found = [f"in the row or column of {title!r}"] if title != facts.title else []
    if section == "headline" and number.column[0] != _shown(rest[1]):
        found.append(f"in the column of {number.column[0]!r}")
    if rest[-1] in SCALED:
        base = facts.unit.removesuffix("/yr") if years_of(indicator) != "last" else facts.unit
        if number.scale != units(base).get(unit.split(", ")[0]):
            found.append(f"scaled by {number.scale} in {unit!r}")
    return found


def units(base: str) -> dict[str, float]:
    """Return the units in which numbers of a unit may be shown, with their scales."""
    if base.startswith("million yuan"):
        return {base.replace("million", word, 1): scale for word, scale in WORDS.items()}
    if base.startswith(("persons", "firm")):
        return {base: 1.0, f"thousand {base}": 1e-3, f"million {base}": 1e-6}
    return {"1": {"1/1000": 1000.0}, "h": {"h": 1.0, "min": 60.0}}.get(base, {base: 1.0})


def _shown(arm: str) -> str:
    """Return the name of an arm as it is shown."""
    text = arm.replace("_", " ").replace("-", " ")
    return text[:1].upper() + text[1:]
