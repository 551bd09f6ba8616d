"""Transitions together with institutions: reorganised agencies, pilots, chains, runs resumed in the middle of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from labsim.codes import ENTRY_AGE, IN_MEASURE, INACTIVE, UNEMPLOYED
from labsim.model import LabourMarket
from labsim.policy.regime import Regime
from labsim.scenario import Scenario
from labsim.state.network import of_agency
from labsim.units import parse_month

Make = Callable[..., Scenario]


Variant = Callable[..., Regime]


Counts = np.ndarray[Any, np.dtype[np.int64]]


START = parse_month("2001-07")
OLD, NEW = 0, 1


def to(after: str, **settings_: Any) -> dict[str, Any]:
    return {"after": after, "start": "2001-07"} | settings_


def two_courses(regime: Variant, **new: Any) -> list[Regime]:
    """Return an old regime with courses and a new one that links them with work, where nobody leaves early."""
    inside = {"budget": 300.0, "months": 4, "lock_in": 1.0, "min_months_unemployed": 0}
    return [
        regime(name="old", instruments={"further_training": inside}),
        regime(name="new", instruments={"linked_employment": inside}, **new),
    ]


class Watched:
    """A run with two regimes; entries and participants of their measures month by month."""

    def __init__(self, scenario: Scenario) -> None:
        self.model = LabourMarket(scenario, seed=6)
        self.entries: dict[int, Counts] = {}
        self.under: dict[int, Counts] = {}
        self.participants: dict[int, Counts] = {}
        self.budgets: dict[int, Counts] = {}
        world, p = self.model.world, self.model.world.persons
        while self.model.month <= self.model.end_month:
            month = self.model.month
            before = p.measure.copy()
            self.model.step()
            self.entries[month] = world.counts.entries.sum(axis=2)
            self.participants[month] = world.counts.participants.copy()
            self.budgets[month] = world.counts.budgets.copy()
            began = np.flatnonzero((p.measure > 0) & (before == 0))
            self.under[month] = np.array([p.measure[began], p.regime[began], p.municipality[began]])

    def total(self, table: str, measure: int, first: int, last: int) -> int:
        """Return a measure's sum over months (counted from the start), both inclusive."""
        months: dict[int, Counts] = getattr(self, table)
        return int(sum(months[START + k][:, measure].sum() for k in range(first, last + 1)))


def watched(toytown: Make, regimes: list[Regime], passage: dict[str, Any], **changes: Any) -> Watched:
    content: dict[str, Any] = {"scale": 0.1, "end": "2002-12"} | changes
    return Watched(toytown(initial="old", regimes=regimes, transitions=[passage], **content))


def meetings(model: LabourMarket, months: int) -> list[float]:
    """Return meetings per client in each of some months."""
    out = []
    for _ in range(months):
        model.step()
        out.append(float(model.world.counts.casework[:, 0].sum() / model.world.clients.sum()))
    return out


def test_a_reorganisation_lowers_meetings_by_its_share_for_its_months_and_ties_once(
    toytown: Make, regime: Variant
) -> None:
    busy = {"casework": {"meetings": 1.0, "clients_per_caseworker": 90.0}}
    same = regime(name="same", **busy, benefits={"registers_recipients": 0.01})
    passage = to("same", reorganisation=0.4, reorganisation_months=5, reorganisation_ties=0.5)
    scenario = toytown(
        scale=0.2, initial="x", regimes=[regime(name="x", **busy), same], transitions=[passage], end="2002-06"
    )
    model = LabourMarket(scenario, seed=6).run(until=START - 6)
    before = np.mean(meetings(model, 6))
    edges = model.world.memory.edges.copy()
    first = meetings(model, 1)
    slots = model.world.providers.capacity.size // model.world.municipalities
    mine = of_agency(slots)
    after = model.world.memory.edges
    assert (after[:, mine] / edges[:, mine]).mean() == pytest.approx(0.5, abs=0.03)
    assert (after[:, ~mine] / edges[:, ~mine]).mean() == pytest.approx(1.0, abs=0.03)
    ties = model.world.memory.edges.copy()
    during = np.mean(first + meetings(model, 4))
    assert during / before == pytest.approx(0.6, abs=0.05)
    assert (model.world.memory.edges / ties).min() > 0.85, "once"
    assert np.mean(meetings(model, 6)) / before == pytest.approx(1.0, abs=0.06)


