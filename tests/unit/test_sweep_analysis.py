"""`labsim sweep analyse`: tables, page and printed findings of sweeps whose answers are known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from labsim.analysis.tables import TableError
from labsim.cli import app
from labsim.experiment.store import OutputError
from labsim.report import ReportError
from labsim.report.sweep import findings, write_sweep
from labsim.sweep.analyse import Asked, Findings, analyse

from .synthetic_sweep import SCENARIOS, collected, luck, outcomes_of, planned

SALTELLI = "{kind: saltelli, points: 64}"
CUBE = "{kind: latin_hypercube, points: 200}"


def scarred(points: pd.DataFrame, scenario: str, seed: int) -> np.ndarray:
    """A gap does harm where nothing bridges it and providers grow slowly; both scenarios share much luck."""
    value = 8.0 + luck(seed, len(points))
    if scenario != "path":
        return value
    unbridged = points["transition.gap"] * (1 - points["transition.bridging"])
    harm = 0.1 * unbridged * (points["providers.growth"] < 0.16)
    return value + harm.to_numpy() + 0.05 * luck(seed, len(points), scenario)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    plan = planned(tmp_path_factory.mktemp("saltelli"), SALTELLI)
    return collected(plan, outcomes_of(plan, scarred))


@pytest.fixture(scope="module")
def found(folder: Path) -> Findings:
    return analyse(folder)


def labsim(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["sweep", "analyse", *arguments])


def test_the_contrast_drops_the_luck_that_scenarios_share(found: Findings) -> None:
    summary = found.tables["summary"]
    assert set(summary["minus"]) == {"at_once"}
    assert summary["share"].max() < 0.02
    level = analyse(found.folder, Asked(scenario="path")).tables["summary"]
    assert level["share"].min() > 0.3
    analyse(found.folder)


def test_what_a_scenario_does_not_have_is_left_out_and_said(tmp_path: Path) -> None:
    plan = planned(tmp_path, SALTELLI)
    table = outcomes_of(plan, scarred)
    lacking = (table["outcome"] == "employment_rate") & (table["scenario"] == "at_once")
    folder = collected(plan, table.assign(value=table["value"].mask(lacking)))
    said = labsim(str(folder))
    assert said.exit_code == 0, said.output
    assert "note: no run has a value of employment_rate in late, path less at_once; left out" in said.stderr
    assert set(analyse(folder).tables["summary"]["outcome"]) == {"unemployment_rate"}
    assert set(analyse(folder, Asked(scenario="path")).tables["summary"]["outcome"]) == {
        "unemployment_rate", "employment_rate"
    }  # fmt: skip


def test_all_three_factors_matter_and_mostly_together(found: Findings) -> None:
    indices = found.tables["indices"]
    total = indices[(indices["order"] == "total") & (indices["outcome"] == "employment_rate")]
    assert len(total) == 3
    assert (total["low"] > 0).all()
    first = indices[(indices["order"] == "first") & (indices["outcome"] == "employment_rate")]
    assert first["value"].sum() < 0.9 < total["value"].sum()


def test_every_question_has_every_table_of_its_design(found: Findings) -> None:
    for name in ("indices", "tornado", "interactions", "surfaces", "summary"):
        assert set(found.tables[name]["outcome"]) == {"unemployment_rate", "employment_rate"}, name
        written = pd.read_parquet(found.folder / "analysis" / f"{name}.parquet")
        pd.testing.assert_frame_equal(written, found.tables[name], check_dtype=False)
    assert found.tables["effects"].empty


def test_the_factors_say_where_their_bounds_come_from(found: Findings) -> None:
    bounds = {each["name"]: each["bounds"] for each in found.about["factors"]}
    assert bounds["transition.bridging"] == "all that is declared"
    assert bounds["providers.growth"] == "assumption of this sweep: no source"


def test_the_page_is_complete_and_loads_nothing(found: Findings) -> None:
    page = write_sweep(found.folder)
    text = page.read_text(encoding="utf-8")
    assert page.name == "sweep.html"
    for said in ("An atlas", "When does it leave a scar?", "Where the variance comes from", "What factors do together",
                 "Mean over two factors", "“With a path” less “At once”", "assumption of this sweep: no source",
                 "Saltelli", "512 × 2", "percentage points"):  # fmt: skip
        assert said in text, said
    assert "src=" not in text.split("<script>")[0]
    assert "default-src 'none'" in text


def test_the_figures_of_the_page_can_be_german(found: Findings) -> None:
    text = write_sweep(found.folder, "de").read_text(encoding="utf-8")
    assert "Woher die Varianz kommt" in text
    assert "95-%-Intervall" in text
    write_sweep(found.folder)


def test_findings_are_one_row_per_question(found: Findings) -> None:
    table = findings(found.about, found.tables)
    assert len(table) == 2
    row = table.iloc[0]
    assert "transition.gap" in row["Strongest"]
    assert row["Points × seeds"] == "512 × 2"


def test_a_latin_hypercube_has_regression_and_binned_indices(tmp_path: Path) -> None:
    plan = planned(tmp_path, CUBE)
    tables = analyse(collected(plan, outcomes_of(plan, scarred)), Asked("employment_rate")).tables
    assert set(tables["indices"]["order"]) == {"first"}
    assert set(tables["effects"]["measure"]) == {"regression"}
    assert set(tables["summary"]["outcome"]) == {"employment_rate"}
    assert write_sweep(plan.folder).is_file()


def test_a_screening_has_elementary_effects_and_no_indices(tmp_path: Path) -> None:
    plan = planned(tmp_path, "{kind: morris, points: 10}")
    tables = analyse(collected(plan, outcomes_of(plan, scarred)), Asked("employment_rate")).tables
    assert tables["indices"].empty
    assert tables["effects"]["mu_star"].gt(0).all()
    assert "σ" in write_sweep(plan.folder).read_text(encoding="utf-8")


def test_missing_runs_are_said_and_do_not_end_it(tmp_path: Path) -> None:
    plan = planned(tmp_path, SALTELLI)
    table = outcomes_of(plan, scarred)
    lost = table[~((table["point"] == 5) & (table["scenario"] == "path"))]
    remarks = analyse(collected(plan, lost), Asked("employment_rate")).tables["remarks"]["remark"]
    assert [text.split(" ", 1)[0] for text in remarks] == ["1"]
    assert "not being whole" in remarks.iloc[0]
    one_seed = table[~((table["point"] == 5) & (table["seed"] == 2))]
    remarks = analyse(collected(plan, one_seed), Asked("employment_rate")).tables["remarks"]["remark"]
    assert remarks.iloc[0] == "1 points are left out, because runs of theirs are missing"


def test_what_never_varies_has_no_indices_but_a_page(tmp_path: Path) -> None:
    plan = planned(tmp_path, SALTELLI)
    flat = analyse(collected(plan, outcomes_of(plan, lambda points, _, __: np.ones(len(points)))))
    assert flat.tables["indices"].empty
    assert "no variance to share out" in flat.tables["remarks"]["remark"].iloc[0]
    assert write_sweep(plan.folder).is_file()


def test_a_few_points_have_a_summary_and_a_remark(tmp_path: Path) -> None:
    body = SCENARIOS + "points:\n  - {transition.bridging: 0, transition.gap: 3, providers.growth: 0.1}\n"
    plan = planned(tmp_path, "{kind: list}", body=body)
    tables = analyse(collected(plan, outcomes_of(plan, scarred))).tables
    assert len(tables["summary"]) == 2
    assert "too few" in tables["remarks"]["remark"].iloc[0]
    assert write_sweep(plan.folder).is_file()


def test_the_command_prints_the_findings_and_where_the_page_is(folder: Path) -> None:
    done = labsim(str(folder), "--outcome", "employment_rate")
    assert done.exit_code == 0, done.output
    for said in ("What the sweep found", "Employment", "transition.gap", "sweep.html"):
        assert said in done.stdout


def test_json_has_every_table_and_nothing_undefined(folder: Path) -> None:
    done = labsim(str(folder), "--json", "--contrast", "path,at_once", "--window", "late")
    assert done.exit_code == 0, done.output
    facts = json.loads(done.stdout, parse_constant=pytest.fail)
    assert {row["order"] for row in facts["indices"]} == {"first", "total"}
    assert facts["summary"][0]["seeds"] == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--outcome", "employment"), "did you mean 'employment_rate'?"),
        (("--window", "lat"), "did you mean 'late'?"),
        (("--contrast", "pathh"), "did you mean 'path'?"),
        (("--contrast", "at_once"), "is the baseline"),
        (("--contrast", "a,b,c"), "two with a comma"),
        (("--contrast", "path", "--scenario", "path"), "write one of them"),
        (("--language", "fr"), "'en', 'de'"),
    ],
)
def test_a_wrong_question_gets_one_clear_line(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    done = labsim(str(folder), *arguments)
    assert done.exit_code == 2
    assert said in done.output
    assert "Traceback" not in done.output


def test_folders_without_plan_results_or_analysis_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no folder of a sweep"):
        analyse(tmp_path / "nowhere")
    with pytest.raises(ReportError, match="no analysis"):
        write_sweep(tmp_path)
    plan = planned(tmp_path, SALTELLI)
    with pytest.raises(TableError, match="labsim sweep collect"):
        analyse(plan.folder)
    (plan.folder / "outcomes.parquet").write_bytes(b"nothing")
    with pytest.raises(TableError, match="writes it anew"):
        analyse(plan.folder)
