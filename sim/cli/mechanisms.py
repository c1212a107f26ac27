"""The commands mechanism check and city check: against the contract of all mechanisms, of all city rules."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from sim.cli.output import Json, answer, console, next_steps, quoted, say

if TYPE_CHECKING:
    from sim.policy.cities import City
    from sim.policy.mechanism import Mechanism
    from sim.policy.plugins import Plugin
    from sim.testing import Rule

app = typer.Typer(no_args_is_help=True, help="Check a kind of mechanism.")
cities = typer.Typer(no_args_is_help=True, help="Check a city rule.")

Kind = Annotated[str, typer.Argument(metavar="KIND", help="Kind of mechanism; 'hinterland list mechanisms'.")]
City_ = Annotated[str, typer.Argument(metavar="RULE", help="City rule; 'hinterland list rules'.")]
From = Annotated[
    Optional[Path], typer.Option("--from", metavar="FILE", help="Python or preset file that defines the kind.")
]
Where = Annotated[
    Optional[str], typer.Option("--world", help="World for its examples; default: eight cities around Guangzhou.")
]


@app.callback()
def group() -> None:
    """Check a kind of mechanism."""


@app.command("check")
def check(kind: Kind, file: From = None, world: Where = None, as_json: Json = False) -> None:
    """Check a kind against the contract of all mechanisms: a line for each rule, exit code 1 if one is broken."""
    found = kind_of_name(kind, file)
    from sim.testing import contracts

    _check("kind", kind, contracts(found, world), file, as_json)


@cities.callback()
def group_of_cities() -> None:
    """Check a city rule."""


@cities.command("check")
def check_city(rule: City_, file: From = None, world: Where = None, as_json: Json = False) -> None:
    """Check a rule against the contract of all city rules: a line for each part, exit code 1 if one is broken."""
    found = rule_of_name(rule, file)
    from sim.testing import city_contracts

    _check("rule", rule, city_contracts(found, world), file, as_json)


def _check(noun: str, name: str, contract: Iterable[Rule], file: Path | None, as_json: bool) -> None:
    from sim.batch.compiling import compile_aloud, compile_once
    from sim.testing import ContractBroken

    if not as_json:
        compile_aloud(console)
    compile_once()
    rules, known = [], set[str]()
    for rule in contract:
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
        answer({"ok": not count, noun: name, "rules": rules})
    else:
        next_steps(f"{name}: {count} of {len(rules)} rules broken", f"hinterland explain {name}{from_text(file)}")
    if count:
        raise typer.Exit(1)


def from_text(file: Path | None) -> str:
    """Return the option ``--from`` of a command."""
    return "" if file is None else f" --from {quoted(file)}"


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

    plugin = _plugin(file)
    if plugin is not None and kind in plugin.kinds:
        return plugin.kinds[kind]
    if kind not in MECHANISMS:
        expected = ", ".join(MECHANISMS)
        raise UserError(f"'{kind}' is an unknown kind; expected one of {expected}{nearest(kind, MECHANISMS)}")
    return MECHANISMS[kind]


def names_rule(name: str, file: Path | None = None) -> bool:
    """Return whether a name is that of a city rule: a bundled one, of a file, or ``MODULE:CLASS``."""
    from sim.policy.cities import RULES

    plugin = _plugin(file)
    return name in RULES or ":" in name or (plugin is not None and f"{plugin.file.stem}:{name}" in plugin.rules)


def rule_of_name(name: str, file: Path | None = None) -> type[City]:
    """Return the class of a city rule.

    Parameters
    ----------
    name : str
        As in a config; of a file the class alone is enough.
    file : Path, optional
        File that defines it.

    Raises
    ------
    UserError
        If the file cannot be loaded, or the rule is unknown.
    """
    from sim.errors import UserError
    from sim.policy.cities import RULES

    plugin = _plugin(file)
    if plugin is not None and f"{plugin.file.stem}:{name}" in plugin.rules:
        return plugin.rules[f"{plugin.file.stem}:{name}"]
    if problem := RULES.problem(name):
        raise UserError(problem)
    return RULES[name]


def _plugin(file: Path | None) -> Plugin | None:
    from sim.errors import UserError
    from sim.policy.plugins import PluginError, load

    try:
        return load(file) if file is not None else None
    except PluginError as error:
        raise UserError(error.messages or f"{file}: {error}") from error
