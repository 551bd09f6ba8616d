"""Cohorts that turn 16: smaller ones leave rows empty, larger ones fill them, and nobody lives in an empty row."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labsim.agents import JobSeeker
from labsim.behaviour.coefficients import cohort_path, growth_path
from labsim.behaviour.separations import coming_of_age
from labsim.codes import ENTRY_AGE, EXIT_AGE, IN_EDUCATION, INACTIVE, OUTSIDE
from labsim.config import ConfigError, load_place
from labsim.config.tables import read_cohorts
from labsim.experiment.individuals import Diary, Keeper
from labsim.experiment.trial import follow
from labsim.model import LabourMarket
from labsim.scenario import Scenario
from labsim.state.tables import Persons, columns

Make = Callable[..., Scenario]
UPPER, LOWER = "Upper Toytown", "Lower Toytown"
JANUARY_2001 = 2001 * 12


@pytest.fixture(scope="module")
def emptied(toytown: Make, with_cohorts: Make) -> LabourMarket:
    """Return a model after two years in which nobody came of age."""
    return LabourMarket(with_cohorts(toytown(scale=0.2, end="2003-12"), {2001: 0.0}), seed=1).run(
        until=2003 * 12
    )


def empty_rows(model: LabourMarket) -> np.ndarray:
    return np.flatnonzero(model.world.persons.status == OUTSIDE)


def of_the_whole(model: LabourMarket) -> Any:
    """Return the last month's indicators of the place, a series by name."""
    table = model.results.indicators.query("municipality == 'all' and group == 'all'")
    return table[table["month"] == table["month"].max()].set_index("indicator")["value"]


def leavers_and_comers(model: LabourMarket, months: int) -> tuple[int, int]:
    """Return who reached 65 and who came of age in the months to come."""
    leave = come = 0
    for _ in range(months):
        model.step()
        leave += int(model.world.counts.flows[:, :, OUTSIDE].sum())
        come += int(model.world.counts.flows[:, OUTSIDE].sum())
    return leave, come


def test_the_path_has_a_value_for_each_year_constant_outside_and_a_municipalitys_own_go_first(
    toytown: Make, with_cohorts: Make
) -> None:
    place = with_cohorts(toytown(), {2001: 90.0, 2002: 40.0}, **{LOWER: {2001: 120.0}}).place
    path = cohort_path(place, 2000 * 12 + 5, 2004 * 12)
    assert path[:, 0].tolist() == [0.9, 0.9, 0.4, 0.4, 0.4]
    assert path[:, 1].tolist() == [1.2] * 5


def test_a_municipality_without_any_rows_is_replaced_one_for_one(toytown: Make, with_cohorts: Make) -> None:
    place = with_cohorts(toytown(), {}, **{LOWER: {2001: 50.0}}).place
    assert cohort_path(place, JANUARY_2001, JANUARY_2001).tolist() == [[1.0, 0.5]]


def test_demand_does_not_follow_the_cohorts(toytown: Make, with_cohorts: Make) -> None:
    scenario = toytown()
    fewer = with_cohorts(scenario, {2001: 0.0})
    paths = [
        growth_path(it.parameters, it.place, JANUARY_2001, JANUARY_2001 + 36) for it in (scenario, fewer)
    ]
    assert (paths[0] == paths[1]).all()


def test_without_cohorts_and_with_cohorts_of_a_hundred_per_cent_runs_are_the_same_bits(
    toytown: Make, with_cohorts: Make
) -> None:
    scenario = toytown(scale=0.05)
    plain = LabourMarket(scenario, seed=1).run()
    replaced = LabourMarket(with_cohorts(scenario, {2001: 100.0}), seed=1).run()
    assert plain.digest() == replaced.digest()
    assert coming_of_age(plain.world).tolist() == [[1.0, 1.0], [0.0, 0.0]]


@pytest.mark.parametrize("cohort", [25.0, 60.0])
def test_as_many_come_of_age_as_the_file_says_of_those_who_reach_65(
    cohort: float, toytown: Make, with_cohorts: Make
) -> None:
    model = LabourMarket(with_cohorts(toytown(scale=0.5), {2001: cohort}), seed=1)
    leave, come = leavers_and_comers(model, 24)
    share = cohort / 100.0
    assert leave > 300
    assert abs(come - share * leave) < 4.0 * math.sqrt(leave * share * (1.0 - share))
    assert empty_rows(model).size == leave - come
    assert of_the_whole(model)["population"] == model.world.size - (leave - come)


