"""Designs of virtual evaluations in a small invented town: who is drawn, what moves, what is kept."""

from __future__ import annotations

import copy
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from labsim.codes import UNEMPLOYED
from labsim.config import load, load_regime
from labsim.config.loader import load_trial
from labsim.config.markets import in_copies, market_of_each, with_jobs
from labsim.config.treatments import Rules, with_rules
from labsim.experiment.store import OutputError
from labsim.experiment.trial import Trial, draw_arms, follow, market_of, run_trials, under_rules
from labsim.experiment.trial_tables import OBSERVED
from labsim.experiment.trials.campaign import run_trial
from labsim.experiment.trials.clients import in_order_of_lots, shares_by_lot
from labsim.experiment.trials.municipal import move_to_rules, starts_by_lot
from labsim.model import LabourMarket, move_the_policy_clock
from labsim.policy.instrument import load_instruments
from labsim.scenario import Scenario
from labsim.units import format_month

MARKET = "{scenario: flat, based_on: toytown, label: {en: Flat}, transitions: [], burn_in: 3, scale: 0.05}"
CLIENTS = f"""\
trial: training
label: {{en: Training}}
design: clients
scenario: {MARKET}
seeds: 2
month: 2000-06
follow_up: 12
horizons: [3, 12]
treatments:
  - {{treatment: training, instrument: further_training}}
  - {{treatment: strict, regime: demand_and_support}}
outcomes: [employed, exit_rate, left_register]
against:
  - {{finding: training_never_negative, treatment: training, outcome: employed, months: 6..12}}
"""
MUNICIPALITIES = f"""\
trial: devolved
label: {{en: Devolved}}
design: municipalities
scenario: {MARKET}
copies: 4
seeds: 2
month: 2000-07
before: 6
follow_up: 18
horizons: [6, 12]
cohorts: [{{start: 2000-07, share: 0.25}}, {{start: 2001-01, share: 0.25}}]
treatments:
  - {{treatment: municipal, governance: {{mode: municipal, local_choice: 1.0, referral_reach: 0.0}}}}
  - {{treatment: strict, regime: demand_and_support}}
outcomes: [job_finding_rate, sanctions]
"""
SATURATION = f"""\
trial: saturated
label: {{en: Saturated}}
design: saturation
scenario: {MARKET}
copies: 4
unit: copy
markets: {{slack: 0.9, tight: 1.1}}
shares: [0.0, 0.5, 1.0]
seeds: 1
month: 2000-03
follow_up: 6
horizons: [3, 6]
treatments: [{{treatment: counselling, instrument: intensive_counselling}}]
outcomes: [employed]
"""


@pytest.fixture
def trial_file(tmp_path: Path):
    def write(text: str) -> Path:
        file = tmp_path / "trial.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


@pytest.fixture(scope="module")
def flat() -> Scenario:
    return load("toytown", scale=0.05, burn_in=3).model_copy(
        update={"timeline": load("toytown").timeline.model_copy(update={"transitions": ()})}
    )


def test_copies_of_a_place_are_alike_and_out_of_reach(flat: Scenario) -> None:
    three = in_copies(flat, 3)
    names = [m.name for m in three.place.municipalities]
    assert len(names) == len(set(names)) == 6
    assert market_of_each(three.place, 3) == [0, 0, 1, 1, 2, 2]
    minutes = np.array(three.place.travel_minutes)
    np.testing.assert_array_equal(minutes[:2, :2], np.array(flat.place.travel_minutes))
    np.testing.assert_array_equal(minutes[4:, 4:], minutes[:2, :2])
    assert (minutes[:2, 2:] >= 600).all()
    type(three.place).model_validate(three.place.model_dump())


