"""The stages of a calibration on problems whose answers are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import truncnorm

from labsim.calibration import emulator as surfaces
from labsim.calibration.ensemble import profiles, proposals, threshold
from labsim.calibration.evaluate import Aim, losses, mean_rates
from labsim.calibration.levels import fitted_shifts, flat
from labsim.calibration.priors import prior_loss, value_at, values_at
from labsim.calibration.screen import design, screened
from labsim.calibration.search import search
from labsim.config import load
from labsim.config.calibrations import FreeParameter, Prior
from labsim.parameters import Parameters
from labsim.parameters.overrides import overlaid, scalars, with_values

AIMS = (Aim("a", 1.0, 0.2, 1.0), Aim("b", -0.5, 0.1, 2.0), Aim("c", 0.3, 0.3, 1.0))
NAMES = ("x", "y", "idle")


def targets_at(points: np.ndarray) -> np.ndarray:
    """Three targets of three parameters: "a" and "b" tell x and y apart, nothing tells of the last one."""
    x, y = points[:, 0], points[:, 1]
    return np.column_stack([0.4 + x + 0.2 * y**2, -0.9 + 0.8 * y, x * y])


def cube(n: int, d: int) -> np.ndarray:
    """Return points that fill the unit cube evenly, the same ones every time."""
    steps = np.array([0.8191725134, 0.6710436067, 0.5497004779])[:d]
    return (0.5 + np.outer(np.arange(1, n + 1), steps)) % 1.0


def share_below(prior: Prior, value: float) -> float:
    """Return the part of a prior's mass that lies below a value, a normal one cut off at its ends."""
    if prior.mean is None or prior.sd is None:
        return (value - prior.low) / (prior.high - prior.low)
    ends = ((end - prior.mean) / prior.sd for end in (prior.low, prior.high))
    return float(truncnorm.cdf(value, *ends, loc=prior.mean, scale=prior.sd))


def test_a_normal_prior_speaks_in_the_fit_and_a_uniform_one_does_not() -> None:
    flat_one = FreeParameter(parameter="demand.level", prior=Prior(low=0.9, high=1.1), why="a test")
    normal = Prior(shape="normal", low=-4.0, high=4.0, mean=0.0, sd=1.0)
    free = (flat_one, FreeParameter(parameter="demand.drift", prior=normal, why="a test"))
    two_sd = share_below(normal, 2.0)
    found = prior_loss(free, np.array([[0.0, 0.5], [1.0, 0.5], [0.5, two_sd]]))
    assert found == pytest.approx([0.0, 0.0, 4.0], abs=1e-4)


@given(st.floats(0.001, 0.999), st.sampled_from(["uniform", "normal"]))
def test_a_value_and_its_quantile_belong_to_each_other(quantile: float, shape: str) -> None:
    extra = {"mean": 1.5, "sd": 0.8} if shape == "normal" else {}
    prior = Prior(shape=shape, low=1.0, high=3.0, **extra)
    value = value_at(prior, quantile)
    assert 1.0 <= value <= 3.0
    assert share_below(prior, value) == pytest.approx(quantile, abs=1e-4)


def test_a_point_of_prior_quantiles_gives_each_parameter_its_value() -> None:
    free = [
        FreeParameter(parameter="demand.level", prior=Prior(low=0.9, high=1.1), why="test"),
        FreeParameter(parameter="hiring.stigma", prior=Prior(low=0.0, high=0.4), why="test"),
    ]
    assert values_at(free, [0.25, 0.5]) == {"demand.level": 0.95, "hiring.stigma": 0.2}


def test_the_loss_is_four_at_the_edge_of_a_band_and_counts_what_is_undefined_as_far() -> None:
    aims = (Aim("a", 1.0, 0.5, 1.0), Aim("b", 2.0, 1.0, 0.5))
    values = np.array([[1.5, 2.0], [1.0, 3.0], [np.nan, 2.0]])
    assert losses(values, aims) == pytest.approx([4.0, 2.0, 100.0])


def test_a_screening_finds_the_parameter_that_nothing_responds_to() -> None:
    points = design(NAMES, 6, seed=3)
    found = screened(NAMES, points, targets_at(points), ["a", "b", "c"], [aim.half_width for aim in AIMS])
    assert found.weak == ("idle",)
    assert found.alike == ()
    effects = found.effects.set_index(["parameter", "target"])["mu_star"]
    assert effects["x", "a"] == pytest.approx(1.0 / 0.2)
    assert effects["y", "b"] == pytest.approx(0.8 / 0.1)


def test_a_screening_names_parameters_that_act_alike() -> None:
    points = design(("x", "y"), 6, seed=1)
    both = (points[:, 0] + 2.0 * points[:, 1])[:, np.newaxis]
    found = screened(("x", "y"), points, np.hstack([both, -both]), ["a", "b"], [1.0, 1.0])
    assert [(a, b) for a, b, _ in found.alike] == [("x", "y")]


def test_the_response_surface_gives_a_quadratic_model_back_and_knows_its_error() -> None:
    points = cube(80, 3)
    surface = surfaces.fitted(points, targets_at(points), AIMS)
    fresh = cube(120, 3)[80:]
    assert np.abs(surface.values(fresh) - targets_at(fresh)).max() < 0.02
    assert (surface.error < 0.02).all()


