"""A scenario: a place, a timeline of regimes, a span of months, and the parameters of behaviour."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from labsim.parameters import Parameters
from labsim.params import Cited, param
from labsim.policy.regime import Regime
from labsim.policy.transition import Timeline
from labsim.state.place import Label, Place
from labsim.units import parse_month


class Scenario(Cited):
    """Everything that one run needs, besides its seed."""

    scenario: str
    label: Label
    question: str = ""
    place: Place
    regimes: dict[str, Regime]
    timeline: Timeline
    start: str = param(..., "YYYY-MM", "first month that is recorded")
    end: str = param(..., "YYYY-MM", "last month that is recorded")
    burn_in: int = param(180, "months", "months simulated before the start, under the first regime",
                         low=0, high=600)  # fmt: skip
    scale: float = param(1.0, "agents per person", "1 = one agent per person", low=0.0001, high=1.0)
    parameters: Parameters = Parameters()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if parse_month(self.end) < parse_month(self.start):
            raise ValueError(f"end is {self.end}, but it must not come before start ({self.start})")
        for name in self.timeline.regimes:
            if name not in self.regimes:
                raise ValueError(f"unknown regime '{name}'; known are {', '.join(sorted(self.regimes))}")
        places = [m.name for m in self.place.municipalities]
        for transition in self.timeline.transitions:
            if transition.first_month < parse_month(self.start):
                raise ValueError(
                    f"the transition to '{transition.after}' starts in {transition.start}, but the scenario starts"
                    f" later, in {self.start}"
                )
            for name in transition.first:
                if name not in places:
                    raise ValueError(
                        f"the transition to '{transition.after}' names the pilot '{name}', but"
                        f" {self.place.place} has only {', '.join(places)}"
                    )
        return self

    @property
    def months(self) -> int:
        """Number of months that are recorded."""
        return parse_month(self.end) - parse_month(self.start) + 1
