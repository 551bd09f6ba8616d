"""What an effect consists of: a bar per component that is switched on alone, and below all of them together."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from labsim.analysis.decomposition import INTERACTION, PASSAGE, SUM, WHOLE_EFFECT
from labsim.analysis.tables import TableError
from labsim.figures import words
from labsim.figures.canvas import go
from labsim.figures.rows import HOLLOW, HOLLOW_DE, Dot, draw_dots, intervals, row_panels, separate
from labsim.figures.speech import ENGLISH, Speech
from labsim.figures.theme import INK, MUTED, Setting

NAMES: Mapping[str, tuple[str, str]] = {
    PASSAGE: ("The passage itself, rules as before", "Der Übergang selbst, Regeln wie zuvor"),
    SUM: ("Sum of the above", "Summe der oberen"),
    WHOLE_EFFECT: ("All together", "Alles zusammen"),
    INTERACTION: ("Interaction (together less sum)", "Wechselwirkung (zusammen minus Summe)"),
}
"""The rows that are no component, in both languages."""


def part_label(part: str, say: Speech = ENGLISH) -> str:
    """Return a part of a decomposition in words: "Only benefits"."""
    if part in NAMES:
        return say(*NAMES[part])
    return say(f"Only {words.plain(part).lower()}", f"Nur {words.plain(part)}")


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
        [part_label(part, setting.say) for part in parts],
        [f"<b>{setting.label(name)}</b><br>{setting.difference_label(name)}" for name in outcomes],
        say=setting.say,
    )
    there = intervals(table, "part", "indicator")
    for column, name in enumerate(outcomes, start=1):
        dots = []
        for place, part in enumerate(parts):
            mean, low, high = there[part, name]
            ink = INK if part in {SUM, WHOLE_EFFECT} else MUTED if part == INTERACTION else colour
            dots.append(Dot(place, mean, low, high, ink, part_label(part, setting.say)))
            if math.isfinite(mean) and mean:
                figure.add_bar(
                    x=[mean], y=[place], orientation="h", width=0.5, marker={"color": ink, "opacity": 0.28},
                    hoverinfo="skip", showlegend=False, row=1, col=column,
                )  # fmt: skip
        draw_dots(figure, dots, 1, column, words.digits_of_difference(setting.unit(name)))
        separate(figure, [parts.index(SUM)], 1, column)
    return figure


def reading_aid(setting: Setting) -> str:
    """Return how to read the figure and what its intervals cover."""
    return setting.say(
        "Each bar: one component of the rules switched on, everything else as before the change; mean paired "
        f"difference in the whole place with its 95 % interval (chance only). {HOLLOW}",
        "Jeder Balken: ein Bestandteil der Regeln eingeschaltet, alles andere wie vor dem Wechsel; mittlere gepaarte "
        f"Differenz im ganzen Gebiet mit ihrem 95-%-Intervall (nur Zufall). {HOLLOW_DE}",
    )


def numbers(table: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """Return the same as text: a row per part, a column per outcome."""
    parts, outcomes = _order(table)
    say = setting.say
    result = pd.DataFrame({say("Switched on", "Eingeschaltet"): [part_label(part, say) for part in parts]})
    for name in outcomes:
        rows = table[table["indicator"] == name].set_index("part").reindex(parts)
        digits = words.digits_of_difference(setting.unit(name))
        result[f"{setting.label(name)} ({setting.difference_label(name)})"] = [
            say.signed_interval(mean, low, high, digits)
            for mean, low, high in zip(rows["mean"], rows["low"], rows["high"], strict=True)
        ]
    return result


def _order(table: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Return parts and outcomes in the order of the table."""
    return list(dict.fromkeys(map(str, table["part"]))), list(dict.fromkeys(map(str, table["indicator"])))
