"""What happens in the page when somebody sets something: Dash's callbacks of the frame, the levers and the lane."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import dash
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx

from labsim.app import lanes, layout, levers, live, protocol, steering
from labsim.app.jobs import Board
from labsim.app.levers import LEVERS, Choices
from labsim.app.pages import static_pages
from labsim.app.simulating import SHOWN
from labsim.app.summaries import DIRECTIONS, EXPECTED
from labsim.app.values import shown_value, usual_value

NAMES = tuple(LEVERS)


def register(app: Dash, board: Board) -> None:
    """Add the callbacks to the app."""
    _build(app)
    _levers(app)
    _elsewhere(app)
    _turning(app)
    _expectations(app)
    _shares(app, board)
    _in_the_browser(app)


def read_query(search: str | None) -> tuple[Choices, tuple[tuple[str, str], ...], dict[str, str]]:
    """Return the choices in an address, what was wrong in it, and its keys as they are."""
    text = (search or "").lstrip("?")[:2000]
    choices, wrong = levers.read(text)
    return choices, wrong, dict(parse_qsl(text))


def _build(app: Dash) -> None:
    @app.callback(Output("frame", "children"), Input("url", "search"))
    def build(search: str | None) -> Any:
        choices, wrong, told = read_query(search)
        page, kpi = told.get("page", ""), told.get("kpi", "")
        first = "compare" if search and set(told) - {"lang"} else "start"
        return layout.frame(
            choices, live.wrong_in_words(wrong, choices.language),
            page if page in layout.PAGES else first, kpi if kpi in SHOWN else SHOWN[0],
        )  # fmt: skip


def _levers(app: Dash) -> None:
    per_lever = [
        Output(f"{what}-{name}", prop)
        for name in NAMES
        for what, prop in (
            ("value", "children"), ("back", "className"), ("back", "children"), ("lever", "value"),
            ("lever", "marks"), ("lever", "min"), ("lever", "max"), ("lever", "disabled"),
        )
    ]  # fmt: skip

    @app.callback(
        Output("asked", "data"), Output("lane-data", "data"), Output("notes", "children"),
        Output("notes", "className"), *per_lever, Output("order", "value"), Output("story-a", "value"),
        Output("story-a", "data"), Output("story-b", "value"), Output("unpin-c", "className"),
        *[Input(f"lever-{name}", "value") for name in NAMES], *[Input(f"back-{name}", "n_clicks") for name in NAMES],
        Input("order", "value"), Input("story-a", "value"), Input("story-b", "value"), Input("wanted", "data"),
        Input("reset", "n_clicks"),
        State("asked", "data"), State("url", "search"), State("notes", "children"),
    )  # fmt: skip
    def ask(*given: Any) -> Any:
        shown = given[: len(NAMES)]
        order, story_a, story_b, wanted, _, asked, search, note = given[2 * len(NAMES) :]
        before = levers.read(asked)[0] if asked else read_query(search)[0]
        cause = str(ctx.triggered_id or "") if asked else ""
        values = {
            name: before.values[name] if value is None else value
            for name, value in zip(NAMES, shown, strict=True)
        }
        after = before
        if cause:
            query = wanted.get("query", "") if isinstance(wanted, dict) else ""
            after = steering.changed(
                before, cause, values, str(order), str(story_a), str(story_b), str(query)
            )
        try:
            levers.pair(after)
        except ValueError as error:
            why = live.impossible(error, before.language)
            return (dash.no_update, dash.no_update, why, "note", *(dash.no_update,) * (8 * len(NAMES) + 5))
        said = note if not cause else ""
        set_all = not cause.startswith("lever-")
        return (
            levers.to_query(after), lanes.lane(after), said, "note" if said else "note none",
            *_shown(after, set_all=set_all), *_chosen(after, set_all=set_all),
        )  # fmt: skip


def _shown(choices: Choices, *, set_all: bool) -> list[Any]:
    """Return what every lever shows; the sliders themselves only if `set_all`: a slow answer must not move them."""
    made: list[Any] = []
    usual = levers.today(choices.story_b)
    for name, each in LEVERS.items():
        value = choices.values[name]
        low, high = levers.bounds(choices.story_b, name)
        made += [
            shown_value(each, value, choices),
            "back" if value != usual.values[name] else "back none",
            f"↺ {usual_value(each, choices)}",
        ]
        moved = [value, [{"value": usual.values[name]}], low, high]
        made += moved if set_all else [dash.no_update] * len(moved)
        made.append(name == "gap" and choices.order == "together")
    return made


def _chosen(choices: Choices, *, set_all: bool) -> list[Any]:
    third = "tool" if choices.third is not None else "tool none"
    if not set_all:
        return [dash.no_update] * 4 + [third]
    a = layout.PRESSED if choices.pinned_a is not None else choices.story_a
    return [choices.order, a, layout.stories_of_a(choices), choices.story_b, third]


def _elsewhere(app: Dash) -> None:
    @app.callback(
        Output("url", "search"), Input("language", "n_clicks"), State("asked", "data"), State("kpi", "value"),
        State("pages", "value"), prevent_initial_call=True,
    )  # fmt: skip
    def speak(clicks: int | None, asked: str | None, kpi: str, page: str) -> Any:
        if not clicks or not asked:
            return dash.no_update
        choices = levers.read(asked)[0]
        other = "en" if choices.language == "de" else "de"
        return f"?{levers.to_query(choices.spoken(other))}&kpi={kpi}&page={page}"

    @app.callback(
        Output("wanted", "data"),
        Input({"card": ALL}, "n_clicks"), Input("pin-a", "n_clicks"), Input("pin-c", "n_clicks"),
        Input("unpin-c", "n_clicks"), State("asked", "data"), prevent_initial_call=True,
    )  # fmt: skip
    def want(_: Any, __: Any, ___: Any, ____: Any, asked: str | None) -> Any:
        if not asked or not any(each["value"] for each in ctx.triggered):
            return dash.no_update  # the page has just been built, nobody has clicked
        choices, cause = levers.read(asked)[0], ctx.triggered_id
        if isinstance(cause, dict):
            name = cause["card"] if cause["card"] in levers.STORIES else levers.FIRST_B
            after = steering.changed(choices, "story-b", choices.values, "", "", name, "")
        else:
            after = {"pin-a": steering.pinned_as_a, "pin-c": steering.added_as_third,
                     "unpin-c": steering.without_third}[str(cause)](choices)  # fmt: skip
        return {"query": levers.to_query(after)}


def _turning(app: Dash) -> None:
    @app.callback(
        Output("pages", "value"), Input({"card": ALL}, "n_clicks"), Input("see-result", "n_clicks"),
        Input("skip-expect", "n_clicks"), Input("to-limits", "n_clicks"), prevent_initial_call=True,
    )  # fmt: skip
    def turn(*_: Any) -> Any:
        if not any(each["value"] for each in ctx.triggered):
            return dash.no_update
        if isinstance(ctx.triggered_id, dict):
            return "levers"
        return "check" if ctx.triggered_id == "to-limits" else "compare"


def _expectations(app: Dash) -> None:
    @app.callback(
        Output("expectations", "data"), Output({"expect": ALL}, "value"),
        Input({"expect": ALL}, "value"), Input("asked", "data"), Input("clear-expect", "n_clicks"),
        State("expectations", "data"), State({"expect": ALL}, "id"),
    )  # fmt: skip
    def guess(
        values: list[str | None], asked: str | None, _: Any, known: Any, ids: list[dict[str, str]]
    ) -> Any:
        silent = [dash.no_update] * len(values)
        causes = {str(each["prop_id"].partition(".")[0]) for each in ctx.triggered}
        if not asked:
            return dash.no_update, silent
        key = protocol.story_key(levers.read(asked)[0])
        table = known if isinstance(known, dict) else {}
        if "clear-expect" in causes:
            return {each: guesses for each, guesses in table.items() if each != key}, [None] * len(values)
        if "asked" in causes or not causes:
            mine = guesses_of(table, key)
            return dash.no_update, [mine.get(each["expect"]) for each in ids]
        mine = {each["expect"]: value for each, value in zip(ids, values, strict=True) if value in DIRECTIONS}
        return {**table, key: mine}, silent


def guesses_of(known: Any, key: str) -> dict[str, str]:
    """Return the guesses on the comparison of two stories that a browser has kept."""
    found = known.get(key) if isinstance(known, dict) else None
    told = found if isinstance(found, dict) else {}
    return {name: told[name] for name in EXPECTED if told.get(name) in DIRECTIONS}


def _shares(app: Dash, board: Board) -> None:
    @app.callback(
        Output("lane-page", "children"),
        Input("pages", "value"),
        Input("asked", "data"),
        State("session", "data"),
    )
    def fill(page: str, asked: str | None, session: str | None) -> Any:
        if page != "levers" or not asked or not session:
            return dash.no_update
        return static_pages.lane(levers.read(asked)[0], board.asked(str(session)))


def _in_the_browser(app: Any) -> None:
    """Tell the page's own script (assets/live.js) what has been asked, and that the page was built anew."""
    for function, target, source in (
        ("asked", Output("version", "title"), Input("asked", "data")),
        ("rebuilt", Output("badge", "title"), Input("frame", "children")),
        ("lane", Output("lane", "title"), Input("lane-data", "data")),
        ("heard", Output("wall-heard", "storage_type"), Input("wall-heard", "data")),
    ):
        app.clientside_callback(ClientsideFunction("labsim", function), target, source)
