"""Several measures of many scenarios in one view: a row per scenario, a panel per measure, each with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from labsim.analysis.tables import TableError, require
from labsim.figures.canvas import go
from labsim.figures.rows import HOLLOW, HOLLOW_DE, Dot, draw_dots, intervals, row_panels
from labsim.figures.speech import ENGLISH, Speech
from labsim.figures.theme import MUTED, Style


class Measure(NamedTuple):
    """One panel: the measure's name in the table, its heading, its unit and decimals.

    Under the heading stands the unit, or `note` where all panels share a unit that is named elsewhere.
    """

    name: str
    heading: str
    unit: str
    digits: int
    note: str = ""

    @property
    def long(self) -> str:
        """Heading, note and unit in one line."""
        return f"{self.heading}, {self.note} ({self.unit})" if self.note else f"{self.heading} ({self.unit})"


def paired_metrics(
    title: str,
    table: pd.DataFrame,
    measures: Sequence[Measure],
    styles: Mapping[str, Style],
    labels: Mapping[str, str],
    *,
    blocks: int = 1,
    say: Speech = ENGLISH,
) -> go.Figure:
    """Return a row per scenario and a panel per measure: the mean paired difference with its 95 % interval.

    Parameters
    ----------
    table
        Columns scenario, measure, mean, low, high.
    measures
        The panels, block by block.
    styles
        How the scenarios look that have a colour of their own; the others are grey.
    labels
        Names of the scenarios for readers, in the order of the rows.
    blocks
        Rows of panels.
    say
        The language of numbers on axes; titles, measures and labels are given in it.
    """
    require(table, ("scenario", "measure", "mean", "low", "high"), "the table of measures")
    names = [name for name in labels if name in set(table["scenario"])]
    if not names or not measures:
        raise TableError("there is no measure of any scenario")
    figure = row_panels(
        title,
        [_title(name, styles, labels) for name in names],
        [f"<b>{measure.heading}</b><br>{measure.note or measure.unit}" for measure in measures],
        blocks=blocks,
        say=say,
    )
    columns = len(measures) // blocks
    there = intervals(table, "measure", "scenario")
    for i, measure in enumerate(measures):
        dots = [
            Dot(place, *there[measure.name, name], _ink(name, styles), labels[name])
            for place, name in enumerate(names)
            if (measure.name, name) in there
        ]
        draw_dots(figure, dots, i // columns + 1, i % columns + 1, measure.digits)
    return figure


def reading_aid(baseline: str, say: Speech = ENGLISH) -> str:
    """Return how to read the figure; `baseline` is the title of the scenario that the others are compared with."""
    return say(
        f"Mean paired difference to {baseline} in the whole place with its 95 % interval (chance only). Scenarios "
        f"without a colour are in no other figure. {HOLLOW}",
        f"Mittlere gepaarte Differenz zu {baseline} im ganzen Gebiet mit ihrem 95-%-Intervall (nur Zufall). Szenarien "
        f"ohne Farbe stehen in keinem anderen Bild. {HOLLOW_DE}",
    )


def numbers(
    table: pd.DataFrame,
    measures: Sequence[Measure],
    styles: Mapping[str, Style],
    labels: Mapping[str, str],
    say: Speech = ENGLISH,
) -> pd.DataFrame:
    """Return the same as text: a row per scenario, a column per measure."""
    names = [name for name in labels if name in set(table["scenario"])]
    result = pd.DataFrame({say("Scenario", "Szenario"): [_title(name, styles, labels) for name in names]})
    for measure in measures:
        part = table[table["measure"] == measure.name].set_index("scenario").reindex(names)
        result[measure.long] = [
            say.signed_interval(mean, low, high, measure.digits)
            for mean, low, high in zip(part["mean"], part["low"], part["high"], strict=True)
        ]
    return result


def _title(name: str, styles: Mapping[str, Style], labels: Mapping[str, str]) -> str:
    return styles[name].title if name in styles else labels[name]


def _ink(name: str, styles: Mapping[str, Style]) -> str:
    return styles[name].colour if name in styles else MUTED
