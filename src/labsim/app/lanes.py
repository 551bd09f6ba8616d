"""The time lane: which rules hold when in A and in B, and what happens to the money on the way, as plain values.

Months are counted from the first recorded one, so that the page can draw without knowing a calendar.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from labsim.app.levers import END, START, Choices, Setting, bounds, scenario_of
from labsim.app.words import month_in_words, word
from labsim.policy.transition import Transition
from labsim.scenario import Scenario
from labsim.units import format_month, parse_month

FIRST, AFTER = parse_month(START), parse_month(END) + 1

HANDLES = ("start", "length", "gap")
"""The levers that can be dragged in the lane."""


@dataclass(frozen=True)
class Band:
    """A stretch of months [start, end), counted from the first one, with its kind and text."""

    kind: str
    start: int
    end: int
    text: str


def lane(choices: Choices) -> dict[str, Any]:
    """Return everything that the page draws of the time lane, texts in the language of the choices."""
    language = choices.language
    rows = []
    for letter, setting in (("A", choices.a), ("B", choices.b)):
        scenario = scenario_of(setting)
        rows.append({"letter": letter, "title": word(f"story_{setting.story}", language),
                     "bands": [asdict(each) for each in rules(scenario, language)]})  # fmt: skip
    last = scenario_of(choices.b).timeline.transitions[-1]
    return {
        "months": AFTER - FIRST,
        "years": [{"at": 12 * year - FIRST, "text": str(year)} for year in range(FIRST // 12 + 1, AFTER // 12 + 1)
                  if 12 * year < AFTER],
        "rows": rows,
        "money": [asdict(each) for each in money(last, language)],
        "handles": {name: _handle(name, choices, last) for name in HANDLES},
        "told": told(choices),
    }  # fmt: skip


def rules(scenario: Scenario, language: str) -> list[Band]:
    """Return which regime holds when, with the transitions between them, in order of time."""
    bands, since = [], FIRST
    names = {
        name: each.label.de if language == "de" else each.label.en for name, each in scenario.regimes.items()
    }
    current = scenario.timeline.initial
    for each in scenario.timeline.transitions:
        begins, ends = max(each.first_month, FIRST), min(each.last_month + 1, AFTER)
        if begins >= AFTER:
            break
        bands.append(Band("regime", since - FIRST, begins - FIRST, names[current] or current))
        bands.append(Band("transition", begins - FIRST, ends - FIRST, word("lane_passage", language)))
        current, since = each.after, ends
    bands.append(Band("regime", since - FIRST, AFTER - FIRST, names[current] or current))
    return [each for each in bands if each.end > each.start]


def money(last: Transition, language: str) -> list[Band]:
    """Return what happens to old and new money, and to the providers, around a transition."""
    begins, gap, overlap = last.first_month, last.gap_months, max(last.overlap, 0)
    spans = [
        ("announced", begins - last.announcement, begins, word("lane_announced", language)),
        ("old", FIRST, begins + overlap, word("lane_old_money", language)),
        ("gap", begins, begins + gap, word("lane_gap", language, months=gap)),
        ("new", begins + gap + overlap, AFTER, word("lane_new_money", language)),
    ]
    if overlap:
        spans.append(("overlap", begins, begins + overlap, word("lane_overlap", language, months=overlap)))
    if last.bridging > 0.0:
        share = f"{100 * last.bridging:.0f}"
        spans.append(("bridging", begins, last.bridged_until, word("lane_bridging", language, share=share)))
    inside = [(kind, max(start, FIRST), min(end, AFTER), text) for kind, start, end, text in spans]
    return [Band(kind, start - FIRST, end - FIRST, text) for kind, start, end, text in inside if end > start]


def told(choices: Choices) -> str:
    """Return the way into B in one sentence or two."""
    language = choices.language
    scenario = scenario_of(choices.b)
    last = scenario.timeline.transitions[-1]
    regime = scenario.regimes[last.after].label
    text = word(
        "lane_told" if last.months > 1 or last.pilot_months else "lane_told_at_once", language,
        month=month_in_words(format_month(last.first_month), language),
        months=last.pilot_months + last.months, regime=(regime.de or regime.en) if language == "de" else regime.en,
    )  # fmt: skip
    return " ".join([text, *_about_money(last, language)])


def _about_money(last: Transition, language: str) -> Iterator[str]:
    if last.gap_months:
        yield word("lane_told_gap", language, months=last.gap_months)
    if last.overlap > 0:
        yield word("lane_told_overlap", language, months=last.overlap)
    if last.bridging > 0.0:
        yield word("lane_told_bridging", language, share=f"{100 * last.bridging:.0f}")


def _handle(name: str, choices: Choices, last: Transition) -> dict[str, Any]:
    """Return where a handle stands (in months from the first), how far it may go, and what it says.

    ``from`` is the month that the lever counts from: a lever's value is the handle's month less that.
    """
    setting: Setting = choices.b
    low, high = bounds(setting.story, name)
    origin = parse_month("2003-01") - FIRST if name == "start" else last.first_month - FIRST
    if name == "length":
        origin += last.pilot_months
    shown = name != "gap" or choices.order != "together"
    return {"from": origin, "low": int(low), "high": int(high), "value": int(setting.values[name]), "shown": shown,
            "name": word("gap_only" if choices.order != "build_first" else "overlap", choices.language)
            if name == "gap" else word(name, choices.language)}  # fmt: skip
