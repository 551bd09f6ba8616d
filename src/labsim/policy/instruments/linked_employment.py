"""Linked employment: work and learning together (Verbundene Beschäftigung)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from labsim.params import param, share
from labsim.policy.instrument import Effect, Instrument, Rows, register
from labsim.state.view import Seen


@register
class LinkedEmployment(Instrument):
    """Linked employment: work and learning together."""

    name: ClassVar[str] = "linked_employment"
    label: ClassVar[str] = "Linked employment: work and learning together"
    label_de: ClassVar[str] = "Verbundene Beschäftigung"
    lmp_class: ClassVar[int] = 5
    reference: ClassVar[str] = "local practice; no single statute"

    cost: float = param(1100.0, "EUR per participant and month", "cost of a place", low=1.0, high=20000.0,
                        source="assumption")  # fmt: skip
    months: int = param(10, "months", "length", low=1, high=60, source="model study, set B")
    lock_in: float = share(0.50, "fall of search effort while taking part", source="model study, set B")
    skill_gain: float = param(0.08, "log points", "gain in human capital on completion", low=0.0, high=1.0,
                              source="model study, set B")  # fmt: skip
    employability_gain: float = param(0.12, "share", "gain in employability on completion", low=0.0, high=1.0,
                                      source="model study, set B")  # fmt: skip

    def completion(self, seen: Seen, rows: Rows) -> Iterable[Effect]:
        """Yield the gains of those who finish."""
        yield Effect("human_capital", rows, self.skill_gain)
        yield Effect("employability", rows, self.employability_gain)
