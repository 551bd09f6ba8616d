"""A scenario's timeline as plain rows and shares, for run.json, reports, pictures and the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labsim.policy.transition import Timeline, Transition
from labsim.scenario import Scenario

Switched = Callable[[int, Transition, int], float]
"""Returns the share that a transition (its number from 0, and itself) has moved by the end of a month."""


def timeline(scenario: Scenario) -> list[dict[str, Any]]:
    """Return the regimes in force: the first from the start, then one row per transition.

    Keys: from (regime or None), to (regime), start ("YYYY-MM"), months, shape, unit, first (pilots).
    """
    in_force = {"from": None, "to": scenario.timeline.initial, "start": scenario.start}
    first = in_force | {"months": 0, "shape": "step", "unit": "person", "first": []}
    keys = {"start", "months", "shape", "unit", "first"}
    later = [
        {"from": it.before, "to": it.after} | it.model_dump(mode="json", include=keys)
        for it in scenario.timeline.transitions
    ]
    return [first, *later]


def _together(_: int, transition: Transition, month: int) -> float:
    return transition.share(month)


def shares(timeline: Timeline, month: int, switched: Switched = _together) -> dict[str, float]:
    """Return the share of people under each regime at the end of a month, by name; they add up to 1.

    ``switched`` says how far each transition has come; default: as if all municipalities began together.
    """
    held = dict.fromkeys(timeline.regimes, 0.0)
    held[timeline.initial] = 1.0
    for number, transition in enumerate(timeline.transitions):
        moved = held[transition.before] * switched(number, transition, month)
        held[transition.before] -= moved
        held[transition.after] += moved
    return held
