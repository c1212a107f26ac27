"""The suites of ``hinterland validate``: one row per claim, each of which can be run alone."""

from __future__ import annotations

from collections.abc import Callable

from sim.errors import UserError, nearest
from sim.validation.rows import Row


def _theory(row: str | None) -> list[Row]:
    from sim.validation import theory

    return [check.row() for check in theory.checks_for(None, None, None, row)]


def _identities(row: str | None) -> list[Row]:
    from sim.validation.identities import rows

    found = [Row("identities", r.name, r.expected, r.obtained, r.tolerance, r.holds) for r in rows()]
    return _chosen(found, row)


def _hindcast(row: str | None) -> list[Row]:
    from sim.validation.hindcast import bundled_hindcast, hindcast_rows

    return _chosen(hindcast_rows(bundled_hindcast()), row)


def _evidence(row: str | None) -> list[Row]:
    from sim.validation.evidence import EVIDENCE, evidence_rows

    names = [e.title for e in EVIDENCE]
    if row is not None and row not in names:
        raise UserError(f"--row {row}: no such row; expected one of {'; '.join(names)}{nearest(row, names)}")
    return evidence_rows([e for e in EVIDENCE if row in (None, e.title)])


def _map(row: str | None) -> list[Row]:
    from sim.validation.splitting import rows
    from sim.world import load_world

    return _chosen(list(rows(load_world("china", 2020))), row)


SUITES: dict[str, Callable[[str | None], list[Row]]] = {
    "theory": _theory,
    "identities": _identities,
    "hindcast": _hindcast,
    "evidence": _evidence,
    "map": _map,
}
# Run by default: the others take minutes and a million firms.
DEFAULT = ("theory", "identities", "hindcast", "evidence")


def _chosen(rows: list[Row], row: str | None) -> list[Row]:
    if row is None:
        return rows
    found = [r for r in rows if r.name == row]
    if not found:
        names = [r.name for r in rows]
        raise UserError(f"--row {row}: no such row; expected one of {'; '.join(names)}{nearest(row, names)}")
    return found
