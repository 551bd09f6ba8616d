"""What an experiment asked, answered from its tables.

Every function takes the tidy indicators of all scenarios and the content of ``experiment.json``, and gives a table for
the whole place. A question that the experiment did not ask gives an empty table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from labsim.analysis import trace
from labsim.analysis.decomposition import decompose
from labsim.analysis.paired import paired_differences
from labsim.analysis.precision import precision
from labsim.analysis.predictions import predictions
from labsim.analysis.tables import WHOLE
from labsim.analysis.transition_metrics import COLUMNS, scar, time_to_target, transition_cost
from labsim.analysis.windows import Phase, phase_means, phases, transition

About = Mapping[str, Any]
"""The content of experiment.json."""

MAIN = ("employment_rate", "underemployment_rate", "unemployment_rate")
"""Outcomes of an experiment that names none; registered unemployment never stands alone."""

TRANSITION_INDICATORS = (
    "employment", "unemployed", "in_measure", "population", "employment_rate", "underemployment_rate",
)  # fmt: skip
"""Indicators that the metrics of a transition need."""


def named(about: About) -> list[str]:
    """Return the names of the scenarios that the experiment names, without those that were made for an answer."""
    return [str(each["name"]) for each in about.get("scenarios", ()) if not each.get("role")]


def windows(about: About) -> list[tuple[str, Phase]]:
    """Return the experiment's windows by name; start and end in experiment.json both belong to a window."""
    found = []
    for each in about.get("windows", ()):
        label = each.get("label") or {}
        name = str(each["window"])
        end = pd.Timestamp(str(each["end"])) + pd.DateOffset(months=1)
        found.append((name, Phase(str(label.get("en") or name), pd.Timestamp(str(each["start"])), end)))
    return found


def spans(about: About, months: pd.Series[pd.Timestamp]) -> tuple[Phase, ...]:
    """Return the stretches of months that are compared: windows, else the phases of the transition.

    Those that end before anything changes are left out, unless nothing else is left.
    """
    change = transition([run.get("timeline", ()) for run in about.get("runs", {}).values()])
    every = tuple(span for _, span in windows(about)) or phases(change, months)
    later = tuple(span for span in every if change is None or span.end > change.start)
    return later or every


def outcomes(about: About) -> tuple[str, ...]:
    """Return the indicators that the experiment wants compared first."""
    return tuple(map(str, about.get("outcomes") or MAIN))


def needed_indicators(about: About) -> tuple[str, ...]:
    """Return the indicators that the answers to the experiment's questions need."""
    names = [*about.get("precision", ()), *(str(each["outcome"]) for each in about.get("expect", ()))]
    if about.get("decompositions"):
        names += outcomes(about)
    if about.get("ideal"):
        names += TRANSITION_INDICATORS
    return tuple(dict.fromkeys((*names, *trace.needed(about))))


def needed_municipalities(about: About) -> tuple[str, ...]:
    """Return the municipalities that the answers need; the whole place first."""
    named = (str(each.get("municipality", WHOLE)) for each in about.get("expect", ()))
    return tuple(dict.fromkeys((WHOLE, *named, *trace.needed_municipalities(about))))


def difference_table(indicators: pd.DataFrame, about: About, names: Sequence[str]) -> pd.DataFrame:
    """Return the paired differences of some indicators to the baseline, by phase; every scenario that is named."""
    rows = _whole(indicators, names, named(about))
    means = phase_means(rows, spans(about, rows["month"]))
    table = paired_differences(means, str(about["baseline"]), "phase")
    return table.sort_values("indicator", key=lambda each: each.map(list(names).index), kind="stable")


def precision_table(indicators: pd.DataFrame, about: About) -> pd.DataFrame:
    """Return how precise the differences are where a precision is wanted: `analysis.precision`, by phase."""
    wanted = {str(name): float(value) for name, value in about.get("precision", {}).items()}
    rows = _whole(indicators, list(wanted), named(about)) if wanted else indicators.iloc[:0]
    if rows.empty or rows["scenario"].nunique() < 2:
        return pd.DataFrame()
    return precision(difference_table(rows, about, list(wanted)), wanted)


def prediction_table(indicators: pd.DataFrame, about: About) -> pd.DataFrame:
    """Return what was expected and what came: `analysis.predictions`, in the order of the file."""
    margins = {str(name): float(value) for name, value in about.get("precision", {}).items()}
    return predictions(indicators, about.get("expect", ()), windows(about), margins)


def decomposition_table(indicators: pd.DataFrame, about: About, asked: Mapping[str, Any]) -> pd.DataFrame:
    """Return parts, sum, whole and interaction of one entry of ``decompositions``, by outcome and phase."""
    parts = {str(part["component"]): str(part["scenario"]) for part in asked["parts"]}
    scenario, baseline, passage = (str(asked[key]) for key in ("scenario", "baseline", "passage"))
    chosen = outcomes(about)
    rows = _whole(indicators, chosen, [scenario, baseline, passage, *parts.values()])
    table = decompose(rows, scenario, baseline, passage, parts, spans(about, rows["month"]))
    return table.sort_values("indicator", key=lambda each: each.map(list(chosen).index), kind="stable")


def transition_table(indicators: pd.DataFrame, about: About) -> pd.DataFrame:
    """Return cost, scar and times of every scenario against the ideal one, scenario by scenario.

    Columns as in `analysis.transition_metrics`, with ``reached`` and ``median`` for the times. A scenario without a
    transition is measured over the ideal's. Of the ideal itself there is only the time to its own late level.
    """
    ideal = about.get("ideal")
    passages = about.get("passages", {})
    found = [pd.DataFrame(columns=[*COLUMNS, "reached", "median"])]
    if ideal not in passages:
        return found[0]
    there = set(indicators["scenario"].unique())
    for name in named(about):
        if name not in there or ideal not in there:
            continue
        own = passages.get(name, passages[ideal])
        start = min(pd.Timestamp(own["start"]), pd.Timestamp(passages[ideal]["start"]))
        both = (indicators, name, str(ideal))
        if name != ideal:
            found += [transition_cost(*both, start), scar(*both, pd.Timestamp(own["end"]))]
        found.append(time_to_target(*both, start))
    filled = [table for table in found if not table.empty]
    return pd.concat(filled, ignore_index=True) if filled else found[0]


def _whole(indicators: pd.DataFrame, names: Sequence[str], scenarios: Sequence[str]) -> pd.DataFrame:
    """Return the rows of some indicators and scenarios for the whole place and everybody."""
    return indicators[
        indicators["indicator"].isin(list(names))
        & indicators["scenario"].isin(list(scenarios))
        & (indicators["municipality"] == WHOLE)
        & (indicators["group"] == WHOLE)
    ]
