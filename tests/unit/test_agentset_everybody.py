"""Everybody: the union of job seekers, employers and ordinary Mesa agents."""

from __future__ import annotations

import mesa
import pytest

from labsim.agents import Employer, JobSeeker
from labsim.agentset import ColumnarAgentSet, Everybody
from labsim.config import load
from labsim.model import LabourMarket
from labsim.state.institutions import Agency, Land, Municipality, Provider

SCENARIO = load("toytown").model_copy(update={"scale": 0.02, "burn_in": 0})


@pytest.fixture(scope="module")
def model() -> LabourMarket:
    """Return a model after two months, for tests that only read."""
    return LabourMarket(SCENARIO, seed=1).run(until=2000 * 12 + 2)


@pytest.fixture
def fresh() -> LabourMarket:
    """Return a model for tests that write."""
    return LabourMarket(SCENARIO, seed=1)


def test_everybody_is_job_seekers_employers_and_institutions(model: LabourMarket) -> None:
    everybody = model.agents
    institutions = 4 + len(model.providers) + 1
    assert len(everybody) == 400 + len(model.employers) + institutions == len(list(everybody))
    assert model.agent_types == [JobSeeker, Employer, Agency, Municipality, Provider, Land]
    assert everybody[0] == model.job_seekers[0]
    assert everybody[400] == model.employers[0]
    assert everybody[-1] is model.land
    assert model.employers[3] in everybody
    assert model.agencies[1] in everybody
    assert object() not in everybody
    assert repr(everybody) == f"<{len(everybody)} agents>"
    with pytest.raises(IndexError):
        everybody[len(everybody)]
    with pytest.raises(AttributeError, match="cannot be replaced"):
        model.agents = []


def test_everybody_of_a_type_is_columnar_where_there_are_columns(model: LabourMarket) -> None:
    people = model.agents.select(agent_type=JobSeeker)
    assert isinstance(people, ColumnarAgentSet)
    assert people == model.job_seekers
    assert model.agents.select(agent_type=Agency).to_list() == model.agencies
    assert model.agents_by_type[Agency].to_list() == model.agencies
    assert model.agents_by_type[JobSeeker] == model.job_seekers


def test_everybody_selects_across_types_up_to_a_number(model: LabourMarket) -> None:
    n = len(model.agents)
    assert len(model.agents.select(at_most=0.5)) == n // 2
    assert len(model.agents.select(at_most=402)) == 402
    second = model.agents.select(lambda a: getattr(a, "municipality", getattr(a, "district", None)) == 1)
    assert [type(agent).__name__ for agent in second][-15:-12] == ["Employer", "Agency", "Municipality"]
    assert {type(agent).__name__ for agent in list(second)[-12:]} == {"Provider"}
    providers = sum(provider.municipality == 1 for provider in model.providers)
    assert len(second) == 160 + sum(m == 1 for m in model.employers.get("municipality")) + 2 + providers
    everybody = model.agents
    assert everybody.select(agent_type=Municipality, inplace=True) is everybody
    assert everybody.to_list() == model.town_halls


def test_everybody_gives_attributes_and_groups(model: LabourMarket) -> None:
    everybody = model.agents
    assert everybody.get("unique_id") == list(range(1, len(everybody) + 1))
    with pytest.raises(AttributeError):
        everybody.get("age")
    assert [d for d in everybody.get("district", "default", -1) if d >= 0] == [0, 1, 0, 1]
    assert everybody.get(["pos", "unique_id"])[:2] == [[None, 1], [None, 2]]
    assert everybody.agg("unique_id", max) == len(everybody)
    by_type = everybody.groupby(lambda agent: type(agent).__name__)
    assert by_type.count() == {
        "JobSeeker": 400, "Employer": len(model.employers), "Agency": 2, "Municipality": 2,
        "Provider": len(model.providers), "Land": 1
    }  # fmt: skip
    assert isinstance(by_type.groups["JobSeeker"], ColumnarAgentSet)
    lists = everybody.groupby("pos", result_type="list")
    assert lists.agg("unique_id", len) == {None: len(everybody)}


def test_everybody_does_maps_shuffles_and_sorts(model: LabourMarket) -> None:
    everybody, seen = model.agents, []
    assert everybody.do(lambda agent, seen: seen.append(agent.unique_id), seen) is everybody
    assert seen == everybody.map(lambda agent: agent.unique_id)
    shuffled = everybody.shuffle()
    assert shuffled.get("unique_id") != seen
    assert sorted(shuffled.get("unique_id")) == seen
    assert shuffled.sort("unique_id", ascending=True).get("unique_id") == seen
    assert everybody.shuffle(inplace=True) is everybody
    assert everybody.get("unique_id") != seen
    everybody.sort("unique_id", inplace=True)
    assert everybody.get("unique_id") == seen[::-1]


def test_everybody_loses_and_gains_agents_without_touching_the_model(model: LabourMarket) -> None:
    everybody, n = model.agents, len(model.agents)
    twin = everybody.copy()
    everybody.remove(model.job_seekers[3])
    everybody.discard(model.agencies[0])
    everybody.discard(model.agencies[0])
    assert len(everybody) == n - 2
    assert model.job_seekers[3] not in everybody
    with pytest.raises(KeyError):
        everybody.remove(model.agencies[0])
    everybody.add(model.agencies[0])
    everybody.add(model.agencies[0])
    assert len(everybody) == n - 1
    assert len(twin) == len(model.agents) == n


def test_everybody_is_written_where_all_have_the_attribute(fresh: LabourMarket) -> None:
    pair = Everybody([fresh.employers[:2], fresh.agencies], fresh.random)
    with pytest.raises(AttributeError, match="no column 'district'"):
        pair.set("district", 1)
    Everybody([fresh.agencies], fresh.random).set("district", 1)
    assert [agency.district for agency in fresh.agencies] == [1, 1]


def test_agents_of_ones_own_join_everybody(fresh: LabourMarket) -> None:
    class Observer(mesa.Agent):
        def look(self) -> int:
            return len(self.model.vacancies)

    observer = Observer(fresh)
    fresh.step()
    assert observer.unique_id == len(fresh.agents)
    assert fresh.agents[-1] is observer
    assert fresh.agents_by_type[Observer].map("look") == [len(fresh.vacancies)]
    observer.remove()
    assert observer not in fresh.agents
    assert len(fresh.agents) == 400 + len(fresh.employers) + 4 + len(fresh.providers) + 1
