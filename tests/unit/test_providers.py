"""Providers: quick to lose capacity, slow to regain it; what is gone comes back only if somebody enters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from labsim.model import LabourMarket
from labsim.policy.completion import complete
from labsim.policy.delivery import enrol, seen_by_caseworkers
from labsim.policy.enrolment import assign_providers
from labsim.policy.provision import (
    competence_of,
    found_providers,
    places_free,
    places_needed,
    provide,
)
from labsim.policy.regime import Regime
from labsim.scenario import Scenario
from labsim.state.institutions import Provider
from labsim.state.tables import FIELDS
from labsim.units import parse_month

Make = Callable[..., Scenario]
Variant = Callable[..., Regime]
TRAINING = FIELDS.index("training")


@pytest.fixture
def market(toytown: Make) -> Callable[..., LabourMarket]:
    """Return a function that makes a toytown whose providers follow other parameters."""

    def make(**parameters: Any) -> LabourMarket:
        model = LabourMarket(toytown(parameters={"providers": parameters}), seed=1)
        model.world.scale = 1.0  # so that places are whole ones
        return model

    return make


def ordered(model: LabourMarket, places: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return orders for training in the first municipality."""
    need = np.zeros((model.world.municipalities, len(FIELDS)))
    need[0, TRAINING] = places
    return need


def live(model: LabourMarket, places: float, months: int = 1) -> list[float]:
    """Let providers live with orders for training; return their capacity each month."""
    out = []
    for _ in range(months):
        provide(model.world, ordered(model, places))
        model.world.month += 1
        out.append(float(model.world.providers.capacity.sum()))
    return out


def trainers(model: LabourMarket) -> list[Provider]:
    return [p for p in model.providers if p.municipality == 0 and p.field == "training"]


def test_providers_begin_experienced_alike_and_with_room_above_their_orders(market: Any) -> None:
    model = market()
    found_providers(model.world, ordered(model, 100.0))
    one, other = trainers(model)
    pars = model.world.parameters.providers
    assert one.capacity == other.capacity == pytest.approx(100.0 * (1.0 + pars.buffer) / 2)
    assert (one.competence, one.reserves) == (pars.competence, pars.reserves)
    assert one.utilisation == pytest.approx(1.0 / (1.0 + pars.buffer))
    assert all(p.capacity == 0.0 for p in model.providers if p not in (one, other))


def test_orders_that_stay_keep_capacity_competence_and_reserves(market: Any) -> None:
    model = market()
    found_providers(model.world, ordered(model, 100.0))
    before = [column.copy() for column in model.world.providers]
    live(model, 100.0, 24)
    for column, kept in zip(model.world.providers, before, strict=True):
        assert column == pytest.approx(kept)


def months_until(reached: Callable[[float], bool], path: list[float]) -> int:
    return next(k for k, value in enumerate(path, start=1) if reached(value))


def test_capacity_is_lost_faster_than_it_comes_back(market: Any) -> None:
    model = market()
    found_providers(model.world, ordered(model, 100.0))
    down, up = live(model, 40.0, 24), live(model, 100.0, 60)
    assert np.diff(down).max() <= 1e-9
    assert np.diff(up).min() >= -1e-9
    half = 0.5 * (110.0 + 44.0)
    lost = months_until(lambda places: places <= half, down)
    regained = months_until(lambda places: places >= half, up)
    assert 1.5 * lost < regained


def test_what_a_gap_of_some_months_destroys_takes_more_than_a_year_to_come_back(market: Any) -> None:
    model = market()
    found_providers(model.world, ordered(model, 100.0))
    gone = months_until(lambda places: places == 0.0, live(model, 0.0, 12))
    back = months_until(lambda places: places >= 99.0, live(model, 100.0, 60))
    assert gone <= 6
    assert back > 12


def test_capacity_grows_by_a_share_of_itself_and_a_share_of_the_need_and_not_above_it(market: Any) -> None:
    model = market(growth=0.1, entry=0.2, buffer=0.5)
    found_providers(model.world, ordered(model, 40.0))
    assert live(model, 100.0) == pytest.approx([60.0 + 0.1 * 60.0 + 0.1 * 0.2 * 100.0])
    model = market(growth=1.0, entry=1.0, buffer=0.5)
    found_providers(model.world, ordered(model, 40.0))
    assert live(model, 100.0, 3)[-1] == pytest.approx(150.0)


