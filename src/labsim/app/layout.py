"""The page: header, levers on the left, six pages on the right, footer. Built from choices, in their language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from labsim.app.levers import LEVERS, ORDERS, STORIES, Choices, Lever, start_month, today
from labsim.app.simulating import SHOWN
from labsim.app.words import word
from labsim.figures.canvas import config
from labsim.units import parse_month

PAGES = ("start", "levers", "compare", "people", "places", "check")
PAIRS = 100
THEME: dict[str, Any] = {
    "primaryColor": "blue",
    "primaryShade": 9,
    "fontFamily": "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif",
    "respectReducedMotion": True,
}


def labelled(text: str) -> Any:
    """Return the property that names an element for a screen reader."""
    return {"aria-label": text}


def shown_value(lever: Lever, value: float, choices: Choices) -> str:
    """Return a lever's value with its unit in words."""
    if lever.name == "start":
        return month_in_words(start_month(choices), choices.language)
    text = f"{value:g}"
    if choices.language == "de":
        text = text.replace(".", ",")
    return f"{text} {word('unit_' + lever.unit, choices.language)}"


def month_in_words(month: str, language: str) -> str:
    """Return a month as people write it.

    >>> month_in_words("2003-01", "de")
    '1/2003'
    """
    number = parse_month(month)
    return f"{number % 12 + 1}/{number // 12}" if language == "de" else month


def lever_row(lever: Lever, choices: Choices) -> Any:
    """Return one lever: its name, its value, the story's value, a slider that the keyboard moves."""
    language = choices.language
    name = word(lever.name, language)
    usual = today(choices.story_b).values[lever.name]
    said = f"{name}, {word(f'{lever.name}_help', language)}"
    return html.Div(
        [
            html.Div(
                [
                    html.Span(name, className="lever-name"),
                    html.Span(shown_value(lever, choices.values[lever.name], choices), id=f"value-{lever.name}",
                              className="lever-value"),
                ],
                className="lever-head", title=word(f"{lever.name}_help", language),
            ),
            dmc.Slider(
                id=f"lever-{lever.name}", min=lever.low, max=lever.high, step=lever.step,
                value=choices.values[lever.name], label=None, thumbLabel=said,
                marks=[{"value": usual}], updatemode="mouseup", size="sm",
            ),
        ],
        className="lever",
    )  # fmt: skip


def story_select(end: str, chosen: str, language: str) -> Any:
    """Return the choice of a story for A or B."""
    return dmc.Select(
        id=f"story-{end}", label=word(f"story_{end}", language), value=chosen, allowDeselect=False, size="xs",
        data=[{"value": name, "label": word(f"story_{name}", language)} for name in STORIES],
    )  # fmt: skip


def side(choices: Choices) -> Any:
    """Return the levers."""
    language = choices.language
    orders = [{"value": each, "label": word(f"order_{each}", language)} for each in ORDERS]
    lane = [lever_row(each, choices) for each in LEVERS.values() if each.lane]
    others = [lever_row(each, choices) for each in LEVERS.values() if not each.lane]
    return html.Aside(
        [
            story_select("a", choices.story_a, language),
            story_select("b", choices.story_b, language),
            html.H2(word("lane", language)),
            *lane[:2],
            dmc.SegmentedControl(id="order", data=orders, value=choices.order, size="xs", fullWidth=True,
                                 **labelled(word("order", language))),
            *lane[2:],
            html.H2(word("levers", language)),
            *others,
            html.Div(
                [
                    dmc.Button(word("reset", language), id="reset", size="compact-xs", variant="subtle"),
                    dmc.Button(word("cancel", language), id="cancel", size="compact-xs", variant="default"),
                ],
                className="buttons",
            ),
        ],
        id="side", **labelled(word("levers", language)),
    )  # fmt: skip


def comparison(choices: Choices, kpi: str) -> Any:
    """Return the page with the fan, the paired difference, the sentence and the table."""
    language = choices.language
    options = [{"value": name, "label": word(f"kpi_{name}", language)} for name in SHOWN]
    return html.Div(
        [
            dmc.SegmentedControl(id="kpi", data=options, value=kpi, size="xs", className="kpis",
                                 **labelled(word("kpi", language))),
            html.P(word("first_coming", language), id="sentence", role="status"),
            html.Div(
                dcc.Graph(id="fan", figure=empty(), config=config(language) | {"displayModeBar": False},
                          responsive=True),
                role="group", id="fan-frame", **labelled(word("chart_name", language)),
            ),
            html.Details([html.Summary(word("how_to_read", language)), html.P("", id="aid")]),
            html.Details([html.Summary(word("table", language)), html.Div(id="numbers", className="scroll",
                                                                           tabIndex=0)]),
        ]
    )  # fmt: skip


def empty() -> dict[str, Any]:
    """Return a figure without anything, until the first runs have come."""
    hidden = {"visible": False}
    return {
        "data": [],
        "layout": {
            "xaxis": hidden,
            "yaxis": hidden,
            "height": 470,
            "meta": {"n": 0},
            "paper_bgcolor": "white",
        },
    }


def start(language: str) -> Any:
    """Return the first page: what this is, and the stories as cards."""
    cards = [
        html.Div(
            [
                html.H3(word(f"story_{name}", language)),
                html.P(word(f"story_{name}_text", language)),
                dmc.Button(word("choose", language), id={"card": name}, size="xs", variant="light"),
            ],
            className="card",
        )
        for name in STORIES
    ]
    return html.Div(
        [
            html.P(word("about", language), className="lead"),
            html.Div(cards, className="cards"),
            html.P(word("frame", language), className="note"),
        ]
    )


def frame(choices: Choices, wrong: str, page: str, kpi: str) -> list[Any]:
    """Return everything below the address, for these choices."""
    language = choices.language
    other = "English" if language == "de" else "Deutsch"
    panels: Mapping[str, Any] = {
        "start": start(language),
        "levers": html.Div(id="lane-page"),
        "compare": comparison(choices, kpi),
        "people": html.Div(id="people-page"),
        "places": html.Div(id="places-page"),
        "check": html.Div(id="check-page"),
    }
    tabs = dmc.TabsList(
        [dmc.TabsTab(word(f"page_{each}", language), value=each) for each in PAGES],
        **labelled(word("pages", language)),
    )
    return [
        dcc.Store(id="session"),
        dcc.Store(id="asked"),
        html.A(word("skip", language), href="#fan-frame", className="skip"),
        html.Header(
            [
                html.H1(word("title", language)),
                html.Span(word("place", language), className="place"),
                dmc.Button(word("presenter", language), id="presenter", size="compact-sm", variant="default"),
                dmc.Button(other, id="language", size="compact-sm",
                           variant="default"),
            ]
        ),
        html.Main(
            [
                side(choices),
                html.Section(
                    [
                        html.P(wrong, id="notes", role="status", className="note" if wrong else "note none"),
                        dmc.Tabs(
                            [tabs, *(dmc.TabsPanel(panels[each], value=each) for each in PAGES)],
                            id="pages", value=page,
                        ),
                    ],
                    id="right",
                ),
            ]
        ),
        html.Footer(
            [
                html.Span(id="badge"),
                html.Div(html.Div(id="bar"), id="progress", role="progressbar",
                         **labelled(word("page_compare", language)) | {"aria-valuemin": "0", "aria-valuemax": "100"}),
                html.Span(id="standing", role="status"),
                html.Span(id="version"),
            ]
        ),
    ]  # fmt: skip
