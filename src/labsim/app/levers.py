"""What the room sets: a story, the way into it, and five levers, each declared once with unit and bounds.

A `Choices` holds numbers and names, comes from an address and goes back into it. `pair` turns it into two scenarios of
a real place: A, a story as its files have it, and B, a story with the levers applied to every regime after the first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from labsim.config import load
from labsim.policy.instrument import Instrument
from labsim.policy.regime import Regime
from labsim.policy.transition import Timeline, Transition
from labsim.scenario import Scenario
from labsim.units import format_month, parse_month

PLACE = "dortmund"
START, END, BURN_IN, SCALE = "2002-07", "2007-12", 120, 0.003
"""The months that a workshop looks at, the burn-in before them, and agents per person."""

ORDERS = ("together", "cut_first", "build_first")
LANGUAGES = ("de", "en")


@dataclass(frozen=True)
class Story:
    """A ready-made course of policy: a scenario's file, another transition in place of its last one, what may move.

    ``transition`` is the name of a file that takes the last transition's place ("" keeps it); ``earliest`` and
    ``latest`` bound the month in which that transition starts.
    """

    name: str
    scenario: str
    transition: str
    earliest: str
    latest: str


STORIES = {
    each.name: each
    for each in (
        Story("stays", "dortmund_2003", "", "2004-01", "2006-07"),
        Story("hard_cut", "dortmund_local_activation", "gap_12", "2003-01", "2005-07"),
        Story("secured", "dortmund_local_activation", "secured", "2003-01", "2005-07"),
        Story("regional", "dortmund_regional_budget", "", "2005-02", "2006-07"),
    )
}
FIRST_A, FIRST_B = "stays", "hard_cut"


@dataclass(frozen=True)
class Lever:
    """A number that the room may set: unit, bounds, step, and the value that the story's files have.

    ``short`` is its name in the address, ``lane`` whether it belongs to the way from one regime to the next.
    """

    name: str
    short: str
    unit: str
    low: float
    high: float
    step: float
    lane: bool
    today: Callable[[Scenario], float]

    def fitted(self, value: float) -> float:
        """Return the value within the bounds, on the nearest step.

        >>> LEVERS["federal_cut"].fitted(123.4)
        80.0
        """
        inside = min(max(value, self.low), self.high)
        return round(round((inside - self.low) / self.step) * self.step + self.low, 6)


def _last(scenario: Scenario) -> Transition:
    return scenario.timeline.transitions[-1]


def _final(scenario: Scenario) -> Regime:
    return scenario.regimes[scenario.timeline.regimes[-1]]


def spending(regime: Regime) -> float:
    """Return what a regime sets aside for measures, in euros per unemployed person and month."""
    return sum(each.budget for each in regime.instruments.values())


_EARLIEST = parse_month("2003-01")


def _start(scenario: Scenario) -> float:
    return float(_last(scenario).first_month - _EARLIEST)


LEVERS = {
    each.name: each
    for each in (
        Lever("start", "s", "month", 0, 42, 1, True, _start),
        Lever("length", "l", "months", 1, 36, 1, True, lambda s: float(_last(s).months)),
        Lever("gap", "g", "months", 0, 24, 1, True, lambda s: float(_last(s).gap_months or _last(s).overlap)),
        Lever("bridging", "t", "%", 0, 100, 5, False, lambda s: 100.0 * _last(s).bridging),
        Lever(
            "demand", "f", "%", 0, 10, 0.2, False, lambda s: 100.0 * _final(s).conditionality.sanction_rate
        ),
        Lever("support", "u", "EUR", 0, 240, 5, False, lambda s: spending(_final(s))),
        Lever("local", "k", "EUR", 0, 30, 1, False, lambda s: _final(s).local_policy.cushioning),
        Lever("federal_cut", "c", "%", 0, 80, 5, False, lambda _: 0.0),
    )
}


@dataclass(frozen=True)
class Choices:
    """Everything that the address holds: two stories, the order of cutting and building, the levers, the language."""

    story_a: str
    story_b: str
    order: str
    values: Mapping[str, float]
    language: str = "de"

    def with_value(self, name: str, value: float) -> Choices:
        """Return the same with one lever set, within its bounds."""
        return replace(self, values={**self.values, name: LEVERS[name].fitted(value)})


@lru_cache(maxsize=len(STORIES))
def story(name: str) -> Scenario:
    """Return the scenario of a story as its files have it, for the workshop's months and scale."""
    told = STORIES[name]
    scenario = load(told.scenario, start=START, end=END, burn_in=BURN_IN, scale=SCALE)
    if told.transition:
        from labsim.config import load_regime, load_transition

        other = load_transition(told.transition)
        regimes = dict(scenario.regimes)
        for each in (other.before, other.after):
            regimes.setdefault(each, load_regime(each))
        kept = scenario.timeline.transitions[:-1]
        timeline = Timeline(initial=scenario.timeline.initial, transitions=(*kept, other))
        scenario = scenario.model_copy(update={"regimes": regimes, "timeline": timeline})
    return scenario.model_copy(
        update={"scenario": "workshop", "label": _last_label(scenario), "question": ""}
    )


def _last_label(scenario: Scenario) -> Any:
    return _final(scenario).label


