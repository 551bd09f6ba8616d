"""Transitions: from what to what, when, together with whom, and who keeps the old rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from labsim.codes import ENTRY_AGE, IN_EDUCATION, IN_MEASURE, INACTIVE, UNEMPLOYED
from labsim.model import LabourMarket, move_the_policy_clock
from labsim.policy.regime import Regime
from labsim.policy.transition import Timeline, Transition
from labsim.rng import Purpose, uniforms
from labsim.scenario import Scenario
from labsim.units import format_month, parse_month

Make = Callable[..., Scenario]
START = parse_month("2001-04")
OLD, NEW = 0, 1
SHAPES = st.one_of(
    st.tuples(st.just("step"), st.just(1)),
    st.tuples(st.sampled_from(["linear", "logistic"]), st.integers(1, 240)),
)


def transition(**settings: Any) -> Transition:
    return Transition.model_validate({"before": "a", "after": "b", "start": "2001-04"} | settings)


def only_the_clock(scenario: Scenario, seed: int = 1) -> LabourMarket:
    """Return a model in which nothing happens but the timeline."""
    return LabourMarket(scenario, seed=seed, processes=(move_the_policy_clock,))


def newcomers(model: LabourMarket) -> np.ndarray:
    """Return who left school age in the row of somebody who retired this month."""
    p = model.world.persons
    return (p.age == ENTRY_AGE) & (p.inactivity == IN_EDUCATION)


def in_an_old_spell(model: LabourMarket) -> np.ndarray:
    """Return who is registered since before the transition's start."""
    p = model.world.persons
    registered = (p.status == UNEMPLOYED) | (p.status == IN_MEASURE)
    return registered & (model.month - p.months_registered.astype(int) < START)


# the share


@given(SHAPES)
def test_the_share_is_0_before_1_at_the_end_and_never_falls(shape: tuple[str, int]) -> None:
    t = transition(shape=shape[0], months=shape[1])
    shares = [t.share(month) for month in range(START - 5, START + t.months + 5)]
    assert shares[:5] == [0.0] * 5
    assert shares[5] > 0.0
    assert shares[4 + t.months :] == [1.0] * 6
    assert shares == sorted(shares)
    assert all(share < 1.0 for share in shares[: 4 + t.months])
    assert (t.first_month, t.last_month) == (START, START + t.months - 1)


def test_a_linear_share_grows_by_the_same_each_month() -> None:
    t = transition(shape="linear", months=8)
    assert [t.share(START + k) for k in range(8)] == pytest.approx([(k + 1) / 8 for k in range(8)])


def test_a_logistic_share_is_slow_fast_slow_and_symmetric() -> None:
    t = transition(shape="logistic", months=24)
    shares = np.array([0.0, *[t.share(START + k) for k in range(24)]])
    assert shares + shares[::-1] == pytest.approx(np.ones(25))
    growth = np.diff(shares)
    assert (np.diff(growth[:12]) > 0).all()
    assert growth[0] < 1 / 24 < growth[11]


# validation


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"after": "a"}, "after is 'a' as before, but a transition must change the regime"),
        ({"start": "2001-13"}, "'2001-13' is not a month; write YYYY-MM"),
        ({"start": "April 2001"}, "'April 2001' is not a month"),
        ({"months": 12}, "months is 12, but a step takes 1 month"),
        ({"months": 0, "shape": "linear"}, "greater than or equal to 1"),
        ({"first": ("x",)}, "first names pilots, but the unit is person"),
        ({"shape": "sudden"}, "'step', 'linear' or 'logistic'"),
        ({"unit": "firm"}, "'person', 'new_spell' or 'municipality'"),
        ({"grandfathered": "everybody"}, "'none' or 'people_in_measures'"),
        ({"speed": 2}, "Extra inputs are not permitted"),
        ({"gap": -3}, "greater than or equal to 0"),
        ({"gap": 6, "overlap": 3}, "gap is 6 and overlap 3, but a gap is a negative overlap"),
        ({"pilot_months": 6}, "pilot_months is 6, but no pilots are named"),
        ({"only": ("x",)}, "only names municipalities, but the unit is person"),
        ({"unit": "municipality", "only": ("x",), "first": ("y",)}, "the pilot 'y', but only x change"),
        ({"bridging": 1.2}, "less than or equal to 1"),
        ({"announcement": -1}, "greater than or equal to 0"),
    ],
)
def test_a_senseless_transition_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as error:
        transition(**settings)
    assert message in str(error.value)


