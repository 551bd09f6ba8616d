"""Every check writes its values into one table, printed at the end of the run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

ROWS: list[tuple[str, str, str, str, bool]] = []


@pytest.fixture
def check() -> Iterator[Callable[..., None]]:
    """Record values and bands, then fail if any is outside its band."""
    outside: list[str] = []

    def within(number: str, what: str, value: float, low: float, high: float, unit: str = "") -> None:
        inside = low <= value <= high
        ROWS.append((number, what, f"{value:.4g} {unit}".strip(), f"{low:g} to {high:g}", inside))
        if not inside:
            outside.append(f"{what} is {value:.4g} {unit}, but the band is {low:g} to {high:g}")

    yield within
    assert not outside, "; ".join(outside)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table of all values."""
    if not ROWS:
        return
    terminalreporter.section("acceptance checks (model study, section 9)")
    widths = [max(len(row[k]) for row in ROWS) for k in range(4)]
    for row in sorted(ROWS, key=lambda r: (int(r[0]), r[1])):
        cells = "  ".join(cell.ljust(width) for cell, width in zip(row[:4], widths, strict=True))
        terminalreporter.write_line(f"{cells}  {'met' if row[4] else 'MISSED'}")
