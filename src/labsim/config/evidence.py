"""What is known from the literature and belongs to no place: findings in configs/evidence/*.csv, one a line.

Columns: ``id`` (unique over all files), ``what``, ``value``, ``low``, ``high``, ``unit``, ``period``, ``where``
(country, region, group), ``source``, ``sure``, ``read`` (date on which the source was read, YYYY-MM-DD), ``note``.
``value``, ``low``, ``high`` and ``note`` may be empty, but one of the numbers must be there unless only wording was
seen.

How sure a finding is:

SEEN        read in the publication itself (its abstract, text or table, or an official page)
SEEN-2nd    read in a text that quotes it
DERIVED     computed from figures that were read
SIGN        only the sign or the wording was seen: no value; 0 as ``low`` means positive, 0 as ``high`` negative
MEMORY      from memory, unverified: never shown as a fact, never counted
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from labsim.config.errors import ConfigError, Problem, not_utf8, shown, suggestion
from labsim.config.files import around, shipped
from labsim.config.record import SURE as PUBLISHED

Complain = Callable[[str, str, str], None]
"""Notes a problem: column, what is wrong, what would be right."""

FOLDER = "evidence"
COLUMNS = (
    "id", "what", "value", "low", "high", "unit", "period", "where", "source", "sure", "read", "note",
)  # fmt: skip
NUMBERS = ("value", "low", "high")
SIGN, MEMORY = "SIGN", "MEMORY"
CERTAINTIES = (*PUBLISHED, SIGN, MEMORY)
FROM_MEMORY = "from memory, unverified"

_MAY_BE_EMPTY = (*NUMBERS, "note")
_MISSING = {
    "source": "write who published it, and where it was read",
    "read": "write the date on which the source was read, YYYY-MM-DD",
}
_ID = re.compile(r"[a-z][a-z0-9_]*")
_COMMA = re.compile(r"[-+]?\d+,\d+")


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; numbers that were not published are None. See the head of the module for the fields."""

    id: str
    what: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    period: str
    where: str
    source: str
    sure: str
    read: str
    note: str
    file: Path
    line: int

    @property
    def is_published(self) -> bool:
        """Whether its numbers were read (or computed from what was read): SEEN, SEEN-2nd, DERIVED."""
        return self.sure in PUBLISHED

    @property
    def counts(self) -> bool:
        """Whether something can be held against it: everything but what is from memory."""
        return self.sure != MEMORY

    @property
    def certainty(self) -> str:
        """How sure it is, in words for readers."""
        return {SIGN: "only the sign was seen", MEMORY: FROM_MEMORY}.get(self.sure, self.sure)


def findings(near: Path | None = None) -> dict[str, Finding]:
    """Return all findings by id: of the files shipped, and of folders ``configs/evidence`` around the file ``near``.

    Raises ConfigError with everything that is wrong in the files; an id that stands in two of them is an error too.
    """
    found: dict[str, Finding] = {}
    problems: list[Problem] = []
    for file in _files(near):
        try:
            read = read_evidence(file)
        except ConfigError as error:
            problems += error.problems
            continue
        for name, finding in read.items():
            if name in found:
                first = found[name]
                right = f"write each finding once (the first is in {shown(first.file)}:{first.line})"
                problems.append(Problem(f"is '{name}' once more", right, "id", file, finding.line))
            found.setdefault(name, finding)
    if problems:
        raise ConfigError(*problems)
    return found


def read_evidence(file: str | Path) -> dict[str, Finding]:
    """Return the findings of one CSV file by id, or raise one ConfigError with all that is wrong in it."""
    path = Path(file)
    problems: list[Problem] = []
    found: dict[str, Finding] = {}
    for line, cells in _rows(path, problems):
        finding = _finding(path, line, cells, problems)
        if finding is None:
            continue
        if finding.id in found:
            right = f"write each finding once (the first is in line {found[finding.id].line})"
            problems.append(Problem(f"is '{finding.id}' once more", right, "id", path, line))
        found.setdefault(finding.id, finding)
    if problems:
        raise ConfigError(*problems)
    return found


def _files(near: Path | None) -> list[Path]:
    folders = [each for each in (*around(near), *shipped()) if each.name in {"configs", "_configs"}]
    files = [file for folder in folders for file in sorted((folder / FOLDER).glob("*.csv"))]
    return list({file.resolve(): file for file in files}.values())