def test_nobody_commutes_between_copies(flat: Scenario) -> None:
    model = LabourMarket(in_copies(flat, 2), seed=1).run(LabourMarket(flat, seed=1).start_month)
    p, jobs = model.world.persons, model.world.employers.municipality
    at_work = np.flatnonzero(p.status == 0)
    assert at_work.size
    assert (p.municipality[at_work] // 2 == jobs[p.employer[at_work]] // 2).all()


def test_a_tight_market_has_more_jobs_per_head(flat: Scenario) -> None:
    base = [m.jobs_per_head or flat.parameters.demand.jobs_per_head for m in flat.place.municipalities]
    tight = [m.jobs_per_head for m in with_jobs(flat, 1.1).place.municipalities]
    np.testing.assert_allclose(tight, np.array(base) * 1.1)


def test_rules_that_nobody_comes_under_change_no_bit(flat: Scenario) -> None:
    known, codes = with_rules(flat, [load_regime("demand_and_support"), load_regime("local_activation")])
    assert codes == [1, 2]
    until = LabourMarket(flat, seed=1).start_month + 6
    plain, other = (LabourMarket(each, seed=1).run(until) for each in (flat, known))
    for name, column in zip(plain.world.persons._fields, plain.world.persons, strict=True):
        np.testing.assert_array_equal(column, getattr(other.world.persons, name), err_msg=name)


def test_the_treated_come_under_other_rules_and_stay_there(flat: Scenario) -> None:
    trial = Trial(flat, Rules(load_regime("demand_and_support")), 0.5, "2000-06", 6)
    model, positions = market_of(flat, {"strict": trial}, 1, 1)
    model.run(trial.first_month)
    rows = np.flatnonzero(draw_arms(model.world, trial).treated)
    assert rows.size
    follow(model, 6, under_rules(positions["strict"], rows), instead_of=move_the_policy_clock)
    regime = model.world.persons.regime
    assert (
        regime[rows] == positions["strict"]
    ).mean() > 0.95  # who reaches 65 is followed by a school leaver
    others = np.ones(model.world.size, bool)
    others[rows] = False
    assert (regime[others] == 0).all()


def test_rules_show_in_what_becomes_of_the_treated(flat: Scenario) -> None:
    trial = Trial(flat, Rules(load_regime("demand_and_support")), 0.5, "2000-06", 24)
    cells = run_trials({"strict": trial}, 1).cells
    last = cells[(cells["horizon"] == 24) & (cells["arm"] == "treated")]
    sanctioned = last.groupby("world", observed=True)["sanctioned"].sum()
    assert sanctioned["treated"] > sanctioned["untreated"]


def test_caseworkers_choose_by_their_targeting_and_give_the_share_of_each_municipality(
    flat: Scenario,
) -> None:
    course = load_instruments()["further_training"](targeting=1.0)
    trial = Trial(flat, course, 0.3, "2000-06", 6, assignment="caseworkers")
    model, _ = market_of(flat, {"course": trial}, 1, 1)
    model.run(trial.first_month)
    arms, by_need = draw_arms(model.world, trial), None
    need = replace(trial, treatment=load_instruments()["further_training"](targeting=-1.0))
    by_need = draw_arms(model.world, need)
    for m in range(model.world.municipalities):
        here = arms.municipality == m
        eligible = np.count_nonzero(arms.eligible & here)
        assert np.count_nonzero(arms.treated & here) == round(0.3 * eligible)
    months = arms.months_out
    assert months[arms.treated].mean() < months[arms.eligible].mean() < months[by_need.treated].mean()
    assert arms.observed.shape == (model.world.size, len(OBSERVED))


def test_shares_are_dealt_to_copies_in_an_order_by_lot(trial_file) -> None:
    trial = load_trial(trial_file(SATURATION))
    scenario = trial.markets["slack"]
    shares = [shares_by_lot(trial, scenario, seed) for seed in range(6)]
    for each in shares:
        by_copy = [set(list(each.values())[2 * k : 2 * k + 2]) for k in range(4)]
        assert all(len(one) == 1 for one in by_copy)
        assert sorted(Counter(one.pop() for one in by_copy).values()) == [1, 1, 2]
    assert len({tuple(each.values()) for each in shares}) > 1
    assert shares[0] == shares_by_lot(trial, trial.markets["tight"], 0)


def test_cohorts_are_drawn_by_lot_and_some_are_never_treated(trial_file) -> None:
    trial = load_trial(trial_file(MUNICIPALITIES))
    for seed in range(4):
        starts = starts_by_lot(trial, seed)
        named = Counter("never" if start is None else format_month(start) for start in starts)
        assert named == {"2000-07": 2, "2001-01": 2, "never": 4}
    assert sorted(in_order_of_lots(range(8), 3, 10)) == list(range(8))


def test_municipalities_move_to_other_rules_from_their_start_on(trial_file) -> None:
    trial = load_trial(trial_file(MUNICIPALITIES))
    starts = starts_by_lot(trial, 1)
    scenario, (code,) = with_rules(trial.markets[""], [load_regime("demand_and_support")])
    model = LabourMarket(scenario, seed=1)
    first = min(start for start in starts if start is not None)
    model.run(first)
    plain = copy.deepcopy(model)
    move_to_rules(model, code, starts)
    for each in (model, plain):
        for _ in range(2):
            each.step()
    p, moved = model.world.persons, np.array([start == first for start in starts])
    unemployed = (p.status == UNEMPLOYED) & (p.measure == 0)
    assert (p.regime[unemployed & moved[p.municipality]] == code).all()
    assert (p.regime[~moved[p.municipality]] == 0).all()
    assert (plain.world.persons.regime == 0).all()


@pytest.mark.parametrize(
    ("text", "name"), [(CLIENTS, "cells"), (MUNICIPALITIES, "panel"), (SATURATION, "cells")]
)
def test_a_trial_runs_resumes_and_finds_the_same(trial_file, tmp_path: Path, text: str, name: str) -> None:
    file, folder = trial_file(text), tmp_path / "out"
    run_trial(file, folder, workers=1)
    names = (name, "estimates", "verdicts")
    found = {each: pd.read_parquet(folder / f"{each}.parquet") for each in names}
    assert len(found[name])
    assert len(found["estimates"])
    market = next(iter((folder / "runs").iterdir()))
    kept = market / "seed-1" / "run.json"
    stamp = kept.stat().st_mtime_ns
    other = next((each for each in sorted((folder / "runs").glob("*/seed-*")) if each != kept.parent), None)
    assert other is not None
    shutil.rmtree(other)
    run_trial(file, folder, workers=2)
    assert kept.stat().st_mtime_ns == stamp
    for each in names:
        pd.testing.assert_frame_equal(found[each], pd.read_parquet(folder / f"{each}.parquet"))


def test_the_results_of_another_trial_are_not_overwritten_unasked(trial_file, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    run_trial(trial_file(SATURATION), folder, workers=1)
    other = trial_file(SATURATION.replace("trial: saturated", "trial: other"))
    with pytest.raises(OutputError, match="another trial"):
        run_trial(other, folder, workers=1)
    assert run_trial(other, folder, workers=1, overwrite=True) == folder


def test_the_truth_of_the_estimates_is_that_of_the_cells(trial_file, tmp_path: Path) -> None:
    from labsim.analysis.trial_values import Choice, value

    folder = run_trial(trial_file(CLIENTS), tmp_path / "out", workers=1)
    cells, estimates = (pd.read_parquet(folder / f"{each}.parquet") for each in ("cells", "estimates"))
    for name in ("truth", "difference"):
        for horizon in (3, 12):
            chosen = estimates.query(
                f"trial == 'training' and outcome == 'employed' and estimate == '{name}' and horizon == {horizon}"
            )
            from_cells = value(cells, Choice("training", "employed", horizon, horizon, name))
            np.testing.assert_allclose(chosen.sort_values("seed")["value"], from_cells, atol=1e-6)
