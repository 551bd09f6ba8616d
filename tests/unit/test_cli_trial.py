"""`labsim trial`: what it prints, writes and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from labsim.cli import app
from labsim.cli.trials import band_text

SMALL = """\
trial: {name}
label: {{en: Small}}
design: clients
scenario: {{scenario: flat, based_on: toytown, label: {{en: Flat}}, transitions: [], burn_in: 2, scale: 0.05}}
seeds: 1
month: 2000-03
follow_up: 6
horizons: [3, 6]
treatments: [{{treatment: course, instrument: short_course}}]
outcomes: [employed]
against: [{{finding: training_never_negative, outcome: employed, months: 6}}]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(SMALL.format(name=name), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def labsim(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_a_trial_prints_estimators_against_the_truth_and_verdicts_and_writes_a_report(folder: Path) -> None:
    done = labsim("trial", "one.yaml", "--workers", "1")
    assert done.exit_code == 0, done.output
    for word in ("truth", "difference", "matching", "verdict", "open", "above 0", "report:"):
        assert word in done.stdout
    assert (folder / "results" / "one" / "report.html").stat().st_size > 0


def test_several_trials_go_to_folders_of_their_own_and_end_with_all_verdicts(folder: Path) -> None:
    done = labsim("trial", "one.yaml", "two.yaml", "--workers", "1", "--out", "all", "--no-report")
    assert done.exit_code == 0, done.output
    assert "All verdicts" in done.stdout
    assert {path.name for path in (folder / "all").iterdir()} == {"one", "two"}


def test_json_has_verdicts_and_estimates_and_nothing_undefined() -> None:
    done = labsim("trial", "one.yaml", "--workers", "1", "--json", "--quiet", "--no-report", "--seeds", "1")
    assert done.exit_code == 0, done.output
    facts = json.loads(done.stdout)
    assert facts["verdicts"][0]["verdict"] == "open"
    assert facts["verdicts"][0]["model_low"] is None
    assert {row["estimate"] for row in facts["estimates"]} == {"truth", "difference", "matching"}


def test_a_trial_named_twice_and_a_scenario_are_refused() -> None:
    twice = labsim("trial", "one.yaml", "one.yaml")
    assert twice.exit_code == 2
    assert "named twice" in twice.output
    other = labsim("trial", "toytown")
    assert other.exit_code == 2
    assert "this is a scenario, but a trial is asked for; use `labsim run`" in other.output


def test_other_commands_say_which_command_a_trial_needs() -> None:
    done = labsim("run", "one.yaml")
    assert done.exit_code == 2
    assert "use `labsim trial`" in done.output


def test_check_knows_trials() -> None:
    done = labsim("check", "one.yaml")
    assert done.exit_code == 0
    assert "trial, fine" in done.stdout


def test_bands_read_as_words() -> None:
    assert band_text(-20.0, 0.0) == "-20 to 0"
    assert band_text(None, 0.0) == "below 0"
