"""The commands about files and names: check, list, show."""

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
from labsim.policy.instrument import load_instruments

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


def test_check_names_every_file_and_what_it_is() -> None:
    files = [*sorted(Path("configs/regimes").glob("*.yaml")), Path("configs/places/toytown")]
    lines = call("check", *files).stdout.splitlines()
    assert lines[-1] == "configs/places/toytown: place, fine"
    assert all(line == f"{file}: regime, fine" for file, line in zip(files[:-1], lines, strict=False))


def test_check_goes_on_after_a_wrong_file() -> None:
    result = call("check", "tests/broken/unknown_key.yaml", "configs/scenarios/toytown.yaml", code=2)
    assert result.stdout == "configs/scenarios/toytown.yaml: scenario, fine\n"
    assert result.stderr.startswith("tests/broken/unknown_key.yaml:")


@pytest.mark.parametrize("what", ["places", "regimes", "transitions", "scenarios", "experiments"])
def test_list_names_the_shipped_files(what: str) -> None:
    rows = json.loads(call("list", what, "--json").stdout)
    assert rows
    for row in rows:
        assert set(row) == {"name", "label", "file"}
        assert Path(row["file"]).exists()
        assert not row["label"].startswith("wrong")
    shown = call("list", what).stdout
    assert all(row["name"] in shown for row in rows)


def test_list_names_instruments_and_indicators() -> None:
    instruments = json.loads(call("list", "instruments", "--json").stdout)
    assert [row["name"] for row in instruments] == list(load_instruments())
    indicators = {row["name"]: row for row in json.loads(call("list", "indicators", "--json").stdout)}
    assert indicators["unemployment_rate"]["unit"].startswith("%")
    assert all(row["unit"] and row["definition"] and row["label_de"] for row in indicators.values())
    assert f"participants_{instruments[0]['name']}" in indicators


def test_list_says_what_is_wrong_with_a_shipped_file(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Path("tests/broken/empty.yaml").absolute()
    monkeypatch.setattr("labsim.config.available", lambda _: {"empty": broken})
    rows = json.loads(call("list", "regimes", "--json").stdout)
    assert rows[0]["label"].startswith("wrong: tests/broken/empty.yaml:1: the file is empty")
    monkeypatch.setattr("labsim.config.available", lambda _: {})
    assert call("list", "regimes").stderr == "labsim: there are no regimes\n"


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
    assert "3 scenarios, seeds 1 to 20, baseline dortmund_status_quo" in experiment
    assert (
        len(json.loads(call("show", "dortmund_2003", "--kind", "experiment", "--json").stdout)["timelines"])
        == 3
    )
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
