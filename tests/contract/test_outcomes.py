"""What holds for every registered outcome: a number that says what it is."""

from __future__ import annotations

import json
import re

import pytest
from typer.testing import CliRunner

from labsim.analysis.outcomes import OUTCOMES, Outcome, load_outcomes, register
from labsim.cli import app

NAMES = sorted(load_outcomes())


def test_there_are_outcomes_of_transitions_and_of_individuals() -> None:
    assert {
        "transition_cost_employment", "transition_cost_underemployment", "scar_employment", "time_to_target",
        "months_in_work", "share_gained",
    } <= set(NAMES)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_outcome_says_what_it_is_in_which_unit_and_from_where(name: str) -> None:
    outcome = load_outcomes()[name]
    assert outcome.name == name
    assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
    for text in (outcome.unit, outcome.label, outcome.label_de, outcome.definition, outcome.source):
        assert text.strip() == text
        assert text
    assert outcome.definition.endswith(".")
    assert outcome.label != outcome.label_de


def test_labsim_list_prints_every_outcome() -> None:
    rows = json.loads(CliRunner().invoke(app, ["list", "outcomes", "--json"]).stdout)
    assert [row["name"] for row in rows] == NAMES
    assert all(row["unit"] and row["definition"] and row["source"] for row in rows)


def test_no_two_outcomes_have_one_label() -> None:
    for labels in (
        [each.label for each in load_outcomes().values()],
        [each.label_de for each in OUTCOMES.values()],
    ):
        assert len(labels) == len(set(labels))


def test_a_name_stands_for_one_outcome_only() -> None:
    known = load_outcomes()[NAMES[0]]
    assert register(known) is known
    with pytest.raises(ValueError, match=f"two outcomes are named '{NAMES[0]}'"):
        register(Outcome(NAMES[0], "other", "Other", "Anders", "Something else.", "nobody"))
