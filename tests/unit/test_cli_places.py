"""The commands about places of one's own: new, check, population."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from labsim.cli import app
from labsim.config import load, load_place
from labsim.model import LabourMarket

from .names import ROOT

BROKEN = ROOT / "tests" / "broken"


def call(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)  # the command line sets its own
    return tmp_path


@pytest.fixture
def town(folder: Path) -> Path:
    call("place", "new", "my_town")
    return folder / "my_town"


def test_a_new_place_loads_and_runs_as_it_is(town: Path) -> None:
    place = load_place(town)
    assert (place.place, place.label.en) == ("my_town", "My Town")
    assert len(place.municipalities) == 2
    assert place.marginals
    assert place.association
    scenario = load(town / "first_run.yaml", scale=0.02, burn_in=2, end="2000-03")
    assert scenario.scenario == "my_town_first_run"
    assert LabourMarket(scenario, seed=1).run().results.indicators["value"].notna().any()


def test_a_new_place_names_its_files_and_nothing_but_itself(town: Path) -> None:
    listed = call("place", "new", "other").stdout.split()
    assert sorted(listed) == sorted(str(Path("other") / file.name) for file in town.iterdir())
    for file in town.iterdir():
        text = file.read_text(encoding="utf-8")
        assert "newtown" not in text.lower()
        assert "$schema" not in text, "the schema lies elsewhere"


def test_every_table_and_column_of_a_new_place_is_explained(town: Path) -> None:
    text = (town / "README.md").read_text(encoding="utf-8")
    for file in town.glob("*.csv"):
        assert f"`{file.name}`" in text
        for column in file.read_text(encoding="utf-8").splitlines()[0].split(","):
            assert f"`{column}`" in text, f"{file.name}: {column}"


def test_nothing_is_overwritten(town: Path) -> None:
    (town / "place.yaml").write_text("mine", encoding="utf-8")
    assert "is there already" in call("place", "new", "my_town", code=2).stderr
    assert (town / "place.yaml").read_text(encoding="utf-8") == "mine"
    assert "is there already" in call("place", "new", "my_town", "--into", ".", code=2).stderr


@pytest.mark.parametrize("name", ["My Town", "../town", "1town", ""])
def test_a_name_that_files_cannot_have_is_refused(folder: Path, name: str) -> None:
    assert "is no name for a place" in call("place", "new", name, code=2).stderr
    assert list(folder.iterdir()) == []


def test_a_place_can_be_made_elsewhere(folder: Path) -> None:
    call("place", "new", "far", "--into", folder / "a" / "b")
    assert load_place(folder / "a" / "b" / "far").place == "far"
    (folder / "file").write_text("")
    assert "cannot be written" in call("place", "new", "far", "--into", folder / "file", code=2).stderr


def test_a_place_is_checked_by_folder_file_and_name(town: Path) -> None:
    for name in ("my_town", "./my_town", "my_town/place.yaml", town):
        assert call("place", "check", name).stdout.startswith("My Town (my_town): fine\n")
    assert call("place", "check", "toytown").stdout.startswith("Toytown (")


def test_a_check_says_what_is_known_assumed_odd_and_missing(town: Path) -> None:
    text = call("place", "check", "my_town").stdout
    assert "2 municipalities, 24,000 residents of working age, 3 occupations" in text
    assert re.search(r"unemployment_rate +target +14 +2 +2000 to 2006 +2005", text)
    assert re.search(r"Hillside +15,000 +\d+ +\d\.\de-\d+ .* sex -0\.8 %, occupation -0\.8 %", text)
    assert "everything: the place is invented" in text
    assert "the total of sex is -0.8 % apart from that of age (15,000 persons), and was scaled to it" in text
    assert "calibration.yaml: free parameters and their priors" in text
    (town / "calibration.yaml").write_text("")
    assert "calibration.yaml" not in call("place", "check", "my_town").stdout


def test_a_check_is_told_as_json(town: Path) -> None:
    facts = json.loads(call("place", "check", "my_town", "--json").stdout)
    assert facts["fine"]
    assert (facts["place"], facts["persons"], facts["municipalities"]) == ("my_town", 24_000, 2)
    assert {row["series"] for row in facts["tables"]} >= {"employees", "long_term_share", "people by age"}
    assert facts["population"]["deviation"] < 1e-9
    (town / "targets.csv").write_text("series,municipality\n", encoding="utf-8")
    facts = json.loads(call("place", "check", "my_town", "--json", code=2).stdout)
    assert not facts["fine"]
    assert facts["problems"][0]["file"].endswith("targets.csv")
    assert facts["problems"][0]["line"] == 1


def test_all_mistakes_of_all_files_are_told_at_once(town: Path) -> None:
    for name, old, new in (
        ("employees.csv", "Hillside,2001,9.11", 'Hillside,2001,"9,11"'),
        ("marginals.csv", "Riverside,sex,male", "Riverside,sex,mail"),
        (
            "association.csv",
            "tertiary,crafts_and_production,2000,450",
            "tertiary,crafts_and_production,2000,-450",
        ),
        ("place.yaml", "unemployment_rate: 10.9", "unemployment_rate: 109"),
    ):
        text = (town / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, name
        (town / name).write_text(text.replace(old, new), encoding="utf-8")
    lines = call("place", "check", "my_town", code=2).stderr.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "my_town/place.yaml", "my_town/employees.csv", "my_town/marginals.csv",
    ]  # fmt: skip
    text = (town / "marginals.csv").read_text(encoding="utf-8")
    (town / "marginals.csv").write_text(text.replace(",mail,", ",male,"), encoding="utf-8")
    assert "association.csv:8: value is -450" in call("place", "check", "my_town", code=2).stderr


@pytest.mark.parametrize("case", sorted(path.name for path in BROKEN.glob("marginals_*") if path.is_dir()))
def test_a_wrong_place_is_refused_by_every_command(case: str) -> None:
    expected = (BROKEN / f"{case}.expected").read_text(encoding="utf-8").partition("/")[2]
    for name in ("check", "population"):
        result = call("place", name, BROKEN / case, code=2)
        assert expected in result.stderr
        assert result.stdout == ""


def test_a_calibration_is_told_what_it_lacks(town: Path) -> None:
    rows = (town / "targets.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    few = [row for row in rows if row.startswith(("series", "unemployment_rate,Hillside,200"))][:4]
    (town / "targets.csv").write_text("".join(few), encoding="utf-8")
    place = (town / "place.yaml").read_text(encoding="utf-8")
    (town / "place.yaml").write_text(re.sub("population: .*", "", place), encoding="utf-8")
    text = call("place", "check", "my_town").stdout
    assert "targets: no unemployment_rate in Riverside" in text
    assert "targets: fewer than 5 years of unemployment_rate without a flag in Hillside" in text
    assert "targets: no long_term_share" in text
    assert "population: no residents, so that demand moves with employees" in text
    (town / "place.yaml").write_text(
        re.sub("(population|employees|targets): .*", "", place), encoding="utf-8"
    )
    text = call("place", "check", "my_town").stdout
    assert "employees: no row for Hillside, Riverside" in text


def test_years_of_targets_without_employees_are_told(town: Path) -> None:
    for name in ("employees.csv", "population.csv"):
        rows = (town / name).read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [row for row in rows if ",2005," not in row and ",2006," not in row]
        (town / name).write_text("".join(kept), encoding="utf-8")
    text = call("place", "check", "my_town").stdout
    assert "employees: 1 year (2006) of unemployment_rate outside the years of employees" in text


def test_jobs_that_ask_for_other_education_than_people_have_are_odd_but_not_wrong(town: Path) -> None:
    text = (town / "place.yaml").read_text(encoding="utf-8")
    (town / "place.yaml").write_text(text.replace("[0.19, 0.62, 0.19]", "[0.09, 0.62, 0.29]").replace(
        "population_of_working_age: 9000", "population_of_working_age: 12000"), encoding="utf-8")  # fmt: skip
    text = call("place", "check", "my_town").stdout
    assert re.search(r"education tertiary: 18\.\d % of people, but 29\.0 % of jobs", text)
    assert "Riverside: 9,000 persons by age, but population_of_working_age is 12,000" in text


def test_districts_that_are_drawn_are_counted_apart() -> None:
    facts = json.loads(call("place", "check", "germany", "--json").stdout)
    assert facts["municipalities"] == 401
    assert "municipalities: 372 of 401 are synthetic, and stand for no town" in facts["assumed"]
    assert not any("Synthetic" in line for line in facts["missing"])


def test_assumptions_of_a_real_place_are_named() -> None:
    facts = json.loads(call("place", "check", "dortmund", "--json").stdout)
    assert "travel_minutes: assumption" in facts["assumed"]
    assert any(line.startswith("municipalities.population_of_working_age: assumption in Dortmund, Unna") for line
               in facts["assumed"])  # fmt: skip
    assert facts["population"] is None
    [long_term] = [row for row in facts["tables"] if row["series"] == "long_term_share"]
    assert long_term["breaks"] == ["2005"]
    assert "2006" in long_term["broken"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("toytwn", "there is no such folder, and no shipped place; did you mean 'toytown'?"),
        (".", "holds no place.yaml; make a place with `labsim place new`"),
        ("./nowhere", "no such file './nowhere'"),
    ],
)
def test_a_place_that_is_not_there_is_refused(name: str, says: str) -> None:
    for known_as in ("check", "population"):
        assert says in call("place", known_as, name, code=2).stderr


def test_the_fit_is_shown_category_by_category_at_any_scale() -> None:
    text = call("place", "population", "newtown", "--scale", "0.01").stdout
    assert re.search(r"Hillside +education +tertiary +23\.5 +% +23\.50 +23\.50 +0 +35 +23\.33 +-0\.17", text)
    facts = json.loads(call("place", "population", "newtown", "--scale", "0.5", "--json").stdout)
    assert facts["scale"] == 0.5
    assert sum(row["agents"] for row in facts["categories"] if row["trait"] == "sex") == 12_000
    assert max(abs(row["realised_difference"]) for row in facts["categories"]) < 0.1


def test_a_place_without_marginals_has_no_fit_to_show() -> None:
    assert (
        "has no marginals, so there is nothing to fit"
        in call("place", "population", "toytown", code=2).stderr
    )


def test_a_scale_beyond_one_agent_per_person_is_refused() -> None:
    assert "--scale" in call("place", "population", "newtown", "--scale", "2", code=2).stderr
