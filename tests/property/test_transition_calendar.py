"""A transition in a run: nothing before it is announced, then gap, overlap, bridging, reorganisation and pilots."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from labsim.codes import UNEMPLOYED
from labsim.model import LabourMarket
from labsim.policy.regime import Regime
from labsim.scenario import Scenario
from labsim.state.checkpoint import state_arrays
from labsim.units import parse_month

Make = Callable[..., Scenario]
Variant = Callable[..., Regime]
Counts = np.ndarray[Any, np.dtype[np.int64]]
START = parse_month("2001-07")
OLD, NEW = 0, 1
HELP: dict[str, Any] = {
    "gap": 3,
    "bridging": 0.6,
    "bridging_months": 8,
    "reorganisation": 0.5,
    "reorganisation_ties": 0.5,
    "anticipation": 0.3,
}
UNITS: list[dict[str, Any]] = [
    {"unit": "person"},
    {"unit": "person", "months": 6, "shape": "linear"},
    {"unit": "new_spell"},
    {"unit": "municipality", "months": 6, "shape": "linear", "first": ("Lower Toytown",), "pilot_months": 4},
]


def state(model: LabourMarket) -> dict[str, bytes]:
    return {name: values.tobytes() for name, values in state_arrays(model.world).items()}


def to(after: str, **settings_: Any) -> dict[str, Any]:
    return {"after": after, "start": "2001-07"} | settings_


# nothing before the announcement


@pytest.mark.parametrize("announcement", [0, 1, 4])
@pytest.mark.parametrize("passage", UNITS, ids=lambda p: "-".join(str(v) for v in p.values()))
def test_nothing_happens_before_the_announcement_and_something_from_its_month_on(
    passage: dict[str, Any], announcement: int, toytown: Make
) -> None:
    reform = to("local_activation", announcement=announcement, **HELP, **passage)
    with_it, without = (
        LabourMarket(toytown(initial="hartz_1_3", transitions=passages, burn_in=2, end="2001-12"), seed=6)
        for passages in ([reform], [])
    )
    while with_it.month < START - announcement:
        with_it.step()
        without.step()
        assert state(with_it) == state(without)
    for _ in range(1 + 3 * (passage["unit"] == "new_spell" and announcement == 0)):
        with_it.step()
        without.step()
    assert state(with_it) != state(without), "in its month"


def test_nothing_happens_before_the_announcement_in_any_world(
    random_scenarios: Callable[..., st.SearchStrategy[Any]],
) -> None:
    @seed(41)
    @settings(max_examples=6)
    @given(random_scenarios(start="2001-10", months=3, shape="linear", unit="municipality"))
    def nothing(drawn: Any) -> None:
        timeline = drawn.scenario.timeline
        without = drawn.scenario.model_copy(
            update={"timeline": timeline.model_copy(update={"transitions": ()})}
        )
        transition = timeline.transitions[0]
        models = [LabourMarket(each, seed=drawn.seed) for each in (drawn.scenario, without)]
        while models[0].month < transition.first_month - transition.announcement:
            for model in models:
                model.step()
            assert state(models[0]) == state(models[1])

    nothing()


def test_pressure_rises_with_the_announcement_and_only_among_those_under_the_old_rules(toytown: Make) -> None:
    reform = to("demand_and_support", announcement=2, anticipation=0.5)
    with_it, without = (LabourMarket(toytown(transitions=passages), seed=6) for passages in ([reform], []))
    for model in (with_it, without):
        model.run(until=START - 2)
        model.step()
    jobless = with_it.world.persons.status == UNEMPLOYED
    more = with_it.world.persons.pressure - without.world.persons.pressure
    registered = jobless & (without.world.persons.status == UNEMPLOYED)
    assert (more[registered & (with_it.world.persons.months_registered > 1)] > 0.0).all()


# money and places


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


def test_in_a_gap_nobody_enters_old_measures_or_new_ones_and_those_inside_finish(
    toytown: Make, regime: Variant
) -> None:
    run = watched(toytown, two_courses(regime), to("new", gap=6, grandfathered="none"))
    assert run.total("entries", OLD, -3, -1) > 30
    assert run.total("entries", OLD, 0, 17) == 0
    assert run.total("entries", NEW, -3, 5) == 0
    assert run.total("entries", NEW, 6, 12) > 10
    inside = [run.total("participants", OLD, k, k) for k in range(6)]
    assert inside[0] > 0
    assert inside == sorted(inside, reverse=True)
    assert inside[4] == 0, "the last entered in the month before the start, for four months"


def test_without_a_gap_new_measures_begin_at_once(toytown: Make, regime: Variant) -> None:
    run = watched(toytown, two_courses(regime), to("new", grandfathered="none"))
    assert run.total("entries", OLD, 0, 17) == 0
    assert run.total("entries", NEW, 0, 3) > 3, "as fast as providers grow"
    assert run.total("budgets", NEW, 0, 0) > 0


def test_in_an_overlap_old_measures_go_on_for_people_under_the_new_rules_and_then_end(
    toytown: Make, regime: Variant
) -> None:
    run = watched(toytown, two_courses(regime), to("new", overlap=5, grandfathered="none"))
    assert run.total("entries", OLD, 0, 4) > 30
    assert run.total("entries", OLD, 5, 17) == 0
    for k in range(5):
        assert run.total("budgets", OLD, k, k) > 0.8 * run.total("budgets", OLD, -1, -1)
        assert run.total("budgets", NEW, k, k) > 0
    measures, under, _ = run.under[START + 3]
    assert (under[measures == OLD + 1] == NEW).all(), "who enters lives by the new rules"


def test_an_overlap_of_one_municipality_opens_nothing_in_another(toytown: Make, regime: Variant) -> None:
    """People of the pilot enter old measures until their overlap ends, not until that of the last place does."""
    pilots = {"unit": "municipality", "first": ("Lower Toytown",), "pilot_months": 6}
    passage = to("new", overlap=2, grandfathered="none", **pilots)
    run = watched(toytown, two_courses(regime), passage)
    entered = {k: run.entries[START + k][:, OLD] for k in range(12)}
    assert all(entered[k][1] == 0 for k in range(2, 12)), "the pilot's overlap is over"
    assert sum(entered[k][1] for k in (0, 1)) > 0
    assert all(entered[k][0] == 0 for k in range(8, 12))
    assert all(entered[k][0] > 0 for k in range(8))
    for month, (measures, under, where) in run.under.items():
        if START <= month < START + 6:
            assert (under[where == 0] == OLD).all()
            assert (measures[where == 0] == OLD + 1).all()


def test_after_an_overlap_old_money_helps_nobody_under_the_new_rules(toytown: Make, regime: Variant) -> None:
    """With new spells the old regime has clients for long: what it pays is theirs alone."""
    run = watched(toytown, two_courses(regime), to("new", unit="new_spell", overlap=2))
    later = 0
    for month, (measures, under, _) in run.under.items():
        if month >= START + 2:
            later += int((measures == OLD + 1).sum())
            assert (under[measures == OLD + 1] == OLD).all()
    assert later > 10


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_bridging_holds_its_share_of_capacity_until_the_new_measures_stand(
    share: float, toytown: Make, regime: Variant
) -> None:
    slow = {"providers": {"growth": 0.03, "entry": 0.5}}
    passage = to("new", gap=6, bridging=share, bridging_months=10, grandfathered="none")
    run, cut = (
        watched(toytown, two_courses(regime), each, parameters=slow)
        for each in (passage, to("new", gap=6, grandfathered="none"))
    )
    before = run.total("participants", OLD, -1, -1)
    for k in range(5, 10):
        assert run.total("participants", OLD, k, k) / before == pytest.approx(share, abs=0.15)
        assert cut.total("participants", OLD, k, k) == 0
    assert run.total("entries", OLD, 10, 17) == 0, "its longest time is over"
    trainers = [p for p in run.model.providers if p.field == "training"]
    assert sum(p.capacity for p in trainers) < 0.2 * before


def test_bridging_ends_when_the_new_measures_have_reached_their_size(toytown: Make, regime: Variant) -> None:
    quick = {"providers": {"growth": 1.0, "entry": 1.0, "smallest": 0.0}}
    passage = to("new", bridging=0.5, bridging_months=17, grandfathered="none")
    regimes = two_courses(regime)
    run = watched(toytown, regimes, passage, parameters=quick)
    ended = next(k for k in range(17) if run.total("budgets", OLD, k, k) == 0)
    assert 2 <= ended <= 8, "four months in the measure, and some to build capacity"
    new = regimes[1].instruments["linked_employment"]
    clients = run.model.world.clients.sum()
    wanted = new.entries_per_unemployed * new.months * clients
    assert run.total("participants", NEW, ended, ended) == pytest.approx(wanted, rel=0.2)


def test_bridging_that_has_ended_does_not_begin_again(toytown: Make, regime: Variant) -> None:
    """Whatever becomes of the new measures: here a wave of unemployment makes them too small again."""
    quick = {"providers": {"growth": 1.0, "entry": 1.0, "smallest": 0.0}}
    passage = to("new", bridging=0.5, bridging_months=17, grandfathered="none")
    scenario = toytown(
        scale=0.1, initial="old", regimes=two_courses(regime), transitions=[passage], parameters=quick
    )
    model, ended = LabourMarket(scenario, seed=6), []
    while model.month <= model.end_month:
        model.step()
        if model.month > START + 1:
            ended.append((model.world.counts.budgets[:, OLD] == 0).tolist())
        if model.month == START + 9:
            assert all(ended[-1])
            p = model.world.persons
            p.status[np.flatnonzero(p.measure)] = UNEMPLOYED
            p.measure[:], p.measure_left[:] = 0, 0
            model.recorder.stocks = None
    for town in (0, 1):
        over = [each[town] for each in ended]
        assert over == sorted(over)


def test_while_few_have_switched_nothing_is_established(toytown: Make, regime: Variant) -> None:
    quick = {"providers": {"growth": 1.0, "entry": 1.0, "smallest": 0.0}}
    passage = to("new", months=16, shape="linear", bridging=0.5, bridging_months=17, grandfathered="none")
    run = watched(toytown, two_courses(regime), passage, parameters=quick, scale=0.4)  # few switch in a month
    for k in range(3, 7):
        share = (k + 1) / 16
        expected = (1.0 - share + 0.5 * share) / share
        assert run.total("budgets", OLD, k, k) / run.total("budgets", NEW, k, k) == pytest.approx(
            expected, rel=0.2
        )
    later = run.total("budgets", OLD, 12, 12) / run.total("budgets", NEW, 12, 12)
    assert later == pytest.approx((1.0 - 13 / 16) / (13 / 16), abs=0.1), "nothing is bridged any more"


def test_contracts_that_are_bridged_need_no_negotiation_and_new_ones_do(
    toytown: Make, regime: Variant
) -> None:
    own = {"funded_by": "municipality"}
    old = regime(name="old", instruments={"linked_employment": {"budget": 100.0} | own})
    new = regime(
        name="new",
        governance={"mode": "joint", "negotiation": 4},
        instruments={"entry_job": {"budget": 100.0} | own, "short_course": {"budget": 50.0}},
    )
    passage = to("new", bridging=0.5, bridging_months=12, grandfathered="none")
    run = watched(toytown, [old, new], passage)
    names = [m.name for m in run.model.programme.measures]
    linked, entry, course = (names.index(name) for name in ("linked_employment", "entry_job", "short_course"))
    for k in range(1, 4):
        assert run.total("budgets", linked, k, k) > 0
        assert run.total("budgets", entry, k, k) == 0
        assert run.total("budgets", course, k, k) > 0
    halved = run.total("budgets", course, 3, 3) / run.total("budgets", course, 4, 4)
    assert halved == pytest.approx(0.5, abs=0.05), "the half that is decided together waits"
    assert run.total("budgets", entry, 4, 4) > 0


# agencies, pilots, people
