"""The command effects: what instruments do at their defaults, with intervals; measured again with --run."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

import typer

from sim.cli.output import Json, answer, clean, next_steps, table
from sim.errors import UserError, nearest


def effects(
    kinds: Annotated[list[str] | None, typer.Argument(help="Kinds of mechanisms; all by default.")] = None,
    run: Annotated[bool, typer.Option("--run", help="Measure again: a minute or more for each kind.")] = False,
    store: Annotated[bool, typer.Option("--store", help="With --run: write the table that pages cite.")] = False,
    seeds: Annotated[int, typer.Option("--seeds", min=3, help="With --run: least number of seeds.")] = 20,
    most: Annotated[int, typer.Option("--most", min=3, help="With --run: largest number of seeds.")] = 200,
    as_json: Json = False,
) -> None:
    """Show the effects of instruments at their defaults, and who loses, each with its interval.

    Effects are paired differences from no policy in the bundled comparison of each kind (experiments/instruments).
    Seeds are added until the half-width of an interval is a fifth of the effect.
    """
    from sim.analysis.measured import Effect, Sign, effects_of, signs_of, write_effects
    from sim.config import bundled
    from sim.mechanisms import MECHANISMS

    known = list(bundled("instruments"))
    for kind in kinds or ():
        if kind not in known:
            raise UserError(f"'{kind}' has no bundled comparison; expected {', '.join(known)}{nearest(kind, known)}")
    if store and not run:
        raise UserError("--store: nothing was measured; expected --run as well")
    if run:
        from sim.validation.effects import measure

        rows: list[Effect] = []
        for kind, found in measure(kinds or known, seeds, max(seeds, most)):
            typer.echo(f"{kind}: " + "; ".join(map(str, found)), err=True)
            rows += found
            if store:
                write_effects(found)
    else:
        rows = [one for kind in kinds or known for one in effects_of(kind)]
    signs: list[Sign] = [one for kind in kinds or known for one in signs_of(kind, MECHANISMS[kind].evidence)]
    facts: list[dict[str, Any]] = [one._asdict() for one in rows]
    if as_json:
        answer(clean({"effects": facts, "signs": [one._asdict() for one in signs]}))
        return
    shown = [(one.kind, one.role, one.verdict, one.size or "-", _shown(one)) for one in rows]
    shown += [(one.kind, "row", "-", one.size, _shown(one)) for one in signs]
    table(shown, ("kind", "role", "verdict", "published", "effect"), fit=True)
    versions = Counter({one.kind: one.version for one in rows}.values())
    note = ", ".join(f"{version} ({count} of {versions.total()} kinds)" for version, count in versions.most_common())
    next_steps("", "hinterland explain KIND", note=f"measured with model {note}" if note else "")


def _shown(one: Any) -> str:
    return f"{one}; {one.compared}" if one.compared else str(one)
