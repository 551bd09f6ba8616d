"""CSV files of published figures as rows: what is wrong is collected, so that all of it can be told at once."""

from __future__ import annotations

import csv
import io
import itertools
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from labsim.config.errors import ConfigError, Problem, suggestion
from labsim.params import ASSUMPTION

_DATE = re.compile(r"(\d{4})(-(0[1-9]|1[0-2]))?")
_FIGURE = ("year", "value", "unit", "source", "verified")
_OPTIONAL = ("flag", "note")
_FLAGS = ("break", "broken")
_VERIFIED = re.compile(r"yes( \(.*\))?")
_FICTIONAL = re.compile("fictional")
_YEARS = (1950, 2049)
"""Years that a figure may be about; others are taken for a slip."""

_SEPARATORS = {";": "semicolons", "\t": "tabs"}
_COMMA = re.compile(r"[-+]?\d+,\d+")
_GROUPED = re.compile(
    r"[-+]?\d{1,3}([ '\u00a0\u202f.]\d{3}){2,}|[-+]?\d{1,3}([ '\u00a0\u202f]\d{3})+(\.\d+)?"
)
_GERMAN = re.compile(r"[-+]?\d{1,3}(\.\d{3})+,\d+")
_ENGLISH = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")


class Row(NamedTuple):
    """One line of a table."""

    line: int
    cells: dict[str, str]
    value: float


