"""Sets of agents over columns: selecting, reading, writing, grouping, shuffling, set algebra, classes."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from labsim import codes
from labsim.agents import Employer, JobSeeker
from labsim.agentset import ColumnarAgentSet
from labsim.config import load
from labsim.model import LabourMarket
from labsim.state.institutions import Agency, Land, Municipality, Provider

SCENARIO = load("toytown").model_copy(update={"scale": 0.02, "burn_in": 0})


class Patient(JobSeeker):
    """A job seeker of another class, without another rule."""


@pytest.fixture(scope="module")
def model() -> LabourMarket:
    """Return a model after two months, for tests that only read."""
    return LabourMarket(SCENARIO, seed=1).run(until=2000 * 12 + 2)


@pytest.fixture
def fresh() -> LabourMarket:
    """Return a model for tests that write."""
    return LabourMarket(SCENARIO, seed=1)


def rows(agents) -> list[int]:
    return [agent.row for agent in agents]


# selecting


def test_a_condition_on_columns_selects_as_one_on_agents(model: LabourMarket) -> None:
    people = model.job_seekers
    by_column = people.select(where=lambda p: (p.age < 300) & (p.status == codes.UNEMPLOYED))
    by_agent = people.select(lambda agent: agent.age < 300 and agent.status == codes.UNEMPLOYED)
    by_mask = people.select(where=(people.column("age") < 300) & (people.columns.status == codes.UNEMPLOYED))
    assert 0 < len(by_column) < len(people)
    assert rows(by_column) == rows(by_agent) == rows(by_mask)


def test_all_conditions_hold_together_and_the_number_is_the_last(model: LabourMarket) -> None:
    few = model.job_seekers.select(lambda a: a.sex == 1, 3, where=lambda p: p.age > 400)
    assert len(few) == 3
    assert all(agent.sex == 1 and agent.age > 400 for agent in few)
    assert rows(few) == rows(model.job_seekers.select(lambda a: a.sex == 1 and a.age > 400))[:3]


def test_selecting_from_a_part_keeps_its_order(model: LabourMarket) -> None:
    oldest = model.job_seekers.sort("age")[:50]
    women = oldest.select(where=lambda p: p.sex == 0)
    assert rows(women) == [row for row in rows(oldest) if model.world.persons.sex[row] == 0]


def test_selecting_in_place_changes_the_set_and_not_the_model(model: LabourMarket) -> None:
    people = model.job_seekers
    assert people.select(where=lambda p: p.sex == 1, inplace=True) is people
    assert set(people.get("sex")) == {1}
    assert len(model.job_seekers) == 400


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (lambda p: p.age, r"yes or no for each of the 400 agents, not int16 of shape \(400,\)"),
        (np.ones(3, bool), r"not bool of shape \(3,\)"),
        (lambda _: True, r"not bool of shape \(\)"),
    ],
)
def test_a_condition_that_is_no_mask_is_refused(model: LabourMarket, where, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        model.job_seekers.select(where=where)


@pytest.mark.parametrize(
    ("rows_given", "error"),
    [
        ([1, 1], ValueError),
        ([400], IndexError),
        ([-1], IndexError),
        ([0.5], TypeError),
        ([[1, 2]], TypeError),
    ],
)
def test_rows_that_are_none_are_refused(model: LabourMarket, rows_given, error: type[Exception]) -> None:
    with pytest.raises(error):
        ColumnarAgentSet(model.casts["persons"], rows_given)


def test_positions_and_slices(model: LabourMarket) -> None:
    part = model.job_seekers[100:110]
    assert isinstance(part, ColumnarAgentSet)
    assert part[0].row == 100
    assert part[-1].row == 109
    assert model.job_seekers[-1].row == 399
    assert repr(part) == "<10 JobSeeker>"
    for wrong in (10, -11):
        with pytest.raises(IndexError):
            part[wrong]
    with pytest.raises(IndexError):
        model.job_seekers[400]


# columns


def test_a_column_comes_as_it_is_stored_and_cannot_be_written(model: LabourMarket) -> None:
    for people in (model.job_seekers, model.job_seekers[5:9]):
        column = people.column("trust")
        assert column.dtype == np.float32
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 1.0
    assert model.world.persons.trust.flags.writeable
    assert model.job_seekers[5:9].column("row").tolist() == [5, 6, 7, 8]
    assert model.job_seekers[5:9].column("unique_id").tolist() == [6, 7, 8, 9]
    assert model.job_seekers[5:7].column("born").tolist() == [a.born for a in model.job_seekers[5:7]]


def test_get_gives_python_values(model: LabourMarket) -> None:
    values = model.job_seekers[:3].get(["age", "wage", "unique_id", "born"])
    assert [[type(v) for v in row] for row in values] == [[int, float, int, int]] * 3
    assert model.job_seekers[:3].get([]) == [[], [], []]


def test_the_bits_of_the_engine_are_no_attribute(model: LabourMarket) -> None:
    with pytest.raises(AttributeError):
        model.job_seekers.get("python")


def test_sums_do_not_overflow_small_columns(model: LabourMarket) -> None:
    people = model.job_seekers
    total = sum(int(v) for v in model.world.persons.contributions)
    assert total > 255
    assert people.agg("contributions", [sum, np.sum]) == [total, total]
    assert type(people.agg("wage", np.mean)) is float


def test_setting_writes_one_value_or_an_array(fresh: LabourMarket) -> None:
    some = fresh.job_seekers[10:13]
    assert some.set("trust", 0.5) is some
    some.set("contacts", np.array([1, 2, 3]))
    assert fresh.world.persons.trust[10:13].tolist() == [0.5] * 3
    assert fresh.world.persons.contacts[9:14].tolist() == [0, 1, 2, 3, 0]


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("contacts", 300, ValueError, "contacts holds whole numbers between 0 and 255"),
        ("contacts", 1.5, ValueError, "whole numbers"),
        ("contacts", -1, ValueError, "whole numbers"),
        ("contacts", [1, 2], ValueError, "shape mismatch|could not broadcast"),
        ("trust", "much", TypeError, "trust holds numbers"),
        ("municipality", 1, AttributeError, "municipality of a JobSeeker cannot be set"),
        ("visits", 1, AttributeError, "no column 'visits'"),
        ("python", 0, AttributeError, "no column 'python'"),
    ],
)
def test_values_that_do_not_fit_are_refused(
    fresh: LabourMarket, name: str, value, error: type[Exception], message: str
) -> None:
    before = fresh.digest(), fresh.world.persons.python.tolist()
    with pytest.raises(error, match=message):
        fresh.job_seekers[10:13].set(name, value)
    assert (fresh.digest(), fresh.world.persons.python.tolist()) == before


def test_groups_are_columnar_sets(model: LabourMarket) -> None:
    groups = model.job_seekers.groupby("municipality")
    assert groups.count() == {0: 240, 1: 160}
    assert isinstance(groups.groups[1], ColumnarAgentSet)
    assert rows(groups.groups[1]) == list(range(240, 400))
    assert groups.agg("age", np.mean) == {m: group.agg("age", np.mean) for m, group in groups}
    assert groups.map(len) == groups.count()


def test_an_empty_set_is_still_a_set(model: LabourMarket) -> None:
    nobody = model.job_seekers.select(where=lambda p: p.age < 0)
    assert (len(nobody), list(nobody), nobody.get("age"), nobody.groupby("age").count()) == (0, [], [], {})
    assert len(nobody.sort("age")) == len(nobody.shuffle()) == len(nobody.select(lambda _: True)) == 0
    assert nobody.set("trust", 1.0).map(lambda a: a) == []


# shuffling


def test_shuffling_draws_from_mesas_generator_and_moves_no_bit_of_the_model(fresh: LabourMarket) -> None:
    quiet = LabourMarket(SCENARIO, seed=1)
    state = fresh.random.getstate()
    order = rows(fresh.job_seekers.shuffle())
    assert sorted(order) == list(range(400))
    assert order != list(range(400))
    fresh.random.setstate(state)
    assert rows(fresh.job_seekers.shuffle()) == order
    fresh.employers.shuffle_do(lambda employer: employer.size)
    fresh.step()
    quiet.step()
    assert fresh.random.getstate() != quiet.random.getstate()
    assert fresh.digest() == quiet.digest()


def test_a_month_draws_nothing_from_mesas_generators(fresh: LabourMarket) -> None:
    before = fresh.random.getstate(), fresh.rng.bit_generator.state
    fresh.run(until=2000 * 12 + 3)
    assert (fresh.random.getstate(), fresh.rng.bit_generator.state) == before


# set algebra


def test_sets_of_the_same_people_unite_and_intersect(model: LabourMarket) -> None:
    people = model.job_seekers
    one, other = people[:6], people[4:10]
    assert rows(one | other) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert rows(one & other) == [4, 5]
    assert rows(one - other) == [0, 1, 2, 3]
    assert rows(one ^ other) == [0, 1, 2, 3, 6, 7, 8, 9]
    assert one <= people
    assert people >= one
    assert one < people
    assert not one <= other
    assert one != other
    assert one == people[:6].sort("age")
    assert one.isdisjoint(people[6:])
    assert not one.isdisjoint(other)
    assert one.isdisjoint(model.employers)


def test_sets_change_in_place(model: LabourMarket) -> None:
    people = model.job_seekers
    some = people[:6]
    some |= people[8:10]
    some -= people[:2]
    some &= people[3:]
    some ^= people[3:5]
    assert rows(some) == [5, 8, 9]
    assert some.pop().row == 5
    some.clear()
    assert len(some) == 0


def test_sets_of_different_agents_do_not_mix(model: LabourMarket, fresh: LabourMarket) -> None:
    for other in (model.employers, fresh.job_seekers, {1, 2}):
        with pytest.raises(TypeError):
            _ = model.job_seekers | other


def test_agents_enter_and_leave_a_set_but_not_the_model(model: LabourMarket, fresh: LabourMarket) -> None:
    some, person = model.job_seekers[:3], model.job_seekers[7]
    assert person not in some
    with pytest.raises(KeyError):
        some.remove(person)
    some.discard(person)
    some.add(person)
    some.add(person)
    assert rows(some) == [0, 1, 2, 7]
    some.remove(model.job_seekers[1])
    some.discard(model.job_seekers[0])
    assert rows(some) == [2, 7]
    assert person in some
    assert person in model.job_seekers
    assert len(model.job_seekers) == 400
    for stranger in (model.employers[0], fresh.job_seekers[0]):
        assert stranger not in model.job_seekers
        with pytest.raises(TypeError, match="is not a JobSeeker of this model"):
            some.add(stranger)


def test_copies_of_a_set_are_independent_of_it(model: LabourMarket) -> None:
    some = model.job_seekers[:3]
    for twin in (copy.copy(some), some.copy(), some.select()):
        twin.discard(twin[0])
        assert len(twin) == 2
    assert len(some) == 3
    again = pickle.loads(pickle.dumps(some))
    assert rows(again) == rows(some)
    assert again.model is not model
    assert again.get("age") == some.get("age")


# classes by row


def test_becoming_changes_the_class_of_these_rows_alone(fresh: LabourMarket) -> None:
    some = fresh.job_seekers.select(where=lambda p: p.age < 300)
    assert some.become(Patient) is some
    assert {type(agent) for agent in some} == {Patient}
    assert {type(agent) for agent in fresh.job_seekers - some} == {JobSeeker}
    assert rows(fresh.job_seekers.select(agent_type=Patient)) == rows(some)
    assert len(fresh.job_seekers.select(agent_type=JobSeeker)) == 400
    assert type(fresh.world.job_seeker(some[0].row)) is Patient
    numbers = {kind: len(agents) for kind, agents in fresh.agents_by_type.items()}
    assert numbers.pop(Employer) == len(fresh.employers)
    assert numbers.pop(Provider) == len(fresh.providers)
    assert numbers == {JobSeeker: 400 - len(some), Patient: len(some), Agency: 2, Municipality: 2, Land: 1}
    some.become(JobSeeker)
    assert Patient not in fresh.agent_types


def test_only_a_class_of_the_same_agents_fits(fresh: LabourMarket) -> None:
    with pytest.raises(TypeError, match="Employer'> is not a class of JobSeeker"):
        fresh.job_seekers.become(Employer)
    with pytest.raises(TypeError, match="is not a class of Employer"):
        LabourMarket(SCENARIO, employer=JobSeeker)
