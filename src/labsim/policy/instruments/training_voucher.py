"""Training voucher (Bildungsgutschein)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from labsim.params import param, share
from labsim.policy.instrument import Effect, Mask, Rows, Voucher, register
from labsim.state.view import Seen


@register
class TrainingVoucher(Voucher):
    """The same courses as further training, with a provider of one's own choice, for those with good prospects."""

    name: ClassVar[str] = "training_voucher"
    label: ClassVar[str] = "Training voucher"
    label_de: ClassVar[str] = "Bildungsgutschein"
    lmp_class: ClassVar[int] = 2
    reference: ClassVar[str] = "SGB III § 77 (3) from 2003 (from memory, unverified)"
    field: ClassVar[str] = "training"

    cost: float = param(664.0, "EUR per participant and month", "cost of a place", low=1.0, high=20000.0,
                        source="as further training (Biewen et al. 2014, via mvpfDE)")  # fmt: skip
    months: int = param(
        7, "months", "length", low=1, high=60, source="as further training (model study, set B)"
    )
    lock_in: float = share(0.75, "fall of search effort while taking part", source="model study, set B")
    validity: int = param(3, "months", "time after which an unredeemed voucher lapses", low=1, high=12,
                          source="at most three months by statute (from memory)")  # fmt: skip
    redemption: float = share(
        0.95, "chance that somebody of average closeness to the market redeems it in time, if not at work before",
        source="calibrated: 77 % of all vouchers are redeemed (almost 80 %: BT-Drs. 15/2640), as some find work before",
    )  # fmt: skip
    take_up: float = share(
        0.8, "part of the vouchers expected to be redeemed (money is set aside for these)",
        source="BT-Drs. 15/2640 (hib 069/2004): almost 80 % in 2003; 78 % in mvpfDE; 18 % lapsed (BIBB 2004)",
    )  # fmt: skip
    only_good_prospects: bool = param(
        True, "yes or no", "whether only people with a good estimated chance are given one",
        source="award at an estimated chance of a job of 70 % or more (via mvpfDE)",
    )  # fmt: skip
    least_closeness: float = param(
        0.75, "log points", "estimated closeness from which the chance counts as good", low=-3.0, high=5.0,
        source="assumption: the nearest quarter of clients, of whom 60 to 70 % find a job within a year in the model",
    )  # fmt: skip
    skill_gain: float = param(0.16, "log points", "gain in human capital on completion", low=0.0, high=1.0,
                              source="as further training (model study, set B)")  # fmt: skip
    employability_gain: float = param(0.08, "share", "gain in employability on completion", low=0.0, high=1.0,
                                      source="as further training (model study, set B)")  # fmt: skip

    @property
    def price(self) -> float:
        """Money set aside for one voucher, EUR: the course, times the part that is expected to be redeemed."""
        return self.cost * self.months * max(self.take_up, 0.01)

    def eligible(self, seen: Seen) -> Mask:
        """Return who may get one: with the 70 % rule, those whom the caseworker thinks near to the market."""
        patient = super().eligible(seen)
        return patient & (seen.closeness >= self.least_closeness) if self.only_good_prospects else patient

    def completion(self, seen: Seen, rows: Rows) -> Iterable[Effect]:
        """Yield the gains of those who finish."""
        yield Effect("human_capital", rows, self.skill_gain)
        yield Effect("employability", rows, self.employability_gain)
