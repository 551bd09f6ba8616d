"""Placement contracted out to third parties (Beauftragung Dritter mit der Vermittlung)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from labsim.params import param, share
from labsim.policy.instrument import Effect, Instrument, Rows, register
from labsim.state.view import Seen


@register
class ContractedPlacement(Instrument):
    """A contractor places clients beside the agency, less effectively than the agency's own intensive placement."""

    name: ClassVar[str] = "contracted_placement"
    label: ClassVar[str] = "Contracted placement"
    label_de: ClassVar[str] = "Beauftragung Dritter mit der Vermittlung"
    lmp_class: ClassVar[int] = 1
    reference: ClassVar[str] = "SGB III § 37a until 2003, then § 37 (from memory, unverified)"
    occupies: ClassVar[bool] = False
    field: ClassVar[str] = "placement"

    cost: float = param(50.0, "EUR per participant and month", "cost of a place", low=1.0, high=20000.0)
    months: int = param(6, "months", "length of the contract", low=1, high=60)
    success_fee: float = param(1000.0, "EUR per hire", "paid when a participant is hired while taking part",
                               low=0.0, high=50000.0)  # fmt: skip
    take_up: float = share(0.29, "part of the participants expected to be hired (money is set aside for these)",
                           source="calibrated: 29 % are hired (status_quo_ante)")  # fmt: skip
    lock_in: float = share(0.0, "fall of search effort while taking part")
    in_house: float = share(
        0.25, "added chance per month of referrals if the agency placed as intensively itself"
    )
    effectiveness: float = param(
        0.6, "ratio", "effectiveness of the contractor relative to the agency", low=0.0, high=2.0,
        source="assumption within 0.4 and 1.0: Behaghel et al. 2014 about half; Heyer et al. 2012 hardly better",
    )  # fmt: skip

    @property
    def price(self) -> float:
        """Money set aside for one participant, EUR: the contract and the expected fee."""
        return self.cost * self.months + self.success_fee * self.take_up

    def effects(self, seen: Seen, rows: Rows) -> Iterable[Effect]:
        """Yield the contractor's referrals."""
        yield from super().effects(seen, rows)
        yield Effect("placement", rows, self.in_house * self.effectiveness)
