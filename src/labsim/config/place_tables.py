"""The tables that a place.yaml names: its own, and those of other places for municipalities that it shares."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from labsim.config.documents import Document
from labsim.config.errors import ConfigError, Problem, quoted, shown, suggestion
from labsim.config.files import is_file
from labsim.config.tables import (
    commuter_matrix,
    read_cohorts,
    read_commuters,
    read_pairs,
    read_series,
    read_targets,
)
from labsim.state.place import SeriesPoint

type Points = tuple[SeriesPoint, ...]
SERIES = ("employees", "population")
NOTHING: dict[str, Any] = {
    "employees": (),
    "population": (),
    "cohorts": (),
    "targets": (),
    "commuters": None,
}
"""What stands for a table of a place that it does not have."""
TABLES = tuple(NOTHING)


def read_table(document: Document, key: str, given: Any, names: list[str], *, fictional: bool) -> Any:
    """Return employees, population, cohorts or targets as points, or commuters as a matrix, from a key's tables."""
    if given is None or (key == "commuters" and is_matrix(given)):
        return NOTHING[key] if given is None else given
    read = _commuters if key == "commuters" else _points
    return read(document, key, given, names, fictional=fictional)


def is_matrix(given: Any) -> bool:
    """Return whether commuters are written out, not in files."""
    return isinstance(given, list | tuple) and not any(isinstance(each, str) for each in given)


def table_file(document: Document, key: str, given: str, path: tuple[str | int, ...] = ()) -> Path:
    """Return the CSV file that a key names, beside place.yaml or on a path from there."""
    file = document.file.parent / given
    if not is_file(file):
        near = [each.name for each in document.file.parent.glob("*.csv")]
        raise document.error(path or (key,), f"no such file {quoted(given)}", suggestion(given, near))
    return file


def _files(document: Document, key: str, given: Any) -> dict[Path, bool]:
    """Return the files that a key names, and whether each is the table of another place."""
    wanted = [given] if isinstance(given, str) else given
    if not (isinstance(wanted, list | tuple) and wanted and all(isinstance(each, str) for each in wanted)):
        right = "it must be the name of a CSV file" + (
            " or a matrix" if key == "commuters" else ", or a list of such names"
        )
        raise document.error((key,), f"is {quoted(given)}", right)
    here = document.file.parent.resolve()
    files = [
        table_file(document, key, each, (key,) if isinstance(given, str) else (key, i))
        for i, each in enumerate(wanted)
    ]
    return {file: file.resolve().parent != here for file in files}


def _points(document: Document, key: str, given: Any, names: list[str], *, fictional: bool) -> Points:
    read: Callable[..., Points] = {"targets": read_targets, "cohorts": read_cohorts}.get(key, read_series)
    series = (key,) if key in SERIES else ()
    points: list[SeriesPoint] = []
    seen: dict[tuple[str, str, str], Path] = {}
    files = _files(document, key, given)
    for file, shared in files.items():
        found = read(file, *series, names, fictional=fictional, shared=shared)
        if not found:
            right = (
                f"it has no row of {', '.join(names[:3])}{', ...' if len(names) > 3 else ''}: leave it out"
            )
            raise document.error((key,), f"names {quoted(shown(file))}", right)
        for point in found:
            figure = (point.series, point.municipality, point.date)
            if figure in seen:
                what = f"{point.series} of {point.municipality} in {point.date}"
                wrong = f"the {what} stands in {shown(seen[figure])} too"
                raise ConfigError(Problem(wrong, "keep one of them", "municipality", file, 1))
            seen[figure] = file
        points += found
    if key in SERIES:
        _complete(key, points, names, next(reversed(files)))
    return tuple(points)


def _complete(key: str, points: list[SeriesPoint], names: list[str], file: Path) -> None:
    """Refuse a series that leaves out a municipality: the others could not be compared with it."""
    have = dict.fromkeys(point.municipality for point in points)
    missing = [name for name in names if name not in have]
    if missing:
        dates = [point.date for point in points]
        told = ", ".join(missing[:3]) + (", ..." if len(missing) > 3 else "")
        wrong = f"has no row for {told}" + (f" ({len(missing)} of {len(names)})" if len(missing) > 1 else "")
        right = f"add the {key} of {min(dates)} to {max(dates)}: the table must hold every municipality"
        raise ConfigError(Problem(wrong, right, "municipality", file, 1))


def _commuters(document: Document, key: str, given: Any, names: list[str], *, fictional: bool) -> Any:
    files = _files(document, key, given)
    if isinstance(given, str):
        return read_commuters(next(iter(files)), names, fictional=fictional)
    pairs = {
        file: read_pairs(file, names, fictional=fictional, shared=shared) for file, shared in files.items()
    }
    return commuter_matrix(pairs, names)


def same_years(document: Document, employees: Points, population: Points) -> None:
    """Refuse employees without the residents of the same year: demand moves with employees per resident."""
    residents = {(point.municipality, point.date) for point in population}
    for point in employees if population else ():
        if (point.municipality, point.date) not in residents:
            wrong = f"has no row for {point.municipality} in {point.date}"
            raise document.error(
                ("population",), wrong, "employees has one, and the two are divided by each other"
            )
