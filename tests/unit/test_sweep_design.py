"""The points of a sweep: every design, its ranges, and what a larger one keeps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from labsim.config.factors import Factor
from labsim.config.sweeps import Design, Sweep, load_sweep
from labsim.sweep.design import expand

HERE = Path(__file__).parent / "sweeps"
A = Factor("a", "uncertainty", "real", -2.0, 3.0)
B = Factor("b", "uncertainty", "real", 1e-9, 4e-9)
WHOLE = Factor("w", "lever", "whole", 1.0, 4.0)
WORDS = Factor("c", "lever", "choice", 0.0, 2.0, ("step", "linear", "logistic"))
LIST = Factor("v", "lever", "whole", 0.0, 12.0, (0, 6, 12))
RANGES = ("latin_hypercube", "sobol", "saltelli", "morris")


@pytest.fixture(scope="module")
def square() -> Sweep:
    return load_sweep(HERE / "square.yaml")


def points(sweep: Sweep, design: Design, *factors: Factor) -> pd.DataFrame:
    return expand(replace(sweep, design=design, factors=factors))


def test_a_full_grid_has_every_value_with_every_other(square: Sweep) -> None:
    found = points(square, Design("full_grid", 0, levels=3), A, LIST, WORDS)
    assert len(found) == 27
    assert len(found.drop_duplicates(["a", "v", "c"])) == 27
    assert sorted(found["a"].unique()) == [-2.0, 0.5, 3.0]
    assert sorted(found["v"].unique()) == [0.0, 6.0, 12.0]
    assert sorted(found["c"].unique()) == [0.0, 1.0, 2.0]
    assert found["point"].tolist() == list(range(27))


def test_levels_of_a_factor_go_before_those_of_the_grid(square: Sweep) -> None:
    found = points(square, Design("full_grid", 0, levels=3), replace(A, levels=2), WHOLE)
    assert found["a"].nunique() == 2
    assert sorted(found["w"].unique()) == [1.0, 3.0, 4.0], "whole numbers, spaced as evenly as they can be"


def test_a_list_has_the_rows_as_written(square: Sweep) -> None:
    found = points(square, Design("list", 2, rows=((1.0, 2.0), (3.0, 1.0))), A, WORDS)
    assert found[["a", "c"]].to_numpy().tolist() == [[1.0, 2.0], [3.0, 1.0]]


@pytest.mark.parametrize("kind", RANGES)
class TestEveryDesignOverRanges:
    def test_stays_in_the_ranges_and_uses_them(self, square: Sweep, kind: str) -> None:
        found = points(square, Design(kind, 32, levels=4), A, B, WHOLE)
        for each in (A, B, WHOLE):
            assert found[each.name].between(each.low, each.high).all()
            assert np.ptp(found[each.name]) > 0.8 * (each.high - each.low)
        assert (found["w"] % 1.0 == 0.0).all()
        assert found["w"].nunique() == 4

    def test_has_the_size_that_was_counted_beforehand(self, square: Sweep, kind: str) -> None:
        for second_order in (True, False):
            design = Design(kind, 16, second_order=second_order, levels=4)
            assert len(points(square, design, A, B, WHOLE)) == design.size((A, B, WHOLE))

    def test_depends_on_its_seed_alone(self, square: Sweep, kind: str) -> None:
        one, again, other = (points(square, Design(kind, 16, seed, levels=4), A, B) for seed in (1, 1, 2))
        pd.testing.assert_frame_equal(one, again, check_exact=True)
        assert not one.equals(other)


def test_a_longer_sobol_sequence_begins_with_the_same_points(square: Sweep) -> None:
    short, long = (points(square, Design("sobol", n), A, B, LIST) for n in (12, 50))
    pd.testing.assert_frame_equal(short, long.head(12), check_exact=True)


@pytest.mark.parametrize("kind", ["latin_hypercube", "sobol"])
def test_whole_numbers_and_listed_values_have_equal_chances(square: Sweep, kind: str) -> None:
    found = points(square, Design(kind, 1200), WHOLE, LIST, WORDS)
    for name, values in (("w", 4), ("v", 3), ("c", 3)):
        counts = found[name].value_counts()
        assert len(counts) == values
        assert counts.min() > 0.9 * 1200 / values


def test_a_latin_hypercube_has_one_point_in_every_row_and_column(square: Sweep) -> None:
    found = points(square, Design("latin_hypercube", 20), A, B)
    for each in (A, B):
        cells = np.floor((found[each.name] - each.low) / (each.high - each.low) * 20)
        assert sorted(cells) == list(range(20))


def test_one_factor_moves_at_a_time_in_a_morris_trajectory(square: Sweep) -> None:
    found = points(square, Design("morris", 5, levels=4), A, B, WHOLE)[["a", "b", "w"]].to_numpy()
    for trajectory in found.reshape(5, 4, 3):
        assert ((np.diff(trajectory, axis=0) != 0.0).sum(axis=1) == 1).all()


def test_a_saltelli_design_crosses_two_samples(square: Sweep) -> None:
    found = points(square, Design("saltelli", 8), A, B)[["a", "b"]].to_numpy().reshape(8, 6, 2)
    for a, ab_a, ab_b, ba_a, ba_b, b in found:
        assert ab_a.tolist() == [b[0], a[1]]
        assert ab_b.tolist() == [a[0], b[1]]
        assert ba_a.tolist() == [a[0], b[1]]
        assert ba_b.tolist() == [b[0], a[1]]
