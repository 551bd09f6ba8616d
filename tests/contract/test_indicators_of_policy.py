"""Indicators of inclusion and institutions say what they mean: checked against small cases and the agents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from labsim.codes import FIXED_POINT, MEASURES_OF
from labsim.indicators.recorded import Recorded
from labsim.indicators.registry import INDICATORS, load_indicators
from labsim.model import LabourMarket
from labsim.scenario import Scenario
from labsim.state.tables import FIELDS

ALL = sorted(load_indicators())


@pytest.fixture(scope="module")
def run(toytown: Callable[..., Scenario]) -> LabourMarket:
    """Return a run of 2,000 persons through a reform."""
    reform = {"after": "regional_budget", "start": "2001-07", "months": 6, "shape": "linear"}
    scenario = toytown(scale=0.1, burn_in=12, initial="hartz_1_3", transitions=[reform])
    return LabourMarket(scenario, seed=1).run()


@pytest.fixture(scope="module")
def recorded(run: LabourMarket) -> Recorded:
    return run.recorder.view()


def test_the_group_of_the_long_term_is_who_has_been_without_a_job_for_a_year(recorded: Recorded) -> None:
    by_group = recorded.stock("unemployed")
    since_job = recorded.stock("long_term_since_job")
    assert (by_group[..., 4] == since_job[..., 0]).all()
    assert (since_job[..., 4] == since_job[..., 0]).all()


def test_social_participation_is_the_plain_mean_of_its_five_components(recorded: Recorded) -> None:
    value = {name: INDICATORS[name].function(recorded) for name in ALL if "participation_" in name}
    percent = [value[f"participation_{part}"] for part in ("activity", "support", "income")]
    shares = [100.0 * value[f"participation_{part}"] for part in ("trust", "employability")]
    index = INDICATORS["social_participation"].function(recorded)
    assert index == pytest.approx(sum(percent + shares) / 5.0, nan_ok=True)
    known = index[~np.isnan(index)]
    assert ((known > 0.0) & (known < 100.0)).all()


def test_customer_segments_add_up_to_all_who_have_been_profiled(recorded: Recorded) -> None:
    names = ("market_clients", "clients_to_activate", "clients_to_support", "cared_for_clients")
    total = np.sum([INDICATORS[name].function(recorded) for name in names], axis=0)
    assert total[~np.isnan(total)] == pytest.approx(100.0)


def test_segregation_is_0_where_unemployment_is_the_same_everywhere_and_1_where_it_has_a_place_of_its_own(
    recorded: Recorded,
) -> None:
    census = np.zeros_like(recorded.census[:1])
    employed, unemployed = (MEASURES_OF.index(name) for name in ("employed", "unemployed"))
    for jobs, people, expected in (([90, 30], [9, 3], 0.0), ([90, 0], [0, 7], 1.0), ([50, 50], [10, 0], 0.5)):
        census[0, :, 0, employed], census[0, :, 0, unemployed] = jobs, people
        index = INDICATORS["segregation"].function(replace(recorded, census=census))
        assert index == pytest.approx(np.full((1, 3), expected))


def test_creaming_is_above_0_where_entrants_are_nearer_to_the_market(recorded: Recorded) -> None:
    shape, scale = recorded.reached[:1].shape, int(FIXED_POINT)
    entries, reached, nearness = (
        np.zeros_like(recorded.entries[:1]), np.zeros(shape, np.int64), np.zeros_like(recorded.nearness[:1])
    )  # fmt: skip
    entries[0, :, 0, 0], reached[0, :, 0, 2] = 2, [2 * scale, -scale]  # 1.0 and -0.5 log points each
    nearness[0, :, 0], nearness[0, :, 1] = 10 * scale // 4, 10  # 0.25 on average
    found = INDICATORS["creaming"].function(
        replace(recorded, entries=entries, reached=reached, nearness=nearness)
    )
    assert found == pytest.approx(np.array([[0.75, -0.75, 0.0]]))


def test_indicators_of_institutions_are_what_the_institutions_say(
    run: LabourMarket, recorded: Recorded
) -> None:
    world, last = run.world, {name: INDICATORS[name].function(recorded)[-1] for name in ALL}
    people = [int((world.persons.municipality == m).sum()) for m in (0, 1)]
    for m, town in enumerate(run.town_halls):
        providers = [p for p in run.providers if p.municipality == m]
        capacity = sum(p.capacity for p in providers)
        assert last["tie_strength"][m] == world.memory.ties[m]
        assert last["joint_activity"][m] == town.joint_activity()
        assert last["municipal_room"][m] == pytest.approx(world.memory.room[m] / people[m])
        assert last["provider_capacity"][m] == pytest.approx(1000.0 * capacity / people[m])
        assert last["provider_competence"][m] == pytest.approx(
            sum(p.capacity * p.competence for p in providers) / capacity
        )
        assert sum(last[f"capacity_{field}"][m] for field in FIELDS) == pytest.approx(
            last["provider_capacity"][m]
        )
        jobs = world.memory.jobs[m].sum() + world.memory.lasting_jobs[m]
        assert last["jobs_developed"][m] == pytest.approx(1000.0 * jobs / people[m])
    assert last["municipal_room"][2] == pytest.approx(world.memory.room.sum() / sum(people))
