"""The command that shows a configuration: timeline, values, sources, payers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import labsim
from labsim.cli import app

ROOT = Path(__file__).resolve().parents[2]


def call(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)  # the command line sets its own


def test_show_draws_the_timeline_and_names_the_source_of_every_value() -> None:
    text = call("show", "configs/scenarios/toytown.yaml").stdout
    assert "2000-01 to 2004-12, after a burn-in of 60 months" in text
    assert "2002-01: status_quo_ante" in text
    assert "parameters.search" in text
    assert text.rstrip().endswith("of them assumptions")
    content = json.loads(call("show", "toytown", "--json").stdout)
    assert content["kind"] == "scenario"
    assert content["config"]["scenario"] == "toytown"
    assert [row["to"] for row in content["timeline"]] == ["status_quo_ante", "local_activation"]
    assert all(row["source"] for row in content["sources"])


def test_show_knows_every_kind_of_file() -> None:
    experiment = call("show", "experiments/dortmund_2003/experiment.yaml").stdout
    content = json.loads(call("show", "dortmund_2003", "--kind", "experiment", "--json").stdout)
    number = len(content["timelines"])
    assert f"{number} scenarios, seeds 1 to " in experiment
    assert number >= 3
    assert "place toytown: Toytown" in call("show", "toytown", "--kind", "place").stdout
    assert "municipalities[Upper Toytown]" in call("show", "toytown", "--kind", "place").stdout
    assert "regime status_quo_ante" in call("show", "status_quo_ante").stdout
    regime = json.loads(call("show", "local_activation", "--kind", "regime", "--json").stdout)
    where = {row["where"]: row for row in regime["sources"]}
    assert where["casework.meetings"]["unit"] == "per client and month"
    assert any(name.startswith("instruments.") for name in where)
    transition = call("show", "benefit_merger").stdout
    assert "from 2005-01" in transition
    assert "grandfathered" in transition


def rows_of(text: str, title: str) -> list[list[str]]:
    """Return the rows of a printed table, cells separated by two spaces or more."""
    lines = text.split(f"\n{title}\n")[1].strip("\n").splitlines()[2:]
    body = lines[: lines.index("")] if "" in lines else lines
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in body]


def test_show_resolves_every_transition_by_group_of_municipalities() -> None:
    text = call("show", "dortmund_regional_budget").stdout
    for number, passage in enumerate(
        (
            "status_quo_ante → hartz_1_3",
            "hartz_1_3 → demand_and_support",
            "demand_and_support → regional_budget",
        ),
        1,
    ):
        assert f"\ntransition {number}: {passage}\n" in text
    first = rows_of(text, "transition 1: status_quo_ante → hartz_1_3")
    assert ["Dortmund", "announced", "2002-09"] in first
    assert ["Dortmund", "budgets", "go with the people"] in first
    lost = "agencies lose 20 % of their capacity until 2004-12, and 30 % of their ties"
    assert ["Dortmund", "reorganisation", lost] in first
    third = rows_of(text, "transition 3: demand_and_support → regional_budget")
    assert ["the other 5", "begins", "2007-07"] in third
    assert ["the other 5", "under the new rules", "2007-12 100 %"] in third
    assert ["Dortmund", "old rules", "kept by people in measures, until the measure ends"] in third
    governance = rows_of(text, "governance")
    assert governance[1][:4] == ["Dortmund", "2005-10", "networked", "as regional_budget says"]
    assert governance[2][:4] == ["the other 5", "1998-01", "centralised", "as status_quo_ante says"]


def test_show_says_what_a_path_does_to_budgets_and_contracts(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    for path, said in (
        ("gap_12", "old ones end at once, new ones begin 12 months later (none until 2003-12)"),
        ("gap_bridged", "85 % go on until 2004-12 at the latest"),
        ("secured", "old ones go on beside the new ones until 2003-06"),
        ("secured", "2004-01, 2004-03, 2004-05, 2004-08, 2004-10 (the order is drawn by lot)"),
        ("{based_on: abrupt, unit: new_spell, grandfathered: none}", "(as their spells end)"),
        ("{based_on: abrupt, grandfathered: none}", "kept by nobody"),
    ):
        file.write_text(f"scenario: x\nbased_on: dortmund_2003\ntransitions: [{path}]\n", encoding="utf-8")
        assert said in call("show", file).stdout, path


def test_the_json_of_a_scenario_holds_what_is_printed() -> None:
    content = json.loads(call("show", "dortmund_regional_budget", "--json").stdout)
    assert [(step["transition"], step["group"]) for step in content["steps"]] == [
        (number, group) for number in (1, 2, 3) for group in ("Dortmund", "the other 5")
    ]
    assert [row["mode"] for row in content["governance"]] == ["centralised", "networked"] * 2
    assert content["notices"] == []


def test_a_timeline_is_drawn_as_one_page_that_loads_nothing(tmp_path: Path) -> None:
    target = tmp_path / "timeline.html"
    assert call("show", "dortmund_2003", "--draw", target).stdout.endswith(f"timeline drawn: {target}\n")
    page = target.read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert "Timeline of dortmund_2003" in page
    assert 'src="http' not in page
    assert [path.name for path in tmp_path.iterdir()] == ["timeline.html"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("toytown", "--draw", "picture.png"), "write a name that ends in .html"),
        (("toytown", "--draw", "nowhere/picture.html"), "there is no folder nowhere"),
        (("hartz_1_3", "--draw", "picture.html"), "this is a regime, but only the timeline of a scenario"),
        (("one_euro_jb",), "there is nothing named 'one_euro_jb'; did you mean 'one_euro_job'?"),
        (("one_euro_jb", "--kind", "instrument"), "unknown instrument 'one_euro_jb'; did you mean"),
    ],
)
def test_what_cannot_be_shown_or_drawn_is_told(arguments: tuple[str, ...], said: str) -> None:
    result = call("show", *arguments, code=2)
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_regime_shows_who_pays_for_what() -> None:
    text = call("show", "demand_and_support").stdout
    assert ["basic income", "federal 70 %, municipality 30 %"] in [
        row[:2] for row in rows_of(text, "who pays")
    ]
    instruments = {row[0]: row[1:] for row in rows_of(text, "instruments")}
    assert instruments["one_euro_job"] == ["27.11", "1.25", "2,169", "agency", "federal 100 %"]
    assert instruments["short_course"][-1] == "insurance 40 %, federal 60 %"
    content = json.loads(call("show", "demand_and_support", "--json").stdout)
    assert {row["payers"] for row in content["instruments"]} > {"federal 100 %"}
    assert not [row for row in content["sources"] if row["where"].endswith(".employer")], "who pays nothing"


def test_an_instrument_shows_its_settings_and_the_regimes_that_run_it() -> None:
    text = call("show", "one_euro_job").stdout
    assert text.startswith(
        "instrument one_euro_job: One-euro job (Arbeitsgelegenheit mit Mehraufwandsentschädigung)"
    )
    assert "needs providers of work" in text
    regimes = {row[0]: row[-1] for row in rows_of(text, "In the shipped regimes")}
    assert regimes == dict.fromkeys(("coordinated", "demand_and_support", "regional_budget"), "federal 100 %")
    where = {row["where"] for row in json.loads(call("show", "one_euro_job", "--json").stdout)["sources"]}
    assert "cost" in where
    assert "budget" not in where, "each regime writes its own"
    assert "needs no provider" in call("show", "wage_subsidy").stdout


def test_a_transition_shows_where_its_values_come_from() -> None:
    rows = {row["where"]: row for row in json.loads(call("show", "gap_bridged", "--json").stdout)["sources"]}
    assert rows["bridging"]["source"] == "model study, section 4: 85 % of the places held"
    assert rows["gap"]["value"] == 12
    assert rows["overlap"]["source"] == "not used: the default"
    assert all(row["source"] for row in rows.values())


def test_show_survives_a_terminal_without_unicode() -> None:
    environment = os.environ | {
        "PYTHONIOENCODING": "ascii",
        "PYTHONPATH": str(Path(labsim.__file__).parents[1]),
    }
    command = [sys.executable, "-m", "labsim", "show", "toytown"]
    found = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert found.returncode == 0
    assert found.stderr == b""
    assert b"status_quo_ante -> local_activation" in found.stdout
    assert b"#####" in found.stdout
