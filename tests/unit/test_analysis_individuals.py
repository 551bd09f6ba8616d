"""Individual gains and losses: cells of traits, shares, and the placebo beside them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from labsim.analysis import TableError
from labsim.analysis.individuals import EVERYBODY, GAIN, GAINED, JOINT, LOST, TRAITS, cells, gains


def people(months: list[int], **traits: list[int]) -> pd.DataFrame:
    rows = len(months)
    codes = {trait: traits.get(trait, [0] * rows) for trait in TRAITS}
    return pd.DataFrame({"person": range(10, 10 + rows), "months": np.array(months, np.uint16), **codes})


def cell(table: pd.DataFrame, trait: str, name: str) -> dict[str, Any]:
    (row,) = table[(table["trait"] == trait) & (table["cell"] == name)].to_dict("records")
    return {str(key): value for key, value in row.items()}


def test_gains_are_those_of_the_same_person() -> None:
    before = people([0, 5, 12, 24])
    after = people([4, 5, 9, 22]).sample(frac=1, random_state=1)
    found = cell(cells(after, before, threshold=3), EVERYBODY, "all")
    assert (found["persons"], found["gained"], found["lost"]) == (4, 1, 1)
    assert found["months"] == pytest.approx((4 + 0 - 3 - 2) / 4)


def test_fewer_months_are_a_loss_and_not_a_number_that_wraps_around() -> None:
    found = cell(cells(people([0]), people([24]), threshold=3), EVERYBODY, "all")
    assert (found["months"], found["lost"]) == (-24.0, 1)


@pytest.mark.parametrize(("threshold", "gained"), [(1, 3), (3, 2), (4, 1), (6, 0)])
def test_only_differences_from_the_threshold_on_count(threshold: int, gained: int) -> None:
    table = cells(people([2, 3, 5]), people([0, 0, 0]), threshold)
    assert cell(table, EVERYBODY, "all")["gained"] == gained


def test_cells_are_those_of_the_baseline_and_hold_everybody_once() -> None:
    before = people([1, 1, 1], position=[0, 5, 6], education=[0, 1, 2], age=[0, 0, 2])
    after = people([1, 4, 1], position=[6, 6, 6])
    table = cells(after, before, threshold=3)
    for trait in (EVERYBODY, *TRAITS, JOINT):
        part = table[table["trait"] == trait]
        assert part["persons"].sum() == 3
        assert part["gained"].sum() == 1
    assert cell(table, "position", "out_24_or_more")["months"] == 3
    assert cell(table, JOINT, "out_24_or_more / vocational / youth")["gained"] == 1


def test_people_whom_only_one_world_has_are_left_out() -> None:
    assert cell(cells(people([1, 2]), people([1, 2, 3]), 3), EVERYBODY, "all")["persons"] == 2
    with pytest.raises(TableError, match="no person in common"):
        cells(people([1]), people([1]).assign(person=99), 3)


def pairs(effect: float, seeds: int = 6) -> pd.DataFrame:
    """A scenario and a placebo with the same churning; the scenario adds `effect` months for everybody."""
    rows = []
    for seed in range(1, seeds + 1):
        luck = np.random.default_rng(seed)
        before = luck.integers(0, 24, 400)
        for name, extra in (("reform", effect), ("placebo", 0)):
            churn = luck.integers(-4, 5, 400)
            after = np.clip(before + churn + extra, 0, 36)
            table = cells(people(after.tolist()), people(before.tolist()), threshold=3)
            rows.append(table.assign(scenario=name, seed=seed))
    return pd.concat(rows, ignore_index=True)


def everybody(table: pd.DataFrame, outcome: str) -> dict[str, dict[str, Any]]:
    rows = table[(table["trait"] == EVERYBODY) & (table["outcome"] == outcome)]
    return {str(row["scenario"]): row for row in rows.to_dict("records")}


def test_a_placebo_has_winners_and_losers_without_any_effect() -> None:
    table = gains(pairs(effect=0), "placebo")
    for outcome in (GAINED, LOST):
        found = everybody(table, outcome.name)
        assert found["placebo"]["mean"] > 10
        assert abs(found["reform"]["beyond"]) < 5
        assert found["reform"]["beyond_low"] < 0 < found["reform"]["beyond_high"]


def test_an_effect_shows_beyond_the_placebo() -> None:
    table = gains(pairs(effect=2), "placebo")
    gain = everybody(table, GAIN.name)["reform"]
    assert gain["beyond_low"] > 0
    assert gain["mean"] == pytest.approx(2, abs=0.5)
    assert everybody(table, GAINED.name)["reform"]["beyond_low"] > 0
    assert everybody(table, LOST.name)["reform"]["beyond_high"] < 0


def test_the_placebo_is_beside_the_others_and_not_compared_with_itself() -> None:
    table = gains(pairs(effect=1), "placebo")
    placebo = table[table["scenario"] == "placebo"]
    assert placebo[["beyond", "beyond_low", "beyond_high"]].isna().all(axis=None)
    assert not table[table["scenario"] == "reform"]["beyond"].isna().any()
    assert set(table["outcome"]) == {GAIN.name, GAINED.name, LOST.name}
    assert (table["pairs"] == 6).all()


def test_without_a_placebo_there_is_no_answer() -> None:
    with pytest.raises(TableError, match="no runs of the placebo 'sugar'"):
        gains(pairs(effect=1), "sugar")
