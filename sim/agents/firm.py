"""Firms as Mesa agents without one Python object per firm.

`FirmSet` is an `AgentSet` over the columns of `sim.economy.firms.steps.Firms`; a `Firm` is created
on access. Differences from Mesa's own set: docs/mesa.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from html import escape
from typing import Any

import mesa
import numpy as np
import pandas as pd
from mesa.agent import AgentSet

from sim.economy.firms.steps import COLUMNS, OWNERSHIP, Firms

DERIVED = ("owner", "unique_id")  # attributes of firms that follow from their columns

try:
    from mesa.agentset import GroupBy
except ImportError:  # older Mesas
    from mesa.agent import GroupBy


def _fit(model: mesa.Model, firms: Firms, name: str, value: Any) -> np.ndarray:
    """Return a value in the type of a column, checked: kernels index with cities, sectors and sites unchecked.

    Raises
    ------
    ValueError
        If it is not finite, outside the column's range, or not an integer where the column has integers.
    """
    most, single = (float(np.finfo(kind).max) for kind in (np.float64, np.float32))
    sites = len(firms.host)
    ranges = {
        "city": (0, firms.n_regions - 1), "home": (0, firms.n_regions - 1), "sector": (0, firms.n_sectors - 1),
        "ownership": (0, len(OWNERSHIP) - 1), "site": (-1, sites - 1), "age": (0, 30000), "log_z": (-single, single),
    }  # fmt: skip
    low, high = ranges.get(name, (0.0, most))
    given = np.asarray(value)
    kind = "a whole number" if np.issubdtype(COLUMNS[name], np.integer) else "a number"
    if given.dtype.kind in "biuf" and ((low <= given) & (given <= high)).all():
        column = given.astype(COLUMNS[name])
        if column.dtype.kind == "f" or (column == given).all():
            return column
    raise ValueError(f"'{name}' of a firm is {kind} from {low:g} to {high:g}, not {value}")


# Agents of Mesa have numbers of their model, counted from 1: firms, numbered from their birth, have the upper half.
_FIRMS = 1 << 63


class _Column:
    """A column of `Firms`, read and written through one row."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, firm: Firm | None, owner: type) -> Any:
        if firm is None:
            return self
        return getattr(firm.firms, self.name)[firm.row].item()

    def __set__(self, firm: Firm, value: Any) -> None:
        firm.firms.put(self.name, firm.row, _fit(firm.model, firm.firms, self.name, value))


class Firm(mesa.Agent):
    """One firm, identified by its birth identity, whatever its row.

    A view: it stores no data; columns are read and set like attributes.

    Parameters
    ----------
    model : mesa.Model
    firms : Firms
    row : int
    """

    city, sector, home, capital, log_z = _Column(), _Column(), _Column(), _Column(), _Column()
    age, ownership, site, weight = _Column(), _Column(), _Column(), _Column()

    def __init__(self, model: mesa.Model, firms: Firms, row: int):
        # Not registered with the model (no super().__init__): the set of firms already is.
        self.__dict__.update(model=model, firms=firms, pos=None, unique_id=int(firms.key[row]) ^ _FIRMS, _row=int(row))

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in COLUMNS:
            raise AttributeError(f"a firm is a view and keeps no '{name}'; columns: {', '.join(COLUMNS)}")
        super().__setattr__(name, value)

    @property
    def key(self) -> int:
        """Birth identity."""
        return self.unique_id ^ _FIRMS

    @property
    def alive(self) -> bool:
        """Whether the firm still exists."""
        return bool((self.firms.key == np.uint64(self.key)).any())

    @property
    def row(self) -> int:
        """Current row.

        Raises
        ------
        LookupError
            If the firm has closed.
        """
        keys = self.firms.key
        if self._row >= len(keys) or keys[self._row] != np.uint64(self.key):
            rows = np.flatnonzero(keys == np.uint64(self.key))
            if not len(rows):
                raise LookupError(f"firm {self.key} has closed")
            self.__dict__["_row"] = int(rows[0])
        return self._row

    @property
    def owner(self) -> str:
        """State, private or external."""
        return OWNERSHIP[self.ownership]

    def remove(self) -> None:
        """Firms close in `Firms.exit`, where their capital is accounted for."""
        raise TypeError("a firm cannot be removed on its own: firms close in Firms.exit")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Firm) and other.firms is self.firms and other.unique_id == self.unique_id

    def __hash__(self) -> int:
        return hash(self.unique_id)

    def __repr__(self) -> str:
        return f"Firm({self.key})"


class FirmGroups(GroupBy):
    """Groups of firms; aggregates are computed on columns."""

    def agg(self, attr_name: str, func: Callable) -> dict[Any, Any]:
        """Apply a function to a column of each group."""
        if any(isinstance(group, list) for group in self.groups.values()):
            return super().agg(attr_name, func)
        return {label: group.agg(attr_name, func) for label, group in self.groups.items()}


