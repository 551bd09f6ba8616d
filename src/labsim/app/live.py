"""What a tab is told about its job: its standing in words and, when there is something new, picture and numbers.

A tab asks again and again, and says each time what it has set. The newest of that is what is simulated: a question that
comes twice is asked once, and after a server was started again the next word of the tab asks anew.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from labsim.app import courses, emulator, levers, pictures, summaries
from labsim.app.jobs import Board, Standing
from labsim.app.levers import LEVERS, Choices
from labsim.app.simulating import SHOWN, Run
from labsim.app.words import word
from labsim.experiment.keys import run_key
from labsim.figures import trajectory
from labsim.figures.theme import MUTED, Setting

PAIRS = 100
"""Pairs of a whole comparison, which is called final, unless fewer are wanted."""

DRAWN_AT = (1, 2, 5, 10, 20, 40, 70, 100)
"""Numbers of pairs at which the picture is drawn anew."""

MOST_TABS = 200

Pairs = Sequence[tuple[Run, Run]]


@dataclass
class Tab:
    """What is remembered of a tab: its question, and the result before it."""

    query: str = ""
    before: Pairs = ()


@dataclass
class Room:
    """All tabs of a server: their questions, of so many pairs each, and the axes that they share."""

    board: Board
    pairs: int = PAIRS
    ranges: courses.Ranges = field(default_factory=courses.Ranges)
    tabs: OrderedDict[str, Tab] = field(default_factory=OrderedDict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    settled: set[str] = field(default_factory=set)

    def ask(self, session: str, choices: Choices) -> Tab:
        """Have the newest question of a tab simulated, and return what is remembered of the tab."""
        query = levers.to_query(choices)
        with self.lock:
            tab = self.tabs.setdefault(session, Tab())
            self.tabs.move_to_end(session)
            while len(self.tabs) > MOST_TABS:
                self.tabs.popitem(last=False)
            known = self.board.standing(session)
            asked = query.rpartition("&lang=")[0]
            if known is None or asked != tab.query:
                if known is not None and asked != tab.query:
                    tab.before = self.board.finished(session) or tab.before
                self.board.ask(session, *levers.pair(choices), self.pairs)
                self._ask_third(session, choices)
                tab.query = asked
            self.board.hear(session)
            if choices.third is not None:
                self.board.hear(third_of(session))
            return tab

    def _ask_third(self, session: str, choices: Choices) -> None:
        if choices.third is None:
            self.board.leave(third_of(session))
            return
        a = levers.scenario_of(choices.a)
        self.board.ask(third_of(session), a, levers.scenario_of(choices.third), self.pairs)

    def settle(self, name: str) -> None:
        """Let the axes of a measure hold every story, as far as runs of the stories are kept."""
        with self.lock:
            if name in self.settled:
                return
            self.settled.add(name)
        found = {story: self._kept(story) for story in levers.STORIES}
        base = found[levers.FIRST_A]
        for runs in found.values():
            common = sorted(runs.keys() & base.keys())
            if len(common) < courses.FEW:
                continue
            level = np.stack([runs[seed].series[name] for seed in common])
            apart = (level - np.stack([base[seed].series[name] for seed in common])).mean(axis=0)
            low, high = np.nanquantile(level, (0.05, 0.95), axis=0)
            limits = (float(np.nanmin(low)), float(np.nanmax(high)))
            spread = (min(0.0, float(np.nanmin(apart))), max(0.0, float(np.nanmax(apart))))
            self.ranges.settle(name, limits, spread, sure=True)

    def _kept(self, story: str) -> dict[int, Run]:
        """Return runs of a story by seed: those of this server, else those on disk."""
        key = run_key(levers.story(story), 0)
        here = {run.seed: run for run in self.board.runs_of(key)}
        for seed in range(1, 2 * courses.FEW + 1):
            run = None if seed in here else self.board.store.load(key, seed, tables=False)
            if run is not None:
                here[seed] = run
        return here

    def third(self, session: str, choices: Choices) -> Pairs:
        """Return the finished pairs of A and C, once there are enough for a band; none without a C."""
        if choices.third is None:
            return ()
        pairs = self.board.finished(third_of(session))
        return pairs if len(pairs) >= courses.FEW else ()


def third_of(session: str) -> str:
    """Return the name under which a tab's third scenario is simulated."""
    return f"{session[:60]}+c"


