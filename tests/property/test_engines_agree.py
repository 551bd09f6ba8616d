"""The kernels and the agents' methods in plain Python are the same model: they agree in every bit, every month."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from labsim import Agency, Employer, JobSeeker
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


def assert_engines_agree(scenario: Scenario, run_seed: int, differing: Differing, months: int = MONTHS) -> None:
    kernels = LabourMarket(scenario, seed=run_seed)
    reference = LabourMarket(scenario, seed=run_seed, engine="reference")
    for _ in range(months):
        kernels.step()
        reference.step()
        differences = differing(kernels.world, reference.world)
        assert differences == [], f"seed {run_seed}, {format_month(kernels.month - 1)}"


@pytest.mark.parametrize("number", range(len(TIMELINES)))
def test_kernels_and_reference_agree_in_every_bit_of_every_month(
    number: int, random_scenarios: Callable[..., st.SearchStrategy[Scenario]], differing: Differing
) -> None:
    @seed(number)  # other worlds for every timeline
    @settings(max_examples=3)
    @given(random_scenarios(**TIMELINES[number]), st.integers(0, 9))
    def agree(scenario: Scenario, run_seed: int) -> None:
        assert_engines_agree(scenario, run_seed, differing)

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
        "hiring": {"noise": 0.0, "stigma": 0.0, "next_occupation": 0.0, "far_occupation": 0.0, "distance": 0.0,
                   "education_gap": 0.0, "employability": 0.0, "tip": 0.0, "referral": 0.0, "standard": -2.0},
        "people": {"skill_sd": 0.0, "skill_by_education": 0.0, "learning": 0.0, "loss": 0.0},
        "search": {"unemployed": 10.0},
    }  # fmt: skip
    assert_engines_agree(toytown(scale=0.01, parameters=alike), 1, differing, 6)


def override(cls: type, method: str) -> type:
    """Return a subclass whose method does what its parent's does: it runs in Python, beside the kernels."""

    def same(self: Any, *args: Any) -> Any:
        return getattr(super(made, self), method)(*args)

    made = type(f"My{cls.__name__}", (cls,), {method: same})
    return made


@pytest.mark.parametrize("method", sorted(JobSeeker.METHODS))
def test_one_method_of_job_seekers_in_python_changes_no_bit(
    method: str, toytown: Make, differing: Differing
) -> None:
    assert_one_method_agrees(toytown, differing, job_seeker=override(JobSeeker, method))


@pytest.mark.parametrize("method", sorted(Employer.METHODS))
def test_one_method_of_employers_in_python_changes_no_bit(
    method: str, toytown: Make, differing: Differing
) -> None:
    assert_one_method_agrees(toytown, differing, employer=override(Employer, method))


def test_counselling_in_python_changes_no_bit(toytown: Make, differing: Differing) -> None:
    assert_one_method_agrees(toytown, differing, agency=override(Agency, "counsel"))


def assert_one_method_agrees(toytown: Make, differing: Differing, **classes: type) -> None:
    scenario = toytown(scale=0.01, initial="local_activation", parameters={"search": {"employed": 1.0}})
    kernels, mixed = LabourMarket(scenario, seed=3), LabourMarket(scenario, seed=3, **classes)  # type: ignore[arg-type]  # made above
    assert mixed.world.people_in_python | mixed.world.employers_in_python or mixed.world.agency_python.all()
    for _ in range(6):
        kernels.step()
        mixed.step()
        assert differing(kernels.world, mixed.world) == [], format_month(kernels.month - 1)
