"""A synthetic population meets its margins, whatever they are, and both engines draw the same people from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from labsim.behaviour.coefficients import coefficients
from labsim.kernels.demography import draw_traits
from labsim.model import LabourMarket
from labsim.rng import hashed_seed
from labsim.scenario import Scenario
from labsim.state.fitting import MOST_ROUNDS, fit, margin
from labsim.state.marginals import EDUCATION, SEXES, Association, Marginal
from labsim.state.place import Place
from labsim.state.population import persons_per_municipality
from labsim.state.synthesis import joint_table, people_tables, quota_traits
from labsim.state.tables import Persons, create
from labsim.units import format_month

Floats = NDArray[np.float64]
Differing = Callable[[Any, Any], list[str]]
BANDS = ("16_24", "25_34", "35_44", "45_54", "55_64")
MONTHS = 8


@st.composite
def tables(draw: st.DrawFn, *, zeros: bool = False) -> tuple[Floats, Floats]:
    """Return weights to start from and a table with the same empty cells, (n, ...) each, of two to four axes."""
    shape = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    size = int(np.prod(shape))
    n = draw(st.integers(1, 3))
    numbers = st.floats(0.05, 20.0, allow_subnormal=False)
    start, truth = (
        np.array(draw(st.lists(numbers, min_size=n * size, max_size=n * size))).reshape(n, *shape)
        for _ in range(2)
    )
    if zeros:
        empty = np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size))).reshape(shape)
        if not empty.all():
            start[:, empty], truth[:, empty] = 0.0, 0.0
    return start, truth


def margins_of(table: Floats) -> list[tuple[int, Floats]]:
    return [(axis, margin(table, axis)) for axis in range(table.ndim - 1)]


@given(tables())
def test_a_fitted_table_meets_every_margin(drawn: tuple[Floats, Floats]) -> None:
    start, truth = drawn
    fitted = fit(start, margins_of(truth))
    for axis, wanted in margins_of(truth):
        apart = np.abs(margin(fitted.table, axis) - wanted).max(axis=1)
        assert (apart <= 1e-9 * wanted.sum(axis=1)).all()
    assert (fitted.deviation <= 1e-9).all()


@given(tables(), st.sampled_from([1e-3, 7.0, 1e6]), st.sampled_from([0.01, 3.0, 1e5]))
def test_size_of_weights_and_of_the_population_make_no_difference_to_shares(
    drawn: tuple[Floats, Floats], weight: float, people: float
) -> None:
    start, truth = drawn
    one = fit(start, margins_of(truth)).table
    other = fit(start * weight, margins_of(truth * people)).table
    np.testing.assert_allclose(other, one * people, rtol=1e-7, atol=1e-10 * people * one.max())


@given(tables(zeros=True))
def test_cells_that_are_empty_stay_empty(drawn: tuple[Floats, Floats]) -> None:
    start, truth = drawn
    fitted = fit(start, margins_of(truth))
    assert (fitted.table[start == 0.0] == 0.0).all()
    settled = fitted.rounds < MOST_ROUNDS  # with empty cells a table may converge slower than any power
    assert (fitted.deviation[settled] <= 1e-9).all(), "they are empty in the margins too"
    assert (fitted.deviation <= 1e-4).all()


@given(tables())
def test_odds_ratios_stay_those_of_the_start(drawn: tuple[Floats, Floats]) -> None:
    start, truth = drawn
    ratio = np.log(fit(start, margins_of(truth)).table) - np.log(start)
    for axis in range(1, ratio.ndim):
        ratio = ratio - ratio.mean(axis=axis, keepdims=True)
    assert np.abs(ratio).max() < 1e-9, "what was multiplied is a product of one factor per category"


@given(tables())
def test_a_table_is_fitted_alike_in_any_company(drawn: tuple[Floats, Floats]) -> None:
    start, truth = drawn
    together = fit(start, margins_of(truth))
    for k in range(start.shape[0]):
        alone = fit(start[k : k + 1], margins_of(truth[k : k + 1]))
        assert (alone.table[0] == together.table[k]).all()
        assert alone.rounds[0] == together.rounds[k]


@st.composite
def peopled(draw: st.DrawFn, place: Place) -> Place:
    """Return a place with random marginals of all traits, some of them 0, and a random association or none."""
    names = [each.name for each in place.municipalities]
    occupations = tuple(each.name for each in place.occupations)
    traits = {"age": BANDS, "sex": SEXES, "education": EDUCATION, "occupation": occupations}
    given_traits = [trait for trait in traits if draw(st.sampled_from([True, True, True, False]))] or ["age"]
    marginals = []
    for trait in given_traits:
        for name in names:
            counts = draw(st.lists(st.sampled_from([0, 1, 40, 1000]), min_size=len(traits[trait]),
                                   max_size=len(traits[trait])))  # fmt: skip
            marginals += [
                Marginal(municipality=name, trait=trait, category=category, date="2000", value=value + (k == 0),
                         unit="persons", source="invented")
                for k, (category, value) in enumerate(zip(traits[trait], counts, strict=True))
            ]  # fmt: skip
    association = []
    if draw(st.booleans()):
        association = [
            Association(
                categories={"education": e, "occupation": o}, value=draw(st.sampled_from([1.0, 5.0, 0.2]))
            )
            for e in EDUCATION
            for o in occupations
        ]
    return place.model_copy(update={"marginals": tuple(marginals), "association": tuple(association)})


@pytest.fixture(scope="module")
def towns(toytown: Callable[..., Scenario]) -> st.SearchStrategy[Place]:
    return peopled(toytown().place)


def cells_of(traits: Any, bands: tuple[tuple[int, int], ...]) -> tuple[Any, ...]:
    age = np.searchsorted([low for low, _ in bands], traits.age, side="right") - 1
    return age, traits.sex, traits.education, traits.occupation


def test_first_people_fill_every_cell_with_its_share_rounded_up_or_down(
    towns: st.SearchStrategy[Place],
) -> None:
    @settings(max_examples=30)
    @given(towns, st.sampled_from([0.003, 0.02, 0.1]), st.integers(0, 99))
    def quotas(place: Place, scale: float, run_seed: int) -> None:
        joint = joint_table(place)
        assert joint is not None
        people = persons_per_municipality(place, scale)
        traits = quota_traits(joint, place, people, hashed_seed(run_seed), 7)
        first = 0
        for m, n in enumerate(people):
            mine = type(traits)(*(column[first : first + n] for column in traits))
            first += n
            counts = np.zeros(joint.shares.shape[1:])
            np.add.at(counts, cells_of(mine, joint.bands), 1)
            assert counts.sum() == n
            assert (np.abs(counts - n * joint.shares[m]) < 1.0 + 1e-6).all()
            assert (counts[joint.shares[m] == 0.0] == 0).all()

    quotas()


def test_school_leavers_are_drawn_from_the_people_of_their_municipality(
    towns: st.SearchStrategy[Place], toytown: Callable[..., Scenario]
) -> None:
    n = 1500

    @settings(max_examples=4)
    @given(towns)
    def shares(place: Place) -> None:
        joint = joint_table(place)
        assert joint is not None
        co = coefficients(toytown().parameters, place)
        for m in range(len(place.municipalities)):
            drawn = create(Persons, n)
            drawn.municipality[:] = m
            for row in range(n):
                draw_traits(drawn, row, 12, 3, co)
            counts = np.zeros(joint.shares.shape[2:])
            np.add.at(counts, (drawn.sex, drawn.education, drawn.occupation), 1)
            wanted = joint.shares[m].sum(axis=0)
            assert (counts[wanted == 0.0] == 0).all()
            assert (np.abs(counts - n * wanted) <= 6.0 * np.sqrt(n * wanted * (1 - wanted)) + 1e-6).all(), (
                "6 SD"
            )

    shares()


def test_without_marginals_everybody_is_drawn_from_the_shares_of_the_place(
    toytown: Callable[..., Scenario],
) -> None:
    place = toytown().place
    assert joint_table(place) is None
    drawn = people_tables(place)
    assert (drawn.male == 0.5).all()
    assert (drawn.education_of_people == np.round(np.cumsum(place.education_shares), 12)).all()
    occupations = np.round(np.cumsum([each.share for each in place.occupations]), 12)
    assert (drawn.occupation_of_people == occupations).all()


def test_kernels_and_reference_agree_in_every_bit_of_a_fitted_population(
    towns: st.SearchStrategy[Place], toytown: Callable[..., Scenario], differing: Differing
) -> None:
    renewed = []

    @seed(3)
    @settings(max_examples=3)
    @given(towns, st.integers(0, 9))
    def agree(place: Place, run_seed: int) -> None:
        scenario = toytown(place=place, scale=0.02, burn_in=3)
        kernels = LabourMarket(scenario, seed=run_seed)
        reference = LabourMarket(scenario, seed=run_seed, engine="reference")
        age = kernels.world.persons.age.copy()
        for _ in range(MONTHS):
            kernels.step()
            reference.step()
            assert differing(kernels.world, reference.world) == [], format_month(kernels.month - 1)
        renewed.append(int((kernels.world.persons.age < age).sum()))

    agree()
    assert sum(renewed) > 0, "school leavers have come in"
