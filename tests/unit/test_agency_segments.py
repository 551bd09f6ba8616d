"""The agency: customer segments, meetings, staff, who is chosen, and what it learns from its record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsim.codes import (
    CARED_FOR,
    EMPLOYED,
    ENTRY_AGE,
    MARKET_CLIENT,
    NOT_PROFILED,
    TO_ACTIVATE,
    TO_SUPPORT,
    UNEMPLOYED,
)
from labsim.kernels.casework import customer_segment, profile_client, true_closeness
from labsim.model import PROCESSES, LabourMarket
from labsim.policy.budgets import funds
from labsim.policy.completion import follow_up
from labsim.policy.regime import Regime
from labsim.scenario import Scenario
from labsim.state.institutions import Agency
from labsim.units import parse_month

Make = Callable[..., Scenario]
Variant = Callable[..., Regime]


@pytest.mark.parametrize(
    ("closeness", "skill", "segment"),
    [
        (0.75, -9.0, MARKET_CLIENT),
        (0.7499, 0.0, TO_ACTIVATE),
        (0.7499, -0.0501, TO_SUPPORT),
        (0.0, -0.05, TO_ACTIVATE),
        (0.0, -1.0, TO_SUPPORT),
        (-0.0001, 9.0, CARED_FOR),
    ],
)
def test_segments_go_by_closeness_and_those_between_by_what_they_lack(
    closeness: float, skill: float, segment: int
) -> None:
    assert customer_segment(closeness, skill, 0.75, 0.0, -0.05) == segment


def test_profiling_without_error_finds_the_segment_that_is_true(toytown: Make) -> None:
    model = LabourMarket(toytown(scale=0.05), seed=1)
    world, p = model.world, model.world.persons
    co = world.coefficients
    exact = world.regimes._replace(profiling_error=np.zeros_like(world.regimes.profiling_error))
    found = set()
    for row in np.flatnonzero(p.status == UNEMPLOYED).tolist():
        profile_client(p, row, 0.9, co, exact, world.memory.ties)
        closeness = true_closeness(p, row, co)
        skill = float(p.skill[row])
        expected = customer_segment(closeness, skill, co.market_client, co.cared_for_client, co.able)
        assert p.segment[row] == expected
        found.add(expected)
    assert found == {MARKET_CLIENT, TO_ACTIVATE, TO_SUPPORT, CARED_FOR}


def test_who_has_not_been_met_is_not_profiled_and_a_new_spell_begins_so(
    toytown: Make, regime: Variant
) -> None:
    never = regime(name="never", casework={"meetings": 0.0})
    model = LabourMarket(toytown(initial="never", regimes=[never]), seed=1).run(until=parse_month("2001-06"))
    p = model.world.persons
    assert (p.segment[p.status == UNEMPLOYED] == NOT_PROFILED).all()
    often = regime(name="often", casework={"meetings": 4.0, "clients_per_caseworker": 20.0})
    model = LabourMarket(toytown(scale=0.1, initial="often", regimes=[often]), seed=1)
    model.run(until=parse_month("2001-06"))
    p = model.world.persons
    here = p.status == UNEMPLOYED
    assert ((p.segment[here] == NOT_PROFILED) == (p.contacts[here] == 0)).all()
    assert np.unique(p.segment[here & (p.contacts > 0)]).size == 4


def test_a_segment_that_is_never_met_has_no_meetings_and_is_never_sanctioned(
    toytown: Make, regime: Variant
) -> None:
    rules = regime(
        name="x",
        casework={
            "meetings": 1.0,
            "clients_per_caseworker": 20.0,
            "meetings_by_segment": (1.0, 0.0, 1.0, 0.0),
        },
    )
    model = LabourMarket(toytown(scale=0.1, initial="x", regimes=[rules]), seed=1).run(
        until=parse_month("2001-04")
    )
    world, p = model.world, model.world.persons
    for _ in range(4):
        left_alone = (p.status == UNEMPLOYED) & np.isin(p.segment, [TO_ACTIVATE, CARED_FOR])
        contacts, segment = p.contacts.copy(), p.segment.copy()
        model.step()
        still = left_alone & (p.status == UNEMPLOYED) & (p.segment == segment)
        assert still.sum() > 20
        assert (p.contacts[still] == contacts[still]).all()
        met = (p.status == UNEMPLOYED) & (segment == MARKET_CLIENT) & (p.contacts > contacts)
        assert met.any()
    assert world.counts.casework[:, 0].sum() > 0


def test_segments_without_places_get_none(toytown: Make, regime: Variant) -> None:
    course = {"short_course": {"budget": 500.0}}
    casework = {"meetings": 1.0, "clients_per_caseworker": 20.0, "places_by_segment": (1.0, 1.0, 0.0, 0.0)}
    rules = regime(name="x", casework=casework, instruments=course)
    model = LabourMarket(toytown(scale=0.1, initial="x", regimes=[rules]), seed=1)
    segments = []
    while model.month < parse_month("2001-08"):
        model.step()
        p = model.world.persons
        segments += p.segment[p.measure == 1].tolist()
    assert {MARKET_CLIENT, TO_ACTIVATE} <= set(segments)
    assert not {TO_SUPPORT, CARED_FOR} & set(segments)


def met(model: LabourMarket, months: int = 6) -> float:
    """Return meetings per client over some months."""
    meetings = clients = 0
    for _ in range(months):
        model.step()
        meetings += int(model.world.counts.casework[:, 0].sum())
        clients += int(model.world.clients.sum())
    return meetings / clients


def test_with_staff_enough_clients_are_met_as_often_as_planned(toytown: Make, regime: Variant) -> None:
    rules = regime(name="x", casework={"meetings": 0.5, "clients_per_caseworker": 100.0})
    assert met(LabourMarket(toytown(scale=0.1, initial="x", regimes=[rules]), seed=1)) == pytest.approx(
        0.5, abs=0.04
    )


def test_with_too_few_caseworkers_meetings_are_those_that_they_can_hold(
    toytown: Make, regime: Variant
) -> None:
    casework = {"meetings": 1.0, "clients_per_caseworker": 400.0, "meetings_per_caseworker": 100.0}
    rules = regime(name="x", casework=casework)
    assert met(LabourMarket(toytown(scale=0.1, initial="x", regimes=[rules]), seed=1)) == pytest.approx(
        0.25, abs=0.03
    )


def test_meetings_with_local_actors_cost_working_time_at_full_joint_activity_in_full(toytown: Make) -> None:
    model = LabourMarket(toytown(), seed=1)
    agency = model.agencies[0]
    governance = model.world.governance[0]
    for joint, expected in ((1.0, 0.6), (0.5, 0.8), (0.0, 1.0)):
        model.world.governance = [governance.model_copy(update={"coordination_time": 0.4})] * 2
        model.world.joint_activity = np.array([joint])
        assert agency.undisturbed() == pytest.approx(expected)
    model.world.capacity_left = np.array([0.5, 1.0])
    assert agency.undisturbed() == pytest.approx(0.5)


def test_staff_follows_clients_slowly_and_begins_as_the_ratio_asks(toytown: Make) -> None:
    model = LabourMarket(toytown(), seed=1)
    world, agency = model.world, model.agencies[0]
    world.clients = np.array([[350], [0]])
    agency.capacity()
    assert world.memory.caseworkers[0] == 1.0
    world.clients = np.array([[700], [0]])
    agency.capacity()
    assert world.memory.caseworkers[0] == pytest.approx(1.0 + world.parameters.agencies.staffing_speed)
    assert world.memory.caseworkers[1] == -1.0, "each agency has staff of its own"


def test_an_agency_without_clients_needs_nobody_and_holds_every_meeting_there_is(toytown: Make) -> None:
    model = LabourMarket(toytown(), seed=1)
    model.world.clients = np.zeros((2, 1), np.int64)
    assert model.agencies[0].caseworkers_needed() == 0.0
    assert model.agencies[0].capacity() == 1.0


# who is chosen

CLOSENESS = st.lists(st.integers(-300, 300), min_size=1, max_size=40, unique=True)


@given(closeness=CLOSENESS, places=st.integers(0, 40), data=st.data())
def test_creaming_takes_the_nearest_need_the_farthest_and_a_lottery_by_lot(
    closeness: list[int], places: int, data: st.DataObject
) -> None:
    near = np.array(closeness) / 100.0
    lots = np.array(data.draw(st.permutations(range(near.size)))) / near.size
    nobody: Any = None
    for targeting, order in ((1.0, -near), (-1.0, near), (0.0, -lots)):
        chosen = Agency.choose(nobody, near, lots, targeting, places)
        assert chosen.size == min(places, near.size)
        assert set(chosen.tolist()) == set(np.argsort(order)[:places].tolist())
        assert chosen.tolist() == sorted(chosen.tolist())


def test_a_bonus_moves_somebody_up() -> None:
    nobody: Any = None
    near, lots = np.array([0.1, 0.2, 0.3]), np.array([0.5, 0.5, 0.5])
    assert Agency.choose(nobody, near, lots, 1.0, 1).tolist() == [2]
    assert Agency.choose(nobody, near, lots, 1.0, 1, np.array([0.5, 0.0, 0.0])).tolist() == [0]


# money by record

TWO = {
    "short_course": {"budget": 10.0, "cost": 500.0, "months": 1},
    "further_training": {"budget": 10.0, "cost": 500.0, "months": 1},
}


def money_by_record(model: LabourMarket, record: list[list[float]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the money for (further training, short course) in each municipality, given their records."""
    model.step()
    model.world.memory.record[:] = record
    model.world.clients = np.array([[100], [100]])
    return np.asarray(funds(model.world, model.programme).money)