def test_transitions_follow_one_another_without_overlap() -> None:
    first = transition(months=12, shape="linear")
    late = transition(before="b", after="c", start="2002-04")
    assert Timeline(initial="a", transitions=(first, late)).regimes == ("a", "b", "c")
    early = transition(before="b", after="c", start="2002-03")
    with pytest.raises(ValidationError, match="has not ended by then: transitions must not overlap"):
        Timeline(initial="a", transitions=(first, early))
    with pytest.raises(ValidationError, match="must not overlap"):
        Timeline(initial="a", transitions=(late.model_copy(update={"before": "a", "after": "b"}), first))


def test_contracts_are_not_bridged_beyond_the_regime_that_follows() -> None:
    bridged = transition(gap=6, bridging=0.85, bridging_months=12)
    assert bridged.bridged_until == START + 12
    after = transition(before="b", after="c", start="2002-04")
    Timeline(initial="a", transitions=(bridged, after))
    early = transition(before="b", after="c", start="2002-03")
    message = "bridging of the contracts of 'a' may last until 2002-04 .* ends from 2002-03 on"
    with pytest.raises(ValidationError, match=message):
        Timeline(initial="a", transitions=(bridged, early))
    unbridged = transition(bridging_months=120)
    assert Timeline(initial="a", transitions=(unbridged, early)).regimes == ("a", "b", "c")


def test_contracts_are_bridged_from_each_municipality_s_own_start() -> None:
    staggered = transition(unit="municipality", months=6, shape="linear", bridging=0.5, bridging_months=12)
    assert staggered.bridged_until == START + 5 + 12
    with pytest.raises(ValidationError, match="may last until 2002-09"):
        Timeline(initial="a", transitions=(staggered, transition(before="b", after="c", start="2002-08")))


@pytest.mark.parametrize(
    ("written", "months"), [({"gap": 6}, 6), ({"overlap": -6}, 6), ({"overlap": 6}, 0), ({}, 0)]
)
def test_a_gap_is_a_negative_overlap(written: dict[str, int], months: int) -> None:
    assert transition(**written).gap_months == months


# staggered starts


NAMES = ("North", "South", "East", "West", "Centre")


@given(
    st.lists(st.sampled_from(NAMES), unique=True, max_size=5),
    st.lists(st.floats(0, 1), min_size=5, max_size=5),
    SHAPES,
    st.integers(0, 24),
)
def test_pilots_begin_before_the_others_and_all_within_the_transition(
    first: list[str], lots: list[float], shape: tuple[str, int], head_start: int
) -> None:
    t = transition(unit="municipality", first=tuple(first), shape=shape[0], months=shape[1],
                   pilot_months=head_start if first else 0)  # fmt: skip
    starts = dict(zip(NAMES, t.municipal_starts(NAMES, lots), strict=True))
    assert min(starts.values()) == t.first_month
    assert max(starts.values()) <= t.last_month
    pilots = [starts[name] for name in first]
    others = [start for name, start in starts.items() if name not in first]
    assert pilots == sorted(pilots), "in their order"
    assert all(start >= START + t.pilot_months for start in others)


