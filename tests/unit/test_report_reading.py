"""From a results folder to a report's parts: what is read, what is refused, what is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from labsim.analysis import transition
from labsim.figures import theme
from labsim.report import ReportError, provenance, read_results, summary, write

from .synthetic import EFFECTS, INDICATORS, LABELS, run, write_experiment, write_run

NAMES = list(EFFECTS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_experiment(tmp_path_factory.mktemp("experiment"), seeds=2)


@pytest.fixture
def changed(folder: Path, tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    """A copy of the experiment's folder with entries of experiment.json replaced."""

    def change(entries: dict[str, Any]) -> Path:
        for name in ("indicators", "flows", "durations"):
            (tmp_path / f"{name}.parquet").write_bytes((folder / f"{name}.parquet").read_bytes())
        about = json.loads((folder / "experiment.json").read_text()) | entries
        (tmp_path / "experiment.json").write_text(json.dumps(about))
        return tmp_path

    return change


def test_the_baseline_comes_first(changed: Callable[[dict[str, Any]], Path]) -> None:
    results = read_results(changed({"baseline": NAMES[1]}))
    assert results.names == (NAMES[1], NAMES[0], NAMES[2])
    assert results.setting().baseline.label == LABELS[NAMES[1]]


def test_only_what_a_report_shows_is_read(folder: Path) -> None:
    results = read_results(folder)
    assert set(results.indicators["municipality"]) == {"Dortmund", "all"}
    assert "inactive" not in set(results.indicators["indicator"])


def test_a_single_run_gets_its_scenario_and_seed_as_columns(tmp_path: Path) -> None:
    results = read_results(write_run(tmp_path, NAMES[2], seed=2))
    assert not results.compared
    for table in (results.indicators, results.flows, results.durations):
        assert set(table["scenario"]) == {NAMES[2]}
        assert set(table["seed"]) == {2}


def test_the_focus_is_the_municipality_that_the_place_is_named_after(folder: Path) -> None:
    assert read_results(folder).focus == "Dortmund"


def test_without_published_values_or_a_namesake_the_focus_is_the_whole_place(tmp_path: Path) -> None:
    write_run(tmp_path)
    about = run(NAMES[2]) | {"targets": [], "place": "ruhr"}
    (tmp_path / "run.json").write_text(json.dumps(about))
    results = read_results(tmp_path)
    assert results.focus == "all"
    assert results.setting().place == "the whole place"


def test_windows_outcomes_and_comparisons_of_the_experiment_are_followed(
    changed: Callable[[dict[str, Any]], Path],
) -> None:
    results = read_results(changed({
        "outcomes": ["vacancies", "employment_rate"],
        "windows": [{"window": "w", "label": {"en": "Crisis"}, "start": "2008-01", "end": "2009-12"}],
        "comparisons": [{"scenario": NAMES[i], "baseline": NAMES[j]} for i, j in ((1, 0), (2, 1))],
        "failures": 3,
    }))  # fmt: skip
    assert results.outcomes[:2] == ("vacancies", "employment_rate")
    assert [(span.name, span.dates) for span in results.windows] == [("Crisis", "2008–2009")]
    assert results.pairs == ((NAMES[2], NAMES[1]),)
    html = write.render(results)
    assert "C  Local activation compared with B  Demand and support" in html
    assert "Crisis (2008–2009), C (Local activation)" in html
    assert "3 runs failed" in html


def test_more_scenarios_than_colours_are_left_out_by_name(changed: Callable[[dict[str, Any]], Path]) -> None:
    names = [*NAMES, "d", "e", "f", "g"]
    runs = {name: run(NAMES[0]) for name in names}
    place = changed({"scenarios": names, "runs": runs})
    for name in ("indicators", "flows", "durations"):
        table = pd.read_parquet(place / f"{name}.parquet")
        copies = [table[table["scenario"] == NAMES[0]].assign(scenario=each) for each in names[3:]]
        pd.concat([table, *copies]).to_parquet(place / f"{name}.parquet")
    results = read_results(place)
    assert results.left_out == ("g",)
    assert set(results.flows["scenario"]) == set(names[:6])


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"neither experiment\.json .* nor run\.json"):
        read_results(tmp_path)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    write_run(tmp_path)
    (tmp_path / "flows.parquet").unlink()
    with pytest.raises(ReportError, match=r"lacks flows\.parquet: the run or experiment is not complete"):
        read_results(tmp_path)


def test_a_table_that_is_no_table_is_named(tmp_path: Path) -> None:
    write_run(tmp_path)
    (tmp_path / "durations.parquet").write_bytes(b"no parquet")
    with pytest.raises(ReportError, match=r"durations\.parquet cannot be read as a results table"):
        read_results(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [("{\n oops", r"run\.json, line 2: no valid JSON"), ("[]", "holds a list, not an object")],
)
def test_a_run_json_that_is_none_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(ReportError, match=message):
        read_results(tmp_path)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"baseline": "x"}, "the baseline 'x' is none of the scenarios"),
        ({"scenarios": []}, "there are none"),
        ({"runs": {}}, "no run of status_quo_ante, demand_and_support, local_activation under `runs`"),
    ],
)
def test_an_experiment_that_contradicts_itself_is_refused(
    changed: Callable[[dict[str, Any]], Path], entries: dict[str, Any], message: str
) -> None:
    with pytest.raises(ReportError, match=message):
        read_results(changed(entries))