def test_the_insurance_principle_moves_money_to_what_places_people_for_less(
    toytown: Make, regime: Variant
) -> None:
    moved = {}
    for weight in (0.0, 0.5, 1.0):
        rules = regime(name="x", casework={"insurance_principle": weight}, instruments=TWO)
        model = LabourMarket(toytown(initial="x", regimes=[rules]), seed=1)
        moved[weight] = money_by_record(model, [[0.2, 0.6], [0.4, 0.4]])
        assert moved[weight].sum(axis=1) == pytest.approx([2000.0, 2000.0]), "the total stays"
    assert moved[0.0].tolist() == [[1000.0, 1000.0]] * 2
    assert moved[0.5][0].tolist() == pytest.approx([750.0, 1250.0])
    assert moved[1.0][0].tolist() == pytest.approx([500.0, 1500.0])
    assert moved[1.0][1].tolist() == pytest.approx([1000.0, 1000.0])


def test_what_has_no_record_yet_is_neither_preferred_nor_punished(toytown: Make, regime: Variant) -> None:
    rules = regime(name="x", casework={"insurance_principle": 1.0}, instruments=TWO)
    model = LabourMarket(toytown(initial="x", regimes=[rules]), seed=1)
    assert money_by_record(model, [[-1.0, -1.0], [-1.0, 0.5]]) == pytest.approx(np.full((2, 2), 1000.0))


