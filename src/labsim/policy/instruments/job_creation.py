"""Job creation scheme (Arbeitsbeschaffungsmaßnahme)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from labsim.params import param, share
from labsim.policy.instrument import Effect, Instrument, Rows, register
from labsim.state.view import Seen


@register
class JobCreation(Instrument):
    """A wage-paying public job for some months: long lock-in, some employability, no skills."""

    name: ClassVar[str] = "job_creation"
    label: ClassVar[str] = "Job creation scheme"
    label_de: ClassVar[str] = "Arbeitsbeschaffungsmaßnahme"
    lmp_class: ClassVar[int] = 6
    reference: ClassVar[str] = "SGB III §§ 260 ff. (from memory, unverified)"
    field: ClassVar[str] = "work"
    serves: ClassVar[str] = "long_term"
    pays_wage: ClassVar[bool] = True

    cost: float = param(1240.5, "EUR per participant and month", "cost of a place", low=1.0, high=20000.0,
                        source="Hohmeyer and Wolff 2010, Tables 2-3 (via mvpfDE): ABM, 2005-2006")  # fmt: skip
    months: int = param(9, "months", "length", low=1, high=60,
                        source="model study, set B (Hohmeyer and Wolff 2010, via mvpfDE: 12 months)")  # fmt: skip
    lock_in: float = share(0.60, "fall of search effort while taking part", source="model study, set B")
    crowding_out: float = share(
        0.25, "regular local jobs lost per participant (0 = none)",
        source="assumption within 0.65 (Dahlberg and Forslund 1999) and 0 (Moczall 2013; Kasy and Lehner 2023)",
    )  # fmt: skip
    skill_gain: float = param(0.0, "log points", "gain in human capital on completion", low=0.0, high=1.0,
                              source="model study, set B")  # fmt: skip
    employability_gain: float = param(0.06, "share", "gain in employability on completion", low=0.0, high=1.0,
                                      source="model study, set B")  # fmt: skip

    def completion(self, seen: Seen, rows: Rows) -> Iterable[Effect]:
        """Yield the gains of those who finish."""
        yield Effect("human_capital", rows, self.skill_gain)
        yield Effect("employability", rows, self.employability_gain)
