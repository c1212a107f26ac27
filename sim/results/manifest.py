"""The manifest: which experiment a results folder holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sim.errors import NewerVersion, UserError
from sim.kinds import KINDS, Kind
from sim.results.text import SESSION, write_text

MANIFEST = "experiment.json"
FORMAT = 2  # format 1 did not list the runs of a comparison
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
    return write_text(Path(folder) / MANIFEST, json.dumps(content, ensure_ascii=False) + "\n")


def read_manifest(folder: str | Path) -> dict[str, Any] | None:
    """Return the manifest of a results folder (``name, config, arms, replications``, ...), or None.

    Raises
    ------
    UserError
        If it exists but cannot be read.
    """
    path = Path(folder) / MANIFEST
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise UserError(f"{path}: not readable as JSON ({error}); delete it or use --overwrite.") from error
    if not isinstance(content, dict) or not {"name", "config", "arms", "replications"} <= set(content):
        raise UserError(f"{path}: not a manifest; expected the keys name, config, arms, replications.")
    if content.get("format", 1) > FORMAT:
        raise NewerVersion(
            f"{path}: written by a newer version (format {content['format']}); expected at most {FORMAT}."
        )
    return content


def check_folder(folder: str | Path, config: str | dict[str, Any], overwrite: bool = False) -> bool:
    """Return whether a folder already holds this experiment; refuse it if it holds another.

    Parameters
    ----------
    folder : path
        The folder given by ``--out``.
    config : str or dict
        Resolved configuration (JSON text or its object); the number of replications is ignored.
    overwrite : bool
        Delete the runs and manifest of the other experiment. Other files are kept.

    Raises
    ------
    UserError
        If the folder is a file, or holds something else and `overwrite` is False.
    """
    folder = Path(folder)
    wanted = json.loads(config) if isinstance(config, str) else json.loads(json.dumps(config))
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder}: is a file; expected a folder for results.")
    if not folder.exists() or not any(path.name != SESSION for path in folder.iterdir()):
        return False
    try:
        manifest = read_manifest(folder)
    except NewerVersion:
        raise  # never delete what this version cannot read
    except UserError:
        if not overwrite:
            raise
        manifest = None
    if manifest is not None and _identity(manifest["config"]) == _identity(wanted):
        return True
    if not overwrite:
        if manifest is not None and manifest.get("format", 1) < FORMAT:
            raise UserError(
                f"{folder}: holds {manifest['name']!r} of an older version. It can be read (report, plot, export), but "
                "its runs belong to another model version and other settings; choose another folder with --out, or use "
                "--overwrite."
            )
        other = f"the experiment {manifest['name']!r} with other settings" if manifest else "unrelated files"
        raise UserError(
            f"{folder}: holds {other}; choose another folder with --out, or replace its runs with --overwrite."
        )
    runs = (*folder.glob("runs/*.h5"), *folder.glob("runs/.*.tmp"), *folder.glob("failed/*"))
    for path in (*runs, *folder.glob("index.sqlite*"), folder / MANIFEST):
        path.unlink(missing_ok=True)
    return False


def _identity(config: Any) -> str:
    if isinstance(config, dict):
        kind = KINDS.get(str(config.get("kind")), Kind)  # the class has the defaults
        config = {key: value for key, value in config.items() if key not in kind.not_identity}
        config.update({key: sorted(config.get(key, ())) for key in kind.extendable})
    return json.dumps(_renamed(config), sort_keys=True)


def _renamed(part: Any) -> Any:
    """Give keys of older versions their present names, so that the same experiment is known again."""
    if isinstance(part, list):
        return [_renamed(item) for item in part]
    if not isinstance(part, dict):
        return part
    names = _FORMER.get(str(part.get("kind")), {})
    return {names.get(key, key): _renamed(value) for key, value in part.items()}
