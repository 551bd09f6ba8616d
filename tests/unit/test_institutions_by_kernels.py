"""What budgets, places and providers get from kernels has the bits of the plain rules that agents follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labsim.kernels.budgets import MOST, Wishes, added, divide_on_the_spot
from labsim.kernels.delivery import RationTerms, choose_first, count_between, ration
from labsim.kernels.provision import added_up, rounded
from labsim.model import LabourMarket
from labsim.policy import provision
from labsim.rng import Purpose, uniforms
from labsim.scenario import Scenario
from labsim.state.institutions import Municipality
from labsim.state.institutions.base import averages, first_places
from labsim.state.tables import FIELDS

Make = Callable[..., Scenario]
KEY, MONTH = np.uint64(77), 24_000


def drawn(seed: int, n: int) -> Any:
    """Return four columns of uniform numbers."""
    return uniforms(seed, Purpose.TRIAL, 0, np.arange(n))


@settings(max_examples=400)
@given(st.floats(-1e5, 1e5) | st.integers(0, 10**15).map(lambda n: (n + 0.5) / 1e12))
def test_a_kernel_rounds_as_python_does(x: float) -> None:
    for near in (x, float(np.nextafter(x, np.inf)), float(np.nextafter(x, -np.inf))):
        assert rounded(near) == round(near, 12)


def test_ties_and_zeros_round_as_python_rounds_them() -> None:
    ties = [k / 2.0**13 for k in range(1, 400, 2)] + [
        8191.999999999999,
        4096.000000000001,
        8192.0,
        5e-13,
        1e-320,
    ]
    for x in [*ties, *(-x for x in ties), 0.0]:
        assert str(rounded(x)) == str(round(x, 12))


@given(st.lists(st.floats(0.0, 1e6), max_size=8))
def test_a_kernel_adds_up_as_pythons_sum(values: list[float]) -> None:
    assert added_up(np.array(values), 0, len(values)) == float(sum(values))


@given(st.integers(0, MOST), st.integers(0, 50))
def test_a_kernel_adds_a_row_as_numpy_does(n: int, seed: int) -> None:
    values = drawn(seed, MOST)[:, 0] * 10.0 ** (6.0 * drawn(seed, MOST)[:, 1])
    assert added(values, n) == float(values[:n].sum())


def lives(toytown: Make, seed: int, per_field: int) -> Iterator[tuple[Any, Any]]:
    """Yield the providers' table after every month of a year, by kernel and by each agent's own method."""
    models = [
        LabourMarket(toytown(parameters={"providers": {"per_field": per_field}}), seed=seed) for _ in range(2)
    ]
    for month in range(12):
        numbers = drawn(100 * seed + month, models[0].world.municipalities * len(FIELDS))
        need = np.where(numbers[:, 0] < 0.3, 0.0, 40.0 * numbers[:, 1]).reshape(-1, len(FIELDS))
        for model, own in zip(models, (False, True), strict=True):
            world = model.world
            if month == 0:
                provision.found_providers(world, need)
            e = world.providers
            if own:
                shape = (world.municipalities, len(FIELDS), per_field)
                total, stopped = e.capacity.reshape(shape).sum(axis=2), np.zeros(world.municipalities, bool)
                provision._by_their_own_rules(world, need, total, stopped)
            else:
                provision.provide(world, need)
        yield models[0].world.providers, models[1].world.providers


@pytest.mark.parametrize("per_field", [1, 2, 6])
@pytest.mark.parametrize("seed", range(5))
def test_providers_live_by_the_kernel_as_by_their_own_methods(
    toytown: Make, seed: int, per_field: int
) -> None:
    gone, came = 0, 0
    before = None
    for by_kernel, by_method in lives(toytown, seed, per_field):
        for name, values in by_kernel._asdict().items():
            assert np.array_equal(values, getattr(by_method, name)), name
        alive = by_kernel.capacity > 0.0
        if before is not None:
            gone, came = gone + int((before & ~alive).sum()), came + int((alive & ~before).sum())
        before = alive.copy()
    assert gone
    assert came


@pytest.mark.parametrize("seed", range(30))
def test_those_with_the_least_get_the_places(seed: int) -> None:
    n, bounds = 60, np.array([0, 25, 25, 60])
    numbers = drawn(seed, n)
    last, free, eligible = numbers[:, 0].copy(), numbers[:, 1] < 0.8, numbers[:, 2] < 0.7
    places = np.array([seed % 12, 3, seed % 40])
    chosen = np.empty(n, np.int64)
    taken = choose_first(last, free, eligible, bounds, places, np.empty(n), chosen)
    wanted = []
    for m in (0, 2):
        here = np.flatnonzero(free & eligible)
        here = here[(here >= bounds[m]) & (here < bounds[m + 1])]
        few = here.size > places[m] > 0
        wanted += (
            here[first_places(last[here], places[m])].tolist() if few else here.tolist() * bool(places[m])
        )
    assert chosen[:taken].tolist() == wanted


def test_who_is_equal_at_the_limit_is_left_to_numpy() -> None:
    last, yes, chosen = np.array([0.2, 0.1, 0.2, 0.3]), np.ones(4, bool), np.empty(4, np.int64)
    bounds = np.array([0, 4])
    for places, taken in ((1, 1), (2, -1), (3, 3), (4, 4), (0, 0)):
        assert choose_first(last, yes, yes, bounds, np.array([places]), np.empty(4), chosen) == taken


def test_who_is_eligible_is_counted_by_municipality() -> None:
    table = drawn(3, 90)[:, :3].T < 0.4
    bounds, number = np.array([0, 0, 30, 90]), np.zeros((3, 3), np.int64)
    count_between(table, bounds, number)
    assert number.tolist() == [[row[a:b].sum() for a, b in ((0, 0), (0, 30), (30, 90))] for row in table]


@pytest.mark.parametrize("seed", range(20))
def test_entries_are_rationed_as_numpy_rations_them(seed: int) -> None:
    m, k, fields = 5, 7, 3
    numbers = drawn(seed, m * k)
    money = (4000.0 * numbers[:, 0] * (numbers[:, 1] < 0.7)).reshape(m, k)
    prices, names = 100.0 + 400.0 * numbers[:k, 2], np.arange(k) * 7919 + 13
    field, ordered = np.arange(k) % (fields + 1) - 1, np.arange(k) % (fields + 1) > 0
    free = (12.0 * drawn(seed + 100, m * fields)[:, 0]).astype(np.int64).reshape(m, fields)
    positions = np.array([0, 1, 2, 4, 5, 6])

    def lots(index: int) -> Any:
        entity = np.arange(m) + (names[:, np.newaxis] << 24)
        return uniforms(int(KEY), Purpose.PLACES, MONTH, entity.reshape(-1), index)[:, 0].reshape(-1, m)

    wanted = np.zeros((k, m), np.int64)
    bought = money.T[positions] / prices[positions, np.newaxis]
    wanted[positions] = np.floor(np.round(bought, 9) + lots(0)[positions])
    asked, those = np.zeros((m, fields), np.int64), [p for p in positions if ordered[p]]
    np.add.at(asked.T, field[those], wanted[those])
    part = wanted[those] * free.T[field[those]] / np.maximum(asked.T[field[those]], 1)
    cut = np.floor(np.round(part, 9) + lots(1)[those]).astype(np.int64)
    short = (asked > free).T[field[those]]
    wanted[those] = np.where(short, np.minimum(cut, wanted[those]), wanted[those])

    entries = np.zeros((k, m), np.int64)
    told = RationTerms(positions, names, prices, field, ordered)
    ration(money, told, free, KEY, MONTH, np.zeros((m, fields), np.int64), entries)
    assert (entries == wanted).all()
    assert short.any()


@pytest.mark.parametrize("n", [1, 3, 8, 21])
@pytest.mark.parametrize("seed", range(8))
def test_budgets_are_divided_anew_as_every_municipality_divides_them(seed: int, n: int) -> None:
    m, k = 6, n + 2
    numbers, more = drawn(seed, m * k), drawn(seed + 50, max(m, k))
    money = (1e5 * numbers[:, 0] * (numbers[:, 1] < 0.8)).reshape(m, k)
    money[1] = 0.0
    ks, need = np.arange(1, n + 1), 2.0 * drawn(seed + 80, m * 4)[:, 0].reshape(m, 4)
    weights = np.where(more[:m, :2] < 0.25, 0.0, more[:m, :2])
    part = np.array([0.0, 1.0, 0.5, 1.0, 0.5, 1.0])
    of = Wishes(part, weights[:, 0], weights[:, 1], need, np.arange(k) % 4, more[:k, 2].copy())
    wanted = money.copy()
    town: Any = Municipality.__new__(Municipality)
    for row in range(m):
        if part[row] > 0.0:
            asked = need[row, of.serves[ks]], of.own[ks]
            wanted[row, ks] = town.divide(
                money[row, ks], *asked, float(part[row] * of.local[row]), float(part[row] * of.shift[row])
            )
    found = money.copy()
    divide_on_the_spot(found, ks, of, np.empty((2, MOST)))
    assert np.array_equal(found, wanted)
    assert not np.array_equal(found, money)


def test_an_average_over_clients_is_of_this_months_clients(toytown: Make) -> None:
    world = LabourMarket(toytown(), seed=1).world
    values = np.array([0.25, 0.75])
    world.clients = np.array([[30, 10], [0, 0]])
    assert averages(world, values) == [0.375, 0.25]
    assert averages(world, values) is averages(world, values)
    world.entry_regime = 1
    assert averages(world, values) == [0.375, 0.75]
    world.clients = np.array([[10, 30], [4, 0]])
    assert averages(world, values) == [0.625, 0.25]
    assert averages(world, np.array([1.0, 2.0])) == [1.75, 1.0]


def test_nobody_writes_to_the_clients_of_a_month(toytown: Make) -> None:
    model = LabourMarket(toytown(), seed=1)
    model.step()
    with pytest.raises(ValueError, match="read-only"):
        model.world.clients[0, 0] = 5
