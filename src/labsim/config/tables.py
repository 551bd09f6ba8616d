"""CSV tables of a place: one published figure a line, with unit, source and whether it was verified."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from labsim.config.errors import ConfigError, Problem, not_utf8, suggestion
from labsim.state.place import SeriesPoint

_YEAR = re.compile(r"\d{4}(-(0[1-9]|1[0-2]))?")
_FIGURE = ("year", "value", "unit", "source", "verified")
_OPTIONAL = ("note",)
_VERIFIED = re.compile(r"yes( \(.*\))?")
_FICTIONAL = re.compile("fictional")


class Row(NamedTuple):
    """One line of a table."""

    line: int
    cells: dict[str, str]
    value: float


class Table:
    """The rows of one CSV file, with its problems collected so that all can be told at once."""

    def __init__(
        self, file: Path, columns: Sequence[str], municipalities: Sequence[str], *, fictional: bool
    ) -> None:
        self.file = file
        self.columns = (*columns, *_FIGURE)
        self.municipalities = tuple(municipalities)
        self.verified = _FICTIONAL if fictional else _VERIFIED
        self.problems: list[Problem] = []
        self.rows = self._read()

    def _read(self) -> list[Row]:
        try:
            text = self.file.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise not_utf8(self.file, error) from error
        except OSError as error:
            raise ConfigError(Problem(f"cannot be read ({error.strerror})", "", file=self.file)) from error
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        rows: list[Row | None] = []
        try:
            header = [name.strip() for name in next(reader, [])]
            if not any(header):
                right = f"it must have the columns {', '.join(self.columns)}"
                raise ConfigError(Problem("the table is empty", right, file=self.file, line=1))
            self._check_header(header)
            filled = (cells for cells in reader if any(cell.strip() for cell in cells))
            rows.extend(self._row(reader.line_num, header, cells) for cells in filled)
        except csv.Error as error:
            raise ConfigError(Problem(f"not valid CSV ({error})", "check the quotes", "", self.file,
                                      reader.line_num)) from error  # fmt: skip
        if not rows:
            self.complain(1, "", "the table has no rows", "it must have one for each figure")
        return [row for row in rows if row is not None]

    def _check_header(self, header: list[str]) -> None:
        allowed = (*self.columns, *_OPTIONAL)
        unknown = [name for name in header if name not in allowed]
        missing = [name for name in self.columns if name not in header]
        problems = [
            Problem("unknown column", suggestion(name, allowed), name, self.file, 1) for name in unknown
        ]
        hinted = " ".join(problem.right for problem in problems)
        problems += [
            Problem(
                "the column is missing", f"the columns must be {', '.join(self.columns)}", name, self.file, 1
            )
            for name in missing
            if f"'{name}'" not in hinted
        ]
        if problems:
            raise ConfigError(*problems)

    def _row(self, line: int, header: list[str], cells: list[str]) -> Row | None:
        if len(cells) != len(header):
            wrong = f"has {len(cells)} cells"
            self.complain(
                line, f"line {line}", wrong, f"there are {len(header)} columns: {', '.join(header)}"
            )
            return None
        row = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
        before = len(self.problems)
        for name in self.columns:
            if not row[name]:
                self.complain(line, name, "is empty", "every column but the note must be filled in")
        for name in ("municipality", "home", "work"):
            if row.get(name) and row[name] not in self.municipalities:
                self.complain(line, name, f"names the unknown municipality '{row[name]}'",
                              suggestion(row[name], self.municipalities))  # fmt: skip
        if row["year"] and not _YEAR.fullmatch(row["year"]):
            self.complain(line, "year", f"is '{row['year']}'", "it must be a year, YYYY, or a month, YYYY-MM")
        if row["verified"] and not self.verified.fullmatch(row["verified"]):
            mark = "fictional" if self.verified is _FICTIONAL else "yes"
            self.complain(
                line, "verified", f"is '{row['verified']}'", f"only figures marked '{mark}' may be used"
            )
        value = self._number(line, row) if row["value"] else math.nan
        return Row(line, row, value) if len(self.problems) == before else None

    def _number(self, line: int, row: dict[str, str]) -> float:
        try:
            value = float(row["value"])
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            unit = f" in {row['unit']}" if row["unit"] else ""
            self.complain(
                line, "value", f"is '{row['value']}'", f"it must be a number{unit}, with a decimal point"
            )
        elif value < 0:
            self.complain(line, "value", f"is {value:g}", "it cannot be below 0")
        return value

    def complain(self, line: int, column: str, wrong: str, right: str) -> None:
        """Note a problem with one cell."""
        self.problems.append(Problem(wrong, right, column, self.file, line))

    def once(self, *columns: str) -> None:
        """Refuse two rows that agree in `columns`."""
        seen: dict[tuple[str, ...], int] = {}
        for row in self.rows:
            key = tuple(row.cells[column] for column in columns)
            if key in seen:
                self.complain(row.line, columns[-1], f"is '{key[-1]}' as in line {seen[key]}",
                              f"each {', '.join(columns)} may stand once")  # fmt: skip
            seen.setdefault(key, row.line)

    def in_unit(self, row: Row, unit: str) -> None:
        """Refuse a row in another unit."""
        if row.cells["unit"] != unit:
            self.complain(row.line, "unit", f"is '{row.cells['unit']}'", f"it must be '{unit}'")

    def finish(self) -> None:
        """Raise all problems, if there are any."""
        if self.problems:
            raise ConfigError(*sorted(self.problems, key=lambda problem: problem.line or 0))


def read_series(
    file: Path, series: str, municipalities: Sequence[str], *, fictional: bool
) -> tuple[SeriesPoint, ...]:
    """Return a series that drives demand: columns municipality, year, value in thousand persons, ..."""
    table = Table(file, ("municipality",), municipalities, fictional=fictional)
    for row in table.rows:
        table.in_unit(row, "thousand persons")
        if row.value == 0:
            table.complain(row.line, "value", "is 0", "it must be above 0")
    table.once("municipality", "year")
    table.finish()
    return tuple(_point(series, row) for row in table.rows)


def read_targets(file: Path, municipalities: Sequence[str], *, fictional: bool) -> tuple[SeriesPoint, ...]:
    """Return published outcomes: columns series, municipality, year, value, unit, source, verified, note."""
    table = Table(file, ("series", "municipality"), (*municipalities, "all"), fictional=fictional)
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
    table = Table(file, ("home", "work"), municipalities, fictional=fictional)
    table.once("home", "work")
    cells = {(row.cells["home"], row.cells["work"]): row for row in table.rows}
    for (home, work), row in cells.items():
        table.in_unit(row, "persons")
        if home == work and row.value > 0:
            table.complain(
                row.line, "work", f"is '{work}' as home", "nobody commutes to the own municipality"
            )
    n = len(municipalities)
    missing = [(a, b) for a in municipalities for b in municipalities if a != b and (a, b) not in cells]
    if missing and not table.problems:
        lines = "; ".join(f"{home} to {work}" for home, work in missing[:3]) + (
            "; ..." if len(missing) > 3 else ""
        )
        wrong = f"the matrix lacks {len(missing)} of {n * (n - 1)} pairs"
        table.complain(1, "", wrong, f"there are {n} municipalities, so it must be {n} x {n}: add {lines}")
    table.finish()
    return tuple(
        tuple(cells[home, work].value if home != work else 0.0 for work in municipalities)
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
    )
