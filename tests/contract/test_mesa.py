"""labsim as a Mesa model: sets of agents, DataCollector and batch_run give what Mesa's own would."""

from __future__ import annotations

import functools
import multiprocessing
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import mesa
import numpy as np
import pandas as pd
import pytest
from mesa.agentset import AbstractAgentSet, AgentSet, GroupBy

from labsim.agents import Employer, JobSeeker
from labsim.agentset import ColumnarDataCollector
from labsim.config import load
from labsim.model import LabourMarket
from labsim.state.institutions import Agency, Institution, Land, Municipality, Provider
from labsim.state.tables import FIELDS

SCENARIO = load("toytown").model_copy(update={"scale": 0.01, "burn_in": 0, "end": "2000-03"})
READ = ("unique_id", "age", "status", "wage", "sex", "contributions")


class Twin(mesa.Agent):
    """An ordinary Mesa agent with the attributes of a job seeker."""

    def __init__(self, model: mesa.Model, person: JobSeeker) -> None:
        super().__init__(model)
        for name in READ[1:]:
            setattr(self, name, getattr(person, name))
        self.person = person

    def older(self, years: int) -> int:
        return self.age + 12 * years


class Person(JobSeeker):
    """A job seeker with the same method."""

    def older(self, years: int) -> int:
        return self.age + 12 * years


@pytest.fixture(scope="module")
def model() -> LabourMarket:
    """Return a model after its first month."""
    model = LabourMarket(SCENARIO, seed=1, job_seeker=Person)
    model.step()
    return model


def ids(agents: Any) -> list[int]:
    return [agent.unique_id for agent in agents]


def grouped(groups: GroupBy) -> list[Any]:
    return [(key, ids(group)) for key, group in groups]


