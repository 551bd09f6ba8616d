"""A small run, compared exactly with the one kept in this folder: did anything change that should not have?

Toytown at scale 0.02 (400 persons), two years of burn-in, 2001 and 2002, local activation from January 2002 on: all
indicators of everybody, rounded to 6 digits, one line for each place and indicator, one column for each month.

When a change is meant to change results, write into the newest section of CHANGELOG.md what changes and why, with the
words "Changes results: yes", and renew the file by

    pytest tests/golden --update-golden

The difference of the file then belongs to the commit and is read in review.
"""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path

import pytest

from labsim.config import load
from labsim.model import LabourMarket

FOLDER = Path(__file__).resolve().parent
GOLDEN = FOLDER / "toytown.csv"
CHANGELOG = FOLDER.parents[1] / "CHANGELOG.md"
COMMAND = "pytest tests/golden --update-golden"
Series = dict[tuple[str, str], dict[str, str]]


def shown(value: float) -> str:
    """Return a number rounded to 6 digits without trailing zeros; nothing where there is no value."""
    return "" if math.isnan(value) else f"{value:.6f}".rstrip("0").rstrip(".")


@pytest.fixture(scope="module")
def run() -> Series:
    """Return {(municipality, indicator): {month: value}} of the run."""
    settings = {"scale": 0.02, "burn_in": 24, "start": "2001-01", "end": "2002-12"}
    scenario = load("toytown").model_copy(update=settings)
    table = LabourMarket(scenario, seed=1).run().results.indicators
    table = table[table["group"] == "all"].sort_values(["municipality", "indicator", "month"])
    series: Series = {}
    for place, indicator, month, value in zip(
        table["municipality"], table["indicator"], table["month"], table["value"], strict=True
    ):
        series.setdefault((place, indicator), {})[f"{month:%Y-%m}"] = shown(value)
    return series


def read() -> Series:
    with GOLDEN.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {(row.pop("municipality"), row.pop("indicator")): row for row in rows}


def write(series: Series) -> None:
    months = list(next(iter(series.values())))
    with GOLDEN.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["municipality", "indicator", *months])
        table.writerows([*key, *values.values()] for key, values in series.items())


def newest_entries() -> list[str]:
    """Return the entries of the newest section of the changelog, each in one line."""
    newest = re.split(r"^## ", CHANGELOG.read_text(encoding="utf-8"), flags=re.MULTILINE)[1]
    return [" ".join(entry.split()) for entry in re.split(r"^- ", newest, flags=re.MULTILINE)[1:]]


def test_the_run_is_the_golden_one(run: Series, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden"):
        announced = any(re.search(r"Changes results: yes\b", entry) for entry in newest_entries())
        assert announced, "say in CHANGELOG.md what changes results and why, before golden runs are renewed"
        write(run)
    golden = read()
    assert list(golden) == list(run), f"other places or indicators; if that is meant: {COMMAND}"
    changed = [
        f"{month} {' '.join(key)}: golden {golden[key].get(month)}, now {value}"
        for key, values in run.items()
        for month, value in values.items()
        if golden[key].get(month) != value
    ]
    first = "\n".join(sorted(changed)[:12])
    assert not changed, f"{len(changed)} values changed, first:\n{first}\nif that is meant: {COMMAND}"
    assert all(len(golden[key]) == len(values) for key, values in run.items())


def test_the_golden_run_covers_a_reform_and_all_kinds_of_events(run: Series) -> None:
    assert len(next(iter(run.values()))) == 24
    for indicator in ("hires", "layoffs", "entries_linked_employment", "meeting_rate", "job_to_job_rate"):
        assert any(float(value) > 0 for value in run["all", indicator].values()), indicator
    values = {name: [float(v) for v in run["all", name].values()] for name in ("employment", "population")}
    assert set(values["population"]) == {400.0}
    assert len(set(values["employment"])) > 5


def test_numbers_are_rounded_to_six_digits_and_missing_ones_left_empty() -> None:
    assert [shown(x) for x in (1.0, 0.1234567, 1e-9, 12300.0, math.nan)] == [
        "1",
        "0.123457",
        "0",
        "12300",
        "",
    ]


def test_every_entry_of_the_newest_section_of_the_changelog_says_whether_it_changes_results() -> None:
    entries = newest_entries()
    assert entries
    silent = [entry for entry in entries if not re.search(r"Changes results: (yes|no)\b", entry)]
    assert not silent, "\n".join(silent)
