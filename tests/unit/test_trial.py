"""Randomised trials within the model: two worlds from the same bits, arms drawn by lot, tables that add up."""

from __future__ import annotations

import copy
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from labsim.codes import EMPLOYED, IN_MEASURE, UNEMPLOYED
from labsim.experiment.trial import (
    IntensiveCounselling,
    Sanction,
    Trial,
    draw_arms,
    follow,
    market_of,
    run_trials,
    treatment,
)
from labsim.experiment.trial_tables import ARMS, DURATIONS
from labsim.model import LabourMarket
from labsim.policy.instrument import load_instruments

MONTH, FOLLOW_UP = "2001-07", 12
STATES = ["employed", "unemployed", "in_measure", "inactive"]
BOTH = ["trial", "seed", "arm", "municipality", "duration", "eligible", "horizon"]


def instrument(name, **settings):
    """Return an instrument with some settings changed."""
    return load_instruments()[name](**settings)


@pytest.fixture(scope="module")
def training(toytown):
    """A trial of further training for half of the eligible, everywhere."""
    return Trial(toytown(scale=0.1), instrument("further_training"), 0.5, MONTH, FOLLOW_UP)


@pytest.fixture(scope="module")
def tables(training):
    """What the trial of further training and one of a sanction found with the first seed."""
    return run_trials({"training": training, "sanction": replace(training, treatment=Sanction())}, 1)


@pytest.fixture(scope="module")
def branch(training):
    """The market at the start of the trial, the position of the training in it, and who was drawn."""
    model, positions = market_of(training.scenario, {"training": training}, 1, 1)
    model.run(training.first_month)
    return model, positions["training"], draw_arms(model.world, training)


def test_until_the_trial_the_market_is_the_one_without_a_trial(training, branch):
    plain = LabourMarket(training.scenario, seed=1).run(training.first_month)
    model, _, _ = branch
    assert model.month == plain.month
    for name, column in zip(plain.world.persons._fields, plain.world.persons, strict=True):
        np.testing.assert_array_equal(column, getattr(model.world.persons, name), err_msg=name)


def test_both_worlds_branch_from_the_same_bits(branch):
    model, _, _ = branch
    before = model.digest()
    twin = copy.deepcopy(model)
    follow(twin, 3)
    assert model.digest() == before != twin.digest()


@pytest.mark.parametrize("name", ["training", "sanction"])
def test_where_nobody_is_treated_the_worlds_stay_equal_for_ever(branch, name):
    model, position, _ = branch
    position = position if name == "training" else None
    nobody = np.zeros(0, np.int64)
    one, other = copy.deepcopy(model), copy.deepcopy(model)
    with_it = follow(one, FOLLOW_UP, treatment(position, nobody), position)
    without = follow(other, FOLLOW_UP)
    assert one.digest() == other.digest()
    np.testing.assert_array_equal(with_it.status, without.status)


def test_at_the_draw_the_tables_of_both_worlds_are_equal(tables):
    start = tables.cells[tables.cells["horizon"] == 0]
    worlds = [start[start["world"] == world].drop(columns="world") for world in ("treated", "untreated")]
    pd.testing.assert_frame_equal(*(world.reset_index(drop=True) for world in worlds))


def test_treatment_changes_the_world(tables):
    last = tables.cells[tables.cells["horizon"] == FOLLOW_UP]
    sums = last.groupby(["trial", "world"], observed=True)[STATES].sum()
    for trial in ("training", "sanction"):
        assert not sums.loc[trial, "treated"].equals(sums.loc[trial, "untreated"])


def test_arms_partition_the_population(training, branch):
    model, _, arms = branch
    assert np.bincount(arms.arm, minlength=len(ARMS)).sum() == model.world.size
    assert np.array_equal(arms.arm == ARMS.index("treated"), arms.treated)
    assert np.array_equal(arms.arm == ARMS.index("control"), arms.eligible & ~arms.treated)
    p = model.world.persons
    assert (p.status[arms.eligible] == UNEMPLOYED).all()
    assert (p.measure[arms.eligible] == 0).all()
    assert 0.4 < arms.treated.sum() / arms.eligible.sum() < 0.6
    assert not (arms.arm == ARMS.index("untreated_elsewhere")).any()


