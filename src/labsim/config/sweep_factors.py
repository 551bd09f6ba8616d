"""The uncertainties and levers of a sweep's file, checked against what is declared."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from labsim.config.documents import Document, KeyPath
from labsim.config.errors import ConfigError, Problem, quoted, suggestion
from labsim.config.factors import Declared, Factor, Role, UnknownName, at_point, declared, reason, touched
from labsim.config.problems import Leaf, validated
from labsim.config.sweep_forms import FactorForm, SweepForm
from labsim.scenario import Scenario

GROUPS: dict[str, Role] = {"uncertainties": "uncertainty", "levers": "lever"}
MOST_NAMES = 12
"""Names that a message lists."""
_ANYTHING = Declared("real", None, None, "", "")


def read_factors(
    document: Document, form: SweepForm, scenarios: Mapping[str, Scenario]
) -> tuple[Factor, ...]:
    """Return the factors in the order of the file, uncertainties first; all mistakes in one ConfigError."""
    found: dict[str, Factor] = {}
    problems: list[Problem] = []
    for group, role in GROUPS.items():
        given = getattr(form, group)
        if not isinstance(given, dict):
            raise document.error(
                (group,), f"is {quoted(given)}", "it must be a group: name: {low: .., high: ..}"
            )
        for name, written in given.items():
            path: KeyPath = (group, name)
            try:
                if name in found:
                    right = "each may be an uncertainty or a lever, not both"
                    raise document.error(path, "stands under uncertainties, too", right)
                if not isinstance(written, dict | None):
                    right = "it must be a group: {low: .., high: ..}, {values: [..]}, or {}"
                    raise document.error(path, f"is {quoted(written)}", right)
                found[name] = _factor(document, path, role, scenarios)
            except ConfigError as error:
                problems += error.problems
    if problems:
        raise ConfigError(*problems)
    return tuple(found.values())


def _factor(document: Document, path: KeyPath, role: Role, scenarios: Mapping[str, Scenario]) -> Factor:
    form = validated(FactorForm, document.part(path))
    told = _ANYTHING if not scenarios else _declared(document, path, scenarios)
    for i, each in enumerate(form.scenarios):
        if each not in scenarios:
            wrong = f"is '{each}', which is no scenario of this sweep"
            raise document.error((*path, "scenarios", i), wrong, suggestion(each, scenarios))
    label = form.label.en if form.label is not None else ""
    about = {"unit": told.unit, "meaning": told.meaning, "label": label, "note": form.note,
             "scenarios": form.scenarios}  # fmt: skip
    if form.values is not None:
        factor = _of_values(document, path, form, told, role, about)
    else:
        factor = _of_range(document, path, form, told, role, about)
    _try(document, path, factor, scenarios)
    return factor


def _declared(document: Document, path: KeyPath, scenarios: Mapping[str, Scenario]) -> Declared:
    """Return what the factor's name stands for, or refuse it with the nearest name."""
    name = str(path[1])
    try:
        return declared(name, scenarios)
    except UnknownName as error:
        right = error.right or suggestion(error.name, error.known)
        if not error.right and not right.startswith("did") and len(error.known) > MOST_NAMES:
            right = "see the names with `labsim show SCENARIO`; levers begin with transition., regime. or instrument."
        raise document.error(path, error.wrong, right) from None


def _of_values(
    document: Document, path: KeyPath, form: FactorForm, told: Declared, role: Role, about: dict[str, Any]
) -> Factor:
    """Return a factor with listed values."""
    where = (*path, "values")
    for key in ("low", "high", "levels"):
        if getattr(form, key) is not None:
            raise document.error((*path, key), "is given besides values", "write a range, or values")
    if not isinstance(form.values, list) or not form.values:
        wrong = "is empty" if form.values == [] else f"is {quoted(form.values)}"
        raise document.error(where, wrong, "it must be a list of at least one value, as in [0, 6, 12]")
    for i, value in enumerate(form.values):
        _allowed(document, (*where, i), value, told)
        if value in form.values[:i]:
            raise document.error((*where, i), f"is {quoted(value)} once more", "each value may stand once")
    words = told.sort == "choice"
    if words:
        low, high = 0.0, float(len(form.values) - 1)
        return Factor(str(path[1]), role, "choice", low, high, tuple(form.values), **about)
    numbers = tuple(int(each) if told.sort == "whole" else float(each) for each in form.values)
    return Factor(str(path[1]), role, told.sort, float(min(numbers)), float(max(numbers)), numbers, **about)


