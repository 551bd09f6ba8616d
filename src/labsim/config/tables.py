"""CSV tables of a place: one published figure a line, with unit, source and whether it was verified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from labsim.config.csv_tables import Row, Table
from labsim.config.errors import ConfigError, Problem
from labsim.state.place import WHOLE, SeriesPoint

OF_THOSE_WHO_REACH_65 = "% of those who reach 65"


def read_series(
    file: Path, series: str, municipalities: Sequence[str], *, fictional: bool, shared: bool = False
) -> tuple[SeriesPoint, ...]:
    """Return a series that drives demand: columns municipality, year, value in thousand persons, ...

    Of a `shared` table, that of another place, the rows of municipalities not named are left out.
    """
    table = Table(file, ("municipality",), municipalities, fictional=fictional, shared=shared)
    for row in table.rows:
        table.in_unit(row, "thousand persons")
        if row.value == 0:
            table.complain(row.line, "value", "is 0", "it must be above 0")
    table.once("municipality", "year")
    table.without_gaps()
    table.finish()
    return tuple(_point(series, row) for row in table.rows)


def read_cohorts(
    file: Path, municipalities: Sequence[str], *, fictional: bool, shared: bool = False
) -> tuple[SeriesPoint, ...]:
    """Return the cohorts that turn 16: columns municipality (or all), year, value in % of those who reach 65, ...

    No figure is held against them, so that they may be assumptions: verified no, with a source that says so. Of a
    `shared` table the rows of municipalities not named are left out, and those of the whole place.
    """
    names = municipalities if shared else (*municipalities, WHOLE)
    table = Table(file, ("municipality",), names, fictional=fictional, shared=shared, assumed=True)
    for row in table.rows:
        table.in_unit(row, OF_THOSE_WHO_REACH_65)
        if len(row.cells["year"]) > len("2003"):
            table.complain(row.line, "year", f"is {row.cells['year']}", "it must be a year, YYYY")
    table.once("municipality", "year")
    table.without_gaps()
    table.finish()
    return tuple(_point("cohorts", row) for row in table.rows)


def read_targets(
    file: Path, municipalities: Sequence[str], *, fictional: bool, shared: bool = False
) -> tuple[SeriesPoint, ...]:
    """Return published outcomes: columns series, municipality, year, value, unit, source, verified, flag, note.

    Of a `shared` table the rows of municipalities not named are left out, and those of the whole place.
    """
    names = municipalities if shared else (*municipalities, WHOLE)
    table = Table(file, ("series", "municipality"), names, fictional=fictional, shared=shared)
    for row in table.rows:
        if row.cells["series"].endswith(("_rate", "_share")):
            table.in_unit(row, "%")
            if row.value > 100:
                table.complain(row.line, "value", f"is {row.value:g}", "it must be a percentage up to 100")
    table.once("series", "municipality", "year")
    table.finish()
    return tuple(_point(row.cells["series"], row) for row in table.rows)


def read_commuters(
    file: Path, municipalities: Sequence[str], *, fictional: bool
) -> tuple[tuple[float, ...], ...]:
    """Return commuters, row = home, column = workplace, from columns home, work, year, value, unit, ...

    Every pair of different municipalities must stand once.
    """
    return commuter_matrix({file: read_pairs(file, municipalities, fictional=fictional)}, municipalities)


def read_pairs(
    file: Path, municipalities: Sequence[str], *, fictional: bool, shared: bool = False
) -> dict[tuple[str, str], float]:
    """Return commuters by home and workplace; of a `shared` table only those within the municipalities named."""
    table = Table(file, ("home", "work"), municipalities, fictional=fictional, shared=shared)
    table.once("home", "work")
    for row in table.rows:
        table.in_unit(row, "persons")
        if row.cells["home"] == row.cells["work"] and row.value > 0:
            table.complain(row.line, "work", f"is '{row.cells['work']}' as home",
                           "nobody commutes to the own municipality")  # fmt: skip
    table.finish()
    return {(row.cells["home"], row.cells["work"]): row.value for row in table.rows}


def commuter_matrix(
    tables: Mapping[Path, Mapping[tuple[str, str], float]], municipalities: Sequence[str]
) -> tuple[tuple[float, ...], ...]:
    """Return the matrix of one or several tables of pairs, which together must hold every pair once."""
    cells: dict[tuple[str, str], float] = {}
    for file, pairs in tables.items():
        twice = next((pair for pair in pairs if pair in cells), None)
        if twice is not None:
            wrong = f"the pair {twice[0]} to {twice[1]} stands in another table of the place too"
            raise ConfigError(Problem(wrong, "keep one of them", "home", file, 1))
        cells.update(pairs)
    n, last = len(municipalities), list(tables)[-1]
    missing = [(a, b) for a in municipalities for b in municipalities if a != b and (a, b) not in cells]
    if missing:
        lines = "; ".join(f"{home} to {work}" for home, work in missing[:3]) + (
            "; ..." if len(missing) > 3 else ""
        )
        wrong = f"the matrix lacks {len(missing)} of {n * (n - 1)} pairs"
        right = f"there are {n} municipalities, so it must be {n} x {n}: add {lines}"
        raise ConfigError(Problem(wrong, right, "", last, 1))
    return tuple(
        tuple(cells[home, work] if home != work else 0.0 for work in municipalities)
        for home in municipalities
    )


def _point(series: str, row: Row) -> SeriesPoint:
    cells = row.cells
    note = cells.get("note", "")
    return SeriesPoint(
        series=series,
        municipality=cells["municipality"],
        date=cells["year"],
        value=row.value,
        unit=cells["unit"],
        source=f"{cells['source']} ({note})" if note else cells["source"],
        flag=cells.get("flag", ""),
    )
