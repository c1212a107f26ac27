"""What experiment a results folder holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sim.errors import NewerVersion, UserError
from sim.results.text import SESSION, write_text

MANIFEST = "experiment.json"
FORMAT = 2  # 1 did not name the runs of a comparison
# more replications or another machine are the same experiment: finished runs are kept
_NOT_IDENTITY = ("replications", "precision", "select", "machine")
# further points of the same keys are the same experiment; what is made of its runs is no matter of the runs
_KEYS = {"sweep": ("vary",), "sensitivity": ("inputs",), "robustness": ("uncertainties", "levers")}
_NOT_OF_POINTS = ("design", "samples", "indicators", "method", "second_order", "thresholds")
# a longer search is the same search; its replications are not, for they are part of the loss
_NOT_A_CALIBRATIONS = ("trials", "profile", "title", "machine")
# runs are found by what they are: a longer or a surer search for the same is the same search
_NOT_A_TUNINGS = ("trials", "batch", "pruning", "confirm", "title", "machine")


def write_manifest(
    folder: str | Path,
    name: str,
    config_json: str,
    arms: Iterable[str],
    replications: int,
    runs: Mapping[str, Any] | None = None,
    **more: Any,
) -> Path:
    """Write ``experiment.json`` whole or not at all and return its path.

    Parameters
    ----------
    folder : path
        The results folder; made if needed.
    name : str
        Name of the experiment.
    config_json : str
        Resolved configuration as JSON text.
    arms : iterable of str
    replications : int
    runs : mapping, optional
        Arm to names of runs (`sim.results.run_name`) by point and replication; None for one that is not planned.
    **more
        Of an experiment with points: ``axes`` (key to title and unit), ``points`` (values by key).
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
        If there is one that cannot be read.
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
    """Return whether a folder already holds this experiment; refuse one that holds another.

    Parameters
    ----------
    folder : path
        The folder asked for with ``--out``.
    config : str or dict
        Resolved configuration (JSON text or its object); the number of replications does not count.
    overwrite : bool
        Delete the other experiment's runs and manifest. Other files stay.

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
        raise  # what this version does not understand it does not delete
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
                "its runs are of another model and settings; choose another folder with --out, or --overwrite."
            )
        other = f"the experiment {manifest['name']!r} with other settings" if manifest else "files of something else"
        raise UserError(
            f"{folder}: holds {other}; choose another folder with --out, or replace its runs with --overwrite."
        )
    runs = (*folder.glob("runs/*.h5"), *folder.glob("runs/.*.tmp"), *folder.glob("failed/*"))
    for path in (*runs, *folder.glob("index.sqlite*"), folder / MANIFEST):
        path.unlink(missing_ok=True)
    return False


def _identity(config: Any) -> str:
    if isinstance(config, dict):
        keys = _KEYS.get(str(config.get("kind")), ())
        left_out = (*_NOT_IDENTITY, *(_NOT_OF_POINTS if keys else ()))
        if config.get("kind") == "calibration":
            left_out = _NOT_A_CALIBRATIONS
        if config.get("kind") == "tuning":
            left_out = (*_NOT_IDENTITY, *_NOT_A_TUNINGS)
        config = {key: value for key, value in config.items() if key not in left_out}
        config.update({key: sorted(config.get(key, ())) for key in keys})
    return json.dumps(config, sort_keys=True)
