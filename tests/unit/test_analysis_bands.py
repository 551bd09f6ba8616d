"""Bands: how many replicates carry which, and what they are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from labsim.analysis import allowed_bands, bands, shows_paths


def runs(replicates: int) -> pd.DataFrame:
    draw = np.random.default_rng(replicates).normal(size=(2, replicates))
    return pd.DataFrame(
        [
            {"scenario": "a", "seed": seed, "indicator": "x", "month": pd.Timestamp("2000-01") +
             pd.DateOffset(months=month), "value": draw[month, seed]}
            for seed in range(replicates)
            for month in range(2)
        ]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("replicates", "carried"),
    [(1, ()), (9, ()), (10, (0.5,)), (49, (0.5,)), (50, (0.5, 0.9)), (9999, (0.5, 0.9))],
)
def test_few_replicates_carry_no_band_and_no_number_carries_more_than_90_percent(
    replicates: int, carried: tuple[float, ...]
) -> None:
    assert allowed_bands(replicates) == carried
    assert shows_paths(replicates) is (replicates < 10)


@pytest.mark.parametrize(
    ("replicates", "has_50", "has_90"), [(9, False, False), (10, True, False), (50, True, True)]
)
def test_a_band_appears_only_with_the_replicates_that_it_needs(
    replicates: int, has_50: bool, has_90: bool
) -> None:
    summary = bands(runs(replicates))
    assert summary["low_50"].notna().all() == has_50
    assert summary["high_90"].notna().all() == has_90
    assert (summary["replicates"] == replicates).all()


def test_bands_are_the_quantiles_of_each_month() -> None:
    table = runs(60)
    for _, row in bands(table).iterrows():
        values = table.loc[table["month"] == row["month"], "value"]
        expected = np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95])
        got = row[["low_90", "low_50", "median", "high_50", "high_90"]].to_numpy(float)
        assert got == pytest.approx(expected)
        assert row["mean"] == pytest.approx(values.mean())


def test_undefined_values_do_not_count_as_replicates() -> None:
    table = runs(10)
    table.loc[0, "value"] = np.nan
    summary = bands(table).set_index("month").sort_index()
    assert summary["replicates"].tolist() == [9, 10]
    assert summary["low_50"].isna().tolist() == [True, False]