def labels(choices: Choices) -> list[str]:
    """Return the names of A, B and C in words; a scenario that is other than its story says so."""
    made = []
    for each in (choices.a, choices.b, choices.third):
        if each is not None:
            name = word(f"story_{each.story}", choices.language)
            made.append(f"{name} *" if each.moved else name)
    return made


def news(room: Room, given: Mapping[str, str]) -> dict[str, Any]:
    """Return what a tab is told, given what it says: session, query, kpi, drawn, and how it wants the picture."""
    session = given.get("session", "")[:64]
    choices = levers.read(given.get("query", "")[:2000])[0]
    name = given.get("kpi", "") if given.get("kpi", "") in SHOWN else SHOWN[0]
    try:
        tab = room.ask(session, choices)
    except ValueError as error:
        return {"state": "impossible", "version": 0, "standing": impossible(error, choices.language)}
    standing = room.board.standing(session)
    if standing is None:
        return {"state": "none", "version": 0}
    pairs = room.board.finished(session)
    answer = _standing(standing, len(pairs), choices)
    third = room.third(session, choices)
    if choices.third is not None:
        done = len(room.board.finished(third_of(session)))
        answer["standing"] += " " + word("third_stands", choices.language, done=done, pairs=room.pairs)
    look = courses.Look(given.get("narrow") == "1", given.get("big") == "1", given.get("axis") == "1")
    ended, expected, tables = standing.state == "done", given.get("expect", "")[:8], given.get("table") == "1"
    steps = (standing.number, _step(pairs), _step(third), ended)
    marks = (*steps, name, look, choices.language, expected, tables)
    drawn = "|".join(map(str, marks))
    if drawn == given.get("drawn", ""):
        return answer
    room.settle(name)
    about = _About(choices, name, room.ranges, look, ended and len(pairs) >= room.pairs)
    if pairs:
        table, shared = tidy(choices, name, pairs, third)
        answer |= {"drawn": drawn} | _picture(about, table, shared, pairs, tab)
        if tables:
            answer |= _tables(name, table, shared)
    else:
        preview = emulator.preview(choices)
        if preview is not None:
            answer |= {"drawn": drawn} | _approximated(about, preview)
    found = summaries.outcome(pairs, name) if pairs else None
    answer["agreement"] = summaries.agreement(expected, found, choices.language)
    return answer


def _step(pairs: Pairs) -> int:
    return max((each for each in DRAWN_AT if each <= len(pairs)), default=0)


def _standing(standing: Standing, done: int, choices: Choices) -> dict[str, Any]:
    return {
        "version": standing.version, "state": standing.state, "done": done, "pairs": standing.pairs,
        "job": standing.number, "standing": in_words(standing, choices.language),
        "badge": word("final" if done >= standing.pairs else "provisional", choices.language),
        "first": round(standing.first_seconds, 3), "seconds": round(standing.seconds, 3),
    }  # fmt: skip


@dataclass(frozen=True)
class _About:
    choices: Choices
    name: str
    ranges: courses.Ranges
    look: courses.Look
    final: bool

    @property
    def language(self) -> str:
        return self.choices.language


def tidy(choices: Choices, name: str, pairs: Pairs, third: Pairs) -> tuple[pd.DataFrame, Setting]:
    """Return the tidy table of one indicator over A, B and perhaps C, and what the figure's parts share."""
    runs = _by_letter(pairs)
    scenarios = [levers.scenario_of(choices.a), levers.scenario_of(choices.b)]
    if third and choices.third is not None:
        seeds = {a.seed for a, _ in pairs}
        runs["c"] = [c for _, c in third if c.seed in seeds]
        scenarios.append(levers.scenario_of(choices.third))
    if not runs.get("c", [1]):
        del runs["c"]
        scenarios.pop()
    shared = courses.setting(scenarios, labels(choices)[: len(scenarios)], choices.language)
    return pictures.rows(runs, name, levers.START), shared


