"""A calibration comes to one result: whatever the processes, and also if it was killed and started again."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from labsim.calibration.fit import Fit, aims_of, calibrate
from labsim.calibration.written import adopt, write_fit
from labsim.config import load_place
from labsim.config.calibrations import load_calibration
from labsim.config.scorecards import load_scorecard
from labsim.experiment.plan import plan_from
from labsim.report.calibration import write_calibration

SCENARIO = """\
scenario: short_toytown
label: {en: A short history of Toytown}
based_on: toytown
burn_in: 6
scale: 0.02
end: 2000-12
"""
SCORECARD = """\
scorecard: toytown
scenario: short_toytown
scale: 0.02
seeds: 1
bands:
  wide: {half: 1.0, why: a test}
targets:
  - {target: early, label: {en: Early}, statistic: mean, indicator: unemployment_rate, period: 2000-02..2000-06,
     published: {figure: 9.0, unit: "%", source: nowhere, sure: SEEN}, band: wide, role: fit}
  - {target: filled, label: {en: Filled}, statistic: mean, indicator: vacancy_age_at_filling, period: 2000-02..2000-12,
     published: {figure: 30.0, unit: days, source: nowhere, sure: SEEN}, band: {half: 5.0, why: a test}, role: fit}
"""
CALIBRATION = """\
calibration: toytown
scenario: short_toytown
scale: 0.02
seeds: [1, 2]
levels: 1
level_months: 6
level_scale: 0.02
trajectories: 2
generations: 2
population: 4
members: 3
free:
  - {parameter: demand.level, prior: {low: 0.9, high: 1.1}, why: a test}
  - {parameter: separations.base, prior: {shape: normal, low: 0.001, high: 0.005, mean: 0.003, sd: 0.001}, why: a test}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a place's folder with a scorecard and a calibration, and a short scenario."""
    place = tmp_path_factory.mktemp("configs") / "places" / "toytown"
    place.mkdir(parents=True)
    (place / "scorecard.yaml").write_text(SCORECARD)
    (place / "calibration.yaml").write_text(CALIBRATION)
    scenarios = place.parent.parent / "scenarios"
    scenarios.mkdir()
    (scenarios / "short_toytown.yaml").write_text(SCENARIO)
    return place


def calibrated(place: Path, results: Path, workers: int = 1) -> Fit:
    asked, card = load_calibration(place), load_scorecard(place)
    found = calibrate(asked, card, results, workers=workers)
    write_fit(results, asked, card, found)
    return found


@pytest.fixture(scope="module")
def fit(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Fit, Path]:
    """Return a calibration done in one go, and its folder."""
    results = tmp_path_factory.mktemp("whole")
    return calibrated(folder, results), results


def test_the_best_fit_is_better_than_the_middle_of_the_priors_and_all_members_are_accepted(
    fit: tuple[Fit, Path],
) -> None:
    found, _ = fit
    trials = found.trials
    assert found.loss == trials.loc[trials["stage"] != "screening", "loss"].min()
    assert found.loss < trials.loc[trials["stage"] == "screening", "loss"].median()
    assert 1 <= len(found.members) <= 3
    assert (trials.loc[trials["accepted"], "loss"] <= found.limit).all()
    assert set(found.shifts) == {"Upper Toytown", "Lower Toytown"}
    assert set(found.fits["target"]) == {"early", "filled"}


def test_starting_again_simulates_nothing_and_finds_the_same(folder: Path, fit: tuple[Fit, Path]) -> None:
    found, results = fit
    again = calibrated(folder, results)
    assert again.simulated == 0
    assert again.best == found.best
    pd.testing.assert_frame_equal(again.trials, found.trials)


def test_a_calibration_that_was_killed_goes_on_and_ends_with_the_same_file(
    folder: Path, fit: tuple[Fit, Path], tmp_path: Path
) -> None:
    command = [
        sys.executable,
        "-m",
        "labsim",
        "calibrate",
        str(folder),
        "--out",
        str(tmp_path),
        "--workers",
        "2",
        "-q",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    evaluations = tmp_path / "evaluations"
    deadline = time.monotonic() + 120
    while len(list(evaluations.glob("*.json")) if evaluations.is_dir() else []) < 5:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    files = sorted(evaluations.glob("*.json"))
    done = len(files)
    assert not (tmp_path / "calibrated.yaml").exists()
    files[0].write_text(files[0].read_text()[:20])  # a file that was cut counts as not there
    subprocess.run(command, check=True, capture_output=True)
    whole = fit[1]
    assert 5 <= done < len(list(evaluations.glob("*.json")))
    assert (tmp_path / "calibrated.yaml").read_bytes() == (whole / "calibrated.yaml").read_bytes()
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "trials.parquet"), pd.read_parquet(whole / "trials.parquet")
    )


