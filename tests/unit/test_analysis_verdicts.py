"""Verdicts: bands, signs, seeds, and what is from memory."""

from __future__ import annotations

import math

import pytest

from labsim.analysis.verdicts import AGREES, DISAGREES, NOT_COUNTED, OPEN, SIGN_ONLY, published_sign, verdict


def finding(
    value: float | None = None, low: float | None = None, high: float | None = None, sure: str = "SEEN"
):
    return {"value": value, "low": low, "high": high, "sure": sure}


TEN = [-10.2, -9.8, -10.1, -9.9, -10.0, -10.3, -9.7, -10.0, -10.0, -10.0]


@pytest.mark.parametrize(
    ("values", "published", "expected"),
    [
        (TEN, finding(-10, -20, 0), AGREES),
        ([-x for x in TEN], finding(-10, -20, 0), DISAGREES),
        ([x - 30 for x in TEN], finding(-10, -20, 0), DISAGREES),
        ([-60, 40, -55, 45, -50, 38], finding(-10, -20, 0), OPEN),
        ([-1, -2, -1, -2, -1, 2], finding(-10, -20, 0), OPEN),
        ([-2, -25, -2, -25, -2, -25], finding(-10, -12, -8), OPEN),
        (TEN, finding(high=0.0, sure="SIGN"), SIGN_ONLY),
        (TEN, finding(low=0.0, sure="SIGN"), DISAGREES),
        ([*TEN[:8], 1.0, 2.0], finding(high=0.0, sure="SIGN"), OPEN),
        (TEN, finding(-10.0, sure="MEMORY"), NOT_COUNTED),
        (TEN[:3], finding(-10, -20, 0), OPEN),
        ([0.1, -0.2, 0.1, 0.0, 0.2], finding(low=-1, high=1, sure="SIGN"), AGREES),
        ([5.1, 5.2, 5.1, 5.0, 5.2], finding(low=-1, high=1, sure="SIGN"), DISAGREES),
        ([math.nan] * 6, finding(-10, -20, 0), OPEN),
    ],
)
def test_a_verdict_follows_from_interval_band_and_signs(values, published, expected) -> None:
    assert verdict(values, published)["verdict"] == expected


def test_undefined_seeds_are_left_out_and_counted_so() -> None:
    found = verdict([*TEN, math.nan], finding(-10, -20, 0))
    assert found["seeds"] == 10
    assert found["model"] == pytest.approx(-10.0)
    assert found["model_low"] < -10.0 < found["model_high"]
    assert found["right"] == 1.0


def test_the_sign_is_that_of_the_value_or_of_a_band_on_one_side() -> None:
    assert published_sign(finding(-10, -20, 5)) == -1
    assert published_sign(finding(low=0.0)) == 1
    assert published_sign(finding(high=0.0)) == -1
    assert published_sign(finding(low=-1, high=1)) == 0
