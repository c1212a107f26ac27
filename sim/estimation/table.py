"""Reading of flow tables, with the location of every problem: ``file:line:field: what is wrong; expected ...``."""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sim.config.design.estimation import table_path
from sim.config.schema.estimation import Estimation
from sim.errors import UserError, nearest
from sim.estimation.notes import notes
from sim.kernels.sphere import great_circle
from sim.world.own.cells import separator_problem

MAX_PROBLEMS = 20
LOG = "log "


@dataclass(frozen=True)
class Flows:
    """Pairs of locations with their flow, distance and terms.

    Attributes
    ----------
    origin, destination : (N,) str
    flow : (N,) float
    distance : (N,) float, km or h
    terms : dict of str to (N,) float
        As they enter the model, with logs applied.
    headers : dict of str to str
        Location of the column of each term, for messages.
    source : Table
    notes : tuple of str
        What may be a slip in the table, but need not be: missing pairs, locations on one side only.
    """

    origin: np.ndarray
    destination: np.ndarray
    flow: np.ndarray
    distance: np.ndarray
    terms: dict[str, np.ndarray]
    headers: dict[str, str]
    source: Table
    notes: tuple[str, ...] = ()


@dataclass
class Table:
    """A CSV file as text columns, with line numbers of the rows."""

    path: Path
    columns: dict[str, list[str]] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def header(self, column: str) -> str:
        """Return the location of a column header."""
        return f"{self.path}:1:{list(self.columns).index(column) + 1}: column '{column}'"

    def cell(self, row: int, column: str) -> str:
        """Return the location of a cell."""
        return f"{self.path}:{self.lines[row]}:{list(self.columns).index(column) + 1}: column '{column}'"

    def need(self, column: str, meaning: str) -> bool:
        """Return whether the column exists; add a problem if not."""
        if column in self.columns:
            return True
        hint = nearest(column, self.columns)
        self.problems.append(f"{self.path}:1:1: column '{column}': missing; expected {meaning}{hint}")
        return False

    def numbers(self, column: str, low: float, strict: bool, meaning: str) -> np.ndarray:
        """Return a column as numbers of at least `low` (above it if strict); NaN and a problem for invalid cells."""
        out = np.full(len(self.lines), np.nan)
        for k, text in enumerate(self.columns[column]):
            try:
                value = float(text)
            except ValueError:
                value = math.nan
            if not math.isfinite(value):
                problem = f"'{text}' is not a finite number" if text else "is empty"
            elif value < low or (strict and value == low):
                problem = f"{text} is {'negative' if value < 0 else 'out of range'}"
            else:
                out[k] = value
                continue
            bound = f" {'above' if strict else 'of at least'} {low:g}" if np.isfinite(low) else ""
            self.problems.append(f"{self.cell(k, column)}: {problem}; expected {meaning}{bound}")
        return out

    def names(self, column: str) -> np.ndarray:
        """Return a column of names; empty cells are problems."""
        for k, text in enumerate(self.columns[column]):
            if not text:
                self.problems.append(f"{self.cell(k, column)}: is empty; expected the name of a place")
        return np.array(self.columns[column], dtype=object)

    def raise_problems(self) -> None:
        """Raise the problems found so far, if any."""
        if self.problems:
            more = len(self.problems) - MAX_PROBLEMS
            raise UserError(self.problems[:MAX_PROBLEMS] + ([f"{self.path}: {more} more problems"] if more > 0 else []))


