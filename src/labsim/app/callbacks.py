"""What happens in the page when somebody sets something: Dash's callbacks."""

from __future__ import annotations

from typing import Any

import dash
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx

from labsim.app import layout, levers, live
from labsim.app.jobs import Board
from labsim.app.pages import static_pages
from labsim.app.simulating import SHOWN
from labsim.app.words import word


def register(app: Dash, board: Board) -> None:
    """Add every callback to the app."""
    _build(app)
    _levers(app, board)
    _pages(app, board)
    _in_the_browser(app)


def read_query(search: str | None) -> tuple[levers.Choices, tuple[tuple[str, str], ...], dict[str, str]]:
    """Return the choices in an address, what was wrong in it, and its keys as they are."""
    from urllib.parse import parse_qsl

    text = (search or "").lstrip("?")[:2000]
    choices, wrong = levers.read(text)
    return choices, wrong, dict(parse_qsl(text))


def _build(app: Dash) -> None:
    @app.callback(Output("frame", "children"), Input("url", "search"))
    def build(search: str | None) -> Any:
        choices, wrong, told = read_query(search)
        page = told.get("page", "")
        kpi = told.get("kpi", "")
        return layout.frame(
            choices, live.wrong_in_words(wrong, choices.language),
            page if page in layout.PAGES else "compare", kpi if kpi in SHOWN else SHOWN[0],
        )  # fmt: skip


def _levers(app: Dash, board: Board) -> None:
    names = list(levers.LEVERS)

    @app.callback(
        Output("asked", "data"), Output("notes", "children"), Output("notes", "className"),
        *[Output(f"value-{name}", "children") for name in names],
        *[Input(f"lever-{name}", "value") for name in names],
        Input("order", "value"), Input("session", "data"),
        State("story-a", "value"), State("story-b", "value"), State("url", "search"), State("notes", "children"),
    )  # fmt: skip
    def ask(*given: Any) -> Any:
        *values, order, session, story_a, story_b, search, note = given
        if not session or any(value is None for value in values):
            return (dash.no_update,) * (3 + len(names))
        asked = levers.Choices(story_a, story_b, order, dict(zip(names, map(float, values), strict=True)),
                               read_query(search)[0].language)  # fmt: skip
        # whatever a browser sends is clamped like an address
        choices = levers.read(levers.to_query(asked))[0]
        try:
            board.ask(str(session)[:64], *levers.pair(choices), layout.PAIRS)
        except ValueError as error:
            why = word("impossible", choices.language, why=_first_line(error))
            return (dash.no_update, why, "note", *_shown(choices))
        said = note if not ctx.triggered_id or ctx.triggered_id == "session" else ""
        return (levers.to_query(choices), said, "note" if said else "note none", *_shown(choices))


def _in_the_browser(app: Any) -> None:
    """Tell the page's own script (assets/live.js) what has been asked, and that the page was built anew."""
    app.clientside_callback(
        ClientsideFunction("labsim", "asked"), Output("version", "title"), Input("asked", "data")
    )
    app.clientside_callback(
        ClientsideFunction("labsim", "rebuilt"), Output("badge", "title"), Input("frame", "children")
    )


def _shown(choices: levers.Choices) -> list[str]:
    return [layout.shown_value(each, choices.values[each.name], choices) for each in levers.LEVERS.values()]


def _first_line(error: ValueError) -> str:
    from labsim.config.factors import reason

    return reason(error).splitlines()[0][:200]


def _pages(app: Dash, board: Board) -> None:
    @app.callback(
        Output("url", "search"),
        Input("story-a", "value"), Input("story-b", "value"), Input({"card": ALL}, "n_clicks"),
        Input("reset", "n_clicks"), Input("language", "n_clicks"),
        State("asked", "data"), State("kpi", "value"), State("pages", "value"), State("url", "search"),
        prevent_initial_call=True,
    )  # fmt: skip
    def elsewhere(
        story_a: str, story_b: str, _cards: Any, _reset: Any, _language: Any, asked: str | None, kpi: str, page: str,
        search: str | None,
    ) -> Any:  # fmt: skip
        if not asked or not any(each["value"] for each in ctx.triggered):
            return dash.no_update  # the page has just been built, nobody has clicked
        cause: Any = ctx.triggered_id
        choices = levers.read(asked or search or "")[0]
        if cause == "language":
            language = "en" if choices.language == "de" else "de"
            query = levers.to_query(
                levers.Choices(choices.story_a, choices.story_b, choices.order, choices.values, language)
            )
        elif cause == "story-a":
            query = levers.to_query(
                levers.Choices(story_a, choices.story_b, choices.order, choices.values, choices.language)
            )
        else:
            chosen = cause["card"] if isinstance(cause, dict) else story_b
            query = f"a={story_a}&b={chosen}&lang={choices.language}"
            page = "compare" if isinstance(cause, dict) else page
        same = query == (asked or "") and cause != "reset"
        return dash.no_update if same else f"?{query}&kpi={kpi}&page={page}"

    @app.callback(
        Output("lane-page", "children"), Output("people-page", "children"), Output("places-page", "children"),
        Output("check-page", "children"), Input("pages", "value"), Input("asked", "data"), State("session", "data"),
    )  # fmt: skip
    def fill(page: str, asked: str | None, session: str | None) -> Any:
        if not asked or not session:
            return (dash.no_update,) * 4
        choices = levers.read(asked)[0]
        made = static_pages.made(page, choices, board.finished(str(session)), board.asked(str(session)))
        return tuple(
            made if page == each else dash.no_update for each in ("levers", "people", "places", "check")
        )
