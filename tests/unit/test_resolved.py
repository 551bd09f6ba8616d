"""Resolved timelines: who is under which rules when, which budgets run, who decides, by group of municipalities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from labsim.config import load
from labsim.experiment.resolved import governance, groups, share_of_place, shares, spans, steps
from labsim.model import LabourMarket, move_the_policy_clock
from labsim.scenario import Scenario
from labsim.units import format_month, parse_month

PILOTS = "{based_on: pilots_first, start: 2002-01, first: [Lower Toytown]}"


def scenario(folder: Path, *transitions: str, base: str = "toytown", more: str = "") -> Scenario:
    listed = "".join(f"  - {each}\n" for each in transitions)
    file = folder / "x.yaml"
    file.write_text(f"scenario: x\nbased_on: {base}\ntransitions:\n{listed}{more}", encoding="utf-8")
    return load(file)


def only(scenario: Scenario) -> dict[str, Any]:
    (step,) = steps(scenario)
    return step


def test_without_pilots_all_municipalities_are_one_group(tmp_path: Path) -> None:
    assert list(groups(scenario(tmp_path, "{based_on: abrupt, start: 2002-01}"))) == ["all municipalities"]


def test_pilots_are_a_group_of_their_own(tmp_path: Path) -> None:
    first, second = steps(scenario(tmp_path, PILOTS))
    assert (first["group"], first["starts"], first["by_lot"]) == ("Upper Toytown", ["2003-01"], False)
    assert (second["group"], second["starts"], second["by_lot"]) == ("Lower Toytown", ["2002-01"], False)


def test_where_a_lot_draws_the_order_the_months_are_listed(tmp_path: Path) -> None:
    pilot, others = steps(scenario(tmp_path, "secured", base="dortmund_2003"))
    assert (pilot["group"], others["group"]) == ("Dortmund", "the other 5")
    assert (pilot["by_lot"], others["by_lot"]) == (False, True)
    assert others["starts"] == ["2004-01", "2004-03", "2004-05", "2004-08", "2004-10"]
    assert others["under_new_rules"] == {"2004-06": 0.6, "2004-12": 1.0}
    assert (pilot["announced"], others["announced"]) == ("2002-07", "2003-07")
    assert pilot["overlap"] == {"months": 6, "until": "2003-06"}
    assert pilot["bridging"] == {"share": 0.85, "until": "2004-12"}
    assert others["bridging"]["until"] == "2006-09", "in the last to begin"


@pytest.mark.parametrize("passage", [PILOTS, "{based_on: linear_24, start: 2002-01}",
                                     "{based_on: abrupt, start: 2002-01}"])  # fmt: skip
def test_the_shares_are_those_of_a_run(passage: str, tmp_path: Path) -> None:
    """In a run in which nothing happens but the timeline, and nobody is protected by old rules."""
    told = scenario(tmp_path, passage)
    free = [each.model_copy(update={"grandfathered": "none"}) for each in told.timeline.transitions]
    timeline = told.timeline.model_copy(update={"transitions": tuple(free)})
    small = told.model_copy(update={"timeline": timeline, "scale": 0.2, "burn_in": 0})
    model = LabourMarket(small, seed=1, processes=(move_the_policy_clock,))
    expected = {(row["group"], row["month"], row["regime"]): row["share"] for row in shares(told)}
    persons = model.world.persons
    while model.month <= model.end_month:
        month = model.month
        model.step()
        new = (persons.regime > 0).mean()
        assert new == pytest.approx(share_of_place(told, month)["local_activation"], abs=0.02)
        for name, group in groups(told).items():
            codes = [i for i, m in enumerate(told.place.municipalities) if m.name in group.municipalities]
            here = [persons.municipality == code for code in codes]
            mean = persons.regime[sum(here) > 0].mean()
            assert mean == pytest.approx(expected[name, format_month(month), "local_activation"], abs=0.02)


def test_shares_add_up_to_one_in_every_month() -> None:
    told = load("dortmund_regional_budget")
    sums: dict[tuple[str, str], float] = {}
    for row in shares(told):
        sums[row["group"], row["month"]] = sums.get((row["group"], row["month"]), 0.0) + row["share"]
    assert len(sums) == 2 * told.months
    assert set(sums.values()) == {1.0}


def test_half_years_go_on_until_everybody_may_have_switched(tmp_path: Path) -> None:
    step = only(scenario(tmp_path, "{based_on: linear_24, start: 2002-03}"))
    assert step["under_new_rules"] == {
        "2002-06": 0.166667, "2002-12": 0.416667, "2003-06": 0.666667, "2003-12": 0.916667, "2004-06": 1.0,
    }  # fmt: skip


def test_a_gap_lasts_from_the_start_for_as_many_months(tmp_path: Path) -> None:
    step = only(scenario(tmp_path, "{based_on: gap_12, start: 2002-01}"))
    assert step["gap"] == {"months": 12, "until": "2002-12"}
    assert step["overlap"] is step["bridging"] is step["reorganisation"] is step["announced"] is None
    negative = only(scenario(tmp_path, "{based_on: abrupt, start: 2002-01, overlap: -12}"))
    assert negative["gap"] == step["gap"], "a gap is a negative overlap"


def test_a_reorganisation_says_what_it_costs_and_until_when(tmp_path: Path) -> None:
    step = only(scenario(tmp_path, "{based_on: reorganised, start: 2002-01}"))
    assert step["reorganisation"] == {"capacity": 0.5, "ties": 0.5, "until": "2002-12"}


def test_who_keeps_the_old_rules_is_said(tmp_path: Path) -> None:
    assert only(load("toytown"))["keeps_old_rules"] == ["people in measures, until the measure ends"]
    passage = "{based_on: abrupt, start: 2002-01, unit: new_spell, grandfathered: none}"
    assert only(scenario(tmp_path, passage))["keeps_old_rules"] == [
        "people in running spells, until the spell ends"
    ]


def test_governance_follows_most_people_s_regime(tmp_path: Path) -> None:
    rows = governance(scenario(tmp_path, "{based_on: linear_24, start: 2002-01}"))
    assert [(row["start"], row["until"], row["mode"]) for row in rows] == [
        ("2000-01", "2003-01", "centralised"), ("2003-01", None, "joint"),
    ]  # fmt: skip
    assert rows[1]["why"] == "as local_activation says"


def test_a_municipality_s_own_governance_goes_before_its_regime_s(tmp_path: Path) -> None:
    more = (
        "governance:\n  - {municipality: Upper Toytown, start: 2001-01, mode: municipal, clientelism: 0.2}\n"
        "  - {municipality: Upper Toytown, start: 2004-01, mode: networked}\n"
    )
    rows = governance(scenario(tmp_path, "{based_on: abrupt, start: 2002-01}", more=more))
    own = [row for row in rows if row["group"] == "Upper Toytown"]
    assert [(row["start"], row["mode"]) for row in own] == [
        ("2000-01", "centralised"), ("2001-01", "municipal"), ("2002-01", "municipal"), ("2004-01", "networked"),
    ]  # fmt: skip
    assert [row["terms"]["clientelism"] for row in own] == [0.0, 0.2, 0.2, 0.2], "what is left out stays"
    assert [row["terms"]["local_choice"] for row in own] == [0.0, 0.0, 0.25, 0.25], "the regime's"
    assert [row["why"] for row in own[1:]] == ["its own change"] * 3
    assert {row["mode"] for row in rows if row["group"] == "Lower Toytown"} == {"centralised", "joint"}


def test_municipalities_with_equal_changes_stay_together(tmp_path: Path) -> None:
    more = "governance:\n" + "".join(
        f"  - {{municipality: {name}, start: 2001-01, mode: joint}}\n"
        for name in ("Upper Toytown", "Lower Toytown")
    )
    told = scenario(tmp_path, "{based_on: abrupt, start: 2002-01}", more=more)
    assert list(groups(told)) == ["all municipalities"]


def test_stretches_lie_within_the_run_and_have_a_length(tmp_path: Path) -> None:
    told = scenario(tmp_path, "{based_on: gap_bridged, start: 2004-06, announcement: 3, reorganisation: 0.1}")
    rows = {row["what"]: row for row in spans(told)}
    assert set(rows) == {"announcement", "gap", "bridging", "reorganisation", "governance"}
    assert (rows["announcement"]["start"], rows["announcement"]["end"]) == ("2004-03", "2004-06")
    assert (rows["gap"]["start"], rows["gap"]["end"], rows["gap"]["text"]) == (
        "2004-06", "2005-06", "12 months without budgets",
    )  # fmt: skip
    assert rows["bridging"]["text"] == "85 % of contracts go on"
    assert all(parse_month(row["start"]) < parse_month(row["end"]) for row in rows.values())


def test_what_begins_after_the_end_is_not_drawn(tmp_path: Path) -> None:
    told = scenario(tmp_path, "{based_on: gap_12, start: 2005-06}")
    assert [row["what"] for row in spans(told)] == ["governance"]
    assert len(told.notices()) == 1
