"""The manifest: which experiment a results folder holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sim.errors import NewerVersion, UserError
from sim.kinds import KINDS, Kind
from sim.paths import home
from sim.results.inputs import replaced, stored_inputs
from sim.results.outputs import is_litter, remove_outputs
from sim.results.text import write_text

MANIFEST = "experiment.json"
FORMAT = 2  # format 1 did not list the runs of a comparison
_WITHOUT_EFFECT: dict[str, Any] = {"title": (str, type(None)), "threads": int}  # by key: types of their values
_FORMER = {"enclave": {"hosts": "targets"}}


def write_manifest(
    folder: str | Path,
    name: str,
    config_json: str,
    arms: Iterable[str],
    replications: int,
    runs: Mapping[str, Any] | None = None,
    **more: Any,
) -> Path:
    """Write ``experiment.json`` atomically and return its path.

    Parameters
    ----------
    folder : path
        The results folder; created if needed.
    name : str
        Name of the experiment.
    config_json : str
        Resolved configuration as JSON text.
    arms : iterable of str
    replications : int
    runs : mapping, optional
        Arm to names of runs (`sim.results.run_name`) by point and replication; None if not planned.
    **more
        ``model_version``; ``data`` (quality and sources of the base year); for an experiment with points ``axes``
        (title and unit by key), ``points`` (values by key).
    """
    content = {"format": FORMAT, "name": name, "config": json.loads(config_json), "arms": list(arms),
               "replications": int(replications), **more}  # fmt: skip
    if runs is not None:
        content["runs"] = runs
    return write_text(home(folder) / MANIFEST, json.dumps(content, ensure_ascii=False) + "\n")


def read_manifest(folder: str | Path) -> dict[str, Any] | None:
    """Return the manifest of a results folder (``name, config, arms, replications``, ...), or None.

    Raises
    ------
    UserError
        If it exists but cannot be read.
    """
    path = home(folder) / MANIFEST
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise UserError(f"{path}: not readable as JSON ({error}); delete it or use --overwrite.") from error
    if not isinstance(content, dict) or not {"name", "config", "arms", "replications"} <= set(content):
        raise UserError(f"{path}: not a manifest; expected the keys name, config, arms, replications.")
    if content.get("format", 1) > FORMAT:
        raise NewerVersion(
            f"{path}: written by a newer version (format {content['format']}); expected at most {FORMAT}."
        )
    return content


def check_folder(
    folder: str | Path,
    config: str | dict[str, Any],
    overwrite: bool = False,
    inputs: Mapping[str, str] | None = None,
) -> bool:
    """Return whether a folder already holds this experiment; refuse it if it holds another.

    Parameters
    ----------
    folder : path
        The folder given by ``--out``.
    config : str or dict
        Resolved configuration (JSON text or its object). What changes no run is ignored: replications, titles, threads.
    overwrite : bool
        Delete what the other experiment left: runs, tables, figures, manifest. Files of the user are kept.
    inputs : mapping, optional
        Digest of the content of each file and folder that the config names: the same content is the same experiment.

    Raises
    ------
    UserError
        If the folder is a file, or holds something else and `overwrite` is False.
    """
    folder = home(folder)
    wanted = json.loads(config) if isinstance(config, str) else json.loads(json.dumps(config))
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder}: is a file; expected a folder for results.")
    if not folder.exists() or all(map(is_litter, folder.iterdir())):
        return False
    try:
        manifest = read_manifest(folder)
    except NewerVersion:
        raise  # never delete what this version cannot read
    except UserError:
        if not overwrite:
            raise
        manifest = None
    difference = "" if manifest is None else _difference(folder, manifest["config"], wanted, inputs or {})
    if manifest is not None and not difference:
        return True
    if not overwrite:
        if manifest is not None and manifest.get("format", 1) < FORMAT:
            raise UserError(
                f"{folder}: holds {manifest['name']!r} of an older version. It can be read (report, plot, export), but "
                "its runs belong to another model version and other settings; choose another folder with --out, or use "
                "--overwrite."
            )
        other = (
            f"the experiment {manifest['name']!r} with other settings ({difference})" if manifest else "unrelated files"
        )
        raise UserError(
            f"{folder}: holds {other}; choose another folder with --out, or replace its runs with --overwrite."
        )
    remove_experiment(folder)
    return False


def remove_experiment(folder: str | Path) -> None:
    """Remove the manifest and all outputs of the experiment in a results folder; files of the user are kept."""
    remove_outputs(home(folder))
    (home(folder) / MANIFEST).unlink(missing_ok=True)


def _difference(folder: Path, stored: Any, wanted: Any, inputs: Mapping[str, str]) -> str:
    """Return the first setting in which two configs are different experiments; empty if they are the same."""
    digests = {row.given: row.digest for row in stored_inputs(folder)}
    if not digests:  # of an earlier version, which stored names only
        inputs = {given: Path(given).name for given in inputs}
        digests = {text: Path(text).name for text in _texts(stored) if Path(text).name in inputs.values()}
    return _first_difference(replaced(_identity(stored), digests), replaced(_identity(wanted), inputs))


def _identity(config: Any) -> Any:
    """Return what identifies an experiment."""
    if isinstance(config, dict):
        kind = KINDS.get(str(config.get("kind")), Kind)  # the class has the defaults
        config = {key: value for key, value in config.items() if key not in kind.not_identity}
        config.update({key: sorted(config.get(key, ())) for key in kind.extendable})
        if isinstance(scenario := config.get("scenario"), dict):
            config["scenario"] = {key: value for key, value in scenario.items() if key != "name"}
    return _unnamed(_renamed(config))


def _unnamed(part: Any) -> Any:
    """Return data without the settings that change no run, wherever they are: titles and numbers of threads."""
    if isinstance(part, list):
        return [_unnamed(item) for item in part]
    if not isinstance(part, dict):
        return part
    kept = {key: value for key, value in part.items() if not isinstance(value, _WITHOUT_EFFECT.get(key, ()))}
    return {key: _unnamed(value) for key, value in kept.items()}


def _first_difference(there: Any, here: Any, path: str = "") -> str:
    if isinstance(there, dict) and isinstance(here, dict):
        keys = [*there, *(key for key in here if key not in there)]
        found = (_first_difference(there.get(key), here.get(key), f"{path}.{key}" if path else key) for key in keys)
        return next((text for text in found if text), "")
    return "" if there == here else f"{path}: {_short(there)} there, {_short(here)} now"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, (dict, list)):
        for value in part.values() if isinstance(part, dict) else part:
            yield from _texts(value)
    elif isinstance(part, str):
        yield part


def _renamed(part: Any) -> Any:
    """Give keys of older versions their present names, so that the same experiment is known again."""
    if isinstance(part, list):
        return [_renamed(item) for item in part]
    if not isinstance(part, dict):
        return part
    names = _FORMER.get(str(part.get("kind")), {})
    return {names.get(key, key): _renamed(value) for key, value in part.items()}