@lru_cache(maxsize=len(STORIES))
def today(name: str) -> Choices:
    """Return the choices that are a story as its files have it, as near as the levers' steps allow."""
    scenario = story(name)
    values = {each.name: each.fitted(each.today(scenario)) for each in LEVERS.values()}
    last = _last(scenario)
    order = "cut_first" if last.gap_months else "build_first" if last.overlap > 0 else "together"
    return Choices(FIRST_A, name, order, values)


def start_month(choices: Choices) -> str:
    """Return the first month of B's transition, within what its story allows ("YYYY-MM")."""
    told = STORIES[choices.story_b]
    asked = _EARLIEST + int(choices.values["start"])
    return format_month(min(max(asked, parse_month(told.earliest)), parse_month(told.latest)))


def pair(choices: Choices) -> tuple[Scenario, Scenario]:
    """Return scenario A (a story as it is) and scenario B (a story with the levers).

    Levers that stand where the story has them change nothing: with both stories alike, A and B are the same.
    """
    base = story(choices.story_b)
    usual = today(choices.story_b)
    moved = {name for name in LEVERS if choices.values[name] != usual.values[name]}
    if choices.order != usual.order:
        moved.add("order")
    return story(choices.story_a), _moved(base, choices, moved)


def _moved(scenario: Scenario, choices: Choices, moved: set[str]) -> Scenario:
    values = choices.values
    update: dict[str, Any] = {}
    if moved & {"start", "length", "gap", "order", "bridging"}:
        last = _transition(_last(scenario), choices, moved)
        transitions = (*scenario.timeline.transitions[:-1], last)
        update["timeline"] = Timeline(initial=scenario.timeline.initial, transitions=transitions)
    if moved & {"demand", "support", "local", "federal_cut"}:
        factor = 1.0
        if "support" in moved:
            factor = values["support"] / spending(_final(scenario))
        regimes = dict(scenario.regimes)
        for name in scenario.timeline.regimes[1:]:
            regimes[name] = _regime(scenario.regimes[name], values, moved, factor)
        update["regimes"] = regimes
    return scenario.model_copy(update=update) if update else scenario


def _transition(before: Transition, choices: Choices, moved: set[str]) -> Transition:
    values, told = choices.values, before.model_dump()
    if "start" in moved:
        told["start"] = start_month(choices)
    if "length" in moved:
        told["months"] = int(values["length"])
        told["shape"] = "step" if values["length"] == 1 else "linear"
    if moved & {"gap", "order"}:
        months = int(values["gap"])
        told["gap"] = months if choices.order == "cut_first" else 0
        told["overlap"] = months if choices.order == "build_first" else 0
    if "bridging" in moved:
        told["bridging"] = values["bridging"] / 100.0
    return Transition.model_validate(told)


def _regime(before: Regime, values: Mapping[str, float], moved: set[str], factor: float) -> Regime:
    cut = 1.0 - values["federal_cut"] / 100.0
    instruments = {
        name: _budget(each, factor * (cut if each.funded_by == "agency" else 1.0))
        for name, each in before.instruments.items()
    }
    update: dict[str, Any] = {"instruments": instruments}
    if "demand" in moved:
        update["conditionality"] = before.conditionality.model_copy(
            update={"sanction_rate": values["demand"] / 100.0}
        )
    if "local" in moved:
        update["local_policy"] = before.local_policy.model_copy(update={"cushioning": values["local"]})
    return before.model_copy(update=update)


def _budget(instrument: Instrument, factor: float) -> Instrument:
    if factor == 1.0:
        return instrument
    return instrument.model_copy(update={"budget": round(instrument.budget * factor, 6)})


def to_query(choices: Choices) -> str:
    """Return the address's query string, without the question mark.

    >>> read(to_query(today("secured")))[0] == today("secured")
    True
    """
    told = {"a": choices.story_a, "b": choices.story_b, "o": choices.order}
    told |= {LEVERS[name].short: f"{choices.values[name]:g}" for name in LEVERS}
    return urlencode(told | {"lang": choices.language})


def read(query: str) -> tuple[Choices, tuple[tuple[str, str], ...]]:
    """Return the choices that a query string names, and what in it was wrong: (key, text), in its order.

    Whatever is missing is as in the story; what is no number, out of bounds or unknown is put right and named.
    """
    given = dict(parse_qsl(query.lstrip("?"), keep_blank_values=True, errors="replace")[:40])
    wrong: list[tuple[str, str]] = []
    named = {"a": STORIES, "b": STORIES, "o": ORDERS, "lang": LANGUAGES}
    known = {*named, *(each.short for each in LEVERS.values()), "page", "kpi", "token"}
    wrong += [(key[:20], text[:20]) for key, text in given.items() if key not in known]
    for key, allowed in named.items():
        if key in given and given[key] not in allowed:
            wrong.append((key, given.pop(key)[:20]))
    base = today(given.get("b", FIRST_B))
    values = dict(base.values)
    for each in LEVERS.values():
        if each.short in given:
            number = _number(given[each.short])
            values[each.name] = values[each.name] if number is None else each.fitted(number)
            if number is None or abs(values[each.name] - number) > each.step / 2 + 1e-9:
                wrong.append((each.short, given[each.short][:20]))
    choices = Choices(
        given.get("a", FIRST_A), base.story_b, given.get("o", base.order), values, given.get("lang", "de")
    )
    return choices, tuple(wrong)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e9 else None