def test_without_anybody_and_without_entry_capacity_never_comes_back(market: Any) -> None:
    model = market(entry=0.0)
    assert live(model, 500.0, 120) == [0.0] * 120


def test_where_some_are_left_capacity_comes_back_without_entry(market: Any) -> None:
    model = market(entry=0.0, reserves=36.0)
    found_providers(model.world, ordered(model, 100.0))
    live(model, 5.0, 10)
    assert live(model, 100.0, 80)[-1] == pytest.approx(110.0)


def test_with_entry_somebody_begins_anew_with_less_competence_and_learns(market: Any) -> None:
    model = market()
    pars = model.world.parameters.providers
    path = live(model, 100.0, 3)
    assert path[0] == pytest.approx(pars.entry * pars.growth * 100.0)
    newcomer = next(p for p in trainers(model) if p.capacity > 0.0)
    assert newcomer.competence < pars.competence
    assert newcomer.competence >= pars.new_competence
    live(model, 100.0, 300)
    assert newcomer.competence == pytest.approx(pars.competence, abs=0.01)
    assert newcomer.competence <= pars.competence


def test_a_need_too_small_for_a_provider_is_left_to_those_that_are_there(market: Any) -> None:
    """Growth is not lost because it would be too little for somebody new."""
    alone, both = market(smallest=5.0), market(smallest=5.0)
    for model in (alone, both):
        found_providers(model.world, ordered(model, 60.0))
    one, other = (p.row for p in trainers(alone))
    alone.world.providers.capacity[[one, other]] = (66.0, 0.0)
    pars = alone.world.parameters.providers
    grown = 66.0 + pars.growth * 66.0 + pars.entry * pars.growth * 100.0
    assert live(alone, 100.0) == live(both, 100.0) == pytest.approx([grown])


def test_competence_goes_with_the_people_and_comes_back_in_time(market: Any) -> None:
    model = market(competence_regain=0.0)
    found_providers(model.world, ordered(model, 100.0))
    pars = model.world.parameters.providers
    live(model, 50.0)
    surplus = (110.0 - 55.0) * pars.layoff
    left = pars.competence * (1.0 - pars.competence_loss * surplus / 110.0)
    assert [p.competence for p in trainers(model)] == pytest.approx([left] * 2)
    slowly = market(competence_regain=0.1)
    found_providers(slowly.world, ordered(slowly, 100.0))
    slowly.world.providers.competence[:] = 0.3
    path = []
    for _ in range(3):
        live(slowly, 100.0)
        path.append(trainers(slowly)[0].competence)
    assert path == pytest.approx([0.7 - 0.4 * 0.9**k for k in (1, 2, 3)])


@pytest.mark.parametrize("reserves", [0.0, 1.0, 3.0, 12.0])
def test_without_orders_a_provider_survives_as_many_months_as_it_has_reserves(
    reserves: float, market: Any
) -> None:
    model = market(reserves=reserves)
    found_providers(model.world, ordered(model, 1000.0))
    path = live(model, 0.0, 15)
    assert sum(places > 0.0 for places in path) == reserves
    assert all(p.reserves == 0.0 for p in trainers(model))


def test_reserves_fill_again_when_orders_come_but_not_above_what_they_were(market: Any) -> None:
    model = market(reserves=6.0)
    found_providers(model.world, ordered(model, 100.0))
    live(model, 0.0, 3)
    low = trainers(model)[0].reserves
    assert low == pytest.approx(3.0)
    live(model, 1000.0, 2)
    assert low < trainers(model)[0].reserves < 6.0
    live(model, 100.0, 60)
    assert trainers(model)[0].reserves == 6.0


def test_a_provider_whose_capacity_is_used_as_far_as_breaking_even_asks_keeps_its_reserves(
    market: Any,
) -> None:
    model = market(break_even=0.5, layoff=0.0)
    found_providers(model.world, ordered(model, 100.0))
    live(model, 55.0, 24)
    assert trainers(model)[0].reserves == pytest.approx(3.0)
    live(model, 54.0, 24)
    assert trainers(model)[0].reserves < 3.0


