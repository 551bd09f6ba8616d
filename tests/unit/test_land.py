"""The state (Land): how much a regional budget is, and on which conditions it flows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from labsim.config import load_regime
from labsim.model import LabourMarket
from labsim.policy.funding import PAYERS
from labsim.policy.regime import Regime
from labsim.scenario import Scenario
from labsim.units import parse_month

Make = Callable[..., Scenario]
Variant = Callable[..., Regime]
STATE, MUNICIPALITY = PAYERS.index("state"), PAYERS.index("municipality")
BASE, PER_PERSON, CAP = 400_000.0, 108.0, 1_500_000.0
COUNSELLING = {"budget": 5.0, "funded_by": "regional_budget", "min_months_unemployed": 0}


@pytest.fixture
def land(toytown: Make) -> Any:
    """Return the state of a toytown at a tenth of its size."""
    return LabourMarket(toytown(scale=0.1), seed=1).land


def test_a_budget_is_a_base_amount_and_an_amount_by_need_a_twelfth_each_month(land: Any) -> None:
    land.model.world.scale = 1.0
    assert land.grant(BASE, PER_PERSON, CAP, 0) == BASE / 12
    assert land.grant(BASE, PER_PERSON, CAP, 5_000) == (BASE + 5_000 * PER_PERSON) / 12


def test_a_budget_stops_at_the_cap(land: Any) -> None:
    land.model.world.scale = 1.0
    assert land.grant(BASE, PER_PERSON, CAP, 50_000) == CAP / 12


@pytest.mark.parametrize("long_term_unemployed", [0, 3_000, 60_000])
def test_a_smaller_sample_gets_the_same_money_per_person(long_term_unemployed: int, land: Any) -> None:
    land.model.world.scale = 1.0
    whole = land.grant(BASE, PER_PERSON, CAP, long_term_unemployed)
    land.model.world.scale = 0.1
    assert land.grant(BASE, PER_PERSON, CAP, long_term_unemployed // 10) == pytest.approx(whole / 10)


def test_in_brandenburg_the_formula_gives_about_18_million_a_year(land: Any) -> None:
    """18 districts and more than 100,000 long-term unemployed (the sources stand in the regime's file)."""
    terms = load_regime("regional_budget").regional_budget
    land.model.world.scale = 1.0
    district = land.grant(terms.base, terms.per_long_term_unemployed, terms.cap, 100_000 // 18)
    assert 12 * 18 * district == pytest.approx(18e6, rel=0.01)


def test_money_flows_when_the_concept_has_had_its_time(land: Any) -> None:
    assert [land.accepts(False, 0.0, 0.5, months, 6) for months in (-1, 0, 5, 6, 100)] == [
        False, False, False, True, True,
    ]  # fmt: skip


def test_where_a_partnership_is_required_its_ties_must_be_strong_enough(land: Any) -> None:
    assert not land.accepts(True, 0.19, 0.2, 12, 6)
    assert land.accepts(True, 0.2, 0.2, 12, 6)
    assert land.accepts(False, 0.0, 0.2, 12, 6)


def regional(regime: Variant, **terms: Any) -> Regime:
    """Return a regime with nothing but a regional budget, spent on counselling."""
    return regime(
        "regional_budget",
        "regional",
        regional_budget={"concept": 0, "partnership": False} | terms,
        governance={"negotiation": 0, "local_choice": 0.0},
        instruments={"employability_support": COUNSELLING},
    )


def budgets(model: LabourMarket) -> list[float]:
    """Return the regional money set aside this month, EUR by municipality."""
    regional = [m.position for m in model.programme.measures if m.instrument.funded_by == "regional_budget"]
    return [cents / 100.0 for cents in model.world.counts.budgets[:, regional].sum(axis=1).tolist()]


def test_the_state_and_the_municipality_share_the_budget_and_the_states_part_is_the_grant(
    toytown: Make, regime: Variant
) -> None:
    rules = regional(regime, base=1e6, per_long_term_unemployed=0.0)
    model = LabourMarket(toytown(initial="regional", regimes=[rules], scale=0.05), seed=1)
    model.step()
    share = rules.payers_of("employability_support").shares
    assert share[STATE] + share[MUNICIPALITY] == 1.0
    grant = 1e6 * 0.05 / 12
    assert budgets(model) == pytest.approx([grant / share[STATE]] * 2, abs=1.0)


def test_with_payers_of_their_own_the_measures_still_cost_the_state_no_more_than_the_grant(
    toytown: Make, regime: Variant
) -> None:
    mixed = {
        "employability_support": COUNSELLING | {"payers": {"state": 1.0}},
        "linked_employment": COUNSELLING | {"budget": 15.0, "payers": {"state": 0.2, "municipality": 0.8}},
    }
    rules = regional(regime, base=1e6).model_dump() | {"instruments": mixed}
    scenario = toytown(initial="regional", regimes=[Regime.model_validate(rules)], scale=0.05)
    model = LabourMarket(scenario, seed=1)
    model.step()
    money, by_state = model.world.counts.budgets / 100.0, [m.payers[STATE] for m in model.programme.measures]
    needs = model.world.needs[:, 2]
    grants = [(1e6 * 0.05 + 108.0 * n) / 12 for n in needs.tolist()]
    assert (money @ by_state).tolist() == pytest.approx(grants, abs=1.0)
    assert money[:, 1].tolist() == pytest.approx((3.0 * money[:, 0]).tolist(), rel=1e-3), "by their budgets"


def test_the_concept_takes_its_months_from_the_arrival_of_the_regime(toytown: Make, regime: Variant) -> None:
    rules = regional(regime, base=1e6, concept=3)
    reform = {"after": "regional", "start": "2001-04", "gap": 2}
    scenario = toytown(initial="demand_and_support", regimes=[rules], transitions=[reform], scale=0.05)
    model = LabourMarket(scenario, seed=1).run(until=parse_month("2001-04"))
    flows = []
    for _ in range(8):
        model.step()
        flows.append(sum(budgets(model)) > 0)
    assert flows == [False] * 5 + [True] * 3


def test_a_regime_that_holds_from_the_start_has_had_its_concept_even_if_it_will_return(
    toytown: Make, regime: Variant
) -> None:
    rules = regional(regime, base=1e6, concept=6)
    there_and_back = [
        {"after": "status_quo_ante", "start": "2001-06"},
        {"after": "regional", "start": "2001-09", "gap": 1},
    ]
    one, other = (
        LabourMarket(toytown(initial="regional", regimes=[rules], transitions=passages), seed=1)
        for passages in ([], there_and_back)
    )
    for model in (one, other):
        model.run(until=parse_month("2001-05"))
        assert sum(budgets(model)) > 0
    assert one.digest() == other.digest()
    other.run(until=parse_month("2002-01"))
    assert sum(budgets(other)) == 0, "the concept of the second time takes its six months after the gap"
    other.run(until=parse_month("2002-06"))
    assert sum(budgets(other)) > 0


def test_bridging_old_contracts_does_not_lower_the_grant(toytown: Make, regime: Variant) -> None:
    rules = regional(regime, base=1e6)
    found = {}
    for share in (0.0, 0.9):
        reform = {"after": "regional", "start": "2001-03", "bridging": share}
        scenario = toytown(initial="demand_and_support", regimes=[rules], transitions=[reform], scale=0.05)
        model = LabourMarket(scenario, seed=1).run(until=parse_month("2001-04"))
        found[share] = budgets(model)
    assert found[0.0] == found[0.9]
    assert min(found[0.0]) > 0


def test_people_still_under_the_old_rules_bring_no_grant(toytown: Make, regime: Variant) -> None:
    """The grant grows with the part of the unemployed whom the regime has reached."""
    rules = regional(regime, base=1e6, per_long_term_unemployed=0.0)
    reform = {
        "after": "regional",
        "start": "2001-03",
        "months": 10,
        "shape": "linear",
        "grandfathered": "none",
    }
    scenario = toytown(initial="demand_and_support", regimes=[rules], transitions=[reform], scale=0.1)
    model = LabourMarket(scenario, seed=1).run(until=parse_month("2001-08"))
    share = model.world.clients[:, 1] / model.world.clients.sum(axis=1)
    whole = 1e6 * 0.1 / 12 / 0.7
    assert budgets(model) == pytest.approx((share * whole).tolist(), abs=0.01)
    assert ((share > 0.3) & (share < 0.7)).all(), "half way"
