"""When a scenario's transitions begin to act, and when nothing of them is under way any more."""

from __future__ import annotations

from labsim.policy.transition import Transition
from labsim.scenario import Scenario
from labsim.units import format_month, parse_month


def passage(scenario: Scenario) -> tuple[int, int] | None:
    """Return the first month in which a transition acts and the first after all of them, as month numbers.

    A transition acts from its announcement until everybody has switched and its gap, overlap, bridging and
    reorganisation are over. None if no regime ever changes.
    """
    transitions = scenario.timeline.transitions
    if not transitions:
        return None
    return min(each.first_month - each.announcement for each in transitions), max(map(_over, transitions))


def alike_until(scenario: Scenario) -> int:
    """Return the month up to which a run is the same whatever a scenario changes: a January, or its start.

    No transition has been announced, no municipality's own governance and no placebo has begun by then.
    """
    start, span = parse_month(scenario.start), passage(scenario)
    changes = [parse_month(each.start) for each in scenario.governance]
    changes += [parse_month(scenario.placebo)] if scenario.placebo else []
    changes += [start if span is None else span[0]]
    return max(min(changes) // 12 * 12, start)


def passages(scenarios: dict[str, Scenario]) -> dict[str, dict[str, str]]:
    """Return start and end ("YYYY-MM") of the passage of every scenario that has one, by name."""
    found = {name: passage(scenario) for name, scenario in scenarios.items()}
    return {
        name: {"start": format_month(span[0]), "end": format_month(span[1])}
        for name, span in found.items()
        if span is not None
    }


def _over(transition: Transition) -> int:
    """Return the first month in which nothing of a transition is under way any more."""
    lasts = [
        transition.gap_months,
        transition.overlap,
        transition.bridging_months if transition.bridging else 0,
        transition.reorganisation_months
        if transition.reorganisation or transition.reorganisation_ties
        else 0,
    ]
    begins = transition.last_month if transition.unit == "municipality" else transition.first_month
    return max(transition.last_month + 1, begins + max(lasts))
