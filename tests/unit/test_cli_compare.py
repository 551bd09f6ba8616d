"""`labsim compare` with questions in the experiment's file, and with scenarios instead of an experiment."""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from labsim.cli import app
from labsim.experiment.comparison import read_comparison
from labsim.experiment.store import GAINS_FILE, INDIVIDUALS_FILE

SMALL = """\
scenario: small
label: {en: Small}
based_on: toytown
transitions:
  - {before: status_quo_ante, after: local_activation, start: 2001-01}
burn_in: 6
end: 2002-12
scale: 0.02
"""
STILL = """\
scenario: still
label: {en: As it was}
based_on: small
transitions: []
"""
ASKING = """\
experiment: asking
label: {en: Asking}
scenarios: [still, small]
baseline: still
seeds: 2
windows:
  - {window: before, start: 2000-01, end: 2000-12}
  - {window: after, start: 2001-07, end: 2002-12}
precision: {employment_rate: 0.01}
expect:
  - {outcome: in_measure, scenario: small, window: before, expect: no_change}
  - {outcome: employment_rate, scenario: small, window: after, expect: {at_least: 50}}
decompose:
  - {scenario: small, components: [casework]}
individuals: {window: after}
ideal: small
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "configs" / "scenarios").mkdir(parents=True)
    (tmp_path / "configs" / "scenarios" / "small.yaml").write_text(SMALL)
    (tmp_path / "configs" / "scenarios" / "still.yaml").write_text(STILL)
    (tmp_path / "asking.yaml").write_text(ASKING)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)  # the command line sets its own
    monkeypatch.setenv("LABSIM_CACHE", str(tmp_path / "cache"))


def call(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def compare(*arguments: object, code: int = 0) -> Result:
    return call("compare", *arguments, "--workers", 1, "--no-report", code=code)


def about(path: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((Path(path) / "experiment.json").read_text(encoding="utf-8"))
    return content


def test_the_terminal_says_what_was_expected_and_what_came_and_how_many_replicates_are_needed() -> None:
    out = compare("asking.yaml").stdout
    assert "Small against As it was" in out
    assert "placebo against" not in out
    assert "only casework" not in out
    lines = {line.split("  ")[1].strip(): line for line in out.splitlines() if line.startswith("  ")}
    assert lines["In a measure, persons"].rstrip().endswith("came true"), "before the reform nothing differs"
    assert any("at least +50" in line and line.endswith("came out otherwise") for line in out.splitlines())
    assert "Replicates for the wanted precision" in out
    found = json.loads(compare("asking.yaml", "--json").stdout)
    assert [row["verdict"] for row in found["expectations"]] == ["came true", "came out otherwise"]
    (row,) = [row for row in found["precision"] if row["phase"] == "after"]
    assert row["pairs"] == 2
    assert row["needed"] > 2


def months_alike(one: str, other: str) -> pd.DataFrame:
    """Every value of two scenarios: its month, and whether both scenarios have the same."""
    table = pd.read_parquet("results/asking/indicators.parquet")
    keys = ["seed", "month", "municipality", "group", "indicator"]
    both = table[table["scenario"].isin([one, other])]
    wide = both.set_index([*keys, "scenario"])["value"].unstack("scenario").reset_index()
    return pd.DataFrame({
        "month": wide["month"],
        "alike": (wide[one] == wide[other]) | (wide[one].isna() & wide[other].isna()),
    })  # fmt: skip


def test_a_placebo_is_the_baseline_until_its_month_and_another_history_from_then_on() -> None:
    compare("asking.yaml", "--quiet")
    found = months_alike("still", "still_placebo")
    early = found["month"] < "2001-01"
    assert found.loc[early, "alike"].all()
    assert not found.loc[~early, "alike"].all()


def test_the_passage_between_equal_rules_changes_nothing_and_a_component_does() -> None:
    compare("asking.yaml", "--quiet")
    assert months_alike("still", "small_only_passage")["alike"].all()
    assert not months_alike("still", "small_only_casework")["alike"].all()
    assert not months_alike("small", "small_only_casework")["alike"].all()
    parts = read_comparison(Path("results/asking")).decomposition("small").set_index("part")
    assert (parts.loc["passage", ["mean", "low", "high"]] == 0).all(axis=None)


def test_months_in_work_are_the_same_for_any_number_of_workers() -> None:
    for workers in (1, 2):
        os.environ["LABSIM_CACHE"] = str(Path.cwd() / f"cache{workers}")
        call(
            "compare", "asking.yaml", "--workers", workers, "--out", f"by{workers}", "--no-report", "--quiet"
        )
    assert Path(f"by1/{GAINS_FILE}").read_bytes() == Path(f"by2/{GAINS_FILE}").read_bytes()
    for run in ("still/seed-1", "small/seed-2", "still_placebo/seed-1"):
        files = [Path(f"by{workers}/runs/{run}/{INDIVIDUALS_FILE}") for workers in (1, 2)]
        assert files[0].read_bytes() == files[1].read_bytes()
    kept = pd.read_parquet(files[0])
    assert kept["months"].between(0, 18).all()
    assert 0.3 * 18 < kept["months"].mean() < 18


def test_scenarios_are_compared_without_an_experiment() -> None:
    compare("still", "small", "--seeds", 2, "--quiet")
    assert about("results/still_small")["baseline"] == "still"
    found = json.loads(compare("still", "small", "--baseline", "small", "--seeds", 2, "--json").stdout)
    assert {row["scenario"] for row in found["headline"]} == {"still"}
    assert found["expectations"] == found["precision"] == []


def test_a_baseline_that_is_not_among_the_scenarios_joins_them() -> None:
    compare(
        "configs/scenarios/small.yaml", "--baseline", "configs/scenarios/still.yaml", "--seeds", 1, "--quiet"
    )
    content = about("results/still_small")
    assert content["baseline"] == "still"
    assert [each["name"] for each in content["scenarios"]] == ["still", "small"]


def test_an_experiment_takes_another_of_its_scenarios_as_baseline() -> None:
    result = compare("asking.yaml", "--baseline", "small", "--seeds", 1)
    assert "As it was against Small" in result.stdout
    assert about("results/asking")["individuals"]["placebo"] == "small_placebo"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["still", "still"], "still: the scenario 'still' is named twice, but each may stand once"),
        (
            ["asking.yaml", "still"],
            "asking.yaml: this is an experiment; compare one experiment alone, or several",
        ),
        (
            ["asking.yaml", "--baseline", "smal"],
            "--baseline: asking has no scenario 'smal'; did you mean 'small'?",
        ),
        (["still", "small", "--baseline", "stil"], "unknown scenario 'stil'; did you mean 'still'?"),
        (
            ["still", "small", "--baseline", "status_quo_ante"],
            "this is a regime, but a scenario is asked for",
        ),
        (["still"], "still: this is a scenario, but an experiment is asked for"),
    ],
)
def test_what_cannot_be_compared_is_refused(arguments: list[str], message: str) -> None:
    result = compare(*arguments, code=2)
    assert message in result.stderr
    assert result.stdout == ""
