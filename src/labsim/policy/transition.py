"""A transition moves people from one rule book to another. Rule books are never blended.

It answers: from what to what, when, together with whom, and who may keep the old rules. The share that has switched
is a function of time that never falls; each unit (person, new spell, municipality) holds a ticket, drawn once per
seed, and switches when the share passes its ticket. So nobody switches back, and the order is part of the seed.

Besides people, budgets and institutions move: an overlap or a gap between old and new budgets, bridging of provider
contracts, a reorganisation that costs agencies capacity and ties, an announcement that providers and people
anticipate. All of these count from the month in which the municipality's own change begins.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field, model_validator

from labsim.params import Declared, param
from labsim.params import share as a_share
from labsim.units import format_month, parse_month

Shape = Literal["step", "linear", "logistic"]
Unit = Literal["person", "new_spell", "municipality"]

NEVER = parse_month("2999-12")
"""The month number in which a municipality begins that a transition does not reach."""


class Transition(Declared):
    """One passage from a regime to another."""

    before: str = param(..., "regime", "name of the old regime")
    after: str = param(..., "regime", "name of the new regime")
    start: str = param(..., "YYYY-MM", "first month in which somebody may switch")
    months: int = param(1, "months", "length of the transition", low=1, high=240)
    shape: Shape = param("step", "step, linear or logistic", "how the share that has switched grows")
    unit: Unit = param("person", "person, new_spell or municipality", "who switches together")
    first: tuple[str, ...] = param((), "municipalities", "pilots, in this order; the others follow by lot")
    pilot_months: int = param(0, "months", "head start of the municipalities named in first: all others begin this"
                              " much later", low=0, high=120)  # fmt: skip
    only: tuple[str, ...] = param((), "municipalities", "those that change, while all others keep the old regime for"
                                  " good; default: all")  # fmt: skip
    grandfathered: Literal["none", "people_in_measures"] = param(
        "people_in_measures", "none or people_in_measures", "who keeps the old rules until the measure ends"
    )
    overlap: int = param(0, "months", "time in which old budgets go on for people under the new rules; below 0, the"
                         " gap: old budgets end, new ones begin this much later", low=-60, high=60)  # fmt: skip
    gap: int = param(0, "months", "the gap, written as a positive number instead of a negative overlap",
                     low=0, high=60)  # fmt: skip
    bridging: float = a_share(0.0, "part of the old budgets and of the provider contracts that goes on until the new"
                            " measures have reached their size")  # fmt: skip
    bridging_months: int = param(24, "months", "longest time of bridging", low=1, high=120)
    reorganisation: float = a_share(0.0, "part of the agency's capacity lost while it reorganises itself")
    reorganisation_ties: float = a_share(0.0, "part of the agency's ties to the local actors that a reorganisation"
                                       " destroys")  # fmt: skip
    reorganisation_months: int = param(12, "months", "length of the reorganisation", low=1, high=120)
    announcement: int = param(0, "months", "time between the announcement and the start: providers stop investing,"
                              " people anticipate", low=0, high=60)  # fmt: skip
    anticipation: float = param(0.0, "pressure per month", "pressure felt by the unemployed under the old rules once"
                                " the change is announced (0 = off)", low=0.0, high=2.0)  # fmt: skip

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        parse_month(self.start)
        if self.before == self.after:
            raise ValueError(f"after is '{self.after}' as before, but a transition must change the regime")
        if self.shape == "step" and self.months != 1:
            raise ValueError(
                f"months is {self.months}, but a step takes 1 month (or write shape: linear or logistic)"
            )
        if self.first and self.unit != "municipality":
            raise ValueError(
                f"first names pilots, but the unit is {self.unit}: pilots need unit: municipality"
            )
        if self.pilot_months and not self.first:
            raise ValueError(
                f"pilot_months is {self.pilot_months}, but no pilots are named: name municipalities under first"
            )
        if self.only and self.unit != "municipality":
            raise ValueError(
                f"only names municipalities, but the unit is {self.unit}: they change alone with unit: municipality"
            )
        for name in self.first if self.only else ():
            if name not in self.only:
                raise ValueError(
                    f"first names the pilot '{name}', but only {', '.join(self.only)} change: name it under only, too"
                )
        if self.gap and self.overlap:
            raise ValueError(
                f"gap is {self.gap} and overlap {self.overlap}, but a gap is a negative overlap: write one of them"
            )
        return self

    @property
    def gap_months(self) -> int:
        """Months between the end of the old budgets and the start of the new ones."""
        return self.gap or max(-self.overlap, 0)

    @property
    def acts_on_institutions(self) -> bool:
        """Whether the transition does more than move people."""
        return any(
            (self.gap_months, self.overlap > 0, self.bridging, self.reorganisation, self.reorganisation_ties)
        )

    @property
    def first_month(self) -> int:
        """The first month of the transition, as a month number."""
        return parse_month(self.start)

    @property
    def last_month(self) -> int:
        """The month in which everybody may have switched, as a month number."""
        return self.first_month + self.pilot_months + self.months - 1

    @property
    def bridged_until(self) -> int:
        """The first month without bridging anywhere, as a month number; the start if nothing is bridged."""
        begins = self.last_month if self.unit == "municipality" else self.first_month
        return begins + self.bridging_months if self.bridging > 0.0 else self.first_month

    def reaches(self, name: str) -> bool:
        """Return whether a municipality changes at all."""
        return not self.only or name in self.only

    def share(self, month: int) -> float:
        """Return the share that has switched by the end of `month`: 0 before, 1 from the last month on.

        With pilots that have a head start, the share counts from the start of the others. If only some municipalities
        change, it is the share among these.
        """
        return self.share_after(month - self.first_month - self.pilot_months + 1)

    def share_after(self, months: int) -> float:
        """Return the share that has switched when so many months have passed since the beginning."""
        if months <= 0:
            return 0.0
        if months >= self.months:
            return 1.0
        passed = months / self.months
        if self.shape == "logistic":
            low, high = (1.0 / (1.0 + math.exp(-10.0 * (x - 0.5))) for x in (0.0, 1.0))
            value = 1.0 / (1.0 + math.exp(-10.0 * (passed - 0.5)))
            return round((value - low) / (high - low), 12)
        return passed

    def municipal_starts(self, names: Sequence[str], lots: Sequence[float]) -> list[int]:
        """Return the month number in which each municipality's change begins.

        With the unit municipality, pilots come first, the others in the order of their lots (0..1); with other units
        the change begins everywhere at once. Municipalities that keep the old regime have `NEVER`.
        """
        if self.unit != "municipality":
            return [self.first_month] * len(names)
        reached = [m for m, name in enumerate(names) if self.reaches(name)]
        order = sorted(reached, key=lambda m: (self._turn(names[m]), lots[m]))
        pilots = sum(name in self.first for name in names) if self.pilot_months else 0
        starts = [NEVER] * len(names)
        for group, delay in ((order[:pilots], 0), (order[pilots:], self.pilot_months)):
            for turn, m in enumerate(group):
                ticket = turn / len(group)
                passed = next(k for k in range(1, self.months + 1) if self.share_after(k) > ticket)
                starts[m] = self.first_month + delay + passed - 1
        return starts

    def _turn(self, name: str) -> int:
        return self.first.index(name) if name in self.first else len(self.first)


class Timeline(Declared):
    """Which regime holds from when: the first regime, then transitions in order of time."""

    initial: str
    transitions: tuple[Transition, ...] = Field(default=())

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        current, last = self.initial, None
        for transition in self.transitions:
            if last is not None and last.bridging > 0.0 and last.bridged_until > transition.first_month:
                raise ValueError(
                    f"bridging of the contracts of '{last.before}' may last until {format_month(last.bridged_until)}"
                    f" (bridging_months: {last.bridging_months}), but the regime that follows it, '{last.after}',"
                    f" ends from {transition.start} on: bridge over fewer months"
                )
            if last is not None and transition.first_month <= last.last_month:
                raise ValueError(
                    f"the transition to '{transition.after}' starts in {transition.start}, but the one to"
                    f" '{last.after}' (start {last.start}, {last.months} months) has not ended by then:"
                    " transitions must not overlap"
                )
            if transition.before != current:
                raise ValueError(
                    f"the transition to '{transition.after}' starts from '{transition.before}', but the regime in"
                    f" force is '{current}'"
                )
            if last is not None and last.only:
                raise ValueError(
                    f"only {', '.join(last.only)} go over to '{last.after}', but a transition from it to"
                    f" '{transition.after}' follows: after one that leaves municipalities behind there can be no other"
                )
            current, last = transition.after, transition
        return self

    @property
    def regimes(self) -> tuple[str, ...]:
        """Names of the regimes in order of appearance."""
        return (self.initial, *(t.after for t in self.transitions))
