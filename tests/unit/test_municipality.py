"""The municipality: its room, what it does for people left out, and how it divides what it decides on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsim.codes import EMPLOYED, IN_MEASURE, UNEMPLOYED
from labsim.model import LabourMarket
from labsim.policy.budgets import NEEDS, SHARED
from labsim.policy.governance import MODE_LABELS_DE, MODES, Governance, GovernanceChange
from labsim.policy.regime import Regime
from labsim.scenario import Scenario
from labsim.state.institutions import Municipality

Make = Callable[..., Scenario]
Variant = Callable[..., Regime]
MONEY = st.integers(0, 10**8).map(lambda cents: cents / 100.0)


@pytest.fixture
def town(toytown: Make) -> Municipality:
    """Return a municipality after a month."""
    model = LabourMarket(toytown(scale=0.05), seed=1)
    model.step()
    return model.town_halls[0]


def residents(town: Municipality, employed: int, unemployed: int, in_measure: int, inactive: int) -> None:
    """Give a municipality these residents, and no share in benefits."""
    town.model.world.residents[town.district] = (employed, unemployed, in_measure, inactive)
    town.model.world.memory.municipal_benefits[town.district] = 0.0


def test_revenue_follows_local_employment_and_grants_follow_people(town: Municipality) -> None:
    pars = town.model.world.parameters.municipal
    residents(town, 600, 50, 10, 340)
    before = town.revenue()
    residents(town, 500, 150, 10, 340)
    assert before - town.revenue() == pytest.approx(100 * pars.revenue_per_job)
    residents(town, 0, 0, 0, 1000)
    assert town.revenue() == pytest.approx(1000 * pars.grants_per_head)


def test_social_spending_follows_people_out_of_work_and_the_share_in_benefits(town: Municipality) -> None:
    services = town.model.world.parameters.municipal.services_per_jobless
    residents(town, 600, 50, 10, 340)
    assert town.social_spending() == pytest.approx(60 * services)
    town.model.world.memory.municipal_benefits[town.district] = 777.0
    assert town.social_spending() == pytest.approx(60 * services + 777.0)


def test_room_is_never_below_nothing(town: Municipality) -> None:
    residents(town, 600, 50, 10, 340)
    assert town.room() == pytest.approx(town.revenue() - town.social_spending())
    town.model.world.memory.municipal_benefits[town.district] = 1e9
    assert town.room() == 0.0


def test_the_room_before_the_start_is_the_reference_and_later_months_are_remembered_smoothly(
    town: Municipality,
) -> None:
    world = town.model.world
    memory, keep = world.memory, world.parameters.municipal.smoothing
    memory.room[:], memory.room_at_start[:] = -1.0, -1.0
    world.month = world.growth_start - 1
    residents(town, 600, 50, 10, 340)
    first = town.room()
    town.remember_room()
    assert memory.room[0] == memory.room_at_start[0] == pytest.approx(first)
    world.month = world.growth_start
    residents(town, 300, 350, 10, 340)
    town.remember_room()
    assert memory.room[0] == pytest.approx(keep * first + (1.0 - keep) * town.room())
    assert memory.room_at_start[0] == pytest.approx(first), "the start does not move"


@pytest.mark.parametrize(
    ("room", "response", "factor"),
    [(100.0, 2.0, 1.0), (50.0, 1.0, 0.5), (50.0, 2.0, 0.25), (50.0, 0.0, 1.0), (200.0, 0.5, 2.0**0.5),
     (1.0, 1.0, 0.25), (1e6, 1.0, 4.0), (0.0, 1.0, 0.25)],
)  # fmt: skip
def test_the_own_budget_follows_room_within_limits(
    room: float, response: float, factor: float, town: Municipality
) -> None:
    town.model.world.memory.room_at_start[0], town.model.world.memory.room[0] = 100.0, room
    assert town.effect_of_room(response) == pytest.approx(factor)


def test_a_municipality_without_room_at_the_start_has_no_reference_to_respond_to(town: Municipality) -> None:
    town.model.world.memory.room_at_start[0] = 0.0
    assert town.effect_of_room(2.0) == 1.0


def test_cushioning_pays_for_each_person_left_out_but_not_beyond_the_room(town: Municipality) -> None:
    residents(town, 600, 50, 10, 340)
    assert town.cushion(5.0, 20) == 100.0
    assert town.cushion(5.0, 0) == 0.0
    assert town.cushion(1e6, 20) == town.room()


@given(
    plan=st.lists(MONEY, min_size=1, max_size=6),
    need=st.lists(st.sampled_from([0.0, 0.1, 0.8, 1.0, 5.0]), min_size=6, max_size=6),
    own=st.lists(st.sampled_from([0.0, 0.3, 1.0]), min_size=6, max_size=6),
    local=st.floats(0.0, 1.0),
    shift=st.floats(0.0, 1.0),
)
def test_dividing_anew_keeps_the_total_and_finances_nothing_that_was_not_planned(
    plan: list[float], need: list[float], own: list[float], local: float, shift: float
) -> None:
    k = len(plan)
    budget = np.array(plan)
    out = divide(budget, need[:k], own[:k], local, shift)
    assert out.sum() == pytest.approx(budget.sum(), rel=1e-9, abs=1e-6)
    assert (out >= 0.0).all()
    assert (out[budget == 0.0] == 0.0).all()


def divide(plan: Any, need: Any, own: Any, local: float, shift: float) -> Any:
    """Divide without a municipality: the rule reads nothing of it."""
    nobody: Any = None
    return Municipality.divide(nobody, np.asarray(plan, float), np.array(need), np.array(own), local, shift)


def test_local_choice_moves_money_to_where_local_need_is_greater_than_elsewhere() -> None:
    assert divide([100.0, 100.0], [3.0, 1.0], [0.0, 0.0], 1.0, 0.0).tolist() == [150.0, 50.0]
    assert divide([100.0, 100.0], [3.0, 1.0], [0.0, 0.0], 0.5, 0.0).tolist() == [125.0, 75.0]


def test_cost_shifting_moves_money_to_what_others_pay() -> None:
    assert divide([100.0, 100.0], [1.0, 1.0], [1.0, 0.0], 0.0, 1.0).tolist() == [0.0, 200.0]
    assert divide([100.0, 100.0], [1.0, 1.0], [0.3, 0.3], 0.0, 1.0).tolist() == [100.0, 100.0]


def test_without_a_choice_the_plan_is_the_budget() -> None:
    plan = np.array([1.0 / 3.0, 2.0 / 3.0])
    assert divide(plan, [9.0, 1.0], [1.0, 0.0], 0.0, 0.0) is plan


def test_where_nobody_has_the_need_the_plan_stays() -> None:
    assert divide([100.0, 50.0], [0.0, 0.0], [0.0, 0.0], 1.0, 0.0).tolist() == [100.0, 50.0]


def test_joint_activity_is_that_of_the_clients_regimes(toytown: Make, regime: Variant) -> None:
    quiet = regime(name="quiet", local_policy={"joint_activity": 0.2})
    loud = regime(name="loud", local_policy={"joint_activity": 1.0})
    model = LabourMarket(
        toytown(initial="quiet", regimes=[quiet, loud], transitions=[{"after": "loud", "start": "2001-02"}]),
        seed=1,
    )
    model.world.clients = np.array([[30, 10], [0, 0]])
    assert model.town_halls[0].joint_activity() == pytest.approx(0.75 * 0.2 + 0.25 * 1.0)
    assert model.town_halls[1].joint_activity() == 0.2, "without clients, what holds for newcomers"
    model.world.entry_regime = 1
    assert model.town_halls[1].joint_activity() == 1.0


def test_every_mode_says_how_much_of_the_agencys_money_is_decided_together() -> None:
    assert set(SHARED) == set(MODES) == set(MODE_LABELS_DE)
    assert SHARED["centralised"] == 0.0 < SHARED["joint"] < SHARED["municipal"] == 1.0
    assert NEEDS[0] == "all"


def test_a_change_of_governance_leaves_alone_what_it_does_not_name() -> None:
    base = Governance(mode="joint", local_choice=0.4, clientelism=0.2, negotiation=5)
    change = GovernanceChange(municipality="x", start="2001-01", mode="municipal", clientelism=0.0)
    after = change.over(base)
    assert (after.mode, after.local_choice, after.clientelism, after.negotiation) == (
        "municipal",
        0.4,
        0.0,
        5,
    )


def test_residents_are_everybody_by_status(town: Municipality) -> None:
    world = town.model.world
    town.model.step()
    p, here = world.persons, world.persons.municipality == town.district
    assert world.residents.sum() == world.size
    assert world.residents[town.district].sum() == here.sum()
    assert set(np.unique(p.status[here])) <= {EMPLOYED, UNEMPLOYED, IN_MEASURE, 3}