class Table:
    """The rows of one CSV file, with its problems collected so that all can be told at once.

    Parameters
    ----------
    columns
        Columns that the table must have before those of every figure (year, value, unit, source, verified).
    municipalities
        Names that may stand in the columns municipality, home and work.
    shared
        Whether the table is that of another place: rows of municipalities that are not of this one are left out.
    assumed
        Whether figures may be assumptions: not verified, with a source that begins with the word.
    """

    def __init__(
        self,
        file: Path,
        columns: Sequence[str],
        municipalities: Sequence[str],
        *,
        fictional: bool,
        shared: bool = False,
        assumed: bool = False,
    ) -> None:
        self.file = file
        self.columns = (*columns, *_FIGURE)
        self.municipalities = tuple(municipalities)
        self.verified = _FICTIONAL if fictional else _VERIFIED
        self.shared, self.assumed = shared, assumed
        self.problems: list[Problem] = []
        self.rows = self._read()

    def _read(self) -> list[Row]:
        reader = csv.reader(io.StringIO(self._text(), newline=""), strict=True)
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

    def _text(self) -> str:
        try:
            content = self.file.read_bytes()
        except OSError as error:
            raise ConfigError(Problem(f"cannot be read ({error.strerror})", "", file=self.file)) from error
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ConfigError(self._not_utf8(content, error)) from error

    def _not_utf8(self, content: bytes, error: UnicodeDecodeError) -> Problem:
        """Return the problem with the cell that holds the first byte which is no UTF-8."""
        before = content[: error.start].count(b"\n")
        line = content.split(b"\n")[before].decode("latin-1")
        at = error.start - (content.rfind(b"\n", 0, error.start) + 1)
        cells, header = line.split(","), content.split(b"\n")[0].decode("latin-1").strip().split(",")
        column = line[:at].count(",")
        name = header[column].strip() if before and column < len(header) else ""
        wrong = f"has the cell '{cells[column].strip()}' in Latin-1, not in UTF-8"
        right = "save the file as UTF-8 (in a spreadsheet: CSV UTF-8)"
        return Problem(wrong if name else "not text in UTF-8", right, name, self.file, before + 1)

    def _check_header(self, header: list[str]) -> None:
        for separator, name in _SEPARATORS.items():
            if len(header) == 1 and separator in header[0]:
                wrong = f"the columns are separated by {name}"
                right = "save the file with commas between the columns, and write decimals with a point"
                raise ConfigError(Problem(wrong, right, "", self.file, 1))
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
            self._wrong_number_of_cells(line, header, cells)
            return None
        row = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
        if self.shared and any(row.get(name) not in {None, *self.municipalities} for name in _WHERE):
            return None
        before = len(self.problems)
        for name in self.columns:
            if not row[name]:
                self.complain(line, name, "is empty", "every column but flag and note must be filled in")
        for name in _WHERE:
            if row.get(name) and row[name] not in self.municipalities:
                self.complain(line, name, f"names the unknown municipality '{row[name]}'",
                              suggestion(row[name], self.municipalities))  # fmt: skip
        self._check_year(line, row["year"])
        self._check_verified(line, row)
        if row.get("flag", "") not in {"", *_FLAGS}:
            right = "it must be empty, 'break' (not comparable with the years before) or 'broken' (not to be used)"
            self.complain(line, "flag", f"is '{row['flag']}'", right)
        value = self._number(line, row) if row["value"] else math.nan
        return Row(line, row, value) if len(self.problems) == before else None

    def _check_verified(self, line: int, row: dict[str, str]) -> None:
        if self.assumed and row["verified"] == "no":
            if not row["source"].lower().startswith(ASSUMPTION):
                right = f"a figure that is not verified must say so: '{ASSUMPTION}, ...'"
                self.complain(line, "source", f"is '{row['source']}'", right)
        elif row["verified"] and not self.verified.fullmatch(row["verified"]):
            mark = "fictional" if self.verified is _FICTIONAL else "yes"
            self.complain(
                line, "verified", f"is '{row['verified']}'", f"only figures marked '{mark}' may be used"
            )

    def _wrong_number_of_cells(self, line: int, header: list[str], cells: list[str]) -> None:
        at = header.index("value")
        comma = len(cells) == len(header) + 1 and all(
            cell.strip().lstrip("+-").isdigit() for cell in cells[at : at + 2]
        )
        if comma:
            number = f"{cells[at].strip()},{cells[at + 1].strip()}"
            self.complain(line, "value", f"is '{number}'", _advice(number, ""))
        else:
            right = f"there are {len(header)} columns: {', '.join(header)}"
            self.complain(line, f"line {line}", f"has {len(cells)} cells", right)

    def _check_year(self, line: int, text: str) -> None:
        found = _DATE.fullmatch(text)
        if text and found is None:
            self.complain(line, "year", f"is '{text}'", "it must be a year, YYYY, or a month, YYYY-MM")
        elif found is not None and not _YEARS[0] <= int(found[1]) <= _YEARS[1]:
            self.complain(
                line, "year", f"is {text}", f"it must be a year between {_YEARS[0]} and {_YEARS[1]}"
            )

    def _number(self, line: int, row: dict[str, str]) -> float:
        try:
            value = float(row["value"].replace("_", "x"))
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            self.complain(line, "value", f"is '{row['value']}'", _advice(row["value"], row["unit"]))
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

    def without_gaps(self) -> None:
        """Refuse a municipality whose annual figures leave out a year between its first and its last."""
        by_name: dict[str, list[Row]] = {}
        for row in () if self.problems else self.rows:  # a row with a bad cell is no gap
            if len(row.cells["year"]) == len("2003"):
                by_name.setdefault(row.cells["municipality"], []).append(row)
        for name, rows in by_name.items():
            ordered = sorted(rows, key=lambda row: (int(row.cells["year"]), row.line))
            for before, after in itertools.pairwise(ordered):
                last, this = int(before.cells["year"]), int(after.cells["year"])
                if this > last + 1:
                    missing = str(last + 1) if this == last + 2 else f"{last + 1} to {this - 1}"
                    wrong = f"is {this}, and the row before it for {name} is of {last}"
                    self.complain(after.line, "year", wrong, f"add {missing}")

    def in_unit(self, row: Row, unit: str) -> None:
        """Refuse a row in another unit."""
        if row.cells["unit"] != unit:
            self.complain(row.line, "unit", f"is '{row.cells['unit']}'", f"it must be '{unit}'")

    def finish(self) -> None:
        """Raise all problems, if there are any."""
        if self.problems:
            raise ConfigError(*sorted(self.problems, key=lambda problem: problem.line or 0))


_WHERE = ("municipality", "home", "work")


def _advice(text: str, unit: str) -> str:
    """Return what to write instead of something that is no number."""
    plain = re.sub(r"[ '\u00a0\u202f]", "", text)
    if _GERMAN.fullmatch(plain):
        return f"write {plain.replace('.', '').replace(',', '.')}: without separators, decimals after a point"
    if _ENGLISH.fullmatch(plain):
        alone = plain.replace(",", "")
        unclear = plain.count(",") == 1 and "." not in plain
        decimal = f", or {plain.replace(',', '.')} if the comma is a decimal one" if unclear else ""
        return f"write {alone}: without a separator of thousands{decimal}"
    if _COMMA.fullmatch(plain):
        return f"write {plain.replace(',', '.')}: decimals stand after a point"
    if _GROUPED.fullmatch(text):
        grouped = plain.replace(".", "") if plain.count(".") > 1 else plain
        return f"write {grouped}: without a separator of thousands"
    if re.fullmatch(r"[-+]?\d+([.,]\d+)? ?%", text):
        return f"write {text.rstrip(' %').replace(',', '.')}: the unit stands in its own column"
    return f"it must be a number{f' in {unit}' if unit else ''}, with a decimal point"
