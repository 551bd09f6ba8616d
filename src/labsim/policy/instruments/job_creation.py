"""Job creation scheme (Arbeitsbeschaffungsmaßnahme, Arbeitsgelegenheit)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from labsim.params import param, share
from labsim.policy.instrument import Effect, Instrument, Rows, register
from labsim.state.view import Seen


@register
class JobCreation(Instrument):
    """Job creation scheme."""

    name: ClassVar[str] = "job_creation"
    label: ClassVar[str] = "Job creation scheme"
    label_de: ClassVar[str] = "Arbeitsbeschaffungsmaßnahme, Arbeitsgelegenheit"
    lmp_class: ClassVar[int] = 6
    reference: ClassVar[str] = "SGB III §§ 260 ff., SGB II § 16 (3) (reference from memory, unverified)"

    cost: float = param(800.0, "EUR per participant and month", "cost of a place", low=1.0, high=20000.0,
                        source="assumption: between one-euro job and ABM (Hohmeyer & Wolff 2010)")  # fmt: skip
    months: int = param(9, "months", "length", low=1, high=60, source="model study, set B")
    lock_in: float = share(0.60, "fall of search effort while taking part", source="model study, set B")
    skill_gain: float = param(0.0, "log points", "gain in human capital on completion", low=0.0, high=1.0,
                              source="model study, set B")  # fmt: skip
    employability_gain: float = param(0.06, "share", "gain in employability on completion", low=0.0, high=1.0,
                                      source="model study, set B")  # fmt: skip

    def completion(self, seen: Seen, rows: Rows) -> Iterable[Effect]:
        """Yield the gains of those who finish."""
        yield Effect("human_capital", rows, self.skill_gain)
        yield Effect("employability", rows, self.employability_gain)
