"""Vouchers: issued, redeemed with a provider of one's own choice, or lapsed; none is ever lost."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from labsim.codes import EMPLOYED, IN_MEASURE, UNEMPLOYED
from labsim.model import LabourMarket
from labsim.policy.instrument import INSTRUMENTS, load_instruments
from labsim.policy.provision import VOUCHER_MEMORY
from labsim.policy.regime import Regime
from labsim.scenario import Scenario
from labsim.state.tables import FIELDS
from labsim.units import parse_month

load_instruments()
Make = Callable[..., Scenario]
Variant = Callable[..., Regime]
TRAINING = FIELDS.index("training")
ISSUED, REDEEMED, LAPSED = 0, 1, 2
VOUCHER: dict[str, Any] = {"budget": 400.0, "months": 3, "only_good_prospects": False}
PLENTY = {"providers": {"entry": 1.0, "growth": 1.0, "smallest": 0.0}}


def vouchers(regime: Variant, name: str = "vouchers", **settings: Any) -> Regime:
    """Return a regime that offers vouchers for training and nothing else."""
    return regime(name=name, instruments={"training_voucher": VOUCHER | settings})


def held(model: LabourMarket) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the vouchers held now, (m, k)."""
    p, m, k = model.world.persons, model.world.municipalities, len(model.programme.measures)
    holders = np.flatnonzero(p.voucher)
    cell = p.municipality[holders].astype(np.int64) * k + p.voucher[holders] - 1
    return np.bincount(cell, minlength=m * k).reshape(m, k)


def test_every_voucher_is_redeemed_or_lapses_or_is_still_held(toytown: Make, regime: Variant) -> None:
    """Also when its regime ends, and through two regimes with vouchers of their own, a gap and retirements."""
    other = vouchers(regime, "others", budget=100.0, validity=6, redemption=0.3)
    passages = [
        {"after": "others", "start": "2001-06", "gap": 2},
        {"after": "local_activation", "start": "2001-12", "months": 3, "shape": "linear"},
    ]
    model = LabourMarket(
        toytown(scale=0.2, initial="vouchers", regimes=[vouchers(regime), other], transitions=passages),
        seed=1,
    )
    names = [m.name for m in model.programme.measures]
    assert names.count("training_voucher") == 2, "two measures: the budgets differ"
    balance, total = held(model), np.zeros((2, len(names), 3), np.int64)
    assert not balance.any()
    while model.month <= model.end_month:
        model.step()
        moved = model.world.counts.vouchers
        balance = balance + moved[..., ISSUED] - moved[..., REDEEMED] - moved[..., LAPSED]
        assert (balance == held(model)).all()
        assert (moved[..., REDEEMED] == model.world.counts.entries.sum(axis=2) * [
            name == "training_voucher" for name in names
        ]).all()  # fmt: skip
        total += moved
    mine = [k for k, name in enumerate(names) if name == "training_voucher"]
    assert (total[:, mine].sum(axis=0) > 5).all(), "some are issued, redeemed and lapse under both regimes"
    assert not held(model).any(), "half a year after the last was issued"


@pytest.mark.parametrize("validity", [1, 2, 5])
def test_a_voucher_can_be_redeemed_in_the_months_of_its_validity_after_the_one_of_issue(
    validity: int, toytown: Make, regime: Variant
) -> None:
    rules = vouchers(regime, validity=validity)
    scenario = toytown(scale=0.2, initial="vouchers", regimes=[rules], parameters=PLENTY, end="2001-12")
    model = LabourMarket(scenario, seed=1)
    p = model.world.persons
    since: dict[int, int] = {}
    ages = []
    while model.month <= model.end_month:
        month = model.month
        model.step()
        now = set(np.flatnonzero(p.voucher).tolist())
        for row in [row for row in since if row not in now]:
            age = month - since.pop(row)
            if p.measure[row] == 1 and p.measure_left[row] == 3:
                ages.append(age)
            assert 1 <= age <= validity
        assert all(month - since.get(row, month) < validity for row in now)
        since |= {row: month for row in now if row not in since}
    assert set(ages) == set(range(1, validity + 1))


def test_whoever_finds_work_or_leaves_the_register_loses_the_voucher(toytown: Make, regime: Variant) -> None:
    rules = vouchers(regime, validity=12, redemption=0.0, redemption_slope=0.0)
    model = LabourMarket(toytown(scale=0.2, initial="vouchers", regimes=[rules], end="2001-12"), seed=1)
    p, ended = model.world.persons, 0
    while model.month <= model.end_month:
        out = (p.voucher > 0) & (p.status != UNEMPLOYED)
        model.step()
        new = p.voucher_left == 12
        assert not (p.voucher[out & ~new] > 0).any(), "also if the job was lost again at once"
        ended += int((out & (p.voucher == 0)).sum())
    assert ended > 20


