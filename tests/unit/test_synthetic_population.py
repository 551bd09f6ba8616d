"""Newtown's people: fitted to their margins, reported, and there when the record starts."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from labsim.config import load, load_place, sources
from labsim.model import LabourMarket
from labsim.rng import Purpose, hashed_seed, uniforms
from labsim.scenario import Scenario
from labsim.state.fit_report import FitReport, fit_report
from labsim.state.fitting import fit, margin
from labsim.state.marginals import Association, Marginal, band, mistakes_in_association, mistakes_in_marginals
from labsim.state.place import Place
from labsim.state.population import persons_per_municipality
from labsim.state.synthesis import joint_table, quota_traits, younger

from .names import ROOT

NEWTOWN = load_place("newtown")
BURN_IN = 15


def first_run(**changes: Any) -> Scenario:
    file = ROOT / "configs" / "places" / "newtown" / "first_run.yaml"
    return load(file, scale=0.02, burn_in=BURN_IN, **changes)


def report(scale: float = 0.1, place: Place = NEWTOWN) -> FitReport:
    found = fit_report(place, persons_per_municipality(place, scale))
    assert found is not None
    return found


def without(place: Place, *traits: str) -> Place:
    rows = tuple(row for row in place.marginals if row.trait not in traits)
    return place.model_copy(update={"marginals": rows})


def test_two_margins_and_a_start_give_the_table_of_deming_and_stephan() -> None:
    """By hand: with odds ratio 9, margins of a half give 0.375 on the diagonal, since (0.375 / 0.125)^2 = 9."""
    half = np.array([[0.5, 0.5]])
    fitted = fit(np.array([[[9.0, 1.0], [1.0, 1.0]]]), [(0, half), (1, half)])
    np.testing.assert_allclose(fitted.table[0], [[0.375, 0.125], [0.125, 0.375]], atol=1e-12)


def test_independent_traits_are_fitted_in_one_round() -> None:
    joint = joint_table(NEWTOWN.model_copy(update={"association": ()}))
    assert joint is not None
    assert (joint.rounds == 1).all()
    product = np.einsum("ma,ms,me,mo->maseo", *(each.share for each in joint.margins))
    np.testing.assert_allclose(joint.shares, product, atol=1e-14)


def test_an_association_moves_people_together_and_leaves_the_margins() -> None:
    apart, together = joint_table(NEWTOWN.model_copy(update={"association": ()})), joint_table(NEWTOWN)
    assert apart is not None
    assert together is not None
    tertiary_in_offices = [each.shares.sum(axis=(1, 2))[:, 2, 2] for each in (apart, together)]
    assert (tertiary_in_offices[1] > 1.2 * tertiary_in_offices[0]).all()
    for axis in range(4):
        np.testing.assert_allclose(margin(together.shares, axis), margin(apart.shares, axis), atol=1e-10)


def test_the_report_holds_every_published_figure_beside_what_was_fitted() -> None:
    rows = report().rows
    assert len(rows) == len(NEWTOWN.marginals)
    published = {(r.municipality, r.trait, r.category): (r.value, r.unit) for r in NEWTOWN.marginals}
    assert {(r.municipality, r.trait, r.category): (r.published, r.unit) for r in rows} == published
    assert max(abs(row.difference) for row in rows) < 1e-9
    for name in ("Hillside", "Riverside"):
        for trait in ("age", "sex", "education", "occupation"):
            mine = [row for row in rows if (row.municipality, row.trait) == (name, trait)]
            assert sum(row.share for row in mine) == pytest.approx(100.0)
            assert sum(row.agents for row in mine) == {"Hillside": 1500, "Riverside": 900}[name]


def test_totals_that_differ_are_scaled_to_the_first_and_told() -> None:
    hillside, riverside = report().summaries
    assert (hillside.of_trait, hillside.persons) == ("age", 15_000.0)
    assert hillside.rescaled == {"sex": pytest.approx(-0.8), "occupation": pytest.approx(-0.8)}
    assert riverside.rescaled == {"sex": 0.0, "occupation": 0.0}
    female = next(row for row in report().rows if row.category == "female")
    assert female.share == pytest.approx(100.0 * 7410 / (7410 + 7470))


def test_without_counts_of_persons_the_residents_of_working_age_stand_for_them() -> None:
    shares_alone = without(NEWTOWN, "age", "sex", "occupation")
    summary = report(place=shares_alone).summaries[1]
    assert (summary.of_trait, summary.persons, summary.rescaled) == ("", 9000.0, {})


def test_a_trait_without_a_margin_is_named_as_assumed() -> None:
    rows = report(place=without(NEWTOWN, "sex", "age")).rows
    assumed = [row for row in rows if row.trait in {"sex", "age"}]
    assert {row.category for row in assumed} == {"female", "male", "16_64"}
    assert all(math.isnan(row.published) and row.source.startswith("assumption") for row in assumed)
    assert all(row.share == (100.0 if row.trait == "age" else 50.0) for row in assumed)


@pytest.mark.parametrize("scale", [0.02, 0.1, 1.0])
def test_agents_come_nearer_to_the_margins_than_chance_would(scale: float) -> None:
    rows = report(scale).rows
    by_chance = [
        100.0 * math.sqrt(r.share * (100.0 - r.share) / 1e4 / (r.agents * 100.0 / max(r.realised, 1e-9)))
        for r in rows
    ]
    apart = math.sqrt(sum(row.realised_difference**2 for row in rows))
    assert apart < 0.35 * math.sqrt(sum(sd**2 for sd in by_chance))


def test_over_all_lots_a_cell_holds_exactly_its_share() -> None:
    joint = joint_table(NEWTOWN)
    assert joint is not None
    people, seeds = [60, 0], 1500
    counts = np.zeros(joint.shares.shape[1:])
    for run_seed in range(seeds):
        traits = quota_traits(joint, NEWTOWN, people, hashed_seed(run_seed), 0)
        age = np.searchsorted([low for low, _ in joint.bands], traits.age, side="right") - 1
        np.add.at(counts, (age, traits.sex, traits.education, traits.occupation), 1)
    wanted = people[0] * joint.shares[0]
    spread = np.sqrt((wanted % 1.0) * (1.0 - wanted % 1.0) / seeds)
    assert (np.abs(counts / seeds - wanted) < 5.0 * spread + 1e-9).all(), "within 5 SD"


def test_years_of_age_go_round() -> None:
    age = np.array([16 * 12, 30 * 12, 65 * 12 - 1])
    assert younger(age, 0).tolist() == age.tolist()
    assert younger(age, 1).tolist() == [65 * 12 - 1, 30 * 12 - 1, 65 * 12 - 2]
    assert younger(age, 49 * 12).tolist() == age.tolist()


def test_the_margins_hold_when_the_record_starts_and_not_when_the_burn_in_does() -> None:
    model = LabourMarket(first_run(), seed=4)
    at_first = model.world.persons.education.copy()
    joint = joint_table(NEWTOWN)
    assert joint is not None
    people = persons_per_municipality(NEWTOWN, 0.02)
    month = model.month
    wanted = quota_traits(joint, NEWTOWN, people, hashed_seed(4), month)
    assert model.world.persons.age.tolist() == younger(wanted.age, BURN_IN).tolist()
    model.burn_in()
    persons = model.world.persons
    assert persons.age.tolist() == wanted.age.tolist()
    stayed = persons.age >= 16 * 12 + BURN_IN
    assert 0 < (~stayed).sum() < 0.1 * persons.age.size
    assert (persons.education[stayed] == wanted.education[stayed]).all()
    assert (persons.education[stayed] == at_first[stayed]).all()
    assert (persons.sex[stayed] == wanted.sex[stayed]).all()
    assert (persons.occupation[stayed] == wanted.occupation[stayed]).all()


def test_without_marginals_first_people_are_drawn_one_by_one_as_ever() -> None:
    scenario = first_run()
    bare = NEWTOWN.model_copy(update={"marginals": (), "association": ()})
    world = LabourMarket(scenario.model_copy(update={"place": bare}), seed=4).world
    rows = np.arange(world.persons.age.size)
    u = uniforms(hashed_seed(4), Purpose.BIRTH, world.month, rows)
    assert (world.persons.sex == (u[:, 0] < 0.5)).all()
    cumulated = np.round(np.cumsum(bare.education_shares), 12)
    assert (world.persons.education == np.searchsorted(cumulated[:2], u[:, 1], side="right")).all()
    v = uniforms(hashed_seed(4), Purpose.INITIAL, world.month, rows)
    assert (world.persons.age == 16 * 12 + (v[:, 0] * 49 * 12).astype(int)).all()


def test_marginals_are_listed_among_the_sources() -> None:
    rows = {row.where: row for row in sources(first_run())}
    assert rows["place.marginals.age"].value == "10 figures, 2000"
    assert rows["place.association.education_by_occupation"].source == "fictional"


def test_a_place_with_marginals_round_trips_through_its_content() -> None:
    assert Place.model_validate_json(NEWTOWN.model_dump_json()) == NEWTOWN


def marginal(**changes: Any) -> Marginal:
    return NEWTOWN.marginals[0].model_copy(update=changes)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"trait": "income"}, "row 1: trait is 'income', but known are age, sex"),
        ({"category": "24_16"}, "category is '24_16', but ages run from 16 to 64"),
        ({"value": -1.0}, "value is -1, but it cannot be below 0"),
        ({"unit": "%"}, "value is 2430, but it must be a percentage up to 100"),
        ({"flag": "broken"}, "flag is 'broken'"),
        ({"category": "17_24"}, "count twice 17 to 24"),
        ({"category": "16_26"}, "count twice 16 to 26"),
    ],
)
def test_marginals_written_in_python_are_checked_as_those_of_a_file(
    changes: dict[str, Any], says: str
) -> None:
    rows = (marginal(**changes), *NEWTOWN.marginals[1:])
    with pytest.raises(ValidationError, match=says):
        Place.model_validate(NEWTOWN.model_dump() | {"marginals": [row.model_dump() for row in rows]})


def test_an_association_needs_marginals_and_one_set_of_traits() -> None:
    content = NEWTOWN.model_dump() | {"marginals": ()}
    with pytest.raises(ValidationError, match="there are no marginals to fit it to"):
        Place.model_validate(content)
    cells = (Association(categories={"sex": "male", "education": "none"}, value=1.0), *NEWTOWN.association)
    [mistake] = mistakes_in_association(cells, NEWTOWN.marginals, [])
    assert str(mistake).endswith("the cells have different traits, but all must have the same ones")


def test_ages_can_go_together_with_a_trait_only_if_their_bands_are_known() -> None:
    cells = [Association(categories={"age": "16_64", "sex": "male"}, value=1.0)]
    [mistake] = mistakes_in_association(cells, without(NEWTOWN, "age").marginals, [])
    assert mistake.column == "age"
    names, occupations = ["Hillside", "Riverside"], [each.name for each in NEWTOWN.occupations]
    assert mistakes_in_marginals(NEWTOWN.marginals, names, occupations) == []
    assert band("16-24") is None
