"""Dash's callbacks of the protocol: pinning, editing, taking along, reading in; and of the wall."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable
from typing import Any

import dash
from dash import ALL, Dash, Input, Output, State, ctx
from flask import request

from labsim.app import callbacks, courses, exploring, exporting, importing, keeping, levers, live, protocol
from labsim.app.jobs import Board
from labsim.app.keeping import Keeper
from labsim.app.levers import Choices
from labsim.app.pages import protocol as drawer
from labsim.app.pages import wall
from labsim.app.simulating import SHOWN
from labsim.app.words import word

HERE = {"127.0.0.1", "::1"}
PIN_FIELDS = ("name", "note", "votes")
"""What may be edited of a pinned scenario."""


def register(app: Dash, room: live.Room, keeper: Keeper) -> None:
    """Add the callbacks to the app."""
    _pinning(app, room.board)
    _editing(app)
    _removing(app)
    _loading(app)
    _showing(app, keeper)
    _restoring(app, keeper)
    _taking_along(app, room)
    _reading_in(app)
    _wall(app, keeper)


def own(given: Any) -> protocol.Protocol:
    """Return a browser's protocol, with a name under which the server keeps it."""
    cleaned = protocol.clean(given)[0]
    return cleaned | {"browser": cleaned["browser"] or f"{time.time_ns():x}"}


