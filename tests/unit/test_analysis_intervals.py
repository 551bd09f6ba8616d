"""Intervals: exact quantiles, and the coverage that they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labsim.analysis.intervals import t_central, t_half_width, t_quantile, wilson

PUBLISHED = {  # tables of Student's t, two-sided 95 %
    1: 12.7062047364, 2: 4.3026527297, 3: 3.1824463053, 4: 2.7764451052, 9: 2.2621571628,
    19: 2.0930240544, 29: 2.0452296421, 99: 1.9842169516, 999: 1.9623414611,
}  # fmt: skip


@pytest.mark.parametrize(("freedom", "quantile"), PUBLISHED.items())
def test_quantiles_of_student_t_are_those_of_the_published_tables(freedom: int, quantile: float) -> None:
    assert t_quantile(0.95, freedom) == pytest.approx(quantile, abs=1e-9)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.999])
def test_quantiles_of_student_t_agree_with_scipy(level: float) -> None:
    stats = pytest.importorskip("scipy.stats")
    for freedom in (*range(1, 60), 200, 1001):
        expected = stats.t.ppf((1 + level) / 2, freedom)
        assert t_quantile(level, freedom) == pytest.approx(expected, rel=1e-9)


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 400), st.floats(0.01, 0.999))
def test_the_quantile_inverts_the_distribution_function(freedom: int, level: float) -> None:
    assert t_central(t_quantile(level, freedom), freedom) == pytest.approx(level, abs=1e-12)


def test_without_degrees_of_freedom_there_is_no_finite_interval() -> None:
    assert t_quantile(0.95, 0) == math.inf
    assert np.isnan(t_half_width(1.0, 1))


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_a_level_that_is_no_share_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="a share between 0 and 1"):
        t_quantile(level, 5)


def test_the_t_interval_covers_the_mean_in_95_of_100_samples() -> None:
    samples = np.random.default_rng(1).normal(3.0, 2.0, (4000, 5))
    half = t_half_width(samples.std(axis=1, ddof=1), np.full(4000, 5))
    covered = np.abs(samples.mean(axis=1) - 3.0) <= half
    assert covered.mean() == pytest.approx(0.95, abs=0.012)


def test_the_wilson_interval_is_that_of_the_worked_example() -> None:
    low, high = wilson(81, 263)  # Newcombe 1998, table I: 0.2553 to 0.3662
    assert (float(low), float(high)) == (pytest.approx(0.2553, abs=1e-4), pytest.approx(0.3662, abs=1e-4))


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 10_000), st.floats(0, 1))
def test_the_wilson_interval_lies_within_0_and_1_and_holds_the_share(trials: int, part: float) -> None:
    successes = round(part * trials)
    low, high = (float(bound) for bound in wilson(successes, trials))
    assert 0 <= low <= successes / trials <= high <= 1
    assert low < high


def test_without_trials_there_is_no_share() -> None:
    assert all(np.isnan(bound) for bound in wilson(0, 0))
