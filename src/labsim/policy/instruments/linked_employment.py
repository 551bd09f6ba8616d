"""Linked employment: work and learning together (Verbundene Beschäftigung)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from labsim.params import param, share
from labsim.policy.instrument import Effect, Instrument, Rows, register
from labsim.state.view import Seen


@register
class LinkedEmployment(Instrument):
    """Work and learning together, for people far from the market."""

    name: ClassVar[str] = "linked_employment"
    label: ClassVar[str] = "Linked employment: work and learning together"
    label_de: ClassVar[str] = "Verbundene Beschäftigung"
    lmp_class: ClassVar[int] = 5
    reference: ClassVar[str] = "local practice; no single statute"
    field: ClassVar[str] = "linked"
    serves: ClassVar[str] = "long_term"

    cost: float = param(
        1100.0, "EUR per participant and month", "cost of a place", low=1.0, high=20000.0,
        source="assumption: with the benefit that goes on, near a work opportunity with a wage (1,742.50 EUR, Hohmeyer"
        " and Wolff 2010, via mvpfDE)",
    )  # fmt: skip
    months: int = param(10, "months", "length", low=1, high=60, source="model study, set B")
    lock_in: float = share(0.50, "fall of search effort while taking part", source="model study, set B")
    skill_gain: float = param(
        0.04, "log points", "gain in human capital on completion", low=0.0, high=1.0,
        source="model study, set B (0.08) halved, since few are in unsubsidised work a year later (6.7 %, BMAS FB 551)",
    )  # fmt: skip
    employability_gain: float = param(
        0.09, "share", "gain in employability on completion", low=0.0, high=1.0,
        source="model study, set B (0.18 at its optimistic gain) halved, for the same reason",
    )  # fmt: skip

    def completion(self, seen: Seen, rows: Rows) -> Iterable[Effect]:
        """Yield the gains of those who finish."""
        yield Effect("human_capital", rows, self.skill_gain)
        yield Effect("employability", rows, self.employability_gain)
