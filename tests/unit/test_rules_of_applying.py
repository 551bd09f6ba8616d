"""Rules of applying: where applications go, through which channel, and to which vacancy the agency refers."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labsim import codes
from labsim.behaviour.coefficients import closeness_of_cells, coefficients, growth_path, power
from labsim.config import load_place
from labsim.kernels import hiring, search
from labsim.kernels.coefficients import Openings
from labsim.kernels.sampling import place_vacancies
from labsim.parameters import Parameters
from labsim.parameters.overrides import with_values
from labsim.state.tables import Persons, Vacancies, create
from labsim.units import parse_month

GRID = [(k + 0.5) / 10_000 for k in range(10_000)]


def test_a_cell_is_picked_in_proportion_to_its_weight_as_seen_from_home() -> None:
    weights = np.array([[1.0, 0.0, 3.0, 4.0], [0.0, 0.0, 0.0, 0.0]])
    cumulated = np.cumsum(weights, axis=1)
    picked = [search.pick_cell(cumulated, 0, u) for u in GRID]
    assert np.bincount(picked, minlength=4) / len(GRID) == pytest.approx(weights[0] / 8.0, abs=2e-4)
    assert search.pick_cell(cumulated, 1, 0.5) == -1, "nothing is open anywhere"


def slots_of(numbers: list[int], mask: int) -> tuple[Openings, Vacancies]:
    """Return one cell with the vacancies of one employer in their slots."""
    v = create(Vacancies, len(numbers))
    v.number[:] = numbers
    openings = SimpleNamespace(
        offset=np.zeros(1, np.int64),
        mask=np.array([mask]),
        slots=np.zeros(mask + 1, np.int32),
        first=np.array([0, len(numbers)]),
        cumulated=np.array([[1.0 if numbers else 0.0]]),
    )
    place_vacancies(v, 1, openings.offset, openings.mask, openings.slots, 0)
    return openings, v  # type: ignore[return-value]  # the rules read these fields only


@settings(max_examples=60)
@given(st.sets(st.integers(0, 500), max_size=11), st.sampled_from([15, 31]))
def test_every_open_vacancy_has_one_slot_and_every_probe_finds_one(numbers: set[int], mask: int) -> None:
    openings, v = slots_of(sorted(numbers), mask)
    taken = openings.slots[openings.slots >= 0]
    assert sorted(taken.tolist()) == list(range(len(numbers)))
    found = {search.pick_slot(openings, v.filled_by, 0, u) for u in GRID[::50]}
    assert found <= (set(range(len(numbers))) or {-1})


def test_one_more_vacancy_leaves_most_luck_as_it_was() -> None:
    few, v = slots_of(list(range(8)), 31)
    more, w = slots_of(list(range(9)), 31)
    before = [search.pick_slot(few, v.filled_by, 0, u) for u in GRID[::10]]
    after = [search.pick_slot(more, w.filled_by, 0, u) for u in GRID[::10]]
    changed = np.mean(np.array(before) != np.array(after))
    assert 0.0 < changed < 0.35, "of those who would apply elsewhere, nearly all go to the new one"


def test_filled_vacancies_are_passed_over() -> None:
    openings, v = slots_of([3, 4, 5], 15)
    v.filled_by[:] = (7, -1, 7)
    assert {search.pick_slot(openings, v.filled_by, 0, u) for u in GRID[::50]} == {1}
    assert search.first_open(openings, v.filled_by, 0) == 1
    v.filled_by[1] = 7
    assert search.pick_slot(openings, v.filled_by, 0, 0.5) == -1
    assert search.first_open(openings, v.filled_by, 0) == -1


def test_the_channel_of_an_application_has_the_chances_given() -> None:
    picked = [search.own_channel(u, 0.15, 0.15 + 0.12, 0.27 + 0.1) for u in GRID]
    share = np.bincount(picked, minlength=5) / len(GRID)
    by_code = {codes.RECALL: 0.15, codes.TIP: 0.12, codes.PARTNERSHIP: 0.1, codes.OPEN: 0.63}
    assert {code: round(float(share[code]), 4) for code in by_code} == by_code


def test_without_a_vacancy_by_its_channel_an_application_is_an_open_one() -> None:
    openings, v = slots_of([3, 4], 15)
    u = (0.5, 0.5, 0.5, 0.5)
    for channel in (codes.OPEN, codes.TIP, codes.PARTNERSHIP, codes.RECALL):
        assert search.pick_vacancy(openings, v.filled_by, 0, 0, channel, u)[1] == channel
    openings.first[:] = 0
    row, channel = search.pick_vacancy(openings, v.filled_by, 0, 0, codes.RECALL, u)
    assert (row in {0, 1}, channel) == (True, codes.OPEN), "the last employer has nothing open"
    v.filled_by[:] = 1
    assert search.pick_vacancy(openings, v.filled_by, 0, 0, codes.TIP, u) == (-1, codes.TIP)


def test_only_the_jobless_are_recalled_and_only_for_two_months() -> None:
    p = create(Persons, 1)
    p.employer[0] = 5
    for status, months, employer in [
        (codes.UNEMPLOYED, 0, 5), (codes.UNEMPLOYED, 2, 5), (codes.UNEMPLOYED, 3, -1),
        (codes.EMPLOYED, 0, -1), (codes.INACTIVE, 1, -1), (codes.IN_MEASURE, 1, 5),
    ]:  # fmt: skip
        p.status[0], p.months_out[0] = status, months
        assert search.recall_employer(p, 0) == employer


def test_tips_need_contacts_in_work_and_partnerships_need_ties_and_a_regime_that_uses_them() -> None:
    assert search.tip_chance(0.12, 0.9, 0.5) == pytest.approx(0.12 * 0.9 * 0.5)
    p, ties = create(Persons, 1), np.array([0.4])
    p.status[0] = codes.UNEMPLOYED
    assert search.partnership_chance(p, 0, 0.1, ties, np.array([1])) == pytest.approx(0.04)
    assert search.partnership_chance(p, 0, 0.1, ties, np.array([0])) == 0.0
    p.status[0] = codes.EMPLOYED
    assert search.partnership_chance(p, 0, 0.1, ties, np.array([1])) == 0.0


def test_vacancies_far_away_or_in_far_occupations_weigh_less() -> None:
    pars, place = Parameters(), load_place("toytown")
    weight = closeness_of_cells(pars, place).reshape(2, 3, 2, 3)
    reach = np.exp(-np.array(place.travel_minutes) / pars.search.distance_decay)
    near = np.array([[1.0, 0.25, 0.06], [0.25, 1.0, 0.25], [0.06, 0.25, 1.0]])
    assert weight == pytest.approx(reach[:, None, :, None] * near[None, :, None, :], abs=1e-11)


def test_vacancies_at_home_weigh_as_much_more_as_the_parameter_says() -> None:
    place = load_place("toytown")
    plain = closeness_of_cells(Parameters(), place)
    near = closeness_of_cells(with_values(Parameters(), {"search.at_home": 3.0}), place)
    home = np.repeat(np.arange(2), 3)
    same = home[:, np.newaxis] == home[np.newaxis, :]
    assert near[same] == pytest.approx(3.0 * plain[same])
    assert (near[~same] == plain[~same]).all()


def test_powers_of_nothing_are_nothing_and_others_are_rounded_to_12_digits() -> None:
    assert power(0.0, 0.5) == 0.0
    assert power(2.0, 0.5) == round(math.sqrt(2.0), 12)


def test_demand_follows_employees_per_resident_with_annual_values_in_june() -> None:
    place = load_place("toytown")
    path = growth_path(Parameters(), place, parse_month("1999-01"), parse_month("2010-12"))
    june = {year: path[12 * (year - 1999) + 5] for year in range(1999, 2011)}
    assert june[2000] == pytest.approx([1.0, 1.0])
    assert june[2003] == pytest.approx([6.8 / 7.0, 4.08 / 4.2])
    assert (june[1999] == june[2000]).all(), "constant before the data"
    assert (path[-1] == june[2005]).all(), "and after them"
    december = path[12 * (2000 - 1999) + 11]
    assert december == pytest.approx((june[2000] + june[2001]) / 2)


def test_demand_follows_the_place_and_its_own_deviation_with_an_elasticity_each_and_drifts() -> None:
    place, span = load_place("toytown"), (parse_month("2000-01"), parse_month("2008-12"))
    plain = growth_path(Parameters(), place, *span)
    nothing = {"demand.pass_through": 0.0, "demand.local_pass_through": 0.0}
    assert growth_path(with_values(Parameters(), nothing), place, *span) == pytest.approx(1.0)
    together = growth_path(with_values(Parameters(), {"demand.local_pass_through": 0.0}), place, *span)
    assert (together[:, 0] == together[:, 1]).all(), "the path of the whole place"
    whole = (6.8 + 4.08) / (7.0 + 4.2)
    assert together[12 * 3 + 5, 0] == pytest.approx(whole)
    half = growth_path(with_values(Parameters(), {"demand.pass_through": 0.5}), place, *span)
    assert half[12 * 3 + 5] == pytest.approx(plain[12 * 3 + 5] * whole**-0.5)
    drifting = growth_path(with_values(Parameters(), {"demand.drift": 0.02}), place, *span)
    assert drifting[12 * 3 + 5] == pytest.approx(plain[12 * 3 + 5] * np.exp(0.06))
    assert (drifting[-1] == drifting[12 * 5 + 5]).all(), "no drift after the last published figure"


def test_a_referral_goes_to_the_registered_vacancy_where_the_client_ranks_best() -> None:
    co = coefficients(Parameters(), load_place("toytown"))
    v = create(Vacancies, 4)
    v.occupation[:], v.education[:], v.registered[:] = (0, 0, 0, 0), (2, 0, 1, 0), (1, 1, 1, 0)
    v.number[:] = range(4)
    slots, mask = np.zeros(16, np.int32), np.array([15])
    place_vacancies(v, 3, np.zeros(1, np.int64), mask, slots, 1)
    openings: Any = SimpleNamespace(
        registered=np.array([[3.0]]), registered_mask=mask, registered_offset=np.zeros(1, np.int64),
        registered_slots=slots,
    )  # fmt: skip
    travel = np.array([[10.0]])

    def best(choice: int, u: float) -> int:
        return hiring.best_referral(0.5, 0, 0, choice, v, (0.3, u), co, travel, openings)

    assert {best(16, u) for u in GRID[::100]} == {1}, "asks least of somebody without training"
    assert {best(1, u) for u in GRID[::100]} == {0, 1, 2}, "one alone is a lottery, among the registered"
    v.filled_by[:3] = 1
    assert best(16, 0.5) == -1
