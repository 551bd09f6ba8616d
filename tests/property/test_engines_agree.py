"""Kernels and agents in plain Python are the same model: they agree in every bit of every month."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from labsim.codes import OUTSIDE, STATES
from labsim.model import LabourMarket
from labsim.scenario import Scenario
from labsim.state.world import World
from labsim.units import format_month

Make = Callable[..., Scenario]
Differing = Callable[[World, World], list[str]]
MONTHS = 8
START = "2001-09"
TIMELINES: list[dict[str, Any]] = [
    {},
    *(
        {"start": START, "months": 1 if shape == "step" else 4, "shape": shape, "unit": unit}
        for unit in ("person", "new_spell", "municipality")
        for shape in ("step", "linear", "logistic")
    ),
]


KEPT = ("hires", "flows", "offers", "layoffs", "casework", "vacancies")
OF_MEASURES: dict[str, tuple[int, ...]] = {
    "vouchers": (0, 1),
    "followed": (0, 1),
    "reached": (0, 1),
    "uses": (0,),
    "payments": (0, 2),
    "entries": (0, 1),
}
"""Counts by measure or payer, and over which axes they are added up: nothing that is left may be 0."""
RARE = {
    "hires by open application, tip, referral, partnership, recall": ("hires", slice(0, 5)),
    "offers refused": ("offers", 1),
    "layoffs": ("layoffs", 0),
    "meetings, sanctions, referrals": ("casework", slice(0, 3)),
    "vacancies opened and withdrawn": ("vacancies", slice(0, 2)),
}


def assert_engines_agree(
    scenario: Scenario, run_seed: int, differing: Differing, months: int = MONTHS
) -> None:
    kernels = LabourMarket(scenario, seed=run_seed)
    reference = LabourMarket(scenario, seed=run_seed, engine="reference")
    for _ in range(months):
        kernels.step()
        reference.step()
        differences = differing(kernels.world, reference.world)
        assert differences == [], f"seed {run_seed}, {format_month(kernels.month - 1)}"


@pytest.mark.parametrize("number", range(len(TIMELINES)))
def test_kernels_and_reference_agree_in_every_bit_of_every_month(
    number: int, random_scenarios: Callable[..., st.SearchStrategy[Any]], differing: Differing
) -> None:
    @seed(number)  # other worlds for every timeline
    @settings(max_examples=4)
    @given(random_scenarios(**TIMELINES[number]))
    def agree(drawn: Any) -> None:
        assert_engines_agree(drawn.scenario, drawn.seed, differing)

    agree()


def test_the_random_worlds_reach_every_flow_and_every_way_of_being_hired(
    random_scenarios: Callable[..., st.SearchStrategy[Any]],
) -> None:
    """Otherwise the agreement of the engines would say little."""
    total: dict[str, Any] = {}

    @seed(1)
    @settings(max_examples=25)
    @given(random_scenarios(**TIMELINES[1]))
    def count(drawn: Any) -> None:
        model = LabourMarket(drawn.scenario, seed=drawn.seed)
        for _ in range(MONTHS):
            model.step()
            for name in KEPT:
                total[name] = total.get(name, 0) + getattr(model.world.counts, name).sum(axis=0)
            for name, axes in OF_MEASURES.items():
                total[name] = total.get(name, 0) + getattr(model.world.counts, name).sum(axis=axes)
            total["developed jobs"] = total.get("developed jobs", 0) + model.world.memory.jobs.sum()
            total["founders"] = total.get("founders", 0) + model.world.employers.founded.sum()

    count()
    for what, (name, column) in RARE.items():
        assert (total[name][column] > 0).all(), what
    for name in (*OF_MEASURES, "developed jobs", "founders"):
        assert np.all(total[name] > 0), name
    moves = {
        (source, target)
        for k, source in enumerate(STATES)
        for n, target in enumerate(STATES)
        if total["flows"][k, n]
    }
    into_work = {(state, "employed") for state in ("unemployed", "in_measure", "inactive", "employed")}
    out_of_work = {("employed", "unemployed"), ("employed", "inactive"), ("unemployed", "inactive")}
    measures = {("unemployed", "in_measure"), ("in_measure", "unemployed"), ("inactive", "unemployed")}
    generations = {("outside", "inactive"), ("employed", "outside"), ("inactive", "outside")}
    assert into_work | out_of_work | measures | generations <= moves


CHAIN: list[dict[str, Any]] = [
    {"after": "hartz_1_3", "start": "2001-03", "overlap": 2, "announcement": 1, "anticipation": 0.2},
    {"after": "demand_and_support", "start": "2001-06", "gap": 1, "bridging": 0.5, "bridging_months": 5},
    {"after": "local_activation", "start": "2001-11", "unit": "municipality", "reorganisation": 0.5},
    {
        "after": "regional_budget",
        "start": "2002-03",
        "months": 3,
        "shape": "linear",
        "reorganisation_ties": 0.5,
    },
    {"after": "coordinated", "start": "2002-08", "unit": "new_spell"},
]


def test_engines_agree_through_all_shipped_regimes(toytown: Make, differing: Differing) -> None:
    assert_engines_agree(toytown(scale=0.02, transitions=CHAIN), 1, differing, 24)


EMPTIED_AND_FILLED = {2001: 0.0, 2002: 400.0}


def test_engines_agree_when_cohorts_leave_rows_empty_and_fill_them_again(
    toytown: Make, with_cohorts: Make, differing: Differing
) -> None:
    scenario = with_cohorts(toytown(scale=0.05, transitions=CHAIN), EMPTIED_AND_FILLED)
    model = LabourMarket(scenario, seed=1).run(until=2002 * 12)
    most = int((model.world.persons.status == OUTSIDE).sum())
    left = int((model.run().world.persons.status == OUTSIDE).sum())
    assert most > left + 10, "otherwise the agreement of the engines would say little"
    assert_engines_agree(scenario, 1, differing, 24)


def test_engines_agree_in_random_worlds_with_cohorts(
    random_scenarios: Callable[..., st.SearchStrategy[Any]], with_cohorts: Make, differing: Differing
) -> None:
    @seed(100)
    @settings(max_examples=4)
    @given(random_scenarios(least=300, **TIMELINES[1]), st.sampled_from([0.0, 50.0, 130.0]))
    def agree(drawn: Any, cohort: float) -> None:
        assert_engines_agree(with_cohorts(drawn.scenario, {2001: cohort}), drawn.seed, differing)

    agree()


@pytest.mark.parametrize("rounds", [1, 2, 3, 4])
def test_engines_agree_when_everybody_at_work_applies_in_every_round(
    rounds: int, toytown: Make, differing: Differing
) -> None:
    search = {"rounds": rounds, "employed": 2.0, "employed_new": 5.0}
    assert_engines_agree(toytown(scale=0.005, parameters={"search": search}), 1, differing, 3)


def test_engines_agree_when_layoffs_go_by_tenure_alone(toytown: Make, differing: Differing) -> None:
    demand = {"replacement_noise": 0.0, "layoff_band": 0.0, "layoff_speed": 1.0, "innovation_sd": 0.2}
    assert_engines_agree(toytown(parameters={"demand": demand}), 1, differing, 6)


def test_engines_agree_when_all_applicants_look_the_same(toytown: Make, differing: Differing) -> None:
    alike = {
        "hiring": {"noise": 0.0, "stigma": 0.0, "next_occupation": 0.0, "far_occupation": 0.0,
                   "distance": 0.0, "education_gap": 0.0, "employability": 0.0, "tip": 0.0, "referral": 0.0,
                   "standard": -2.0},
        "people": {"skill_sd": 0.0, "skill_by_education": 0.0, "learning": 0.0, "loss": 0.0},
        "search": {"unemployed": 10.0},
    }  # fmt: skip
    assert_engines_agree(toytown(scale=0.01, parameters=alike), 1, differing, 6)
