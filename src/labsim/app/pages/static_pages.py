"""The pages on the transition, people, places and money, and checking: made when they are opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from labsim.app import pictures
from labsim.app.jobs import Job
from labsim.app.layout import labelled
from labsim.app.levers import Choices
from labsim.app.words import word
from labsim.config import sources
from labsim.figures.canvas import config


def made(page: str, choices: Choices, pairs: Sequence[pictures.Pair], job: Job | None) -> Any:
    """Return the content of a page."""
    language = choices.language
    if job is None:
        return html.P(word("nothing_yet", language))
    labels = (word(f"story_{choices.story_a}", language), word(f"story_{choices.story_b}", language))
    shared = pictures.setting(job.scenarios, labels, language)
    if page == "levers":
        return _figure(pictures.lane(job.scenarios, shared), language, word("lane_name", language))
    if page == "check":
        return _check(job, language)
    full = [pair for pair in pairs if pair[0].tables and pair[1].tables]
    if not full:
        return html.P(word("nothing_yet", language))
    made = pictures.people(full, shared) if page == "people" else pictures.places(full, shared)
    note = html.P(word("people_note", language, pairs=len(full)), className="note")
    return [note, *(_figure(figure, language, name) for name, figure in made)]


def _figure(figure: Any, language: str, name: str) -> Any:
    shown: Any = config(language) | {"displayModeBar": False}
    graph = dcc.Graph(
        figure=figure, config=shown, responsive=True, style={"height": figure.layout.height or 450}
    )
    return html.Div(graph, role="group", **labelled(name))


def _check(job: Job, language: str) -> Any:
    scenario = job.scenarios[1]
    found = sources(scenario)
    names = ("key", "value", "unit", "source")
    rows = [html.Tr([html.Td(each.where), html.Td(str(each.value)), html.Td(each.unit),
                     html.Td(each.source)]) for each in found]  # fmt: skip
    people = word("scale", language, people=round(1 / scenario.scale))
    return [
        html.P(word("limits", language, scale=people)),
        html.H2(word("assumptions", language)),
        html.Div(
            html.Table(
                [html.Thead(html.Tr([html.Th(word(name, language)) for name in names])), html.Tbody(rows)]
            ),
            className="scroll tall",
            tabIndex=0,
        ),
    ]
