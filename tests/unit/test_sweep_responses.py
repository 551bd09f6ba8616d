"""What a sweep's outcomes say before any factor is looked at: pairs, missing runs, and chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from labsim.analysis import TableError
from labsim.analysis.responses import Question, balanced, noise, questions, response, told_apart


def table(**values: list[float]) -> pd.DataFrame:
    """Outcomes of scenarios at points 0, 1 and seeds 1, 2: point by point, seed by seed."""
    return pd.concat([
        pd.DataFrame({"scenario": name, "point": [0, 0, 1, 1], "seed": [1, 2, 1, 2], "window": "late", "outcome": "y",
                      "value": each})
        for name, each in values.items()
    ], ignore_index=True)  # fmt: skip


def drawn(n: int, r: int, spread: float, chance: float, shift: float) -> pd.DataFrame:
    """Points of known spread, chance within points, and a shift that a seed gives to all points."""
    luck = np.random.default_rng(5)
    values = luck.normal(0, spread, (n, 1)) + luck.normal(0, shift, (1, r)) + luck.normal(0, chance, (n, r))
    place, seed = np.divmod(np.arange(n * r), r)
    return pd.DataFrame({"point": place, "seed": seed + 1, "value": values.ravel()})


def test_a_contrast_is_taken_within_point_and_seed() -> None:
    outcomes = table(base=[1.0, 2.0, 3.0, 4.0], reform=[1.5, 2.5, 2.0, 3.0])
    found = response(outcomes, Question("y", "late", "reform", "base"))
    assert found["value"].tolist() == [0.5, 0.5, -1.0, -1.0]
    level = response(outcomes, Question("y", "late", "reform"))
    assert level["value"].tolist() == [1.5, 2.5, 2.0, 3.0]


def test_a_pair_without_its_partner_is_left_out() -> None:
    outcomes = table(base=[1.0, np.nan, 3.0, 4.0], reform=[1.0, 2.0, 3.0, 4.0]).drop(index=7)
    found = response(outcomes, Question("y", "late", "reform", "base"))
    assert found[["point", "seed"]].to_numpy().tolist() == [[0, 1], [1, 1]]


@pytest.mark.parametrize(
    "asked", [Question("z", "late", "base"), Question("y", "early", "base"), Question("y", "late", "b")]
)
def test_what_is_not_there_is_named_with_what_is(asked: Question) -> None:
    with pytest.raises(TableError, match=r"there are: (y|late|base)"):
        response(table(base=[1.0, 2.0, 3.0, 4.0]), asked)


def test_points_that_lack_a_seed_are_left_out_so_that_no_seed_shifts_only_some_points() -> None:
    values = pd.DataFrame(
        {"point": [0, 0, 1, 2, 2], "seed": [1, 2, 1, 1, 2], "value": [1.0, 11.0, 1.0, 1.0, 11.0]}
    )
    found = balanced(values)
    assert (found.points.tolist(), found.lost) == ([0, 2], 1)
    assert found.means.tolist() == [6.0, 6.0]


def test_a_seed_that_has_hardly_begun_is_left_out_before_any_point_is() -> None:
    values = pd.DataFrame({"point": [0, 1, 2, 0], "seed": [1, 1, 1, 2], "value": 1.0})
    found = balanced(values)
    assert (found.seeds.tolist(), found.points.tolist(), found.lost) == ([1], [0, 1, 2], 0)


def test_chance_and_factors_and_what_seeds_do_to_all_points_are_told_apart() -> None:
    found = noise(balanced(drawn(800, 8, spread=2.0, chance=1.0, shift=3.0)))
    assert found.factors == pytest.approx(4.0, rel=0.15)
    assert found.chance == pytest.approx(1.0, rel=0.06)
    assert 1.0 < found.shared < 30.0  # eight seeds say little about it
    assert found.share == pytest.approx((1.0 / 8) / (4.0 + 1.0 / 8), rel=0.2)


def test_one_seed_cannot_tell_chance() -> None:
    found = noise(balanced(drawn(50, 1, spread=2.0, chance=1.0, shift=0.0)))
    assert np.isnan([found.chance, found.share]).all()
    assert np.isnan(told_apart(balanced(drawn(50, 1, 1.0, 1.0, 0.0)))).all()


def test_points_are_told_apart_from_zero_as_often_as_the_level_says() -> None:
    below, above = told_apart(balanced(drawn(4000, 6, spread=0.0, chance=1.0, shift=0.0)))
    assert below == pytest.approx(0.025, abs=0.01)
    assert above == pytest.approx(0.025, abs=0.01)
    assert (
        told_apart(balanced(drawn(100, 6, 0.0, 0.1, 0.0).assign(value=lambda t: t["value"] + 1.0)))[1] == 1.0
    )


def test_asked_by_default_are_differences_to_the_baseline_or_the_level_of_a_single_scenario() -> None:
    assert questions(["y"], ["late"], ["base", "reform"], "base") == [Question("y", "late", "reform", "base")]
    assert questions(["y"], [""], [""], "") == [Question("y", "", "", "")]
