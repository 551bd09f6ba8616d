"""Agents as views of rows: what they read, write and refuse, and that they keep no model alive."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref

import mesa
import numpy as np
import pytest

from labsim.agents import Employer, JobSeeker
from labsim.config import load
from labsim.model import LabourMarket
from labsim.state.tables import Employers, Persons, Vacancies
from labsim.views import Cell, RowAgent, Vacancy

SCENARIO = load("toytown").model_copy(update={"scale": 0.01, "burn_in": 0})


@pytest.fixture(scope="module")
def model() -> LabourMarket:
    """Return a model after three months, for tests that only read."""
    return LabourMarket(SCENARIO, seed=1).run(until=2000 * 12 + 3)


@pytest.fixture
def fresh() -> LabourMarket:
    """Return a model for tests that write."""
    return LabourMarket(SCENARIO, seed=1)


@pytest.mark.parametrize(
    ("kind", "table"), [(JobSeeker, Persons), (Employer, Employers), (Vacancy, Vacancies)]
)
def test_an_agent_has_an_attribute_for_every_column(kind: type[RowAgent], table: type) -> None:
    assert {name for name in table._fields if not hasattr(kind, name)} <= {"python"}
    cells = {name for name, member in vars(kind).items() if isinstance(member, Cell)}
    assert cells <= set(table._fields)


def test_reading_gives_the_cell_as_a_python_number(model: LabourMarket) -> None:
    person = model.job_seekers[17]
    assert type(person.age) is int
    assert type(person.wage) is float
    for name in Persons._fields[:-1]:
        assert getattr(person, name) == getattr(model.world.persons, name)[17].item()


def test_writing_changes_the_column(fresh: LabourMarket) -> None:
    fresh.job_seekers[17].trust = 0.25
    assert fresh.world.persons.trust[17] == 0.25
    assert fresh.job_seekers[17].trust == 0.25


def test_agents_are_mesa_agents_that_nobody_registered(model: LabourMarket) -> None:
    person = model.job_seekers[0]
    assert isinstance(person, mesa.Agent)
    assert person.random is model.random
    assert person not in model._all_agents
    institutions = [*model.agencies, *model.town_halls, *model.providers, model.land]
    assert sorted(model._all_agents, key=id) == sorted(institutions, key=id)


def test_every_agent_has_a_number_of_its_own_from_1(model: LabourMarket) -> None:
    numbers = [agent.unique_id for agent in model.agents]
    assert numbers == list(range(1, len(model.agents) + 1))


def test_views_of_the_same_row_are_equal_and_others_are_not(model: LabourMarket, fresh: LabourMarket) -> None:
    person = model.job_seekers[17]
    assert person == JobSeeker(model, 17)
    assert hash(person) == hash(JobSeeker(model, 17))
    assert person != model.job_seekers[18]
    assert person != model.employers[17]
    assert person != fresh.job_seekers[17]
    assert person != 17


def test_a_view_made_before_its_row_got_another_class_is_still_equal(fresh: LabourMarket) -> None:
    class Patient(JobSeeker):
        pass

    before = fresh.job_seekers[17]
    fresh.job_seekers.become(Patient)
    assert type(fresh.job_seekers[17]) is Patient
    assert fresh.job_seekers[17] == before
    assert repr(fresh.job_seekers[17]) == "Patient(17)"


@pytest.mark.parametrize(
    "name", ["visits", "wgae", "model", "row", "municipality", "unique_id", "pos", "born"]
)
def test_what_would_be_lost_or_wrong_cannot_be_written(fresh: LabourMarket, name: str) -> None:
    before = fresh.digest()
    with pytest.raises(AttributeError, match=r"cannot be set|no column|no position|no setter"):
        setattr(fresh.job_seekers[17], name, 1)
    assert fresh.digest() == before


def test_the_refusal_says_where_to_keep_own_state(fresh: LabourMarket) -> None:
    with pytest.raises(
        AttributeError, match=r"a JobSeeker has no column 'visits'.*keep an array on the model"
    ):
        fresh.job_seekers[17].visits = 1


def test_a_row_cannot_be_removed(fresh: LabourMarket) -> None:
    with pytest.raises(TypeError, match="a JobSeeker is a row of a table and cannot be removed"):
        fresh.job_seekers[17].remove()


def test_a_subclass_cannot_redefine_a_column() -> None:
    with pytest.raises(TypeError, match="Ageless redefines the column 'age'"):
        type("Ageless", (JobSeeker,), {"age": 30 * 12})


def test_birth_tells_a_person_from_the_school_leaver_who_takes_the_row(fresh: LabourMarket) -> None:
    person, neighbour = fresh.job_seekers[17], fresh.job_seekers[18]
    person.age = 65 * 12 - 1
    born, neighbours_birth = person.born, neighbour.born
    fresh.step()
    assert person.age == 16 * 12
    assert person.born == born + 49 * 12
    assert neighbour.born == neighbours_birth


# vacancies


def test_a_vacancy_is_to_look_at(model: LabourMarket) -> None:
    vacancy = model.vacancies[0]
    row = vacancy.row
    assert vacancy.employer == model.world.vacancies.employer[row]
    assert vacancy.wage == model.world.vacancies.wage[row]
    assert vacancy.filled_by == -1
    with pytest.raises(AttributeError, match="wage of a Vacancy cannot be set"):
        vacancy.wage = 9.0
    with pytest.raises(TypeError, match="no rules of its own"):
        model.vacancies.become(Vacancy)


def test_only_open_vacancies_are_listed(model: LabourMarket) -> None:
    filled = model.world.vacancies.filled_by >= 0
    assert 0 < filled.sum() < filled.size
    assert len(model.vacancies) == filled.size - filled.sum() == sum(model.employers.get("vacancies"))


def test_a_vacancy_is_found_again_until_it_is_filled_or_withdrawn(fresh: LabourMarket) -> None:
    fresh.step()
    before = {(v.employer, v.number): (v, v.wage, v.unique_id) for v in fresh.vacancies}
    fresh.step()
    after = {(v.employer, v.number) for v in fresh.vacancies}
    stayed, gone = before.keys() & after, before.keys() - after
    assert stayed
    assert gone
    for identity in stayed:
        vacancy, wage, number = before[identity]
        assert (vacancy.wage, vacancy.unique_id) == (wage, number)
        assert vacancy in fresh.vacancies
    fresh.step()
    for identity in gone:
        with pytest.raises(
            LookupError, match=r"Vacancy\(employer=\d+, number=\d+\) has been filled or withdrawn"
        ):
            _ = before[identity][0].wage
        assert before[identity][0] not in fresh.vacancies


def test_a_list_of_vacancies_says_that_it_is_out_of_date(fresh: LabourMarket) -> None:
    fresh.step()
    vacancies = fresh.vacancies
    assert vacancies.agg("wage", min) > 0.0
    fresh.step()
    with pytest.raises(RuntimeError, match="vacancies are listed anew every month"):
        vacancies.get("wage")


# copies and memory


def test_a_pickled_view_brings_its_model_along(fresh: LabourMarket) -> None:
    fresh.step()
    person, vacancy = pickle.loads(pickle.dumps((fresh.job_seekers[17], fresh.vacancies[0])))
    assert person.model is vacancy.model is not fresh
    assert person.model.digest() == fresh.digest()
    assert vacancy.unique_id == fresh.vacancies[0].unique_id
    assert person.model.job_seekers[17] == person


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
@pytest.mark.parametrize("engine", ["kernels", "reference"])
def test_a_copied_model_goes_on_by_itself_with_the_same_bits(copied, engine: str) -> None:
    original = LabourMarket(SCENARIO, seed=1, engine=engine, threads=2)
    original.step()
    original.favourites = {original.job_seekers[17]: "a view within the model"}
    before = original.digest()
    twin = copied(original)
    twin.step()
    assert original.digest() == before
    assert [view.model for view in twin.favourites] == [twin]
    original.step()
    assert twin.digest() == original.digest()
    assert twin.world.agency(1) is twin.agencies[1]
    assert twin.world.job_seeker(3).model is twin


@pytest.mark.parametrize(("engine", "threads"), [("kernels", 1), ("kernels", 2), ("reference", 1)])
def test_a_deleted_model_leaves_memory(engine: str, threads: int) -> None:
    model = LabourMarket(SCENARIO, seed=1, engine=engine, threads=threads)
    model.job_seekers[:5].become(type("Patient", (JobSeeker,), {}))
    model.step()
    views = [model.job_seekers[0], model.vacancies[0], model.agents.shuffle()]
    alive, column = weakref.ref(model), weakref.ref(model.world.persons.status)
    del model, views
    gc.collect()
    assert alive() is None
    assert column() is None


def test_two_models_do_not_mix_their_agents() -> None:
    one, other = LabourMarket(SCENARIO, seed=1), LabourMarket(SCENARIO, seed=2)
    person = one.job_seekers[17]
    other.world.persons.age[17] = 40 * 12
    one.world.persons.age[17] = 20 * 12
    assert person.age == 20 * 12
    assert not np.array_equal(one.world.persons.clock, other.world.persons.clock)
