"""A reform that changes nothing but names changes no bit; neither does anything that lies in the future."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pandas as pd
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from labsim.model import LabourMarket
from labsim.policy.regime import Regime
from labsim.results import Results
from labsim.scenario import Scenario
from labsim.state.checkpoint import state_arrays
from labsim.state.world import World
from labsim.units import parse_month

Make = Callable[..., Scenario]
Variant = Callable[..., Regime]
Differing = Callable[[World, World], list[str]]
START = "2001-05"
PASSAGES: list[dict[str, Any]] = [
    {"start": START, "months": 1 if shape == "step" else 6, "shape": shape, "unit": unit}
    for unit in ("person", "new_spell", "municipality")
    for shape in ("step", "linear", "logistic")
]
SHORT = {"initial": "local_activation", "burn_in": 2, "end": "2001-12"}
NO_HELP = {"overlap": 0, "gap": 0, "bridging": 0.0, "reorganisation": 0.0, "reorganisation_ties": 0.0}
"""A gap in name only would still be a gap; an announcement of nothing, and who anticipates it, changes nothing."""


class Path(NamedTuple):
    """What a run was like month by month, and its results."""

    states: list[dict[str, bytes]]
    results: Results


def name_of(passage: dict[str, Any]) -> str:
    return f"{passage['unit']} {passage['shape']}"


def state(model: LabourMarket) -> dict[str, bytes]:
    return {name: values.tobytes() for name, values in state_arrays(model.world).items()}


def path(scenario: Scenario, run_seed: int) -> Path:
    model, states = LabourMarket(scenario, seed=run_seed), []
    while model.month <= model.end_month:
        model.step()
        states.append(state(model))
    return Path(states, model.results)


@pytest.fixture(scope="module")
def without_reform(toytown: Make) -> Path:
    return path(toytown(**SHORT), 2)


def assert_same_results(one: Results, other: Results) -> None:
    for name, table in one._asdict().items():
        pd.testing.assert_frame_equal(table, getattr(other, name), check_exact=True, obj=name)


def assert_only_the_regime_differs(without: Path, with_it: Path) -> None:
    for month, (left, right) in enumerate(zip(without.states, with_it.states, strict=True)):
        assert {name for name in left if left[name] != right[name]} <= {"persons.regime"}, f"month {month}"
    assert max(without.states[-1]["persons.regime"]) == 0
    assert max(with_it.states[-1]["persons.regime"]) == 1, "somebody must have switched"
    assert_same_results(without.results, with_it.results)


@pytest.mark.parametrize("kept", ["people_in_measures", "none"])
@pytest.mark.parametrize("passage", PASSAGES, ids=name_of)
def test_the_same_regime_under_another_name_changes_no_bit(
    passage: dict[str, Any], kept: str, toytown: Make, regime: Variant, without_reform: Path
) -> None:
    same = regime("local_activation", "renamed")
    reform = passage | {"after": "renamed", "grandfathered": kept}
    renamed = path(toytown(**SHORT, regimes=[same], transitions=[reform]), 2)
    assert_only_the_regime_differs(without_reform, renamed)


def test_a_null_reform_changes_no_bit_of_any_world(
    random_scenarios: Callable[..., st.SearchStrategy[Any]],
) -> None:
    passage = {"start": "2001-09", "months": 3, "shape": "linear", "unit": "person"}

    @seed(3)
    @settings(max_examples=6)
    @given(random_scenarios(**passage))
    def only_the_regime_differs(drawn: Any) -> None:
        scenario = drawn.scenario.model_copy(update={"end": "2002-02"})
        old = scenario.regimes["old"]
        renamed = scenario.regimes | {"new": old.model_copy(update={"regime": "new"})}
        with_it = scenario.model_copy(update={"regimes": renamed})
        timeline = scenario.timeline.model_copy(update={"transitions": ()})
        without = scenario.model_copy(update={"timeline": timeline})
        in_name_only = tuple(t.model_copy(update=NO_HELP) for t in scenario.timeline.transitions)
        timeline = timeline.model_copy(update={"transitions": in_name_only})
        with_it = with_it.model_copy(update={"timeline": timeline})
        assert_only_the_regime_differs(path(without, drawn.seed), path(with_it, drawn.seed))

    only_the_regime_differs()


def test_a_null_reform_of_a_null_reform_changes_no_bit(toytown: Make, regime: Variant) -> None:
    """Also with three names for the same rules, and stragglers in measures of all of them."""
    names = [regime(name="second"), regime(name="third")]
    passages = [
        {"after": "second", "start": "2001-03", "months": 3, "shape": "linear"},
        {"after": "third", "start": "2001-08", "unit": "new_spell"},
    ]
    one = LabourMarket(toytown(), seed=4).run()
    other = LabourMarket(toytown(regimes=names, transitions=passages), seed=4)
    other.run(until=parse_month("2001-09"))
    assert set(other.world.persons.regime.tolist()) == {0, 1, 2}
    other.run()
    assert_same_results(one.results, other.results)


def test_a_reform_that_changes_a_rule_changes_the_run(toytown: Make, regime: Variant) -> None:
    """The opposite: were the regime ignored, all tests above would pass."""
    stricter = regime(name="stricter", conditionality={"sanction_rate": 0.2})
    reform = [{"after": "stricter", "start": START}]
    one = LabourMarket(toytown(end="2001-12"), seed=2).run()
    other = LabourMarket(toytown(end="2001-12", regimes=[stricter], transitions=reform), seed=2).run()
    assert one.digest() != other.digest()


def test_a_placebo_changes_nothing_before_its_month_and_then_only_who_gets_a_place(toytown: Make) -> None:
    plain, placebo = (
        LabourMarket(toytown(scale=0.1, end="2001-12", placebo=month), seed=2) for month in ("", "2001-05")
    )
    while plain.month < parse_month("2001-05"):
        plain.step()
        placebo.step()
        assert state(plain) == state(placebo)
    plain.step()
    placebo.step()
    assert state(plain) != state(placebo)
    one, other = plain.world.counts, placebo.world.counts
    assert (one.budgets == other.budgets).all()
    assert one.entries.sum() == other.entries.sum()
    assert (one.entries != other.entries).any() or (one.reached != other.reached).any()


INSTRUMENTS = {"further_training": {"budget": 46.48}, "short_course": {"budget": 300.0}}
NOBODY_QUALIFIES = {"budget": 500.0, "min_months_unemployed": 120}


@pytest.mark.parametrize("name", ["job_creation", "linked_employment", "wage_subsidy"])
def test_an_instrument_without_a_budget_changes_no_bit(
    name: str, toytown: Make, regime: Variant, differing: Differing
) -> None:
    without = regime(name="x", instruments=INSTRUMENTS)
    with_it = regime(name="x", instruments=INSTRUMENTS | {name: {"budget": 0.0}})
    one, other = (
        LabourMarket(toytown(initial="x", regimes=[each], end="2001-12"), seed=2).run()
        for each in (without, with_it)
    )
    assert differing(one.world, other.world) == []
    assert_same_results(one.results, other.results)


def assert_same_but_for_the_money_set_aside(*tables: pd.DataFrame) -> None:
    """Money set aside for nobody is set aside: only the share of it that is used differs."""
    one, other = (table[table["indicator"] != "budget_use"].reset_index(drop=True) for table in tables)
    pd.testing.assert_frame_equal(one, other, check_exact=True)


@pytest.mark.parametrize("name", ["job_creation", "linked_employment", "wage_subsidy"])
def test_an_instrument_for_which_nobody_qualifies_changes_no_bit(
    name: str, toytown: Make, regime: Variant
) -> None:
    """It has a code and columns of its own, always 0; what all people and employers do stays the same.

    Codes of measures follow the names, so only an instrument later in the alphabet leaves them as they are.
    """
    without = regime(name="x", instruments=INSTRUMENTS)
    with_it = regime(name="x", instruments=INSTRUMENTS | {name: NOBODY_QUALIFIES})
    one, other = (
        LabourMarket(toytown(initial="x", regimes=[each], end="2001-12"), seed=2).run()
        for each in (without, with_it)
    )
    left, right = state_arrays(one.world), state_arrays(other.world)
    changed = {key for key in left if left[key].tobytes() != right[key].tobytes()}
    coded = {"persons.measure", "touched_measure", "followed", "memory.record"}
    assert changed <= (coded if name < "short_course" else set())
    table = other.results.indicators
    own = table["indicator"].str.endswith(f"_{name}")
    assert own.any()
    assert (table.loc[own, "value"] == 0.0).all()
    assert_same_but_for_the_money_set_aside(table[~own], one.results.indicators)


@pytest.mark.parametrize("passage", PASSAGES, ids=name_of)
def test_nothing_changes_before_a_transition_starts(
    passage: dict[str, Any], toytown: Make, without_reform: Path
) -> None:
    """Neither with another regime to come, nor with the other regime's measures, nor with pilots chosen."""
    pilots = ("Lower Toytown",) if passage["unit"] == "municipality" else ()
    reform = passage | {"after": "demand_and_support", "first": pilots}
    model = LabourMarket(toytown(**SHORT, transitions=[reform]), seed=2)
    for before in without_reform.states[: parse_month(START) - model.month]:
        model.step()
        assert state(model) == before
    model.step()
    switched = model.world.persons.regime == 1
    assert switched.any(), "the first month of the transition moves somebody"
    if pilots:
        assert set(model.world.persons.municipality[switched].tolist()) >= {1}, "the pilot goes first"


def test_two_reforms_have_the_same_past(toytown: Make) -> None:
    """Results of scenarios with different futures are equal row by row until the first of them starts."""
    reforms = [
        {"after": "demand_and_support", "start": "2001-06", "months": 12, "shape": "logistic"},
        {"after": "local_activation", "start": "2001-09", "unit": "municipality"},
    ]
    tables = [
        LabourMarket(toytown(transitions=[reform]), seed=8).run().results.indicators for reform in reforms
    ]
    keys = ["month", "municipality", "group", "indicator"]
    both = tables[0].merge(tables[1], on=keys, suffixes=("", "_other"), validate="one_to_one")
    same = (both["value"] == both["value_other"]) | (both["value"].isna() & both["value_other"].isna())
    before = both["month"] < "2001-06"
    assert before.any()
    assert same[before].all()
    assert not same[~before].all()
