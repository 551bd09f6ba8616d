"""Estimators on data whose truth is known: what each finds, and what each misses."""

from __future__ import annotations

import numpy as np
import pytest

from labsim.analysis.evaluators import (
    NEVER,
    Panel,
    after_only,
    difference_in_means,
    group_time,
    matched,
    nearest_controls,
    over_events,
    propensity,
    two_period,
    two_way,
)


def draws(n: int, multiplier: int) -> np.ndarray:
    """Return n numbers in [0, 1) that are spread evenly and look unordered (a Weyl sequence)."""
    return (np.arange(1, n + 1) * multiplier * 0.6180339887498949) % 1.0


def panel(growth: float = 0.0, never: bool = True) -> Panel:
    """Return 12 units over 20 periods: 4 start at 6, 4 at 12, 4 never; effect 2, ``growth`` more each period."""
    starts = np.repeat([6, 12, NEVER], 4)
    units, periods = draws(12, 3)[:, np.newaxis], np.arange(20)
    y = 5.0 + units + 0.3 * periods + 0.01 * np.sin(7.0 * units + periods)
    since = periods - np.minimum(starts, 1000)[:, np.newaxis]
    y = y + np.where(since >= 0, 2.0 + growth * since, 0.0)
    return Panel(y, starts) if never else Panel(y[:8], starts[:8])


def test_a_difference_in_means_has_the_textbook_standard_error() -> None:
    treated, control = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0, 0.0, 1.0, 1.0, 3.0])
    found = difference_in_means(treated, control)
    assert found.value == pytest.approx(1.5)
    assert found.se == pytest.approx(np.sqrt(treated.var(ddof=1) / 4 + control.var(ddof=1) / 5))


def test_without_controls_nothing_is_estimated() -> None:
    assert np.isnan(difference_in_means(np.ones(3), np.ones(0)).value)
    everybody = np.ones(3, bool)
    nobody = nearest_controls(np.zeros(3), everybody)
    assert np.isnan(matched(np.zeros(3), everybody, nobody, everybody).value)


def test_matching_takes_out_selection_on_what_is_observed_and_leaves_the_rest() -> None:
    n = 4000
    seen, hidden = draws(n, 7), draws(n, 11)
    treated = draws(n, 5) < 0.1 + 0.6 * seen
    outcome = 10.0 * seen + 3.0 * treated + hidden
    plain = difference_in_means(outcome[treated], outcome[~treated])
    score = propensity(np.column_stack([seen, np.ones(n)]), treated)
    found = matched(outcome, treated, nearest_controls(score, treated), np.ones(n, bool))
    assert plain.value - 3.0 > 1.0
    assert found.value == pytest.approx(3.0, abs=0.15)
    chosen = draws(n, 5) < 0.1 + 0.6 * hidden
    hidden_outcome = 10.0 * hidden + 3.0 * chosen
    score = propensity(seen[:, np.newaxis], chosen)
    biased = matched(hidden_outcome, chosen, nearest_controls(score, chosen), np.ones(n, bool))
    assert biased.value - 3.0 > 1.0


def test_propensities_of_a_logit_add_up_to_the_treated() -> None:
    x, treated = draws(500, 3), draws(500, 5) < 0.3
    score = propensity(x[:, np.newaxis], treated)
    assert score.sum() == pytest.approx(treated.sum(), rel=1e-3)
    assert ((score > 0.0) & (score < 1.0)).all()


def test_the_nearest_control_is_the_nearest() -> None:
    scores, treated = np.array([0.1, 0.5, 0.45, 0.9, 0.12]), np.array([True, True, False, False, False])
    assert nearest_controls(scores, treated).tolist() == [4, 2]


def test_pairs_with_somebody_lost_are_left_out() -> None:
    treated = np.array([True, True, True, False, False])
    outcome = np.array([5.0, 4.0, 100.0, 1.0, 2.0])
    partner = np.array([3, 4, 3])
    kept = np.array([True, True, False, True, True])
    assert matched(outcome, treated, partner, kept).value == pytest.approx(3.0)


def test_group_by_group_recovers_effects_of_a_staggered_roll_out() -> None:
    effects = group_time(panel(growth=0.5), before=6)
    for event in (0, 3, 7):
        assert effects[event].value == pytest.approx(2.0 + 0.5 * event, abs=0.05)
    assert over_events(effects, 0, 7).value == pytest.approx(2.0 + 0.5 * 3.5, abs=0.05)


def test_not_yet_treated_units_serve_as_controls_until_they_start() -> None:
    effects = group_time(panel(growth=0.5, never=False), before=6)
    assert max(effects) == 5
    assert effects[5].value == pytest.approx(4.5, abs=0.05)


def test_two_way_fixed_effects_are_right_with_constant_and_biased_with_growing_effects() -> None:
    assert two_way(panel()).value == pytest.approx(2.0, abs=0.02)
    growing = panel(growth=0.5)
    starts, periods = growing.starts, growing.y.shape[1]
    true = np.concatenate([2.0 + 0.5 * np.arange(periods - s) for s in starts.tolist() if s != NEVER]).mean()
    assert two_way(growing).value < true - 0.3


def test_two_periods_take_out_levels_and_a_look_after_the_start_does_not() -> None:
    data = panel()
    data.y[~data.never] += 4.0
    assert two_period(data, 12, 19).value == pytest.approx(2.0, abs=0.05)
    assert after_only(data, 12, 19).value > 5.0


def test_where_nobody_is_treated_nothing_is_estimated() -> None:
    nobody = Panel(panel().y, np.full(12, NEVER))
    assert np.isnan(two_way(nobody).value)
    assert np.isnan(two_period(nobody, 5, 9).value)
    assert group_time(nobody, 3) == {}
