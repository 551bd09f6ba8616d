"""Low-threshold entry job (niedrigschwelliger Einstiegsarbeitsplatz), with or without a next step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from labsim.params import param, share
from labsim.policy.instrument import Effect, Instrument, Rows, register
from labsim.state.view import Seen


@register
class EntryJob(Instrument):
    """A simple job for the long-term unemployed: a dead end, or with a next step that teaches and leads on."""

    name: ClassVar[str] = "entry_job"
    label: ClassVar[str] = "Low-threshold entry job"
    label_de: ClassVar[str] = "Niedrigschwelliger Einstiegsarbeitsplatz"
    lmp_class: ClassVar[int] = 6
    reference: ClassVar[str] = "local practice; no single statute"
    field: ClassVar[str] = "work"
    serves: ClassVar[str] = "long_term"
    pays_wage: ClassVar[bool] = True

    cost: float = param(1240.5, "EUR per participant and month", "cost of a place", low=1.0, high=20000.0,
                        source="assumption: as ABM (Hohmeyer and Wolff 2010, via mvpfDE)")  # fmt: skip
    months: int = param(9, "months", "length", low=1, high=60, source="assumption: as job creation")
    lock_in: float = share(0.60, "fall of search effort while taking part",
                           source="assumption: as job creation in the model study, set B")  # fmt: skip
    min_months_unemployed: int = param(12, "months since the last job", "waiting period", low=0, high=120)
    crowding_out: float = share(
        0.25, "regular local jobs lost per participant (0 = none)",
        source="assumption within 0.65 (Dahlberg and Forslund 1999) and 0 (Moczall 2013; Kasy and Lehner 2023)",
    )  # fmt: skip
    employability_gain: float = param(0.06, "share", "gain in employability on completion", low=0.0, high=1.0,
                                      source="assumption: as job creation in the model study, set B")  # fmt: skip
    next_step: bool = param(True, "yes or no", "whether learning and referrals lead on to regular work")
    next_skill: float = param(0.02, "log points", "gain in human capital that the next step adds on completion",
                              low=0.0, high=1.0, source="assumption: half of linked employment")  # fmt: skip
    next_employability: float = param(0.02, "share", "gain in employability that the next step adds on completion",
                                      low=0.0, high=1.0)  # fmt: skip
    next_placement: float = share(
        0.10, "chance per month of referrals to registered vacancies that the next step adds"
    )

    def effects(self, seen: Seen, rows: Rows) -> Iterable[Effect]:
        """Yield less search, and with a next step referrals."""
        yield from super().effects(seen, rows)
        if self.next_step:
            yield Effect("placement", rows, self.next_placement)

    def completion(self, seen: Seen, rows: Rows) -> Iterable[Effect]:
        """Yield the gains of those who finish, larger with a next step."""
        yield Effect("employability", rows, self.employability_gain)
        if self.next_step:
            yield Effect("employability", rows, self.next_employability)
            yield Effect("human_capital", rows, self.next_skill)
