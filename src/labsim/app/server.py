"""The app itself: its address, the job's news, and the server, for this machine alone unless more is asked for."""

from __future__ import annotations

import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path

import dash_mantine_components as dmc
import waitress
from dash import Dash, dcc, html
from flask import Flask, Response, jsonify, request
from markupsafe import escape

from labsim import __version__
from labsim.app import callbacks, callbacks_protocol, layout, levers, live, stored
from labsim.app.checking import Checks
from labsim.app.jobs import Board
from labsim.app.keeping import Keeper
from labsim.app.lan import COOKIE, LOOPBACK, TOKEN, Access, without_token
from labsim.app.pages import wiring
from labsim.app.pages.check import standing
from labsim.app.words import word

INDEX = """<!DOCTYPE html>
<html lang="de"><head>{%metas%}<title>labsim</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{%favicon%}{%css%}</head>
<body>{%app_entry%}<footer hidden>{%config%}{%scripts%}{%renderer%}</footer></body></html>"""


class PortTaken(OSError):  # noqa: N818 - it says what it is
    """The port is in use; the message says what to do."""


def make_app(board: Board, access: Access, checks: Checks | None = None, *, pairs: int = live.PAIRS) -> Dash:
    """Return the app; it asks `board` for simulations and lets in whom `access` lets in.

    A whole comparison has so many `pairs`. `checks` tries assumptions in the background; by default one is made.
    """
    app = Dash(
        "labsim", title="labsim", update_title="", suppress_callback_exceptions=True,
        assets_folder=str(Path(__file__).parent / "assets"),
        index_string=INDEX, serve_locally=True,
    )  # fmt: skip
    app.layout = dmc.MantineProvider(
        [
            dcc.Location(id="url", refresh=False),
            html.Div(id="frame"),
            *layout.kept(),
        ],
        theme=layout.THEME,
    )
    checks = checks or Checks(board)
    app.server.config["LABSIM_ACCESS"] = access
    room = live.Room(board, pairs)
    callbacks.register(app, board)
    callbacks_protocol.register(app, room, Keeper())
    wiring.register(app, board, checks, access)
    _guard(app.server, access)
    _routes(app.server, room, checks)
    return app


def _guard(server: Flask, access: Access) -> None:
    """Let in whom `access` lets in, and tell browsers to load nothing from elsewhere."""

    @server.before_request
    def who_may() -> Response | None:
        given, known = request.args.get(TOKEN), request.cookies.get(COOKIE)
        why = access.refusal(request.method, dict(request.headers), token=given, cookie=known)
        if why is not None:
            return refused(why, request.accept_languages.best_match(["de", "en"], "de"))
        if access.is_open and given is not None and request.method == "GET":
            # from now on the cookie is shown; the token must not stay in the address
            kept = without_token(request.query_string.decode("ascii", "replace"))
            answer = Response(
                status=303, headers={"Location": f"{request.path}?{kept}" if kept else request.path}
            )
            if access.knows(given):
                answer.set_cookie(COOKIE, access.token, httponly=True, samesite="Lax")
            return answer
        return None

    @server.after_request
    def nothing_from_elsewhere(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = (
            "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline';"
            " img-src 'self' data: blob:; font-src 'self' data:; frame-ancestors 'none'; form-action 'self';"
            " base-uri 'self'; object-src 'none'"
        )
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        return response


def refused(why: str, language: str | None) -> Response:
    """Return the page that says why somebody is not let in."""
    text = escape(word(why, language or "de"))
    return Response(
        f'<!DOCTYPE html><html lang="{language or "de"}"><head><meta charset="utf-8"><title>labsim</title></head>'
        f"<body><main><h1>labsim</h1><p>{text}</p></main></body></html>",
        status=403,
        headers={"Cache-Control": "no-store"},
    )


def _routes(server: Flask, room: live.Room, checks: Checks) -> None:
    board = room.board

    @server.get("/live")
    def news() -> Response:
        found = live.news(room, request.args.to_dict())
        answer: Response = jsonify(found | {"labsim": __version__})
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @server.get("/checks")
    def tried() -> Response:
        progress = checks.progress(request.args.get("session", "")[:64])
        language = "en" if request.args.get("lang") == "en" else "de"
        answer: Response = jsonify(
            {"state": progress.state, "done": progress.done, "words": standing(progress, language)}
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @server.post("/cancel")
    def cancel() -> Response:
        board.cancel(request.args.get("session", "")[:64])
        return Response(status=204)

    @server.post("/leave")
    def leave() -> Response:
        session = request.args.get("session", "")[:64]
        board.leave(session)
        board.leave(live.third_of(session))
        checks.leave(session)
        return Response(status=204)


def free(port: int, host: str = LOOPBACK) -> None:
    """Refuse a port that is in use."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(
                f"port {port} is taken ({error.strerror}); take another with --port, or end what runs there"
            ) from None


def serve(
    port: int, *, browser: bool = True, lan: bool = False, ahead: bool = True, pairs: int = live.PAIRS,
    tell: Callable[[str], None] | None = None,
) -> None:  # fmt: skip
    """Serve the app until interrupted: on this machine, or with `lan` to whoever on the network has the link.

    A whole comparison has so many `pairs`. `ahead`: runs that nobody has asked for yet are made while nobody waits.
    """
    say = tell or (lambda line: sys.stderr.write(f"{line}\n"))
    access = Access.for_the_room(port) if lan else Access(port)
    free(port, access.host)
    board = Board()
    say("labsim: the model is being loaded ...")
    board.warm_up()
    for name in levers.STORIES:
        levers.story(name)
    stored.keep_ready(board, seeds=pairs if ahead else 0)
    app = make_app(board, access, pairs=pairs)
    for line in where(access):
        say(line)
    if browser:
        threading.Timer(0.5, open_browser, [access.link(), say]).start()
    try:
        waitress.serve(app.server, host=access.host, port=port, threads=8, ident="labsim", _quiet=True)
    finally:
        board.close()


def where(access: Access) -> list[str]:
    """Return what the terminal says about where the app is."""
    if not access.is_open:
        return [f"labsim: {access.link()} (this machine only; Ctrl-C ends it)"]
    others = access.links() or [
        "no network found: other machines cannot connect until there is one, then start again"
    ]
    return [
        f"labsim: {access.link()} (here)",
        *(f"labsim: {link} (for the room)" for link in others),
        "labsim: the link is the key; traffic is not encrypted, so whoever shares the network can read along.",
        "labsim: Ctrl-C ends it, and the link with it.",
    ]


def open_browser(link: str, say: Callable[[str], None]) -> bool:
    """Open the page in the machine's browser; say what to do where there is none."""
    try:
        opened = webbrowser.open(link)
    except webbrowser.Error:
        opened = False
    if not opened:
        say(f"labsim: no browser could be opened; open {link} yourself (--no-browser leaves this out)")
    return opened
