"""Agents as thin views of table rows: created when asked for, reading and writing the columns."""

from __future__ import annotations

from typing import Any, ClassVar, Self, overload

import mesa
import numpy as np
from numpy.typing import NDArray

from labsim.codes import ALL_METHODS

SOMEBODY = {"persons": "people_in_python", "employers": "employers_in_python"}
"""Where the world keeps, by table, the methods that run in Python for somebody."""


class Cell[T: (int, float)]:
    """A property that reads and writes one cell of a column; reads give Python numbers.

    A fixed one is written by the model alone.
    """

    def __init__(self, doc: str, *, fixed: bool = False) -> None:
        self.__doc__ = doc
        self.fixed = fixed
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
        if self.fixed:
            raise AttributeError(f"{self.name} of a {type(agent).__name__} cannot be set")
        getattr(agent.table, self.name)[agent.row] = value


class RowAgent(mesa.Agent[Any]):
    """A Mesa agent that is a row of a table. Two views of the same row are equal.

    A view keeps nothing of its own: state that a subclass adds belongs into an array on the model, indexed by
    ``row``. Rows are never reused for another kind of entity, but at 65 a school leaver takes a person's row
    (`JobSeeker.born` tells them apart) or it stands empty, and a new employer takes the row of one that closes.
    """

    TABLE = ""
    MOVES = False
    """Whether rows of the table change their place from month to month."""
    METHODS: ClassVar[dict[str, int]] = {}
    """Methods that kernels run compiled: name -> bits of the column `python`."""

    row: int

    def __init__(self, model: Any, row: int) -> None:  # deliberately without registration
        own = self.__dict__
        own["model"], own["row"] = model, row

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse classes that redefine a column: kernels would not see it."""
        base: Any = super()
        base.__init_subclass__(**kwargs)
        for name in vars(cls):
            if any(isinstance(vars(above).get(name), Cell) for above in cls.__mro__[1:]):
                raise TypeError(f"{cls.__name__} redefines the column '{name}', which kernels read")

    def __setattr__(self, name: str, value: Any) -> None:
        """Write a column or another property; refuse what would be lost together with the view."""
        if not hasattr(type(getattr(type(self), name, None)), "__set__"):
            raise AttributeError(
                f"a {type(self).__name__} has no column '{name}', and a view keeps nothing of its own:"
                " keep an array on the model, indexed by row"
            )
        object.__setattr__(self, name, value)

    @property
    def table(self) -> Any:
        """The table this agent is a row of."""
        return getattr(self.model.world, self.TABLE)

    @property  # type: ignore[override]  # Mesa assigns what is a property here
    def unique_id(self) -> int:
        """A number that no other agent of the model has: people count from 1, employers go on after them."""
        return int(self.model.first_ids[self.TABLE] + self.row)

    @unique_id.setter
    def unique_id(self, _: Any) -> None:
        raise AttributeError("unique_id follows from the row and cannot be set")

    @property
    def pos(self) -> None:
        """Agents that are rows have no position in a Mesa space."""
        return

    @pos.setter
    def pos(self, _: Any) -> None:
        raise AttributeError("an agent that is a row has no position in a Mesa space")

    def remove(self) -> None:
        """Refuse: people leave by ageing, employers by closing."""
        raise TypeError(f"a {type(self).__name__} is a row of a table and cannot be removed")

    def identity(self) -> Any:
        """Return what tells this agent from others of its table."""
        return self.row

    def __eq__(self, other: object) -> bool:
        """Two views are equal if they show the same row of the same model."""
        return (
            isinstance(other, RowAgent)
            and other.TABLE == self.TABLE
            and other.model is self.model
            and bool(other.identity() == self.identity())
        )

    def __hash__(self) -> int:
        """Hash by model, table and row."""
        return hash((id(self.model), self.TABLE, self.identity()))

    def __repr__(self) -> str:
        """Return e.g. JobSeeker(17)."""
        return f"{type(self).__name__}({self.row})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy a view together with its model."""
        return type(self), (self.model, self.row)

    @classmethod
    def methods_in_python(cls) -> int:
        """Return the bits of the methods that this class overrides: they run in Python for its agents.

        A rule or property of the specification that is not in `METHODS` stands for all of them.
        """
        specification: Any = [c for c in cls.__mro__ if "METHODS" in vars(c)][-2]
        bits = 0
        rules = {name: m for name, m in vars(specification).items() if callable(m) or isinstance(m, property)}
        for name in rules:
            if next(c for c in cls.__mro__ if name in vars(c)) is not specification:
                bits |= specification.METHODS.get(name, ALL_METHODS)
        return bits


