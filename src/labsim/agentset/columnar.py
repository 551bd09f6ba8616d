"""A set of agents that are rows of a table: what it says about columns it computes on whole arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from typing import Any, Literal, Self, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labsim.agentset.columns import Columns, fitting
from labsim.agentset.ordered import ColumnarGroupBy, OrderedAgents, Shuffles, chosen, limit
from labsim.views import Cast, Cell, RowAgent, number

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
INFINITE = float("inf")


Condition = ArrayLike | Callable[[Columns], ArrayLike]


class ColumnarAgentSet[A: RowAgent](OrderedAgents[A]):
    """Agents that are rows of a table, in an order, without repetition.

    It speaks the language of Mesa's AgentSet. Agents are made when they are asked for, by position or by
    iteration; attributes that are columns are read, written, selected, grouped and sorted as arrays.

    Parameters
    ----------
    cast
        Who plays the rows (`model.casts`).
    rows
        Row numbers, (n,); None: all rows.
    random
        Generator that shuffles; by default the model's, which nothing else in labsim draws from.

    Examples
    --------
    >>> from labsim.config import load
    >>> from labsim.model import LabourMarket
    >>> scenario = load("toytown").model_copy(update={"scale": 0.02, "burn_in": 0})
    >>> people = LabourMarket(scenario, seed=1).job_seekers
    >>> people[17].unique_id
    18
    >>> older = people.select(where=lambda p: p.age >= 50 * 12)
    >>> older.agg("age", min) >= 600
    True
    >>> sum(people.groupby("status").count().values())
    400
    """

    def __init__(self, cast: Cast, rows: ArrayLike | None = None, random: Shuffles | None = None) -> None:
        self.cast, self.model = cast, cast.model
        self.random: Shuffles = self.model.random if random is None else random
        self._written = self.table
        self._rows = None if rows is None else self._checked(np.asarray(rows))

    def _checked(self, rows: NDArray[Any]) -> Rows:
        if rows.size == 0:
            return np.zeros(0, np.int64)
        if rows.ndim != 1 or rows.dtype.kind not in "iu":
            raise TypeError(f"rows must be whole numbers, shape (n,), not {rows.dtype} of shape {rows.shape}")
        if rows.min() < 0 or rows.max() >= self.cast.size:
            raise IndexError(f"rows must be between 0 and {self.cast.size - 1}")
        if np.unique(rows).size < rows.size:
            raise ValueError("a set cannot hold a row twice")
        return rows.astype(np.int64)

    def _of(self, rows: Rows | None) -> Self:
        """Return a set of other rows of the same table."""
        made = copy(self)
        made._rows = rows  # noqa: SLF001  (its own class)
        return made

    def _with(self, rows: Rows, inplace: bool) -> Self:
        if not inplace:
            return self._of(rows)
        self._rows = rows
        return self

    # what is in it

    @property
    def table(self) -> Any:
        """The table whose rows these are."""
        return getattr(self.model.world, self.cast.base.TABLE)

    @property
    def rows(self) -> Rows:
        """Row numbers, (n,)."""
        if self.cast.base.MOVES and self.table is not self._written:
            raise RuntimeError(
                f"{self.cast.base.TABLE} are listed anew every month: ask the model for them again"
            )
        return np.arange(self.cast.size) if self._rows is None else self._rows

    def __len__(self) -> int:
        return self.cast.size if self._rows is None else int(self._rows.size)

    def __iter__(self) -> Iterator[A]:
        return map(self.cast, self.rows.tolist())

    def __contains__(self, agent: Any) -> bool:
        if not self._knows(agent):
            return False
        try:
            return self._rows is None or bool((self.rows == agent.row).any())
        except LookupError:  # a vacancy that has been filled or withdrawn
            return False

    def _knows(self, agent: Any) -> bool:
        return isinstance(agent, self.cast.base) and agent.model is self.model

    @overload
    def __getitem__(self, item: int) -> A: ...
    @overload
    def __getitem__(self, item: slice) -> Self: ...

    def __getitem__(self, item: Any) -> Any:
        """Return the agent at a position, or for a slice a set."""
        if isinstance(item, slice):
            return self._of(self.rows[item])
        return self.cast(int((range(len(self)) if self._rows is None else self.rows)[item]))

    def __repr__(self) -> str:
        """Return e.g. <400 JobSeeker>."""
        return f"<{len(self)} {self.cast.base.__name__}>"

    # columns

    def column(self, name: str) -> NDArray[Any]:
        """Return an attribute of all agents as a read-only array, (n,): a column as it is stored."""
        if self.has(name):
            stored = getattr(self.table, name)
            values = stored.view() if self._rows is None else stored[self.rows]
        elif name == "row":
            values = self.rows.copy()
        elif name == "unique_id" and self.cast.base.unique_id is RowAgent.unique_id:
            values = self.rows + self.model.first_ids[self.cast.base.TABLE]
        else:
            values = np.array([getattr(agent, name) for agent in self])
        values.setflags(write=False)
        return np.asarray(values)

    def has(self, name: str) -> bool:
        """Say whether an attribute is a column of the table."""
        return name in self.table._fields and hasattr(self.cast.base, name)

    @property
    def columns(self) -> Columns:
        """The columns as attributes: ``people.columns.age``."""
        return Columns(self)

    @overload
    def get(
        self, attr_names: str, handle_missing: Literal["error", "default"] = ..., default_value: Any = ...
    ) -> list[Any]: ...
    @overload
    def get(
        self,
        attr_names: list[str],
        handle_missing: Literal["error", "default"] = ...,
        default_value: Any = ...,
    ) -> list[list[Any]]: ...

    def get(
        self,
        attr_names: str | list[str],
        handle_missing: Literal["error", "default"] = "error",
        default_value: Any = None,
    ) -> list[Any]:
        """Return an attribute of every agent, or a list of attributes of every agent, as Python values."""
        if handle_missing not in ("error", "default"):
            raise ValueError(f"handle_missing is '{handle_missing}', but must be 'error' or 'default'")
        if not isinstance(attr_names, str):
            values = [self.get(name, handle_missing, default_value) for name in attr_names]
            return [list(row) for row in zip(*values, strict=True)] if values else [[] for _ in self]
        if self.has(attr_names) or attr_names == "unique_id":
            return list(self.column(attr_names).tolist())
        missing = () if handle_missing == "error" else (default_value,)
        return [getattr(agent, attr_names, *missing) for agent in self]

    def agg(self, attribute: str, func: Callable[..., Any] | Iterable[Callable[..., Any]]) -> Any:
        """Return what a function (or each of several) gives for the values of an attribute.

        A function of numpy gets an array, any other a list of Python values.
        """
        if not callable(func):
            return [self.agg(attribute, each) for each in func]
        if (getattr(func, "__module__", None) or "").startswith("numpy") and self.has(attribute):
            values = self.column(attribute)
            return number(func(values.astype(np.float64 if values.dtype.kind == "f" else np.int64)))
        return func(self.get(attribute))

    def set(self, attr_name: str, value: Any) -> Self:  # type: ignore[override]  # Mesa promises its AgentSet
        """Write an attribute of all agents: one value for all, or for a column also an array, (n,)."""
        cell = getattr(self.cast.base, attr_name, None)
        if isinstance(cell, Cell) and not cell.fixed:
            stored = getattr(self.table, attr_name)
            stored[self.rows] = fitting(attr_name, np.asarray(value), stored.dtype)
            return self
        for agent in self:
            setattr(agent, attr_name, value)
        return self

    # parts of it

    def select(
        self,
        filter_func: Callable[[A], bool] | None = None,
        at_most: float = INFINITE,
        inplace: bool = False,
        agent_type: type[Any] | None = None,
        *,
        where: Condition | None = None,
    ) -> Self:
        """Return the agents that fulfil all conditions, in their order.

        Parameters
        ----------
        filter_func
            As in Mesa: called with every agent, hundreds of times slower than ``where``.
        at_most
            Number of agents, or a share of all if it is a float up to 1.
        inplace
            Change this set instead of making another.
        agent_type
            Class of the agents.
        where
            A mask (n,), or a function of the `Columns` that gives one:
            ``where=lambda p: (p.age < 300) & (p.status == codes.UNEMPLOYED)``.
        """
        rows, most = self.rows, limit(at_most, len(self))
        if where is not None:
            rows = rows[self._mask(where)]
        if agent_type is not None:
            rows = rows[self.cast.plays(rows, agent_type)]
        if filter_func is not None:
            passing = chosen(self._of(rows), filter_func, most, None)
            rows = np.array([agent.row for agent in passing], np.int64)
        return self._with(rows[:most], inplace)

    def _mask(self, where: Condition) -> Mask:
        mask = np.asarray(where(self.columns) if callable(where) else where)
        if mask.shape != (len(self),) or mask.dtype != np.bool_:
            raise ValueError(
                f"where must give yes or no for each of the {len(self)} agents, not {mask.dtype} of shape"
                f" {mask.shape}"
            )
        return mask

    def groupby(
        self, by: Callable[[A], Any] | str, result_type: Literal["agentset", "list"] = "agentset"
    ) -> ColumnarGroupBy:
        """Group the agents by an attribute, or by what a function gives for each, in order of appearance."""
        if isinstance(by, str) and self.has(by):
            keys, first, member = np.unique(self.column(by), return_index=True, return_inverse=True)
            ordered = self.rows[np.argsort(member, kind="stable")]
            parts = np.split(ordered, np.cumsum(np.bincount(member, minlength=keys.size))[:-1])
            groups = {keys[k].item(): self._of(parts[k]) for k in np.argsort(first).tolist()}
        else:
            members: dict[Any, list[int]] = {}
            for agent in self:
                members.setdefault(by(agent) if callable(by) else getattr(agent, by), []).append(agent.row)
            groups = {key: self._of(np.array(rows, np.int64)) for key, rows in members.items()}
        if result_type == "list":
            return ColumnarGroupBy({key: group.to_list() for key, group in groups.items()})
        return ColumnarGroupBy(dict(groups))

    def shuffle(self, inplace: bool = False) -> Self:
        """Return the set in random order, by the generator handed over by Mesa."""
        rows, generator = self.rows.tolist(), self.random
        generator.shuffle(rows)
        return self._with(np.array(rows, np.int64), inplace)

    def sort(self, key: Callable[[A], Any] | str, ascending: bool = False, inplace: bool = False) -> Self:
        """Return the set sorted by an attribute or by what a function gives, highest first.

        Equals keep their order.
        """
        if isinstance(key, str) and self.has(key):
            values = self.column(key)
            if ascending:
                order = np.argsort(values, kind="stable")
            else:
                order = values.size - 1 - np.argsort(values[::-1], kind="stable")[::-1]
            return self._with(self.rows[order], inplace)
        return super().sort(key, ascending, inplace)

    def become(self, kind: type[A]) -> Self:
        """Let these agents be of another class from now on.

        The methods that it overrides run in Python for them alone. The class stays with the row.
        """
        self.cast.give(self.rows, kind)
        return self

    # what is in it, changed

    def _holding(self, agents: list[A]) -> Self:
        return self._of(self._rows_of(agents))

    def _update(self, agents: Iterable[A]) -> Self:
        self._rows = self._rows_of(agents)
        return self

    def _rows_of(self, agents: Iterable[A]) -> Rows:
        return np.array(list(dict.fromkeys(self._row(agent) for agent in agents)), np.int64)

    def _row(self, agent: A) -> int:
        if not self._knows(agent):
            raise TypeError(f"{agent!r} is not a {self.cast.base.__name__} of this model")
        return int(agent.row)

    def add(self, agent: A) -> None:
        """Put an agent of the model into this set, at its end."""
        row = self._row(agent)
        if agent not in self:
            self._rows = np.append(self.rows, row)

    def discard(self, agent: A) -> None:
        """Take an agent out of this set, if it is in it; it stays in the model."""
        if agent in self:
            self._rows = self.rows[self.rows != agent.row]

    def clear(self) -> None:
        """Take all agents out of this set."""
        self._rows = np.zeros(0, np.int64)

    def __and__(self, other: Any) -> Self:
        return self._of(self.rows[self._held_by(other)]) if self._is_like(other) else NotImplemented

    def __sub__(self, other: Any) -> Self:
        return self._of(self.rows[~self._held_by(other)]) if self._is_like(other) else NotImplemented

    def __or__(self, other: Any) -> Self:
        if not self._is_like(other):
            return NotImplemented
        return self._of(np.concatenate([self.rows, (other - self).rows]))

    def __xor__(self, other: Any) -> Self:
        return (self - other) | (other - self) if self._is_like(other) else NotImplemented

    def __iand__(self, other: Any) -> Self:
        return self._with((self & other).rows, inplace=True)

    def __isub__(self, other: Any) -> Self:
        return self._with((self - other).rows, inplace=True)

    def __ior__(self, other: Any) -> Self:
        return self._with((self | other).rows, inplace=True)

    def __ixor__(self, other: Any) -> Self:
        return self._with((self ^ other).rows, inplace=True)

    def __le__(self, other: Any) -> bool:
        return bool(self._held_by(other).all()) if self._is_like(other) else NotImplemented

    def __ge__(self, other: Any) -> bool:
        return bool(other._held_by(self).all()) if self._is_like(other) else NotImplemented

    def isdisjoint(self, other: Iterable[Any]) -> bool:
        """Say whether no agent is in both."""
        if isinstance(other, ColumnarAgentSet) and self._is_like(other):
            return not self._held_by(other).any()
        return super().isdisjoint(other)

    def _is_like(self, other: object) -> bool:
        return isinstance(other, ColumnarAgentSet) and other.cast is self.cast

    def _held_by(self, other: Self) -> Mask:
        return np.isin(self.rows, other.rows)