def _by_letter(pairs: Pairs) -> dict[str, list[Run]]:
    return {"a": [a for a, _ in pairs], "b": [b for _, b in pairs]}


def _picture(about: _About, table: pd.DataFrame, shared: Setting, pairs: Pairs, tab: Tab) -> dict[str, Any]:
    ghost = None
    if tab.before and not about.final:
        ghost = courses.line(pictures.rows(_by_letter(tab.before), about.name, levers.START))
    compared = courses.compared(table, shared, about.name)
    figure = courses.comparison(compared, shared, about.ranges, about.look, ghost=ghost)
    aid = trajectory.read(compared.levels, compared.differences, shared)
    note = word("ghost_note", about.language) if ghost is not None else ""
    chips = [{"letter": each.letter, "text": each.label, "colour": each.ink, "dash": each.dash}
             for each in shared.styles]  # fmt: skip
    if ghost is not None:
        grey = {"letter": "", "text": word("ghost", about.language), "colour": MUTED, "line": courses.GHOST}
        chips.append(grey | {"dash": "solid"})
    return {
        "figure": json.loads(figure.to_json()), "aid": f"{aid} {note}".strip(),
        "sentence": summaries.sentence(pairs, about.name, about.language),
        "chips": chips,
    }  # fmt: skip


def _approximated(about: _About, preview: emulator.Preview) -> dict[str, Any]:
    """Return the picture and the sentence that stand until the first pair has come, marked as what they are."""
    scenarios = levers.pair(about.choices)
    shared = courses.setting(scenarios, labels(about.choices)[:2], about.language)
    line = courses.Line(preview.level(about.name), preview.difference[about.name])
    figure = courses.approximation(
        shared, about.name, about.ranges, about.look, levers.START, preview.a[about.name], line
    )
    mean = float(line.difference[-summaries.LAST :].mean())
    said = summaries.approximately(mean, preview.error[about.name], about.name, about.language)
    chips = [
        {"letter": each.letter, "text": each.label, "colour": each.ink, "dash": "dash"}
        for each in shared.styles
    ]
    aid = word("preview_aid", about.language)
    return {"figure": json.loads(figure.to_json()), "aid": aid, "sentence": said, "chips": chips,
            "badge": word("preview_badge", about.language), "preview": True}  # fmt: skip


def _tables(name: str, table: pd.DataFrame, shared: Setting) -> dict[str, Any]:
    monthly = courses.in_words(courses.numbers(table, shared, name), shared, name)
    return {"table": monthly, "years": courses.by_year(table, shared, name)}


def impossible(error: ValueError, language: str) -> str:
    """Return why something cannot be set, as one sentence."""
    from labsim.config.factors import reason

    return word("impossible", language, why=reason(error).splitlines()[0][:200])


def in_words(standing: Standing, language: str) -> str:
    """Return how a job stands, as a sentence."""
    if standing.state == "running" and not standing.done:
        return word("first_coming", language)
    facts = {
        "place": standing.place,
        "done": standing.done,
        "pairs": standing.pairs,
        "failure": standing.failure,
    }
    return word(standing.state, language, **facts)


def wrong_in_words(wrong: tuple[tuple[str, str], ...], language: str) -> str:
    """Return what in the address was put right, as one sentence; empty if nothing was."""
    if not wrong:
        return ""
    what = "; ".join(f"{key_in_words(key, language)} („{text}“)" for key, text in wrong[:4])
    return word("adjusted", language, what=what)


def key_in_words(key: str, language: str) -> str:
    """Return the name of a key of the address; one that is unknown stays as it is."""
    names = {each.short: word(each.name, language) for each in LEVERS.values()}
    names |= {
        "o": word("order", language),
        "a": "A",
        "b": "B",
        "third": "C",
        "lang": word("language", language),
    }
    prefix, dot, short = key.rpartition(".")
    letter = {"a": "A: ", "third": "C: "}.get(prefix, "")
    return f"{letter}{names[short]}" if short in names and (letter or not dot) else key
