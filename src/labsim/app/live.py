"""What a tab is told about its job: its standing in words and, when there is something new, picture and numbers."""

from __future__ import annotations

import json
from typing import Any

from labsim.app import pictures
from labsim.app.jobs import Board, Standing
from labsim.app.levers import LEVERS, Choices
from labsim.app.simulating import SHOWN
from labsim.app.words import word

FINAL_FROM = 100
"""Pairs from which a comparison is called final."""


def told(board: Board, session: str, seen: int, choices: Choices, kpi: str, narrow: bool) -> dict[str, Any]:
    """Return what has changed for a session since version `seen`, as plain values."""
    board.hear(session)
    standing = board.standing(session)
    job = board.asked(session)
    if standing is None or job is None:
        return {"state": "none", "version": 0}
    answer: dict[str, Any] = {
        "version": standing.version, "state": standing.state, "done": standing.done, "pairs": standing.pairs,
        "job": standing.number, "standing": in_words(standing, choices.language),
        "badge": word("final" if standing.done >= FINAL_FROM else "provisional", choices.language),
        "first": round(standing.first_seconds, 3), "seconds": round(standing.seconds, 3),
    }  # fmt: skip
    pairs = board.finished(session)
    if standing.version != seen and pairs:
        labels = (
            word(f"story_{choices.story_a}", choices.language),
            word(f"story_{choices.story_b}", choices.language),
        )
        shared = pictures.setting(job.scenarios, labels, choices.language)
        name = kpi if kpi in SHOWN else SHOWN[0]
        rows = pictures.indicators(pairs, name, job.scenarios[0].start)
        figure = pictures.comparison(rows, shared, name, height=430, narrow=narrow)
        answer["figure"] = json.loads(figure.to_json())
        answer["sentence"] = pictures.sentence(rows, shared, name, choices.language)
        answer["aid"] = pictures.reading_aid(rows, shared, name)
        answer["table"] = pictures.table(rows, shared, name)
    return answer


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
    names = {each.short: word(each.name, language) for each in LEVERS.values()}
    what = "; ".join(f"{names.get(key, key)} („{text}“)" for key, text in wrong[:4])
    return word("adjusted", language, what=what)