def test_the_table_adds_up(training, branch, tables):
    cells = tables.cells
    assert (cells[STATES].sum(axis=1) == cells["persons"]).all()
    assert (cells["employed_in_both"] <= cells["employed"]).all()
    assert (cells["months_employed"] <= cells["persons"] * cells["horizon"]).all()
    everybody = cells[cells["horizon"] == 0].groupby(["trial", "world"], observed=True)["persons"].sum()
    assert (everybody == branch[0].world.size).all()
    assert not cells.duplicated([*BOTH, "world"]).any()
    assert set(cells["duration"]) <= set(DURATIONS)


def test_people_drop_out_at_65_in_both_worlds_alike(tables):
    cells = tables.cells.groupby([*BOTH, "world"], observed=True)["persons"].sum().unstack("world")
    assert (cells["treated"] == cells["untreated"]).all()
    by_horizon = cells["treated"].groupby(["trial", "horizon"], observed=True).sum().unstack("horizon")
    assert (by_horizon.diff(axis=1).iloc[:, 1:] <= 0).all(axis=None)
    assert (by_horizon[FOLLOW_UP] < by_horizon[0]).all()


def test_months_in_work_are_the_sum_of_months_in_which_somebody_works(tables):
    training = tables.people[tables.people["trial"] == "training"]
    at_end = tables.cells[
        (tables.cells["trial"] == "training")
        & (tables.cells["horizon"] == FOLLOW_UP)
        & tables.cells["eligible"]
    ]
    whole = training[training["months_followed"] == FOLLOW_UP]
    for world in ("treated", "untreated"):
        months = at_end.loc[at_end["world"] == world, "months_employed"].sum()
        assert months == whole[f"months_employed_{world}"].sum() > 0


def test_the_treated_enter_and_nobody_else_does(branch):
    model, position, arms = branch
    rows, twin = np.flatnonzero(arms.treated), copy.deepcopy(model)
    path = follow(twin, FOLLOW_UP, treatment(position, rows), position)
    assert not path.taking_part[:, ~arms.treated].any()
    first = path.status[1, rows]
    assert np.isin(first, (IN_MEASURE, EMPLOYED)).sum() == path.same[1, rows].sum()
    assert path.taking_part[1, rows].sum() == (first == IN_MEASURE).sum()
    length = model.programme.measures[position].instrument.months
    assert path.taking_part[length].any()
    assert not path.taking_part[length + 1 :].any()


def test_who_completes_gains_for_good(branch):
    model, position, arms = branch
    rows, twin = np.flatnonzero(arms.treated), copy.deepcopy(model)
    before = twin.world.persons.skill_level.copy()
    length = model.programme.measures[position].instrument.months
    path = follow(twin, length + 1, treatment(position, rows), position)
    completed = rows[path.taking_part[length, rows] & path.same[length + 1, rows]]
    left = rows[~path.taking_part[length, rows] & path.same[length + 1, rows]]
    rise = twin.world.persons.skill_level - before
    assert completed.size
    assert left.size
    assert (rise[completed] > 0.0).all()
    assert (rise[left] == 0.0).all()


def test_spending_is_what_the_books_say(branch, training, tables):
    model, position, arms = branch
    twin = copy.deepcopy(model)
    path = follow(twin, FOLLOW_UP, treatment(position, np.flatnonzero(arms.treated)), position)
    cost = model.programme.measures[position].instrument.cost
    cells = tables.cells[(tables.cells["trial"] == "training") & (tables.cells["horizon"] == FOLLOW_UP)]
    spent = cells.groupby(["world", "arm"], observed=True)["spending"].sum()
    assert spent["treated", "treated"] == pytest.approx(path.spent.sum())
    assert spent.drop(("treated", "treated")).sum() == 0.0
    assert path.spent[1].sum() == pytest.approx(cost * np.count_nonzero(arms.treated & path.same[1]))


