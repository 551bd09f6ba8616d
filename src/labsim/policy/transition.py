"""A transition moves people from one rule book to another. Rule books are never blended.

It answers: from what to what, when, together with whom, and who may keep the old rules. The share that has switched
is a function of time that never falls; each unit (person, new spell, municipality) holds a ticket, drawn once per
seed, and switches when the share passes its ticket. So nobody switches back, and the order is part of the seed.
"""

from __future__ import annotations

import math
from typing import Literal, Self

from pydantic import Field, model_validator

from labsim.params import Declared, param
from labsim.units import parse_month

Shape = Literal["step", "linear", "logistic"]
Unit = Literal["person", "new_spell", "municipality"]


class Transition(Declared):
    """One passage from a regime to another."""

    before: str = param(..., "regime", "name of the old regime")
    after: str = param(..., "regime", "name of the new regime")
    start: str = param(..., "YYYY-MM", "first month in which somebody may switch")
    months: int = param(1, "months", "length of the transition", low=1, high=240)
    shape: Shape = param("step", "step, linear or logistic", "how the share that has switched grows")
    unit: Unit = param("person", "person, new_spell or municipality", "who switches together")
    first: tuple[str, ...] = param((), "municipalities", "pilots, in this order; the others follow by lot")
    grandfathered: Literal["none", "people_in_measures"] = param(
        "people_in_measures", "none or people_in_measures", "who keeps the old rules until the measure ends"
    )

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
        return self

    @property
    def first_month(self) -> int:
        """The first month of the transition, as a month number."""
        return parse_month(self.start)

    @property
    def last_month(self) -> int:
        """The month in which the share reaches 1, as a month number."""
        return self.first_month + self.months - 1

    def share(self, month: int) -> float:
        """Return the share that has switched by the end of `month`: 0 before, 1 from the last month on."""
        if month < self.first_month:
            return 0.0
        if month >= self.last_month:
            return 1.0
        passed = (month - self.first_month + 1) / self.months
        if self.shape == "logistic":
            low, high = (1.0 / (1.0 + math.exp(-10.0 * (x - 0.5))) for x in (0.0, 1.0))
            value = 1.0 / (1.0 + math.exp(-10.0 * (passed - 0.5)))
            return round((value - low) / (high - low), 12)
        return passed


class Timeline(Declared):
    """Which regime holds from when: the first regime, then transitions in order of time."""

    initial: str
    transitions: tuple[Transition, ...] = Field(default=())

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        current, last = self.initial, None
        for transition in self.transitions:
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
            current, last = transition.after, transition
        return self

    @property
    def regimes(self) -> tuple[str, ...]:
        """Names of the regimes in order of appearance."""
        return (self.initial, *(t.after for t in self.transitions))