def test_a_head_start_delays_the_others_and_the_end() -> None:
    t = transition(unit="municipality", first=("East",), pilot_months=12)
    starts = t.municipal_starts(NAMES, [0.0] * 5)
    assert starts == [START + 12, START + 12, START, START + 12, START + 12]
    assert t.last_month == START + 12
    assert t.share(START + 11) == 0.0, "the share counts from the start of the others"
    assert t.share(START + 12) == 1.0


@pytest.mark.parametrize("unit", ["person", "new_spell"])
def test_with_other_units_the_change_begins_everywhere_at_once(unit: str) -> None:
    t = transition(unit=unit, shape="linear", months=12)
    assert t.municipal_starts(NAMES, [0.1, 0.9, 0.5, 0.3, 0.7]) == [START] * 5


def test_a_transition_starts_from_the_regime_in_force() -> None:
    with pytest.raises(ValidationError, match="starts from 'b', but the regime in force is 'a'"):
        Timeline(initial="a", transitions=(transition(before="b", after="c"),))


@pytest.mark.parametrize(
    ("passage", "message"),
    [
        ({"after": "nowhere", "start": "2001-04"}, "unknown regime 'nowhere'; known are "),
        ({"after": "local_activation", "start": "2000-12"}, "but the scenario starts later, in 2001-01"),
        (
            {"after": "local_activation", "start": "2001-04", "unit": "municipality", "first": ("Atlantis",)},
            "names the pilot 'Atlantis', but toytown has only Upper Toytown, Lower Toytown",
        ),
        (
            {"after": "local_activation", "start": "2001-04", "unit": "municipality", "only": ("Atlantis",)},
            "names the municipality 'Atlantis', but toytown has only Upper Toytown, Lower Toytown",
        ),
    ],
)
def test_a_transition_must_fit_its_scenario(passage: dict[str, Any], message: str, toytown: Make) -> None:
    with pytest.raises(ValidationError) as error:
        toytown(transitions=[passage])
    assert message in str(error.value)


# who switches when


@pytest.mark.parametrize("shape", ["linear", "logistic"])
def test_each_person_switches_when_the_share_passes_the_ticket(shape: str, toytown: Make) -> None:
    passage = {"after": "local_activation", "start": "2001-04", "months": 10, "shape": shape}
    model = only_the_clock(toytown(scale=0.1, transitions=[passage]))
    tickets = uniforms(model.world.key, Purpose.TICKET, 0, np.arange(model.world.size))[:, 0]
    share = model.programme.timeline.transitions[0].share
    for month in range(model.month, START + 12):
        model.step()
        assert (model.world.persons.regime == np.where(tickets < share(month), NEW, OLD)).all()


