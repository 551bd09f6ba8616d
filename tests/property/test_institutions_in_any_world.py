"""Governance of a municipality of its own, and institutions that stay within their means in any world."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from labsim.model import LabourMarket
from labsim.policy import completion
from labsim.policy.funding import USES
from labsim.policy.regime import Regime
from labsim.scenario import Scenario
from labsim.state.checkpoint import state_arrays
from labsim.state.network import mean_strength
from labsim.units import parse_month

Make = Callable[..., Scenario]


Variant = Callable[..., Regime]


Counts = np.ndarray[Any, np.dtype[np.int64]]


OWN = {"funded_by": "municipality"}


MEASURES: dict[str, dict[str, Any]] = {
    "further_training": {"budget": 60.0, "months": 3},
    "short_course": {"budget": 20.0},
    "training_voucher": {"budget": 40.0, "months": 3},
    "wage_subsidy": {"budget": 20.0},
    "linked_employment": {"budget": 40.0, "months": 4} | OWN,
    "school_to_work": {"budget": 40.0, "months": 4, "payers": {"federal": 1.0}} | OWN,
    "employability_support": {"budget": 10.0} | OWN,
}


PLAIN: dict[str, dict[str, Any]] = {
    "casework": {"insurance_principle": 0.0, "record_response": 0.0},
    "local_policy": {"cushioning": 0.0, "room_response": 0.0, "joint_activity": 0.8},
    "governance": {
        "mode": "joint",
        "local_choice": 0.0,
        "cost_shifting": 0.0,
        "referral_reach": 1.0,
        "negotiation": 0,
        "coordination_cost": 0.0,
        "coordination_time": 0.0,
        "clientelism": 0.0,
    },
}


def rules(regime: Variant, name: str = "x", instruments: Any = None, **changes: dict[str, Any]) -> Regime:
    """Return a regime with agency, municipal and voucher measures in which all is off but what ``changes`` say."""
    groups = {group: values | changes.pop(group, {}) for group, values in PLAIN.items()}
    return regime(
        name=name, instruments=MEASURES if instruments is None else instruments, **groups, **changes
    )


def set_aside(model: LabourMarket) -> dict[str, Counts]:
    """Return the month's money by measure, cents by municipality."""
    return {m.name: model.world.counts.budgets[:, m.position] for m in model.programme.measures}


@pytest.mark.parametrize("month", [0, 5])
def test_a_municipalitys_own_governance_acts_there_and_from_its_month_on(
    month: int, toytown: Make, regime: Variant, differing: Any
) -> None:
    start = parse_month("2001-01") + month
    change = {"municipality": "Lower Toytown", "start": f"2001-{month + 1:02d}", "mode": "municipal"}
    settings_ = {"local_choice": 1.0, "clientelism": 0.0, "coordination_cost": 7.0}
    with_it, without = (
        LabourMarket(
            toytown(scale=0.1, initial="x", regimes=[rules(regime)], burn_in=2, governance=governance), seed=3
        )
        for governance in ((change | settings_,), ())
    )
    while with_it.month < start:
        with_it.step()
        without.step()
        assert differing(with_it.world, without.world) == []
    with_it.step()
    without.step()
    here, there = 1, 0
    coordination = with_it.world.counts.uses[:, USES.index("coordination")]
    assert coordination[here] > 0
    assert coordination[there] == 0
    mine, theirs = set_aside(with_it), set_aside(without)
    assert all(mine[name][there] == theirs[name][there] for name in mine)
    assert any(mine[name][here] != theirs[name][here] for name in mine)
    assert [g.mode for g in with_it.world.governance] == ["joint", "municipal"]


def test_changes_of_governance_follow_one_another_and_keep_what_they_do_not_name(
    toytown: Make, regime: Variant
) -> None:
    changes = [
        {"municipality": "Upper Toytown", "start": "2001-06", "mode": "networked"},
        {"municipality": "Upper Toytown", "start": "2001-03", "mode": "municipal", "local_choice": 0.7},
    ]
    model = LabourMarket(toytown(initial="x", regimes=[rules(regime)], governance=changes), seed=3)
    seen = []
    for _ in range(7):
        model.step()
        upper = model.world.governance[0]
        seen.append((upper.mode, upper.local_choice))
        assert model.world.governance[1].mode == "joint"
    assert seen == [("joint", 0.0)] * 2 + [("municipal", 0.7)] * 3 + [("networked", 0.7)] * 2


