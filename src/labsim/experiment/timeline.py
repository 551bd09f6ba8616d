"""A scenario's timeline as plain rows, for run.json, reports and the command line."""

from __future__ import annotations

from typing import Any

from labsim.scenario import Scenario


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