def _rows(file: Path, problems: list[Problem]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line number and cells of each row that has as many cells as the header."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise not_utf8(file, error) from error
    except OSError as error:
        raise ConfigError(Problem(f"cannot be read ({error.strerror})", "", file=file)) from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(file, header)
        empty = True
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            empty = False
            line = reader.line_num
            if len(cells) != len(header):
                right = f"there are {len(header)} columns: put text with commas into quotes"
                problems.append(Problem(f"has {len(cells)} cells", right, f"line {line}", file, line))
                continue
            yield line, {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    except csv.Error as error:
        raise ConfigError(
            Problem(f"not valid CSV ({error})", "check the quotes", "", file, reader.line_num)
        ) from error
    if empty:
        problems.append(Problem("the table has no rows", "it must have one for each finding", "", file, 1))


def _check_header(file: Path, header: list[str]) -> None:
    if not any(header):
        right = f"it must have the columns {', '.join(COLUMNS)}"
        raise ConfigError(Problem("the table is empty", right, file=file, line=1))
    unknown = [name for name in header if name not in COLUMNS]
    missing = [name for name in COLUMNS if name not in header]
    problems = [Problem("unknown column", suggestion(name, COLUMNS), name, file, 1) for name in unknown]
    hinted = " ".join(problem.right for problem in problems)
    right = f"the columns must be {', '.join(COLUMNS)}"
    problems += [
        Problem("the column is missing", right, name, file, 1)
        for name in missing
        if f"'{name}'" not in hinted
    ]
    if problems:
        raise ConfigError(*problems)


def _finding(file: Path, line: int, cells: dict[str, str], problems: list[Problem]) -> Finding | None:
    """Return the finding of one row; None, with its problems noted, if it cannot be used."""
    before = len(problems)

    def complain(column: str, wrong: str, right: str) -> None:
        problems.append(Problem(wrong, right, column, file, line))

    _check_texts(cells, complain)
    numbers: dict[str, float | None] = {}
    for name in NUMBERS:
        numbers[name], said = _number(cells[name])
        if said:
            complain(name, f"is '{cells[name]}'", said)
    if len(problems) == before:
        _check_numbers(numbers, cells["sure"], complain)
    if len(problems) > before:
        return None
    texts = {name: cells[name] for name in COLUMNS if name not in NUMBERS}
    return Finding(**texts, **numbers, file=file, line=line)  # type: ignore[arg-type]  # names are the fields


def _check_texts(cells: dict[str, str], complain: Complain) -> None:
    """Note what is missing, and names, certainties and dates that are none."""
    for name in COLUMNS:
        if not cells[name] and name not in _MAY_BE_EMPTY:
            complain(name, "is empty", _MISSING.get(name, f"write the {name} of the finding"))
    if cells["id"] and not _ID.fullmatch(cells["id"]):
        complain("id", f"is '{cells['id']}'", "it must be small letters, digits and underscores")
    sure = cells["sure"]
    if sure and sure not in CERTAINTIES:
        near = suggestion(sure, CERTAINTIES)
        right = near if near.startswith("did") else f"it must be one of {', '.join(CERTAINTIES)}"
        complain("sure", f"is '{sure}'", right)
    if cells["read"] and not _is_date(cells["read"]):
        complain("read", f"is '{cells['read']}'", "it must be a date, YYYY-MM-DD")


def _check_numbers(numbers: dict[str, float | None], sure: str, complain: Complain) -> None:
    """Note numbers that are missing, out of order, or that nobody can have read."""
    value, low, high = (numbers[name] for name in NUMBERS)
    if sure == SIGN:
        if value is not None:
            complain(
                "value", f"is {value:g}", f"of a finding marked {SIGN} no value was seen: leave it empty"
            )
        for name, bound in (("low", low), ("high", high)):
            if bound is not None and bound != 0.0:
                complain(name, f"is {bound:g}", f"with {SIGN} it must be 0 or empty: no size was seen")
    elif value is None and low is None and high is None:
        complain("value", "is empty", f"write a value or a range, or {SIGN} if only the wording was seen")
    if low is not None and high is not None and low > high:
        complain("high", f"is {high:g}", f"it must not be below low ({low:g})")
    if value is not None and low is not None and value < low:
        complain("value", f"is {value:g}", f"it must not be below low ({low:g})")
    if value is not None and high is not None and value > high:
        complain("value", f"is {value:g}", f"it must not be above high ({high:g})")


def _number(text: str) -> tuple[float | None, str]:
    """Return the number in a cell (None if empty) and what would be right, if it is none."""
    if not text:
        return None, ""
    right = "it must be a number with a decimal point, without unit"
    try:
        number = float(text)
    except ValueError:
        return None, f"{right}: {text.replace(',', '.')}" if _COMMA.fullmatch(text) else right
    return (number, "") if math.isfinite(number) else (None, right)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