def test_savings_are_people_in_work_for_a_euro(toytown: Make) -> None:
    agency = LabourMarket(toytown(), seed=1).agencies[0]
    assert agency.expected_savings(0.4, 2000.0) == pytest.approx(0.4 / 2000.0)
    assert agency.expected_savings(0.4, 1000.0) > agency.expected_savings(0.4, 2000.0)


def test_an_agency_with_the_better_record_gets_the_larger_budget_if_budgets_respond(
    toytown: Make, regime: Variant
) -> None:
    total = {}
    for response in (0.0, 1.0):
        rules = regime(name="x", casework={"record_response": response}, instruments=TWO)
        model = LabourMarket(toytown(initial="x", regimes=[rules]), seed=1)
        total[response] = money_by_record(model, [[0.6, 0.6], [0.2, 0.2]]).sum(axis=1).tolist()
    assert total[0.0] == [2000.0, 2000.0]
    assert total[1.0] == pytest.approx([3000.0, 1000.0])


def test_the_record_is_whether_participants_work_some_months_after_the_planned_end(
    toytown: Make, regime: Variant
) -> None:
    rules = regime(name="x", instruments={"short_course": {"budget": 200.0}})
    parameters = {"agencies": {"record_months": 2, "record_memory": 0.0}}
    scenario = toytown(scale=0.1, initial="x", regimes=[rules], parameters=parameters, end="2001-12")
    entered: dict[int, list[tuple[int, int]]] = {}
    expected: list[tuple[int, int]] = []

    def look_at_those_due(model: LabourMarket) -> None:
        p = model.world.persons
        due = entered.pop(model.month - 3, [])
        at_work = [row for row, age in due if p.status[row] == EMPLOYED and p.age[row] == age + 3]
        expected.append((len(due), len(at_work)))

    def note_who_enters(model: LabourMarket) -> None:
        p = model.world.persons
        entered[model.month] = [(row, int(p.age[row])) for row in np.flatnonzero(p.measure).tolist()]

    at = [process.__name__ for process in PROCESSES].index("support_and_activate")
    processes = (*PROCESSES[:at], look_at_those_due, PROCESSES[at], note_who_enters, *PROCESSES[at + 1 :])
    model = LabourMarket(scenario, seed=1, processes=processes)
    found = []
    while model.month <= model.end_month:
        model.step()
        counts = model.world.counts.followed[:, 0]
        found.append(tuple(counts.sum(axis=0).tolist()))
        seen = counts[:, 0] > 0
        assert model.world.memory.record[seen, 0] == pytest.approx(counts[seen, 1] / counts[seen, 0])
    assert found == expected
    assert sum(works for _, works in found) > 10


def test_who_has_retired_does_not_work_whatever_the_school_leaver_in_the_same_row_does(toytown: Make) -> None:
    model = LabourMarket(toytown(), seed=1)
    world, p = model.world, model.world.persons
    measure = model.programme.measures[0]
    since_entry = measure.instrument.months + world.parameters.agencies.record_months
    youngest, successor = 3, 4
    p.status[[youngest, successor]] = EMPLOYED
    p.age[[youngest, successor]] = (ENTRY_AGE + since_entry, ENTRY_AGE + since_entry - 1)
    world.followed = np.array([[youngest, successor], [0, 0], [world.month, world.month]])
    follow_up(world, model.programme)
    assert world.counts.followed[:, 0].sum(axis=0).tolist() == [2, 1]
    assert world.followed.shape == (3, 0)
