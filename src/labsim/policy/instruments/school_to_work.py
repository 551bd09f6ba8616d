"""From school to work: vocational preparation of young people (berufsvorbereitende Bildungsmaßnahme)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from labsim.params import param, share
from labsim.policy.instrument import Effect, Instrument, Mask, Rows, register
from labsim.state.view import Seen


@register
class SchoolToWork(Instrument):
    """Vocational preparation and help with the first job for young people without vocational training."""

    name: ClassVar[str] = "school_to_work"
    label: ClassVar[str] = "From school to work"
    label_de: ClassVar[str] = "Berufsvorbereitende Bildungsmaßnahme"
    lmp_class: ClassVar[int] = 2
    reference: ClassVar[str] = "SGB III § 61 (from memory, unverified)"
    field: ClassVar[str] = "training"
    serves: ClassVar[str] = "youth"

    cost: float = param(600.0, "EUR per participant and month", "cost of a place", low=1.0, high=20000.0)
    months: int = param(10, "months", "length", low=1, high=60, source="about ten months (from memory)")
    lock_in: float = share(0.60, "fall of search effort while taking part")
    below_age: int = param(25, "years", "age from which nobody is taken", low=17, high=65)
    skill_gain: float = param(0.08, "log points", "gain in human capital on completion", low=0.0, high=1.0,
                              source="assumption: half of further training (set B)")  # fmt: skip
    employability_gain: float = param(0.04, "share", "gain in employability on completion", low=0.0, high=1.0,
                                      source="assumption: half of further training (set B)")  # fmt: skip

    def eligible(self, seen: Seen) -> Mask:
        """Return who may take part: young people without vocational training."""
        untrained: Mask = seen.education == 0
        return super().eligible(seen) & untrained & (seen.age < self.below_age)

    def completion(self, seen: Seen, rows: Rows) -> Iterable[Effect]:
        """Yield the gains of those who finish."""
        yield Effect("human_capital", rows, self.skill_gain)
        yield Effect("employability", rows, self.employability_gain)