OPERATIONS: dict[str, Callable[[Any], Any]] = {
    "iteration": ids,
    "length": len,
    "get one": lambda s: s.get("wage"),
    "get several": lambda s: s.get(["age", "wage"]),
    "get what is missing": lambda s: s.get("hobby", "default", 7),
    "select all": lambda s: ids(s.select()),
    "select by agent": lambda s: ids(s.select(lambda a: a.age > 400)),
    "select a number": lambda s: ids(s.select(lambda a: a.age > 400, at_most=5)),
    "select a share": lambda s: ids(s.select(lambda a: a.age > 400, at_most=0.1)),
    "select more than there are": lambda s: ids(s.select(at_most=5000.0)),
    "select one as a share": lambda s: ids(s.select(at_most=1.0)),
    "select none": lambda s: ids(s.select(at_most=0)),
    "select of a type": lambda s: ids(s.select(agent_type=mesa.Agent, at_most=3)),
    "select of another type": lambda s: ids(s.select(agent_type=Agency)),
    "agg": lambda s: s.agg("wage", max),
    "agg many": lambda s: s.agg("wage", [min, max, sum, len, np.mean, np.median, np.std, lambda v: v[0]]),
    "agg whole numbers": lambda s: s.agg("contributions", [min, sum, np.sum, np.mean, np.max]),
    "sort": lambda s: ids(s.sort("wage")),
    "sort ascending": lambda s: ids(s.sort("status", ascending=True)),
    "sort ties": lambda s: ids(s.sort("status")),
    "sort by function": lambda s: ids(s.sort(lambda a: a.age % 12)),
    "groupby": lambda s: grouped(s.groupby("status")),
    "groupby function": lambda s: grouped(s.groupby(lambda a: a.age // 120)),
    "groupby list": lambda s: grouped(s.groupby("sex", result_type="list")),
    "groupby count": lambda s: s.groupby("status").count(),
    "groupby agg": lambda s: s.groupby("status").agg("wage", np.mean),
    "groupby map": lambda s: s.groupby("status").map(len),
    "groupby map method": lambda s: s.groupby("status").map("get", "age"),
    "groupby do": lambda s: grouped(s.groupby("sex").do("sort", "age", inplace=True)),
    "map": lambda s: s.map(lambda a, more: a.age + more, 1),
    "map method": lambda s: s.map("older", years=2),
    "to_list": lambda s: ids(s.to_list()),
    "shuffle": lambda s: ids(s.shuffle()),
    "shuffle in place": lambda s: ids(s.shuffle(inplace=True).select(at_most=9)),
    "shuffle twice": lambda s: ids(s.shuffle().shuffle()),
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
@pytest.mark.parametrize("part", [slice(None), slice(20, 120)], ids=["all", "some"])
def test_a_columnar_set_does_what_mesas_set_does(
    model: LabourMarket, part: slice, operation: Callable[[Any], Any]
) -> None:
    plain = mesa.Model(rng=1)
    twins = [Twin(plain, person) for person in model.job_seekers]
    plain.random.seed(5)
    model.random.seed(5)
    columnar = model.job_seekers[part]
    assert isinstance(columnar, AbstractAgentSet)
    assert operation(columnar) == operation(AgentSet(twins[part], plain.random))


@pytest.mark.parametrize("operation", ["do", "shuffle_do"])
def test_doing_visits_agents_in_the_same_order(model: LabourMarket, operation: str) -> None:
    plain = mesa.Model(rng=1)
    twins = [Twin(plain, person) for person in model.job_seekers]
    visits: list[list[int]] = []
    for agents, generator in (
        (AgentSet(twins, plain.random), plain.random),
        (model.job_seekers, model.random),
    ):
        generator.seed(5)
        visited: list[int] = []
        assert getattr(agents, operation)(lambda a, to: to.append(a.unique_id), visited) is agents
        visits.append(visited)
    assert visits[0] == visits[1]
    assert sorted(visits[0]) == ids(model.job_seekers)


@pytest.mark.parametrize(("attribute", "value"), [("age", 250), ("wage", 1234.5)])
def test_setting_does_what_mesas_set_does(attribute: str, value: float) -> None:
    fresh, plain = LabourMarket(SCENARIO, seed=1, job_seeker=Person), mesa.Model(rng=1)
    twins = AgentSet([Twin(plain, person) for person in fresh.job_seekers], plain.random)
    assert twins.get(attribute) == fresh.job_seekers.get(attribute)
    twins.select(lambda a: a.sex == 0).set(attribute, value)
    fresh.job_seekers.select(lambda a: a.sex == 0).set(attribute, value)
    assert twins.get(attribute) == fresh.job_seekers.get(attribute)


# DataCollector

MODEL_REPORTERS: dict[str, Any] = {
    "people": lambda m: len(m.job_seekers),
    "unemployed": lambda m: len(m.job_seekers.select(where=lambda p: p.status == 1)),
    "month": "month",
}
AGENTTYPE_REPORTERS: dict[type, dict[str, Any]] = {
    JobSeeker: {"age": "age", "wage": "wage", "years": lambda a: a.age // 12, "born": "born"},
    Employer: {"headcount": "headcount", "row": "row"},
    Agency: {"clients": "clients", "name": "name"},
    Municipality: {"room": lambda a: a.room(), "district": "district"},
    Provider: {"capacity": "capacity", "field": "field", "use": "utilisation"},
}
AGENT_REPORTERS: dict[str, Any] = {
    "kind": lambda a: type(a).__name__,
    "number": "unique_id",
    "list": lambda a: [a.unique_id],
    "plus": [lambda a, more: a.unique_id + more, [100]],
}


@pytest.mark.parametrize("collector", [mesa.DataCollector, ColumnarDataCollector])
@pytest.mark.parametrize("engine", ["kernels", "reference"])
def test_a_data_collector_collects_every_month_by_itself(collector: Any, engine: str) -> None:
    model = LabourMarket(SCENARIO, seed=1, engine=engine)
    model.datacollector = collector(MODEL_REPORTERS, AGENT_REPORTERS, AGENTTYPE_REPORTERS)
    model.run()
    frame = model.datacollector.get_model_vars_dataframe()
    assert frame["month"].tolist() == [24000, 24001, 24002]
    unemployed = model.results.indicators.query("indicator == 'unemployed' and municipality == 'all'")
    assert frame["unemployed"].tolist() == unemployed.query("group == 'all'")["value"].tolist()
    ages = model.datacollector.get_agenttype_vars_dataframe(JobSeeker)
    assert ages.index.names == ["Step", "AgentID"]
    assert len(ages) == 3 * len(model.job_seekers)
    assert ages.loc[3.0, "age"].tolist() == model.job_seekers.get("age")


def collected(collector: Any, job_seeker: type[JobSeeker] = JobSeeker) -> list[pd.DataFrame]:
    model = LabourMarket(SCENARIO, seed=1, job_seeker=job_seeker)
    model.job_seekers[:7].become(Person)
    model.datacollector = collector(
        MODEL_REPORTERS, AGENT_REPORTERS, AGENTTYPE_REPORTERS | {Institution: {"d": "district"}}
    )
    model.run()
    found = model.datacollector
    frames = [found.get_agenttype_vars_dataframe(kind) for kind in found.agenttype_reporters]
    return [found.get_model_vars_dataframe(), found.get_agent_vars_dataframe(), *frames]


@pytest.mark.parametrize("job_seeker", [JobSeeker, Person])
def test_the_columnar_collectors_frames_equal_mesas(job_seeker: type[JobSeeker]) -> None:
    for ours, mesas in zip(
        collected(ColumnarDataCollector, job_seeker), collected(mesa.DataCollector, job_seeker), strict=True
    ):
        assert len(ours) > 0
        pd.testing.assert_frame_equal(ours, mesas)


@pytest.mark.parametrize("collector", [mesa.DataCollector, ColumnarDataCollector])
def test_a_reporter_of_an_attribute_that_is_missing_is_named(model: LabourMarket, collector: Any) -> None:
    wrong = collector(agenttype_reporters={Person: {"hobby": "hobbies"}})
    with pytest.raises(
        AttributeError, match=r"Agent 1 of type Person has no attribute 'hobbies' \(reporter: 'hobby'\)"
    ):
        wrong.collect(model)


@pytest.mark.parametrize("collector", [mesa.DataCollector, ColumnarDataCollector])
def test_a_reporter_for_what_is_no_agent_is_refused(model: LabourMarket, collector: Any) -> None:
    with pytest.raises(ValueError, match="not recognized as an Agent type"):
        collector(agenttype_reporters={int: {"real": "real"}}).collect(model)


def test_the_columnar_collector_serves_ordinary_mesa_models_too(model: LabourMarket) -> None:
    plain = mesa.Model(rng=1)
    for person in model.job_seekers[:5]:
        Twin(plain, person)
    frames = []
    for kind in (mesa.DataCollector, ColumnarDataCollector):
        collector = kind(agent_reporters={"age": "age"}, agenttype_reporters={mesa.Agent: {"wage": "wage"}})
        collector.collect(plain)
        frames.append(
            [collector.get_agent_vars_dataframe(), collector.get_agenttype_vars_dataframe(mesa.Agent)]
        )
    for ours, mesas in zip(*frames, strict=True):
        pd.testing.assert_frame_equal(ours, mesas)


def test_a_model_with_its_collector_can_be_pickled() -> None:
    model = LabourMarket(SCENARIO, seed=1)
    model.datacollector = ColumnarDataCollector({"month": "month"}, None, {JobSeeker: {"age": "age"}})
    model.step()
    twin = pickle.loads(pickle.dumps(model)).run()
    model.run()
    pd.testing.assert_frame_equal(
        twin.datacollector.get_agenttype_vars_dataframe(JobSeeker),
        model.datacollector.get_agenttype_vars_dataframe(JobSeeker),
    )
    assert twin.digest() == model.digest()


def test_the_months_of_the_burn_in_are_not_collected() -> None:
    model = LabourMarket(SCENARIO.model_copy(update={"burn_in": 2}), seed=1).run()
    frame = model.datacollector.get_model_vars_dataframe()
    assert frame["month"].tolist() == ["2000-01", "2000-02", "2000-03"]
    indicators = model.results.indicators.query("municipality == 'all' and group == 'all'")
    table = indicators.pivot(index="month", columns="indicator", values="value")
    for name in ("employment", "unemployed", "in_measure", "inactive", "vacancies", "unemployment_rate"):
        mine = frame["employed" if name == "employment" else name]
        assert mine.tolist() == pytest.approx(table[name].tolist())


def test_a_model_may_do_without_a_collector() -> None:
    model = LabourMarket(SCENARIO, seed=1)
    model.datacollector = None
    assert model.run().digest() == LabourMarket(SCENARIO, seed=1).run().digest()


# institutions


def test_institutions_are_ordinary_agents_whom_mesa_knows_by_type(model: LabourMarket) -> None:
    sets = model.agents_by_type
    per_field = model.world.parameters.providers.per_field
    sizes = {Agency: 2, Municipality: 2, Land: 1, Provider: 2 * len(FIELDS) * per_field}
    assert {kind: len(sets[kind]) for kind in sizes} == sizes
    assert list(sets[Provider]) == model.providers
    assert list(sets[Municipality]) == model.town_halls
    assert all(isinstance(sets[kind], AbstractAgentSet) for kind in sizes)
    alive = sets[Provider].select(lambda p: p.capacity > 0.0)
    assert 0 < len(alive) < len(model.providers)
    assert alive.agg("capacity", sum) == pytest.approx(model.world.providers.capacity.sum())
    assert set(alive.get("competence")) == {model.world.parameters.providers.competence}
    by_field = sets[Provider].groupby("field").count()
    assert by_field == dict.fromkeys(FIELDS, 2 * per_field)


def test_providers_are_views_of_their_rows(model: LabourMarket) -> None:
    for row, provider in enumerate(model.providers):
        assert (provider.row, provider.municipality) == (row, model.world.providers.municipality[row])
        for name in ("capacity", "competence", "reserves"):
            assert getattr(provider, name) == getattr(model.world.providers, name)[row]
        assert provider.field == FIELDS[model.world.providers.field[row]]
        assert 0.0 <= provider.utilisation <= 1.0


def test_institutions_share_a_name_and_clients_with_their_district(model: LabourMarket) -> None:
    for district, (agency, town) in enumerate(zip(model.agencies, model.town_halls, strict=True)):
        assert agency.district == town.district == district
        assert agency.name == town.name == model.world.place.municipalities[district].name
        assert agency.clients == town.clients == int(model.world.clients[district].sum())


def test_each_municipality_has_a_network_of_its_own(model: LabourMarket) -> None:
    assert [graph.graph["municipality"] for graph in model.networks] == [
        town.name for town in model.town_halls
    ]
    for graph, ties in zip(model.networks, model.world.memory.ties.tolist(), strict=True):
        weights = [weight for _, _, weight in graph.edges(data="weight")]
        assert np.mean(weights) == pytest.approx(ties)


# time, seeds, batch_run


def test_mesas_clock_counts_months_and_running_ends_with_the_scenario() -> None:
    model = LabourMarket(SCENARIO, seed=1)
    model.run_model()
    assert (model.time, model.running, model.month) == (3.0, False, 24003)
    assert model.scenario is SCENARIO


def test_rng_is_another_name_for_the_seed_and_none_draws_one() -> None:
    assert LabourMarket(SCENARIO, rng=3).run().digest() == LabourMarket(SCENARIO, seed=3).run().digest()
    drawn = LabourMarket(SCENARIO, seed=None)
    assert drawn.run_seed != LabourMarket(SCENARIO, seed=None).run_seed
    assert drawn.run().digest() == LabourMarket(SCENARIO, seed=drawn.run_seed).run().digest()
    assert LabourMarket(SCENARIO, seed=-1).digest() != LabourMarket(SCENARIO, seed=1).digest()


@pytest.mark.parametrize("seed", [1.5, "1"])
def test_a_seed_that_is_no_integer_is_refused(seed: Any) -> None:
    with pytest.raises(TypeError, match="integer"):
        LabourMarket(SCENARIO, seed=seed)


@pytest.fixture
def batch() -> Iterator[Callable[..., pd.DataFrame]]:
    """Return batch_run without its progress bar; put back the start method that it sets for all of Python."""
    before = multiprocessing.get_start_method(allow_none=True)
    run = functools.partial(mesa.batch_run, number_processes=1, display_progress=False)
    yield lambda *args, **kwargs: pd.DataFrame(run(*args, **kwargs))
    multiprocessing.set_start_method(before, force=True)


def test_batch_run_runs_scenarios_engines_and_seeds(batch: Callable[..., pd.DataFrame]) -> None:
    other = SCENARIO.model_copy(update={"scenario": "smaller", "scale": 0.005})
    found = batch(
        LabourMarket,
        {"scenario": [SCENARIO, other], "engine": ["kernels", "reference"]},
        rng=[1, 2],
        data_collection_period=1,
    )
    found["name"] = [scenario.scenario for scenario in found["scenario"]]
    assert len(found) == 2 * 2 * 2 * 3
    assert found["month"].tolist() == ["2000-01", "2000-02", "2000-03"] * 8
    figures = ["employed", "unemployed", "in_measure", "inactive", "vacancies"]
    by_run = found.pivot(index=["name", "seed", "Step"], columns="engine", values=figures)
    for figure in figures:
        assert by_run[figure]["kernels"].tolist() == by_run[figure]["reference"].tolist()
    assert by_run["employed"]["kernels"].nunique() > 4
    people = found[figures[:4]].sum(axis=1)
    assert people.groupby(found["name"]).unique().map(list).to_dict() == {"toytown": [200], "smaller": [110]}
    direct = LabourMarket(SCENARIO, seed=2).run().datacollector.get_model_vars_dataframe()
    runs = found.query("name == 'toytown' and seed == 2 and engine == 'kernels'")
    assert runs[figures].to_numpy().tolist() == direct[figures].to_numpy().tolist()


def test_batch_run_with_iterations_draws_seeds(batch: Callable[..., pd.DataFrame]) -> None:
    with pytest.warns(DeprecationWarning, match="iterations"):
        found = batch(LabourMarket, {"scenario": [SCENARIO]}, iterations=3, max_steps=2)
    assert found["month"].tolist() == ["2000-02"] * 3
    assert len(found.groupby(["employed", "unemployed", "vacancies"])) > 1


class Watched(LabourMarket):
    """A model that watches its people."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.datacollector = ColumnarDataCollector({"rate": "month"}, None, {JobSeeker: {"age": "age"}})


def test_batch_run_takes_subclasses_with_collectors_of_their_own(batch: Callable[..., pd.DataFrame]) -> None:
    found = batch(Watched, {"scenario": [SCENARIO]}, rng=[1])
    assert found["AgentID"].tolist() == list(range(1, 201))
    assert found["age"].tolist() == LabourMarket(SCENARIO, seed=1).run().job_seekers.get("age")
