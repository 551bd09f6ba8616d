"""The trace against the record: the model's value as the row defines it, run by run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from labsim.analysis.trace import (
    INPUT,
    TEST,
    by_seed,
    counted,
    months_of,
    needed,
    needed_municipalities,
    trace,
)

ROW: dict[str, Any] = {
    "what": {"en": "Entries", "de": "Eintritte"}, "scenario": "a", "indicators": ["assigned", "voucher"],
    "period": "2003", "relative_to": "2002", "published": 56.0, "unit": "% of 2002", "sure": "DERIVED",
    "source": "somebody 2005",
}  # fmt: skip


def table(
    values: dict[tuple[int, str], dict[int, float]], group: str = "all", place: str = "all"
) -> pd.DataFrame:
    """Indicators of scenario a, the same in every month of a year, by (seed, indicator) and year."""
    return pd.DataFrame(
        {"scenario": "a", "seed": seed, "month": month, "municipality": place, "group": group, "indicator": name,
         "value": value}
        for (seed, name), years in values.items()
        for year, value in years.items()
        for month in pd.date_range(f"{year}-01", periods=12, freq="MS")
    )  # fmt: skip


TWO_SEEDS = table({
    (1, "assigned"): {2002: 100.0, 2003: 0.0}, (1, "voucher"): {2002: 0.0, 2003: 40.0},
    (2, "assigned"): {2002: 100.0, 2003: 10.0}, (2, "voucher"): {2002: 0.0, 2003: 40.0},
})  # fmt: skip


def test_a_path_is_the_ratio_of_two_periods_run_by_run() -> None:
    assert by_seed(TWO_SEEDS, ROW).tolist() == [40.0, 50.0]
    row = trace(TWO_SEEDS, [ROW]).iloc[0]
    assert (row["model"], row["seeds"], row["published"], row["distance"]) == (45.0, 2, 56.0, -11.0)
    assert row["high"] - row["model"] == pytest.approx(12.7062 * 5.0, rel=1e-5)
    assert row["inside"] is True
    assert (row["what"], row["role"], row["relative_to"]) == ("Entries", TEST, "2002")


def test_without_another_period_the_mean_over_the_months_itself_is_compared() -> None:
    assert by_seed(TWO_SEEDS, ROW | {"relative_to": None}).tolist() == [40.0, 50.0]
    month = TWO_SEEDS["month"] == "2003-07-01"
    changed = TWO_SEEDS.assign(
        value=TWO_SEEDS["value"].mask(month & (TWO_SEEDS["indicator"] == "voucher"), 100.0)
    )
    assert by_seed(changed, ROW | {"relative_to": None}).tolist() == [45.0, 55.0]
    assert by_seed(changed, ROW | {"relative_to": None, "period": "2003-07..2003-08"}).tolist() == [
        70.0,
        80.0,
    ]


def test_a_share_is_the_sum_of_one_group_per_another_sum_of_everybody() -> None:
    everybody = table({(1, "voucher"): {2003: 80.0}})
    young = table({(1, "voucher"): {2003: 20.0}}, group="youth")
    asked = ROW | {"indicators": ["voucher"], "relative_to": None, "group": "youth", "per": ["voucher"]}
    assert by_seed(pd.concat([everybody, young]), asked).tolist() == [25.0]


def test_a_row_of_one_municipality_reads_that_municipality() -> None:
    both = pd.concat(
        [table({(1, "voucher"): {2003: 1.0}}), table({(1, "voucher"): {2003: 7.0}}, place="Dortmund")]
    )
    asked = ROW | {"indicators": ["voucher"], "relative_to": None, "municipality": "Dortmund"}
    assert by_seed(both, asked).tolist() == [7.0]


def test_months_without_a_value_are_left_out_and_a_share_of_nobody_is_none() -> None:
    gap = TWO_SEEDS.assign(value=TWO_SEEDS["value"].mask(TWO_SEEDS["month"] == "2003-01-01"))
    assert by_seed(gap, ROW).tolist() == [40.0, 50.0]
    nobody = trace(
        table({(1, "assigned"): {2002: 0.0, 2003: 4.0}, (1, "voucher"): {2002: 0.0, 2003: 0.0}}), [ROW]
    )
    assert np.isnan(nobody["model"].iloc[0])
    assert nobody["inside"].iloc[0] is None


def test_one_of_several_indicators_without_a_value_makes_the_sum_undefined() -> None:
    assert by_seed(TWO_SEEDS, ROW | {"indicators": ["assigned", "unknown"]}).isna().all()


def test_a_scenario_that_did_not_run_has_no_value_and_keeps_its_row() -> None:
    found = trace(TWO_SEEDS, [ROW | {"scenario": "b"}, ROW])
    assert found["model"].isna().tolist() == [True, False]
    assert found["seeds"].tolist() == [0, 2]
    assert found["published"].tolist() == [56.0, 56.0]


def test_one_replicate_has_a_distance_and_no_interval() -> None:
    row = trace(TWO_SEEDS[TWO_SEEDS["seed"] == 1], [ROW]).iloc[0]
    assert row["distance"] == -16.0
    assert np.isnan(row["low"])
    assert row["inside"] is None


def test_inputs_are_marked_and_counted_apart_from_tests() -> None:
    rows = [ROW, ROW | {"published": 500.0}, ROW | {"input": True}]
    found = trace(TWO_SEEDS, rows)
    assert found["role"].tolist() == [TEST, TEST, INPUT]
    assert found["inside"].tolist() == [True, False, True]
    assert counted(found) == {TEST: (1, 2), INPUT: (1, 1)}


def test_texts_come_in_the_language_asked_for() -> None:
    assert trace(TWO_SEEDS, [ROW], language="de")["what"].tolist() == ["Eintritte"]
    assert trace(TWO_SEEDS, [ROW], language="fr")["what"].tolist() == ["Entries"]


def test_a_record_says_which_indicators_and_municipalities_it_needs() -> None:
    about = {"record": [ROW | {"per": ["unemployed"]}, ROW | {"municipality": "Unna"}]}
    assert needed(about) == ("assigned", "voucher", "unemployed")
    assert needed_municipalities(about) == ("all", "Unna")
    assert needed({}) == ()


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2003", "2003-01", "2003-12"),
        ("2003-05", "2003-05", "2003-05"),
        ("2003-05..2004-02", "2003-05", "2004-02"),
    ],
)
def test_a_period_is_a_year_a_month_or_a_span(period: str, first: str, last: str) -> None:
    span = months_of(period)
    assert (f"{span.start:%Y-%m}", f"{span.last:%Y-%m}") == (first, last)
