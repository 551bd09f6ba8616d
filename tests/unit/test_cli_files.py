"""The commands about files and names: check and list."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

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


def test_check_says_what_is_odd_though_not_wrong(tmp_path: Path) -> None:
    file = tmp_path / "late.yaml"
    file.write_text(
        "scenario: late\nbased_on: toytown\ntransitions: [{based_on: abrupt, start: 2005-06}]\n",
        encoding="utf-8",
    )
    result = call("check", file)
    assert result.stdout == f"{file}: scenario, fine\n"
    assert result.stderr.startswith(
        f"{file}: note: the transition to 'local_activation' starts in 2005-06, after"
    )
    assert len(result.stderr.splitlines()) == 1
    experiment = tmp_path / "experiment.yaml"
    experiment.write_text(
        f"experiment: e\nlabel: {{en: E}}\nscenarios: [toytown, {file}]\nbaseline: toytown\nseeds: 1\n",
        encoding="utf-8",
    )
    assert "note: late: the transition to" in call("check", experiment).stderr
    assert "\nnote: the transition to 'local_activation' starts in 2005-06" in call("show", file).stdout


def test_list_names_what_a_transition_joins() -> None:
    rows = {row["name"]: row["label"] for row in json.loads(call("list", "transitions", "--json").stdout)}
    assert rows["gap_12"] == "A gap of twelve months: status_quo_ante to local_activation, from 2003-01"
    assert set(rows) >= {
        "abrupt",
        "linear_24",
        "gap_12",
        "gap_bridged",
        "reorganised",
        "pilots_first",
        "secured",
    }
