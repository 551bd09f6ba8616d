"""The glossary: one word per concept, with an identifier that exists and a German word."""

from __future__ import annotations

import pytest

from .names import ROOT, backticked, exists

Rows = list[list[str]]


@pytest.fixture(scope="module")
def rows() -> Rows:
    """Term, identifiers, unit and German word of every entry."""
    lines = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [row for row in cells if row[0] != "term" and not row[0].startswith("---")]


def test_every_identifier_exists_in_the_code(rows: Rows) -> None:
    named = [name for row in rows for name in backticked(row[1])]
    assert len(named) >= len(rows) > 60
    assert [name for name in named if not exists(name)] == []


def test_every_entry_has_an_identifier_a_unit_and_a_german_word(rows: Rows) -> None:
    incomplete = [row[0] for row in rows if len(row) != 4 or not backticked(row[1]) or not all(row)]
    assert incomplete == []


def test_no_term_and_no_german_word_stands_for_two_concepts(rows: Rows) -> None:
    for column in (0, 3):
        words = [row[column] for row in rows]
        assert [word for word in words if words.count(word) > 1] == []
