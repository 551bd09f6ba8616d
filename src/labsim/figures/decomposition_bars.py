"""What an effect consists of: a bar per component that is switched on alone, and below all of them together."""

from __future__ import annotations

import math

import pandas as pd

from labsim.analysis.decomposition import INTERACTION, PASSAGE, SUM, WHOLE_EFFECT
from labsim.analysis.tables import TableError
from labsim.figures import words
from labsim.figures.canvas import go
from labsim.figures.rows import Dot, draw_dots, intervals, row_panels, separate
from labsim.figures.theme import INK, MUTED, Setting

NAMES = {
    PASSAGE: "The passage itself, rules as before",
    SUM: "Sum of the above",
    WHOLE_EFFECT: "All together",
    INTERACTION: "Interaction (together less sum)",
}
"""The rows that are no component, in words."""


def part_label(part: str) -> str:
    """Return a part of a decomposition in words: "Only benefits"."""
    return NAMES.get(part) or f"Only {words.plain(part).lower()}"


def decomposition_bars(table: pd.DataFrame, setting: Setting, title: str, colour: str) -> go.Figure:
    """Return a row per part of an effect and a panel per outcome: bars from zero, with the 95 % interval of each.

    Parameters
    ----------
    table
        `analysis.decomposition.decompose` of one phase: part, indicator, mean, low, high.
    colour
        Colour of the components; sum, whole and interaction are dark.
    """
    if table.empty:
        raise TableError("there is nothing to take apart in this phase")
    parts, outcomes = _order(table)
    figure = row_panels(
        title,
        [part_label(part) for part in parts],
        [
            f"<b>{setting.label(name)}</b><br>{words.unit_of_difference(setting.unit(name))}"
            for name in outcomes
        ],
    )
    there = intervals(table, "part", "indicator")
    for column, name in enumerate(outcomes, start=1):
        dots = []
        for place, part in enumerate(parts):
            mean, low, high = there[part, name]
            ink = INK if part in {SUM, WHOLE_EFFECT} else MUTED if part == INTERACTION else colour
            dots.append(Dot(place, mean, low, high, ink, part_label(part)))
            if math.isfinite(mean) and mean:
                figure.add_bar(
                    x=[mean], y=[place], orientation="h", width=0.5, marker={"color": ink, "opacity": 0.28},
                    hoverinfo="skip", showlegend=False, row=1, col=column,
                )  # fmt: skip
        draw_dots(figure, dots, 1, column, words.digits_of_difference(setting.unit(name)))
        separate(figure, [parts.index(SUM)], 1, column)
    return figure


def numbers(table: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """Return the same as text: a row per part, a column per outcome."""
    parts, outcomes = _order(table)
    result = pd.DataFrame({"Switched on": [part_label(part) for part in parts]})
    for name in outcomes:
        rows = table[table["indicator"] == name].set_index("part").reindex(parts)
        unit = setting.unit(name)
        digits = words.digits_of_difference(unit)
        result[f"{setting.label(name)} ({words.unit_of_difference(unit)})"] = [
            words.signed_interval(mean, low, high, digits)
            for mean, low, high in zip(rows["mean"], rows["low"], rows["high"], strict=True)
        ]
    return result


def _order(table: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Return parts and outcomes in the order of the table."""
    return list(dict.fromkeys(map(str, table["part"]))), list(dict.fromkeys(map(str, table["indicator"])))
