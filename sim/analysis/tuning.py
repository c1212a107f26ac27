"""Results of a tuning: trials, front, confirmation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sim.analysis.sweep import value_text
from sim.errors import UserError
from sim.results import read_manifest


@dataclass(frozen=True)
class Tuned:
    """A tuning's results.

    Attributes
    ----------
    config : dict
    trials : DataFrame
        One row per trial; see `sim.batch.tuning.search.table`.
    front : DataFrame
        The rows of the best trials, with ``best``: the one in ``best.yaml``.
    confirmed : DataFrame
        One row per trial of the front and quantity: with search seeds and fresh seeds; may be empty.
    levers : list of dict
        ``key, title, unit``; ``values``: categories in order (lists as JSON text), or None; ``low, high, log``: ends
        and scale of a range.
    objectives, constraints : list of dict
        ``name, title, unit``; ``direction``: 1 (maximise) or -1; for a constraint ``limit``.
    """

    config: dict[str, Any]
    trials: pd.DataFrame
    front: pd.DataFrame
    confirmed: pd.DataFrame
    levers: list[dict[str, Any]]
    objectives: list[dict[str, Any]]
    constraints: list[dict[str, Any]]


def read_tuning(folder: str | Path) -> Tuned:
    """Read the results of a tuning from its folder.

    Raises
    ------
    UserError
        If the folder holds no finished tuning.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    if manifest is None or manifest["config"].get("kind") != "tuning":
        raise UserError(f"{folder}: does not hold a tuning; expected the results folder of one.")
    trials, front, confirmed = (_table(folder / f"{name}.csv") for name in ("trials", "front", "confirmed"))
    if trials.empty or not len(front.columns):
        raise UserError(f"{folder}: its search is incomplete; run it again, finished runs are kept.")
    config = manifest["config"]
    levers = [_lever(key, config["levers"][key], facts) for key, facts in manifest["axes"].items()]
    goals = manifest["quantities"]
    objectives, constraints = ([q for q in goals if (q["limit"] is None) == sought] for sought in (True, False))
    return Tuned(config, trials, front, confirmed, levers, objectives, constraints)


def lever_text(value: Any) -> str:
    """Return the value of a lever as text; a list may be given as JSON.

    Examples
    --------
    >>> lever_text('["energy", "high_tech"]'), lever_text(20000)
    ('energy, high tech', '20,000')
    """
    if isinstance(value, str) and value.startswith("["):
        value = json.loads(value)
    if isinstance(value, list):
        return ", ".join(lever_text(item) for item in value) or "none"
    return value_text(value).replace("_", " ")


def _table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path) if path.is_file() else pd.DataFrame()


def _lever(key: str, axis: Any, facts: dict[str, str]) -> dict[str, Any]:
    ranged = isinstance(axis, dict)
    return {
        "key": key,
        **facts,
        "values": None if ranged else [json.dumps(v) if isinstance(v, list) else v for v in axis],
        "low": axis["from"] if ranged else None,
        "high": axis["to"] if ranged else None,
        "log": ranged and axis["scale"] == "log",
    }