def test_a_larger_cohort_fills_empty_rows_in_expectation(
    emptied: LabourMarket, tmp_path: Path, with_cohorts: Make
) -> None:
    emptied.save(tmp_path / "emptied")
    scenario = with_cohorts(emptied.specification, {2001: 0.0, 2002: 0.0, 2003: 180.0})
    model = LabourMarket.resume(tmp_path / "emptied", scenario)
    before = empty_rows(model).size
    leave, come = leavers_and_comers(model, 12)
    assert 50 < leave < before
    assert abs(come - 1.8 * leave) < 4.0 * math.sqrt(0.8 * leave)
    assert empty_rows(model).size == before + leave - come


def test_no_more_come_than_there_are_empty_rows(toytown: Make, with_cohorts: Make) -> None:
    model = LabourMarket(with_cohorts(toytown(scale=0.05), {2001: 300.0}), seed=1)
    leave, come = leavers_and_comers(model, 24)
    assert leave == come > 0
    assert empty_rows(model).size == 0


def test_the_chances_of_a_month_follow_from_who_reaches_65_and_from_the_empty_rows(
    toytown: Make, with_cohorts: Make
) -> None:
    world = LabourMarket(with_cohorts(toytown(), {2001: 150.0}, **{LOWER: {2001: 70.0}}), seed=1).world
    p = world.persons
    p.age[p.age >= EXIT_AGE - 1] = 50 * 12
    here = np.flatnonzero(p.municipality == 0)
    p.age[here[:4]] = EXIT_AGE - 1
    assert coming_of_age(world).tolist() == [[1.0, 0.7], [1.0, 0.0]]
    p.status[here[10:15]] = OUTSIDE
    assert coming_of_age(world).tolist() == [[1.0, 0.7], [0.4, 0.0]]


def test_nothing_happens_in_an_empty_row(emptied: LabourMarket) -> None:
    p, rows = emptied.world.persons, empty_rows(emptied)
    assert rows.size > 100
    neutral = {name: it.neutral for name, it in columns(Persons).items()}
    trust = np.float32(emptied.world.coefficients.trust_level)
    untouched = {"municipality", "regime", "python", "provider", "voucher", "voucher_left"}
    for name, value in (neutral | {"status": OUTSIDE, "trust": trust}).items():
        if name not in untouched:
            assert (getattr(p, name)[rows] == value).all(), name
    assert (p.voucher[rows] == 0).all(), "vouchers of people who are gone lapse"
    assert not np.isin(emptied.world.touched, rows).any()
    seekers = emptied.world.seekers
    assert seekers is not None
    assert not np.isin(seekers.person, rows).any()


def test_nobody_counts_an_empty_row(emptied: LabourMarket) -> None:
    world, living = emptied.world, emptied.world.size - empty_rows(emptied).size
    assert world.counts.census[:, :, :OUTSIDE].sum() == living
    assert world.residents.sum() == living
    assert world.residents.shape == (2, OUTSIDE)
    assert len(emptied.job_seekers) == living
    assert len(emptied.agents_by_type[JobSeeker]) == living
    assert (emptied.job_seekers.column("status") != OUTSIDE).all()
    assert sum(emptied.job_seekers.groupby("status").count().values()) == living
    last = of_the_whole(emptied)
    assert last["population"] == living
    assert last["employment"] + last["unemployed"] + last["in_measure"] + last["inactive"] == living
    assert last["employment_rate"] == pytest.approx(100.0 * last["employment"] / living)
    inactive = int((world.persons.status == INACTIVE).sum())
    assert last["inactive"] == inactive


def test_means_of_the_population_are_those_of_people(emptied: LabourMarket) -> None:
    p, last = emptied.world.persons, of_the_whole(emptied)
    lived_in = p.status != OUTSIDE
    for name, column in (("human_capital", p.skill), ("employability", p.employability), ("trust", p.trust)):
        assert last[name] == pytest.approx(float(column[lived_in].mean()), abs=2e-3), name


def test_a_run_goes_on_from_a_checkpoint_with_its_empty_rows(
    toytown: Make, with_cohorts: Make, tmp_path: Path
) -> None:
    scenario = with_cohorts(toytown(scale=0.05), {2001: 20.0, 2002: 250.0})
    whole = LabourMarket(scenario, seed=3)
    whole.run(until=JANUARY_2001 + 12).save(tmp_path / "state")
    resumed = LabourMarket.resume(tmp_path / "state", scenario)
    assert empty_rows(resumed).tolist() == empty_rows(whole).tolist() != []
    assert resumed.run().digest() == whole.run().digest()


def test_threads_do_not_matter(toytown: Make, with_cohorts: Make) -> None:
    scenario = with_cohorts(toytown(scale=0.1), {2001: 20.0, 2002: 250.0})
    assert (
        LabourMarket(scenario, seed=2).run().digest()
        == LabourMarket(scenario, seed=2, threads=3).run().digest()
    )


