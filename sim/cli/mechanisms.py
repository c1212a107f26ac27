"""The command mechanism check: a kind against the contract of all mechanisms. Where kinds come from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from sim.cli.output import Json, answer, console, next_steps, say

if TYPE_CHECKING:
    from sim.policy.mechanism import Mechanism

app = typer.Typer(no_args_is_help=True, help="Check a kind of mechanism.")

Kind = Annotated[str, typer.Argument(metavar="KIND", help="Kind of mechanism; 'hinterland list mechanisms'.")]
From = Annotated[
    Optional[Path], typer.Option("--from", metavar="FILE", help="Python or preset file that defines the kind.")
]


@app.callback()
def group() -> None:
    """Check a kind of mechanism."""


@app.command("check")
def check(
    kind: Kind,
    file: From = None,
    world: Annotated[
        Optional[str], typer.Option("--world", help="World for its examples; default: eight cities around Guangzhou.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a kind against the contract of all mechanisms: a line for each rule, exit code 1 if one is broken."""
    found = kind_of_name(kind, file)
    from sim.batch.compiling import announce_compilation, compile_once
    from sim.testing import ContractBroken, contracts

    if not as_json:
        announce_compilation(console())
    compile_once()
    rules, known = [], set[str]()
    for rule in contracts(found, world):
        try:
            rule.test()
            problems = []
        except ContractBroken as broken:
            problems = broken.sentences
        rules.append({"rule": rule.name, "ok": not problems, "problems": problems})
        if not as_json:
            say(f"{'broken' if problems else 'passed'}  {rule.name}")
            for problem in problems:
                say(f"        {'see above' if problem in known else problem}")
        known.update(problems)
    count = sum(not rule["ok"] for rule in rules)
    if as_json:
        answer({"ok": not count, "kind": kind, "rules": rules})
    else:
        next_steps(f"{kind}: {count} of {len(rules)} rules broken", f"hinterland explain {kind}{_from(file)}")
    if count:
        raise typer.Exit(1)


def _from(file: Path | None) -> str:
    return "" if file is None else f" --from {file}"


def kind_of_name(kind: str, file: Path | None = None) -> type[Mechanism]:
    """Return the class of a kind.

    Parameters
    ----------
    kind : str
    file : Path, optional
        File that defines it, next to its own or those of installed packages.

    Raises
    ------
    UserError
        If the file cannot be loaded, or the kind is unknown.
    """
    from sim.errors import UserError, nearest
    from sim.mechanisms import MECHANISMS
    from sim.policy.plugins import PluginError, load

    try:
        defined = load(file).kinds if file is not None else {}
    except PluginError as error:
        raise UserError(error.problems or f"{file}: {error}") from error
    if kind in defined:
        return defined[kind]
    if kind not in MECHANISMS:
        expected = ", ".join(MECHANISMS)
        raise UserError(f"'{kind}' is an unknown kind; expected one of {expected}{nearest(kind, MECHANISMS)}")
    return MECHANISMS[kind]