def _of_range(
    document: Document, path: KeyPath, form: FactorForm, told: Declared, role: Role, about: dict[str, Any]
) -> Factor:
    """Return a factor with a range, by default the one that is declared."""
    if told.sort == "choice":
        words = [quoted(each) for each in told.choices]
        if form.low is None and form.high is None and told.choices:
            last = float(len(told.choices) - 1)
            return Factor(str(path[1]), role, "choice", 0.0, last, told.choices, **about)
        known = f": {', '.join(words)}" if words else " such as [2003-01, 2005-01]"
        raise document.error(path, "is not a number", f"list the values (values: [...]){known}")
    ends = {}
    for key, limit in (("low", told.low), ("high", told.high)):
        value = getattr(form, key)
        if value is None and limit is None:
            raise document.error(path, f"has no {key}", f"write it: no {key}est value is declared")
        if value is not None:
            _allowed(document, (*path, key), value, told)
        ends[key] = float(limit if value is None else value)  # type: ignore[arg-type]  # one of them is there
    if not ends["low"] < ends["high"]:
        key = "low" if form.low is not None else "high"
        other = "high" if key == "low" else "low"
        right = f"it must be {'below' if key == 'low' else 'above'} {other} ({ends[other]:g})"
        raise document.error((*path, key), f"is {ends[key]:g}", right)
    return Factor(str(path[1]), role, told.sort, ends["low"], ends["high"], (), form.levels, **about)


def _allowed(document: Document, path: KeyPath, value: Any, told: Declared) -> None:
    """Refuse a value that the declaration does not allow."""
    meaning = f" ({told.meaning})" if told.meaning else ""
    right = Leaf(
        int if told.sort == "whole" else float, told.unit, told.meaning, told.low, told.high
    ).phrase()
    right = f"it {'is' if right.startswith('a share') else 'must be'} {right}"
    if told.sort == "choice":
        if told.choices and not any(type(value) is type(each) and value == each for each in told.choices):
            words = ", ".join(quoted(each) for each in told.choices)
            raise document.error(path, f"is {quoted(value)}", f"it must be one of {words}{meaning}")
        if not told.choices and not isinstance(value, str):
            raise document.error(path, f"is {quoted(value)}", f"it must be a month, YYYY-MM{meaning}")
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise document.error(path, f"is {quoted(value)}", right)
    low = -math.inf if told.low is None else told.low
    high = math.inf if told.high is None else told.high
    if not low <= value <= high or (told.sort == "whole" and value != int(value)):
        raise document.error(path, f"is {value:g}", right)


def _try(document: Document, path: KeyPath, factor: Factor, scenarios: Mapping[str, Scenario]) -> None:
    """Set the factor's ends in every scenario, and refuse it where one cannot be."""
    reached = [
        each
        for name, each in scenarios.items()
        if touched(factor.name, each) and (not factor.scenarios or name in factor.scenarios)
    ]
    if scenarios and not reached:
        raise document.error(path, "changes no scenario", "name scenarios that have what it sets")
    ends = (
        range(len(factor.values)) if factor.kind == "choice" else factor.values or (factor.low, factor.high)
    )
    for scenario in reached:
        for end in ends:
            try:
                at_point(scenario, (factor,), {factor.name: float(end)})
            except ValueError as error:
                shown = quoted(factor.written(float(end)))
                right = f"scenario '{scenario.scenario}' does not bear it ({reason(error)})"
                raise document.error(path, f"takes the value {shown}", right) from None