def test_a_sanction_is_imposed_on_the_treated_alone(branch):
    model, _, arms = branch
    rows, twin, plain = np.flatnonzero(arms.treated), copy.deepcopy(model), copy.deepcopy(model)
    follow(twin, 1, treatment(None, rows))
    follow(plain, 1)
    more = twin.world.persons.sanction_left > plain.world.persons.sanction_left
    unemployed = arms.treated & (twin.world.persons.status == UNEMPLOYED)
    assert unemployed.any()
    assert (twin.world.persons.sanction_left[unemployed] > 0).all()
    assert not more[~arms.treated].any()


def test_a_larger_share_treats_the_same_people_and_more(branch, training):
    world = branch[0].world
    drawn = [draw_arms(world, replace(training, share=share)).treated for share in (0.0, 0.25, 0.5, 1.0)]
    for fewer, more in pairwise(drawn):
        assert (fewer <= more).all()
        assert fewer.sum() < more.sum()
    assert not drawn[0].any()


def test_in_municipalities_without_a_share_nobody_is_treated(branch, training):
    names = [m.name for m in training.scenario.place.municipalities]
    arms = draw_arms(branch[0].world, replace(training, share={names[0]: 1.0}))
    assert arms.treated.any()
    assert (arms.municipality[arms.treated] == 0).all()
    elsewhere = arms.arm == ARMS.index("untreated_elsewhere")
    assert np.array_equal(elsewhere, arms.municipality != 0)
    assert arms.eligible[elsewhere].any()


def test_a_condition_narrows_the_eligible(branch, training):
    world = branch[0].world
    everybody = draw_arms(world, training)
    patient = draw_arms(world, replace(training, eligible=lambda seen: seen.months_since_job > 12))
    assert patient.eligible.sum() < everybody.eligible.sum()
    assert (patient.months_out[patient.eligible] > 12).all()
    assert (patient.treated <= everybody.treated).all()


def test_an_instrument_keeps_its_own_rule_of_who_may_take_part(branch, training):
    waiting = replace(training, treatment=instrument("wage_subsidy", min_months_unemployed=6))
    arms = draw_arms(branch[0].world, waiting)
    assert (arms.months_out[arms.eligible] >= 6).all()


def test_a_trial_alone_finds_what_it_finds_beside_others(training, tables):
    alone = training.run(1).cells
    together = tables.cells[tables.cells["trial"] == "training"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone.drop(columns="trial"), together.drop(columns="trial"))


def test_intensive_counselling_makes_people_search_more_and_keeps_them_registered(training):
    trial = replace(training, treatment=IntensiveCounselling(more_effort=2.0), share=1.0)
    model, positions = market_of(trial.scenario, {"counselling": trial}, 1, 1)
    model.run(trial.first_month)
    rows = np.flatnonzero(draw_arms(model.world, trial).treated)
    path = follow(model, 1, treatment(positions["counselling"], rows), positions["counselling"])
    searching = path.taking_part[1]
    assert searching.any()
    assert (path.status[1, searching] == UNEMPLOYED).all()
    np.testing.assert_allclose(model.world.channels.search_effort[searching], 3.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"share": 1.5}, "share is 1.5"),
        ({"share": {"Nowhere": 0.5}}, "'Nowhere', but known are"),
        ({"follow_up": 0}, "at least 1"),
        ({"follow_up": 60}, "but the scenario runs from 2001-01"),
        ({"month": "2000-12"}, "begins in 2000-12"),
        ({"treatment": "local_job_development"}, "opens jobs instead of giving places"),
    ],
)
def test_a_trial_that_cannot_be_is_refused(training, changes, message):
    if "treatment" in changes:
        changes = {"treatment": instrument(changes["treatment"])}
    with pytest.raises(ValueError, match=message):
        replace(training, **changes)


def test_trials_of_different_months_do_not_run_together(training):
    with pytest.raises(ValueError, match="another scenario or month"):
        run_trials({"one": training, "other": replace(training, month="2001-08")}, 1)
    with pytest.raises(ValueError, match="no trial"):
        run_trials({}, 1)