class Asked(JobSeeker):
    """Somebody who is asked in Python."""

    def live_a_month(self) -> None:
        """Live as everybody does; but an empty row is nobody."""
        assert self.status != OUTSIDE
        super().live_a_month()

    def adapt(self) -> None:
        """Adapt as everybody does; but an empty row is nobody."""
        assert self.status != OUTSIDE
        super().adapt()

    def plan_search(self) -> int:
        """Plan as everybody does; but an empty row is nobody."""
        assert self.status != OUTSIDE
        return super().plan_search()


def test_an_empty_row_has_no_agent_that_could_be_asked(toytown: Make, with_cohorts: Make) -> None:
    scenario = with_cohorts(toytown(scale=0.05), {2001: 0.0, 2002: 300.0})
    asked = LabourMarket(scenario, seed=1, job_seeker=Asked)
    empty = empty_rows(asked.run(until=JANUARY_2001 + 12)).size
    assert 0 <= empty_rows(asked.run()).size < empty
    assert asked.digest() == LabourMarket(scenario, seed=1).run().digest()


def test_diaries_and_trials_follow_nobody_in_an_empty_row(toytown: Make, with_cohorts: Make) -> None:
    model = LabourMarket(with_cohorts(toytown(scale=0.1, end="2003-12"), {2001: 0.0, 2002: 300.0}), seed=1)
    model.run(until=JANUARY_2001 + 12)
    empty = empty_rows(model)
    keeper = Keeper(Diary("2002-01", "2002-03", "2002-06"))
    keeper.look(model)
    path = follow(model, 3, tick=lambda: keeper.look(model))
    for _ in range(3):
        model.step()
        keeper.look(model)
    assert empty.size > 0
    assert not path.same[:, empty].any()
    assert path.same[0].sum() == model.world.size - empty.size
    assert not np.isin(empty, keeper.table()["person"]).any()


def test_who_comes_to_an_empty_row_begins_as_a_school_leaver(
    emptied: LabourMarket, with_cohorts: Make, tmp_path: Path
) -> None:
    emptied.save(tmp_path / "emptied")
    scenario = with_cohorts(emptied.specification, {2001: 0.0, 2002: 0.0, 2003: 1000.0})
    model = LabourMarket.resume(tmp_path / "emptied", scenario)
    empty = empty_rows(model)
    model.step()
    p = model.world.persons
    came = empty[p.status[empty] != OUTSIDE]
    assert came.size > 10
    assert (p.age[came] == ENTRY_AGE).all()
    assert (p.regime[came] == model.world.entry_regime).all()
    assert np.unique(p.education[came]).size > 1
    assert (p.status[came] == INACTIVE).all()
    assert (p.inactivity[came] == IN_EDUCATION).all()


def test_brandenburgs_cohorts_are_an_assumption_and_say_so() -> None:
    cohorts = load_place("brandenburg").cohorts
    assert all(each.source.startswith("assumption, from memory") for each in cohorts)
    by_year = {each.date: each.value for each in cohorts if each.municipality == "all"}
    assert by_year["2005"] >= 100.0 > by_year["2006"] > by_year["2007"] > by_year["2009"] < by_year["2013"]


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        ("all,2005,50,%,s,yes", "unit", "it must be '% of those who reach 65'"),
        ("all,2005,50,% of those who reach 65,memory,no", "source", "must say so: 'assumption, ...'"),
        ("all,2005,-1,% of those who reach 65,s,yes", "value", "it cannot be below 0"),
        ("all,2005-01,50,% of those who reach 65,s,yes", "year", "it must be a year, YYYY"),
        ("Nowhere,2005,50,% of those who reach 65,s,yes", "municipality", "Nowhere"),
    ],
)
def test_a_bad_cell_of_the_table_is_named(tmp_path: Path, row: str, column: str, says: str) -> None:
    file = tmp_path / "cohorts.csv"
    file.write_text(f"municipality,year,value,unit,source,verified\n{row}\n")
    with pytest.raises(ConfigError) as caught:
        read_cohorts(file, ("Here", "There"), fictional=False)
    problem: Any = caught.value.problems[0]
    assert (problem.key, problem.line) == (column, 2)
    assert says in f"{problem.wrong} {problem.right}"


def test_a_table_of_another_place_gives_the_rows_of_the_own_municipalities_only(tmp_path: Path) -> None:
    file = tmp_path / "cohorts.csv"
    rows = "\n".join(f"{name},2005,50,% of those who reach 65,s,yes" for name in ("all", "Here", "Elsewhere"))
    file.write_text(f"municipality,year,value,unit,source,verified\n{rows}\n")
    assert [each.municipality for each in read_cohorts(file, ("Here",), fictional=False, shared=True)] == [
        "Here"
    ]
