"""The components of a regime, and scenarios in which only some of them are switched on."""

from __future__ import annotations

from pathlib import Path

import pytest

from labsim.config import Experiment
from labsim.config.components import components, differing, mix, only
from labsim.config.loader import load_experiment
from labsim.policy.transition import Transition

from .questions import write_questions


@pytest.fixture
def experiment(tmp_path: Path) -> Experiment:
    return load_experiment(write_questions(tmp_path))


def test_the_components_of_a_regime_are_its_groups_and_instruments_are_one_of_them() -> None:
    assert {"casework", "conditionality", "benefits", "local_policy", "instruments"} <= set(components())
    assert not {"regime", "label", "source"} & set(components())


def test_a_part_says_of_its_component_what_the_later_regime_says_and_else_what_the_first_says(
    experiment: Experiment,
) -> None:
    slow = experiment.scenarios["slow"]
    part = only(slow, ["benefits"])
    first = slow.regimes[slow.timeline.initial]
    assert part.timeline.regimes == (
        "status_quo_ante",
        "hartz_1_3_only_benefits",
        "demand_and_support_only_benefits",
    )
    for name, mixed in ((name, part.regimes[name]) for name in part.timeline.regimes[1:]):
        later = slow.regimes[name.removesuffix("_only_benefits")]
        assert mixed.benefits == later.benefits
        for component in components():
            if component != "benefits":
                assert getattr(mixed, component) == getattr(first, component)
    assert part.timeline.transitions[1].start == slow.timeline.transitions[1].start
    assert part.place == slow.place


def test_the_passage_switches_nothing_on_and_everything_switched_on_is_the_whole(
    experiment: Experiment,
) -> None:
    slow = experiment.scenarios["slow"]
    passed = only(slow, [])
    first = slow.regimes[slow.timeline.initial]
    assert all(passed.regimes[name].rules() == first.rules() for name in passed.timeline.regimes)
    assert differing(passed) == ()
    whole = only(slow, components())
    for mixed, later in zip(whole.timeline.regimes, slow.timeline.regimes, strict=True):
        assert whole.regimes[mixed].rules() == slow.regimes[later].rules()


def test_a_way_back_to_the_first_regime_leads_back_to_it(experiment: Experiment) -> None:
    slow = experiment.scenarios["slow"]
    back = Transition(before="demand_and_support", after="status_quo_ante", start="2002-01")
    timeline = slow.timeline.model_copy(update={"transitions": (*slow.timeline.transitions, back)})
    part = only(slow.model_copy(update={"timeline": timeline}), ["benefits"])
    assert part.timeline.regimes[-1] == part.timeline.initial == "status_quo_ante"


def test_values_of_a_part_keep_their_sources(experiment: Experiment) -> None:
    slow = experiment.scenarios["slow"]
    first, later = slow.regimes["status_quo_ante"], slow.regimes["demand_and_support"]
    mixed = mix(first, later, ["benefits"])
    key = "benefits.basic_income"
    assert mixed.citations[key] == later.citations[key]
    assert mixed.citations["casework.meetings"] == first.citations["casework.meetings"]
    assert set(mixed.citations) <= set(first.citations) | set(later.citations)


def test_a_component_that_contradicts_the_other_rules_is_refused(experiment: Experiment) -> None:
    slow = experiment.scenarios["slow"]
    regime = slow.regimes["demand_and_support"]
    unpaid = dict(regime.instruments)
    name = next(iter(unpaid))
    unpaid[name] = unpaid[name].model_copy(update={"funded_by": "regional_budget", "budget": 10.0})
    with pytest.raises(ValueError, match="regional"):
        mix(
            slow.regimes["status_quo_ante"],
            regime.model_copy(update={"instruments": unpaid}),
            ["instruments"],
        )