class Vacancy(RowAgent):
    """A vacancy, to look at: its row moves from month to month, so a view finds it by employer and number.

    Reading one that has been filled or withdrawn in an earlier month raises LookupError.
    """

    TABLE = "vacancies"
    MOVES = True

    _at: tuple[Any, int]
    _identity: tuple[int, int]

    municipality = Cell[int]("index of the municipality of the workplace", fixed=True)
    occupation = Cell[int]("index of the occupation asked", fixed=True)
    education = Cell[int]("education asked, see JobSeeker", fixed=True)
    wage = Cell[float]("wage posted for average human capital, EUR a month", fixed=True)
    opened = Cell[int]("month number of opening", fixed=True)
    registered = Cell[int]("whether it is registered with the agency", fixed=True)
    filled_by = Cell[int]("row of the person hired, -1 while open", fixed=True)

    def __init__(self, model: Any, row: int) -> None:
        table = model.world.vacancies
        own = self.__dict__
        own["model"], own["_at"] = model, (table, row)
        own["_identity"] = int(table.employer[row]), int(table.number[row])

    @property
    def employer(self) -> int:
        """Row of the employer."""
        return int(self._identity[0])

    @property
    def number(self) -> int:
        """The employer's count of vacancies."""
        return int(self._identity[1])

    @property
    def row(self) -> int:  # type: ignore[override]  # found anew when the list has been rewritten
        """The row at present."""
        world = self.model.world
        table, row = self._at
        if table is not world.vacancies:
            employer, number = self._identity
            first, last = world.first_vacancy[employer : employer + 2].tolist()
            row = first + int(np.searchsorted(world.vacancies.number[first:last], number))
            if row == last or world.vacancies.number[row] != number:
                raise LookupError(f"{self!r} has been filled or withdrawn")
            self.__dict__["_at"] = (world.vacancies, row)
        return int(row)

    @property  # type: ignore[misc]  # never set
    def unique_id(self) -> int:  # type: ignore[override]  # Mesa assigns what is a property here
        """A number that no other vacancy of the model ever has."""
        return self.employer + (self.number << 32) + 1

    def identity(self) -> Any:
        """Return (employer, number)."""
        return self._identity

    def __repr__(self) -> str:
        """Return e.g. Vacancy(employer=3, number=5)."""
        return f"Vacancy(employer={self.employer}, number={self.number})"


class Cast:
    """Who plays which row of a table: the class of every agent, and with it which methods run in Python.

    Calling it gives the agent of a row.
    """

    def __init__(self, model: Any, base: type[RowAgent], kind: type[RowAgent]) -> None:
        self.model, self.base = model, base
        self.kinds: list[type[RowAgent]] = [self._checked(kind)]
        self.part: NDArray[np.uint8] | None = None  # (rows,) position in `kinds`; None: all of the first
        self._mark(slice(None), kind)

    def __call__(self, row: int) -> Any:
        """Return the agent of a row."""
        kind = self.kinds[0] if self.part is None else self.kinds[self.part[row]]
        return kind(self.model, row)

    @property
    def size(self) -> int:
        """Number of rows."""
        return int(getattr(self.model.world, self.base.TABLE).municipality.size)

    def give(self, rows: NDArray[np.int64], kind: type[RowAgent]) -> None:
        """Let agents of this class play these rows from now on."""
        if self.base.MOVES:
            raise TypeError(f"a {self.base.__name__} has no rules of its own to override")
        self._checked(kind)
        if kind not in self.kinds:
            self.kinds.append(kind)
        if self.part is None:
            self.part = np.zeros(self.size, np.uint8)
        self.part[rows] = self.kinds.index(kind)
        self._mark(rows, kind)

    def plays(self, rows: NDArray[np.int64], kind: type[Any]) -> NDArray[np.bool_]:
        """Say for each of these rows whether its agent is an instance of a class."""
        known = np.array([issubclass(k, kind) for k in self.kinds])
        if self.part is None:
            return np.full(rows.size, known[0])
        return np.asarray(known[self.part[rows]])

    def by_kind(self) -> dict[type[RowAgent], NDArray[np.int64] | None]:
        """Return the rows of each class that has any; None stands for all."""
        if self.part is None:
            return {self.kinds[0]: None}
        rows = {kind: np.flatnonzero(self.part == k) for k, kind in enumerate(self.kinds)}
        return {kind: own for kind, own in rows.items() if own.size}

    def _checked(self, kind: type[RowAgent]) -> type[RowAgent]:
        if not (isinstance(kind, type) and issubclass(kind, self.base)):
            raise TypeError(f"{kind!r} is not a class of {self.base.__name__}")
        return kind

    def _mark(self, rows: NDArray[np.int64] | slice, kind: type[RowAgent]) -> None:
        """Mark what runs in Python for these rows."""
        somebody = SOMEBODY.get(self.base.TABLE)
        if somebody is None:
            return
        python = getattr(self.model.world, self.base.TABLE).python
        python[rows] = ALL_METHODS if self.model.engine == "reference" else kind.methods_in_python()
        setattr(self.model.world, somebody, int(np.bitwise_or.reduce(python)))


def number(value: Any) -> Any:
    """Return a Python number for a numpy scalar."""
    return value.item() if isinstance(value, np.generic) else value
