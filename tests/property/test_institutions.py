"""What institutions do: switched off, each of their ways changes no bit; switched on, it moves what it should."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from labsim.behaviour import market
from labsim.codes import INSURANCE, LONG_TERM_MONTHS, NO_VOCATIONAL, UNEMPLOYED, YOUTH_UNTIL
from labsim.model import PROCESSES, LabourMarket
from labsim.policy import budgets, completion, delivery, provision
from labsim.policy.funding import PAYERS, USES
from labsim.policy.regime import Regime
from labsim.scenario import Scenario
from labsim.state.institutions import Agency, Land, Municipality

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


def refuse(*_: Any, **__: Any) -> Any:
    raise AssertionError("this is switched off and must not be asked")


def one(*_: Any) -> float:
    return 1.0


# what replaces each way of acting: nothing at all, or an answer without effect
REMOVED: dict[str, tuple[Any, str, Any]] = {
    "clientelism": (delivery, "_contacts", refuse),
    "local choice and cost shifting": (Municipality, "divide", refuse),
    "local need": (budgets, "_local_need", refuse),
    "cushioning": (Municipality, "cushion", refuse),
    "response to room": (Municipality, "effect_of_room", one),
    "insurance principle": (Agency, "expected_savings", refuse),
    "response to the record": (budgets, "_record_effect", refuse),
    "regional budgets": (Land, "grant", refuse),
    "reach of referrals": (market, "_reach", one),
    "fit": (completion, "fit", one),
    "places by segment": (delivery, "_considered", lambda _, segment, __: np.ones(segment.size, bool)),
    "meetings with local actors": (Agency, "undisturbed", one),
    "announcements": (provision, "announced", lambda world, _: np.zeros(world.municipalities, bool)),
}


@pytest.fixture(scope="module")
def plain(toytown: Make, regime: Variant) -> Callable[[], LabourMarket]:
    """Return a function that runs a year in which all is off."""
    scenario = toytown(
        scale=0.05,
        initial="x",
        regimes=[rules(regime)],
        parameters={"ties": {"fit": 0.0}},
        end="2001-12",
        burn_in=3,
    )
    return lambda: LabourMarket(scenario, seed=3).run()


@pytest.fixture(scope="module")
def undisturbed(plain: Callable[[], LabourMarket]) -> str:
    return plain().digest()


@pytest.mark.parametrize("what", REMOVED)
def test_what_is_switched_off_might_as_well_not_be_there(
    what: str, plain: Callable[[], LabourMarket], undisturbed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(*REMOVED[what])
    assert plain().digest() == undisturbed


@pytest.mark.parametrize(
    "change",
    [
        {"casework": {"insurance_principle": 1.0}},
        {"local_policy": {"cushioning": 50.0}},
        {"governance": {"local_choice": 1.0}},
        {"governance": {"cost_shifting": 1.0}},
        {"governance": {"clientelism": 1.0}},
        {"governance": {"referral_reach": 0.0}},
        {"governance": {"coordination_time": 0.9}},
        {"governance": {"mode": "municipal", "local_choice": 1.0}},
    ],
    ids=lambda change: str(next(iter(change.values()))),
)
def test_what_is_switched_on_changes_the_run(
    change: dict[str, Any], undisturbed: str, toytown: Make, regime: Variant
) -> None:
    """The opposite: were these settings ignored, all tests above would pass."""
    scenario = toytown(
        scale=0.05,
        initial="x",
        regimes=[rules(regime, **change)],
        parameters={"ties": {"fit": 0.0}},
        end="2001-12",
        burn_in=3,
    )
    assert LabourMarket(scenario, seed=3).run().digest() != undisturbed


def test_the_order_in_which_instruments_are_written_changes_no_bit(
    undisturbed: str, toytown: Make, regime: Variant
) -> None:
    backwards = rules(regime, instruments=dict(reversed(MEASURES.items())))
    scenario = toytown(
        scale=0.05,
        initial="x",
        regimes=[backwards],
        parameters={"ties": {"fit": 0.0}},
        end="2001-12",
        burn_in=3,
    )
    assert LabourMarket(scenario, seed=3).run().digest() == undisturbed


# each switched on, in pairs


def run(toytown: Make, regime: Regime, months: int = 1, scale: float = 0.1, **changes: Any) -> LabourMarket:
    model = LabourMarket(toytown(scale=scale, initial=regime.regime, regimes=[regime], **changes), seed=3)
    for _ in range(months):
        model.step()
    return model


def set_aside(model: LabourMarket) -> dict[str, Counts]:
    """Return the month's money by measure, cents by municipality."""
    return {m.name: model.world.counts.budgets[:, m.position] for m in model.programme.measures}


