"""A scenario: a place, a timeline of regimes, a span of months, and the parameters of behaviour."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from labsim.parameters import Parameters
from labsim.params import Cited, param
from labsim.policy.governance import GovernanceChange
from labsim.policy.regime import Regime
from labsim.policy.transition import Timeline
from labsim.state.place import Label, Place
from labsim.state.tables import FIELDS
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
    governance: tuple[GovernanceChange, ...] = param(
        (), "changes", "municipalities whose governance differs from their regime's, from a month on"
    )
    placebo: str = param("", "YYYY-MM", "month in which the lots for places are drawn anew and nothing else changes:"
                         " a perturbation without effect, to see how much of a difference is luck")  # fmt: skip

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
            if transition.first_month - transition.announcement < parse_month(self.start):
                raise ValueError(
                    f"the transition to '{transition.after}' is announced {transition.announcement} months before"
                    f" {transition.start}, but the scenario starts only in {self.start}"
                )
            for name, role in [(n, "pilot") for n in transition.first] + [
                (n, "municipality") for n in transition.only
            ]:
                if name not in places:
                    raise ValueError(
                        f"the transition to '{transition.after}' names the {role} '{name}', but"
                        f" {self.place.place} has only {', '.join(places)}"
                    )
        self._check_governance(places)
        self._check_providers()
        return self

    def _check_governance(self, places: list[str]) -> None:
        for change in self.governance:
            if change.municipality not in places:
                raise ValueError(
                    f"governance names the municipality '{change.municipality}', but {self.place.place} has only"
                    f" {', '.join(places)}"
                )
            if not parse_month(self.start) <= parse_month(change.start):
                raise ValueError(
                    f"the governance of {change.municipality} changes in {change.start}, but the scenario starts"
                    f" later, in {self.start}"
                )
        if self.placebo and not parse_month(self.start) <= parse_month(self.placebo) <= parse_month(self.end):
            raise ValueError(
                f"placebo is {self.placebo}, but it must lie between start ({self.start}) and end ({self.end})"
            )

    def _check_providers(self) -> None:
        """Refuse a funded instrument that no provider of some municipality can deliver."""
        for name in dict.fromkeys(self.timeline.regimes):
            for instrument in self.regimes[name].instruments.values():
                if instrument.budget == 0.0 or not instrument.field:
                    continue
                for municipality in self.place.municipalities:
                    known = FIELDS if municipality.providers is None else municipality.providers
                    if self.parameters.providers.per_field == 0:
                        known = ()
                    if instrument.field not in known:
                        raise ValueError(
                            f"the regime '{name}' funds {type(instrument).name}, which needs a provider of"
                            f" {instrument.field}, but no provider in {municipality.name} is able to deliver it"
                            f" (fields there: {', '.join(known) or 'none'}); add it to its providers, or leave the"
                            " instrument out"
                        )

    @property
    def months(self) -> int:
        """Number of months that are recorded."""
        return parse_month(self.end) - parse_month(self.start) + 1

    def notices(self) -> tuple[str, ...]:
        """Return what is allowed but probably not meant: one sentence each."""
        end = parse_month(self.end)
        said = [
            f"the transition to '{t.after}' starts in {t.start}, after the end of the run ({self.end}): it touches"
            " nobody"
            for t in self.timeline.transitions
            if t.first_month > end
        ]
        said += [
            f"the governance of {change.municipality} changes in {change.start}, after the end of the run ({self.end})"
            for change in self.governance
            if parse_month(change.start) > end
        ]
        said += [
            f"the budgets of '{t.after}' begin after the end of the run ({self.end}): the gap of {t.gap_months} months"
            f" follows a start in {t.start}"
            for t in self.timeline.transitions
            if t.first_month <= end < t.first_month + t.gap_months
        ]
        return tuple(said)
