"""An experiment on toytown that asks everything that an experiment can ask, for tests."""

from __future__ import annotations

from pathlib import Path

STILL = """\
scenario: still
label: {en: No reform}
based_on: toytown
transitions: []
burn_in: 2
end: 2002-12
scale: 0.01
"""
FILE = """\
experiment: asked
label: {en: Asked}
scenarios:
  - still
  - scenario: step
    based_on: still
    transitions:
      - {before: status_quo_ante, after: local_activation, start: 2001-01}
  - scenario: slow
    based_on: still
    transitions:
      - {before: status_quo_ante, after: hartz_1_3, start: 2001-01, months: 6, shape: linear}
      - {before: hartz_1_3, after: demand_and_support, start: 2001-09}
baseline: still
seeds: 3
outcomes: [unemployed]
windows:
  - {window: before, start: 2000-01, end: 2000-12}
  - {window: after, start: 2001-07, end: 2002-06}
  - {window: late, start: 2002-01, end: 2002-12}
"""
ASKED = """\
precision: {unemployed: 5}
expect:
  - {outcome: unemployed, scenario: step, window: after, expect: rises, because: the toy has no mind}
  - {outcome: unemployed, scenario: slow, baseline: step, window: before, expect: no_change}
  - {outcome: unemployed, scenario: slow_only_benefits, window: before, expect: {between: [-1, 1]}}
decompose:
  - {scenario: slow, components: [benefits, [casework, conditionality]]}
individuals: {window: after}
ideal: step
"""


def write_questions(folder: Path) -> Path:
    """Write the experiment and its baseline's scenario to `folder`; return the experiment's file."""
    scenarios = folder / "configs" / "scenarios"
    scenarios.mkdir(parents=True)
    (scenarios / "still.yaml").write_text(STILL)
    path = folder / "asked.yaml"
    path.write_text(FILE + ASKED)
    return path
