"""The page: header, levers on the left, the pages on the right, footer. Built from choices, in their language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from labsim.app.levers import LEVERS, ORDERS, STORIES, Choices, Lever, bounds, today
from labsim.app.pages import check, people, places, protocol, wall
from labsim.app.pages.compare import comparison
from labsim.app.pages.extra import extra
from labsim.app.pages.lane import lane
from labsim.app.pages.start import start
from labsim.app.values import shown_value, usual_value
from labsim.app.words import word

PAGES = ("start", "levers", "compare", "people", "places", "check", "wall")
"""The pages in their order; the first six have a number, the wall has a letter."""

VISIBLE = ("demand", "support", "federal_cut")
MORE = ("local",)
"""Levers that stand open, and those under "more levers"; with those of the lane no more than seven are in sight."""

PRESSED = "pinned"
"""Value of the choice of A that stands for a scenario that somebody pinned."""

THEME: dict[str, Any] = {
    "primaryColor": "blue",
    "primaryShade": 9,
    "fontFamily": "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif",
    "fontSizes": {"xs": "14px", "sm": "14px", "md": "16px"},
    "respectReducedMotion": True,
}


def labelled(text: str) -> Any:
    """Return the property that names an element for a screen reader."""
    return {"aria-label": text}


def kept() -> list[Any]:
    """Return what outlasts every change of language: what the browser keeps, and its downloads."""
    return [
        dcc.Store(id="protocol", storage_type="local"),
        dcc.Store(id="removed"),
        dcc.Store(id="expectations", storage_type="local"),
        dcc.Download(id="download"),
    ]


def lever_row(lever: Lever, choices: Choices) -> Any:
    """Return one lever: its name, its value, a way back to the story's value, a slider that the keyboard moves."""
    language = choices.language
    name = word(lever.name, language)
    low, high = bounds(choices.story_b, lever.name)
    value, usual = choices.values[lever.name], today(choices.story_b).values[lever.name]
    return html.Div(
        [
            html.Div(
                [
                    html.Span(name, className="lever-name"),
                    html.Button(f"↺ {usual_value(lever, choices)}", id=f"back-{lever.name}",
                                className="back" if value != usual else "back none",
                                **labelled(word("back", language, name=name))),
                    html.Span(shown_value(lever, value, choices), id=f"value-{lever.name}", className="lever-value"),
                ],
                className="lever-head", title=word(f"{lever.name}_help", language),
            ),
            dmc.Slider(
                id=f"lever-{lever.name}", min=low, max=high, step=lever.step, value=value, label=None,
                thumbLabel=f"{name}, {word(f'{lever.name}_help', language)}", marks=[{"value": usual}],
                updatemode="mouseup", size="sm", disabled=lever.name == "gap" and choices.order == "together",
            ),
        ],
        className="lever",
    )  # fmt: skip


def stories_of_a(choices: Choices) -> list[dict[str, str]]:
    """Return what may be chosen as A: every story, and what is pinned."""
    language = choices.language
    found = [{"value": name, "label": word(f"story_{name}", language)} for name in STORIES]
    if choices.pinned_a is not None:
        name = word(f"story_{choices.pinned_a.story}", language)
        found.append({"value": PRESSED, "label": word("story_pinned", language, name=name)})
    return found


def side(choices: Choices) -> Any:
    """Return the levers."""
    language = choices.language
    orders = [{"value": each, "label": word(f"order_{each}", language)} for each in ORDERS]
    rows = {each.name: lever_row(each, choices) for each in LEVERS.values()}
    stories = [{"value": name, "label": word(f"story_{name}", language)} for name in STORIES]

    def tool(sign: str, name: str) -> Any:
        return html.Button(sign, id=name, className="tool", title=word(name, language),
                           **labelled(word(name, language)))  # fmt: skip

    return html.Aside(
        [
            dmc.Select(id="story-a", label=word("story_a", language), allowDeselect=False, size="xs",
                       value=PRESSED if choices.pinned_a else choices.story_a, data=stories_of_a(choices)),
            dmc.Select(id="story-b", label=word("story_b", language), allowDeselect=False, size="xs",
                       value=choices.story_b, data=stories),
            html.Div(
                [tool("↶", "undo"), tool("↷", "redo"),
                 html.Button(word("reset", language), id="reset", className="tool")],
                className="side-head",
            ),
            html.H2(word("lane", language)),
            rows["start"], rows["length"],
            dmc.SegmentedControl(id="order", data=orders, value=choices.order, size="xs", fullWidth=True,
                                 **labelled(word("order", language))),
            rows["gap"], rows["bridging"],
            html.H2(word("levers", language)),
            *(rows[name] for name in VISIBLE),
            html.Details([html.Summary(word("more_levers", language)), *(rows[name] for name in MORE)]),
        ],
        id="side", **labelled(word("levers", language)),
    )  # fmt: skip


