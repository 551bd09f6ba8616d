"""What delivery computes in kernels or for all at once gives the bits of the plain rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from labsim.model import LabourMarket
from labsim.policy.accounts import divided
from labsim.policy.enrolment import assign_providers
from labsim.policy.programme import terms
from labsim.rng import Purpose, uniforms
from labsim.scenario import Scenario
from labsim.state.tables import FIELDS
from labsim.state.world import World

Make = Callable[..., Scenario]


def divided_plainly(cents: Any, shares: Any) -> Any:
    """Divide with NumPy: whole cents below, the rest to the largest remainders, the first of equal ones."""
    exact = np.round(cents[:, np.newaxis] * (shares / shares.sum()), 6)
    out = np.floor(exact).astype(np.int64)
    rank = np.argsort(np.argsort(out - exact, axis=1, kind="stable"), axis=1, kind="stable")
    return out + (rank < (cents - out.sum(axis=1))[:, np.newaxis])


@pytest.mark.parametrize("seed", range(40))
def test_costs_are_divided_as_numpy_divides_them(seed: int) -> None:
    drawn = uniforms(seed, Purpose.TRIAL, 0, np.arange(60))
    cents = np.floor(drawn[:, 0] * 10.0 ** (1 + seed % 9)).astype(np.int64)
    shares = np.array([drawn[0, 1], drawn[1, 1], 0.0, drawn[2, 1] if seed % 2 else drawn[0, 1], 0.0])
    found = divided(cents, shares)
    assert (found == divided_plainly(cents, shares)).all()
    assert (found.sum(axis=1) == cents).all()


def provider_by_the_plain_rule(
    world: World, m: Any, field: int, rows: Any, free_choice: bool
) -> NDArray[np.int64]:
    """Return the providers (slots in the municipality, 0..) of new participants, (n,); -1 where there is none.

    Each lives in one of ``m`` (n,). Assigned people go where places are free; voucher holders, who choose themselves,
    also look at competence. What `labsim.kernels.delivery.choose_provider` does one by one.
    """
    e, per_field = world.providers, world.parameters.providers.per_field
    shape = (world.municipalities, len(FIELDS), per_field)
    capacity = e.capacity.reshape(shape)[:, field]
    free = np.maximum(capacity - e.participants.reshape(shape)[:, field], 0.0)
    weight = free + 1e-6 * (capacity > 0.0)
    if free_choice:
        weight = weight * e.competence.reshape(shape)[:, field] ** 2
    total = weight.sum(axis=1, keepdims=True)
    cumulated = np.cumsum(weight, axis=1) / np.where(total > 0.0, total, 1.0)
    lots = uniforms(world.key, Purpose.PROVIDER, world.month, rows, 1)[:, 0]
    below = cumulated[m] <= lots[:, np.newaxis]  # (n, per_field): cumulated shares only rise
    chosen = np.minimum(below.sum(axis=1), per_field - 1)
    return np.where(total[m, 0] > 0.0, field * per_field + chosen, -1)


@pytest.mark.parametrize("per_field", [1, 2, 5, 6])
@pytest.mark.parametrize("free_choice", [False, True])
def test_people_get_the_providers_that_the_plain_rule_gives_them(
    toytown: Make, per_field: int, free_choice: bool
) -> None:
    model = LabourMarket(toytown(parameters={"providers": {"per_field": per_field}}), seed=3)
    world = model.world
    p, e = world.persons, world.providers
    drawn = uniforms(world.key, Purpose.TRIAL, 0, np.arange(e.capacity.size))
    e.capacity[:] = np.where(drawn[:, 0] < 0.3, 0.0, 40.0 * drawn[:, 1])
    e.participants[:] = (30.0 * drawn[:, 2]).astype(np.int32)
    e.competence[:] = drawn[:, 3]
    measure = next(k for k in model.programme.measures if k.instrument.field == "training")
    rows = np.arange(0, world.size, 3)
    where, before = p.municipality[rows].astype(np.int64), e.participants.copy()
    wanted = provider_by_the_plain_rule(world, where, FIELDS.index("training"), rows, free_choice)
    assign_providers(world, measure, rows, free_choice)
    assert (p.provider[rows] == wanted + 1).all()
    slots = len(FIELDS) * per_field
    came = np.bincount(where[wanted >= 0] * slots + wanted[wanted >= 0], minlength=e.capacity.size)
    assert (e.participants - before == came).all()
    assert len(set(wanted.tolist())) == per_field or per_field == 1 or (wanted >= 0).any()


def test_what_is_looked_up_once_for_a_programme_is_what_its_measures_say(toytown: Make) -> None:
    reform = {"after": "demand_and_support", "start": "2001-09"}
    programme = LabourMarket(toytown(initial="hartz_1_3", transitions=[reform]), seed=1).programme
    told = terms(programme)
    assert terms(programme) is told
    assert sorted(k for _, positions in told.by_payers for k in positions.tolist()) == list(
        range(len(programme.measures))
    )
    for k, measure in enumerate(programme.measures):
        instrument = measure.instrument
        assert (told.prices[k], told.costs[k], told.fees[k]) == (
            instrument.price,
            instrument.cost,
            instrument.success_fee,
        )
        assert told.ordered[k] == (bool(instrument.field) and not instrument.voucher)
        assert k in told.by_funder[instrument.funded_by]
