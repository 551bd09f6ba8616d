"""Employability support: counselling, debts, child care (sozial-integrative Leistungen)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from labsim.params import param, share
from labsim.policy.instrument import Effect, Instrument, Mask, Rows, register
from labsim.state.view import Seen


@register
class EmployabilitySupport(Instrument):
    """Help with what stands in the way of work, for people far from the market; they stay registered and search on."""

    name: ClassVar[str] = "employability_support"
    label: ClassVar[str] = "Employability support"
    label_de: ClassVar[str] = "Sozial-integrative Leistungen"
    lmp_class: ClassVar[int] = 1
    reference: ClassVar[str] = "SGB II § 16 (2) from 2005, § 16a from 2009 (from memory, unverified)"
    occupies: ClassVar[bool] = False
    field: ClassVar[str] = "counselling"
    serves: ClassVar[str] = "long_term"

    cost: float = param(150.0, "EUR per participant and month", "cost of a place", low=1.0, high=20000.0)
    months: int = param(6, "months", "length", low=1, high=60)
    lock_in: float = share(0.0, "fall of search effort while taking part")
    most_closeness: float = param(0.25, "log points", "estimated closeness above which nobody is helped",
                                  low=-5.0, high=5.0)  # fmt: skip
    employability_gain: float = param(0.05, "share", "gain in employability on completion", low=0.0, high=1.0)

    def eligible(self, seen: Seen) -> Mask:
        """Return who may take part: those whom the caseworker thinks far from the market."""
        return super().eligible(seen) & (seen.closeness <= self.most_closeness)

    def completion(self, seen: Seen, rows: Rows) -> Iterable[Effect]:
        """Yield the gain of those who finish."""
        yield Effect("employability", rows, self.employability_gain)
