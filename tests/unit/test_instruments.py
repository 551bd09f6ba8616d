"""The rules of single instruments: whom they take, what is set aside for an entry, what taking part does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from labsim.codes import ASSISTANCE, INSURANCE
from labsim.params import declarations
from labsim.policy.instrument import (
    AVERAGE_CLOSENESS,
    INSTRUMENTS,
    Effect,
    Instrument,
    Voucher,
    load_instruments,
)
from labsim.state.tables import Persons, create
from labsim.state.view import Seen

load_instruments()
ON_SUCCESS = ("contracted_placement", "placement_voucher", "wage_subsidy")


def make(name: str, **settings: Any) -> Any:
    """Return an instrument with these settings."""
    return INSTRUMENTS[name].model_validate(settings)


@pytest.fixture
def people() -> Callable[..., Seen]:
    """Return a function that shows persons to an instrument: cells by column, closeness beside them."""

    def show(closeness: list[float] | None = None, **cells: list[Any]) -> Seen:
        size = max(len(values) for values in (closeness or [], *cells.values()))
        table = create(Persons, size)
        for name, values in cells.items():
            getattr(table, name)[:] = values
        near = np.array(closeness if closeness is not None else [0.0] * size)
        return Seen(table, np.arange(size), lambda rows: near[rows])

    return show


def amounts(effects: Any, channel: str) -> list[float]:
    """Return the amounts by which effects move one channel."""
    return [effect.amount for effect in effects if effect.channel == channel]


# vouchers


def test_somebody_of_average_closeness_redeems_a_voucher_in_time_with_the_chance_declared(
    people: Callable[..., Seen],
) -> None:
    for validity in (1, 3, 12):
        for redemption in (0.3, 0.8):
            voucher: Voucher = make("training_voucher", validity=validity, redemption=redemption)
            monthly = voucher.redeemed_each_month(people([AVERAGE_CLOSENESS]))
            assert 1.0 - (1.0 - monthly) ** validity == pytest.approx(redemption, abs=1e-9)


def test_redemption_falls_for_the_weak(people: Callable[..., Seen]) -> None:
    seen = people(np.linspace(-0.5, 1.5, 21).tolist())
    chance = make("training_voucher", redemption=0.7).redeemed_each_month(seen)
    assert (np.diff(chance) > 0.0).all()
    steeper = make("training_voucher", redemption=0.7, redemption_slope=0.4).redeemed_each_month(seen)
    assert steeper[0] < chance[0]


def test_without_a_slope_all_redeem_alike(people: Callable[..., Seen]) -> None:
    chance = make("training_voucher", redemption_slope=0.0).redeemed_each_month(people([-2.0, 0.0, 3.0]))
    assert np.unique(chance).size == 1


def test_the_chance_of_redemption_stays_a_chance_however_far_somebody_is(people: Callable[..., Seen]) -> None:
    chance = make("training_voucher", redemption_slope=1.0).redeemed_each_month(people([-50.0, 50.0]))
    assert 0.0 < chance[0] < chance[1] < 1.0


def test_with_the_70_percent_rule_only_people_with_good_prospects_get_a_voucher(
    people: Callable[..., Seen],
) -> None:
    seen = people([-1.0, 0.4, 0.6, 2.0])
    assert make("training_voucher", least_closeness=0.6).eligible(seen).tolist() == [False, False, True, True]
    assert make("training_voucher", only_good_prospects=False).eligible(seen).all()


def test_prospects_do_not_replace_the_waiting_period(people: Callable[..., Seen]) -> None:
    seen = people([2.0, 2.0], months_out=[1, 9])
    assert make("training_voucher", min_months_unemployed=6).eligible(seen).tolist() == [False, True]


# what is set aside for an entry


@pytest.mark.parametrize("name", sorted(set(INSTRUMENTS) - set(ON_SUCCESS) - {"training_voucher"}))
def test_a_place_is_paid_for_its_whole_length(name: str) -> None:
    assert make(name, cost=100.0, months=4).price == pytest.approx(400.0)


def test_a_voucher_sets_aside_the_part_of_the_course_that_is_expected_to_be_redeemed() -> None:
    assert make("training_voucher", cost=100.0, months=4, take_up=0.6).price == pytest.approx(240.0)


@pytest.mark.parametrize("name", ON_SUCCESS)
def test_who_is_paid_on_success_has_the_expected_fee_set_aside(name: str) -> None:
    promise = make(name, cost=10.0, months=4, success_fee=2000.0, take_up=0.3, budget=64.0)
    assert promise.price == pytest.approx(640.0)
    assert promise.entries_per_unemployed == pytest.approx(0.1)


@pytest.mark.parametrize("name", sorted(INSTRUMENTS))
def test_no_setting_within_its_bounds_makes_an_entry_free(name: str) -> None:
    """Money divided by a price of 0 would be places without end."""
    kind = INSTRUMENTS[name]
    lowest = {
        row.path: row.low
        for row in declarations(kind())
        if row.path in {"cost", "months", "success_fee", "take_up", "redemption"}
    }
    assert kind.model_validate(lowest).price > 0.0


def test_money_that_pays_for_one_course_in_a_hundred_buys_one_entry_in_a_hundred() -> None:
    course = make("further_training", budget=0.01 * 664.0 * 7)
    assert course.entries_per_unemployed == pytest.approx(0.01)


# whom they take


def test_one_euro_jobs_are_for_those_who_draw_no_insurance_benefit(people: Callable[..., Seen]) -> None:
    seen = people(benefit=[INSURANCE, ASSISTANCE, 0])
    assert make("one_euro_job").eligible(seen).tolist() == [False, True, True]


def test_school_to_work_takes_young_people_without_vocational_training(people: Callable[..., Seen]) -> None:
    seen = people(age=[19 * 12, 19 * 12, 25 * 12, 24 * 12 + 11], education=[0, 1, 0, 0])
    assert make("school_to_work").eligible(seen).tolist() == [True, False, False, True]


def test_the_employable_dare_to_start_a_business(people: Callable[..., Seen]) -> None:
    seen = people(employability=[0.2, 0.5, 0.9])
    assert make("start_up_subsidy", least_employability=0.5).eligible(seen).tolist() == [False, True, True]


def test_employability_support_is_for_those_far_from_the_market(people: Callable[..., Seen]) -> None:
    seen = people([-1.0, 0.1, 0.4])
    assert make("employability_support", most_closeness=0.1).eligible(seen).tolist() == [True, True, False]


def test_entry_jobs_are_for_people_out_of_work_for_a_year(people: Callable[..., Seen]) -> None:
    answer = make("entry_job").eligible(people(months_out=[0, 11, 12, 90]))
    assert answer.tolist() == [False, False, True, True]


def test_money_for_local_job_development_goes_to_nobody_in_particular(people: Callable[..., Seen]) -> None:
    develops = make("local_job_development")
    seen = people(months_out=[0, 5, 200])
    assert not develops.eligible(seen).any()
    assert [*develops.effects(seen, np.arange(3)), *develops.completion(seen, np.arange(3))] == []


# what they do


@pytest.mark.parametrize("name", sorted(set(INSTRUMENTS) - {"local_job_development"}))
def test_lock_in_is_the_fall_of_search_effort(name: str, people: Callable[..., Seen]) -> None:
    seen, rows = people(months_out=[3, 30]), np.arange(2)
    for lock_in in (0.0, 0.3, 1.0):
        effects = make(name, lock_in=lock_in).effects(seen, rows)
        assert amounts(effects, "search_effort") == pytest.approx([1.0 - lock_in])


def test_an_entry_job_without_a_next_step_is_a_dead_end(people: Callable[..., Seen]) -> None:
    seen, rows = people(months_out=[20]), np.arange(1)
    leads_on, dead_end = make("entry_job", next_step=True), make("entry_job", next_step=False)
    assert [effect.channel for effect in dead_end.effects(seen, rows)] == ["search_effort"]
    assert [effect.channel for effect in dead_end.completion(seen, rows)] == ["employability"]
    assert amounts(leads_on.effects(seen, rows), "placement") == [leads_on.next_placement]
    for channel in ("employability", "human_capital"):
        with_step, without = (sum(amounts(it.completion(seen, rows), channel)) for it in (leads_on, dead_end))
        assert with_step > without


def test_a_next_step_that_adds_nothing_leaves_an_entry_job_a_dead_end(people: Callable[..., Seen]) -> None:
    seen, rows = people(months_out=[20]), np.arange(1)
    nothing = make("entry_job", next_skill=0.0, next_employability=0.0, next_placement=0.0)
    dead_end = make("entry_job", next_step=False)
    for channel in ("placement", "employability", "human_capital"):
        one, other = (
            sum(amounts([*it.effects(seen, rows), *it.completion(seen, rows)], channel))
            for it in (nothing, dead_end)
        )
        assert one == other


def test_a_contractor_places_as_well_as_the_agency_only_at_full_effectiveness(
    people: Callable[..., Seen],
) -> None:
    seen, rows = people(months_out=[5]), np.arange(1)
    for effectiveness in (0.0, 0.6, 1.0):
        contractor = make("contracted_placement", in_house=0.2, effectiveness=effectiveness)
        assert amounts(contractor.effects(seen, rows), "placement") == pytest.approx([0.2 * effectiveness])


def test_a_wage_subsidy_raises_the_rank_and_nothing_else(people: Callable[..., Seen]) -> None:
    seen, rows = people(months_out=[5]), np.arange(1)
    subsidy = make("wage_subsidy", hiring_score=0.7)
    effects = list(subsidy.effects(seen, rows))
    assert amounts(effects, "hiring_score") == [0.7]
    assert [e for e in effects if e.channel != "hiring_score"] == [Effect("search_effort", rows, 1.0)]
    assert list(subsidy.completion(seen, rows)) == []


def test_a_business_of_ones_own_lasts_with_the_chance_declared(people: Callable[..., Seen]) -> None:
    seen, rows = people(months_out=[5]), np.arange(1)
    gains = list(make("start_up_subsidy", survival=0.4).completion(seen, rows))
    assert gains == [Effect("own_job", rows, 0.4)]


def test_people_lent_by_a_temp_agency_search_less_and_are_known_to_employers(
    people: Callable[..., Seen],
) -> None:
    effects = {e.channel: e.amount for e in make("temp_agency").effects(people(months_out=[5]), np.arange(1))}
    assert effects["search_effort"] < 1.0
    assert effects["hiring_score"] > 0.0
    assert effects["placement"] > 0.0


def test_only_public_work_is_taken_to_crowd_out_regular_jobs_and_within_what_was_found() -> None:
    for name, kind in INSTRUMENTS.items():
        instrument: Instrument = kind()
        if kind.field == "work":
            assert 0.0 < instrument.crowding_out <= 0.65, name
        else:
            assert instrument.crowding_out == 0.0, name


def test_voucher_and_assigned_training_are_the_same_course() -> None:
    """So that what a voucher changes is who chooses, and who is chosen."""
    course, voucher = make("further_training"), make("training_voucher")
    for name in ("cost", "months", "lock_in", "skill_gain", "employability_gain"):
        assert getattr(course, name) == getattr(voucher, name)
    assert type(course).field == type(voucher).field
