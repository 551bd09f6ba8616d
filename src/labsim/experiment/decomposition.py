"""The scenarios in which a regime's components are switched on one at a time, and what the report must know of them.

What the parts add up to is computed from the tables by `labsim.analysis.decomposition`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labsim.config import Experiment
from labsim.config.components import components, differing, only, part_name
from labsim.config.expectations import Decomposition
from labsim.scenario import Scenario

PART = "part"
"""The role of a scenario that was made to take another one apart."""


def parts(experiment: Experiment) -> Iterator[Scenario]:
    """Yield, for each scenario to take apart, its passage (no component switched on) and one part per component."""
    for asked in experiment.decompose:
        whole = experiment.scenarios[asked.scenario]
        for switched_on in ((), *asked.components):
            yield only(whole, switched_on)


def described(asked: Decomposition, scenario: Scenario, baseline: str) -> dict[str, Any]:
    """Return a decomposition as experiment.json keeps it.

    Keys: scenario, baseline, passage (name of a scenario), parts (list of {component, scenario}), unchanged (components
    in which all regimes of the timeline agree) and left_out (components that differ and are not among the parts).
    """
    among = {name for names in asked.components for name in names}
    changed = differing(scenario)
    return {
        "scenario": asked.scenario,
        "baseline": baseline,
        "passage": part_name(asked.scenario, ()),
        "parts": [
            {"component": "_".join(names), "scenario": part_name(asked.scenario, names)}
            for names in asked.components
        ],
        "unchanged": [name for name in components() if name not in changed],
        "left_out": [name for name in changed if name not in among],
    }
