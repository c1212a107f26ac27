"""Bundled configs by name, the canonical form, the starting config."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel

from sim.errors import UserError, nearest
from sim.paths import home

SCHEMA_FILE = "hinterland.schema.json"  # next to configs, for editors; bundled ones name it too
_FOLDERS = {
    "scenarios": "configs", "experiments": "experiments", "theory": "configs/theory",
    "instruments": "experiments/instruments", "study": "experiments/study",
}  # fmt: skip


def bundled(kind: str) -> dict[str, Path]:
    """Return the bundled configs of a kind.

    Parameters
    ----------
    kind : {"scenarios", "experiments", "theory", "instruments", "study"}
        ``instruments`` are the comparisons of single kinds of mechanisms, ``study`` the experiments on questions of the
        source study.

    Returns
    -------
    dict of str to Path
        Sorted by name.
    """
    folder = _FOLDERS[kind]
    package = Path(str(files("sim")))
    # A wheel carries the configs inside the package, a checkout next to the package.
    inside = package / "bundled" / folder
    base = inside if inside.is_dir() else package.parent / folder
    return {path.stem: path for path in sorted(base.glob("*.yaml"))}


def find(path_or_name: str | Path, folder: Path | None = None) -> Path:
    """Return the file of a path or bundled name.

    Parameters
    ----------
    path_or_name : str or Path
    folder : Path, optional
        Folder in which a relative path is looked up before the current one.

    Raises
    ------
    UserError
        If there is neither such a file nor such a name.
    """
    text = str(home(path_or_name))
    for path in ([folder / text] if folder else []) + [Path(text)]:
        if path.is_file():
            return path
    names = {**bundled("scenarios"), **bundled("experiments")}
    for part in ("instruments", "study"):
        names |= {f"{part}/{name}": path for name, path in bundled(part).items()}
    if text in names:
        return names[text]
    raise UserError(
        f"{text}: no such file or bundled config; expected a path or one of {', '.join(names)}" + nearest(text, names)
    )


def canonical(config: BaseModel) -> str:
    """Return sorted JSON that is the same for configs with the same results.

    Titles, threads and the machine are left out: they change no result.
    """
    data = config.model_dump(mode="json")
    parts = [data, data.get("scenario", {}), *data.get("arms", {}).values(), *data.get("factors", {}).values()]
    for part in parts:
        part.pop("title", None)
        part.pop("threads", None)
        part.pop("machine", None)
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def template() -> str:
    """Return a commented scenario that loads and runs."""
    return _TEMPLATE


_TEMPLATE = f"""\
# yaml-language-server: $schema={SCHEMA_FILE}
# A scenario: one world, one policy mix. Check it with 'hinterland check FILE', run it with 'hinterland run FILE'.
# 'hinterland schema' prints every key with its unit, range and basis.
kind: scenario
name: my-scenario            # name of the results folder
title: A first scenario
world: guangzhou             # 'hinterland list worlds'
start: 2020                  # base year of the accounts
years: 5                     # length of the run
seed: 1                      # every random number follows from it
firms: 4000                  # firm agents at the start; each stands for a number of real firms
demography: true             # births, deaths and education change the population

# Parameters that differ from their defaults.
parameters:
  migration:
    talent_mobility: 0.05    # share of talent that reconsiders its city each year [1/yr]
  capital:
    depreciation: 0.06       # [1/yr]

# Policy instruments, 'hinterland list mechanisms'. Write 'mechanisms: []' for none.
mechanisms:
  - kind: fiscal_transfer
    name: transfer
    targets: [supporting]    # regions or groups of regions, 'hinterland list regions'
    start: 2021                  # first year
    strength: 1.0                # 0 switches it off

# What is stored of the run: core (what indicators need), all, or keys as below.
record:
  variables: all             # yearly series: core, all, or names
  flows: true                # bilateral flows of talent, workers, capital and firms between regions
  payments: true             # the ledger
"""
