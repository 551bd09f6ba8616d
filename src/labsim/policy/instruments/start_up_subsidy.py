"""Start-up subsidy (Existenzgründungszuschuss, Überbrückungsgeld; later Gründungszuschuss)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from labsim.params import param, share
from labsim.policy.instrument import Effect, Instrument, Mask, Rows, register
from labsim.state.view import Seen


@register
class StartUpSubsidy(Instrument):
    """An income for the first months of a business of one's own, which may last."""

    name: ClassVar[str] = "start_up_subsidy"
    label: ClassVar[str] = "Start-up subsidy"
    label_de: ClassVar[str] = "Existenzgründungszuschuss (Ich-AG), Überbrückungsgeld"
    lmp_class: ClassVar[int] = 7
    reference: ClassVar[str] = "SGB III §§ 57, 421l until 2006, then § 57 anew (from memory, unverified)"
    pays_wage: ClassVar[bool] = True  # the subsidy takes the place of the benefit

    cost: float = param(900.0, "EUR per participant and month", "subsidy", low=1.0, high=20000.0,
                        source="assumption: between 600 EUR (Ich-AG, first year) and Überbrückungsgeld (the benefit"
                        " and contributions), both from memory")  # fmt: skip
    months: int = param(6, "months", "length", low=1, high=60,
                        source="Überbrückungsgeld: six months (from memory)")  # fmt: skip
    lock_in: float = share(0.80, "fall of search effort while taking part")
    least_employability: float = share(0.60, "employability from which people dare to start")
    survival: float = share(
        0.65, "chance that the business lasts when the subsidy ends",
        source="assumption; test: more than 80 % in any work five years after the start (Caliendo and Künn 2011)",
    )  # fmt: skip

    def eligible(self, seen: Seen) -> Mask:
        """Return who may take part: people of some employability."""
        return super().eligible(seen) & (seen.employability >= self.least_employability)

    def completion(self, seen: Seen, rows: Rows) -> Iterable[Effect]:
        """Yield the chance of a job of one's own."""
        yield Effect("own_job", rows, self.survival)