def test_a_scenario_without_values_is_refused(changed: Callable[[dict[str, Any]], Path]) -> None:
    place = changed({})
    table = pd.read_parquet(place / "indicators.parquet")
    table[table["scenario"] != NAMES[2]].to_parquet(place / "indicators.parquet")
    with pytest.raises(ReportError, match="no values of the scenario local_activation"):
        read_results(place)


def setting() -> theme.Setting:
    change = transition([run(name)["timeline"] for name in NAMES])
    return theme.Setting(theme.styles(NAMES, LABELS), INDICATORS, "Dortmund", change)


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        ((0.4, 0.2, 0.6), "is 0.40 (0.20 to 0.60) percentage points higher"),
        ((-0.4, -0.6, -0.2), "is 0.40 (0.20 to 0.60) percentage points lower"),
        ((0.1, -0.1, 0.3), "is 0.10 percentage points higher (−0.10 to +0.30: the direction is open)"),
        ((0.0, 0.0, 0.0), "is identical in every pair"),
        ((-0.4, np.nan, np.nan), "is 0.40 percentage points lower (one pair, no interval)"),
    ],
)
def test_a_difference_in_words_tells_size_direction_and_interval(
    numbers: tuple[float, float, float], sentence: str
) -> None:
    assert summary.difference(*numbers, setting(), "employment_rate") == f"employment rate {sentence}"


def test_a_fall_of_the_register_without_work_is_pointed_out(folder: Path) -> None:
    results = read_results(folder)
    rows = results.indicators
    base = rows[rows["scenario"] == NAMES[0]]
    same = pd.concat([base.assign(scenario=name) for name in NAMES], ignore_index=True)
    late = (same["scenario"] == NAMES[1]) & (same["month"] >= "2003")
    same.loc[late & (same["indicator"] == "unemployment_rate"), "value"] -= 1
    texts = summary.sentences(same, results.published, setting())
    warned = [text for text in texts if "do not show more employment" in text]
    assert len(warned) == 2
    assert all(", B (Demand and support)" in text for text in warned)


def test_facts_that_differ_are_told_by_letter(folder: Path) -> None:
    results = read_results(folder)
    facts = provenance.facts(results).set_index("Fact")["Value"]
    assert facts["Commit"] == "0123abc"
    assert facts["Persons simulated"] == "62,000"
    other = {name: {**results.runs[name], "seconds": number} for number, name in enumerate(results.names)}
    differing = replace(results, runs=other)
    told = provenance.facts(differing).set_index("Fact")["Value"]
    assert told["Seconds per run (first seed)"] == "A: 0; B: 1; C: 2"
    missing = replace(results, runs={name: {} for name in results.names})
    assert provenance.facts(missing).set_index("Fact")["Value"]["Commit"] == "not recorded"


def test_each_assumption_is_listed_once_with_the_scenarios_that_use_it(folder: Path) -> None:
    table = provenance.assumptions(read_results(folder)).set_index("Where")["Scenarios"]
    assert table["search.decay"] == "all"
    assert table["regimes.local_activation.contact_interval"] == "C"


def test_one_pair_at_full_scale_with_an_abrupt_change_is_told_as_such(tmp_path: Path) -> None:
    place = write_experiment(tmp_path, NAMES[:2], seeds=1, ramp=0)
    about = json.loads((place / "experiment.json").read_text())
    for told in about["runs"].values():
        told |= {"scale": 1.0, "assumptions": [], "targets": [], "place": "ruhr"}
        told["regimes"] = {
            "demand_and_support": {"en": "Demanding & supporting", "de": "Fordern und Fördern"}
        }
    (place / "experiment.json").write_text(json.dumps(about))
    html = write.render(read_results(place))
    assert "means over 1 pair of runs" in html
    assert "(one pair, no interval)" in html
    assert "2003-01: Demanding &amp; supporting, at once" in html
    assert "stands for" not in html
    assert "Every value in these runs has a source." in html
    assert "Against the published" not in html
    assert "simulated and published" not in html
    assert "in the whole place" in html


def test_a_timeline_tells_what_a_transition_does_besides_moving_people(folder: Path) -> None:
    results = read_results(folder)
    transition = {
        "gap": 12, "bridging": 0.85, "bridging_months": 18, "announcement": 6, "first": ["Unna"], "pilot_months": 3,
        "reorganisation": 0.5, "reorganisation_ties": 0.25, "reorganisation_months": 9,
    }  # fmt: skip
    config = {"timeline": {"transitions": [transition]}}
    html = write.render(
        replace(results, runs={**results.runs, NAMES[2]: {**results.runs[NAMES[2]], "config": config}})
    )
    assert (
        "2003-01: to Local activation over 24 months (linear, by person); pilots first (Unna, 3 months ahead); "
        "announced 6 months before; a gap of 12 months between old and new budgets; 85 % of old budgets and contracts "
        "bridged for 18 months at most; agencies lose 50 % of their capacity and 25 % of their ties for 9 months"
    ) in html


def test_scenarios_left_out_are_named_in_the_report(folder: Path) -> None:
    html = write.render(replace(read_results(folder), left_out=("g", "h")))
    assert "Not shown, since a figure holds six scenarios at most: g, h." in html


def test_groups_are_compared_where_the_results_have_them(folder: Path) -> None:
    results = read_results(folder)
    young = results.indicators.assign(group="youth")
    both = pd.concat([results.indicators, young], ignore_index=True)
    html = write.render(replace(results, indicators=both))
    assert "The same for: under 25" in html
    assert "Difference to A (Status quo ante) in Dortmund, under 25:" in html
