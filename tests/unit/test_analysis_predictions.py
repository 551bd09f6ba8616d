"""What was expected and what came: the whole interval decides, never the mean."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsim.analysis.predictions import CAME_TRUE, OPEN, OTHERWISE, expected_range, predictions, verdict
from labsim.analysis.windows import Phase

from .synthetic import EFFECTS, tables

A, B, C = EFFECTS
WINDOWS = [
    ("before", Phase("Before", pd.Timestamp("2000-01"), pd.Timestamp("2003-01"))),
    ("after", Phase("After", pd.Timestamp("2006-01"), pd.Timestamp("2008-01"))),
]
EXPECTATIONS: list[Any] = [
    "rises",
    "falls",
    {"at_least": 0.5},
    {"at_most": -0.5},
    {"between": [-1, 1]},
    "no_change",
]
Number = st.floats(-5, 5)


@pytest.mark.parametrize(
    ("expect", "low", "high", "answer"),
    [
        ("rises", 0.1, 0.4, CAME_TRUE),
        ("rises", -0.1, 0.4, OPEN),
        ("rises", -0.4, -0.1, OTHERWISE),
        ("rises", 0.0, 0.0, OTHERWISE),
        ("falls", -0.4, -0.1, CAME_TRUE),
        ("falls", 0.0, 0.0, OTHERWISE),
        ("falls", 0.1, 0.4, OTHERWISE),
        ({"at_least": 0.2}, 0.2, 0.4, CAME_TRUE),
        ({"at_least": 0.2}, 0.1, 0.4, OPEN),
        ({"at_least": 0.2}, 0.0, 0.1, OTHERWISE),
        ({"at_most": -1}, -3, -1, CAME_TRUE),
        ({"at_most": -1}, -3, 0, OPEN),
        ({"between": [-1, 1]}, -0.5, 1, CAME_TRUE),
        ({"between": [-1, 1]}, 0.5, 1.5, OPEN),
        ({"between": [-1, 1]}, 1.5, 2, OTHERWISE),
    ],
)
def test_a_statement_comes_true_only_if_the_whole_interval_fits(
    expect: Any, low: float, high: float, answer: str
) -> None:
    assert verdict(expect, low, high) == answer


@given(st.sampled_from(EXPECTATIONS), Number, st.floats(0, 5), st.floats(0, 5), st.floats(0, 2))
def test_more_precision_settles_a_statement_and_never_overturns_it(
    expect: Any, mean: float, half: float, less: float, margin: float
) -> None:
    wide, narrow = half + less, half
    settled = verdict(expect, mean - wide, mean + wide, margin)
    if settled != OPEN:
        assert verdict(expect, mean - narrow, mean + narrow, margin) == settled


@given(Number, st.floats(0, 5))
def test_a_rise_is_the_fall_of_the_other_sign(mean: float, half: float) -> None:
    assert verdict("rises", mean - half, mean + half) == verdict("falls", -mean - half, -mean + half)


def test_no_change_needs_a_margin_because_an_interval_has_a_width() -> None:
    assert verdict("no_change", -0.05, 0.04) == OPEN
    assert verdict("no_change", -0.05, 0.04, margin=0.1) == CAME_TRUE
    assert verdict("no_change", 0.0, 0.0) == CAME_TRUE
    assert verdict("no_change", 0.2, 0.4, margin=0.1) == OTHERWISE


@given(st.sampled_from(EXPECTATIONS))
def test_a_single_pair_decides_nothing(expect: Any) -> None:
    assert verdict(expect, math.nan, math.nan) == OPEN


@pytest.mark.parametrize("wrong", [{"above": 1}, {"at_least": 1, "at_most": 2}])
def test_an_expectation_that_says_nothing_known_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="an expectation is one of"):
        expected_range(wrong)


@pytest.fixture(scope="module")
def indicators() -> pd.DataFrame:
    return tables(seeds=6)["indicators"]


def asked(expect: Any, **changes: Any) -> dict[str, Any]:
    return {
        "outcome": "employment_rate",
        "scenario": C,
        "baseline": A,
        "window": "after",
        "expect": expect,
    } | changes


def test_expectations_are_held_against_paired_means_of_their_window(indicators: pd.DataFrame) -> None:
    stated = [
        asked("rises"),
        asked("falls"),
        asked("rises", window="before"),
        asked("falls", scenario=A, baseline=C),
    ]
    table = predictions(indicators, stated, WINDOWS)
    assert table["verdict"].tolist() == [CAME_TRUE, OTHERWISE, OTHERWISE, CAME_TRUE]
    assert table.loc[0, "mean"] == pytest.approx(-table.loc[3, "mean"])
    assert (table.loc[2, ["mean", "low", "high"]] == 0).all(), (
        "before the reform the scenarios are one history"
    )
    assert table["pairs"].tolist() == [6.0] * 4
    assert table["municipality"].tolist() == ["all"] * 4


def test_a_place_and_a_margin_of_their_own_are_followed(indicators: pd.DataFrame) -> None:
    stated = [asked("no_change", municipality="Dortmund"), asked("no_change", municipality="Unna")]
    table = predictions(indicators, stated, WINDOWS, {"employment_rate": 50.0})
    assert table["verdict"].tolist() == [CAME_TRUE, CAME_TRUE]
    assert table.loc[0, "mean"] != table.loc[1, "mean"]


@pytest.mark.parametrize("changes", [{"group": "youth"}, {"scenario": "nobody"}, {"outcome": "happiness"}])
def test_without_values_a_statement_stays_open(indicators: pd.DataFrame, changes: dict[str, str]) -> None:
    row = predictions(indicators, [asked("rises", **changes)], WINDOWS).iloc[0]
    assert row["verdict"] == OPEN
    assert row["pairs"] == 0
    assert math.isnan(row["mean"])


def test_nothing_expected_is_an_empty_table(indicators: pd.DataFrame) -> None:
    assert predictions(indicators, [], WINDOWS).empty
