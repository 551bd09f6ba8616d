"""The wall: the groups' pinned scenarios side by side as small fans, each with what it assumes, on the same axes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
import numpy as np
import pandas as pd
from dash import dcc, html

from labsim.app import levers
from labsim.app.pages.extra import extra
from labsim.app.pages.protocol import setting_in_words
from labsim.app.protocol import outcome_of
from labsim.app.simulating import SHOWN
from labsim.app.summaries import size_in_words
from labsim.app.words import word
from labsim.figures.canvas import config, go, panels
from labsim.figures.levels import band
from labsim.figures.speech import speech
from labsim.figures.theme import PALETTE, PAST
from labsim.indicators.registry import metadata
from labsim.units import month_starts

HEIGHT = 150
Pin = Mapping[str, Any]


def shell(language: str) -> Any:
    """Return the page; its cards are filled in when it is opened."""
    options = [{"value": name, "label": word(f"kpi_{name}", language)} for name in SHOWN]
    return html.Div(
        [
            html.Div(
                [
                    html.H2(word("wall_title", language)),
                    dmc.SegmentedControl(id="wall-kpi", data=options, value=SHOWN[0], size="xs", className="kpis",
                                         **extra({"aria-label": word("kpi", language)})),
                ],
                className="row between",
            ),
            html.P(word("wall_aid", language), className="note"),
            html.Div(id="wall"),
            dcc.Store(id="wall-shown"),
            dcc.Store(id="wall-tick"),
            dcc.Store(id="wall-heard"),
        ]
    )  # fmt: skip


def hung(protocols: Iterable[Mapping[str, Any]]) -> list[tuple[str, Pin]]:
    """Return the pins of all protocols with the name of their group, each pin once."""
    found = {pin["id"]: (str(each["group"]), pin) for each in protocols for pin in each["pins"]}
    return list(found.values())


def cards(pins: Sequence[tuple[str, Pin]], name: str, language: str) -> Any:
    """Return a card for each pin: small fan, result, assumptions, votes."""
    if not pins:
        return html.P(word("wall_empty", language))
    limits = same_axis([pin for _, pin in pins], name)
    votes = sum(pin["votes"] for _, pin in pins)
    return html.Div(
        [_card(group, pin, name, limits, votes, language) for group, pin in pins], className="wall"
    )


def same_axis(pins: Sequence[Pin], name: str) -> tuple[float, float]:
    """Return the range of the vertical axis that all small fans of a measure share."""
    values = [
        value
        for pin in pins
        for key in ("a", "b", "low", "high")
        for value in pin["results"].get(name, {}).get(key, ())
        if value is not None
    ]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    room = 0.06 * ((high - low) or abs(high) or 1.0)
    return low - room, high + room


def _card(group: str, pin: Pin, name: str, limits: tuple[float, float], votes: int, language: str) -> Any:
    found = outcome_of(pin, name)
    title = f"{group or word('without_group', language)}: {pin['name'] or pin['number']}"
    figure = small_fan(pin, name, limits, language)
    shown: Any = config(language) | {"displayModeBar": False}
    size = "–" if found is None else size_in_words(found, name, language)
    told: list[Any] = [html.P(word("wall_difference", language, mean=size), className="strong")]
    if votes:
        told.append(html.P(word("votes_share", language, votes=pin["votes"], all=votes)))
    return html.Article(
        [
            html.H3(title),
            html.Div(dcc.Graph(figure=figure, config=shown, responsive=True, style={"height": HEIGHT}), role="group",
                     **extra({"aria-label": f"{title}, {word(f'kpi_{name}', language)}"})),
            *told,
            html.Div(setting_in_words(pin, language), className="note"),
        ],
        className="card",
    )  # fmt: skip


def small_fan(pin: Pin, name: str, limits: tuple[float, float], language: str) -> go.Figure:
    """Return A in grey and B in colour with the middle half of its runs, month by month."""
    kept = pin["results"].get(name, {"a": [], "b": [], "low": [], "high": []})
    say = speech(language)
    figure = panels("", [HEIGHT - 48], right=22, legend=False, say=say)
    months = pd.Series(month_starts(levers.START, len(kept["b"])))
    place = {"row": 1, "col": 1}
    if len(kept["low"]) == len(kept["high"]) == len(months):
        low, high = (pd.Series(np.array(kept[key], dtype=float)) for key in ("low", "high"))
        band(figure, months, low, high, PALETTE[1], 0.18, **place)
    for letter, key, colour, dash in (("A", "a", PAST, "solid"), ("B", "b", PALETTE[1], "dash")):
        values = kept[key][: len(months)]
        figure.add_scatter(x=months, y=values, mode="lines", name=letter, hovertemplate="%{y:.1f}",
                           line={"color": colour, "width": 2, "dash": dash}, **place)  # fmt: skip
        if values and values[-1] is not None:
            figure.add_annotation(text=f"<b>{letter}</b>", x=months.iloc[-1], y=values[-1], xanchor="left", xshift=4,
                                  showarrow=False, font={"size": 14, "color": colour}, **place)  # fmt: skip
    unit = say.unit(metadata()[name]["unit"])
    figure.update_layout(title=None, height=HEIGHT, autosize=True, dragmode=False, font_size=14,
                         margin={"l": 44, "r": 22, "t": 22, "b": 24}, meta={"n": pin["pairs"]})  # fmt: skip
    figure.add_annotation(text=unit, xref="paper", yref="paper", x=0, y=1, xanchor="left", yanchor="bottom",
                          xshift=-38, showarrow=False, font={"size": 14})  # fmt: skip
    figure.update_yaxes(range=list(limits), nticks=4)
    figure.update_xaxes(nticks=5, hoverformat="%b %Y")
    return figure
