"""Whether anything is left to do: an experiment is up to date if config, sources and the files it left are the same."""

from __future__ import annotations

import hashlib
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from sim import results
from sim.batch import inputs, modules
from sim.batch.outcome import Outcome
from sim.batch.tasks import config_text, version_of
from sim.policy.cities import RULES
from sim.policy.registry import KINDS
from sim.policy.sources import digest, source_digest
from sim.results.identity import PACKAGE

NOTE = ".finished.json"  # in a results folder: what made it, and what it holds
_RULE = re.compile(r"[\w.]+:\w+")


def up_to_date(config: Any, folder: Path, model: Any = None) -> Outcome | None:
    """Return the outcome of an experiment that is finished, with nothing changed since; otherwise None.

    Parameters
    ----------
    config : Scenario, Comparison, ...
    folder : Path
        The results folder.
    model : callable, optional
        In place of Hinterland's own model.
    """
    path = folder / NOTE
    if not path.is_file():
        return None
    note = json.loads(path.read_text(encoding="utf-8"))
    if note["key"] != _key(config, folder, model) or note["files"] != _stamps(folder, list(note["files"])):
        return None
    found = results.status(folder)
    if found.missing or found.failed:
        return None
    return Outcome(folder, note["finished"], headline=note["headline"], files=[folder / name for name in note["files"]])


def finished(folder: Path) -> bool:
    """Return whether the experiment in a results folder is complete: no run and no trial is missing or failed."""
    found = results.status(folder)
    if found.missing or found.failed:
        return False
    searched = found.trials is not None and found.trials[0] >= found.trials[1]
    return (folder / NOTE).is_file() or searched or (found.trials is None and found.planned > 0)


def remember(config: Any, outcome: Outcome, model: Any = None) -> None:
    """Note in the results folder that an experiment is finished, for `up_to_date`."""
    names = [Path(path).relative_to(outcome.folder).as_posix() for path in outcome.files]
    note = {
        "key": _key(config, outcome.folder, model),
        "finished": outcome.finished,
        "headline": outcome.headline,
        "files": _stamps(outcome.folder, names),
    }
    results.write_text(outcome.folder / NOTE, json.dumps(note, default=_plain))


def _key(config: Any, folder: Path, model: Any) -> str:
    """Return the digest of all that results, tables, figures and report depend on."""
    words = set(modules.texts(config.model_dump(mode="json")))
    kinds = {word: source_digest(KINDS[word]) for word in words if word in KINDS}
    named: dict[str, Any] = {word: RULES[word] for word in words if _RULE.fullmatch(word) and word in RULES}
    rules = {word: source_digest(rule) for word, rule in named.items()}
    # a report of a comparison cites a robustness analysis next to it
    near = [[str(path), _stamp(path)] for path in sorted(folder.parent.glob("*/winners.csv")) if path.parent != folder]
    facts = [config_text(config), inputs.digests(config), kinds, rules, near, results.versions(), _package()]
    text = json.dumps([*facts, None if model is None else version_of(model)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=1)
def _package() -> str:
    """Return the digest of all files of the package: also those that only show results."""
    files = (path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return digest({path.relative_to(PACKAGE).as_posix(): path for path in files})


def _stamps(folder: Path, names: list[str]) -> dict[str, list[int] | None]:
    return {name: _stamp(folder / name) for name in names}


def _stamp(path: Path) -> list[int] | None:
    if not path.is_file():
        return None
    facts = path.stat()
    return [facts.st_size, facts.st_mtime_ns]


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else str(value)
