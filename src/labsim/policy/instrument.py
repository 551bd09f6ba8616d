"""What an instrument is: who may take part, and which channels it moves.

Instruments never reach into behaviour. They yield effects on a short, closed list of channels
(`labsim.state.channels.CHANNELS`); capacity, order, counting and writing belong to the model. A new instrument is one
file in `labsim/policy/instruments` (or in any package with an entry point in the group ``labsim.instruments``).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from importlib.metadata import entry_points
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from labsim.params import Declared, param, share
from labsim.state.view import Seen

Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]


class Effect(NamedTuple):
    """A move of one channel for some persons: multiplied or added, as the channel says."""

    channel: str
    rows: Rows
    amount: float


class Instrument(Declared):
    """One measure with its parameters. Subclasses add parameters and say `eligible` and `effects`."""

    name: ClassVar[str]
    label: ClassVar[str]
    label_de: ClassVar[str]
    lmp_class: ClassVar[int]
    reference: ClassVar[str]
    occupies: ClassVar[bool] = True
    """Whether participants leave the register while they take part (counted as in a measure)."""

    budget: float = param(0.0, "EUR per unemployed person and month", "money set aside", low=0.0, high=5000.0)
    cost: float = param(500.0, "EUR per participant and month", "cost of a place", low=1.0, high=20000.0)
    months: int = param(6, "months", "length", low=1, high=60)
    lock_in: float = share(0.5, "fall of search effort while taking part")
    min_months_unemployed: int = param(0, "months since the last job", "waiting period", low=0, high=120)
    funded_by: Literal["agency", "municipality"] = param(
        "agency", "agency or municipality", "whose budget pays and who chooses the participants"
    )

    @property
    def entries_per_unemployed(self) -> float:
        """Entries per unemployed person and month that the budget pays for (budget / cost of a whole course)."""
        return self.budget / (self.cost * self.months)

    def eligible(self, seen: Seen) -> Mask:
        """Return who may take part, shape (i,) for the persons seen."""
        return seen.months_since_job >= self.min_months_unemployed

    def effects(self, seen: Seen, rows: Rows) -> Iterable[Effect]:
        """Yield what taking part does each month to the participants in `rows`."""
        yield Effect("search_effort", rows, 1.0 - self.lock_in)

    def completion(self, seen: Seen, rows: Rows) -> Iterable[Effect]:
        """Yield what completing does to those who finish this month."""
        return ()


INSTRUMENTS: dict[str, type[Instrument]] = {}


def register[T: type[Instrument]](cls: T) -> T:
    """Make an instrument known by its name (class decorator)."""
    for attribute in ("name", "label", "label_de", "lmp_class", "reference"):
        if not hasattr(cls, attribute):
            raise TypeError(f"instrument {cls.__name__} needs a class attribute '{attribute}'")
    known = INSTRUMENTS.get(cls.name)
    if known is not None and known.__qualname__ != cls.__qualname__:
        raise ValueError(
            f"two instruments are named '{cls.name}': {known.__qualname__} and {cls.__qualname__}"
        )
    INSTRUMENTS[cls.name] = cls
    return cls


def load_instruments() -> dict[str, type[Instrument]]:
    """Import all shipped and installed instruments; return the registry, by name."""
    package: Any = importlib.import_module("labsim.policy.instruments")
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
    for point in entry_points(group="labsim.instruments"):
        point.load()
    return dict(sorted(INSTRUMENTS.items()))
