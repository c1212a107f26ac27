"""Commands on configs: run, check, schema, init."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from sim.cli import estimating
from sim.cli.output import Json, answer, clean, console, next_steps, say

Config = Annotated[str, typer.Argument(metavar="FILE|NAME", help="A YAML file or the name of a bundled config.")]
Set = Annotated[
    Optional[list[str]], typer.Option("--set", metavar="KEY=VALUE", help="Change a dotted key; repeatable.")
]


def run(
    config: Config,
    out: Annotated[Optional[Path], typer.Option("--out", help="Results folder; by default results/NAME.")] = None,
    overrides: Set = None,
    workers: Annotated[Optional[int], typer.Option("--workers", min=1, help="Processes at a time.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace another experiment's results.")] = False,
    as_json: Json = False,
) -> None:
    """Run a scenario, a comparison, a sweep, a calibration or an estimation."""
    from sim.config import Estimation, load

    loaded = load(config, overrides or [])
    folder = out if out is not None else Path("results") / loaded.name
    if isinstance(loaded, Estimation):
        estimating.run(loaded, folder, overwrite, as_json)
        return
    batch = import_module("sim.batch")
    start = getattr(batch, f"run_{loaded.kind}")
    outcome = start(loaded, folder, workers, overwrite, console())
    if as_json:
        answer(clean(_summary(outcome)))
    else:
        say(f"runs: {outcome.finished} finished, {len(outcome.missing)} missing")
        _tell(outcome)
    if not outcome.ok:
        raise typer.Exit(1)


def _summary(outcome: Any) -> dict[str, Any]:
    return {
        "ok": outcome.ok,
        "folder": str(outcome.folder),
        "finished": outcome.finished,
        "missing": outcome.missing,
        "headline": outcome.headline,
        "files": [str(f) for f in outcome.files],
    }


def _tell(outcome: Any) -> None:
    for name in outcome.missing:
        say(f"missing: {name}")
    reports = [f for f in outcome.files if Path(f).suffix == ".html"]
    steps = [f"open {reports[0]}"] if reports else [f"hinterland plot {outcome.folder} --variable value_added"]
    steps.append(f"hinterland audit {outcome.folder}")
    if outcome.missing:
        again = "run the same command again: finished runs are kept, missing ones run"
        steps = [again, *(steps if outcome.finished else [])]
    next_steps(f"results: {outcome.folder}", *steps)


def check(config: Config, overrides: Set = None, as_json: Json = False) -> None:
    """Validate a config without running it."""
    from sim.config import Estimation, load, size

    loaded = load(config, overrides or [])
    if isinstance(loaded, Estimation):
        estimating.check(loaded)
    facts = size(loaded)
    if as_json:
        answer({"ok": True, "kind": loaded.kind, "name": loaded.name, **facts})
        return
    parts = [f"{count:,} {name if count > 1 else name.removesuffix('s')}" for name, count in facts.items()]
    say(f"{config}: {loaded.kind} '{loaded.name}', {', '.join(parts)}: valid")
    next_steps("", f"hinterland run {config}")


def schema(as_json: Json = False) -> None:
    """Print the JSON Schema of configs."""
    from sim.config import json_schema

    if as_json:
        answer(json_schema())
        return
    say(json.dumps(json_schema(), indent=2, ensure_ascii=False))
    next_steps("", "hinterland init: a commented config to start from")


def init(
    file: Annotated[Path, typer.Argument(metavar="[FILE]", help="File to write.")] = Path("scenario.yaml"),
    as_json: Json = False,
) -> None:
    """Write a commented config that runs."""
    from sim.config import template
    from sim.errors import UserError

    try:
        with file.open("x", encoding="utf-8") as handle:
            handle.write(template())
    except FileExistsError as error:
        raise UserError(f"{file}: exists already; expected a new file name") from error
    except OSError as error:
        reason = f"{file}: cannot be written ({error.strerror})"
        raise UserError(f"{reason}; expected a file in a folder that exists") from error
    if as_json:
        answer({"ok": True, "file": str(file)})
        return
    say(str(file))
    next_steps(f"config: {file}", f"hinterland check {file}", f"hinterland run {file}")
