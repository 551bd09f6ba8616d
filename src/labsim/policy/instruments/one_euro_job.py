"""One-euro job (Arbeitsgelegenheit mit Mehraufwandsentschädigung)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from labsim.params import param, share
from labsim.policy.instrument import Effect, Instrument, Mask, Rows, register
from labsim.state.view import Seen


@register
class OneEuroJob(Instrument):
    """Public work of half a year on top of the benefit, for those who draw no insurance benefit."""

    name: ClassVar[str] = "one_euro_job"
    label: ClassVar[str] = "One-euro job"
    label_de: ClassVar[str] = "Arbeitsgelegenheit mit Mehraufwandsentschädigung"
    lmp_class: ClassVar[int] = 6
    reference: ClassVar[str] = "SGB II § 16 (3) from 2005, § 16d from 2009 (from memory, unverified)"
    field: ClassVar[str] = "work"
    serves: ClassVar[str] = "long_term"

    cost: float = param(361.5, "EUR per participant and month", "cost of a place", low=1.0, high=20000.0,
                        source="Hohmeyer and Wolff 2010, Tables 2-3 (via mvpfDE)")  # fmt: skip
    months: int = param(6, "months", "length", low=1, high=60,
                        source="Hohmeyer and Wolff 2010 (via mvpfDE): 6 to 7 months")  # fmt: skip
    lock_in: float = share(0.60, "fall of search effort while taking part",
                           source="assumption: as job creation in the model study, set B")  # fmt: skip
    crowding_out: float = share(
        0.25, "regular local jobs lost per participant (0 = none)",
        source="assumption within 0.65 (Dahlberg and Forslund 1999) and 0 (Moczall 2013; Kasy and Lehner 2023)",
    )  # fmt: skip
    employability_gain: float = param(
        0.04, "share", "gain in employability on completion", low=0.0, high=1.0,
        source="assumption: as job creation in the model study, set B, per month of work",
    )  # fmt: skip

    def eligible(self, seen: Seen) -> Mask:
        """Return who may take part: those who draw no insurance benefit."""
        return super().eligible(seen) & ~seen.insured

    def completion(self, seen: Seen, rows: Rows) -> Iterable[Effect]:
        """Yield the gain of those who finish."""
        yield Effect("employability", rows, self.employability_gain)
