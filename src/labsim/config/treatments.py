"""What people can be treated with in a trial: an instrument, a sanction, or another rule book."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from labsim.params import param, share
from labsim.policy.instrument import Effect, Instrument, load_instruments
from labsim.policy.regime import Regime
from labsim.policy.transition import Timeline, Transition
from labsim.scenario import Scenario
from labsim.state.view import Seen
from labsim.units import format_month, parse_month

Mask = NDArray[np.bool_]


class IntensiveCounselling(Instrument):
    """More search, and nothing else: the treatment with which displacement is measured. No regime offers it."""

    name: ClassVar[str] = "intensive_counselling"
    label: ClassVar[str] = "Intensive counselling (trial only)"
    label_de: ClassVar[str] = "Intensivberatung (nur im Versuch)"
    lmp_class: ClassVar[int] = 1
    reference: ClassVar[str] = "none: a treatment of trials"
    occupies: ClassVar[bool] = False

    cost: float = param(90.0, "EUR per participant and month", "cost of counselling", low=1.0, high=20000.0,
                        source="assumption: a caseworker's post of 4,500 EUR a month for 50 clients; 40 to 60 clients:"
                        " Behaghel, Crépon & Gurgand 2014")  # fmt: skip
    months: int = param(8, "months", "length", low=1, high=60, source="model study, section 3")
    lock_in: float = share(0.0, "fall of search effort while taking part")
    more_effort: float = param(0.25, "ratio", "rise of search effort", low=0.0, high=3.0,
                               source="model study, section 3")  # fmt: skip

    def effects(self, seen: Seen, rows: NDArray[np.intp]) -> Iterable[Effect]:  # noqa: ARG002 - the protocol's
        """Yield the rise of search effort."""
        yield Effect("search_effort", rows, 1.0 + self.more_effort)


class Sanction(NamedTuple):
    """A sanction as the regime of each treated person has it, imposed in a meeting without further effects."""

    name: str = "sanction"

    def eligible(self, seen: Seen) -> Mask:
        """Return who may be sanctioned: everybody seen."""
        return np.ones(seen.size, bool)


class Rules(NamedTuple):
    """Another rule book for the treated: from the start of the trial on the regime ``regime`` applies to them."""

    regime: Regime
    name: str = "rules"

    def eligible(self, seen: Seen) -> Mask:
        """Return to whom the rules may apply: everybody seen."""
        return np.ones(seen.size, bool)


Treatment = Instrument | Sanction | Rules


def known_instruments() -> dict[str, type[Instrument]]:
    """Return the instruments that a trial may give, by name: those of the registry, and those of trials only."""
    return load_instruments() | {IntensiveCounselling.name: IntensiveCounselling}


def with_rules(scenario: Scenario, regimes: Iterable[Regime]) -> tuple[Scenario, list[int]]:
    """Return a scenario that knows further regimes, and their codes (their places in the timeline).

    Nobody comes under them by the timeline: the transitions to them begin after the end of the run.
    """
    later, timeline = parse_month(scenario.end) + 1, scenario.timeline
    codes: list[int] = []
    transitions, known = list(timeline.transitions), dict(scenario.regimes)
    current = timeline.regimes[-1]
    for regime in regimes:
        name = f"{regime.regime}_of_the_trial_{len(codes) + 1}"
        known[name] = regime
        transitions.append(
            Transition(before=current, after=name, start=format_month(later + len(codes)), months=1)
        )
        codes.append(len(transitions))
        current = name
    if not codes:
        return scenario, codes
    longer = Timeline(initial=timeline.initial, transitions=tuple(transitions))
    return scenario.model_copy(update={"timeline": longer, "regimes": known}), codes
