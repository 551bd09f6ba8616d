"""The page on people: where they go, how long they are without work, how employable they are, and single lives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from labsim.app import pictures
from labsim.app.pages import parts
from labsim.app.words import word
from labsim.experiment.followed import EVERYBODY, GROUPS
from labsim.figures.speech import STATES

VIEWS = {
    "ways": "alluvial",
    "duration": "survival",
    "employability": "employability",
    "biographies": "biographies",
}
"""The views, and the figure of the catalogue that each shows."""

NEAR_OR_FAR = ("near", "far")


def shell(language: str) -> Any:
    """Return the page without its pictures."""
    return html.Div(
        [
            dcc.Store(id="grown"),
            html.Div(
                [
                    parts.switch(
                        "people-view", tuple(VIEWS), "ways", "people", word("view", language), language
                    ),
                    parts.switch(
                        "people-group", GROUPS, EVERYBODY, "group", word("group", language), language
                    ),
                ],
                className="switches",
            ),
            html.Div(word("no_pairs_yet", language), id="people-content"),
        ]
    )


def content(plots: Any, view: str, group: str, language: str) -> Sequence[Any]:
    """Return the picture of a view with what has to be said about it."""
    shown = plots.exhibit(VIEWS[view])
    if view == "ways":
        _shorten(shown.figure, language)
    notes = []
    if view == "biographies":
        notes.append(word("lives_note", language))
    if view == "duration" and group in NEAR_OR_FAR:
        notes.append(word("group_unknown", language))
    elif group != EVERYBODY:
        notes.append(word("group_note", language))
    return [
        *(html.P(note, className="note") for note in notes),
        parts.exhibit(f"{view}-{group}", shown, language),
    ]


def _shorten(figure: Any, language: str) -> None:
    """Shorten the longest label, which would cover the shares of the middle date on a projector."""
    long = STATES["long"][0 if language == "en" else 1]
    short = word("state_long", language)
    for trace in figure.data:
        trace.node.label = [str(label).replace(long, short) for label in trace.node.label]


def plots(pairs: Sequence[pictures.Pair], scenarios: Any, labels: Any, language: str, group: str) -> Any:
    """Return the figures of a group of people."""
    return pictures.plots(pairs, scenarios, labels, language, group)