def read_table(path: Path) -> Table:
    """Read a CSV file.

    Raises
    ------
    UserError
        If it cannot be read, or rows do not match the header.
    """
    table = Table(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [h.strip() for h in next(reader, [])]
            rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: cannot be read as CSV ({error}); expected comma-separated UTF-8 text") from error
    if problem := separator_problem(header):
        raise UserError(f"{path}:1:1: {problem}")
    for k, column in enumerate(header):
        if column in header[:k]:
            table.problems.append(f"{path}:1:{k + 1}: column '{column}': appears twice; expected it once")
    for line, row in rows:
        if len(row) != len(header):
            text = f"has {len(row)} cells; expected {len(header)}, as the header"
            table.problems.append(f"{path}:{line}:{len(row)}: {text}")
    if not rows:
        table.problems.append(f"{path}:2:1: has no rows; expected one per pair of locations")
    table.raise_problems()
    table.lines = [line for line, _ in rows]
    table.columns = {column: [row[k].strip() for _, row in rows] for k, column in enumerate(header)}
    return table


def digest(name: str) -> str:
    """Return the sha256 of a table's file."""
    return hashlib.sha256(table_path(name).read_bytes()).hexdigest()


def read_flows(config: Estimation) -> Flows:
    """Read and check the table of an estimation, its locations and terms.

    Raises
    ------
    UserError
        With all problems of a file, each with file, line and field.
    """
    table = read_table(table_path(config.table))
    locations = read_table(table_path(config.places)) if config.places else None
    _check_columns(config, table, locations)
    origin, destination = table.names(config.origin), table.names(config.destination)
    flow = table.numbers(config.flow, 0.0, False, "a flow")
    _check_pairs(config, table, origin, destination)
    index = _index(locations, table, config) if locations else {}
    table.raise_problems()
    ends = {
        "origin": np.array([index.get(name, 0) for name in origin]),
        "destination": np.array([index.get(name, 0) for name in destination]),
    }
    distance = _distance(config, table, locations, ends)
    columns, headers = {}, {"distance": table.header(config.distance.column or config.flow)}
    for term in config.terms:
        columns[term], headers[term] = _term(term, table, locations, ends)
    for part in (table, locations):
        if part is not None:
            part.raise_problems()
    if not flow.sum() > 0:
        raise UserError(f"{table.header(config.flow)}: all flows are 0; expected some above 0")
    remarks = tuple(notes(config, table, origin, destination))
    return Flows(origin, destination, flow, distance, columns, headers, table, remarks)


def notes_of(config: Estimation) -> list[str]:
    """Read the table of an estimation and return the notes on it; see `read_flows`."""
    return list(read_flows(config).notes)


def _check_columns(config: Estimation, table: Table, locations: Table | None) -> None:
    table.need(config.origin, "the origin of flows")
    table.need(config.destination, "the destination of flows")
    table.need(config.flow, "the flow")
    if config.distance.column:
        table.need(config.distance.column, f"the distance [{config.distance.unit}]")
    if locations is not None:
        locations.need("place", "the names used for origins and destinations")
        for column in () if config.distance.column else ("lat", "lon"):
            locations.need(column, "coordinates of the place [degrees]")
    for term in config.terms:
        where, column = _where(term, table, locations)
        where.need(column, f"the values of the term '{term}'")
    for part in (table, locations):
        if part is not None:
            part.raise_problems()


def _where(term: str, table: Table, locations: Table | None) -> tuple[Table, str]:
    """Return the table and column of a term."""
    name = term.removeprefix(LOG).strip()
    side, dot, column = name.partition(".")
    if locations is not None and dot and side in ("origin", "destination"):
        return locations, column
    return table, name


def _check_pairs(config: Estimation, table: Table, origin: np.ndarray, destination: np.ndarray) -> None:
    seen: dict[tuple[str, str], int] = {}
    for k, pair in enumerate(zip(origin, destination, strict=True)):
        if pair in seen:
            text = f"the pair {pair[0]} to {pair[1]} already appears in line {table.lines[seen[pair]]}"
            table.problems.append(f"{table.cell(k, config.destination)}: {text}; expected each pair once")
        seen.setdefault(pair, k)
    for column, names in ((config.origin, origin), (config.destination, destination)):
        if len(set(names)) < 2:
            text = f"names one place, '{names[0]}'; expected at least two"
            table.problems.append(f"{table.header(column)}: {text}")


def _index(locations: Table, table: Table, config: Estimation) -> dict[str, int]:
    """Return row numbers of locations by name; duplicate names and unknown names in pairs are problems."""
    names = locations.names("place")
    index: dict[str, int] = {}
    for k, name in enumerate(names):
        if name in index:
            locations.problems.append(f"{locations.cell(k, 'place')}: '{name}' appears twice; expected each place once")
        index.setdefault(name, k)
    for column in (config.origin, config.destination):
        problem = set()
        for k, name in enumerate(table.columns[column]):
            if name and name not in index and name not in problem:
                text = (
                    f"'{name}' is not a place of {locations.path.name}; expected one of its names{nearest(name, index)}"
                )
                table.problems.append(f"{table.cell(k, column)}: {text}")
                problem.add(name)
    locations.raise_problems()
    return index


def _distance(config: Estimation, table: Table, locations: Table | None, ends: dict[str, np.ndarray]) -> np.ndarray:
    spec = config.distance
    # Logs need positive distances; rows that are left out do not matter.
    strict = spec.decay == "power" and spec.plus == 0
    if spec.column:
        meaning = "kilometres" if spec.unit == "km" else "hours"
        within = np.array(table.columns[config.origin]) == np.array(table.columns[config.destination])
        ignored = within & (config.within == "leave_out")
        values = table.columns[spec.column]
        table.columns[spec.column] = ["1" if skip else text for skip, text in zip(ignored, values, strict=True)]
        return table.numbers(spec.column, 0.0, strict, meaning)
    assert locations is not None  # guaranteed by the config schema
    lat = _bounded(locations, "lat", 90.0)
    lon = _bounded(locations, "lon", 180.0)
    locations.raise_problems()
    o, d = ends["origin"], ends["destination"]
    km = great_circle(lat[o], lon[o], lat[d], lon[d])
    for k in (int(k) for k in np.flatnonzero((km <= 0) & strict)):
        if o[k] != d[k] or config.within == "dummy":
            text = "the distance is 0 km; expected distinct locations, a column of distances, or distance.plus > 0"
            table.problems.append(f"{table.cell(k, config.destination)}: {text}")
    return km


def _bounded(locations: Table, column: str, most: float) -> np.ndarray:
    values = locations.numbers(column, -most, False, "degrees")
    for k in np.flatnonzero(values > most):
        text = f"{values[k]:g} is out of range; expected degrees of at most {most:g}"
        locations.problems.append(f"{locations.cell(int(k), column)}: {text}")
    return values


def _term(term: str, table: Table, locations: Table | None, ends: dict[str, np.ndarray]) -> tuple[np.ndarray, str]:
    """Return the values of a term for each pair, and the location of its column."""
    where, column = _where(term, table, locations)
    logs = term.startswith(LOG)
    low = 0.0 if logs else -math.inf
    values = where.numbers(column, low, logs, f"a number for '{term}'")
    values = np.log(values) if logs else values
    if where is locations:
        values = values[ends[term.removeprefix(LOG).strip().partition(".")[0]]]
    return values, where.header(column)


def shortened(names: Iterable[str], most: int = 5) -> str:
    """Return the first few names and the number of further ones.

    Examples
    --------
    >>> shortened("abc", 2)
    'a, b and 1 more'
    """
    listed = list(names)
    rest = len(listed) - most
    return ", ".join(listed[:most]) + (f" and {rest} more" if rest > 0 else "")
