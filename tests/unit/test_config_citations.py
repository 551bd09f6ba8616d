"""Where values come from."""

from __future__ import annotations

import pickle
from pathlib import Path

from labsim.config import assumptions, load, load_regime, sources
from labsim.parameters import STUDY


def scenario_with(folder: Path, lines: str) -> str:
    file = folder / "x.yaml"
    file.write_text(f"scenario: x\nbased_on: toytown\n{lines}", encoding="utf-8")
    return str(file)


def test_every_value_is_listed_with_unit_and_meaning() -> None:
    rows = sources(load("dortmund_2003"))
    where = [row.where for row in rows]
    assert len({(row.where, row.source) for row in rows}) == len(rows)
    assert all(row.unit and row.meaning and row.source for row in rows)
    for key in (
        "parameters.hiring.standard",
        "regimes.status_quo_ante.casework.meetings",
        "regimes.hartz_1_3.instruments.job_creation.budget",
        "place.municipalities[Dortmund].population_of_working_age",
        "place.occupations[manufacturing].share",
        "place.travel_minutes",
    ):
        assert key in where


def test_a_source_in_the_file_comes_before_the_declared_one(tmp_path: Path) -> None:
    lines = (
        "parameters:\n  demand:\n    layoff_band: {value: 0.03, source: a survey}\n    layoff_speed: 0.5\n"
    )
    found = {row.where: row.source for row in sources(load(scenario_with(tmp_path, lines)))}
    assert found["parameters.demand.layoff_band"] == "a survey"
    assert found["parameters.demand.layoff_speed"] == "assumption (written without a source)"
    assert found["parameters.demand.posting_speed"] == STUDY


def test_a_default_written_again_keeps_the_declared_source(tmp_path: Path) -> None:
    default = load("toytown").parameters.demand.layoff_band
    lines = f"parameters:\n  demand:\n    layoff_band: {default}\n"
    found = {row.where: row.source for row in sources(load(scenario_with(tmp_path, lines)))}
    assert found["parameters.demand.layoff_band"] == STUDY


def test_a_regime_inherits_sources_with_the_values() -> None:
    base, regime = load_regime("status_quo_ante").citations, load_regime("local_activation").citations
    assert regime["benefits.older_from"] == base["benefits.older_from"]
    assert regime["casework.targeting"] == "model study, section 8"
    assert regime["instruments.further_training.budget"] != base["instruments.further_training.budget"]


def test_a_source_of_a_list_holds_for_its_entries() -> None:
    found = {row.where: row.source for row in sources(load("dortmund_2003"))}
    assert found["place.occupations[manufacturing].share"].startswith("assumption: round shares")


def test_published_series_are_listed_once_per_source() -> None:
    rows = [row for row in sources(load("dortmund_2003")) if row.where == "place.employees.employees"]
    assert [(row.value, row.unit) for row in rows] == [("78 figures, 1998 to 2010", "thousand persons")]
    assert "GERDA" in rows[0].source


def test_assumptions_are_the_values_without_anything_else_behind_them() -> None:
    listed = assumptions(load("dortmund_2003"))
    assert all(row["source"].lower().startswith("assumption") for row in listed)
    assert {"where", "value", "unit", "meaning", "source"} == set(listed[0])
    where = {row["where"] for row in listed}
    assert "place.travel_minutes" in where
    assert "regimes.demand_and_support.benefits.registers_recipients" in where
    assert "regimes.demand_and_support.casework.meetings" not in where, "the model study stands behind it"


def test_an_invented_place_is_no_list_of_assumptions() -> None:
    rows = {row.where: row.source for row in sources(load("toytown")) if row.where.startswith("place.")}
    assert rows["place.municipalities[Upper Toytown].jobs_per_head"] == "fictional"
    assert not any(row["where"].startswith("place.") for row in assumptions(load("toytown")))


def test_sources_survive_copies_and_other_processes() -> None:
    scenario = load("toytown")
    assert sources(scenario.model_copy(update={"scale": 0.5})) == sources(scenario)
    assert sources(pickle.loads(pickle.dumps(scenario))) == sources(scenario)


def test_sources_are_no_part_of_the_content() -> None:
    scenario = load("toytown")
    bare = type(scenario).model_validate(
        scenario.model_dump() | {"place": scenario.place, "regimes": scenario.regimes}
    )
    assert bare == scenario
    assert "citations" not in scenario.model_dump_json()


def test_what_a_transition_does_to_institutions_is_listed_with_its_source(tmp_path: Path) -> None:
    lines = (
        "transitions:\n  - based_on: gap_bridged\n    start: 2002-01\n"
        "    bridging: {value: 0.5, source: a survey}\n"
    )
    rows = {row.where: row for row in sources(load(scenario_with(tmp_path, lines)))}
    assert rows["transitions[1].bridging"].source == "a survey"
    assert rows["transitions[1].gap"].source.startswith("model study, section 4"), (
        "from the file it is based on"
    )
    assert rows["transitions[1].start"].source == "assumption (written without a source)"
    assert rows["transitions[1].start"].value == "2002-01"
    assert "transitions[1].overlap" not in rows, "what keeps its default is no choice"


def test_a_source_of_a_whole_transition_stands_for_the_values_in_its_file_only(tmp_path: Path) -> None:
    lines = (
        "transitions:\n  - {based_on: regional_budget, before: status_quo_ante, start: 2002-01, pilot_months: 6,"
        " first: [Upper Toytown]}\n"
    )
    rows = {row.where: row.source for row in sources(load(scenario_with(tmp_path, lines)))}
    assert rows["transitions[1].unit"].startswith("Tagesspiegel/ddp 2007")
    for key in ("start", "pilot_months", "first"):
        assert rows[f"transitions[1].{key}"] == "assumption (written without a source)"


def test_changes_of_governance_are_listed_with_their_source(tmp_path: Path) -> None:
    lines = (
        "governance:\n  - municipality: Upper Toytown\n    start: 2002-01\n    mode: municipal\n"
        "    cost_shifting: {value: 0.3, source: assumption}\n    clientelism: 0.1\n"
    )
    rows = {row.where: row for row in sources(load(scenario_with(tmp_path, lines)))}
    assert rows["governance[1].cost_shifting"].source == "assumption"
    assert rows["governance[1].clientelism"].source == "assumption (written without a source)"
    assert rows["governance[1].clientelism"].unit == "share"
    assert "governance[1].local_choice" not in rows


def test_a_source_of_a_group_of_payers_holds_for_each_of_them() -> None:
    rows = {row.where: row for row in sources(load("dortmund_2003"))}
    federal = rows["regimes.demand_and_support.funding.basic_income.federal"]
    assert (federal.value, federal.source[:10]) == (0.7, "assumption")
    assert "regimes.demand_and_support.funding.basic_income.insurance" not in rows, (
        "who pays nothing is not named"
    )
