"""Paired differences: seed by seed first, averaged afterwards."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labsim.analysis import (
    TableError,
    annual_means,
    first_difference,
    paired_differences,
    pairs,
    pick,
    t_quantile,
    variance_gain,
)

from .synthetic import REFORM, tables


def table(values: dict[str, list[float]], month: str = "2003-01") -> pd.DataFrame:
    """One value per scenario and seed in one month."""
    return pd.DataFrame(
        [
            {"scenario": scenario, "seed": seed, "municipality": "all", "group": "all", "indicator": "x",
             "month": pd.Timestamp(month), "value": value}
            for scenario, column in values.items()
            for seed, value in enumerate(column, start=1)
        ]
    )  # fmt: skip


def test_mean_spread_and_interval_are_those_computed_by_hand() -> None:
    row = paired_differences(table({"a": [1, 2, 3], "b": [2, 2, 6]}), "a").iloc[0]
    assert row["mean"] == pytest.approx(4 / 3)
    assert row["sd"] == pytest.approx(np.std([1, 0, 3], ddof=1))
    assert row["se"] == pytest.approx(row["sd"] / np.sqrt(3))
    assert row["high"] - row["mean"] == pytest.approx(t_quantile(0.95, 2) * row["se"])
    assert row["mean"] - row["low"] == pytest.approx(row["high"] - row["mean"])
    assert (row["pairs"], row["share_positive"]) == (3, pytest.approx(2 / 3))
    assert (row["value"], row["value_baseline"]) == (pytest.approx(10 / 3), pytest.approx(2))


def test_the_same_scenario_under_another_name_differs_by_exactly_zero() -> None:
    row = paired_differences(table({"a": [0.1, 0.7, 3.3], "b": [0.1, 0.7, 3.3]}), "a").iloc[0]
    assert (row["mean"], row["sd"], row["low"], row["high"], row["share_positive"]) == (0, 0, 0, 0, 0)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=2, max_size=8))
def test_swapping_scenario_and_baseline_swaps_the_sign(values: list[tuple[float, float]]) -> None:
    both = table({"a": [a for a, _ in values], "b": [b for _, b in values]})
    forth, back = paired_differences(both, "a").iloc[0], paired_differences(both, "b").iloc[0]
    assert forth["mean"] == pytest.approx(-back["mean"])
    assert (forth["low"], forth["high"]) == (pytest.approx(-back["high"]), pytest.approx(-back["low"]))


def test_the_order_of_rows_does_not_matter() -> None:
    both = table({"a": [1.0, 2.5, 3.0], "b": [2.0, 2.0, 7.0]})
    shuffled = both.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(paired_differences(both, "a"), paired_differences(shuffled, "a"))


def test_a_seed_that_only_one_scenario_has_is_no_pair() -> None:
    both = table({"a": [1, 2, 3], "b": [2, 2]})
    assert pairs(both, "a")["seed"].tolist() == [1, 2]


def test_an_undefined_value_is_no_pair() -> None:
    both = table({"a": [1, np.nan, 3], "b": [2, 2, np.nan]})
    assert pairs(both, "a")["difference"].tolist() == [1.0]


def test_one_pair_has_a_difference_but_no_interval() -> None:
    row = paired_differences(table({"a": [1], "b": [3]}), "a").iloc[0]
    assert row["mean"] == 2
    assert row[["sd", "se", "low", "high"]].isna().all()


def test_an_unknown_baseline_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(TableError, match="no runs of the baseline 'c'; there are runs of a, b"):
        paired_differences(table({"a": [1], "b": [2]}), "c")


def test_a_missing_column_is_named() -> None:
    with pytest.raises(TableError, match="lacks the column"):
        paired_differences(table({"a": [1]}).drop(columns="seed"), "a")


def test_a_single_scenario_has_no_differences() -> None:
    assert paired_differences(table({"a": [1, 2]}), "a").empty


def test_common_random_numbers_gain_what_the_correlation_takes_away() -> None:
    luck = np.random.default_rng(7).normal(size=400)
    own = np.random.default_rng(8).normal(size=(2, 400)) * 0.5
    gain = variance_gain(table({"a": list(luck + own[0]), "b": list(luck + own[1])}), "a", "month").iloc[0]
    # var(a) + var(b) = 2 (1 + 1/4), var(b - a) = 2 / 4: a gain of 5
    assert gain["gain"] == pytest.approx(5, rel=0.2)
    assert gain["gain"] == pytest.approx(gain["unpaired"] / gain["paired"])


def test_a_difference_that_never_varies_has_an_infinite_gain() -> None:
    assert variance_gain(table({"a": [1, 2, 4], "b": [2, 3, 5]}), "a", "month")["gain"].tolist() == [np.inf]


def test_scenarios_are_one_history_until_the_reform() -> None:
    indicators = tables(seeds=2)["indicators"]
    month = first_difference(pick(indicators, "unemployment_rate"))
    assert month is not None
    assert month >= pd.Timestamp(REFORM)
    before = paired_differences(indicators[indicators["month"] < REFORM], "status_quo_ante")
    assert (before[["mean", "low", "high"]] == 0).all(axis=None)


def test_scenarios_that_never_differ_have_no_first_difference() -> None:
    assert first_difference(table({"a": [1, 2], "b": [1, 2]})) is None


def test_an_undefined_value_against_a_number_is_a_difference() -> None:
    assert first_difference(table({"a": [1], "b": [np.nan]})) == pd.Timestamp("2003-01")


def test_the_difference_of_annual_means_is_the_mean_of_monthly_differences() -> None:
    indicators = pick(tables(seeds=3, months=24)["indicators"], "employment_rate")
    by_month = paired_differences(indicators, "status_quo_ante")
    by_year = paired_differences(annual_means(indicators), "status_quo_ante", "year")
    expected = by_month.groupby(["scenario", by_month["month"].dt.year])["mean"].mean().to_numpy()
    assert by_year.sort_values(["scenario", "year"])["mean"].to_numpy() == pytest.approx(expected)
