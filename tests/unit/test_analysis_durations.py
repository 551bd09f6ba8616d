"""Durations: exit rates and life tables from period data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labsim.analysis import exit_rates, life_table, pooled, wilson

from .synthetic import durations as synthetic_durations

rows = st.lists(
    st.integers(1, 500).flatmap(
        lambda n: st.integers(0, n).flatmap(
            lambda j: st.tuples(st.just(n), st.just(j), st.integers(0, n - j))
        )
    ),
    min_size=1,
    max_size=72,
)


def durations(counts: list[tuple[int, int, int]], group: str = "all") -> pd.DataFrame:
    table = pd.DataFrame(counts, columns=["at_risk", "to_job", "to_inactive"])
    return table.assign(months=range(len(table)), group=group, year=2003)


def test_survival_is_the_product_of_staying_computed_by_hand() -> None:
    life = life_table(durations([(100, 20, 10), (70, 7, 0), (63, 0, 63)]))
    assert life["remaining"].tolist() == pytest.approx([100, 70, 63, 0])
    assert life["in_job"].tolist() == pytest.approx([0, 20, 27, 27])
    assert life["withdrawn"].tolist() == pytest.approx([0, 10, 10, 73])
    assert life["remaining_to_job"].tolist() == pytest.approx([100, 80, 72, 72])


@settings(deadline=None, max_examples=50)
@given(rows)
def test_everybody_is_still_there_in_a_job_or_withdrawn(counts: list[tuple[int, int, int]]) -> None:
    life = life_table(durations(counts))
    total = life["remaining"] + life["in_job"] + life["withdrawn"]
    assert total.to_numpy() == pytest.approx(np.full(len(life), 100.0))
    assert life["remaining"].is_monotonic_decreasing
    assert (life["remaining_to_job"] >= life["remaining"] - 1e-9).all()


def test_a_constant_exit_rate_gives_geometric_survival() -> None:
    life = life_table(durations([(1000, 50, 50)] * 24))
    assert life["remaining"].to_numpy() == pytest.approx(100 * 0.9 ** np.arange(25))


def test_the_table_ends_at_the_first_duration_with_nobody_at_risk() -> None:
    life = life_table(durations([(10, 5, 0), (5, 0, 0), (0, 0, 0), (3, 3, 0)]))
    assert life["months"].tolist() == [0, 1, 2]
    assert life["at_risk"].tolist() == [10, 5, 0]


def test_years_and_seeds_are_added_up_before_rates_are_taken() -> None:
    table = pd.concat([durations([(100, 50, 0)]), durations([(300, 0, 0)]).assign(year=2004)])
    assert pooled(table)[["at_risk", "to_job"]].to_numpy().tolist() == [[400, 50]]
    assert exit_rates(table)["rate"].tolist() == [12.5]


@settings(deadline=None, max_examples=50)
@given(rows, st.integers(1, 400))
def test_merging_durations_loses_nobody(counts: list[tuple[int, int, int]], fewest: int) -> None:
    rates = exit_rates(durations(counts), fewest=fewest)
    assert rates["at_risk"].sum() == sum(n for n, *_ in counts)
    assert rates["to_job"].sum() == sum(j for _, j, _ in counts)
    assert rates["from_month"].iloc[0] == 0
    assert rates["to_month"].iloc[-1] == len(counts) - 1
    assert (rates["from_month"].to_numpy()[1:] == rates["to_month"].to_numpy()[:-1] + 1).all()
    if len(rates) > 1:
        assert (rates["at_risk"] >= fewest).all()


def test_the_exit_rate_has_a_binomial_interval_around_it() -> None:
    row = exit_rates(durations([(200, 10, 5)])).iloc[0]
    low, high = wilson(10, 200)
    assert (row["rate"], row["low"], row["high"]) == pytest.approx((5.0, 100 * float(low), 100 * float(high)))


def test_series_are_kept_apart_by_group_and_scenario() -> None:
    table = synthetic_durations(["status_quo_ante", "local_activation"], 2, range(2003, 2006))
    rates = exit_rates(table, ("scenario", "group"))
    first = rates[rates["from_month"] == 0].set_index(["scenario", "group"])["rate"]
    assert len(first) == 10
    assert first.notna().all()
    assert first["status_quo_ante", "youth"] > first["status_quo_ante", "older"]