def _pinning(app: Dash, board: Board) -> None:
    @app.callback(
        Output("protocol", "data", allow_duplicate=True), Output("pin-says", "children"), Input("pin-b", "n_clicks"),
        State("session", "data"), State("asked", "data"), State("expectations", "data"), State("protocol", "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    def pin(clicks: int | None, session: str | None, asked: str | None, guesses: Any, known: Any) -> Any:
        if not clicks or not asked:
            return dash.no_update, dash.no_update
        choices = levers.read(asked)[0]
        pairs, now = board.finished(str(session)[:64]), own(known)
        if not pairs:
            return dash.no_update, word("pin_waits", choices.language)
        if len(now["pins"]) >= protocol.MOST_PINS:
            return dash.no_update, word("pins_full", choices.language, most=protocol.MOST_PINS)
        mine = callbacks.guesses_of(guesses, protocol.story_key(choices))
        after = protocol.pinned(now, choices, pairs, mine)
        return after, word("pinned_to", choices.language, name=after["pins"][-1]["name"])


def _editing(app: Dash) -> None:
    fields = [Input({f"pin-{key}": ALL}, "value") for key in PIN_FIELDS]

    @app.callback(
        Output("protocol", "data", allow_duplicate=True), *fields, Input("group-name", "value"),
        Input("session-notes", "value"), State("protocol", "data"), prevent_initial_call=True,
    )  # fmt: skip
    def edit(*given: Any) -> Any:
        # what every field shows, not only the one that was used: two quick edits must not undo each other
        known = own(given[-1])
        after = known
        for key, shown in zip(PIN_FIELDS, ctx.inputs_list, strict=False):
            for each in shown:
                if each.get("value") is not None:
                    after = protocol.edited(after, each["id"][f"pin-{key}"], key, each["value"])
        for key, value in (("group", given[-3]), ("notes", given[-2])):
            if value is not None:
                after = protocol.edited(after, "", key, value)
        return dash.no_update if after == known else after


def _removing(app: Dash) -> None:
    @app.callback(
        Output("protocol", "data", allow_duplicate=True), Output("removed", "data"),
        Input({"pin-remove": ALL}, "n_clicks"), Input("take-back", "n_clicks"),
        State("protocol", "data"), State("removed", "data"), prevent_initial_call=True,
    )  # fmt: skip
    def remove(_: Any, __: Any, known: Any, removed: Any) -> Any:
        if not any(each["value"] for each in ctx.triggered):
            return dash.no_update, dash.no_update
        if isinstance(ctx.triggered_id, dict):
            return protocol.without(known, ctx.triggered_id["pin-remove"])
        if not isinstance(removed, dict):
            return dash.no_update, dash.no_update
        return protocol.restored(known, removed), None


def _loading(app: Dash) -> None:
    @app.callback(
        Output("wanted", "data", allow_duplicate=True), Output("pages", "value", allow_duplicate=True),
        Input({"pin-load": ALL}, "n_clicks"), State("protocol", "data"), prevent_initial_call=True,
    )  # fmt: skip
    def load(_: Any, known: Any) -> Any:
        if not any(each["value"] for each in ctx.triggered) or not isinstance(ctx.triggered_id, dict):
            return dash.no_update, dash.no_update
        pins = {each["id"]: each for each in protocol.clean(known)[0]["pins"]}
        pin = pins.get(ctx.triggered_id["pin-load"])
        if pin is None:
            return dash.no_update, dash.no_update
        return {"query": pin["query"]}, "compare"


def _showing(app: Dash, keeper: Keeper) -> None:
    @app.callback(
        Output("pins", "children"), Output("pins-shown", "data"), Output("protocol-open", "children"),
        Output("group-name", "value"), Output("session-notes", "value"), Output("take-back", "className"),
        Output("kept-says", "children"),
        Input("protocol", "data"), Input("removed", "data"), State("pins-shown", "data"), State("url", "search"),
    )  # fmt: skip
    def show(known: Any, removed: Any, shown: Any, search: str | None) -> Any:
        language = callbacks.read_query(search)[0].language
        now = protocol.clean(known)[0]
        ids = [each["id"] for each in now["pins"]]
        error = keeper.put(now) if now["browser"] else None
        said = word("protocol_kept", language)
        if error is not None:
            said = word("protocol_unkept", language, why=keeping.why(error, language))
        title = word("protocol_open", language, pins=len(ids))
        back = "" if isinstance(removed, dict) else "none"
        if shown == ids:
            return (dash.no_update, dash.no_update, title, dash.no_update, dash.no_update, back, said)
        return drawer.pins(now, language), ids, title, now["group"], now["notes"], back, said


def _restoring(app: Dash, keeper: Keeper) -> None:
    @app.callback(
        Output("restore", "children"), Output("restore", "className"), Input("protocol", "data"),
        State("url", "search"),
    )  # fmt: skip
    def offer(known: Any, search: str | None) -> Any:
        language = callbacks.read_query(search)[0].language
        newest = keeper.newest()
        if newest is None or protocol.clean(known)[0]["pins"] or request.remote_addr not in HERE:
            return "", "none"
        when = time.strftime(
            "%d.%m.%Y %H:%M" if language == "de" else "%Y-%m-%d %H:%M", time.localtime(newest[0])
        )
        return word("restore", language, pins=len(newest[1]["pins"]), when=when), ""

    @app.callback(
        Output("protocol", "data", allow_duplicate=True), Input("restore", "n_clicks"), State("protocol", "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    def restore(clicks: int | None, known: Any) -> Any:
        newest = keeper.newest()
        if not clicks or newest is None or request.remote_addr not in HERE:
            return dash.no_update
        now = own(known)
        return protocol.joined(now | {"browser": newest[1]["browser"]}, newest[1])[0]


def _taking_along(app: Dash, room: live.Room) -> None:
    busy = threading.Lock()

    @app.callback(
        Output("download", "data"), Output("export-says", "children"), Input({"export": ALL}, "n_clicks"),
        State("session", "data"), State("asked", "data"), State("kpi", "value"), State("protocol", "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    def export(_: Any, session: str | None, asked: str | None, kpi: str, known: Any) -> Any:
        cause = ctx.triggered_id
        if not asked or not any(each["value"] for each in ctx.triggered) or not isinstance(cause, dict):
            return dash.no_update, dash.no_update
        choices = levers.read(asked)[0]
        what = str(cause["export"]).removeprefix("drawer-")
        title = word(f"export_{what}", choices.language)
        if not busy.acquire(blocking=False):
            return dash.no_update, word("export_busy", choices.language)
        try:
            name, content = made(room, what, str(session)[:64], choices, kpi, known)
        except exporting.ExportFailed as error:
            return dash.no_update, word("export_failed", choices.language, what=title, why=str(error))
        except OSError as error:
            why = keeping.why(error, choices.language)
            return dash.no_update, word("export_failed", choices.language, what=title, why=why)
        finally:
            busy.release()
        sent = {"content": base64.b64encode(content).decode(), "filename": name, "base64": True}
        return sent, word("export_done", choices.language, what=title)


def made(
    room: live.Room, what: str, session: str, choices: Choices, kpi: str, known: Any
) -> tuple[str, bytes]:
    """Return the name and the content of a file that somebody asks for; raises ExportFailed or OSError."""
    language = choices.language
    cleaned = protocol.clean(known)[0]
    simple: dict[str, tuple[str, Callable[[], bytes]]] = {
        "scenario": ("workshop_b.zip", lambda: exporting.zipped(choices)),
        "report": ("labsim-report.html", lambda: exporting.report(choices)),
        "json": ("labsim-protocol.json", lambda: protocol.as_json(cleaned).encode()),
        "page": ("labsim-protocol.html", lambda: exporting.page(cleaned, language).encode()),
    }
    if what in simple:
        name, make = simple[what]
        return name, make()
    if what == "explorer":
        return "labsim-explorer.html", exploring.explorer(
            choices, lambda key, seed: room.board.store.load(key, seed, tables=False)
        )
    pairs = room.board.finished(session)
    if what != "csv" or not pairs:
        raise exporting.ExportFailed(word("nothing_yet", language))
    indicator = kpi if kpi in SHOWN else SHOWN[0]
    table, shared = live.tidy(choices, indicator, pairs, room.third(session, choices))
    return f"labsim-{indicator}.csv", exporting.csv(courses.numbers(table, shared, indicator), language)


def _reading_in(app: Dash) -> None:
    @app.callback(
        Output("wanted", "data", allow_duplicate=True), Output("protocol", "data", allow_duplicate=True),
        Output("import-says", "children"), Input("import", "contents"), State("import", "filename"),
        State("asked", "data"), State("protocol", "data"), prevent_initial_call=True,
    )  # fmt: skip
    def read_in(contents: str | None, filename: str | None, asked: str | None, known: Any) -> Any:
        if not contents or not asked:
            return dash.no_update, dash.no_update, dash.no_update
        language = levers.read(asked)[0].language
        found = importing.read(contents, filename or "?", language)
        said = " ".join(found.said)
        if found.choices is not None:
            return {"query": levers.to_query(found.choices)}, dash.no_update, said
        if found.protocol is not None:
            return dash.no_update, protocol.joined(own(known), found.protocol)[0], said
        return dash.no_update, dash.no_update, said


def _wall(app: Dash, keeper: Keeper) -> None:
    @app.callback(
        Output("wall", "children"), Output("wall-shown", "data"), Output("wall-heard", "data"),
        Input("pages", "value"), Input("wall-tick", "data"), Input("wall-kpi", "value"),
        Input("protocol", "data"), State("wall-shown", "data"), State("url", "search"),
    )  # fmt: skip
    def hang(page: str, tick: Any, kpi: str, known: Any, shown: Any, search: str | None) -> Any:
        if page != "wall":
            return dash.no_update, dash.no_update, tick
        language = callbacks.read_query(search)[0].language
        name = kpi if kpi in SHOWN else SHOWN[0]
        pins = wall.hung([*keeper.all(), protocol.clean(known)[0]])
        told = [name, language, *([group, pin["id"], pin["name"], pin["votes"]] for group, pin in pins)]
        if told == shown:
            return dash.no_update, dash.no_update, tick
        return wall.cards(pins, name, language), told, tick
