"""A small table: differences to the baseline before, during and after the transition."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pandas as pd

from labsim.analysis.paired import paired_differences
from labsim.analysis.tables import WHOLE, TableError, has, pick
from labsim.analysis.windows import Phase, phase_means
from labsim.figures import words
from labsim.figures.theme import Setting

OUTCOMES = (
    "employment_rate",
    "underemployment_rate",
    "unemployment_rate",
    "employment",
    "participation_rate",
    "long_term_share",
    "job_finding_rate",
    "in_measure",
    "spending",
)
"""Indicators of the table, as far as the results have them; employment and underemployment come first."""


def phase_differences(
    indicators: pd.DataFrame, setting: Setting, outcomes: Sequence[str] = OUTCOMES, group: str = WHOLE
) -> pd.DataFrame:
    """Return the paired differences by phase for the outcomes that the table has.

    Columns as in `analysis.paired_differences`, with ``phase`` ("before", "during", "after" the transition,
    or "whole run") in place of the month. The mean over the months of a phase is taken within each run first.
    """
    present = [name for name in outcomes if has(indicators, name, setting.municipality, group)]
    if not present:
        raise TableError(f"none of the outcomes {', '.join(outcomes)} has values in {setting.municipality}")
    rows = pick(indicators, present, setting.municipality, group)
    names = [style.name for style in setting.styles]
    rows = rows[rows["scenario"].isin(names)]
    spans = setting.phases(rows["month"])
    table = paired_differences(phase_means(rows, spans), setting.baseline.name, "phase")
    return table.sort_values("indicator", key=lambda names: names.map(present.index), kind="stable")


def phase_table(
    indicators: pd.DataFrame, setting: Setting, outcomes: Sequence[str] = OUTCOMES, group: str = WHOLE
) -> str:
    """Return an HTML table of paired differences by phase, with 95 % intervals of the mean.

    One block of rows per scenario, one row per outcome (with the unit of the difference), one column per
    phase. Intervals are of the mean over pairs with the same seed; they cover chance, not uncertainty about
    parameters.
    """
    table = phase_differences(indicators, setting, outcomes, group)
    spans = setting.phases(indicators["month"])
    pairs = int(table["pairs"].min())
    say = setting.say
    who = "" if group == WHOLE else f", {say(say.group(group).lower(), say.group(group))}"
    base = f"{setting.baseline.letter} ({setting.baseline.label}) {setting.where}{who}"
    caption = say(
        f"Difference to {base}: mean of {pairs} pair{'s' if pairs != 1 else ''} with the same seed, in brackets the "
        "95 % interval of the mean",
        f"Differenz zu {base}: Mittel von {pairs} Paar{'en' if pairs != 1 else ''} mit gleicher Startzahl, in Klammern "
        "das 95-%-Intervall des Mittels",
    )
    head = "".join(
        f'<th scope="col" class="number">{escape(say.phase(span.name))}<br>'
        f"<small>{escape(say.dates(span))}</small></th>"
        for span in spans
    )
    bodies = []
    for style in setting.others:
        rows = "".join(
            _row(part, spans, setting)
            for _, part in table[table["scenario"] == style.name].groupby("indicator", sort=False)
        )
        name = f'<th scope="rowgroup" colspan="{len(spans) + 2}" class="scenario">{escape(style.title)}</th>'
        bodies.append(f"<tbody><tr>{name}</tr>{rows}</tbody>")
    outcome, unit = say("Outcome", "Ergebnis"), say("Unit", "Einheit")
    return (
        f'<table><caption><span>{escape(caption)}</span></caption><thead><tr><th scope="col">{outcome}</th>'
        f'<th scope="col">{unit}</th>{head}</tr></thead>{"".join(bodies)}</table>'
    )


def _row(part: pd.DataFrame, spans: Sequence[Phase], setting: Setting) -> str:
    """Return one row of the table: an outcome of one scenario in every phase."""
    outcome = str(part["indicator"].iloc[0])
    unit = setting.unit(outcome)
    texts = {
        phase: setting.say.signed_interval(mean, low, high, words.digits_of_difference(unit))
        for phase, mean, low, high in zip(part["phase"], part["mean"], part["low"], part["high"], strict=True)
    }
    cells = "".join(
        f'<td class="number">{escape(texts.get(span.name, words.MISSING))}</td>' for span in spans
    )
    return (
        f'<tr><th scope="row">{escape(setting.label(outcome))}</th>'
        f'<td class="unit">{escape(setting.difference_label(outcome))}</td>{cells}</tr>'
    )
