"""A figure is never both, input or test, fitted or held out: which published figures a target uses, and clashes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from labsim.config.documents import Document, KeyPath
from labsim.config.errors import Problem
from labsim.config.record import WHOLE, months_of
from labsim.scenario import Scenario
from labsim.state.place import Place

FIT, HOLD_OUT, INPUT = "fit", "hold_out", "input"
BREAK, BROKEN = "break", "broken"
START_FIGURES = ("unemployment_rate", "long_term_share")
"""Figures of a municipality in place.yaml from which the burn-in starts."""

type Figure = tuple[str, str, str]
"""Series, municipality, date."""

type Row = tuple[KeyPath, Mapping[str, Any]]
"""Where a target stands, and the target."""


def points_of(place: Place, inside: Sequence[str], target: Mapping[str, Any]) -> frozenset[Figure]:
    """Return the published figures that a target held against a series uses, those of both of its periods.

    The place as a whole uses the figures of its municipalities: the published one, where there is any, is made of
    them. A date at which one of them is missing is used only if the whole was published.
    """
    from labsim.analysis.statistics import STATISTICS

    name = str(target["series"])
    dropped = (BROKEN,) if target["breaks"] else (BREAK, BROKEN)
    kept = {
        (point.municipality, point.date)
        for point in place.targets
        if point.series == name and point.flag not in dropped and _in(point.date, target)
    }
    if target["municipality"] != WHOLE:
        return frozenset((name, *each) for each in kept if each[0] == target["municipality"])
    if STATISTICS[target["statistic"]].many:
        return frozenset((name, *each) for each in kept if each[0] in inside)
    whole = {
        date
        for date in dict.fromkeys(date for _, date in sorted(kept))
        if (WHOLE, date) in kept or all((each, date) in kept for each in inside)
    }
    return frozenset((name, each, date) for each in inside for date in whole)


def start_figures(
    document: Document, scenario: Scenario, inside: Sequence[str], rows: Sequence[Row]
) -> Iterator[Problem]:
    """Yield a problem for each target that tests a figure from which the place starts."""
    year = scenario.start[:4]
    starts = {
        (series, each.name): float(getattr(each, series))
        for series in START_FIGURES
        for each in scenario.place.municipalities
    }
    taken = {
        (point.series, point.municipality, point.date)
        for point in scenario.place.targets
        if point.date == year and starts.get((point.series, point.municipality)) == point.value
    }
    for path, target in rows:
        if not target["series"] or target["role"] == INPUT:
            continue
        used = sorted(points_of(scenario.place, inside, target) & taken)
        if used:
            series, name, _ = used[0]
            wrong = f"is '{target['role']}', though the place starts from the {series} of {name} in {year}"
            yield document.problem(
                (*path, "role"), wrong, f"it must be input, or let the period begin after {year}"
            )


def overlaps(
    document: Document, scenario: Scenario, inside: Sequence[str], rows: Sequence[Row]
) -> Iterator[Problem]:
    """Yield a problem for each hold-out that uses a figure that a fit uses."""
    fitted: dict[Figure, str] = {}
    for _, target in rows:
        if target["role"] == FIT:
            for figure in sorted(_figures(scenario.place, inside, target)):
                fitted.setdefault(figure, str(target["target"]))
    for path, target in rows:
        if target["role"] != HOLD_OUT:
            continue
        both = sorted(_figures(scenario.place, inside, target) & fitted.keys())
        if both:
            series, name, date = both[0]
            what = f"{series} of {name} in {date}" if date else f"finding of {name}"
            wrong = f"is 'hold_out', though '{fitted[both[0]]}' is fitted to the same figure ({what})"
            yield document.problem(
                (*path, "role"), wrong, "a figure is never both: choose other years, or make it an input"
            )


def _figures(place: Place, inside: Sequence[str], target: Mapping[str, Any]) -> frozenset[Figure]:
    if target["series"]:
        return points_of(place, inside, target)
    period = f"{target['period']} {target['before'] or ''}".strip()
    return frozenset({(target["source"], f"{target['value']} {target['unit']} {period}", "")})


def _in(date: str, target: Mapping[str, Any]) -> bool:
    """Return whether a date has a month in one of the target's periods."""
    first, last = months_of(date)
    spans = [months_of(each) for each in (target["period"], target["before"]) if each]
    return any(first <= end and last >= start for start, end in spans)
