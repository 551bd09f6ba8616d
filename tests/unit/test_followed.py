"""Following people and local actors changes nothing in a run, and what is seen adds up to its results."""

from __future__ import annotations

import pandas as pd
import pytest

from labsim.config import load
from labsim.experiment.followed import STATES, Follow, Follower, dates_for, follow
from labsim.model import LabourMarket
from labsim.scenario import Scenario

DATES = ("2000-03", "2000-08", "2000-12")


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load("toytown").model_copy(
        update={"scale": 0.02, "burn_in": 6, "start": "2000-01", "end": "2000-12"}
    )


@pytest.fixture(scope="module")
def seen(scenario: Scenario) -> tuple[LabourMarket, LabourMarket, dict[str, pd.DataFrame]]:
    """A run that was looked at, the same run by itself, and what was seen."""
    looked_at, alone = (LabourMarket(scenario, seed=3).burn_in() for _ in range(2))
    follower = Follower(Follow(DATES, sample=50))
    follower.look(looked_at)
    while looked_at.month <= looked_at.end_month:
        looked_at.step()
        follower.look(looked_at)
    alone.run()
    return looked_at, alone, follower.tables()


def test_a_run_that_is_looked_at_has_the_same_bits(
    seen: tuple[LabourMarket, LabourMarket, dict[str, pd.DataFrame]],
) -> None:
    assert seen[0].digest() == seen[1].digest()


def test_states_at_a_date_are_those_of_the_results(
    seen: tuple[LabourMarket, LabourMarket, dict[str, pd.DataFrame]],
) -> None:
    looked_at, _, tables = seen
    results = looked_at.results.indicators
    last = results[
        (results["month"] == "2000-12-01") & (results["municipality"] == "all") & (results["group"] == "all")
    ]
    known = last.set_index("indicator")["value"]
    spread = tables["spread"]
    people = spread[spread["year"] == 2000].groupby("state")["persons"].sum()
    assert people["employed"] == known["employment"]
    assert people["in_measure"] == known["in_measure"]
    assert people["short"] + people["long"] == known["unemployed"]
    assert people.sum() == known["population"]


def test_paths_hold_everybody_who_stays_of_working_age(
    seen: tuple[LabourMarket, LabourMarket, dict[str, pd.DataFrame]],
) -> None:
    paths = seen[2]["paths"]
    everybody = seen[2]["spread"]["persons"].sum()
    assert 0.95 * everybody < paths["persons"].sum() <= everybody
    assert {*paths["first"], *paths["second"], *paths["third"]} <= set(STATES)


def test_lives_are_complete_and_of_as_many_people_as_asked(
    seen: tuple[LabourMarket, LabourMarket, dict[str, pd.DataFrame]],
) -> None:
    lives = seen[2]["lives"]
    assert lives["person"].nunique() == 50
    assert lives.groupby("person").size().eq(12).all()
    assert lives["month"].min() == pd.Timestamp("2000-01")
    assert set(lives["state"]) <= set(STATES)


def test_ties_and_capacities_are_those_of_the_networks(
    seen: tuple[LabourMarket, LabourMarket, dict[str, pd.DataFrame]],
) -> None:
    looked_at, _, tables = seen
    ties = tables["ties"][tables["ties"]["month"] == "2000-12-01"].set_index(
        ["municipality", "source", "target"]
    )
    actors = tables["actors"][tables["actors"]["month"] == "2000-12-01"].set_index(["municipality", "actor"])
    for graph in looked_at.networks:
        place = graph.graph["municipality"]
        expected = graph.edges["agency", "municipality"]["weight"]
        assert ties.loc[(place, "agency", "municipality"), "strength"] == expected
        training = [name for name, each in graph.nodes(data=True) if name.startswith("training ")]
        capacity = sum(graph.nodes[name]["capacity"] for name in training)
        assert actors.loc[(place, "training"), "capacity"] == pytest.approx(capacity)
        if training:
            mean = sum(graph.edges["agency", name]["weight"] for name in training) / len(training)
            assert ties.loc[(place, "agency", "training"), "strength"] == pytest.approx(mean)


def test_the_same_people_are_followed_in_every_scenario(scenario: Scenario) -> None:
    other = scenario.model_copy(update={"scenario": "other", "placebo": "2000-06"})
    tables, looked = follow({"one": scenario, "other": other}, seeds=[3], wanted=Follow(DATES, 20))
    people = tables["lives"].groupby("scenario")["person"].unique()
    assert set(people["one"].tolist()) == set(people["other"].tolist())
    early = tables["lives"][tables["lives"]["month"] < "2000-06-01"]
    wide = early.pivot(index=["person", "month"], columns="scenario", values="state")
    assert (wide["one"] == wide["other"]).all()
    assert looked.months[0] == pd.Timestamp("2000-03")
    assert tables["paths"].columns[:2].tolist() == ["scenario", "seed"]


def test_dates_are_before_the_change_after_it_and_the_last(scenario: Scenario) -> None:
    assert dates_for([scenario]) == ("2000-01", "2000-06", "2000-12")
    assert dates_for([load("dortmund_2003")])[0] < "2003-01"
