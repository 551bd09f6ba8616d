"""What a transition costs, what it leaves behind, how long it takes: on paths made by hand."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from labsim.analysis import TableError
from labsim.analysis.transition_metrics import (
    AFTER,
    CATCH_UP,
    COST,
    HORIZONS,
    SCARS,
    TIME,
    first_lasting_month,
    scar,
    time_to_target,
    transition_cost,
)

START = pd.Timestamp("2002-01")
END = pd.Timestamp("2003-01")
POPULATION = 2000.0
Path = Callable[[int], float]
"""Employed persons more than usual, by months since the start."""


def table(paths: dict[str, Path], months: int = 180, seeds: int = 4, luck: float = 5.0) -> pd.DataFrame:
    """Indicators from 2001 on: 1200 employed, plus the path from the start on, plus luck that all scenarios share."""
    shared = np.random.default_rng(3).normal(size=(seeds, months)) * luck
    rows = []
    for name, path in paths.items():
        for seed in range(1, seeds + 1):
            for t, month in enumerate(pd.date_range("2001-01", periods=months, freq="MS")):
                extra = path(t - 12) if t >= 12 else 0.0
                employed = 1200 + shared[seed - 1, t] + extra * (1 + 0.1 * seed)
                out = 1500 - employed
                values = {
                    "employment": employed, "unemployed": 0.9 * out, "in_measure": 0.1 * out,
                    "population": POPULATION, "employment_rate": 100 * employed / POPULATION,
                    "underemployment_rate": 100 * out / 1500,
                }  # fmt: skip
                keys = {"scenario": name, "seed": seed, "month": month, "municipality": "all", "group": "all"}
                rows += [keys | {"indicator": key, "value": value} for key, value in values.items()]
    return pd.DataFrame(rows)


def of(found: pd.DataFrame, outcome: str) -> pd.DataFrame:
    return found[found["outcome"] == outcome].set_index("horizon")


def ideal(_: int) -> float:
    return 20.0


GAP = {"ideal": ideal, "gap": lambda t: 20.0 if t >= 12 else 0.0}


def test_the_cost_of_a_gap_is_what_is_lost_in_it_and_grows_no_more_afterwards() -> None:
    found = of(transition_cost(table(GAP), "gap", "ideal", START), COST["employment"].name)
    lost = 12 * 20 * (1 + 0.1 * 2.5) * 1000 / POPULATION  # twelve months, mean over four seeds
    assert list(found.index) == list(HORIZONS)
    assert found["mean"].to_numpy() == pytest.approx(np.full(4, lost))
    assert (found["low"] > 0).all()
    assert (found["pairs"] == 4).all()


def test_underemployment_costs_as_much_as_employment_when_nobody_leaves_the_labour_force() -> None:
    found = transition_cost(table(GAP), "gap", "ideal", START)
    work, out = (of(found, COST[kind].name)["mean"].to_numpy() for kind in COST)
    assert out == pytest.approx(work)


def test_the_ideal_scenario_costs_nothing_against_itself() -> None:
    same = table({"ideal": GAP["ideal"], "twin": GAP["ideal"]})
    costs = transition_cost(same, "twin", "ideal", START)
    scars = scar(same, "twin", "ideal", END)
    assert (costs[["mean", "sd", "low", "high"]] == 0).all(axis=None)
    assert (scars[["mean", "sd", "low", "high"]] == 0).all(axis=None)
    times = time_to_target(same, "twin", "ideal", START).set_index("outcome")
    assert times.loc[CATCH_UP.name, "mean"] == 0


def test_horizons_beyond_the_end_of_the_runs_are_left_out() -> None:
    short = table(GAP, months=12 + 30)
    assert set(transition_cost(short, "gap", "ideal", START)["horizon"]) == {12, 24}
    assert scar(short, "gap", "ideal", END)["horizon"].unique().tolist() == []
    assert transition_cost(table(GAP, months=20), "gap", "ideal", START).empty


def test_a_gap_that_heals_leaves_no_scar_and_one_that_does_not_leaves_its_size() -> None:
    paths = GAP | {"scarred": lambda t: 20.0 if t < 0 else 8.0}
    made = table(paths)
    healed, scarred = (scar(made, name, "ideal", END) for name in ("gap", "scarred"))
    assert (healed[["mean", "low", "high"]] == 0).all(axis=None)
    work = of(scarred, SCARS["employment_rate"].name)
    assert list(work.index) == list(AFTER)
    assert work["mean"].to_numpy() == pytest.approx(np.full(4, -12 * 1.25 * 100 / POPULATION))
    assert (work["high"] < 0).all()
    assert (of(scarred, SCARS["underemployment_rate"].name)["low"] > 0).all()


def test_a_scar_is_named_with_the_horizon_at_which_it_is_found() -> None:
    fading = table(GAP | {"fading": lambda t: 20.0 - 20 * math.exp(-t / 24)})
    found = of(scar(fading, "fading", "ideal", END), SCARS["employment_rate"].name)["mean"]
    assert (found.diff().dropna() > 0).all(), "it fades from horizon to horizon"


def test_a_scenario_that_follows_late_catches_up_late_in_every_pair() -> None:
    late = table(GAP | {"late": lambda t: 20.0 if t >= 36 else 0.0}, luck=0.0)
    times = time_to_target(late, "late", "ideal", START).set_index("outcome")
    assert times.loc[CATCH_UP.name, "reached"] == 4
    # 36 months, and then a mean of twelve months must have come near enough
    assert 36 < times.loc[CATCH_UP.name, "mean"] <= 36 + 12
    assert times.loc[CATCH_UP.name, "low"] <= times.loc[CATCH_UP.name, "mean"]
    assert times.loc[TIME.name, "mean"] == times.loc[CATCH_UP.name, "mean"]


def test_a_scenario_that_never_arrives_has_no_mean_time_and_an_infinite_median() -> None:
    made = table(GAP | {"never": lambda _: 0.0})
    times = time_to_target(made, "never", "ideal", START).set_index("outcome")
    assert times["reached"].tolist() == [0, 0]
    assert times["mean"].isna().all()
    assert np.isinf(times["median"]).all()
    assert (times["pairs"] == 4).all()


def test_one_pair_that_never_arrives_takes_the_mean_away_from_all() -> None:
    made = table(GAP, luck=0.0)
    left = (made["scenario"] == "gap") & (made["seed"] == 2) & (made["indicator"] == "employment_rate")
    made.loc[left & (made["month"] > "2010-01"), "value"] -= 5
    times = time_to_target(made, "gap", "ideal", START).set_index("outcome")
    assert times["reached"].tolist() == [3, 3]
    assert times["mean"].isna().all()
    assert np.isfinite(times["median"]).all()


def test_of_the_ideal_itself_only_the_time_to_its_own_late_level_is_given() -> None:
    times = time_to_target(table(GAP, luck=0.0), "ideal", "ideal", START)
    assert times["outcome"].tolist() == [TIME.name]
    assert times["reached"].tolist() == [4]


@pytest.mark.parametrize(
    ("values", "first"),
    [
        ([5, 1, 1, 1], 1),
        ([1, 1, 1, 1], 0),
        ([1, 1, 5, 1], None),
        ([1, 1, 1, 5], None),
        ([np.nan, 1, 1, 1], 1),
        ([], None),
    ],
)
def test_a_target_is_reached_when_it_is_not_left_any_more(values: list[float], first: int | None) -> None:
    assert first_lasting_month(values, 1.0, 0.5, stay=3) == first


def test_scenarios_and_months_that_are_not_there_are_refused_by_name() -> None:
    made = table(GAP, months=24, seeds=1)
    with pytest.raises(TableError, match="no runs of 'step'; there are runs of gap, ideal"):
        scar(made, "step", "ideal", END)
    with pytest.raises(TableError, match=r"ends in 2002-12, before the transition starts \(2005-01\)"):
        transition_cost(made, "gap", "ideal", pd.Timestamp("2005-01"))