def test_a_provider_below_the_smallest_size_gives_up(market: Any) -> None:
    model = market(smallest=10.0, reserves=36.0, entry=0.0)
    found_providers(model.world, ordered(model, 40.0))
    path = live(model, 15.0, 12)
    assert path[-1] == 0.0
    assert min(places for places in path if places > 0.0) >= 20.0
    model = market(smallest=30.0)
    found_providers(model.world, ordered(model, 40.0))
    assert trainers(model)[0].capacity == 0.0, "nor does one begin that small"


def test_the_sizes_of_providers_are_those_of_the_whole_times_the_scale(market: Any) -> None:
    whole, part = market(smallest=8.0), market(smallest=8.0)
    part.world.scale = 0.1
    found_providers(whole.world, ordered(whole, 100.0))
    found_providers(part.world, ordered(part, 10.0))
    for places in (100.0, 40.0, 0.0, 300.0):
        assert live(part, places / 10, 9) == pytest.approx([size / 10 for size in live(whole, places, 9)])


def test_providers_that_know_of_a_change_stop_growing_but_still_lay_off(toytown: Make) -> None:
    reform = {"after": "local_activation", "start": "2001-06", "announcement": 3}
    model = LabourMarket(toytown(transitions=[reform]), seed=1)
    model.world.scale = 1.0
    found_providers(model.world, ordered(model, 50.0))
    model.world.month = parse_month("2001-02")
    grown = live(model, 100.0)
    assert grown[0] > 55.0
    assert live(model, 100.0, 3) == grown * 3, "March, April, May"
    assert live(model, 100.0)[0] > grown[0]
    model.world.month = parse_month("2001-03")
    assert live(model, 20.0)[0] < grown[0]


def test_free_places_are_those_that_nobody_takes_up_to_the_fraction_of_one(market: Any) -> None:
    model = market()
    found_providers(model.world, ordered(model, 10.0))
    model.world.providers.participants[[p.row for p in trainers(model)]] = (3, 2)
    free = places_free(model.world)
    assert free[0, TRAINING] in (6, 7)
    assert free[0, TRAINING] == 11 - 5, "eleven places are no fraction"
    assert free.sum() == free[0, TRAINING]
    model.world.providers.participants[[p.row for p in trainers(model)]] = (30, 2)
    assert places_free(model.world)[0, TRAINING] == 0, "never less than none"


def test_assigned_people_go_where_places_are_free_and_holders_of_vouchers_look_at_competence_too(
    market: Any,
) -> None:
    model = market()
    found_providers(model.world, ordered(model, 1000.0))
    first, second = (p.row for p in trainers(model))
    p, e = model.world.persons, model.world.providers
    rows = np.flatnonzero(p.municipality == 0)[:400]
    measure = next(m for m in model.programme.measures if m.instrument.field == "training")

    def share_of_second(free_choice: bool) -> float:
        before = e.participants.copy()
        assign_providers(model.world, measure, rows, free_choice)
        e.participants[:] = before
        chosen = p.provider[rows].astype(np.int64) - 1
        assert set(chosen.tolist()) <= {first, second}
        return float((chosen == second).mean())

    assert share_of_second(False) == share_of_second(True) == pytest.approx(0.5, abs=0.08)
    e.competence[[first, second]] = (0.35, 0.7)
    assert share_of_second(False) == pytest.approx(0.5, abs=0.08)
    assert share_of_second(True) == pytest.approx(0.8, abs=0.08), "0.49 against 0.1225"
    e.participants[second] = int(e.capacity[second]) + 1
    assert share_of_second(True) < 0.01, "where nothing is free nobody goes"


def test_where_there_is_no_provider_nobody_delivers_and_courses_are_as_good_as_an_experienced_ones(
    market: Any,
) -> None:
    model = market()
    rows = np.arange(7)
    measure = next(m for m in model.programme.measures if m.instrument.field == "training")
    assign_providers(model.world, measure, rows)
    assert model.world.persons.provider[rows].tolist() == [0] * 7, "nobody"
    enrol(model.world, measure, rows)
    assert not model.world.persons.provider[rows].any()
    assert competence_of(model.world, rows).tolist() == [1.0] * 7


