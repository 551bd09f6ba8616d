"""Overriding what institutions do: a subclass's rule counts, the same rule changes no bit, engines agree."""

from __future__ import annotations

from typing import Any

import pytest

from labsim.config import load
from labsim.model import LabourMarket
from labsim.parameters import Parameters
from labsim.policy.regime import Regime
from labsim.policy.transition import Timeline, Transition
from labsim.scenario import Scenario
from labsim.state.institutions import Agency, Institution, Municipality, Provider

SCENARIO = load("toytown").model_copy(update={"scale": 0.02, "burn_in": 0})
START = 2000 * 12
A_YEAR = START + 12
INSTITUTIONS: dict[str, type[Institution] | type[Provider]] = {
    "agency": Agency,
    "municipality": Municipality,
    "provider": Provider,
}


def all_on() -> Scenario:
    """Return a scenario in which institutions use every way of acting that they have."""
    before = SCENARIO.regimes[SCENARIO.timeline.initial].model_dump()
    before["casework"] |= {"insurance_principle": 0.5, "record_response": 1.0}
    before["local_policy"] |= {"cushioning": 20.0, "room_response": 1.0, "joint_activity": 1.0}
    before["governance"] |= {"mode": "joint", "local_choice": 0.5, "cost_shifting": 0.2, "clientelism": 0.5}
    before["instruments"]["linked_employment"]["budget"] = 100.0
    regime = Regime.model_validate(before)
    parameters = {
        "agencies": {"record_months": 0},
        "providers": {"reserves": 0.0, "entry": 1.0, "smallest": 0.05},  # some give up, others enter
    }
    reform = {"before": regime.regime, "after": "local_activation", "start": "2000-07"}
    return SCENARIO.model_copy(
        update={
            "regimes": SCENARIO.regimes | {regime.regime: regime},
            "timeline": Timeline(initial=regime.regime, transitions=(Transition.model_validate(reform),)),
            "parameters": Parameters.model_validate(parameters),
        }
    )


ALL_ON = all_on()


def rules_of(kind: type[Any]) -> list[str]:
    return [name for name, member in vars(kind).items() if callable(member) and not name.startswith("_")]


def same_rule(kind: type[Any], name: str) -> Any:
    """Return a subclass that overrides a method with the same behaviour, and counts its calls."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        made.calls += 1
        return getattr(kind, name)(self, *args, **kwargs)

    made: Any = type(f"Same{kind.__name__}", (kind,), {name: method, "calls": 0})
    return made


@pytest.fixture(scope="module")
def lively() -> str:
    """Return how a year ends in which institutions use all their ways of acting."""
    return LabourMarket(ALL_ON, seed=1).run(until=A_YEAR).digest()


OF_INSTITUTIONS = [
    (role, name)
    for role, kind in INSTITUTIONS.items()
    for base in (kind, *([Institution] if issubclass(kind, Institution) else []))
    for name in rules_of(base)
]


@pytest.mark.parametrize(("role", "name"), OF_INSTITUTIONS)
def test_an_institution_that_overrides_with_the_same_rule_changes_no_bit(
    lively: str, role: str, name: str
) -> None:
    same: Any = same_rule(INSTITUTIONS[role], name)
    assert LabourMarket(ALL_ON, seed=1, **{role: same}).run(until=A_YEAR).digest() == lively
    assert same.calls > 0


# examples


class Frugal(Municipality):
    """Gives nothing of its own, whatever the plan."""

    def effect_of_room(self, response: float) -> float:  # noqa: ARG002  (the rule's arguments)
        return 0.0


class Reckless(Provider):
    """Lays everybody off who has nothing to do, at once."""

    def lay_off(self, places: float) -> None:
        super().lay_off(places / self.model.world.parameters.providers.layoff)


class Impartial(Agency):
    """Draws lots for its places."""

    def choose(self, closeness: Any, lot: Any, targeting: float, places: int, bonus: Any = 0.0) -> Any:  # noqa: ARG002  (the rule's arguments)
        return super().choose(closeness, lot, 0.0, places)


OF_POLICY: list[dict[str, Any]] = [
    {"municipality": Frugal},
    {"provider": Reckless},
    {"agency": Impartial},
    {"municipality": Frugal, "provider": Reckless, "agency": Impartial},
]


@pytest.mark.parametrize("classes", OF_POLICY, ids=lambda c: "-".join(kind.__name__ for kind in c.values()))
def test_an_institution_with_another_rule_changes_results_and_both_engines_agree(
    lively: str, classes: dict[str, Any]
) -> None:
    assert LabourMarket(ALL_ON, seed=1, **classes).run(until=A_YEAR).digest() != lively
    digests = {
        LabourMarket(ALL_ON, seed=1, engine=engine, **classes).run(until=START + 4).digest()
        for engine in ("kernels", "reference")
    }
    assert len(digests) == 1


def test_a_municipality_that_gives_nothing_has_no_measures_of_its_own() -> None:
    model = LabourMarket(ALL_ON, seed=1, municipality=Frugal)
    own = [m.position for m in model.programme.measures if m.instrument.funded_by == "municipality"]
    world = model.run(until=START + 3).world
    cushioned = [town.cushion(20.0, int(world.needs[town.district, 4])) for town in model.town_halls]
    assert world.counts.budgets[:, own].sum() / 100.0 == pytest.approx(sum(cushioned), abs=1.0)
    assert {type(town) for town in model.town_halls} == {Frugal}
