"""What holds for every shipped file: schema, sources, labels, figures as published."""

from __future__ import annotations

import csv
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from labsim.config import (
    KINDS,
    Kind,
    available,
    check,
    load,
    load_experiment,
    load_place,
    sources,
)
from labsim.config.schema import FORMS, write_schemas
from labsim.parameters import Parameters

ROOT = Path(__file__).resolve().parents[2]
FILES = [(kind, file) for kind in KINDS for file in available(kind).values()]
SCENARIOS = sorted(available("scenario"))


def plain(file: Path) -> Any:
    return YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("kind", "file"), FILES, ids=lambda each: getattr(each, "stem", each))
class TestEveryShippedFile:
    def test_loads(self, kind: Kind, file: Path) -> None:
        assert check(file) == kind

    def test_matches_its_schema(self, kind: Kind, file: Path) -> None:
        schema = json.loads((ROOT / "configs" / "schema" / f"{kind}.json").read_text(encoding="utf-8"))
        Draft202012Validator.check_schema(schema)
        assert [error.message for error in Draft202012Validator(schema).iter_errors(plain(file))] == []

    def test_names_its_schema_for_editors(self, kind: Kind, file: Path) -> None:
        first = file.read_text(encoding="utf-8").splitlines()[0]
        named = first.removeprefix("# yaml-language-server: $schema=")
        assert (file.parent / named).resolve() == ROOT / "configs" / "schema" / f"{kind}.json"

    def test_has_a_name_and_a_label_in_both_languages(self, kind: Kind, file: Path) -> None:
        data = plain(file)
        beside_a_place = kind in {"scorecard", "calibration"}  # they are of a place, which has the label
        in_a_folder = beside_a_place or kind in {"place", "experiment", "sweep"}
        assert data[kind] == (file.parent.name if in_a_folder else file.stem)
        if beside_a_place:
            data = plain(file.parent / "place.yaml")
        assert data["label"]["en"]
        assert data["label"]["de"]

    def test_has_no_long_lines_whatever_its_kind(self, kind: Kind, file: Path) -> None:
        assert kind in FORMS
        assert max(map(len, file.read_text(encoding="utf-8").splitlines())) <= 120


def test_schemas_are_up_to_date(tmp_path: Path) -> None:
    for fresh in write_schemas(tmp_path):
        committed = ROOT / "configs" / "schema" / fresh.name
        assert committed.read_text(encoding="utf-8") == fresh.read_text(encoding="utf-8"), "run: make schema"
    assert {file.stem for file in (ROOT / "configs" / "schema").iterdir()} == set(FORMS)


@pytest.mark.parametrize("kind", ["regime", "scenario", "transition"])
def test_a_schema_asks_for_little_where_a_file_is_based_on_another(kind: Kind) -> None:
    schema = Draft202012Validator(json.loads((ROOT / "configs" / "schema" / f"{kind}.json").read_text()))
    assert schema.is_valid({kind: "x", "based_on": "y"})
    assert not schema.is_valid({kind: "x"})
    assert not schema.is_valid({kind: "x", "based_on": "y", "unknown": 1})


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ({"conditionality": {"sanction_rate": 3}}, {"conditionality": {"sanction_rate": 0.3}}),
        ({"casework": {"meetings": {"value": 9}}}, {"casework": {"meetings": {"value": 2, "source": "s"}}}),
        ({"casework": {"meetngs": 1}}, {"casework": {"meetings": 1}}),
        ({"instruments": {"magic": {}}}, {"instruments": {"short_course": None}}),
        ({"conditionality": {"sanction_months": {"value": 3, "unit": "weeks"}}},
         {"conditionality": {"sanction_months": {"value": 3, "unit": "months"}}}),
    ],
)  # fmt: skip
def test_a_schema_refuses_what_the_loader_refuses(wrong: dict[str, Any], right: dict[str, Any]) -> None:
    schema = Draft202012Validator(json.loads((ROOT / "configs" / "schema" / "regime.json").read_text()))
    based = {"regime": "x", "based_on": "y"}
    assert schema.is_valid(based | right)
    assert not schema.is_valid(based | wrong)


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_value_of_a_shipped_scenario_lacks_a_source(name: str) -> None:
    assert not [row.where for row in sources(load(name)) if "without a source" in row.source]


def test_the_experiment_compares_four_ways_over_equal_seeds() -> None:
    experiment = load_experiment("dortmund_2003")
    assert list(experiment.scenarios) == [
        "dortmund_status_quo", "dortmund_2003", "dortmund_local_activation", "dortmund_regional_budget",
    ]  # fmt: skip
    assert experiment.baseline == "dortmund_status_quo"
    assert len(experiment.seeds) == 20
    assert experiment.outcomes == (
        "employment_rate", "underemployment_rate", "unemployment_rate", "long_term_share",
    )  # fmt: skip
    assert [window.window for window in experiment.windows] == ["before", "during", "after"]
    shared = [
        scenario.model_dump(exclude={"scenario", "label", "question", "timeline", "regimes"})
        for scenario in experiment.scenarios.values()
    ]
    assert all(each == shared[0] for each in shared), "the scenarios differ in policy only"


