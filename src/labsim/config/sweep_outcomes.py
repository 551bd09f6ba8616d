"""What a sweep records and asks: outcomes, windows, the rule that stops it, and the function that it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from labsim.config.asked import known_outcomes
from labsim.config.documents import Document, KeyPath
from labsim.config.errors import quoted, suggestion
from labsim.config.problems import validated
from labsim.config.runners import RunnerError, absolute, load_runner
from labsim.config.sweep_forms import WHOLE, OutcomeForm, SweepForm
from labsim.indicators.recorded import GROUPS, Recorded
from labsim.indicators.registry import INDICATORS, metadata
from labsim.scenario import Scenario
from labsim.units import format_month, parse_month

KEPT_NAMES = ("run_key", "month", "year", "scenario", "point", "seed", "window", "outcome", "value")
"""Columns that the tables of a sweep have besides the outcomes."""


@dataclass(frozen=True)
class Outcome:
    """A column that every run records.

    name         : of the column: the indicator, @municipality and :group where they are not "all"
    indicator    : what is counted; of a function: the name again
    """

    name: str
    indicator: str
    municipality: str = WHOLE
    group: str = WHOLE
    unit: str = ""
    label: str = ""


@dataclass(frozen=True)
class Span:
    """A named window: months "YYYY-MM", and their numbers. Of a function: "" and month 0."""

    name: str
    label: str
    start: str
    end: str
    first: int
    last: int


@dataclass(frozen=True)
class Stop:
    """When there are enough replicates; ``half_width`` in the outcome's unit, ``contrast`` first less second."""

    outcome: str
    window: str
    contrast: tuple[str, str] | None
    half_width: float
    level: float = 0.95
    most: int = 100
    batch: int = 10

    def as_json(self) -> dict[str, Any]:
        """Return the rule as plain values."""
        return asdict(self)


def runner_of(document: Document, form: SweepForm) -> str:
    """Return the name of the function that is run, after loading it."""
    runner = absolute(form.runner, document.file)
    try:
        load_runner(runner)
    except RunnerError as error:
        raise document.error(("runner",), error.wrong, error.right) from None
    for key in ("scale", "start", "end", "burn_in", "windows", "baseline"):
        if getattr(form, key):
            raise document.error((key,), "is given besides runner", "a function has no months: leave it out")
    return runner


def read_outcomes(
    document: Document, form: SweepForm, scenarios: Mapping[str, Scenario]
) -> tuple[Outcome, ...]:
    """Return the outcomes, all names checked."""
    if not form.outcomes:
        raise document.error(("outcomes",), "is empty", "write at least one indicator")
    known = known_outcomes(scenarios) if scenarios else ()
    facts = metadata(tuple(_instruments(scenarios))) if scenarios else {}
    places = {m.name for each in scenarios.values() for m in each.place.municipalities}
    found: dict[str, Outcome] = {}
    for i, item in enumerate(form.outcomes):
        path: KeyPath = ("outcomes", i)
        if isinstance(item, str):
            asked = OutcomeForm.model_validate({"outcome": item})
        elif isinstance(item, dict):
            asked = validated(OutcomeForm, document.part(path))
        else:
            raise document.error(
                path, f"is {quoted(item)}", "it must be a name, or a group with the key outcome"
            )
        where = path if isinstance(item, str) else (*path, "outcome")
        outcome = _outcome(document, path, where, asked, scenarios, (known, facts, places))
        if outcome.name in found:
            raise document.error(where, f"is '{outcome.name}' once more", "each outcome may stand once")
        found[outcome.name] = outcome
    return tuple(found.values())


def _outcome(
    document: Document, path: KeyPath, where: KeyPath, asked: OutcomeForm,
    scenarios: Mapping[str, Scenario], there: tuple[tuple[str, ...], Mapping[str, Mapping[str, str]], set[str]],
) -> Outcome:  # fmt: skip
    known, facts, places = there
    name = asked.outcome
    if not scenarios:
        if not name.isidentifier() or name in KEPT_NAMES:
            taken = name in KEPT_NAMES
            right = "the tables have a column of this name" if taken else "take letters, digits and _"
            raise document.error(where, f"is {quoted(name)}", right)
        return Outcome(name, name, unit=asked.unit)
    if name not in known:
        raise document.error(where, f"is '{name}', which is no indicator", suggestion(name, known))
    if asked.unit:
        raise document.error(
            (*path, "unit"), f"is '{asked.unit}'", f"leave it out: it is {facts[name]['unit']}"
        )
    if asked.municipality != WHOLE and asked.municipality not in places:
        wrong = f"is '{asked.municipality}', which is no municipality of the place"
        raise document.error((*path, "municipality"), wrong, suggestion(asked.municipality, [WHOLE, *places]))
    if asked.group not in GROUPS:
        wrong = f"is '{asked.group}', which is no group of people"
        raise document.error((*path, "group"), wrong, suggestion(asked.group, GROUPS))
    if asked.group != WHOLE and not by_group(name):
        right = "it is not counted by group: leave the group out"
        raise document.error((*path, "group"), f"is '{asked.group}'", right)
    column = name
    column += f"@{asked.municipality}" if asked.municipality != WHOLE else ""
    column += f":{asked.group}" if asked.group != WHOLE else ""
    return Outcome(column, name, asked.municipality, asked.group, facts[name]["unit"], facts[name]["label"])


