"""Page 1: what this is, and the stories as cards."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html

from labsim.app.levers import STORIES
from labsim.app.pages.extra import extra
from labsim.app.words import word


def start(language: str) -> Any:
    """Return the first page."""
    cards = [
        html.Article(
            [
                html.H3(word(f"story_{name}", language)),
                html.P(word(f"story_{name}_text", language)),
                dmc.Button(word("choose", language), id={"card": name}, size="xs", variant="light",
                           **extra({"aria-label": f"{word('choose', language)}: {word(f'story_{name}', language)}"})),
            ],
            className="card",
        )
        for name in STORIES
    ]  # fmt: skip
    return html.Div(
        [
            html.Div([html.P(word(f"about_{number}", language)) for number in (1, 2, 3)], className="lead"),
            html.P([html.Strong(f"{word('where', language)}: "), word("place", language)]),
            html.H2(word("story_question", language)),
            html.Div(cards, className="cards"),
            html.Div(
                [
                    html.H2(word("frame_title", language)),
                    html.P(word("frame", language)),
                    dmc.Button(word("to_limits", language), id="to-limits", size="xs", variant="subtle"),
                ],
                className="framed",
            ),
            html.Div(
                [
                    dmc.Button(word("resume", language), id="resume", size="sm", variant="default"),
                    html.Span("", id="resume-says"),
                    dmc.Button("", id="restore", size="sm", variant="default", className="none"),
                ],
                id="resume-row", className="none",
            ),
            html.Div(id="invitation"),
        ]
    )  # fmt: skip
