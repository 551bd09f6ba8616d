"""Factors of a sweep: what their names mean, which values they may take, and how they are set in a scenario.

A factor is named by what it sets:

``demand.level``                         a parameter of behaviour, by its path
``transition.gap``                       a field of the only transition of each scenario that has one
``transitions[2].gap``                   a field of the second transition
``regime.NAME.casework.meetings``        a value of one regime, wherever it is used
``instrument.NAME.budget``               a setting of an instrument, in all regimes that have it
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from labsim.parameters import Parameters
from labsim.params import bounds
from labsim.policy.instrument import load_instruments
from labsim.policy.regime import Regime
from labsim.policy.transition import Timeline, Transition
from labsim.scenario import Scenario

Role = Literal["uncertainty", "lever"]
Sort = Literal["real", "whole", "choice"]

_TRANSITIONS = re.compile(r"transitions\[(\d+)\]\.(\w+)")


@dataclass(frozen=True)
class Factor:
    """One dimension of a sweep.

    name      : what it sets
    role      : "uncertainty" or "lever"
    kind      : "real", "whole" (numbers) or "choice" (the design has the number of the value, from 0)
    low, high : range of a real or whole factor, in its unit; of a choice: 0 and the number of the last value
    values    : the values themselves, if they are listed; () for a range
    levels    : evenly spaced values in a full grid, if that many are asked for
    unit, meaning, label, note : for readers
    scenarios : the only scenarios that it changes; () = all
    """

    name: str
    role: Role
    kind: Sort
    low: float
    high: float
    values: tuple[Any, ...] = ()
    levels: int | None = None
    unit: str = ""
    meaning: str = ""
    label: str = ""
    note: str = ""
    scenarios: tuple[str, ...] = ()

    @property
    def is_range(self) -> bool:
        """Whether it may take any value (or any whole number) between low and high."""
        return not self.values

    def written(self, number: float) -> Any:
        """Return what is set for a number of the design: itself, a whole number, or the value of that number.

        >>> Factor("x", "lever", "choice", 0, 1, ("step", "linear")).written(1.0)
        'linear'
        """
        if self.kind == "choice":
            return self.values[int(number)]
        return int(number) if self.kind == "whole" else float(number)

    def number(self, value: Any) -> float:
        """Return the number by which the design names a value; raises ValueError if it is none of the factor's."""
        if self.kind == "choice":
            kinds = [(type(each), each) for each in self.values]
            return float(kinds.index((type(value), value)))
        return float(value)

    def as_json(self) -> dict[str, Any]:
        """Return the factor as plain values."""
        return {
            name: list(value) if isinstance(value := getattr(self, name), tuple) else value
            for name in type(self).__dataclass_fields__
        }


def factor_from(facts: Mapping[str, Any]) -> Factor:
    """Return a factor from its plain values."""
    lists = {name: tuple(facts[name]) for name in ("values", "scenarios")}
    return Factor(**{**facts, **lists})


class Declared(NamedTuple):
    """What a factor's name stands for: a declared field.

    choices : values that it may take, if these are few (yes or no, or a closed list); () = numbers, or text
    """

    sort: Sort
    low: float | None
    high: float | None
    unit: str
    meaning: str
    choices: tuple[Any, ...] = ()


class UnknownName(ValueError):  # noqa: N818 - it says what it is
    """A name that stands for nothing; ``known``: names that are near it in the same place; or ``right``: what to do."""

    def __init__(self, wrong: str, name: str = "", known: Sequence[str] = (), right: str = "") -> None:
        super().__init__(wrong)
        self.wrong, self.name, self.known, self.right = wrong, name, known, right


@lru_cache(maxsize=1)
def parameter_paths() -> dict[str, Declared]:
    """Return every parameter that is one number (or yes or no), by path."""
    found: dict[str, Declared] = {}
    for group in Parameters.model_fields:
        model = type(getattr(Parameters(), group))
        for name, field in model.model_fields.items():
            declared = _declared(field)
            if declared is not None:
                found[f"{group}.{name}"] = declared
    return found


def declared(name: str, scenarios: Mapping[str, Scenario]) -> Declared:
    """Return what a factor's name stands for in these scenarios; raises UnknownName if it stands for nothing."""
    first, _, rest = name.partition(".")
    if first == "transition" or first.startswith("transitions["):
        return _of_transition(name, scenarios)
    if first == "regime":
        return _of_regime(name, rest, scenarios)
    if first == "instrument":
        return _of_instrument(name, rest, scenarios)
    known = parameter_paths()
    if name in known:
        return known[name]
    starts = ("transition.", "regime.", "instrument.")
    wrong = "is no parameter" if "." in name else "is no path"
    raise UnknownName(wrong, name, [*known, *(f"{start}..." for start in starts)])


