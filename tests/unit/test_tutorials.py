"""The tutorials run as they stand, without a warning, and show what they promise."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import labsim
from labsim.compiling import CACHE_FOLDER

from .names import ROOT

FOLDER = ROOT / "docs" / "tutorials"
SCRIPTS = sorted(path.name for path in FOLDER.glob("*.py"))


@pytest.fixture
def run(tmp_path: Path) -> Callable[[str], str]:
    """Return a function that runs a script in a process of its own, as a reader would, and gives what it prints."""
    environment = os.environ | {
        "PYTHONPATH": os.fspath(Path(labsim.__file__).parents[1]),
        "PYTHONIOENCODING": "utf-8",
        "NUMBA_CACHE_DIR": os.fspath(CACHE_FOLDER.parent),
        "LABSIM_CACHE": os.fspath(tmp_path),
    }

    def printed(name: str) -> str:
        command = [sys.executable, "-W", "error", os.fspath(FOLDER / name)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return printed


def test_the_list_of_tutorials_is_complete() -> None:
    listed = re.findall(
        r"`python docs/tutorials/(\w+\.py)`", (FOLDER / "README.md").read_text(encoding="utf-8")
    )
    assert sorted(listed) == SCRIPTS


def test_the_first_run_shows_people_years_and_a_comparison(run: Callable[[str], str]) -> None:
    text = run("first_run.py")
    assert text.startswith("4000 job seekers, ")
    years = re.findall(r"^(20\d\d) +([\d.]+) +([\d.]+) +([\d.]+)$", text, re.MULTILINE)
    assert [year for year, *_ in years] == ["2000", "2001", "2002", "2003", "2004"]
    for _, employment, underemployment, unemployment in years:
        assert 100 > float(employment) > float(underemployment) >= float(unemployment) > 0
    assert "Comparison(toytown against nothing_changes, 3 seeds)" in text
    before = re.findall(r"^ *(?:un)?employment_rate +200[01] +(-?[\d.]+)", text, re.MULTILINE)
    assert [abs(float(difference)) for difference in before] == [0.0] * 4, (
        "nothing differs before the transition"
    )


def test_the_new_instrument_has_participants_only_where_it_is_funded(run: Callable[[str], str]) -> None:
    line = run("new_instrument.py").splitlines()[0]
    without, participants = map(float, re.findall(r"[\d.]+", line))
    assert without == 0
    assert participants > 50


def test_the_new_indicator_is_recorded_every_year(run: Callable[[str], str]) -> None:
    gaps = re.findall(r"^(\d{4}): ([\d.]+) percentage points$", run("new_indicator.py"), re.MULTILINE)
    assert [year for year, _ in gaps] == ["2000", "2001", "2002", "2003", "2004"]
    assert all(float(gap) > 0 for _, gap in gaps)


def test_the_new_transition_shows_institutions_and_payers_on_three_paths(run: Callable[[str], str]) -> None:
    text = run("new_transition.py")
    parts = dict(part.split("\n", maxsplit=1) for part in text.strip().split("\n\n")[:-1])
    capacity = {
        int(year): [float(places) for places in values.split()]
        for year, values in re.findall(r"^(\d{4}) +(.*)$", parts["provider_capacity"], re.MULTILINE)
    }
    for year in (2000, 2001):
        assert len(set(capacity[year])) == 1, "nothing differs before the passage"
    at_once, gap, bridged = capacity[2002]
    assert gap < at_once < bridged, "a gap costs capacity, bridging holds it"
    assert "tie_strength" in parts
    for path in ("at_once", "gap", "bridged"):
        payers = parts[f"who pays, EUR a month: {path}"]
        assert re.findall(r"^(\d{4}) ", payers, re.MULTILINE) == ["2001", "2002", "2004"]
        assert {"federal", "insurance", "municipality"} <= set(payers.splitlines()[0].split())
    tie = re.search(r"^(\d+) local actors; agency and municipality are tied by (0\.\d+)$", text, re.MULTILINE)
    assert tie is not None
    assert int(tie[1]) > 5, "some providers are there"


def test_the_sweep_finds_the_corner_in_which_the_gap_does_most_harm(run: Callable[[str], str]) -> None:
    text = run("sweeps_and_discovery.py")
    runs, done = re.search(r"40 points, (\d+) runs", text), re.search(r"done (\d+), failed 0", text)
    assert runs is not None
    assert done is not None
    assert 40 < int(runs[1]) == int(done[1]) < 80, "without a gap both scenarios are one run"
    strongest = re.search(
        r"^transition\.gap +([+-][\d.]+) \(([+-][\d.]+) to ([+-][\d.]+)\)$", text, re.MULTILINE
    )
    assert strongest is not None
    assert float(strongest[2]) <= float(strongest[1]) <= float(strongest[3]) < 0, "a longer gap costs places"
    corner = re.search(r"^transition\.gap +([\d.]+) to 12$", text, re.MULTILINE)
    assert corner is not None
    assert float(corner[1]) > 3, "short gaps are not in the corner"
    assert re.search(r"coverage (0\.[5-9]\d|1\.00), density (0\.[5-9]\d|1\.00)", text)
