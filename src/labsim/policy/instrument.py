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
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from labsim.params import Declared, param, share
from labsim.policy.funding import Funder, Payers
from labsim.state.view import Seen

Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]

NEEDS = ("all", "youth", "long_term", "low_skilled")
"""Local needs that an instrument can answer, as columns of `World.needs`."""
AVERAGE_CLOSENESS = 0.5
"""Closeness to the market of an average client, log points (mean human capital plus employability)."""


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
    field: ClassVar[str] = ""
    """Field of work of the providers that deliver it (`labsim.state.tables.FIELDS`); empty: no provider needed."""
    serves: ClassVar[str] = "all"
    """The local need that it answers (`NEEDS`): all, youth, long_term, low_skilled."""
    voucher: ClassVar[bool] = False
    """Whether people get a voucher and look for a provider themselves, instead of being assigned."""
    pays_wage: ClassVar[bool] = False
    """Whether participants get a wage (part of the cost) instead of their benefit."""
    develops_jobs: ClassVar[bool] = False
    """Whether the money opens jobs at local employers instead of giving places to people."""

    budget: float = param(0.0, "EUR per unemployed person and month", "money set aside", low=0.0, high=5000.0)
    cost: float = param(500.0, "EUR per participant and month", "cost of a place", low=1.0, high=20000.0)
    months: int = param(6, "months", "length", low=1, high=60)
    lock_in: float = share(0.5, "fall of search effort while taking part")
    min_months_unemployed: int = param(0, "months since the last job", "waiting period", low=0, high=120)
    success_fee: float = param(0.0, "EUR per hire", "paid when a participant is hired while taking part",
                               low=0.0, high=50000.0)  # fmt: skip
    crowding_out: float = share(0.0, "regular local jobs lost per participant (0 = none)")
    funded_by: Funder = param(
        "agency",
        "agency, municipality or regional_budget",
        "whose budget pays and who chooses the participants",
    )
    targeting: float | None = param(None, "weight", "whom its places go to, instead of the regime's targeting: +1"
                                    " nearest to the market first, -1 need first", low=-1.0, high=1.0)  # fmt: skip
    payers: Payers = Payers()

    @property
    def price(self) -> float:
        """Money set aside for one entry, EUR: the whole course, or what is expected to be paid."""
        return self.cost * self.months

    @property
    def entries_per_unemployed(self) -> float:
        """Entries per unemployed person and month that the budget pays for."""
        return self.budget / self.price

    @property
    def places_per_unemployed(self) -> float:
        """Participants per unemployed person that the budget keeps, once it has run for the length of a course."""
        return self.entries_per_unemployed * self.months

    def eligible(self, seen: Seen) -> Mask:
        """Return who may take part, shape (i,) for the persons seen."""
        return seen.months_since_job >= self.min_months_unemployed

    def effects(self, seen: Seen, rows: Rows) -> Iterable[Effect]:
        """Yield what taking part does each month to the participants in `rows`."""
        yield Effect("search_effort", rows, 1.0 - self.lock_in)

    def completion(self, seen: Seen, rows: Rows) -> Iterable[Effect]:
        """Yield what completing does to those who finish this month."""
        return ()


class Voucher(Instrument):
    """An instrument that people are given as a voucher: issued, redeemed with a provider of their choice, or lapsed."""

    voucher: ClassVar[bool] = True
    validity: int = param(3, "months", "time after which an unredeemed voucher lapses", low=1, high=12)
    redemption: float = share(
        0.8, "chance that somebody of average closeness to the market redeems it in time"
    )
    redemption_slope: float = param(0.15, "share per log point", "rise of that chance with closeness to the market"
                                    " (0 = all alike)", low=0.0, high=1.0)  # fmt: skip

    @property
    def price(self) -> float:
        """Money set aside for one voucher, EUR: the course, times the chance that it is redeemed."""
        return self.cost * self.months * max(self.redemption, 0.01)

    @property
    def places_per_unemployed(self) -> float:
        """Participants per unemployed person that the budget keeps: vouchers that are not redeemed cost nothing."""
        return self.budget / self.cost

    def redeemed_each_month(self, seen: Seen) -> NDArray[np.float64]:
        """Return the chance that a holder turns to a provider this month, shape (i,)."""
        in_time = self.redemption + self.redemption_slope * (seen.closeness - AVERAGE_CLOSENESS)
        missed: NDArray[np.float64] = 1.0 - np.clip(in_time, 0.02, 0.98)
        return np.round(1.0 - np.exp(np.log(missed) / self.validity), 12)


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
