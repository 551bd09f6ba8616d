"""The benchmarks run, on small markets; no test here judges a time."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.__main__ import bars, row, verdict
from benchmarks.bandwidth import BYTES_PER_ELEMENT, Triad
from benchmarks.measure import MONTHS, measure_size
from benchmarks.memory import resident_bytes


def test_a_size_is_measured_with_both_engines_and_every_process() -> None:
    size = measure_size(600, repeats=2, reference_months=1)
    assert size.persons == pytest.approx(600, abs=5)
    assert len(size.processes) == 10
    assert size.reference is not None
    assert size.reference > size.month > 0
    assert size.per_second == pytest.approx(size.persons / size.month)
    memory = {"resident": 120.0, "columns": 78.0}
    assert f"{size.persons:,}" in row(size, memory)
    assert MONTHS > 0


def test_bars_are_called_met_or_missed() -> None:
    assert verdict("speed", 5.1, 5, at_least=True).startswith("met")
    assert verdict("speed", 4.9, 5, at_least=True).startswith("MISSED")
    assert verdict("bytes", 151, 150, at_least=False).startswith("MISSED")
    assert len(bars({}, {}, {"import labsim": 0.1})) == 1


def test_the_triad_and_the_memory_are_positive_numbers() -> None:
    assert BYTES_PER_ELEMENT == 3 * 8
    assert Triad(10_000).gigabytes_per_second() > 0
    assert resident_bytes() > 10_000_000
