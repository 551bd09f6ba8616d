"""The page on places, money and network: each district, the map of B - A, who pays, and who works with whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dash import html

from labsim.app.pages import parts
from labsim.app.words import word
from labsim.figures.exhibit import Exhibit

VIEWS = ("each", "map", "payers", "network")
MEASURES = ("unemployment_rate", "job_finding_rate", "long_term_share", "social_participation")
"""Measures that are counted in every district."""


BY_MEASURE = ("each", "map")
"""Views that show one measure."""

WIDEST = 900
"""Width in pixels that a projector (1280) leaves beside the levers."""


def shell(language: str) -> Any:
    """Return the page without its pictures."""
    return html.Div(
        [
            html.Div(
                [
                    parts.switch("places-view", VIEWS, VIEWS[0], "places", word("view", language), language),
                    parts.switch(
                        "places-kpi", MEASURES, MEASURES[0], "kpi", word("places_kpi", language), language
                    ),
                ],
                className="switches",
            ),
            html.Div(word("no_pairs_yet", language), id="places-content"),
        ]
    )


def content(plots: Any, view: str, measure: str, language: str) -> Sequence[Any]:
    """Return the pictures of a view."""
    if view == "payers":
        made = {name: plots.exhibit(name) for name in ("who_pays", "payer_uses")}
    elif view == "network":
        made = {"network": plots.exhibit("network")}
    else:
        figure = "municipalities" if view == "each" else "map"
        made = {f"{figure}-{measure}": plots.exhibit(figure, measure)}
    return [parts.exhibit(name, _fitted(shown), language) for name, shown in made.items()]


def _fitted(shown: Exhibit) -> Exhibit:
    """Return a figure that fits a projector's width without scrolling."""
    return replace(shown, width=min(shown.width, WIDEST))
