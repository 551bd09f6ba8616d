"""How many replicates a wanted precision needs."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsim.analysis import TableError, paired_differences, t_quantile
from labsim.analysis import precision as module
from labsim.analysis.precision import precision, replicates_needed

from .synthetic import EFFECTS, tables


def half_width(sd: float, pairs: int) -> float:
    return sd * t_quantile(0.95, pairs - 1) / math.sqrt(pairs)


@given(st.floats(0.01, 10), st.floats(0.05, 20))
def test_the_number_needed_is_the_smallest_that_reaches_the_wanted_half_width(
    sd: float, wanted: float
) -> None:
    needed = replicates_needed(sd, wanted)
    if needed > module.EXACT_UNTIL:
        return
    assert half_width(sd, needed) <= wanted * (1 + 1e-12)
    assert needed == 2 or half_width(sd, needed - 1) > wanted


def test_beyond_the_exact_range_the_answer_goes_on_without_a_jump(monkeypatch: pytest.MonkeyPatch) -> None:
    approximate = replicates_needed(1.0, 0.0616)
    assert approximate > module.EXACT_UNTIL
    monkeypatch.setattr(module, "EXACT_UNTIL", 10_000)
    assert replicates_needed(1.0, 0.0616) == pytest.approx(approximate, abs=1)


def test_what_never_varies_needs_two_replicates_because_one_has_no_interval() -> None:
    assert replicates_needed(0.0, 0.001) == 2


@pytest.mark.parametrize(
    ("sd", "wanted", "message"),
    [(1, 0, "above 0"), (1, -1, "above 0"), (math.nan, 1, "at least 0"), (-1, 1, "-1")],
)
def test_a_precision_that_makes_no_sense_is_refused(sd: float, wanted: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replicates_needed(sd, wanted)


@pytest.fixture(scope="module")
def differences() -> pd.DataFrame:
    indicators = tables(list(EFFECTS)[:2], seeds=5, months=84)["indicators"]
    kept = indicators["indicator"].isin(["employment_rate", "vacancy_rate"]) & (
        indicators["month"] >= "2004-01"
    )
    return paired_differences(indicators[kept], next(iter(EFFECTS)))


def test_the_half_width_is_half_the_interval(differences: pd.DataFrame) -> None:
    table = precision(differences)
    assert ((table["high"] - table["low"]) / 2).to_numpy() == pytest.approx(table["half_width"].to_numpy())
    assert table["enough"].all()
    assert table[["wanted", "needed"]].isna().all(axis=None)


def test_there_are_enough_pairs_exactly_where_the_half_width_is_as_wanted(differences: pd.DataFrame) -> None:
    rates = precision(differences)
    middling = float(rates.loc[rates["indicator"] == "employment_rate", "half_width"].median())
    table = precision(differences, {"employment_rate": middling * 1.01})
    other = table["indicator"] != "employment_rate"
    asked = table[~other]
    assert 0 < asked["enough"].mean() < 1
    assert ((asked["needed"] <= asked["pairs"]) == asked["enough"]).all()
    assert table.loc[other, "enough"].all()
    assert table.loc[other, "needed"].isna().all()


def test_a_single_pair_has_no_spread_and_so_no_number_needed(differences: pd.DataFrame) -> None:
    one = precision(differences.assign(sd=math.nan, pairs=1), {"employment_rate": 0.2})
    asked = one[one["indicator"] == "employment_rate"]
    assert asked["needed"].isna().all()
    assert not asked["enough"].any()


def test_a_table_without_spreads_is_refused(differences: pd.DataFrame) -> None:
    with pytest.raises(TableError, match="sd"):
        precision(differences.drop(columns="sd"))