def test_the_linear_start_meets_the_targets_of_a_linear_model() -> None:
    points = cube(30, 3)
    slopes = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    aims = (Aim("a", 0.7, 0.01, 1.0), Aim("b", 0.2, 0.01, 1.0))
    start = surfaces.linear_start(points, points @ slopes, aims)
    assert start == pytest.approx([0.7, 0.2, 0.5], abs=0.01)


def test_the_search_comes_close_to_the_best_fit_and_repeats_itself() -> None:
    def losses_at(points: np.ndarray) -> np.ndarray:
        return losses(targets_at(points), AIMS)

    start = np.array([0.2, 0.2, 0.5])
    points, loss = search(losses_at, start, generations=20, population=8, seed=1)
    again, _ = search(losses_at, start, generations=20, population=8, seed=1)
    assert (points == again).all()
    assert (points[0] == start).all()
    assert ((points >= 0.0) & (points <= 1.0)).all()
    assert loss.min() < 0.05 * loss[0]
    assert points[int(np.argmin(loss))][1] == pytest.approx(0.5, abs=0.05)


def test_profiles_are_narrow_where_the_targets_tell_and_wide_where_they_do_not() -> None:
    points = cube(90, 3)
    values = targets_at(points)
    surface = surfaces.fitted(points, values, AIMS)
    best, _ = surfaces.minimum(surface, points[np.argsort(losses(values, AIMS))[:3]])
    found = profiles(surface, best, NAMES)
    assert found["y"].learned > 0.5
    assert found["idle"].learned < 0.2
    assert found["y"].low <= 0.5 <= found["y"].high


def test_members_are_proposed_where_the_loss_is_acceptable_and_spread_over_what_is_open() -> None:
    points = cube(90, 3)
    values = targets_at(points)
    surface = surfaces.fitted(points, values, AIMS)
    best, loss = surfaces.minimum(surface, points[np.argsort(losses(values, AIMS))[:3]])
    members = proposals(surface, best, 40, seed=1)
    assert (losses(targets_at(members), AIMS) <= threshold(loss, 3)).mean() > 0.8
    assert np.std(members[:, 2]) > 3.0 * np.std(members[:, 1])
    assert (members == proposals(surface, best, 40, seed=1)).all()


def test_levels_find_the_shifts_behind_differences_between_municipalities() -> None:
    scenario = load("toytown")
    names = [m.name for m in scenario.place.municipalities]
    people = np.array([m.population_of_working_age for m in scenario.place.municipalities], float)
    truth = {names[0]: 0.1, names[1]: -0.1 * people[0] / people[1]}
    rates = {name: 10.0 * float(np.exp(-1.4 * shift)) for name, shift in truth.items()}
    municipalities = tuple(
        m.model_copy(update={"unemployment_rate": rates[m.name]}) for m in scenario.place.municipalities
    )
    place = scenario.place.model_copy(update={"municipalities": municipalities})
    asked = []

    def rates_at(shifts: dict[str, float]) -> pd.Series:
        asked.append(dict(shifts))
        return pd.Series({name: 14.0 * float(np.exp(-1.4 * shift)) for name, shift in shifts.items()})

    shifts, table = fitted_shifts(scenario.model_copy(update={"place": place}), 6, rates_at)
    assert shifts == pytest.approx(truth, abs=0.01)
    assert len(asked) == 6
    assert set(table["round"]) == {1, 2, 3, 4, 5, 6}


def test_a_flat_scenario_has_no_published_demand_and_a_few_months() -> None:
    scenario = flat(load("toytown"), 12, 0.01)
    assert scenario.months == 12
    assert scenario.place.employees == () == scenario.place.population
    assert scenario.scale == 0.01


def test_mean_rates_are_those_of_municipalities_and_of_everybody() -> None:
    table = pd.DataFrame(
        [
            ("A", "all", "unemployment_rate", 10.0),
            ("A", "all", "unemployment_rate", 12.0),
            ("A", "youth", "unemployment_rate", 99.0),
            ("all", "all", "unemployment_rate", 50.0),
            ("A", "all", "tightness", 50.0),
        ],
        columns=["municipality", "group", "indicator", "value"],
    )
    assert mean_rates(table) == {"A": 11.0}


def test_parameters_are_changed_by_path_within_their_bounds() -> None:
    changed = with_values(Parameters(), {"demand.drift": 0.01, "hiring.stigma": 0.2})
    assert (changed.demand.drift, changed.hiring.stigma) == (0.01, 0.2)
    assert changed.demand.level == Parameters().demand.level
    with pytest.raises(ValueError, match="less than or equal"):
        with_values(Parameters(), {"demand.drift": 1.0})


def test_what_a_scenario_writes_goes_before_what_the_place_was_calibrated_to() -> None:
    base = with_values(Parameters(), {"demand.level": 1.1, "hiring.stigma": 0.3})
    written = Parameters.model_validate({"hiring": {"stigma": 0.05}})
    both = overlaid(base, written)
    assert (both.demand.level, both.hiring.stigma) == (1.1, 0.05)


def test_every_parameter_that_may_be_free_has_bounds_around_its_default() -> None:
    known = scalars()
    assert {"demand.pass_through", "search.distance_decay", "people.skill_sd"} <= set(known)
    assert all(each.low <= each.default <= each.high for each in known.values())
