"""Page 3: the fan of A and B with the paired difference under it, never apart; what it says, and what to do with it."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from labsim.app.levers import Choices
from labsim.app.pages.extra import extra
from labsim.app.simulating import SHOWN
from labsim.app.words import word
from labsim.figures.canvas import config

HEIGHT = 370
"""Height of the picture in pixels, so that the page needs no scrolling on a projector."""


def comparison(choices: Choices, kpi: str) -> Any:
    """Return the page; picture, sentence and tables come with the job's news (assets/live.js)."""
    language = choices.language
    options = [{"value": name, "label": word(f"kpi_{name}", language)} for name in SHOWN]
    plain: Any = config(language) | {"displayModeBar": False}
    return html.Div(
        [
            dmc.SegmentedControl(id="kpi", data=options, value=kpi, size="xs", className="kpis",
                                 **extra({"aria-label": word("kpi", language)})),
            html.P(word("first_coming", language), id="sentence", role="status"),
            html.Div(
                [
                    html.Span("", id="agreement", role="status"),
                    html.Span("", id="chips", **extra({"aria-hidden": "true"})),
                ],
                className="row between",
            ),
            html.Div(
                dcc.Graph(id="fan", figure=empty(), config=plain, responsive=True),
                role="group", id="fan-frame",
                **extra({"aria-label": word("chart_name", language), "data-preview": word("preview_badge", language)}),
            ),
            html.Div(_actions(choices), className="row", id="actions"),
            _below(language),
        ]
    )  # fmt: skip


def _actions(choices: Choices) -> list[Any]:
    language = choices.language

    def button(name: str) -> Any:
        key = name.replace("-", "_")
        return html.Button(
            word(key, language), id=name, className="tool", title=word(f"{key}_help", language)
        )

    return [
        button("pin-a"),
        button("pin-b"),
        button("pin-c"),
        html.Button(
            word("unpin_c", language), id="unpin-c", className="tool" if choices.third else "tool none"
        ),
        html.Button(
            word("axis", language),
            id="axis",
            className="toggle",
            title=word("axis_help", language),
            **extra({"aria-pressed": "false"}),
        ),
        html.Span("", id="pin-says", role="status"),
    ]


def _below(language: str) -> Any:
    return html.Div(
        [
            html.Details([html.Summary(word("how_to_read", language)), html.P("", id="aid"),
                          html.P(word("same_rule", language))]),
            html.Details(
                [
                    html.Summary(word("table", language)),
                    dmc.Button(word("export_csv", language), id={"export": "csv"}, size="compact-sm",
                               variant="default"),
                    html.H3(word("by_year", language)),
                    html.Div(id="years", className="scroll", tabIndex=0,
                             **extra({"role": "region", "aria-label": word("by_year", language)})),
                    html.H3(word("by_month", language)),
                    html.Div(id="numbers", className="scroll", tabIndex=0,
                             **extra({"role": "region", "aria-label": word("by_month", language)})),
                ],
                id="tables",
            ),
        ],
        className="below",
    )  # fmt: skip


def empty() -> dict[str, Any]:
    """Return a figure without anything, until the first runs have come."""
    hidden = {"visible": False}
    return {
        "data": [],
        "layout": {"xaxis": hidden, "yaxis": hidden, "height": HEIGHT, "meta": {"n": 0}, "paper_bgcolor": "white"},
    }  # fmt: skip