def touched(name: str, scenario: Scenario) -> bool:
    """Return whether a factor of this name changes a scenario at all."""
    first, _, rest = name.partition(".")
    count = len(scenario.timeline.transitions)
    if first == "transition":
        return count > 0
    if first.startswith("transitions["):
        match = _TRANSITIONS.fullmatch(name)
        return match is not None and int(match[1]) <= count
    if first == "regime":
        return rest.partition(".")[0] in scenario.timeline.regimes
    if first == "instrument":
        instrument = rest.partition(".")[0]
        return any(instrument in scenario.regimes[each].instruments for each in scenario.timeline.regimes)
    return True


def at_point(scenario: Scenario, factors: Sequence[Factor], values: Mapping[str, float]) -> Scenario:
    """Return a scenario with the factors set; what they leave alone stays the same object.

    Raises ValueError (also as pydantic's ValidationError) if the values cannot stand together.
    """
    changes: dict[tuple[str, ...], dict[str, Any]] = {}
    for factor in factors:
        if factor.scenarios and scenario.scenario not in factor.scenarios:
            continue
        if factor.name in values and touched(factor.name, scenario):
            target, field = _target(factor.name, scenario)
            changes.setdefault(target, {})[field] = factor.written(values[factor.name])
    if not changes:
        return scenario
    update: dict[str, Any] = {}
    groups = {target[1]: told for target, told in changes.items() if target[0] == "parameters"}
    if groups:
        update["parameters"] = _parameters(scenario.parameters, groups)
    transitions = {int(target[1]): told for target, told in changes.items() if target[0] == "transitions"}
    if transitions:
        changed = tuple(
            _with(each, transitions[i]) if i in transitions else each
            for i, each in enumerate(scenario.timeline.transitions)
        )
        update["timeline"] = Timeline(initial=scenario.timeline.initial, transitions=changed)
    rules = {target[1:]: told for target, told in changes.items() if target[0] in {"regime", "instrument"}}
    if rules:
        update["regimes"] = _regimes(scenario, rules)
    made = scenario.model_copy(update=update)
    made._consistent()  # type: ignore[operator]  # noqa: SLF001 - its decorator hides a method; parts are checked
    return made


def reason(error: ValueError) -> str:
    """Return what is wrong, in one line, of an error that setting factors raised."""
    if isinstance(error, ValidationError):
        return "; ".join(
            " ".join([*(str(part) for part in each["loc"]), each["msg"].removeprefix("Value error, ")])
            for each in error.errors()
        )
    return str(error)


def _target(name: str, scenario: Scenario) -> tuple[tuple[str, ...], str]:
    """Return which group a factor sets (its place in the scenario), and which field of it."""
    first, _, rest = name.partition(".")
    if first == "transition":
        if len(scenario.timeline.transitions) > 1:
            raise ValueError(
                f"scenario '{scenario.scenario}' has several transitions; write transitions[1].{rest}"
            )
        return ("transitions", "0"), rest
    if first.startswith("transitions["):
        match = _TRANSITIONS.fullmatch(name)
        assert match is not None
        return ("transitions", str(int(match[1]) - 1)), match[2]
    group, _, field = rest.rpartition(".")
    if first == "regime":
        regime, _, inside = group.partition(".")
        return ("regime", regime, *inside.split(".")), field
    if first == "instrument":
        return ("instrument", group), field
    return ("parameters", first), rest


def _parameters(base: Parameters, groups: Mapping[str, Mapping[str, Any]]) -> Parameters:
    """Return parameters with some changed; neighbouring scenarios at one point get the same object."""
    told = tuple((group, *sorted(values.items())) for group, values in sorted(groups.items()))
    for parameters, known, found in _LATEST:
        if parameters is base and known == told:
            return found
    made = base.model_copy(
        update={name: _with(getattr(base, name), values) for name, values in groups.items()}
    )
    _LATEST.append((base, told, made))
    return made


_LATEST: deque[tuple[Parameters, Any, Parameters]] = deque(maxlen=4)
"""Parameters that were made last: base, changes, result."""


def _regimes(scenario: Scenario, rules: Mapping[tuple[str, ...], Mapping[str, Any]]) -> dict[str, Regime]:
    """Return the regimes of a scenario with some of their values changed; those not in use stay as they are."""
    in_use = set(scenario.timeline.regimes)
    out = dict(scenario.regimes)
    for name, regime in scenario.regimes.items():
        if name not in in_use:
            continue
        update: dict[str, Any] = {}
        instruments = dict(regime.instruments)
        for path, told in rules.items():
            if len(path) == 1 and path[0] in instruments:
                instruments[path[0]] = _with(instruments[path[0]], told)
            elif len(path) == 3 and path[0] == name:
                instruments[path[2]] = _with(instruments[path[2]], told)
            elif len(path) == 2 and path[0] == name:
                update[path[1]] = _with(getattr(regime, path[1]), told)
        if any(instruments[each] is not regime.instruments[each] for each in instruments):
            update["instruments"] = instruments
        if update:
            out[name] = regime.model_copy(update=update)
            out[name]._somebody_pays()  # type: ignore[operator]  # noqa: SLF001 - as in at_point
    return out