class FirmSet(AgentSet):
    """All firms, or some of them, as columns.

    A selection keeps identities: after exits it contains the surviving firms.

    Parameters
    ----------
    model : mesa.Model
    firms : Firms
    rows : (n,) int, optional
        Selected rows; all firms, present and future, if not given.
    """

    def __init__(self, model: mesa.Model, firms: Firms, rows: np.ndarray | None = None):
        # No super().__init__: there is no dictionary of agents behind this set.
        self.model, self.firms, self.random = model, firms, model.random
        self._takes_entrants = rows is None
        self._set_rows(rows)

    @classmethod
    def attach(cls, model: mesa.Model, firms: Firms) -> FirmSet:
        """Make ``model.agents_by_type[Firm]`` the set of all firms."""
        model._agents_by_type[Firm] = cls(model, firms)
        return model._agents_by_type[Firm]

    def _set_rows(self, rows: np.ndarray | None) -> None:
        self._rows = None if rows is None else np.asarray(rows, np.int64)
        self._version = self.firms.version
        key = self.firms.key
        self._keys = key[:0] if self._rows is None else key[self._rows]
        # Firms that exist now, and so are not entrants later.
        self._seen = key.copy() if self._takes_entrants and self._rows is not None else key[:0]

    @property
    def rows(self) -> np.ndarray:
        """Rows of the set's firms, in its order."""
        if self._rows is None:
            return np.arange(len(self.firms))
        if self._version != self.firms.version:
            key = self.firms.key
            order = np.argsort(key)
            position = np.searchsorted(key[order], self._keys)
            rows = order[np.minimum(position, len(order) - 1)] if len(order) else np.empty(0, np.int64)
            rows = rows[key[rows] == self._keys[: len(rows)]]
            if self._takes_entrants:
                rows = np.concatenate([rows, np.flatnonzero(~np.isin(key, self._seen))])
            self._set_rows(rows)
        return self._rows

    def _some(self, rows: np.ndarray, inplace: bool = False) -> FirmSet:
        """Return a set of these rows, or turn this one into it."""
        if not inplace:
            return type(self)(self.model, self.firms, rows)
        self._set_rows(rows)
        return self

    def _from_iterable(self, firms: Iterable[Firm]) -> FirmSet:
        """Return a set of these firms, as unions, intersections and differences require."""
        return self._some(np.array([firm.row for firm in dict.fromkeys(firms)], np.int64))

    def __getattr__(self, name: str) -> np.ndarray:
        if name not in (*COLUMNS, *DERIVED, "unique_id"):
            raise AttributeError(f"firms have no '{name}'; columns: {', '.join(COLUMNS)}")
        return self.get(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in COLUMNS:
            self.set(name, value)
        else:
            super().__setattr__(name, value)

    def __len__(self) -> int:
        return len(self.firms) if self._rows is None else len(self.rows)

    def __iter__(self) -> Iterator[Firm]:
        return (Firm(self.model, self.firms, row) for row in self.rows)

    def __contains__(self, firm: object) -> bool:
        return isinstance(firm, Firm) and firm.firms is self.firms and np.uint64(firm.key) in self.get("key")

    def __getitem__(self, item: int | slice) -> Firm | FirmSet:
        if isinstance(item, slice):
            return self._some(self.rows[item])
        return Firm(self.model, self.firms, self.rows[item])

    def table(self) -> pd.DataFrame:
        """Return the columns and the owner of each firm, by its identity; cities and sectors as in configs."""
        world = self.model.world
        ids, sectors = world.regions["id"].to_numpy(), np.array(world.sectors)
        found = {name: self.get(name) for name in COLUMNS if name not in ("key", "ownership")}
        found |= {"city": ids[self.city], "home": ids[self.home], "sector": sectors[self.sector], "owner": self.owner}
        return pd.DataFrame(found, index=pd.Index(self.get("key"), name="firm"))

    def __repr__(self) -> str:
        return f"<FirmSet: {len(self):,} firms>"

    def _repr_html_(self) -> str:
        some = self._some(self.rows[:10]).table()
        return f"<p><code>{escape(repr(self))}</code>, the first of them:</p>{some.to_html()}"

    def to_list(self) -> list[Firm]:
        """Return the firms as a list of views."""
        return list(self)

    def copy(self) -> FirmSet:
        """Return a selection of the firms that the set holds now."""
        return self._some(self.rows)

    __copy__ = copy

    def get(self, attr_names: str | list[str], handle_missing: str = "error", default_value: Any = None) -> Any:
        """Columns of the set's firms: an array for a name; for a list of names a list of values per firm."""
        if handle_missing not in ("error", "default"):
            raise ValueError(f"handle_missing is 'error' or 'default', not '{handle_missing}'")
        if not isinstance(attr_names, str):
            columns = [self.get(name, handle_missing, default_value).tolist() for name in attr_names]
            return [list(values) for values in zip(*columns, strict=True)]
        if attr_names == "owner":
            return np.array(OWNERSHIP)[self.get("ownership")]
        if attr_names == "unique_id":
            return self.get("key") ^ np.uint64(_FIRMS)
        if attr_names not in COLUMNS:
            if handle_missing == "default":
                return np.full(len(self), default_value)
            raise AttributeError(f"firms have no '{attr_names}'; columns: {', '.join(COLUMNS)}")
        return getattr(self.firms, attr_names)[self.rows]

    def set(self, attr_name: str, value: Any) -> FirmSet:
        """Write a column of the set's firms, one value for all or one per firm; the identity cannot change."""
        if attr_name not in COLUMNS or attr_name == "key":
            raise AttributeError(f"cannot set '{attr_name}' of firms")
        self.firms.put(attr_name, self.rows, _fit(self.model, self.firms, attr_name, value))
        return self

    def agg(self, attribute: str, func: Callable | Iterable[Callable]) -> Any:
        """Apply one or more functions to a column."""
        values = self.get(attribute)
        return func(values) if callable(func) else [f(values) for f in func]

    def select(
        self,
        filter_func: Callable[[FirmSet], np.ndarray] | None = None,
        at_most: float = float("inf"),
        inplace: bool = False,
        agent_type: type | None = None,
    ) -> FirmSet:
        """Select firms: the filter takes the set and returns one truth value per firm."""
        keep = np.ones(len(self), bool) if filter_func is None else np.asarray(filter_func(self))
        if keep.dtype != bool or keep.shape != (len(self),):
            raise ValueError(f"the filter of firms must return {len(self)} truth values, not {keep.dtype} {keep.shape}")
        rows = self.rows[keep]
        if agent_type is not None and not issubclass(Firm, agent_type):
            rows = rows[:0]
        if isinstance(at_most, float) and at_most <= 1.0:
            at_most = int(len(self) * at_most)
        return self._some(rows[: int(min(at_most, len(rows)))], inplace)

    def shuffle(self, inplace: bool = False) -> FirmSet:
        """Put the firms in random order."""
        rows = self.rows.tolist()
        self.random.shuffle(rows)
        return self._some(np.array(rows, np.int64), inplace)

    def sort(
        self, key: Callable[[FirmSet], np.ndarray] | str, ascending: bool = False, inplace: bool = False
    ) -> FirmSet:
        """Sort by a column, or by the values that ``key(set)`` returns; equal ones keep their order."""
        values = self._labels(key)
        if ascending:
            order = np.argsort(values, kind="stable")
        else:
            order = len(self) - 1 - np.argsort(values[::-1], kind="stable")[::-1]
        return self._some(self.rows[order], inplace)

    def _labels(self, by: Callable[[FirmSet], np.ndarray] | str) -> np.ndarray:
        """Return a value per firm: a column, or the result of ``by(set)``."""
        values = np.asarray(by(self) if callable(by) else self.get(by))
        if values.shape != (len(self),):
            raise ValueError(f"a function of firms must return {len(self)} values, not shape {values.shape}")
        return values

    def map(self, method: str | Callable, *args: Any, **kwargs: Any) -> Any:
        """Call a method of `Firms` by name, for all firms; or a callable, with the set."""
        if not isinstance(method, str):
            return method(self, *args, **kwargs)
        if len(self) < len(self.firms):
            raise TypeError(f"'{method}' acts on all firms; it cannot be called on a selection")
        return getattr(self.firms, method)(*args, **kwargs)

    def do(self, method: str | Callable, *args: Any, **kwargs: Any) -> FirmSet:
        """Do as `map` does and return the set."""
        self.map(method, *args, **kwargs)
        return self

    def shuffle_do(self, method: str | Callable, *args: Any, **kwargs: Any) -> FirmSet:
        """Do as `do` does: steps of firms do not depend on their order."""
        return self.do(method, *args, **kwargs)

    def groupby(self, by: Callable[[FirmSet], np.ndarray] | str, result_type: str = "agentset") -> FirmGroups:
        """Group by a column such as ``city`` or ``sector``, or by the labels that ``by(set)`` returns."""
        labels = self._labels(by)
        order = np.argsort(labels, kind="stable")
        values, starts = np.unique(labels[order], return_index=True)
        # Without the part before the first group: an empty set has no groups.
        parts = np.split(self.rows[order], starts)[1:]
        groups = {value.item(): self._some(rows) for value, rows in zip(values, parts, strict=True)}
        return FirmGroups(groups if result_type == "agentset" else {k: list(v) for k, v in groups.items()})

    def add(self, agent: mesa.Agent) -> None:
        """Firms enter in `Firms.enter`, where their capital is accounted for."""
        raise TypeError("a firm cannot be added on its own: firms enter in Firms.enter")

    def discard(self, agent: mesa.Agent) -> None:
        """Firms close in `Firms.exit`, where their capital is accounted for."""
        raise TypeError("a firm cannot be removed on its own: firms close in Firms.exit")

    remove = discard

    def __getstate__(self) -> dict[str, Any]:
        # Not through __getattr__, which searches the columns.
        return self.__dict__.copy()

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
