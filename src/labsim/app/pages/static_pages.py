"""The page on the transition: which rules hold when."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from labsim.app import pictures
from labsim.app.jobs import Job
from labsim.app.levers import Choices
from labsim.app.pages import parts
from labsim.app.words import word
from labsim.figures.canvas import config


def lane(choices: Choices, job: Job | None) -> Any:
    """Return the picture of the rules that hold in A and in B."""
    language = choices.language
    if job is None:
        return html.P(word("nothing_yet", language))
    labels = (word(f"story_{choices.story_a}", language), word(f"story_{choices.story_b}", language))
    figure = pictures.lane(job.scenarios, pictures.setting(job.scenarios, labels, language))
    shown: Any = config(language) | {"displayModeBar": False}
    graph = dcc.Graph(
        figure=figure, config=shown, responsive=True, style={"height": figure.layout.height or 450}
    )
    return html.Div(graph, role="group", **parts.named(word("lane_name", language)))