def test_toytown_has_twenty_thousand_invented_persons() -> None:
    place = load_place("toytown")
    assert place.fictional
    assert [m.population_of_working_age for m in place.municipalities] == [12_000, 8_000]
    for municipality in place.municipalities:
        values = [p.value for p in place.employees if p.municipality == municipality.name]
        assert 1.02 < max(values) / min(values) < 1.10, "a mild cycle"


def test_dortmund_is_as_large_as_its_residents_of_1998() -> None:
    place = load_place("dortmund")
    residents = {p.municipality: p.value for p in place.population if p.date == "1998"}
    for municipality in place.municipalities:
        assert municipality.population_of_working_age == round(1000 * residents[municipality.name] * 0.66)


def test_jobs_per_head_differ_as_published_employees_do_around_the_mean_of_the_model() -> None:
    place = load_place("dortmund")
    employees = {p.municipality: 1000 * p.value for p in place.employees if p.date == "1998"}
    people = {m.name: m.population_of_working_age for m in place.municipalities}
    jobs = {m.name: m.jobs_per_head or 0.0 for m in place.municipalities}
    factors = [jobs[name] * people[name] / employees[name] for name in people]
    assert factors == pytest.approx([sum(factors) / len(factors)] * len(factors), rel=0.002)
    mean = sum(jobs[name] * people[name] for name in people) / sum(people.values())
    assert mean == pytest.approx(Parameters().demand.jobs_per_head, abs=0.0005), (
        "scale jobs_per_head in place.yaml"
    )


def test_dortmund_starts_from_the_published_rates_of_1998() -> None:
    place = load_place("dortmund")
    published = {(p.series, p.municipality): p.value for p in place.targets if p.date == "1998"}
    for municipality in place.municipalities:
        assert municipality.unemployment_rate == published["unemployment_rate", municipality.name]
        assert municipality.long_term_share == published["long_term_share", municipality.name]


def test_dortmund_has_the_published_series_without_gaps() -> None:
    place = load_place("dortmund")
    names = [municipality.name for municipality in place.municipalities]
    years = [str(year) for year in range(1998, 2011)]
    for series in (place.employees, place.population):
        assert [(p.municipality, p.date) for p in series] == [
            (name, year) for name in names for year in years
        ]
    rates = [(p.municipality, p.date) for p in place.targets if p.series == "unemployment_rate"]
    assert rates == [(name, year) for name in names for year in years]
    shares = {(p.municipality, p.date): p.flag for p in place.targets if p.series == "long_term_share"}
    assert list(shares) == rates
    broken = {("Ennepe-Ruhr-Kreis", str(year)) for year in range(2005, 2009)}
    assert {figure for figure, flag in shares.items() if flag == "broken"} == broken


@pytest.mark.parametrize(
    ("series", "municipality", "date", "value"),
    [
        ("unemployment_rate", "Dortmund", "2001", 13.39),
        ("unemployment_rate", "Dortmund", "2003", 14.5),
        ("unemployment_rate", "Dortmund", "2005", 18.12),
        ("unemployment_rate", "Dortmund", "2010", 13.04),
        ("unemployment_rate", "Hagen", "2006", 13.97),
        ("long_term_share", "Dortmund", "1998", 50.33),
        ("long_term_share", "Unna", "2002", 38.03),
        ("youth_unemployment_rate", "Dortmund", "2008", 11.73),
    ],
)
def test_published_outcomes_are_as_published(series: str, municipality: str, date: str, value: float) -> None:
    found = [
        p
        for p in load_place("dortmund").targets
        if (p.series, p.municipality, p.date) == (series, municipality, date)
    ]
    assert [point.value for point in found] == [value]
    assert "break" in found[0].source if date == "2005" else "break" not in found[0].source
    assert found[0].flag == ("break" if date == "2005" else "")


def test_commuters_are_as_published() -> None:
    place = load_place("dortmund")
    names = [municipality.name for municipality in place.municipalities]
    assert place.commuters is not None
    assert place.commuters[names.index("Unna")][names.index("Dortmund")] == 30_132
    assert place.commuters[names.index("Dortmund")][names.index("Hagen")] == 3_878
    assert [sum(row) for row in place.commuters] == [42_073, 39_851, 30_683, 23_721, 30_145, 16_871]


@pytest.mark.parametrize(
    "file", sorted((ROOT / "configs" / "places").rglob("*.csv")), ids=lambda f: f"{f.parent.name}/{f.stem}"
)
def test_tables_keep_source_and_verification_of_every_figure(file: Path) -> None:
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    assert rows
    assert all(row["source"] and row["verified"] for row in rows)


def test_no_file_names_a_machine() -> None:
    folders = (ROOT / "configs", ROOT / "experiments", ROOT / "tests" / "broken")
    for file in (
        file for folder in folders for file in folder.rglob("*") if file.suffix in {".yaml", ".csv", ".md"}
    ):
        assert not re.search(rb"/(work|home|root|tmp|Users)/", file.read_bytes()), file


def test_a_scenario_loads_in_a_blink() -> None:
    load("dortmund_2003")
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        load("dortmund_2003")
        times.append(time.perf_counter() - begin)
    assert min(times) < 0.5