def test_the_page_of_a_calibration_shows_targets_parameters_and_pairs(fit: tuple[Fit, Path]) -> None:
    html = write_calibration(fit[1]).read_text()
    for text in (
        "demand.level",
        "separations.base",
        "early",
        "filled",
        "Screening",
        "Levels of the municipalities",
    ):
        assert text in html, text
    assert "https://" not in html.split("<script")[0]


def adopting_place(folder: Path) -> Path:
    """Return a copy of Toytown in a folder of its own that says where its calibration stands."""
    mine = folder / "places" / "toytown"
    mine.mkdir(parents=True)
    shipped = Path(__file__).resolve().parents[2] / "configs" / "places" / "toytown"
    for file in shipped.iterdir():
        if file.suffix in {".csv", ".yaml"} and file.name not in {"scorecard.yaml", "calibration.yaml"}:
            (mine / file.name).write_bytes(file.read_bytes())
    (mine / "place.yaml").write_text((shipped / "place.yaml").read_text() + "\ncalibrated: calibrated.yaml\n")
    return mine


def test_a_calibration_after_adoption_does_not_start_from_the_adopted_one(
    fit: tuple[Fit, Path], tmp_path: Path
) -> None:
    found, results = fit
    mine = adopting_place(tmp_path)
    scenario = SCENARIO.replace("based_on: toytown", f"based_on: toytown\nplace: {mine}")
    (tmp_path / "short_toytown.yaml").write_text(scenario)
    (mine / "scorecard.yaml").write_text(
        SCORECARD.replace("scenario: short_toytown", f"scenario: {tmp_path / 'short_toytown.yaml'}")
    )
    (mine / "calibration.yaml").write_text(
        CALIBRATION.replace("scenario: short_toytown", f"scenario: {tmp_path / 'short_toytown.yaml'}")
    )
    adopted = results / "calibrated.yaml"
    before = adopted.read_bytes()
    (mine / "calibrated.yaml").write_bytes(before)
    assert load_place(mine).calibrated is not None
    again = calibrated(mine, results)
    assert again.simulated == 0
    assert again.shifts == found.shifts
    assert adopted.read_bytes() == before
    assert adopt(load_calibration(mine), load_scorecard(mine), again).read_bytes() == before


def test_a_scenario_of_the_place_starts_from_the_fit_and_an_experiment_can_use_the_ensemble(
    folder: Path, fit: tuple[Fit, Path], tmp_path: Path
) -> None:
    found, results = fit
    mine = adopting_place(tmp_path)
    (mine / "calibrated.yaml").write_bytes((results / "calibrated.yaml").read_bytes())
    place = load_place(mine)
    assert place.calibrated is not None
    assert {m.name: m.skill_shift for m in place.municipalities} == found.shifts
    scenario_file = tmp_path / "mine.yaml"
    scenario_file.write_text(
        SCENARIO.replace("short_toytown", "mine")
        + f"place: {mine}\nparameters: {{separations: {{base: 0.002}}}}\n"
    )
    plan = plan_from([str(scenario_file)]).over(3)
    scenario = plan.scenarios[0]
    assert scenario.parameters.demand.level == found.best["demand.level"]
    assert scenario.parameters.separations.base == 0.002
    many = plan.with_ensemble()
    levels = [many.at_seed(scenario, seed).parameters.demand.level for seed in many.seeds]
    members = [member["demand.level"] for member in found.members]
    assert levels == [members[k % len(members)] for k in range(3)]
    assert (many.keys != plan.keys) == (len(found.members) > 1 or found.best["separations.base"] != 0.002)


def test_a_place_without_ensemble_cannot_give_one() -> None:
    with pytest.raises(ValueError, match="has no calibrated ensemble"):
        plan_from(["toytown"]).over(1).with_ensemble()


def test_every_shipped_calibration_has_targets_to_fit_and_no_more_parameters_than_targets() -> None:
    for name in ("dortmund", "brandenburg"):
        assert len(load_calibration(name).names) <= len(aims_of(load_scorecard(name)))
