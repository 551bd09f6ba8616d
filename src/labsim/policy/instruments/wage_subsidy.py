"""Wage subsidy (Eingliederungszuschuss)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from labsim.params import param, share
from labsim.policy.instrument import Effect, Instrument, Rows, register
from labsim.state.view import Seen


@register
class WageSubsidy(Instrument):
    """A promise to refund part of the wage: employers rank its holder higher, and are paid if they hire."""

    name: ClassVar[str] = "wage_subsidy"
    label: ClassVar[str] = "Wage subsidy"
    label_de: ClassVar[str] = "Eingliederungszuschuss"
    lmp_class: ClassVar[int] = 4
    reference: ClassVar[str] = "SGB III §§ 217 ff. (from memory, unverified)"
    occupies: ClassVar[bool] = False

    cost: float = param(0.0, "EUR per participant and month", "cost of the promise itself", low=0.0, high=20000.0,
                        source="assumption: none until somebody is hired")  # fmt: skip
    months: int = param(5, "months", "length of the promise", low=1, high=60,
                        source="assumption: as long as the subsidy (Stephan 2010: 4 to 6 months)")  # fmt: skip
    success_fee: float = param(2500.0, "EUR per hire", "subsidy paid to the employer who hires a holder",
                               low=0.0, high=50000.0,
                               source="Stephan 2010: about 2,500 EUR a case (West)")  # fmt: skip
    take_up: float = share(0.3, "part of the promises expected to be used (money is set aside for these)",
                           source="calibrated: 28 to 30 % of holders are hired (status_quo_ante)")  # fmt: skip
    lock_in: float = share(0.0, "fall of search effort while taking part")
    min_months_unemployed: int = param(3, "months since the last job", "waiting period", low=0, high=120)
    hiring_score: float = param(0.45, "log points", "rise of the employer's ranking", low=0.0, high=3.0,
                                source="model study, set B")  # fmt: skip

    @property
    def price(self) -> float:
        """Money set aside for one promise, EUR: what is expected to be paid."""
        return max(self.cost * self.months + self.success_fee * self.take_up, 1.0)

    def effects(self, seen: Seen, rows: Rows) -> Iterable[Effect]:
        """Yield a higher rank with employers."""
        yield from super().effects(seen, rows)
        yield Effect("hiring_score", rows, self.hiring_score)