def check_providers(model: LabourMarket) -> None:
    """Capacity, competence, reserves and ties lie where they can; what gave up has nothing left."""
    e, pars = model.world.providers, model.world.parameters.providers
    assert (e.capacity >= 0.0).all()
    assert ((e.competence >= 0.0) & (e.competence <= 1.0)).all()
    assert (e.reserves <= pars.reserves).all()
    gone = e.capacity == 0.0
    assert not e.reserves[gone].any()
    alive = e.capacity[~gone]
    assert (alive >= pars.smallest * model.world.scale).all()
    edges = model.world.memory.edges
    assert ((edges >= 0.0) & (edges <= 1.0)).all()
    assert mean_strength(edges, np.ones(edges.shape, bool)).shape == model.world.memory.ties.shape


def check_places(model: LabourMarket) -> None:
    """Measures and vouchers are those of the programme; nobody has two things at a time; money is never owed."""
    p, k = model.world.persons, len(model.programme.measures)
    assert p.measure.max(initial=0) <= k
    assert p.voucher.max(initial=0) <= k
    assert not ((p.measure > 0) & (p.voucher > 0)).any()
    assert ((p.measure > 0) == (p.measure_left > 0)).all()
    assert (p.voucher_left[p.voucher > 0] > 0).all()
    counts = model.world.counts
    for name in ("entries", "participants", "costs", "budgets", "uses", "payments", "vouchers", "followed"):
        assert (getattr(counts, name) >= 0).all(), name
    assert (counts.followed[..., 1] <= counts.followed[..., 0]).all()
    assert (counts.reached[..., :2].sum(axis=1) <= counts.entries.sum(axis=(1, 2))[:, np.newaxis]).all()
    memory = model.world.memory
    known = memory.record >= 0.0
    assert (memory.record[known] <= 1.0).all()
    assert (memory.jobs >= 0.0).all()
    people = model.world.residents.sum(axis=1)
    opened = memory.jobs.sum(axis=1) + memory.lasting_jobs
    assert (opened <= model.world.parameters.municipal.job_potential * people + 1e-6).all()


def test_institutions_stay_within_their_means_in_any_world(
    random_scenarios: Callable[..., st.SearchStrategy[Any]],
) -> None:
    held: Counts = np.zeros(0, np.int64)

    @seed(31)
    @settings(max_examples=12)
    @given(random_scenarios(start="2001-09", months=3, shape="linear", unit="municipality"))
    def within(drawn: Any) -> None:
        nonlocal held
        model = LabourMarket(drawn.scenario, seed=drawn.seed)
        m, k = model.world.municipalities, max(len(model.programme.measures), 1)
        held = np.zeros((m, k), np.int64)
        for _ in range(8):
            model.step()
            check_providers(model)
            check_places(model)
            p, moved = model.world.persons, model.world.counts.vouchers
            held += moved[..., 0] - moved[..., 1] - moved[..., 2]
            cell = p.municipality.astype(np.int64) * k + p.voucher - 1
            assert (np.bincount(cell[p.voucher > 0], minlength=m * k).reshape(m, k) == held).all()
            assert all(np.isfinite(values).all() for values in state_arrays(model.world).values())

    within()


def test_courses_give_more_where_the_actors_know_each_other(toytown: Make, regime: Variant) -> None:
    x = rules(regime, instruments={"further_training": {"budget": 200.0, "months": 2}})
    gained = {}
    for initial in (0.0, 0.3, 1.0):
        ties = {"initial": initial, "growth": 0.0, "decay": 0.0, "fit": 0.5, "profiling": 0.0}
        model = LabourMarket(toytown(scale=0.1, initial="x", regimes=[x], parameters={"ties": ties}), seed=3)
        before = model.world.persons.skill_level.copy()
        for _ in range(3):
            model.step()
        change = model.world.persons.skill_level - before
        gained[initial] = float(change[(change > 0.0) & (change < 0.5)].mean())
    assert gained[0.0] == pytest.approx(gained[0.3], rel=1e-3), (
        "1 at the ties of the start, whatever they are"
    )
    model.world.memory.ties[:] = 0.0
    assert completion.fit(model.world, np.arange(3)).tolist() == [0.5] * 3
