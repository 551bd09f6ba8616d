"""Agents as thin views of table rows: created when asked for, reading and writing the columns."""

from __future__ import annotations

from typing import Any, Self, overload

import mesa
import numpy as np


class Cell[T: (int, float)]:
    """A property that reads and writes one cell of a column; reads give Python numbers."""

    def __init__(self, doc: str) -> None:
        self.__doc__ = doc
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, agent: None, owner: type) -> Self: ...
    @overload
    def __get__(self, agent: RowAgent, owner: type) -> T: ...

    def __get__(self, agent: RowAgent | None, owner: type) -> Any:
        """Return the cell as a Python number (the property itself on the class)."""
        if agent is None:
            return self
        return getattr(agent.table, self.name)[agent.row].item()

    def __set__(self, agent: RowAgent, value: T) -> None:
        """Write the cell."""
        getattr(agent.table, self.name)[agent.row] = value


class RowAgent(mesa.Agent[Any]):
    """A Mesa agent that is a row of a table. Two views of the same row are equal.

    ``unique_id`` is the row + 1; rows are never reused for another kind of entity.
    """

    TABLE = ""
    METHODS: dict[str, int] = {}
    """Methods that kernels run compiled: name -> bit of the column `python`."""

    def __init__(self, model: Any, row: int) -> None:  # deliberately without registration
        object.__setattr__(self, "model", model)
        object.__setattr__(self, "row", row)

    @property
    def table(self) -> Any:
        """The table this agent is a row of."""
        return getattr(self.model.world, self.TABLE)

    @property
    def unique_id(self) -> int:
        """The row + 1."""
        return int(self.row) + 1

    @unique_id.setter
    def unique_id(self, value: Any) -> None:
        raise AttributeError("unique_id is the row + 1 and cannot be set")

    @property
    def pos(self) -> None:
        """Agents that are rows have no position in a Mesa space."""
        return

    @pos.setter
    def pos(self, value: Any) -> None:
        raise AttributeError("an agent that is a row has no position in a Mesa space")

    def remove(self) -> None:
        """Refuse: people leave by ageing, employers by closing."""
        raise TypeError(f"a {type(self).__name__} is a row of a table and cannot be removed")

    def __eq__(self, other: object) -> bool:
        """Two views are equal if they show the same row of the same model."""
        return type(other) is type(self) and (other.model, other.row) == (self.model, self.row)  # type: ignore[attr-defined]  # same type

    def __hash__(self) -> int:
        """Hash by model and row."""
        return hash((id(self.model), self.row))

    def __repr__(self) -> str:
        """Return e.g. JobSeeker(17)."""
        return f"{type(self).__name__}({self.row})"

    @classmethod
    def methods_in_python(cls) -> int:
        """Return the bits of the methods that this class overrides: they run in Python for its agents."""
        bits = 0
        for name, bit in cls.METHODS.items():
            defined_by = next(c for c in cls.__mro__ if name in vars(c))
            if "METHODS" not in vars(defined_by):
                bits |= bit
        return bits


def number(value: Any) -> Any:
    """Return a Python number for a numpy scalar."""
    return value.item() if isinstance(value, np.generic) else value