def test_referrals_reach_other_municipalities_as_far_as_the_register_does(
    toytown: Make, regime: Variant
) -> None:
    weights = {}
    for reach in (1.0, 0.5, 0.0):
        model = run(toytown, rules(regime, governance={"referral_reach": reach}))
        openings = model.world.openings
        assert openings is not None
        by_cell = np.diff(openings.registered, axis=1, prepend=0.0)
        occupations = model.world.occupations
        weights[reach] = by_cell.reshape(2, occupations, 2, occupations).sum(axis=(1, 3))
    assert weights[0.0].diagonal().tolist() == pytest.approx(weights[1.0].diagonal().tolist())
    for a, b in ((0, 1), (1, 0)):
        assert weights[0.0][a, b] == 0.0 < weights[1.0][a, b]
        assert weights[0.5][a, b] == pytest.approx(0.5 * weights[1.0][a, b])


def entrants(model: LabourMarket, months: int, names: set[str]) -> Iterator[int]:
    """Yield the rows of those who begin one of the measures, in each of some months."""
    codes = [m.position + 1 for m in model.programme.measures if m.name in names]
    p = model.world.persons
    for _ in range(months):
        before = p.measure.copy()
        model.step()
        yield from np.flatnonzero(np.isin(p.measure, codes) & (before == 0)).tolist()


def test_clientelism_gives_local_places_to_those_with_contacts_and_only_local_ones(
    toytown: Make, regime: Variant
) -> None:
    mine, found = {"linked_employment", "employability_support"}, {}
    instruments = {name: MEASURES[name] | {"budget": 60.0} for name in mine}
    ties = {"ties": {"initial": 1.0, "decay": 0.0}}
    for clientelism in (0.0, 1.0):
        x = rules(regime, instruments=instruments, governance={"clientelism": clientelism})
        model = run(toytown, x, 0, 0.2, parameters=ties)
        p = model.world.persons
        found[clientelism] = np.mean([int(p.months_out[row]) for row in entrants(model, 8, mine)])
    assert found[1.0] < 0.7 * found[0.0], "contacts are lost with time out of work"
    agencys = {"further_training": MEASURES["further_training"]}
    digests = {
        run(
            toytown,
            rules(
                regime, instruments=agencys, governance={"mode": "centralised", "clientelism": clientelism}
            ),
            4,
        ).digest()
        for clientelism in (0.0, 1.0)
    }
    assert len(digests) == 1, "the agency alone decides by the rule"


def test_insured_people_come_first_under_the_insurance_principle(toytown: Make, regime: Variant) -> None:
    shares = {}
    for principle in (0.0, 1.0):
        x = rules(
            regime,
            instruments={"short_course": {"budget": 60.0}},
            casework={"insurance_principle": principle},
        )
        model = run(toytown, x, 0, 0.2)
        p, drawn = model.world.persons, []
        drawn += [int(p.benefit[row]) == INSURANCE for row in entrants(model, 8, {"short_course"})]
        shares[principle] = np.mean(drawn)
    assert shares[1.0] > shares[0.0] + 0.15


def local_need(model: LabourMarket) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
    """Return each group's share among a municipality's unemployed relative to all municipalities', from the rows."""
    p, m = model.world.persons, model.world.municipalities
    out = {}
    for name, group in {
        "youth": p.age < YOUTH_UNTIL,
        "low_skilled": p.education == NO_VOCATIONAL,
        "long_term": p.months_registered >= LONG_TERM_MONTHS,
    }.items():
        jobless = p.status == UNEMPLOYED
        shares = [
            (group & jobless & (p.municipality == k)).sum() / (jobless & (p.municipality == k)).sum()
            for k in range(m)
        ]
        out[name] = np.array(shares) / ((group & jobless).sum() / jobless.sum())
    return out


def test_local_choice_follows_local_need_and_moves_nothing_else(toytown: Make, regime: Variant) -> None:
    """In a month's first look, before anything that follows from it, so that the plans can be compared to the cent."""
    needs: dict[str, Any] = {}

    def look(model: LabourMarket) -> None:
        needs.update(local_need(model))

    at = [process.__name__ for process in PROCESSES].index("support_and_activate")
    found = {}
    for choice in (0.0, 0.4):
        x = rules(regime, governance={"mode": "centralised", "local_choice": choice})
        model = LabourMarket(
            toytown(scale=0.1, initial="x", regimes=[x]),
            seed=3,
            processes=(*PROCESSES[:at], look, *PROCESSES[at:]),
        )
        model.step()
        found[choice] = set_aside(model)
    served = {m.name: type(m.instrument).serves for m in model.programme.measures}
    mine = [name for name in MEASURES if MEASURES[name].get("funded_by") == "municipality"]
    for name in set(MEASURES) - set(mine):
        assert found[0.4][name].tolist() == found[0.0][name].tolist(), "the agency's money is not theirs"
    plan = np.array([found[0.0][name] for name in mine], float)
    need = np.array([needs.get(served[name], np.ones(2)) for name in mine])
    by_need = plan * need * (plan.sum(axis=0) / (plan * need).sum(axis=0))
    after = np.array([found[0.4][name] for name in mine], float)
    assert after == pytest.approx(0.6 * plan + 0.4 * by_need, abs=2.0)
    assert after.sum(axis=0) == pytest.approx(plan.sum(axis=0), abs=3.0)
    assert np.abs(after - plan).max() > 100.0


