"""What the room sets: a story, the way into it, and five levers, each declared once with unit and bounds.

A `Choices` holds numbers and names, comes from an address and goes back into it. `pair` turns it into two scenarios of
a real place: A, a story as its files have it or as somebody pinned it, and B, a story with the levers applied to every
regime after the first. A third, C, may stand beside them.
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

PREFIXES = ("", "a.", "third.")
"""What stands before the short name of a lever in the address: nothing for B, for a pinned A and for C."""

ELSEWHERE = ("page", "kpi", "token", "axis")
"""Keys of the address that are no part of a scenario."""

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
        80
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
class Setting:
    """One scenario of the room: a story, the order of cutting and building, and the levers."""

    story: str
    order: str
    values: Mapping[str, float]

    @property
    def moved(self) -> tuple[str, ...]:
        """The levers (and "order") that stand elsewhere than in the story, in their order."""
        usual = today(self.story)
        names = [name for name in LEVERS if self.values[name] != usual.values[name]]
        return (*names, "order") if self.order != usual.order else tuple(names)


@dataclass(frozen=True)
class Choices:
    """Everything that the address holds: two stories, the order of cutting and building, the levers, the language.

    ``pinned_a`` is a setting that takes the place of A's story, ``third`` one that is compared as C.
    """

    story_a: str
    story_b: str
    order: str
    values: Mapping[str, float]
    language: str = "de"
    pinned_a: Setting | None = None
    third: Setting | None = None

    def with_value(self, name: str, value: float) -> Choices:
        """Return the same with one lever set, within its bounds."""
        return replace(self, values={**self.values, name: fitted(self.story_b, name, value)})

    def spoken(self, language: str) -> Choices:
        """Return the same in a language."""
        return replace(self, language=language)

    @property
    def b(self) -> Setting:
        """What the levers show."""
        return Setting(self.story_b, self.order, self.values)

    @property
    def a(self) -> Setting:
        """What B is compared with."""
        return self.pinned_a or today(self.story_a).b


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


def bounds(story_name: str, name: str) -> tuple[float, float]:
    """Return how low and how high a lever may stand in a story: the start lies within the story's months."""
    if name != "start":
        return LEVERS[name].low, LEVERS[name].high
    told = STORIES[story_name]
    return float(parse_month(told.earliest) - _EARLIEST), float(parse_month(told.latest) - _EARLIEST)


def fitted(story_name: str, name: str, value: float) -> float:
    """Return a lever's value within what the story allows, on the nearest step."""
    low, high = bounds(story_name, name)
    return min(max(LEVERS[name].fitted(value), low), high)


def start_month(choices: Choices | Setting) -> str:
    """Return the first month of the transition that the levers move ("YYYY-MM")."""
    return format_month(_EARLIEST + int(choices.values["start"]))


def pair(choices: Choices) -> tuple[Scenario, Scenario]:
    """Return scenario A (a story as it is, or as it was pinned) and scenario B (a story with the levers).

    Levers that stand where the story has them change nothing: with both stories alike, A and B are the same.
    """
    return scenario_of(choices.a), scenario_of(choices.b)


def scenario_of(setting: Setting) -> Scenario:
    """Return the scenario of one setting; untouched, it is the story's own."""
    base, values, moved = story(setting.story), setting.values, set(setting.moved)
    update: dict[str, Any] = {}
    if moved & {"start", "length", "gap", "order", "bridging"}:
        last = _transition(_last(base), setting, moved)
        transitions = (*base.timeline.transitions[:-1], last)
        update["timeline"] = Timeline(initial=base.timeline.initial, transitions=transitions)
    if moved & {"demand", "support", "local", "federal_cut"}:
        factor = 1.0
        if "support" in moved:
            factor = values["support"] / spending(_final(base))
        regimes = dict(base.regimes)
        for name in base.timeline.regimes[1:]:
            regimes[name] = _regime(base.regimes[name], values, moved, factor)
        update["regimes"] = regimes
    return base.model_copy(update=update) if update else base


def _transition(before: Transition, setting: Setting, moved: set[str]) -> Transition:
    values, told = setting.values, before.model_dump()
    if "start" in moved:
        told["start"] = start_month(setting)
    if "length" in moved:
        told["months"] = int(values["length"])
        told["shape"] = "step" if values["length"] == 1 else "linear"
    if moved & {"gap", "order"}:
        months = int(values["gap"])
        told["gap"] = months if setting.order == "cut_first" else 0
        told["overlap"] = months if setting.order == "build_first" else 0
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
    """Return the address's query string, without the question mark; "a.f" is a lever of a pinned A, "third.f" of C.

    >>> read(to_query(today("secured")))[0] == today("secured")
    True
    """
    told = {"a": choices.story_a, "b": choices.story_b} | _written(choices.b, "")
    if choices.pinned_a is not None:
        told |= {"a": choices.pinned_a.story} | _written(choices.pinned_a, "a.")
    if choices.third is not None:
        told |= {"third": choices.third.story} | _written(choices.third, "third.")
    return urlencode(told | {"lang": choices.language})


def _written(setting: Setting, prefix: str) -> dict[str, str]:
    told = {f"{prefix}{LEVERS[name].short}": f"{setting.values[name]:g}" for name in LEVERS}
    return {f"{prefix}o": setting.order} | told


def read(query: str) -> tuple[Choices, tuple[tuple[str, str], ...]]:
    """Return the choices that a query string names, and what in it was wrong: (key, text), in its order.

    Whatever is missing is as in the story; what is no number, out of bounds or unknown is put right and named.
    """
    given = dict(parse_qsl(query.lstrip("?"), keep_blank_values=True, errors="replace")[:60])
    wrong: list[tuple[str, str]] = []
    named = {"a": STORIES, "b": STORIES, "third": STORIES, "lang": LANGUAGES}
    named |= {f"{prefix}o": ORDERS for prefix in PREFIXES}
    shorts = [each.short for each in LEVERS.values()]
    known = {*named, *(f"{prefix}{each}" for prefix in PREFIXES for each in shorts), *ELSEWHERE}
    wrong += [(key[:20], text[:20]) for key, text in given.items() if key not in known]
    for key, allowed in named.items():
        if key in given and given[key] not in allowed:
            wrong.append((key, given.pop(key)[:20]))
    b = _setting(given, "", given.get("b", FIRST_B), wrong)
    story_a = given.get("a", FIRST_A)
    pinned = _setting(given, "a.", story_a, wrong) if any(key[:2] == "a." for key in given) else None
    third = _setting(given, "third.", given["third"], wrong) if "third" in given else None
    if pinned is not None and not pinned.moved:
        pinned = None
    return Choices(story_a, b.story, b.order, b.values, given.get("lang", "de"), pinned, third), tuple(wrong)


def _setting(given: Mapping[str, str], prefix: str, name: str, wrong: list[tuple[str, str]]) -> Setting:
    base = today(name)
    values = dict(base.values)
    for each in LEVERS.values():
        key = f"{prefix}{each.short}"
        if key in given:
            number = _number(given[key])
            values[each.name] = values[each.name] if number is None else fitted(name, each.name, number)
            if number is None or abs(values[each.name] - number) > each.step / 2 + 1e-9:
                wrong.append((key, given[key][:20]))
    return Setting(name, given.get(f"{prefix}o", base.order), values)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e9 else None