def test_before_the_others_begin_only_the_pilots_live_by_the_new_rules_or_see_new_money(
    toytown: Make, regime: Variant
) -> None:
    pilots = {"unit": "municipality", "first": ("Lower Toytown",), "pilot_months": 5}
    passage = to("new", **pilots, grandfathered="none")
    scenario = toytown(
        scale=0.1, initial="old", regimes=two_courses(regime), transitions=[passage], end="2002-06"
    )
    model = LabourMarket(scenario, seed=6).run(until=START)
    p, world = model.world.persons, model.world
    for months in range(8):
        model.step()
        switched = (p.regime == NEW) | (
            p.age == ENTRY_AGE
        )  # a school leaver of the month follows in the next
        expected = (p.municipality == 1) | (months >= 5)
        assert (switched == (expected | (p.age == ENTRY_AGE))).all()
        assert (world.counts.budgets[:, NEW] > 0).tolist() == [months >= 5, True]
        assert (world.counts.budgets[:, OLD] > 0).tolist() == [months < 5, False]


CHAIN: list[dict[str, Any]] = [
    {
        "after": "hartz_1_3",
        "start": "2001-03",
        "months": 3,
        "shape": "linear",
        "announcement": 1,
        "overlap": 2,
    },
    {
        "after": "local_activation",
        "start": "2001-09",
        "unit": "municipality",
        "months": 4,
        "shape": "linear",
        "gap": 2,
    },
    {"after": "status_quo_ante", "start": "2002-03", "unit": "new_spell", "reorganisation": 0.5},
    {"after": "demand_and_support", "start": "2002-08", "reorganisation_ties": 0.5},
]


def test_in_a_chain_of_transitions_nobody_goes_back_even_where_a_regime_returns(toytown: Make) -> None:
    model = LabourMarket(toytown(scale=0.05, transitions=CHAIN), seed=6)
    p = model.world.persons
    regime_of, seen = p.regime.copy(), {0}
    while model.month <= model.end_month:
        age = p.age.copy()
        model.step()
        born = p.age < age
        assert (p.regime[~born] >= regime_of[~born]).all()
        assert (p.age[born] <= ENTRY_AGE + 1).all()
        regime_of = p.regime.copy()
        seen |= set(regime_of.tolist())
    assert seen == {0, 1, 2, 3, 4}
    assert model.programme.regimes[3] == model.programme.regimes[0], "before 2003 twice"
    kept = p.regime < 4
    assert (p.regime[kept] == 2).all(), "the third change left running spells alone"
    assert np.isin(p.status[kept], (UNEMPLOYED, IN_MEASURE)).mean() > 0.9, "unless one has ended this month"
    assert 0.0 < kept.mean() < 0.1


def test_a_regime_that_returns_does_not_register_its_people_again_every_month(
    toytown: Make, regime: Variant
) -> None:
    """Nobody passes through the regime between on the way from the first to the same once more."""
    merged = regime("demand_and_support", "merged", benefits={"registers_recipients": 1.0})
    passages = [{"after": "merged", "start": "2001-03"}, {"after": "status_quo_ante", "start": "2001-06"}]
    registered: dict[int, list[int]] = {}
    for number in (1, 2):
        model = LabourMarket(
            toytown(scale=0.05, regimes=[merged], transitions=passages[:number]), seed=6
        ).run(until=parse_month("2001-06"))
        registered[number] = []
        for _ in range(8):
            model.step()
            registered[number].append(int(model.world.counts.flows[:, INACTIVE, UNEMPLOYED].sum()))
    assert max(registered[2]) < 3 * max(*registered[1], 5)
    assert (model.world.persons.regime == 2).mean() > 0.95


def test_who_finishes_an_old_measure_does_not_begin_another_under_the_old_rules(
    toytown: Make, regime: Variant
) -> None:
    """Otherwise the last under the old rules could stay there for ever, with old money."""
    regimes = [
        regime(
            name="old",
            instruments={"wage_subsidy": {"budget": 300.0, "months": 3, "min_months_unemployed": 0}},
        ),
        regime(name="new", instruments={}),
    ]
    run = watched(toytown, regimes, to("new"))
    assert run.total("entries", OLD, -3, -1) > 30
    assert run.total("entries", OLD, 0, 17) == 0
    assert run.total("participants", OLD, 0, 0) > 0
    assert run.total("participants", OLD, 3, 17) == 0
    assert (run.model.world.persons.regime == NEW).all()


@pytest.mark.parametrize("months", [1, 4, 7, 9, 13, 20])
def test_a_run_resumed_in_the_middle_of_a_chain_goes_on_bit_for_bit(
    months: int, toytown: Make, differing: Any, tmp_path: Any
) -> None:
    """With courses and vouchers running, providers shrinking, participants followed, contracts bridged."""
    helped = [CHAIN[0] | {"bridging": 0.5, "bridging_months": 6}, *CHAIN[1:]]
    scenario = toytown(scale=0.05, transitions=helped)
    model = LabourMarket(scenario, seed=6)
    for _ in range(months):
        model.step()
    model.save(tmp_path / "half.npz")
    resumed = LabourMarket.resume(tmp_path / "half.npz", scenario, threads=2)
    while model.month <= min(model.end_month, model.start_month + months + 8):
        model.step()
        resumed.step()
        assert differing(model.world, resumed.world) == []