@pytest.mark.parametrize(
    ("mode", "part"), [("centralised", 0.0), ("joint", 0.5), ("municipal", 1.0), ("networked", 0.0)]
)
def test_the_mode_says_how_much_of_the_agencys_money_is_divided_on_the_spot(
    mode: str, part: float, toytown: Make, regime: Variant
) -> None:
    both = {"school_to_work": {"budget": 40.0}, "short_course": {"budget": 40.0}}
    found = {}
    for choice in (0.0, 1.0):
        x = rules(regime, instruments=both, governance={"mode": mode, "local_choice": choice})
        found[choice] = set_aside(run(toytown, x))
    moved = {
        full: set_aside(
            run(
                toytown,
                rules(regime, instruments=both, governance={"mode": "municipal", "local_choice": full}),
            )
        )["school_to_work"]
        for full in (0.0, 1.0)
    }
    change = found[1.0]["school_to_work"] - found[0.0]["school_to_work"]
    assert change.tolist() == pytest.approx((part * (moved[1.0] - moved[0.0])).tolist(), abs=2.0)


def test_cost_shifting_lowers_what_the_municipality_pays_and_not_what_is_spent(
    toytown: Make, regime: Variant
) -> None:
    own = {"municipality": 1.0}
    two = {
        "linked_employment": {"budget": 40.0, "payers": own} | OWN,
        "school_to_work": {"budget": 40.0, "payers": {"insurance": 0.9, "municipality": 0.1}} | OWN,
    }
    paid, spent = {}, {}
    for shift in (0.0, 0.5, 1.0):
        model = run(toytown, rules(regime, instruments=two, governance={"cost_shifting": shift}), 1)
        money = set_aside(model)
        shares = {m.name: m.payers[PAYERS.index("municipality")] for m in model.programme.measures}
        paid[shift] = sum(float(money[name].sum()) * shares[name] for name in two)
        spent[shift] = sum(float(money[name].sum()) for name in two)
    assert paid[1.0] < paid[0.5] < paid[0.0]
    assert paid[1.0] == pytest.approx(0.1 * spent[1.0], rel=1e-6)
    assert spent[1.0] == pytest.approx(spent[0.0], rel=1e-6)


def test_cushioning_adds_money_for_each_person_left_without_support(toytown: Make, regime: Variant) -> None:
    added = {}
    for per_person in (0.0, 40.0):
        x = rules(regime, local_policy={"cushioning": per_person})
        model = LabourMarket(toytown(scale=0.1, initial="x", regimes=[x], burn_in=0), seed=3)
        model.world.persons.months_unsupported[:] = 12
        model.step()
        money = set_aside(model)
        added[per_person] = sum(
            money[name] for name in MEASURES if MEASURES[name].get("funded_by") == "municipality"
        )
        neglected = model.world.needs[:, 4]
    assert (neglected > 10).all()
    more = np.asarray(added[40.0] - added[0.0]) / 100.0
    assert more.tolist() == pytest.approx((40.0 * neglected).tolist(), abs=0.1)


def test_a_municipality_that_has_lost_its_room_spends_less_of_its_own_and_nothing_less_of_others(
    toytown: Make, regime: Variant
) -> None:
    found = {}
    for response in (0.0, 1.0):
        x = rules(regime, local_policy={"room_response": response})
        model = LabourMarket(toytown(scale=0.1, initial="x", regimes=[x]), seed=3)
        model.step()
        model.world.memory.room_at_start[:] *= 2.0
        model.step()
        found[response] = set_aside(model)
        effect = model.world.memory.room / model.world.memory.room_at_start
    assert effect.tolist() == pytest.approx([0.5, 0.5], abs=0.02)
    for name, settings_ in MEASURES.items():
        factor = effect if settings_.get("funded_by") == "municipality" else np.ones(2)
        expected = factor * found[0.0][name]
        assert found[1.0][name].tolist() == pytest.approx(expected.tolist(), rel=1e-3, abs=2.0)


def test_meetings_with_local_actors_cost_meetings_with_clients(toytown: Make, regime: Variant) -> None:
    meetings = {}
    for share in (0.0, 0.5):
        x = rules(regime, governance={"coordination_time": share}, casework={"meetings": 1.0})
        model = run(toytown, x, 0, 0.2)
        meetings[share] = 0
        for _ in range(4):
            model.step()
            meetings[share] += int(model.world.counts.casework[:, 0].sum())
    joint = PLAIN["local_policy"]["joint_activity"]
    assert meetings[0.5] / meetings[0.0] == pytest.approx(1.0 - 0.5 * joint, abs=0.05)


def test_meetings_are_paid_by_the_joint_activity_and_the_unemployed(toytown: Make, regime: Variant) -> None:
    for joint in (0.0, 0.5, 1.0):
        x = rules(regime, governance={"coordination_cost": 10.0}, local_policy={"joint_activity": joint})
        world = run(toytown, x).world
        expected = 10.0 * joint * world.clients.sum(axis=1) * 100
        assert world.counts.uses[:, USES.index("coordination")].tolist() == expected.tolist()
