"""What happens on the pages on people, places and checking: their callbacks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import dash
from dash import Dash, Input, Output, State, html

from labsim.analysis.tables import TableError
from labsim.app import assumptions, levers, pictures
from labsim.app.checking import Checks
from labsim.app.jobs import Board, Job
from labsim.app.lan import Access
from labsim.app.levers import Choices
from labsim.app.pages import check, parts, people, places
from labsim.app.simulating import SHOWN
from labsim.app.words import word
from labsim.experiment.followed import EVERYBODY, GROUPS
from labsim.experiment.keys import run_key

FEW = 10
"""Pairs below which a page says that it is provisional."""


def register(app: Dash, board: Board, checks: Checks, access: Access) -> None:
    """Add the callbacks of the three pages, and of the invitation on the first, to the app."""
    _invitation(app, access)
    _people(app, board)
    _places(app, board)
    _check(app, board, checks)
    _trying(app, board, checks)


def _invitation(app: Dash, access: Access) -> None:
    @app.callback(Output("invitation", "children"), Input("asked", "data"), State("invitation", "children"))
    def invite(asked: str | None, shown: Any) -> Any:
        if not asked or shown or not access.is_open:
            return dash.no_update
        return parts.invitation(access, levers.read(asked)[0].language)


def labels(choices: Choices) -> tuple[str, str]:
    """Return what A and B are called."""
    language = choices.language
    a = word(f"story_{choices.a.story}", language)
    if choices.pinned_a is not None:
        a = word("story_pinned", language, name=a)
    return a, word(f"story_{choices.b.story}", language)


def _people(app: Dash, board: Board) -> None:
    @app.callback(
        Output("people-content", "children"), Input("pages", "value"), Input("people-view", "value"),
        Input("people-group", "value"), Input("grown", "data"), State("asked", "data"), State("session", "data"),
    )  # fmt: skip
    def show(page: str, view: str, group: str, _: Any, asked: str | None, session: str | None) -> Any:
        if page != "people" or not asked or not session:
            return dash.no_update
        shown = view if view in people.VIEWS else next(iter(people.VIEWS))
        who = group if group in GROUPS else EVERYBODY

        def made(pairs: Sequence[pictures.Pair], job: Job, choices: Choices) -> Sequence[Any]:
            drawn = people.plots(pairs, job.scenarios, labels(choices), choices.language, who)
            return people.content(drawn, shown, who, choices.language)

        return parts.viewed(shown, _filled(board, session, asked, made))


def _places(app: Dash, board: Board) -> None:
    @app.callback(
        Output("places-content", "children"), Output("places-kpi", "className"), Input("pages", "value"),
        Input("places-view", "value"),
        Input("places-kpi", "value"), Input("grown", "data"), State("asked", "data"), State("session", "data"),
    )  # fmt: skip
    def show(page: str, view: str, measure: str, _: Any, asked: str | None, session: str | None) -> Any:
        if page != "places" or not asked or not session:
            return dash.no_update, dash.no_update
        shown = view if view in places.VIEWS else places.VIEWS[0]
        which = measure if measure in places.MEASURES else places.MEASURES[0]

        def made(pairs: Sequence[pictures.Pair], job: Job, choices: Choices) -> Sequence[Any]:
            drawn = pictures.plots(pairs, job.scenarios, labels(choices), choices.language)
            return places.content(drawn, shown, which, choices.language)

        name = "switch" if shown in places.BY_MEASURE else "switch none"
        return parts.viewed(shown, _filled(board, session, asked, made)), name


def _check(app: Dash, board: Board, checks: Checks) -> None:
    @app.callback(
        Output("check-content", "children"), Output("check-bar", "hidden"), Input("pages", "value"),
        Input("check-view", "value"), Input("grown", "data"), Input("check-grown", "data"), Input("kpi", "value"),
        State("asked", "data"), State("session", "data"),
    )  # fmt: skip
    def show(page: str, view: str, _: Any, __: Any, kpi: str, asked: str | None, session: str | None) -> Any:
        if page != "check" or not asked or not session:
            return dash.no_update, dash.no_update
        indicator = kpi if kpi in SHOWN else SHOWN[0]
        content = _checked(board, checks, session, asked, view, indicator)
        return parts.viewed(view, content), view not in {"turns", "goals"}


def _checked(board: Board, checks: Checks, session: str, asked: str, view: str, indicator: str) -> Any:
    """Return the content of a view of the page that checks."""
    choices, job = levers.read(asked)[0], board.asked(session)
    language = choices.language
    if job is None:
        return html.P(word("no_pairs_yet", language))
    if view == "limits":
        return check.limits(job.scenarios[1], language)
    if view == "goals":
        return _guarded(lambda: _goals(board, job, choices), language)
    if view == "beveridge":

        def made(pairs: Sequence[pictures.Pair], job: Job, choices: Choices) -> Sequence[Any]:
            drawn = pictures.plots(pairs, job.scenarios, labels(choices), choices.language)
            return [parts.exhibit("beveridge", drawn.exhibit("beveridge"), choices.language)]

        return _filled(board, session, asked, made)
    shared = pictures.setting(job.scenarios, labels(choices), language)
    found = checks.found(job.keys, indicator)
    return _guarded(lambda: check.turns(found, job.scenarios[0], shared, indicator, language), language)


def _goals(board: Board, job: Job, choices: Choices) -> Sequence[Any]:
    """Return goals in conflict over A, B and every other story that has runs."""
    language = choices.language
    a, b = labels(choices)
    named = {job.keys[0]: ("a", a, job.scenarios[0])}
    told = word("current_b", language) if choices.b.moved else b
    named.setdefault(job.keys[1], ("b", told, job.scenarios[1]))
    for name in levers.STORIES:
        scenario = levers.story(name)
        named.setdefault(run_key(scenario, 0), (name, word(f"story_{name}", language), scenario))
    runs = {key: board.runs_of(key) for key in named}
    least = len(assumptions.STORY_SEEDS) // 2
    there = [key for key in named if len(runs[key]) >= least]
    missing = [named[key][1] for key in named if key not in there]
    note = (
        [html.P(word("goals_missing", language, missing="; ".join(missing)), className="note")]
        if missing
        else []
    )
    if job.keys[0] not in there or len(there) < 2:
        return [html.P(word("goals_alone", language)), *note]
    shown = pictures.trade_off(
        {named[key][0]: runs[key] for key in there},
        {named[key][0]: named[key][2] for key in there},
        {named[key][0]: named[key][1] for key in there},
        language,
    )
    return [*note, parts.exhibit("goals", shown, language)]


def _trying(app: Dash, board: Board, checks: Checks) -> None:
    @app.callback(
        Output("check-grown", "data", allow_duplicate=True), Input("check-start", "n_clicks"),
        State("session", "data"), prevent_initial_call=True,
    )  # fmt: skip
    def start(clicks: int | None, session: str | None) -> Any:
        job = board.asked(str(session))
        if not clicks or job is None:
            return dash.no_update
        checks.ask(str(session), job.keys, job.scenarios, [levers.story(name) for name in levers.STORIES])
        return f"asked {clicks}"

    @app.callback(
        Output("check-grown", "data", allow_duplicate=True), Input("check-stop", "n_clicks"),
        State("session", "data"), prevent_initial_call=True,
    )  # fmt: skip
    def stop(clicks: int | None, session: str | None) -> Any:
        if not clicks:
            return dash.no_update
        checks.cancel(str(session))
        return f"stopped {clicks}"


def _filled(
    board: Board,
    session: str,
    asked: str,
    make: Callable[[Sequence[pictures.Pair], Job, Choices], Sequence[Any]],
) -> Any:
    """Return a page's content from the pairs that have all tables, with how many there are; words if there are none."""
    choices, job = levers.read(asked)[0], board.asked(session)
    language = choices.language
    pairs = pictures.full(board.finished(session)) if job is not None else []
    if job is None or not pairs:
        return html.P(word("no_pairs_yet", language))
    count = len(pairs)
    note = word("pairs_note", language, pairs=count)
    if count < FEW:
        note = word("pairs_few", language, pairs=count, wanted=FEW)
    said = [html.P(note, className="note", role="status")]
    if job.keys[0] == job.keys[1]:
        said.append(html.P(word("identical_note", language), className="note"))
    content = _guarded(lambda: make(pairs, job, choices), language)
    return html.Div([*said, *content], **parts.attributes(**{"data-job": str(job.number)}))


def _guarded(make: Callable[[], Sequence[Any]], language: str) -> Sequence[Any]:
    """Return what `make` returns, or in words why the tables do not allow it."""
    try:
        return make()
    except TableError as error:
        return [html.P(word("cannot_show", language, why=str(error)), className="note")]