def test_holders_are_not_given_another_place_or_voucher(toytown: Make, regime: Variant) -> None:
    both = {"training_voucher": VOUCHER | {"validity": 12}, "short_course": {"budget": 2000.0}}
    model = LabourMarket(
        toytown(scale=0.1, initial="x", regimes=[regime(name="x", instruments=both)], end="2001-08"), seed=1
    )
    p, holders = model.world.persons, 0
    names = [m.name for m in model.programme.measures]
    while model.month <= model.end_month:
        model.step()
        holding = p.voucher > 0
        holders += int(holding.sum())
        assert not p.measure[holding].any()
        assert {names[code - 1] for code in p.voucher[holding].tolist()} <= {"training_voucher"}
    assert holders > 20


def test_without_a_provider_a_voucher_lapses(toytown: Make, regime: Variant) -> None:
    nothing = regime(name="nothing", instruments={})
    passage = {"after": "vouchers", "start": "2001-02"}
    scenario = toytown(
        scale=0.1,
        initial="nothing",
        regimes=[nothing, vouchers(regime)],
        transitions=[passage],
        parameters={"providers": {"entry": 0.0}},
        end="2001-12",
    )
    model = LabourMarket(scenario, seed=1)
    total = np.zeros(3, np.int64)
    while model.month <= model.end_month:
        model.step()
        total += model.world.counts.vouchers.sum(axis=(0, 1))
    assert total[ISSUED] > 20
    assert total[REDEEMED] == 0
    assert total[LAPSED] > 20
    assert model.world.counts.costs.sum() == 0, "nobody pays for a voucher that nobody redeems"


def test_those_near_to_the_market_redeem_more_often_and_over_its_validity_as_declared() -> None:
    voucher: Any = INSTRUMENTS["training_voucher"].model_validate(
        {"redemption": 0.6, "redemption_slope": 0.2, "validity": 3}
    )
    seen: Any = SimpleNamespace(closeness=np.array([-9.0, -0.5, 0.5, 1.5, 9.0]))
    monthly = voucher.redeemed_each_month(seen)
    in_time = 1.0 - (1.0 - monthly) ** 3
    assert in_time.tolist() == pytest.approx([0.02, 0.4, 0.6, 0.8, 0.98])


def test_switched_off_the_slope_makes_all_alike() -> None:
    voucher: Any = INSTRUMENTS["training_voucher"].model_validate({"redemption_slope": 0.0})
    seen: Any = SimpleNamespace(closeness=np.array([-2.0, 0.0, 2.0]))
    assert np.unique(voucher.redeemed_each_month(seen)).size == 1


def test_demand_for_places_is_what_holders_ask_for_times_the_length_of_each_course(
    toytown: Make, regime: Variant
) -> None:
    """Under two regimes at a time each voucher's demand counts once, with the length of its own course."""
    long = vouchers(regime, "long", months=10, budget=1000.0)
    passage = {"after": "long", "start": "2001-04", "months": 12, "shape": "linear", "grandfathered": "none"}
    scenario = toytown(
        scale=0.2,
        initial="vouchers",
        regimes=[vouchers(regime), long],
        transitions=[passage],
        parameters=PLENTY,
    )
    model = LabourMarket(scenario, seed=1).run(until=parse_month("2001-10"))
    redeemed = np.zeros(2, np.int64)
    for _ in range(6):
        before = model.world.memory.voucher_demand.copy()
        model.step()
        moved = model.world.counts.vouchers[..., REDEEMED]
        places = moved @ np.array([m.instrument.months for m in model.programme.measures])
        asked = (model.world.memory.voucher_demand - VOUCHER_MEMORY * before) / (1.0 - VOUCHER_MEMORY)
        assert (asked[:, TRAINING] >= places - 1e-6).all()
        unserved = np.round(asked[:, TRAINING] - places)
        assert (unserved <= 10 * held(model).sum(axis=1)).all(), "who found no place holds on to the voucher"
        redeemed += moved.sum(axis=0)
    assert (redeemed > 3).all()


def test_a_redeemed_voucher_is_an_ordinary_course(toytown: Make, regime: Variant) -> None:
    scenario = toytown(
        scale=0.2, initial="vouchers", regimes=[vouchers(regime)], parameters=PLENTY, end="2001-12"
    )
    model = LabourMarket(scenario, seed=1)
    p, seen = model.world.persons, 0
    while model.month <= model.end_month:
        model.step()
        here = p.measure == 1
        assert (p.voucher[here] == 0).all()
        assert (p.status[here] == IN_MEASURE).all()
        assert (p.provider[here] > 0).all()
        assert not (here & (p.status == EMPLOYED)).any()
        seen += int(here.sum())
    assert seen > 50
