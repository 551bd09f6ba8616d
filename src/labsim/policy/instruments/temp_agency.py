"""Temp-work agency for clients (Personal-Service-Agentur)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from labsim.params import param, share
from labsim.policy.instrument import Effect, Instrument, Rows, register
from labsim.state.view import Seen


@register
class TempAgency(Instrument):
    """Clients are hired and lent to employers, some of whom keep them; while lent they search less."""

    name: ClassVar[str] = "temp_agency"
    label: ClassVar[str] = "Temp-work agency for clients"
    label_de: ClassVar[str] = "Personal-Service-Agentur"
    lmp_class: ClassVar[int] = 4
    reference: ClassVar[str] = "SGB III § 37c from 2003 (from memory, unverified)"
    field: ClassVar[str] = "placement"
    pays_wage: ClassVar[bool] = True

    cost: float = param(633.0, "EUR per participant and month", "cost of a place", low=1.0, high=20000.0,
                        source="about 5,700 EUR a case (Hartz evaluation, second hand) / 9 months")  # fmt: skip
    months: int = param(9, "months", "length of the contract", low=1, high=60,
                        source="contracts of nine months (stern.de)")  # fmt: skip
    lock_in: float = share(
        0.70, "fall of search effort while taking part",
        source="assumption: full-time work; test: a month more of unemployment, 28 to 41.5 % into insured jobs (press)",
    )  # fmt: skip
    hiring_score: float = param(0.15, "log points", "rise of the employer's ranking: they know the person",
                                low=0.0, high=3.0)  # fmt: skip
    placement: float = share(
        0.10, "added chance per month of referrals to registered vacancies, where people are lent"
    )

    def effects(self, seen: Seen, rows: Rows) -> Iterable[Effect]:
        """Yield less search, a higher rank, and referrals to where people are lent."""
        yield from super().effects(seen, rows)
        yield Effect("hiring_score", rows, self.hiring_score)
        yield Effect("placement", rows, self.placement)
