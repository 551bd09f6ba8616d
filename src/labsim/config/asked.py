"""What an experiment asks about its runs, checked against its scenarios: every name must be one that there is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from labsim.config.components import components, differing, only, part_name
from labsim.config.documents import Document, KeyPath
from labsim.config.errors import ConfigError, Problem, quoted, suggestion
from labsim.config.expectations import BOUNDS, DIRECTIONS, WHOLE, Decomposition, Expectation
from labsim.config.forms import ExperimentForm
from labsim.indicators.recorded import GROUPS
from labsim.indicators.registry import metadata
from labsim.scenario import Scenario

Scenarios = Mapping[str, Scenario]

_EXPECT = f"it must be {', '.join(DIRECTIONS)}, or one of {', '.join(BOUNDS)} with a number, as in {{at_least: 0.5}}"
_BETWEEN = "it must be two numbers, the lower one first, as in [0.1, 0.5]"
_HALF_WIDTH = "it must be a number above 0, in the unit of the indicator"
_COMPONENTS = "it must be a list of names; a list in the list is switched on together"


def known_outcomes(scenarios: Scenarios) -> tuple[str, ...]:
    """Return the names of all indicators that the runs of these scenarios have."""
    instruments = [
        name
        for scenario in scenarios.values()
        for regime in scenario.timeline.regimes
        for name in scenario.regimes[regime].instruments
    ]
    return tuple(metadata(tuple(instruments)))


def check_outcomes(document: Document, form: ExperimentForm, outcomes: Iterable[str]) -> None:
    """Refuse outcomes that are no indicators."""
    known = tuple(outcomes)
    asked = {("outcomes", i): name for i, name in enumerate(form.outcomes)}
    _refuse(_unknown(document, path, name, "no indicator", known) for path, name in asked.items())


def half_widths(document: Document, form: ExperimentForm, outcomes: Iterable[str]) -> dict[str, float]:
    """Return the wanted half-widths of intervals, by indicator."""
    given = form.precision
    if not isinstance(given, dict):
        raise document.error(
            ("precision",), f"is {quoted(given)}", "it must be a group: indicator: half-width"
        )
    known = tuple(outcomes)
    for name, value in given.items():
        if name not in known:
            raise document.error(("precision", name), "is no indicator", suggestion(name, known))
        if not _is_number(value) or value <= 0:
            raise document.error(("precision", name), f"is {quoted(value)}", _HALF_WIDTH)
    return {name: float(value) for name, value in given.items()}


def expectations(
    document: Document,
    form: ExperimentForm,
    scenarios: Scenarios,
    names: Iterable[str],
    outcomes: Iterable[str],
) -> tuple[Expectation, ...]:
    """Return the expectations, each with its baseline; `names` are those of all scenarios, also the made ones."""
    known = {
        "outcome": ("no indicator", tuple(outcomes)),
        "scenario": ("no scenario of this experiment", tuple(names)),
        "baseline": ("no scenario of this experiment", tuple(names)),
        "window": ("no window of this experiment", tuple(window.window for window in form.windows)),
        "municipality": ("no municipality of the place", (WHOLE, *_municipalities(scenarios))),
        "group": ("no group of people", tuple(GROUPS)),
    }
    found = []
    for i, stated in enumerate(form.expect):
        complete = stated.model_copy(update={"baseline": stated.baseline or form.baseline})
        _refuse(
            _unknown(document, ("expect", i, key), getattr(complete, key), what, there)
            for key, (what, there) in known.items()
        )
        if complete.scenario == complete.baseline:
            right = f"its baseline must be another one than '{complete.baseline}'"
            raise document.error(("expect", i, "scenario"), f"is '{complete.scenario}'", right)
        _check_expected(document, ("expect", i, "expect"), complete.expect)
        found.append(complete)
    return tuple(found)


def decompositions(
    document: Document, form: ExperimentForm, scenarios: Scenarios
) -> tuple[Decomposition, ...]:
    """Return the scenarios to take apart with their components, after trying each part."""
    found: list[Decomposition] = []
    for i, asked in enumerate(form.decompose):
        path: KeyPath = ("decompose", i)
        _refuse(
            [
                _unknown(
                    document, (*path, "scenario"), asked.scenario, "no scenario of this experiment", scenarios
                )
            ]
        )
        if asked.scenario == form.baseline:
            right = "the baseline has no effect to take apart; name another scenario"
            raise document.error((*path, "scenario"), f"is '{asked.scenario}'", right)
        if asked.scenario in {each.scenario for each in found}:
            right = "each scenario may be taken apart once"
            raise document.error((*path, "scenario"), f"is '{asked.scenario}' once more", right)
        scenario = scenarios[asked.scenario]
        if not scenario.timeline.transitions:
            right = "only a scenario with a transition has components to switch on"
            raise document.error(
                (*path, "scenario"), f"is '{asked.scenario}', whose regime never changes", right
            )
        chosen = _components(document, (*path, "components"), asked.components, scenario)
        _try_parts(document, path, scenario, chosen, scenarios, written=bool(asked.components))
        found.append(Decomposition(scenario=asked.scenario, components=chosen))
    return tuple(found)


def part_names(decomposition: Decomposition) -> tuple[str, ...]:
    """Return the names of the scenarios made for a decomposition: the passage first, then one per component."""
    return tuple(part_name(decomposition.scenario, each) for each in ((), *decomposition.components))


def check_individuals(document: Document, form: ExperimentForm) -> None:
    """Refuse a window for individuals that there is not."""
    if form.individuals is not None:
        windows = [window.window for window in form.windows]
        path = ("individuals", "window")
        _refuse([_unknown(document, path, form.individuals.window, "no window of this experiment", windows)])


def check_ideal(document: Document, form: ExperimentForm, scenarios: Scenarios) -> None:
    """Refuse an ideal scenario that there is not, or in which nothing changes."""
    if form.ideal is None:
        return
    _refuse([_unknown(document, ("ideal",), form.ideal, "no scenario of this experiment", scenarios)])
    if not scenarios[form.ideal].timeline.transitions:
        right = "the ideal is an immediate change: name a scenario with a transition"
        raise document.error(("ideal",), f"is '{form.ideal}', whose regime never changes", right)


def _components(
    document: Document, path: KeyPath, given: Any, scenario: Scenario
) -> tuple[tuple[str, ...], ...]:
    if not isinstance(given, list):
        raise document.error(path, f"is {quoted(given)}", _COMPONENTS)
    differ = differing(scenario)
    if not given:
        if not differ:
            right = "a decomposition needs regimes with different rules"
            raise document.error(
                path, f"is empty, and all regimes of '{scenario.scenario}' say the same", right
            )
        return tuple((name,) for name in differ)
    chosen: list[tuple[str, ...]] = []
    for i, entry in enumerate(given):
        names = entry if isinstance(entry, list) else [entry]
        if not names or not all(isinstance(name, str) for name in names):
            raise document.error((*path, i), f"is {quoted(entry)}", _COMPONENTS)
        for name in names:
            if name not in components():
                raise document.error((*path, i), f"is '{name}', which is no component of a regime",
                                     suggestion(name, components()))  # fmt: skip
            if any(name in other for other in chosen) or names.count(name) > 1:
                raise document.error(
                    (*path, i), f"is '{name}' once more", "each component may be switched on once"
                )
        if not set(names) & set(differ):
            wrong = f"is '{', '.join(names)}', in which all regimes of '{scenario.scenario}' agree"
            raise document.error((*path, i), wrong, "there must be something to switch on; leave it out")
        chosen.append(tuple(names))
    return tuple(chosen)


def _try_parts(
    document: Document,
    path: KeyPath,
    scenario: Scenario,
    chosen: tuple[tuple[str, ...], ...],
    taken: Iterable[str],
    *,
    written: bool,
) -> None:
    """Refuse a component that cannot be switched on alone, and a part with the name of another scenario."""
    for i, names in enumerate(chosen):
        where = (*path, "components", i) if written else (*path, "scenario")
        try:
            part = only(scenario, names)
        except ValueError as error:
            wrong = f"has the component {', '.join(names)}, which cannot be switched on alone ({error})"
            right = "switch on together what needs each other, as in components: [benefits, [funding, instruments]]"
            raise document.error(where, wrong, right) from None
        if part.scenario in taken:
            right = f"a scenario of the name '{part.scenario}' is made for this part; rename yours"
            raise document.error(where, f"is '{', '.join(names)}'", right)


def _check_expected(document: Document, path: KeyPath, given: Any) -> None:
    if isinstance(given, str) and given in DIRECTIONS:
        return
    if not isinstance(given, dict) or len(given) != 1:
        wrong = f"has {len(given)} keys" if isinstance(given, dict) else f"is {quoted(given)}"
        near = suggestion(given, DIRECTIONS) if isinstance(given, str) else ""
        raise document.error(path, wrong, near if near.startswith("did") else _EXPECT)
    ((kind, value),) = given.items()
    if kind not in BOUNDS:
        raise document.error((*path, kind), "unknown key", suggestion(str(kind), BOUNDS))
    if kind == "between":
        is_range = (
            isinstance(value, list)
            and len(value) == 2
            and all(map(_is_number, value))
            and value[0] <= value[1]
        )
        if not is_range:
            raise document.error((*path, kind), f"is {quoted(value)}", _BETWEEN)
    elif not _is_number(value):
        raise document.error(
            (*path, kind), f"is {quoted(value)}", "it must be a number in the outcome's unit"
        )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _municipalities(scenarios: Scenarios) -> tuple[str, ...]:
    places = (scenario.place.municipalities for scenario in scenarios.values())
    return tuple(dict.fromkeys(each.name for municipalities in places for each in municipalities))


def _unknown(document: Document, path: KeyPath, name: str, what: str, known: Iterable[str]) -> Problem | None:
    """Return the problem of a name that is none of those known; None if it is one."""
    there = tuple(known)
    if name in there:
        return None
    return document.problem(path, f"is '{name}', which is {what}", suggestion(name, there))


def _refuse(problems: Iterable[Problem | None]) -> None:
    found = [problem for problem in problems if problem is not None]
    if found:
        raise ConfigError(*found)
