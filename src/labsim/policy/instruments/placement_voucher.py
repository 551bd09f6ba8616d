"""Placement voucher (Vermittlungsgutschein)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from labsim.params import param, share
from labsim.policy.instrument import Effect, Instrument, Rows, register
from labsim.state.view import Seen


@register
class PlacementVoucher(Instrument):
    """A private agency may look for a job for its holder, and is paid for a hire (any hire: deadweight is paid too)."""

    name: ClassVar[str] = "placement_voucher"
    label: ClassVar[str] = "Placement voucher"
    label_de: ClassVar[str] = "Vermittlungsgutschein"
    lmp_class: ClassVar[int] = 1
    reference: ClassVar[str] = "SGB III § 421g from 2002 (from memory, unverified)"
    occupies: ClassVar[bool] = False

    cost: float = param(0.0, "EUR per participant and month", "cost of the voucher itself", low=0.0, high=20000.0,
                        source="assumption: none until somebody is hired")  # fmt: skip
    months: int = param(3, "months", "validity", low=1, high=60, source="three months (from memory)")
    success_fee: float = param(2000.0, "EUR per hire", "fee of the private agency", low=0.0, high=50000.0,
                               source="2,000 EUR (from memory)")  # fmt: skip
    take_up: float = share(0.13, "part of the vouchers expected to be used (money is set aside for these)",
                           source="calibrated: 13 % of holders are hired (status_quo_ante)")  # fmt: skip
    lock_in: float = share(0.0, "fall of search effort while taking part")
    min_months_unemployed: int = param(3, "months since the last job", "waiting period", low=0, high=120,
                                       source="three months of unemployment (from memory)")  # fmt: skip
    placement: float = share(0.10, "added chance per month of referrals to registered vacancies")

    @property
    def price(self) -> float:
        """Money set aside for one voucher, EUR: what is expected to be paid."""
        return max(self.cost * self.months + self.success_fee * self.take_up, 1.0)

    def effects(self, seen: Seen, rows: Rows) -> Iterable[Effect]:
        """Yield the private agency's referrals."""
        yield from super().effects(seen, rows)
        yield Effect("placement", rows, self.placement)
