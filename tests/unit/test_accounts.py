"""Payers and their shares: what is divided adds up to the cent, and somebody pays for everything."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsim.policy.accounts import book, divided
from labsim.policy.funding import FUNDERS, PAYERS, USES, Funding, Payers
from labsim.policy.regime import Regime

Variant = Callable[..., Regime]
AMOUNTS = st.integers(0, 10**12)


@st.composite
def shares(draw: st.DrawFn) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return shares of the payers as somebody may write them: parts of a whole, rounded to a few digits."""
    parts = draw(st.lists(st.integers(0, 9), min_size=5, max_size=5).filter(any))
    exact = np.array(parts) / sum(parts)
    rounded = np.round(exact, draw(st.sampled_from([1, 2, 9, 12])))
    return rounded if abs(rounded.sum() - 1.0) <= 1e-9 else exact


@given(cents=st.lists(AMOUNTS, min_size=1, max_size=4), by=shares())
def test_what_is_divided_adds_up_to_the_cent_and_nobody_pays_a_cent_more_than_the_next(
    cents: list[int], by: np.ndarray[Any, np.dtype[np.float64]]
) -> None:
    paid = divided(np.array(cents), by)
    assert paid.sum(axis=1).tolist() == cents
    assert (paid >= 0).all()
    due = np.array(cents)[:, np.newaxis] * (by / by.sum())
    assert np.abs(paid - due).max() < 1.0 + 1e-12 * max(cents)
    assert (paid[:, by == 0.0] == 0).all(), "who has no share pays nothing"


def test_thirds_written_with_nine_digits_balance_for_the_largest_city() -> None:
    """A tolerance in the shares must not become missing cents: ten billion euros are a trillion cents."""
    thirds = np.array([0.333333333, 0.333333333, 0.333333333, 0.0, 0.0])
    assert divided(np.array([10**12]), thirds).sum() == 10**12


def test_the_cents_that_rounding_leaves_go_to_the_largest_remainders() -> None:
    assert divided(np.array([101]), np.array([0.5, 0.3, 0.2, 0.0, 0.0])).tolist() == [[51, 30, 20, 0, 0]]
    assert divided(np.array([1]), np.array([0.2, 0.2, 0.2, 0.2, 0.2])).tolist() == [[1, 0, 0, 0, 0]]


def test_a_booking_has_a_use_and_payers_and_adds_to_what_is_there() -> None:
    counts = SimpleNamespace(uses=np.zeros((2, 6), np.int64), payments=np.zeros((2, 5, 6), np.int64))
    world: Any = SimpleNamespace(counts=counts)
    halves = np.array([0.5, 0.0, 0.0, 0.5, 0.0])
    for cents in ([3, 10], [0, 0], [5, 0]):
        book(world, 3, np.array(cents), halves)
    assert counts.uses[:, 3].tolist() == [8, 10]
    assert counts.payments[:, :, 3].tolist() == [[5, 0, 0, 3, 0], [5, 0, 0, 5, 0]]
    assert counts.uses.sum() == counts.payments.sum() == 18


def test_shares_stand_in_the_order_of_the_payers() -> None:
    assert Payers(insurance=0.1, federal=0.2, state=0.3, municipality=0.15, employer=0.25).shares.tolist() == [
        0.1, 0.2, 0.3, 0.15, 0.25,
    ]  # fmt: skip
    assert tuple(Payers.model_fields) == PAYERS
    assert Payers().total == 0.0
    assert Payers(federal=0.7, state=0.3).total == 1.0


def test_who_funds_a_measure_decides_who_pays_it() -> None:
    funding = Funding(
        agency_measures=Payers(federal=1.0),
        municipal_measures=Payers(municipality=1.0),
        regional_measures=Payers(state=1.0),
    )
    paid = {funder: funding.of_measures(funder) for funder in FUNDERS}
    assert paid["agency"].federal == paid["municipality"].municipality == paid["regional_budget"].state == 1.0


def test_by_default_somebody_pays_for_everything() -> None:
    for name in Funding.model_fields:
        assert getattr(Funding(), name).total == 1.0
    assert len(USES) == len(set(USES)) == 6


@pytest.mark.parametrize("name", [name for name in Funding.model_fields if not name.endswith("_measures")])
def test_what_is_paid_under_every_regime_cannot_be_without_a_payer(name: str, regime: Variant) -> None:
    with pytest.raises(ValueError, match=f"funding.{name} names nobody, but somebody must pay"):
        regime(funding={name: {}})


def test_measures_that_nobody_funds_need_no_payer(regime: Variant) -> None:
    rules = regime(funding={"regional_measures": {}}, instruments={"short_course": {"budget": 1.0}})
    assert rules.funding.regional_measures.total == 0.0
    with pytest.raises(ValueError, match=r"instruments.short_course has a budget without payer"):
        regime(funding={"agency_measures": {}}, instruments={"short_course": {"budget": 1.0}})


@pytest.mark.parametrize("total", [0.99, 1.000001, 2.0])
def test_shares_that_do_not_add_up_to_one_are_refused(total: float, regime: Variant) -> None:
    with pytest.raises(ValueError, match="must add up to 1"):
        regime(funding={"assistance": {"federal": total / 2, "state": total / 2}})
    with pytest.raises(ValueError, match="must add up to 1"):
        regime(instruments={"short_course": {"payers": {"federal": total / 2, "state": total / 2}}})