def test_a_course_gives_as_much_as_its_provider_is_competent(market: Any) -> None:
    model = market()
    found_providers(model.world, ordered(model, 1000.0))
    p, e = model.world.persons, model.world.providers
    rows = np.flatnonzero((p.status == 1) & (p.municipality == 0))[:20]
    measure = next(m for m in model.programme.measures if m.name == "further_training")
    enrol(model.world, measure, rows)
    e.competence[:] = 0.35  # half of an experienced provider's
    before = p.skill_level[rows].copy()
    p.measure_left[rows] = 1
    complete(model.world, model.programme, lambda chosen: seen_by_caseworkers(model.world, chosen))
    gained = p.skill_level[rows] - before
    assert gained == pytest.approx(0.5 * measure.instrument.skill_gain, rel=1e-4)


def test_participants_of_a_provider_that_gives_up_finish_and_the_place_is_free_for_somebody_new(
    market: Any,
) -> None:
    model = market()
    found_providers(model.world, ordered(model, 50.0))
    p = model.world.persons
    rows = np.flatnonzero((p.status == 1) & (p.municipality == 0))[:5]
    measure = next(m for m in model.programme.measures if m.name == "further_training")
    enrol(model.world, measure, rows)
    for provider in trainers(model):
        provider.give_up()
    assert (p.measure[rows] == measure.position + 1).all()
    assert places_free(model.world)[0, TRAINING] == 0
    p.measure_left[rows] = 1
    complete(model.world, model.programme, lambda chosen: seen_by_caseworkers(model.world, chosen))
    assert not p.measure[rows].any()


def test_nobody_orders_places_for_more_people_than_could_take_part(toytown: Make) -> None:
    model = LabourMarket(toytown(), seed=1)
    k = len(model.programme.measures)
    money = np.full((2, k), 1e9)
    most = np.full((2, k), 3.0)
    need = places_needed(model.world, model.programme, money, most)
    fields = [m.instrument.field for m in model.programme.measures]
    assert need[0].tolist() == [3.0 * fields.count(field) for field in FIELDS]
    few = places_needed(model.world, model.programme, np.full((2, k), 100.0), np.full((2, k), 1e9))
    for m in model.programme.measures:
        assert few[0, FIELDS.index(m.instrument.field)] > 0.0 if m.instrument.field else True


def test_every_months_participants_are_those_of_the_providers_and_hardly_more_than_their_places(
    toytown: Make,
) -> None:
    """What is handed out may exceed the places by what each measure is rounded up, and by layoffs since."""
    reform = {"after": "demand_and_support", "start": "2001-09"}
    model = LabourMarket(toytown(scale=0.1, initial="hartz_1_3", transitions=[reform]), seed=1)
    world, p = model.world, model.world.persons
    slots = world.providers.capacity.size // world.municipalities
    per_field = world.parameters.providers.per_field
    fields = [m.instrument.field for m in model.programme.measures]
    delivered = False
    while model.month <= model.end_month:
        model.step()
        entered = world.counts.entries.sum(axis=2)
        taking_part = np.flatnonzero(p.measure)
        by_slot = p.provider[taking_part].astype(int)
        needs_one = np.array([bool(fields[code - 1]) for code in p.measure[taking_part].tolist()])
        assert ((by_slot > 0) == needs_one).all(), "who needs a provider has one"
        where = p.municipality[taking_part] * slots + by_slot - 1
        told = np.bincount(where[by_slot > 0], minlength=world.providers.capacity.size)
        assert (told <= world.providers.participants).all(), "some have been hired since"
        for m in range(world.municipalities):
            for k, field in enumerate(FIELDS):
                here = slice(m * slots + k * per_field, m * slots + (k + 1) * per_field)
                places = world.providers.capacity[here].sum()
                mine = [n for n, name in enumerate(fields) if name == field]
                new = entered[m, mine].sum()
                delivered |= bool(new)
                if new:
                    assert world.providers.participants[here].sum() <= places + 1 + len(mine)
    assert delivered