def _with[M: BaseModel](group: M, changes: Mapping[str, Any]) -> M:
    """Return a declared group with some values changed, checked; the same object if nothing changes."""
    if all(getattr(group, name) == value for name, value in changes.items()):
        return group
    return type(group).model_validate({**dict(group), **changes})


def _of_transition(name: str, scenarios: Mapping[str, Scenario]) -> Declared:
    match = _TRANSITIONS.fullmatch(name)
    counts = {key: len(each.timeline.transitions) for key, each in scenarios.items()}
    if match is not None:
        if not 1 <= int(match[1]) <= max(counts.values(), default=0):
            most = max(counts.values(), default=0)
            raise UnknownName(f"names transition {match[1]}", right=f"no scenario has more than {most}")
        field = match[2]
    elif name.startswith("transition."):
        several = next((key for key, count in counts.items() if count > 1), None)
        field = name.removeprefix("transition.")
        if several is not None:
            right = (
                f"scenario '{several}' has {counts[several]}: write transitions[1].{field}, or another number"
            )
            raise UnknownName("names the only transition", right=right)
        if not any(counts.values()):
            right = "no scenario has one: take another name, or other scenarios"
            raise UnknownName("names the transition of a scenario", right=right)
    else:
        raise UnknownName(
            "is no name of a transition's field", name, ("transition.gap", "transitions[1].gap")
        )
    return _field(Transition, field, name.removesuffix(field))


def _of_regime(name: str, rest: str, scenarios: Mapping[str, Scenario]) -> Declared:
    regimes = {key: each for scenario in scenarios.values() for key, each in _used(scenario)}
    regime, _, inside = rest.partition(".")
    if regime not in regimes:
        known = [f"regime.{each}" for each in regimes]
        raise UnknownName(f"names the regime '{regime}', which no scenario has", f"regime.{regime}", known)
    group, _, field = inside.rpartition(".")
    if group.startswith("instruments."):
        instrument = group.removeprefix("instruments.")
        there = {key: each.instruments for key, each in regimes.items()}[regime]
        if instrument not in there:
            known = [f"regime.{regime}.instruments.{each}" for each in there]
            wrong = f"names the instrument '{instrument}', which the regime lacks"
            raise UnknownName(wrong, f"regime.{regime}.{group}", known)
        return _field(type(there[instrument]), field, name.removesuffix(field))
    groups = {
        key: type(value)
        for key in Regime.model_fields
        if isinstance(value := getattr(regimes[regime], key), BaseModel) and key not in {"label", "funding"}
    }
    if group not in groups:
        known = [f"regime.{regime}.{each}" for each in groups]
        raise UnknownName(
            f"names '{group}', which is no group of a regime", f"regime.{regime}.{group}", known
        )
    return _field(groups[group], field, name.removesuffix(field))


def _of_instrument(name: str, rest: str, scenarios: Mapping[str, Scenario]) -> Declared:
    instrument, _, field = rest.partition(".")
    there = {
        key for scenario in scenarios.values() for _, each in _used(scenario) for key in each.instruments
    }
    if instrument not in there:
        known = [f"instrument.{each}" for each in sorted(there)]
        wrong = f"names the instrument '{instrument}', which no regime of these scenarios has"
        raise UnknownName(wrong, f"instrument.{instrument}", known)
    return _field(load_instruments()[instrument], field, name.removesuffix(field))


def _used(scenario: Scenario) -> Iterator[tuple[str, Regime]]:
    """Yield the regimes that a scenario's timeline names."""
    for name in dict.fromkeys(scenario.timeline.regimes):
        yield name, scenario.regimes[name]


def _field(model: type[BaseModel], name: str, before: str) -> Declared:
    """Return the declaration of a field; raises UnknownName if it is none that a number or a word can be set to."""
    known = {
        each: found for each, field in model.model_fields.items() if (found := _declared(field)) is not None
    }
    if name not in known:
        names = [before + each for each in known]
        if name in model.model_fields:
            right = f"only one number or word can be varied: {', '.join(names)}"
            raise UnknownName(f"names '{name}', which is no single value", right=right)
        raise UnknownName(f"names '{name}', which there is not", before + name, names)
    return known[name]


def _declared(field: FieldInfo) -> Declared | None:
    """Return what a field's declaration says, None if it is not one number, yes or no, or a word."""
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    if "unit" not in extra:
        return None
    kind = _plain(field.annotation)
    low, high = bounds(field)
    unit, meaning = str(extra["unit"]), field.description or ""
    if kind is bool:
        return Declared("choice", None, None, unit, meaning, (False, True))
    if get_origin(kind) is Literal:
        return Declared("choice", None, None, unit, meaning, get_args(kind))
    if kind is str and unit == "YYYY-MM":
        return Declared("choice", None, None, unit, meaning)
    if kind in {int, float}:
        return Declared("whole" if kind is int else "real", low, high, unit, meaning)
    return None


def _plain(annotation: Any) -> Any:
    """Return an annotation without "or None"."""
    if get_origin(annotation) in {Union, UnionType}:
        inner = [each for each in get_args(annotation) if each is not NoneType]
        return inner[0] if len(inner) == 1 else annotation
    return annotation