def header(choices: Choices) -> Any:
    """Return the strip at the top."""
    language = choices.language
    other = "English" if language == "de" else "Deutsch"

    def button(text: str, name: str, **more: Any) -> Any:
        return html.Button(text, id=name, className="tool", **more)

    return html.Header(
        [
            html.H1(word("title", language)),
            html.Span(word("place", language), className="place"),
            button(word("protocol_open", language, pins=0), "protocol-open"),
            button(word("presenter", language), "presenter", **extra({"aria-pressed": "false"})),
            button("?", "help-open", **labelled(word("help", language))),
            button(other, "language", lang="en" if language == "de" else "de"),
        ]
    )


def footer(language: str) -> Any:
    """Return the strip at the bottom: how the job stands, and a way to end it."""
    return html.Footer(
        [
            html.Span(id="badge"),
            html.Div(html.Div(id="bar"), id="progress", role="progressbar",
                     **labelled(word("page_compare", language)) | {"aria-valuemin": "0", "aria-valuemax": "100"}),
            html.Button(word("cancel", language), id="cancel", className="tool"),
            html.Span(id="standing", role="status"),
            html.Span(word("lost", language), id="lost", role="status"),
            html.Span(id="version"),
        ]
    )  # fmt: skip


def help_dialog(language: str) -> Any:
    """Return the list of shortcuts, and what the bands mean."""
    keys = [
        (word("key_pages", language), word("key_pages_does", language)),
        ("W", word("key_wall_does", language)),
        ("P", word("key_protocol_does", language)),
        ("V", word("key_presenter_does", language)),
        (word("key_undo", language), word("key_undo_does", language)),
        (word("key_redo", language), word("key_redo_does", language)),
        (word("key_arrows", language), word("key_arrows_does", language)),
        ("?", word("key_help_does", language)),
        (word("key_escape", language), word("key_escape_does", language)),
    ]
    rows = [html.Tr([html.Th(html.Kbd(key), scope="row"), html.Td(does)]) for key, does in keys]
    return html.Dialog(
        [
            html.H2(word("help_title", language)),
            html.H3(word("keys", language)),
            html.Table(html.Tbody(rows)),
            html.H3(word("bands_title", language)),
            html.P(word("bands_text", language)),
            html.Button(word("close", language), className="tool", **extra({"data-close": "help"})),
        ],
        id="help", **labelled(word("help_title", language)),
    )  # fmt: skip


def frame(choices: Choices, wrong: str, page: str, kpi: str) -> list[Any]:
    """Return everything below the address, for these choices."""
    language = choices.language
    panels: Mapping[str, Any] = {
        "start": start(language),
        "levers": lane(choices),
        "compare": comparison(choices, kpi),
        "people": people.shell(language),
        "places": places.shell(language),
        "check": check.shell(language),
        "wall": wall.shell(language),
    }
    tabs = dmc.TabsList(
        [dmc.TabsTab(word("wall" if each == "wall" else f"page_{each}", language), value=each) for each in PAGES],
        **labelled(word("pages", language)),
    )  # fmt: skip
    notes = html.P(wrong, id="notes", role="status", className="note" if wrong else "note none")
    pages = dmc.Tabs(
        [tabs, *(dmc.TabsPanel(panels[each], value=each) for each in PAGES)], id="pages", value=page
    )
    return [
        dcc.Store(id="session"), dcc.Store(id="asked"), dcc.Store(id="wanted"), dcc.Store(id="lane-data"),
        html.A(word("skip", language), href="#right", className="skip"),
        header(choices),
        html.Main([side(choices), html.Section([notes, pages], id="right", tabIndex=-1)]),
        footer(language),
        help_dialog(language),
        protocol.drawer(language),
    ]  # fmt: skip
