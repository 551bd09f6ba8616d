"""Short course and job-search assistance (Trainingsmaßnahme)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from labsim.params import param, share
from labsim.policy.instrument import Effect, Instrument, Rows, register
from labsim.state.view import Seen


@register
class ShortCourse(Instrument):
    """Some weeks of short training and help with applying: a push that moves little for good, so its effect fades."""

    name: ClassVar[str] = "short_course"
    label: ClassVar[str] = "Short course and job-search assistance"
    label_de: ClassVar[str] = "Trainingsmaßnahme"
    lmp_class: ClassVar[int] = 1
    reference: ClassVar[str] = "SGB III §§ 48 ff. until 2008, § 46 from 2009 (from memory, unverified)"
    field: ClassVar[str] = "short_training"

    cost: float = param(580.0, "EUR per participant and month", "cost of a place", low=1.0, high=20000.0,
                        source="Biewen et al. 2014 (via mvpfDE): 580 EUR a month")  # fmt: skip
    months: int = param(1, "months", "length", low=1, high=60,
                        source="model study, set B (Biewen et al. 2014, via mvpfDE: 1.2 months)")  # fmt: skip
    lock_in: float = share(0.25, "fall of search effort while taking part", source="model study, set B")
    placement: float = share(
        0.3, "added chance per month of referrals: help with applying, work trials at employers"
    )
    skill_gain: float = param(0.0, "log points", "gain in human capital on completion", low=0.0, high=1.0,
                              source="model study, set B")  # fmt: skip
    employability_gain: float = param(0.01, "share", "gain in employability on completion", low=0.0, high=1.0,
                                      source="model study, section 3: 0.01 to 0.02, so that it fades")  # fmt: skip

    def effects(self, seen: Seen, rows: Rows) -> Iterable[Effect]:
        """Yield less search of one's own, and referrals."""
        yield from super().effects(seen, rows)
        yield Effect("placement", rows, self.placement)

    def completion(self, seen: Seen, rows: Rows) -> Iterable[Effect]:
        """Yield the gains of those who finish."""
        yield Effect("human_capital", rows, self.skill_gain)
        yield Effect("employability", rows, self.employability_gain)
