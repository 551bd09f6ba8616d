"""What the effect of a regime consists of: its components switched on one at a time.

The whole is the scenario against the baseline. The passage is the same timeline with all rules left as they were: it
holds what the change itself costs (a gap, a reorganisation), which every part goes through too. A part is the scenario
with one component switched on, less the passage. What the passage and the parts do not add up to is interaction.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from labsim.analysis.contrasts import contrast, mean_over_seeds
from labsim.analysis.tables import SERIES
from labsim.analysis.windows import Phase, phase_means

PASSAGE, SUM, WHOLE_EFFECT, INTERACTION = "passage", "sum", "together", "interaction"
"""Names of the rows that are no component: the passage, the sum with it, all together, whole less sum."""


def shares_of_effect(
    scenario: str, baseline: str, passage: str, parts: Mapping[str, str]
) -> dict[str, dict[str, float]]:
    """Return the contrast behind each row of a decomposition, as weights by scenario.

    `parts` are the names of the scenarios in which one component is switched on, by component.

    >>> shares_of_effect("b", "a", "p", {"benefits": "x"})["interaction"]
    {'b': 1.0, 'a': 0.0, 'p': 0.0, 'x': -1.0}
    """
    rows = {PASSAGE: {passage: 1.0, baseline: -1.0}}
    rows |= {component: {name: 1.0, passage: -1.0} for component, name in parts.items()}
    total: dict[str, float] = {}
    for weights in rows.values():
        for name, weight in weights.items():
            total[name] = total.get(name, 0.0) + weight
    whole = {scenario: 1.0, baseline: -1.0}
    names = dict.fromkeys((*whole, *total))
    left = {name: whole.get(name, 0.0) - total.get(name, 0.0) + 0.0 for name in names}
    return rows | {SUM: total, WHOLE_EFFECT: whole, INTERACTION: left}


def decompose(
    indicators: pd.DataFrame,
    scenario: str,
    baseline: str,
    passage: str,
    parts: Mapping[str, str],
    spans: tuple[Phase, ...],
) -> pd.DataFrame:
    """Return part effects, their sum, the whole and the interaction, each paired with its interval.

    One row per part (`PASSAGE`, the components in order, `SUM`, `WHOLE_EFFECT`, `INTERACTION`), series and phase of
    `spans`. Columns: ``part``, municipality, group, indicator, ``phase``, ``mean``, ``sd``, ``se``, ``low``, ``high``
    (95 %), ``pairs``; unit of the indicator. Only seeds in which all scenarios of a row ran count.
    """
    rows = indicators[indicators["scenario"].isin([scenario, baseline, passage, *parts.values()])]
    means = phase_means(rows, spans)
    keys = [*SERIES, "phase"]
    found = [
        mean_over_seeds(contrast(means, weights, "phase"), keys).assign(part=part)
        for part, weights in shares_of_effect(scenario, baseline, passage, parts).items()
    ]
    table = pd.concat(found, ignore_index=True)
    return table[["part", *(column for column in table.columns if column != "part")]]
