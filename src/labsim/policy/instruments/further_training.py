"""Further training, assigned by a caseworker (Förderung der beruflichen Weiterbildung)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from labsim.params import param, share
from labsim.policy.instrument import Effect, Instrument, Rows, register
from labsim.state.view import Seen


@register
class FurtherTraining(Instrument):
    """A course of months to which a caseworker assigns people: a long lock-in, then skills that stay."""

    name: ClassVar[str] = "further_training"
    label: ClassVar[str] = "Further training"
    label_de: ClassVar[str] = "Förderung der beruflichen Weiterbildung"
    lmp_class: ClassVar[int] = 2
    reference: ClassVar[str] = "SGB III §§ 77 ff. (from memory, unverified)"
    field: ClassVar[str] = "training"
    serves: ClassVar[str] = "low_skilled"

    cost: float = param(664.0, "EUR per participant and month", "cost of a place", low=1.0, high=20000.0,
                        source="Biewen et al. 2014 (via mvpfDE): 664 EUR a month")  # fmt: skip
    months: int = param(7, "months", "length", low=1, high=60,
                        source="model study, set B (Biewen et al. 2014, via mvpfDE: 7.5 months)")  # fmt: skip
    lock_in: float = share(0.75, "fall of search effort while taking part", source="model study, set B")
    skill_gain: float = param(0.16, "log points", "gain in human capital on completion", low=0.0, high=1.0,
                              source="model study, set B")  # fmt: skip
    employability_gain: float = param(0.08, "share", "gain in employability on completion", low=0.0, high=1.0,
                                      source="model study, set B")  # fmt: skip

    def completion(self, seen: Seen, rows: Rows) -> Iterable[Effect]:
        """Yield the gains of those who finish."""
        yield Effect("human_capital", rows, self.skill_gain)
        yield Effect("employability", rows, self.employability_gain)
