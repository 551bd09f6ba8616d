"""The app itself: pages, callbacks, the job's news, and the server on this machine alone."""

from __future__ import annotations

import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable

import dash_mantine_components as dmc
import waitress
from dash import Dash, dcc, html
from flask import Flask, Response, abort, jsonify, request

from labsim import __version__
from labsim.app import callbacks, layout, levers, live
from labsim.app.jobs import Board

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
    callbacks.register(app, board)
    _routes(app.server, board)
    return app


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
        choices, _, _ = callbacks.read_query(given.get("query", ""))
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
