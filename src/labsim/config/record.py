"""The record: published values that an experiment holds its runs against."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Protocol

from pydantic import BeforeValidator, Field, WithJsonSchema

from labsim.config.documents import Document, KeyPath
from labsim.config.errors import ConfigError, suggestion
from labsim.indicators.recorded import GROUPS
from labsim.indicators.registry import metadata
from labsim.params import Declared
from labsim.scenario import Scenario
from labsim.state.place import Label
from labsim.units import parse_month

WHOLE = "all"
SURE = ("SEEN", "SEEN-2nd", "DERIVED")
"""How sure a published figure is: read in the source, read second hand, or computed from figures that were read."""

_PERIOD = re.compile(r"(\d{4})|(\d{4}-\d{2})(?:\.\.(\d{4}-\d{2}))?")
_PERIODS = "it must be a year (2003), a month (2003-01), or a first and a last month (2003-01..2003-06)"
_MEMORY = "a figure from memory is no published one: look it up, or leave the row out"


def _text(value: Any) -> Any:
    """Return a year as the text of it."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


_PERIOD_SCHEMA = {"anyOf": [{"type": "integer"}, {"type": "string"}]}
Period = Annotated[str, BeforeValidator(_text), WithJsonSchema(_PERIOD_SCHEMA)]
Sure = Annotated[str, WithJsonSchema({"enum": list(SURE)})]


class RecordRow(Declared):
    """A published value, and what of the runs is held against it."""

    what: Label = Field(description="what is compared, for readers")
    scenario: str = Field(description="name of the scenario")
    indicators: tuple[str, ...] = Field(description="names of indicators; their sum is compared")
    municipality: str = Field(WHOLE, description="name of a municipality; all = the whole place")
    group: str = Field(WHOLE, description="name of a group of people; all = everybody")
    period: Period = Field(description="a year, a month, or a first and a last month, as in 2005-01..2005-12")
    relative_to: Period | None = Field(
        None, description="an earlier period; the value is then the ratio of the two means in %"
    )
    per: tuple[str, ...] = Field(
        (), description="names of indicators by whose sum (of everybody) the value is divided, in %"
    )
    published: float = Field(description="the published value, in the unit of the row")
    unit: str = Field(description="unit of the value, for readers")
    sure: Sure = Field(
        description="SEEN, SEEN-2nd (second hand) or DERIVED (computed from figures that were read)"
    )
    source: str = Field(description="where the value was published")
    input: bool = Field(
        False, description="whether something in the runs was set by this figure; then it is no test"
    )
    note: str = Field("", description="what a reader must know to compare the two")


class Form(Protocol):
    """What of an experiment's file is needed here."""

    @property
    def record(self) -> tuple[RecordRow, ...]:
        """The rows."""
        ...


def check_record(document: Document, form: Form, scenarios: Mapping[str, Scenario]) -> tuple[RecordRow, ...]:
    """Return the rows of a record, after checking that the runs will have what each of them compares."""
    for i, row in enumerate(form.record):
        path: KeyPath = ("record", i)
        _known(document, (*path, "scenario"), row.scenario, "no scenario of this experiment", scenarios)
        scenario = scenarios[row.scenario]
        known = indicators_of(scenario)
        for key in ("indicators", "per"):
            for j, name in enumerate(getattr(row, key)):
                _known(document, (*path, key, j), name, f"no indicator of '{row.scenario}'", known)
        if not row.indicators:
            raise document.error((*path, "indicators"), "is empty", "name at least one indicator")
        places = (WHOLE, *(each.name for each in scenario.place.municipalities))
        _known(document, (*path, "municipality"), row.municipality, "no municipality of the place", places)
        _known(document, (*path, "group"), row.group, "no group of people", GROUPS)
        for key in ("period", "relative_to"):
            if getattr(row, key) is not None:
                _inside(document, (*path, key), getattr(row, key), scenario)
        _sure(document, (*path, "sure"), row.sure)
        for key in ("source", "unit"):
            if not getattr(row, key).strip():
                raise document.error((*path, key), "is empty", f"write the {key} of the published value")
    return form.record


def indicators_of(scenario: Scenario) -> tuple[str, ...]:
    """Return the names of all indicators that the runs of a scenario have."""
    names = [name for regime in scenario.timeline.regimes for name in scenario.regimes[regime].instruments]
    return tuple(metadata(tuple(names)))


def months_of(period: str) -> tuple[int, int]:
    """Return first and last month number of a period; raises ValueError if it is none.

    >>> months_of("2003") == months_of("2003-01..2003-12")
    True
    """
    match = _PERIOD.fullmatch(period)
    if match is None:
        raise ValueError(_PERIODS)
    year, first, last = match.groups()
    if year is not None:
        return parse_month(f"{year}-01"), parse_month(f"{year}-12")
    return parse_month(first), parse_month(last or first)


def _inside(document: Document, path: KeyPath, period: str, scenario: Scenario) -> None:
    """Refuse what is no period, and months that the scenario does not record."""
    try:
        first, last = months_of(period)
    except ValueError as error:
        text = str(error)
        raise document.error(path, f"is '{period}'", text if text == _PERIODS else _PERIODS) from None
    if last < first:
        raise document.error(path, f"is '{period}'", "the first month must not come after the last one")
    if first < parse_month(scenario.start) or last > parse_month(scenario.end):
        right = f"scenario '{scenario.scenario}' records {scenario.start} to {scenario.end}"
        raise document.error(path, f"is '{period}'", right)


def _sure(document: Document, path: KeyPath, sure: str) -> None:
    if sure in SURE:
        return
    if sure.upper().strip() in {"MEMORY", "M"}:
        raise document.error(path, f"is '{sure}'", _MEMORY)
    near = suggestion(sure, SURE)
    right = near if near.startswith("did") else f"it must be {', '.join(SURE[:-1])} or {SURE[-1]}"
    raise document.error(path, f"is '{sure}'", right)


def _known(document: Document, path: KeyPath, name: str, what: str, known: Iterable[str]) -> None:
    there = tuple(known)
    if name not in there:
        raise ConfigError(document.problem(path, f"is '{name}', which is {what}", suggestion(name, there)))
