"""The tables of a place's people: marginals.csv, and association.csv beside it."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path

from labsim.config.csv_tables import Row, Table
from labsim.config.errors import suggestion
from labsim.state.marginals import (
    TRAITS,
    Association,
    Marginal,
    Mistake,
    mistakes_in_association,
    mistakes_in_marginals,
)


def read_marginals(
    file: Path, municipalities: Sequence[str], occupations: Sequence[str], *, fictional: bool
) -> tuple[Marginal, ...]:
    """Return published margins of people: columns municipality, trait, category, year, value, unit, ..."""
    table = Table(file, ("municipality", "trait", "category"), municipalities, fictional=fictional)
    table.once("municipality", "trait", "category")
    rows = tuple(
        Marginal(
            municipality=row.cells["municipality"],
            trait=row.cells["trait"],
            category=row.cells["category"],
            date=row.cells["year"],
            value=row.value,
            unit=row.cells["unit"],
            source=_source(row),
            flag=row.cells.get("flag", ""),  # type: ignore[arg-type]  # the table has checked it
        )
        for row in table.rows
    )
    _tell(table, mistakes_in_marginals(rows, municipalities, occupations, whole=not table.problems))
    table.finish()
    return rows


def read_association(
    file: Path, marginals: Sequence[Marginal], occupations: Sequence[str], *, fictional: bool
) -> tuple[Association, ...]:
    """Return which traits go together: a column for each of two traits or more, year, value, unit, ..."""
    traits = [name for name in _header(file) if name in TRAITS]
    table = Table(file, tuple(traits) or TRAITS[2:], (), fictional=fictional)
    table.once(*traits)
    cells = tuple(
        Association(
            categories={trait: row.cells[trait] for trait in traits},
            value=row.value,
            date=row.cells["year"],
            unit=row.cells["unit"],
            source=_source(row),
        )
        for row in table.rows
    )
    if not table.problems:
        _tell(table, mistakes_in_association(cells, marginals, occupations))
    if not table.problems and not math.fsum(cell.value for cell in cells):
        table.complain(table.rows[-1].line, "value", "is 0 in every row", "somebody must be somewhere")
    table.finish()
    return cells


def _tell(table: Table, mistakes: Sequence[Mistake]) -> None:
    for mistake in mistakes:
        row = table.rows[mistake.row]
        known = mistake.known and suggestion(row.cells[mistake.column], mistake.known)
        line = row.line if mistake.column else 1
        table.complain(line, mistake.column, mistake.wrong, known or mistake.right)


def _header(file: Path) -> list[str]:
    """Return the names of the columns, none if the file cannot be read: the table says why."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            return [name.strip() for name in next(csv.reader(lines), [])]
    except (OSError, UnicodeDecodeError, csv.Error):
        return []


def _source(row: Row) -> str:
    note = row.cells.get("note", "")
    return f"{row.cells['source']} ({note})" if note else row.cells["source"]
