"""Indices, effects, tornado, interactions and surfaces of functions whose answers are known."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from SALib.analyze import morris as salib_morris
from SALib.analyze import sobol as salib_sobol
from SALib.sample import morris, sobol
from scipy.stats import qmc, spearmanr

from labsim.analysis import TableError
from labsim.analysis.elementary import elementary_effects
from labsim.analysis.sensitivity import (
    Sample,
    bins_of,
    first_order,
    interactions,
    jackknife,
    regression,
    response_surface,
    tornado,
)
from labsim.analysis.variance_indices import EXTRA, sobol_indices

NAMES = ("x1", "x2", "x3")
PROBLEM = {"num_vars": 3, "names": list(NAMES), "bounds": [[-math.pi, math.pi]] * 3}
FIRST = {"x1": 0.3139, "x2": 0.4424, "x3": 0.0}
TOTAL = {"x1": 0.5576, "x2": 0.4424, "x3": 0.2437}
"""Of the function of Ishigami and Homma (1990) with a = 7 and b = 0.1 (Saltelli and others 2008, in closed form)."""


def ishigami(x: np.ndarray) -> np.ndarray:
    return np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def latin(n: int, low: float = -math.pi, high: float = math.pi, d: int = 3) -> np.ndarray:
    return qmc.scale(qmc.LatinHypercube(d, rng=1).random(n), [low] * d, [high] * d)


def by_factor(table: pd.DataFrame, column: str = "value") -> dict[str, float]:
    return dict(zip(table["factor"], table[column], strict=True))


def test_sobol_indices_are_those_of_salib_and_cover_theory() -> None:
    x = sobol.sample(PROBLEM, 512, seed=2)
    y = ishigami(x)
    found = sobol_indices(NAMES, np.arange(len(y)), y, second_order=True)
    direct = salib_sobol.analyze(PROBLEM, y, num_resamples=500, seed=1)
    for order, key, theory in (("first", "S1", FIRST), ("total", "ST", TOTAL)):
        part = found.table[found.table["order"] == order]
        assert by_factor(part) == pytest.approx(dict(zip(NAMES, direct[key], strict=True)))
        assert by_factor(part.assign(half=part["high"] - part["value"]), "half") == pytest.approx(
            dict(zip(NAMES, direct[f"{key}_conf"], strict=True))
        )
        for row in part.to_dict("records"):
            assert row["low"] <= theory[row["factor"]] <= row["high"]
    assert (found.blocks, found.lost) == (512, 0)
    strongest = found.pairs.iloc[0]
    assert {strongest["factor"], strongest["other"]} == {"x1", "x3"}
    assert strongest["low"] <= 0.2437 <= strongest["high"]


def test_without_second_order_there_are_no_pairs() -> None:
    x = sobol.sample(PROBLEM, 64, calc_second_order=False, seed=2)
    found = sobol_indices(NAMES, np.arange(len(x)), ishigami(x), second_order=False)
    assert found.pairs.empty
    assert list(found.pairs.columns) == ["factor", "other", "value", "low", "high"]


def test_a_block_with_a_missing_point_is_left_out_whole() -> None:
    x = sobol.sample(PROBLEM, 64, seed=2)
    y = ishigami(x)
    points = np.delete(np.arange(len(y)), 11)  # in the second block of eight
    found = sobol_indices(NAMES, points, y[points], second_order=True)
    rest = np.delete(np.arange(len(y)), np.arange(8, 16))
    alone = sobol_indices(NAMES, np.arange(len(rest)), y[rest], second_order=True)
    assert (found.blocks, found.lost) == (63, 1)
    pd.testing.assert_frame_equal(found.table, alone.table)


def test_indices_of_what_never_varies_or_of_too_few_blocks_are_refused() -> None:
    points = np.arange(64)
    with pytest.raises(TableError, match="no variance to share out"):
        sobol_indices(NAMES, points, np.ones(64), second_order=True)
    with pytest.raises(TableError, match="at least 8"):
        sobol_indices(NAMES, points[:40], np.arange(40.0), second_order=True)


def test_the_message_names_the_extra_that_brings_salib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "SALib.analyze", None)
    with pytest.raises(TableError) as told:
        sobol_indices(NAMES, np.arange(64), np.arange(64.0), second_order=True)
    assert EXTRA in str(told.value)


def test_elementary_effects_are_those_of_salib() -> None:
    x = morris.sample(PROBLEM, 30, num_levels=4, seed=3)
    y = ishigami(x)
    direct = salib_morris.analyze(PROBLEM, x, y, num_levels=4, seed=1)
    found = elementary_effects(dict.fromkeys(NAMES, (-math.pi, math.pi)), np.arange(len(y)), x, y)
    for column in ("mu", "mu_star", "sigma"):
        assert by_factor(found, column) == pytest.approx(
            dict(zip(NAMES, np.asarray(direct[column]), strict=True))
        )
    assert set(found["trajectories"]) == {30}


def test_a_step_that_rounding_took_away_has_no_effect() -> None:
    x = np.array(
        [[0.0, 0.0], [0.0, 0.5], [0.0, 0.5], [1.0, 0.0], [1.0, 0.5], [0.0, 0.5]]
    )  # first factor rounded
    y = 3 * x[:, 0] + 2 * x[:, 1]
    found = elementary_effects({"whole": (0.0, 1.0), "real": (0.0, 1.0)}, np.arange(6), x, y)
    assert by_factor(found, "mu") == pytest.approx({"whole": 1.5, "real": 2.0})
    with pytest.raises(TableError, match="at least 2"):
        elementary_effects({"whole": (0.0, 1.0), "real": (0.0, 1.0)}, np.arange(5), x[:5], y[:5])


def test_binned_first_order_indices_of_any_design_cover_theory() -> None:
    x = latin(4000)
    found = first_order(Sample.of(NAMES, x, ishigami(x)))
    for row in found.to_dict("records"):
        # bins are steps under a smooth curve: they miss about a hundredth of it
        assert row["low"] - 0.015 <= FIRST[row["factor"]] <= row["high"] + 0.015
    assert list(found["factor"]) == ["x2", "x1", "x3"]


def test_a_factor_without_effect_explains_nothing_on_average() -> None:
    values = [
        first_order(Sample.of(("x",), np.random.default_rng(seed).random((60, 1)),
                              np.random.default_rng(1000 + seed).normal(size=60)))["value"].iloc[0]
        for seed in range(200)
    ]  # fmt: skip
    assert np.mean(values) == pytest.approx(0.0, abs=3 * np.std(values) / math.sqrt(200))


def test_only_the_pair_that_interacts_has_an_interaction() -> None:
    x = latin(3000, 0.0, 1.0)
    y = x[:, 0] + 4 * (x[:, 1] - 0.5) * (x[:, 2] - 0.5)
    found = interactions(Sample.of(NAMES, x, y))
    first, *others = found.to_dict("records")
    assert (first["factor"], first["other"]) == ("x2", "x3")
    assert first["low"] > 0.1
    assert all(row["low"] - 0.01 <= 0.0 <= row["high"] + 0.01 for row in others)


def test_regression_finds_the_coefficients_of_a_plane_and_ranks_of_a_curve() -> None:
    x = latin(500, 0.0, 1.0)
    plane = regression(Sample.of(NAMES, x, 3 * x[:, 0] - 4 * x[:, 1]))
    found = by_factor(plane, "coefficient")
    assert found == pytest.approx({"x1": 0.6, "x2": -0.8, "x3": 0.0}, abs=0.03)
    assert set(plane["explained"].round(9)) == {1.0}
    curve = regression(Sample.of(NAMES, x, np.exp(9 * x[:, 0])))
    assert by_factor(curve, "rank")["x1"] == pytest.approx(1.0)
    noisy = x[:, 0] + np.random.default_rng(1).normal(size=500)
    ranks = by_factor(regression(Sample.of(NAMES, x, noisy)), "rank")
    assert ranks["x1"] == pytest.approx(spearmanr(x[:, 0], noisy).statistic)


def test_the_tornado_of_a_plane_is_its_slope_times_the_way() -> None:
    x = latin(400, 0.0, 2.0)
    found = tornado(Sample.of(NAMES, x, 5 * x[:, 0] - 2 * x[:, 1]))
    assert list(found["factor"])[:2] == ["x1", "x2"]
    for row, slope in zip(found.to_dict("records"), (5.0, -2.0, 0.0), strict=True):
        assert row["low"] <= slope * (row["high_value"] - row["low_value"]) <= row["high"]
        assert row["points"] == 40
        assert row["effect"] == pytest.approx(row["at_high"] - row["at_low"])


def test_the_tornado_of_few_levels_goes_from_the_lowest_to_the_highest_level() -> None:
    x = np.array([[float(level)] for level in range(3) for _ in range(20)])
    found = tornado(Sample.of(("x",), x, x[:, 0] ** 2)).iloc[0]
    assert (found["low_value"], found["high_value"], found["effect"], found["points"]) == (0.0, 2.0, 4.0, 20)


def test_a_surface_counts_every_point_once_and_says_where_there_is_none() -> None:
    x = np.column_stack([np.linspace(0, 1, 64), np.linspace(0, 1, 64)])  # only the diagonal
    found = response_surface(Sample.of(("a", "b"), x, x.sum(axis=1)), "a", "b")
    assert found["points"].sum() == 64
    empty = found["points"] == 0
    assert found.loc[empty, "mean"].isna().all()
    assert empty.sum() == len(found) - len(found["x"].unique())
    there = found[~empty]
    assert there["mean"].to_numpy() == pytest.approx((there["x"] + there["y"]).to_numpy(), abs=0.05)


def test_a_jackknifed_mean_has_the_width_of_its_t_interval() -> None:
    y = np.random.default_rng(3).normal(size=4000)
    whole, low, high = jackknife(
        Sample.of(("x",), y[:, None], y), lambda _, values: np.array([values.mean()])
    )
    assert whole[0] == pytest.approx(y.mean())
    assert high[0] - low[0] == pytest.approx(2 * 2.093 * y.std(ddof=1) / math.sqrt(4000), rel=0.5)


def test_groups_of_the_jackknife_are_alike_in_size_and_keep_blocks_together() -> None:
    blocks = np.repeat(np.arange(100), 7)
    sample = Sample.of(("x",), np.zeros((700, 1)), np.zeros(700), blocks)
    counts = np.bincount(sample.groups)
    assert len(counts) == 20
    assert counts.min() >= 4 * 7
    assert all(len(set(sample.groups[blocks == block])) == 1 for block in range(100))


def test_bins_have_the_same_number_of_points_and_ties_share_one() -> None:
    assert np.bincount(bins_of(np.arange(100.0), 4)).tolist() == [25] * 4
    tied = bins_of(np.array([0.0] * 50 + list(range(1, 51))), 4)
    assert len(set(tied[:50])) == 1


def test_too_few_points_say_nothing() -> None:
    with pytest.raises(TableError, match="too few"):
        Sample.of(("x",), np.zeros((9, 1)), np.zeros(9))
