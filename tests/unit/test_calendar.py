"""The calendar of budgets and institutions: what runs when, while one regime gives way to another."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from labsim.policy.calendar import (
    Passage,
    announced,
    arrival,
    capacity_left,
    paying_clients,
    still_bridged,
    ties_shocked,
)
from labsim.policy.transition import Transition

START = 2003 * 12
STARTS = [START, START + 6]
"""The first municipality changes half a year before the second."""


def passage(before: int = 0, starts: list[int] = STARTS, **settings: Any) -> Passage:
    content = {"before": "old", "after": "new", "start": f"{min(starts) // 12}-{min(starts) % 12 + 1:02d}"}
    transition = Transition.model_validate(content | settings)
    return Passage(transition, before, before + 1, np.array(starts))


def world(month: int, clients: Any = ((60, 40), (100, 0)), canonical: tuple[int, ...] = (0, 1, 2)) -> Any:
    """Return what the calendar reads of a world of two municipalities."""
    counted = np.array(clients)
    return SimpleNamespace(
        month=month,
        clients=counted,
        municipalities=len(counted),
        canonical_regime=np.array(canonical[: counted.shape[1]]),
    )


def paying(month: int, way: Passage, bridged: bool = False, **there: Any) -> list[list[float]]:
    goes_on = np.full((1, 2), bridged)
    found: list[list[float]] = paying_clients(world(month, **there), (way,), goes_on).tolist()
    return found


def test_without_help_everybody_is_paid_for_under_their_own_rules() -> None:
    for month in (START - 5, START, START + 50):
        assert paying(month, passage()) == [[60.0, 40.0], [100.0, 0.0]]


@pytest.mark.parametrize("written", [{"gap": 3}, {"overlap": -3}])
def test_in_a_gap_nobody_is_paid_for_under_the_new_rules(written: dict[str, Any]) -> None:
    way = passage(**written)
    everybody_new = ((0, 100), (0, 100))
    assert paying(START - 1, way, clients=everybody_new) == [[0.0, 100.0], [0.0, 100.0]]
    for months in (0, 1, 2):
        assert paying(START + months, way, clients=everybody_new)[0] == [0.0, 0.0]
    assert paying(START + 3, way, clients=everybody_new)[0] == [0.0, 100.0], "the gap is over"
    for months in (6, 8):
        assert paying(START + months, way, clients=everybody_new)[1] == [0.0, 0.0], "later in the other place"
    assert paying(START + 9, way, clients=everybody_new)[1] == [0.0, 100.0]


def test_in_a_gap_people_still_under_the_old_rules_are_still_paid_for() -> None:
    assert paying(START + 1, passage(gap=3)) == [[60.0, 0.0], [100.0, 0.0]]


def test_in_an_overlap_old_budgets_go_on_for_people_under_the_new_rules_beside_the_new_ones() -> None:
    way = passage(overlap=2)
    for months in (0, 1):
        assert paying(START + months, way)[0] == [100.0, 40.0]
    assert paying(START + 2, way)[0] == [60.0, 40.0]


def test_bridging_holds_its_share_of_the_old_budgets() -> None:
    way = passage(gap=12, bridging=0.25)
    assert paying(START, way, bridged=True)[0] == [60.0 + 0.25 * 40.0, 0.0]
    assert paying(START, way, bridged=False)[0] == [60.0, 0.0]


def test_during_an_overlap_bridging_adds_nothing() -> None:
    assert paying(START, passage(overlap=2, bridging=0.25), bridged=True)[0] == [100.0, 40.0]


def test_a_change_of_name_alone_moves_no_budget() -> None:
    everybody = ((100, 0), (100, 0))  # clients of equal rules are counted together
    for help_ in ({"gap": 6}, {"overlap": 6}, {"bridging": 0.5}):
        way = passage(**help_)
        assert paying(START + 1, way, bridged=True, clients=everybody, canonical=(0, 0)) == [[100.0, 0.0]] * 2


def test_bridging_ends_after_its_longest_time_or_when_the_new_measures_are_established() -> None:
    way = passage(bridging=0.5, bridging_months=4)
    none, first = np.zeros((1, 2), bool), np.array([[True, False]])

    def bridged(month: int, established: Any = none) -> list[bool]:
        return list(still_bridged(world(month), (way,), established)[0].tolist())

    assert bridged(START - 1) == [False, False]
    assert bridged(START) == [True, False]
    assert bridged(START, first) == [False, False]
    assert bridged(START + 3) == [True, False]
    assert bridged(START + 4) == [False, False]
    assert bridged(START + 6, first) == [False, True], "from the municipality's own start"
    assert bridged(START + 10) == [False, False]


def test_without_a_share_nothing_is_bridged() -> None:
    assert not still_bridged(world(START), (passage(),), np.zeros((1, 2), bool)).any()


def test_a_reorganisation_costs_its_share_of_capacity_for_its_months() -> None:
    way = passage(reorganisation=0.4, reorganisation_months=3)
    left = {months: capacity_left(world(START + months), (way,)).tolist() for months in (-1, 0, 2, 3, 6, 9)}
    assert left == {
        -1: [1.0, 1.0],
        0: [0.6, 1.0],
        2: [0.6, 1.0],
        3: [1.0, 1.0],
        6: [1.0, 0.6],
        9: [1.0, 1.0],
    }


def test_two_reorganisations_at_once_cost_both() -> None:
    ways = (passage(reorganisation=0.5), passage(1, reorganisation=0.2))
    assert capacity_left(world(START), ways).tolist() == [0.4, 1.0]


def test_a_reorganisation_cuts_ties_once() -> None:
    way = passage(reorganisation_ties=0.5)
    left = [ties_shocked(world(START + months), (way,)).tolist() for months in range(-1, 8)]
    assert [each[0] for each in left] == [1.0, 0.5, *[1.0] * 7]
    assert [each[1] for each in left] == [*[1.0] * 7, 0.5, 1.0]


def test_an_announcement_counts_from_its_months_before_until_the_change_begins() -> None:
    way = passage(announcement=2)
    known = [announced(world(START + months), (way,)).tolist() for months in range(-3, 2)]
    assert [each[0] for each in known] == [False, True, True, False, False]
    assert announced(world(START + 5), (way,)).tolist() == [False, True], "later in the other place"


def test_without_an_announcement_nobody_knows() -> None:
    for months in range(-12, 12):
        assert not announced(world(START + months), (passage(),)).any()


def test_nothing_is_announced_that_changes_only_a_name() -> None:
    there = world(START - 1, canonical=(0, 0))
    assert not announced(there, (passage(announcement=6),)).any()


def test_a_regime_arrives_with_its_budgets_and_the_first_one_was_always_there() -> None:
    ways = (passage(gap=3), passage(1, [START + 24, START + 24]))
    assert arrival(ways, 0, 0) is None
    assert arrival(ways, 1, 0) == START + 3
    assert arrival(ways, 1, 1) == START + 9
    assert arrival(ways, 2, 1) == START + 24
