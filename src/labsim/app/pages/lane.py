"""Page 2: the way from the old rules to the new ones as a lane in time, and what the room expects of it."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html

from labsim.app.levers import Choices
from labsim.app.pages.extra import extra
from labsim.app.summaries import DIRECTIONS, EXPECTED
from labsim.app.words import word


def lane(choices: Choices) -> Any:
    """Return the page; the lane itself is drawn by the page's script (assets/lane.js)."""
    language = choices.language
    texts = {f"data-{key}": word(f"lane_{key}", language) for key in ("rules", "money")}
    return html.Div(
        [
            html.Div(
                [html.H2(word("lane_title", language)), html.Span(word("lane_hint", language), className="note")],
                className="row between",
            ),
            html.Div(id="lane", role="group", **extra({"aria-label": word("lane_title", language)} | texts)),
            html.P("", id="lane-told", role="status"),
            _expectations(language),
            html.Details(
                [html.Summary(word("lane_shares", language)), html.Div(id="lane-page")], id="lane-details"
            ),
        ]
    )  # fmt: skip


def _expectations(language: str) -> Any:
    rows = []
    for name in EXPECTED:
        measure = word(f"kpi_{name}", language)
        chips = [dmc.Chip(word(f"expect_{each}", language), value=each, size="xs") for each in DIRECTIONS]
        group = dmc.ChipGroup(chips, id={"expect": name}, deselectable=True)
        rows.append(
            html.Div(
                [html.Span(measure, className="expect-name"), html.Div(group, className="chips")],
                className="expect", role="group", **extra({"aria-label": word("expect_of", language, name=measure)}),
            )
        )  # fmt: skip
    return html.Section(
        [
            html.H2(word("expect_title", language)),
            html.P(word("expect_hint", language), className="note"),
            html.Div(rows, className="expects"),
            html.Div(
                [
                    dmc.Button(word("see_result", language), id="see-result", size="sm"),
                    dmc.Button(word("skip_expect", language), id="skip-expect", size="sm", variant="subtle"),
                    dmc.Button(word("clear_expect", language), id="clear-expect", size="sm", variant="subtle"),
                ],
                className="row",
            ),
        ],
        className="framed", **extra({"aria-label": word("expect_title", language)}),
    )  # fmt: skip
