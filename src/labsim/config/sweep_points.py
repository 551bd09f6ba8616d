"""The points of the design "list": rows in the sweep's file, or a CSV file with a column for each factor."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labsim.config.documents import Document, KeyPath
from labsim.config.errors import ConfigError, Problem, not_utf8, quoted, suggestion
from labsim.config.factors import Factor
from labsim.config.files import is_file


@dataclass(frozen=True)
class Where:
    """Where a point stands: its number in the document, or file and line of a CSV file."""

    number: int = 0
    file: Path | None = None
    line: int = 0


def read_rows(document: Document, given: Any, factors: tuple[Factor, ...]) -> tuple[tuple[float, ...], ...]:
    """Return the points as numbers in the order of the factors."""
    if given is None:
        raise document.error(
            ("points",), "missing", "the design list needs points: rows, or the name of a CSV file"
        )
    rows = _of_table(document, given) if isinstance(given, str) else _of_list(document, given)
    found: dict[tuple[float, ...], int] = {}
    for number, (where, row) in enumerate(rows, start=1):
        unknown = next((key for key in row if key not in {each.name for each in factors}), None)
        if unknown is not None:
            right = suggestion(unknown, [each.name for each in factors])
            raise _error(document, where, unknown, "is no uncertainty or lever of this sweep", right)
        point = tuple(_number(document, where, each, row) for each in factors)
        if point in found:
            raise _error(
                document, where, "", f"is point {found[point]} once more", "each point may stand once"
            )
        found[point] = number
    return tuple(found)


def _number(document: Document, where: Where, factor: Factor, row: dict[str, Any]) -> float:
    if factor.name not in row:
        raise _error(
            document, where, "", f"has no value of {factor.name}", "each point needs one of each factor"
        )
    value = row[factor.name]
    if isinstance(value, str) and factor.kind != "choice":
        try:
            value = float(value)
        except ValueError:
            raise _error(document, where, factor.name, f"is {quoted(value)}", "it must be a number") from None
    if isinstance(value, str):
        value = (
            {"true": True, "false": False}.get(value.lower(), value) if value not in factor.values else value
        )
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if factor.values:
        same = [
            each
            for each in factor.values
            if each == value and isinstance(each, bool) == isinstance(value, bool)
        ]
        if not same:
            known = ", ".join(quoted(each) for each in factor.values)
            raise _error(document, where, factor.name, f"is {quoted(value)}", f"its values are {known}")
    elif not is_number or not factor.low <= value <= factor.high:
        right = f"it must be a number between {factor.low:g} and {factor.high:g}, as its range says"
        raise _error(document, where, factor.name, f"is {quoted(value)}", right)
    elif factor.kind == "whole" and value != int(value):
        raise _error(document, where, factor.name, f"is {value:g}", "it must be a whole number")
    return factor.number(value)


def _of_list(document: Document, given: Any) -> Iterator[tuple[Where, dict[str, Any]]]:
    if not isinstance(given, list) or not given:
        wrong = "is empty" if given == [] else f"is {quoted(given)}"
        raise document.error(("points",), wrong, "it must be a list of groups, or the name of a CSV file")
    for i, row in enumerate(given):
        if not isinstance(row, dict):
            raise document.error(("points", i), f"is {quoted(row)}", "it must be a group: factor: value")
        yield Where(i), row


def _of_table(document: Document, name: str) -> Iterator[tuple[Where, dict[str, Any]]]:
    file = document.where(("points",))[0].parent / name
    if not is_file(file):
        raise document.error(("points",), f"is '{name}'", "there is no such file beside this one")
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            rows = [(reader.line_num, row) for row in reader]
    except UnicodeDecodeError as error:
        raise not_utf8(file, error) from error
    if not rows:
        raise document.error(
            ("points",), f"is '{name}', which has no rows", "write a header and a row per point"
        )
    for line, row in rows:
        if None in row or None in row.values():
            problem = Problem(
                "the row has not as many cells as the header", "check commas", file=file, line=line
            )
            raise ConfigError(problem)
        yield Where(0, file, line), {str(key).strip(): str(cell).strip() for key, cell in row.items()}


def _error(document: Document, where: Where, key: str, wrong: str, right: str) -> ConfigError:
    if where.file is not None:
        return ConfigError(Problem(wrong if key else f"the row {wrong}", right, key, where.file, where.line))
    path: KeyPath = ("points", where.number)
    return document.error((*path, key) if key else path, wrong, right)