def without(outcome: Outcome, scenarios: Mapping[str, Scenario]) -> list[str]:
    """Return the scenarios that do not have an outcome: they lack its instrument or its municipality."""
    return [
        name
        for name, each in scenarios.items()
        if outcome.indicator not in known_outcomes({name: each})
        or outcome.municipality not in {WHOLE, *(m.name for m in each.place.municipalities)}
    ]


def empty_columns(outcomes: tuple[Outcome, ...], scenarios: Mapping[str, Scenario]) -> list[str]:
    """Return a sentence for each outcome that some scenarios do not have: its column is empty (NaN) there."""
    lacking = {each.name: without(each, scenarios) for each in outcomes}
    return [
        f"{name} is empty in {', '.join(where)}: not counted there"
        for name, where in lacking.items()
        if where
    ]


def by_group(indicator: str) -> bool:
    """Return whether an indicator is counted by group of people."""
    if indicator.startswith("entries_") and indicator not in INDICATORS:
        return True
    if indicator not in INDICATORS:
        return False
    from labsim.state.world import Counts  # the state loads the compiler

    counts = Counts.empty(1, 1)
    kept = {
        each.name: getattr(counts, each.name)[None] for each in fields(Recorded) if hasattr(counts, each.name)
    }
    nothing = Recorded(**kept, registered=np.zeros((1, 1, 1)), instruments=(" ",), rounds=1, inside=(True,))
    return np.asarray(INDICATORS[indicator].function(nothing)).ndim == GROUPED_NDIM


GROUPED_NDIM = 3
"""Months, municipalities, groups."""


def read_windows(document: Document, form: SweepForm, scenarios: Mapping[str, Scenario]) -> tuple[Span, ...]:
    """Return the windows, which must lie within all scenarios; default: the months that all have."""
    if not scenarios:
        return (Span(WHOLE, "the run", "", "", 0, 0),)
    first = max(parse_month(each.start) for each in scenarios.values())
    last = min(parse_month(each.end) for each in scenarios.values())
    if not form.windows:
        if last < first:
            right = "write start and end for all of them"
            raise document.error(("scenarios",), "have no month in common", right)
        return (Span(WHOLE, "whole run", format_month(first), format_month(last), first, last),)
    found: dict[str, Span] = {}
    for i, window in enumerate(form.windows):
        path: KeyPath = ("windows", i)
        if window.window in found:
            right = "windows of a sweep must have different names"
            raise document.error((*path, "window"), f"is '{window.window}' once more", right)
        for name, scenario in scenarios.items():
            span = f"scenario '{name}' records {scenario.start} to {scenario.end}"
            if parse_month(window.start) < parse_month(scenario.start):
                raise document.error((*path, "start"), f"is {window.start}", span)
            if parse_month(window.end) > parse_month(scenario.end):
                raise document.error((*path, "end"), f"is {window.end}", span)
        label = window.label.en if window.label is not None else window.window
        months = (parse_month(window.start), parse_month(window.end))
        found[window.window] = Span(window.window, label, window.start, window.end, *months)
    return tuple(found.values())


def read_stop(
    document: Document,
    form: SweepForm,
    outcomes: tuple[Outcome, ...],
    windows: tuple[Span, ...],
    scenarios: Mapping[str, Scenario],
    seeds: int,
) -> Stop | None:
    """Return the rule that says when there are enough replicates, all names checked."""
    asked = form.stop
    if asked is None:
        return None
    names = [each.name for each in outcomes]
    if asked.outcome not in names:
        wrong = f"is '{asked.outcome}', which is no outcome of this sweep"
        raise document.error(("stop", "outcome"), wrong, suggestion(asked.outcome, names))
    known = [each.name for each in windows]
    if asked.window is not None and asked.window not in known:
        wrong = f"is '{asked.window}', which is no window of this sweep"
        raise document.error(("stop", "window"), wrong, suggestion(asked.window, known))
    for i, name in enumerate(asked.contrast or ()):
        if name not in scenarios:
            wrong = f"is '{name}', which is no scenario of this sweep"
            raise document.error(("stop", "contrast", i), wrong, suggestion(name, scenarios))
    if asked.contrast is not None and asked.contrast[0] == asked.contrast[1]:
        raise document.error(
            ("stop", "contrast"), f"is '{asked.contrast[0]}' twice", "it needs two different scenarios"
        )
    lacking = without(outcomes[names.index(asked.outcome)], scenarios)
    lacking = [name for name in lacking if asked.contrast is None or name in asked.contrast]
    if lacking:
        right = "take an outcome that it has, or a contrast of scenarios that have this one"
        raise document.error(
            ("stop", "outcome"), f"is '{asked.outcome}', which {lacking[0]} does not have", right
        )
    if asked.most < seeds:
        right = f"the sweep begins with {seeds} replicates"
        raise document.error(("stop", "most"), f"is {asked.most}", right)
    window = asked.window or known[0]
    return Stop(asked.outcome, window, asked.contrast, asked.half_width, asked.level, asked.most, asked.batch)


def _instruments(scenarios: Mapping[str, Scenario]) -> list[str]:
    return [
        name
        for scenario in scenarios.values()
        for regime in scenario.timeline.regimes
        for name in scenario.regimes[regime].instruments
    ]
