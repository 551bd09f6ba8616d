"""Every shipped trial loads, runs at toy size from end to end, and has its verdicts recorded in the README."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from labsim.analysis.trial_values import OUTCOMES
from labsim.analysis.verdicts import NOT_COUNTED, OPEN, VERDICTS
from labsim.config.evidence import findings
from labsim.config.loader import load_trial
from labsim.config.trials import VirtualTrial
from labsim.experiment.trials.campaign import run_trial
from labsim.report.trials import write_trial_report

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "experiments" / "trials"
FILES = sorted(FOLDER.glob("*.yaml"))
README = (FOLDER / "README.md").read_text(encoding="utf-8")
SECTIONS = ("The question", "Run it", "What was expected", "What was found", "What it depends on")
RUN = re.compile(r"`(\w+)` seeds 1 to (\d+), scale (0\.\d+), labsim (\d+\.\d+\.\d+)")
ASKED = {
    "programmes_by_horizon", "training_lock_in", "short_and_long_training", "one_euro_jobs", "sanctions",
    "intensive_counselling", "placement_help", "decentralisation", "temp_agency",
}  # fmt: skip

TINY, BURN_IN = 0.0005, 1

every_trial = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


@cache
def loaded(file: Path) -> VirtualTrial:
    return load_trial(file)


def toy(file: Path) -> VirtualTrial:
    """Return a trial with few persons, hardly a burn-in, and one seed."""
    trial = loaded(file)
    scale = TINY if trial.form.design == "clients" else TINY / 2
    markets = {
        name: each.model_copy(update={"scale": scale, "burn_in": BURN_IN})
        for name, each in trial.markets.items()
    }
    return replace(trial, markets=markets, seeds=(1,))


@pytest.fixture(scope="module")
def run_briefly(tmp_path_factory: pytest.TempPathFactory):
    @cache
    def run(file: Path) -> Path:
        return run_trial(toy(file), tmp_path_factory.mktemp(file.stem) / "out", workers=1)

    return run


def recorded() -> dict[tuple[str, int], str]:
    """Return the verdicts in the README, by trial and number of the finding in its file."""
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \|.*\| ([^|]+) \|$", README, re.MULTILINE)
    return {(name, int(number)): verdict.strip() for name, number, verdict in rows}


def tool() -> Any:
    """Return tools/trial_verdicts.py as a module."""
    spec = importlib.util.spec_from_file_location("trial_verdicts", ROOT / "tools" / "trial_verdicts.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_trials_that_were_asked_for_are_there() -> None:
    assert {file.stem for file in FILES} >= ASKED


def test_every_design_is_shipped() -> None:
    assert {loaded(file).form.design for file in FILES} == {"clients", "municipalities", "saturation"}


@every_trial
def test_a_trial_is_held_against_published_findings(file: Path) -> None:
    trial = loaded(file)
    assert trial.question
    assert trial.form.against
    assert any(finding.counts for finding in trial.found.values())
    assert set(trial.found) <= set(findings())


@every_trial
def test_a_trial_runs_from_end_to_end(file: Path, run_briefly) -> None:
    folder, trial = run_briefly(file), loaded(file)
    about = json.loads((folder / "trial.json").read_text(encoding="utf-8"))
    assert about["failures"] == 0
    assert about["version"]
    assert about["keys"]
    estimates = pd.read_parquet(folder / "estimates.parquet")
    assert set(estimates["outcome"]) == set(trial.form.outcomes)
    assert set(estimates["horizon"]) == set(trial.form.horizons)
    assert set(estimates["trial"]) == set(trial.treatments)
    name = "panel" if trial.form.design == "municipalities" else "cells"
    table = pd.read_parquet(folder / f"{name}.parquet")
    assert set(table["market"]) == set(trial.markets)
    verdicts = pd.read_parquet(folder / "verdicts.parquet")
    assert verdicts["finding"].tolist() == [each.finding for each in trial.form.against]
    assert set(verdicts["verdict"]) <= {OPEN, NOT_COUNTED}, "one seed tells nothing"
    report = write_trial_report(folder).read_text(encoding="utf-8")
    assert str(about["label"]["en"]) in report
    assert "from memory, unverified" in report or "MEMORY" not in set(verdicts["sure"])


@every_trial
def test_treatment_changes_the_world(file: Path, run_briefly) -> None:
    folder, trial = run_briefly(file), loaded(file)
    if trial.form.design == "municipalities":
        panel = pd.read_parquet(folder / "panel.parquet")
        after = panel[panel["month"] > 0].pivot_table(
            index=["unit", "month", "indicator"], columns="world", values="value"
        )
        assert (after["treated"] != after["untreated"]).any()
        before = panel[panel["month"] <= 0].pivot_table(
            index=["unit", "month", "indicator"], columns="world", values="value"
        )
        pd.testing.assert_series_equal(before["treated"], before["untreated"], check_names=False)
        return
    cells = pd.read_parquet(folder / "cells.parquet")
    assert not cells[cells["horizon"] == 0].empty
    totals = cells.groupby(["trial", "world", "horizon"], observed=True)["employed"].sum().unstack("world")
    assert (totals["treated"] != totals["untreated"]).any()
    assert set(trial.form.outcomes) <= set(OUTCOMES)


def test_the_readme_has_its_sections_and_names_every_trial() -> None:
    for title in SECTIONS:
        found = re.search(rf"^## {title}$(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
        assert found, f"no section '{title}'"
        assert len(found.group(1).split()) >= 20, title
    assert [file.stem for file in FILES if f"`{file.stem}`" not in README] == []


def test_the_readme_records_a_verdict_for_every_finding_and_how_it_was_run() -> None:
    expected = {(file.stem, i) for file in FILES for i in range(1, len(loaded(file).form.against) + 1)}
    assert set(recorded()) == expected
    assert set(recorded().values()) <= set(VERDICTS)
    runs = {name: (int(seeds), float(scale)) for name, seeds, scale, _ in RUN.findall(README)}
    for file in FILES:
        trial = loaded(file)
        assert runs[file.stem][0] <= len(trial.seeds)
        assert runs[file.stem][1] == next(iter(trial.markets.values())).scale


def test_no_size_from_memory_is_told_as_a_fact() -> None:
    for file in FILES:
        for i, asked in enumerate(loaded(file).form.against, start=1):
            if loaded(file).found[asked.finding].sure == "MEMORY":
                row = next(
                    line for line in README.splitlines() if line.startswith(f"| `{file.stem}` | {i} |")
                )
                assert "from memory, unverified" in row
                assert recorded()[file.stem, i] == NOT_COUNTED


def test_the_tool_writes_a_row_for_each_finding(run_briefly) -> None:
    file = FOLDER / "temp_agency.yaml"
    rows = tool().lines(run_briefly(file))
    assert len(rows) == len(loaded(file).form.against)
    assert all(row.endswith("| open |") for row in rows)
