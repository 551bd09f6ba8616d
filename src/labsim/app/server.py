"""The app itself: pages, callbacks, the job's news, and the server on this machine alone."""

from __future__ import annotations

import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from typing import Any

import dash
import dash_mantine_components as dmc
import waitress
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html
from flask import Flask, Response, abort, jsonify, request

from labsim import __version__
from labsim.app import layout, levers, live
from labsim.app.jobs import Board
from labsim.app.pages import static_pages
from labsim.app.simulating import SHOWN
from labsim.app.words import word

LOOPBACK = "127.0.0.1"
HOSTS = {"127.0.0.1", "localhost"}
INDEX = """<!DOCTYPE html>
<html lang="de"><head>{%metas%}<title>labsim</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{%favicon%}{%css%}</head>
<body>{%app_entry%}<footer hidden>{%config%}{%scripts%}{%renderer%}</footer></body></html>"""


class PortTaken(OSError):  # noqa: N818 - it says what it is
    """The port is in use; the message says what to do."""


def make_app(board: Board) -> Dash:
    """Return the app; it asks `board` for simulations."""
    app = Dash(
        "labsim", title="labsim", update_title="", suppress_callback_exceptions=True,
        assets_folder=os.path.join(os.path.dirname(__file__), "assets"),  # noqa: PTH118, PTH120 - Dash wants text
        index_string=INDEX, serve_locally=True,
    )  # fmt: skip
    app.layout = dmc.MantineProvider(
        [
            dcc.Location(id="url", refresh=False),
            html.Div(id="frame"),
        ],
        theme=layout.THEME,
    )
    _build(app)
    _levers(app, board)
    _pages(app, board)
    _in_the_browser(app)
    _routes(app.server, board)
    return app


def _query(search: str | None) -> tuple[levers.Choices, tuple[tuple[str, str], ...], dict[str, str]]:
    from urllib.parse import parse_qsl

    text = (search or "").lstrip("?")[:2000]
    choices, wrong = levers.read(text)
    return choices, wrong, dict(parse_qsl(text))


def _build(app: Dash) -> None:
    @app.callback(Output("frame", "children"), Input("url", "search"))
    def build(search: str | None) -> Any:
        choices, wrong, told = _query(search)
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
                               _query(search)[0].language)  # fmt: skip
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


def _routes(server: Flask, board: Board) -> None:
    @server.before_request
    def only_this_machine() -> None:
        if request.host.rpartition(":")[0] not in HOSTS and request.host not in HOSTS:
            abort(403)

    @server.after_request
    def nothing_from_elsewhere(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = (
            "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline';"
            " img-src 'self' data: blob:; font-src 'self' data:; frame-ancestors 'none'"
        )
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    @server.get("/live")
    def news() -> Response:
        given = request.args
        session = given.get("session", "")[:64]
        choices, _, _ = _query(given.get("query", ""))
        seen = given.get("seen", "0")
        found = live.told(board, session, int(seen) if seen.isdecimal() else 0, choices, given.get("kpi", ""),
                          given.get("narrow") == "1")  # fmt: skip
        answer: Response = jsonify(found | {"labsim": __version__})
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @server.post("/cancel")
    def cancel() -> Response:
        board.cancel(request.args.get("session", "")[:64])
        return Response(status=204)

    @server.post("/leave")
    def leave() -> Response:
        board.leave(request.args.get("session", "")[:64])
        return Response(status=204)


def free(port: int) -> None:
    """Refuse a port that is in use."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise PortTaken(
                f"port {port} is taken ({error.strerror}); take another with --port, or end what runs there"
            ) from None


def serve(port: int, *, browser: bool = True, tell: Callable[[str], None] | None = None) -> None:
    """Serve the app on this machine until interrupted."""
    say = tell or (lambda line: print(line, file=sys.stderr))  # noqa: T201 - it speaks to a terminal
    free(port)
    board = Board()
    say("labsim: the model is being loaded ...")
    board.warm_up()
    for name in levers.STORIES:
        levers.story(name)
    app = make_app(board)
    address = f"http://{LOOPBACK}:{port}/"
    say(f"labsim: {address} (this machine only; Ctrl-C ends it)")
    if browser:
        threading.Timer(0.5, webbrowser.open, [address]).start()
    try:
        waitress.serve(app.server, host=LOOPBACK, port=port, threads=8, ident="labsim", _quiet=True)
    finally:
        board.close()
