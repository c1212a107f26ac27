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

    return _chosen(hindcast_rows(*(bundled_hindcast(run) for run in ("", "path", "B"))), row)


def _evidence(row: str | None) -> list[Row]:
    from sim.validation.evidence import EVIDENCE, evidence_rows

    chosen = _names([e.title for e in EVIDENCE], row)
    return evidence_rows([e for e in EVIDENCE if e.title in chosen])


def _map(row: str | None) -> list[Row]:
    from sim.validation.splitting import rows
    from sim.world import load_world

    return _chosen(list(rows(load_world("china", 2020))), row)


def _facts(row: str | None) -> list[Row]:
    from sim.validation.facts import FACTS, Runs

    runs = Runs()
    return [fact.row(runs) for fact in FACTS if fact.name in _names([f.name for f in FACTS], row)]


def _cases(row: str | None) -> list[Row]:
    from sim.validation.cases.compare import case_rows, claims

    every = claims()
    chosen = _names([claim.name for claim in every], row)
    return case_rows([claim for claim in every if claim.name in chosen])


SUITES: dict[str, Callable[[str | None], list[Row]]] = {
    "theory": _theory,
    "identities": _identities,
    "hindcast": _hindcast,
    "evidence": _evidence,
    "map": _map,
    "facts": _facts,
    "cases": _cases,
}
# Run by default: of the others, map takes minutes and a million firms, facts and cases measure the model, not the code.
DEFAULT = ("theory", "identities", "hindcast", "evidence")


def _chosen(rows: list[Row], row: str | None) -> list[Row]:
    chosen = _names([r.name for r in rows], row)
    return [r for r in rows if r.name in chosen]


def _names(names: list[str], row: str | None) -> list[str]:
    """Return all names of rows, or the one that was given."""
    if row is None:
        return names
    if row not in names:
        raise UserError(f"--row {row}: no such row; expected one of {'; '.join(names)}{nearest(row, names)}")
    return [row]
