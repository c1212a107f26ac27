"""What the schema of a rule for replications cannot see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.config.design import arms, report
from sim.config.text.problems import Problem
from sim.documents import Key
from sim.errors import nearest
from sim.indicators import INDICATORS
from sim.variants import Member


def problems_of(config: Any) -> list[Problem]:
    """Return what the schema of a comparison cannot see of its arms and of its rule for replications.

    Parameters
    ----------
    config : Comparison
    """
    problems = arms.problems_of(config)
    if config.precision is not None and config.select is not None:
        text = "precision is given too; expected one rule for the number of replications"
        problems.append(Problem(("select",), text))
    for key in ("precision", "select"):
        rule = getattr(config, key)
        if rule is not None:
            problems += _indicator(config, rule.indicator, (key, "indicator"), key == "select")
    if config.select is not None and config.common_budget is not None:
        problems += _without_price(config)
    if config.precision is not None:
        problems += _arms(config.precision.arms or (), arms.members_of(config))
    return problems or report.problems_of(config)


def _indicator(config: Any, name: str, position: Key, alone: bool) -> list[Problem]:
    text = report.error_of(config, name)
    if not text and alone and INDICATORS[name].paired:
        text = f"'{name}' is defined against the baseline, which may be ruled out; expected another indicator"
    return [Problem(position, text)] if text else []


def _without_price(config: Any) -> list[Problem]:
    """Refuse arms without a known price where arms of the same cost are ranked: that is a rank per yuan."""
    same = config.arms[config.baseline].mechanisms
    unknown = [arm for arm, one in config.arms.items() if any(not m.priced and m not in same for m in one.mechanisms)]
    text = (
        "ranks arms of the same cost, but the price of what {} buys is not known; expected no common_budget, or others"
    )
    return [Problem(("select",), text.format(" and ".join(map(repr, unknown))))] if unknown else []


def _arms(named: tuple[str, ...], known: Mapping[str, Member]) -> list[Problem]:
    others = [arm for arm, member in known.items() if arm != member.reference]
    return [
        Problem(
            ("precision", "arms", k),
            f"'{arm}' is the baseline; expected some of {', '.join(others)}"
            if arm in known
            else f"'{arm}' is not an arm; expected some of {', '.join(others)}" + nearest(arm, others),
        )
        for k, arm in enumerate(named)
        if arm not in others
    ]