def test_the_order_of_switching_belongs_to_the_seed_not_to_the_transition(toytown: Make) -> None:
    """Whoever is in the first third of a slow rollout is so in a quick one; another seed has another order."""

    def pioneers(months: int, shape: str, seed: int, after: str = "local_activation") -> np.ndarray:
        passage = {"after": after, "start": "2001-04", "months": months, "shape": shape}
        model = only_the_clock(toytown(transitions=[passage]), seed)
        return model.run(until=START + months // 3).world.persons.regime == NEW

    slow, quick = pioneers(18, "linear", 1), pioneers(3, "linear", 1)
    assert (slow == quick).all()
    assert (pioneers(18, "linear", 1, "demand_and_support") == slow).all()
    assert slow.mean() == pytest.approx(1 / 3, abs=5 * 0.024)
    assert (pioneers(18, "linear", 2) != slow).any()
    late = pioneers(18, "logistic", 1)
    assert (late <= slow).all(), "a logistic rollout has moved fewer by then, in the same order"


@pytest.mark.parametrize("unit", ["person", "new_spell", "municipality"])
@pytest.mark.parametrize("shape", ["step", "linear", "logistic"])
def test_nobody_switches_back_and_everybody_switches_in_the_end(unit: str, shape: str, toytown: Make) -> None:
    """A school leaver in the row of somebody who retired begins under the regime in force for newcomers."""
    months = 1 if shape == "step" else 6
    passage = {
        "after": "demand_and_support",
        "start": "2001-04",
        "months": months,
        "shape": shape,
        "unit": unit,
    }
    model = LabourMarket(toytown(scale=0.05, transitions=[passage]), seed=1)
    persons = model.world.persons
    while model.month <= model.end_month:
        before, in_measure = persons.regime.copy(), persons.measure > 0
        protected = in_measure | (in_an_old_spell(model) if unit == "new_spell" else False)
        model.step()
        assert ((persons.regime >= before) | newcomers(model)).all(), format_month(model.month - 1)
    left = persons.regime == OLD
    assert (left <= protected).all(), "only old measures and, if they count, old spells are left"
    assert left.mean() < 0.2


def test_school_leavers_enter_under_the_old_regime_until_the_share_is_1(toytown: Make) -> None:
    """From then on the row's ticket says when they switch, as for everybody."""
    passage = {"after": "local_activation", "start": "2001-04", "months": 12, "shape": "linear"}
    model = LabourMarket(toytown(scale=0.5, transitions=[passage]), seed=1)
    p, entered = model.world.persons, {OLD: 0, NEW: 0}
    while model.month <= model.end_month:
        model.step()
        regimes = p.regime[newcomers(model)]
        expected = NEW if model.month - 1 >= START + 11 else OLD
        assert (regimes == expected).all(), format_month(model.month - 1)
        entered[expected] += regimes.size
    assert min(entered.values()) > 50


def test_municipalities_switch_whole_pilots_first_in_their_order(toytown: Make) -> None:
    for first in (("Lower Toytown",), ("Upper Toytown",), ("Lower Toytown", "Upper Toytown")):
        passage = {"after": "local_activation", "start": "2001-04", "months": 6, "shape": "linear",
                   "unit": "municipality", "first": first}  # fmt: skip
        model = only_the_clock(toytown(transitions=[passage]))
        places, switched_in = model.world.persons.municipality, {}
        while model.month <= model.end_month:
            model.step()
            for m, name in enumerate(("Upper Toytown", "Lower Toytown")):
                codes = set(model.world.persons.regime[places == m].tolist())
                assert len(codes) == 1, "a municipality is under one regime"
                if codes == {NEW}:
                    switched_in.setdefault(name, model.month - 1)
        assert switched_in[first[0]] == START
        assert len(switched_in) == 2
        assert max(switched_in.values()) == START + 3, "the second of two when the share passes one half"


def test_a_municipality_that_is_not_named_keeps_the_old_regime_newcomers_included(toytown: Make) -> None:
    named = {"unit": "municipality", "only": ("Lower Toytown",)}
    passage = {"after": "demand_and_support", "start": "2001-04"} | named
    model = LabourMarket(toytown(scale=0.05, transitions=[passage]), seed=1)
    persons, entered = model.world.persons, 0
    while model.month <= model.end_month:
        model.step()
        there, outside = persons.municipality == 1, persons.measure == 0
        assert (persons.regime[~there] == OLD).all()
        entered += int((newcomers(model) & ~there).sum())
        if model.month > START + 1:
            assert (persons.regime[there & outside & ~newcomers(model)] == NEW).all()
    assert entered > 0


def test_after_a_transition_that_leaves_municipalities_behind_there_is_no_other() -> None:
    one = transition(unit="municipality", only=("East",))
    other = Transition.model_validate({"before": "b", "after": "c", "start": "2003-01"})
    with pytest.raises(ValidationError, match="only East go over to 'b', but a transition from it"):
        Timeline(initial="a", transitions=(one, other))


def test_without_pilots_the_first_municipality_is_drawn_by_lot(toytown: Make) -> None:
    passage = {"after": "local_activation", "start": "2001-04", "months": 6, "shape": "linear",
               "unit": "municipality"}  # fmt: skip
    first = set()
    for seed in range(20):
        model = only_the_clock(toytown(transitions=[passage]), seed).run(until=START + 1)
        first |= set(model.world.persons.municipality[model.world.persons.regime == NEW].tolist())
    assert first == {0, 1}


def test_who_is_registered_at_the_start_keeps_the_old_rules_until_the_spell_ends(toytown: Make) -> None:
    passage = {"after": "local_activation", "start": "2001-04", "unit": "new_spell", "grandfathered": "none"}
    model = LabourMarket(toytown(scale=0.05, transitions=[passage]), seed=1).run(until=START)
    p = model.world.persons
    protected = in_an_old_spell(model)
    at_first = protected.sum()
    assert at_first > 20
    while model.month <= model.end_month:
        still = in_an_old_spell(model)
        protected &= still
        model.step()
        stayed = ~newcomers(model)
        assert (p.regime[protected & stayed] == OLD).all(), "an old spell, the old rules"
        assert (p.regime[~still & stayed] == NEW).all(), "no spell or a new one, the new rules"
    assert 0 < protected.sum() < at_first


def test_pilots_with_a_head_start_switch_so_many_months_before_the_others(toytown: Make) -> None:
    passage = {"after": "local_activation", "start": "2001-04", "unit": "municipality",
               "first": ("Lower Toytown",), "pilot_months": 7}  # fmt: skip
    model = only_the_clock(toytown(transitions=[passage]))
    places, switched_in = model.world.persons.municipality, {}
    while model.month <= model.end_month:
        model.step()
        for m, name in enumerate(("Upper Toytown", "Lower Toytown")):
            if (model.world.persons.regime[places == m] == NEW).all():
                switched_in.setdefault(name, model.month - 1)
    assert switched_in == {"Lower Toytown": START, "Upper Toytown": START + 7}


@pytest.mark.parametrize("kept", ["people_in_measures", "none"])
def test_people_in_measures_keep_the_old_rules_until_the_measure_ends_if_the_transition_says_so(
    kept: str, toytown: Make
) -> None:
    passage = {"after": "demand_and_support", "start": "2001-04", "grandfathered": kept}
    model = LabourMarket(toytown(scale=0.1, transitions=[passage]), seed=1).run(until=START)
    p, protected_months = model.world.persons, 0
    while model.month <= model.end_month:
        taking_part = (p.measure_left > 1) & (p.regime == OLD)  # one that ends this month keeps nobody
        protected_months += int(taking_part.sum())
        model.step()
        expected = np.where(taking_part & (kept == "people_in_measures"), OLD, NEW)
        assert ((p.regime == expected) | newcomers(model)).all()
    assert protected_months > 50 or kept == "none"
    assert not ((p.measure > 0) & (p.regime == OLD)).any(), "all old measures have ended"


def test_with_the_merger_a_share_of_the_inactive_registers_as_they_switch(
    toytown: Make, regime: Callable[..., Regime]
) -> None:
    merged = regime("demand_and_support", "merged", benefits={"registers_recipients": 0.25})
    passage = {"after": "merged", "start": "2001-04"}
    model = only_the_clock(toytown(scale=0.2, regimes=[merged], transitions=[passage])).run(until=START)
    p = model.world.persons
    candidates = (p.status == INACTIVE) & (p.inactivity != IN_EDUCATION)
    in_school = (p.status == INACTIVE) & (p.inactivity == IN_EDUCATION)
    model.step()
    registered = p.status[candidates] == UNEMPLOYED
    spread = np.sqrt(0.25 * 0.75 / registered.size)
    assert abs(registered.mean() - 0.25) < 5 * spread, "within 5 SD"
    assert (p.status[in_school] == INACTIVE).all()
    assert model.world.counts.flows[:, INACTIVE, UNEMPLOYED].sum() == registered.sum()
    model.step()
    assert model.world.counts.flows.sum() == 0, "each is asked once"
