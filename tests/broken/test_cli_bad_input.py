"""Every mistake ends in exit code 2 and one message: what is wrong, what would be right, and no traceback."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from typer.testing import CliRunner

from labsim.cli import app

HERE = Path(__file__).resolve().parent
FILES = sorted(
    [
        *HERE.glob("*.yaml"),
        *(path / "place.yaml" for path in HERE.iterdir() if (path / "place.yaml").exists()),
    ]
)


def refused(*arguments: object) -> str:
    """Return what the command says to stderr, after checking that it ends as bad input should."""
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert result.stderr.strip()
    return result.stderr


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)  # the command line sets its own
    monkeypatch.setenv("LABSIM_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(HERE)))
def test_a_broken_file_is_refused_with_its_name_and_no_traceback(file: Path) -> None:
    place = file.name if file.parent == HERE else file.parent.name
    assert place in refused("check", file)


@pytest.mark.parametrize("command", ["run", "compare", "show", "check"])
def test_a_file_that_is_not_there_is_refused(command: str) -> None:
    assert "no such file 'folder/nowhere.yaml'" in refused(command, "folder/nowhere.yaml")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "toytwon"], "unknown scenario 'toytwon'; did you mean 'toytown'?"),
        (["compare", "dortmund_2030"], "did you mean 'dortmund_2003'?"),
        (
            ["show", "status_quo_ant"],
            "there is nothing named 'status_quo_ant'; did you mean 'status_quo_ante'?",
        ),
        (["show", "status_quo_ante", "--kind", "place"], "unknown place 'status_quo_ante'"),
        (["run", "toytown", "--seed", "one"], "'one' is no whole number; write for example --seed 1"),
        (["run", "toytown", "--seed", "1.5"], "'1.5' is no whole number"),
        (["run", "toytown", "--seed", "-1"], "-1 is no seed; it must be a whole number from 0 to"),
        (["run", "toytown", "--scale", "2"], "2 must be between 0.0001 and 1 agents per person"),
        (["run", "toytown", "--scale", "half"], "'half' is no number; write for example --scale 0.1"),
        (["run", "toytown", "--scale", "nan"], "nan must be between 0.0001 and 1"),
        (["run", "toytown", "--threads", "0"], "--threads"),
        (["run", "toytown", "--engine", "magic"], "--engine"),
        (["compare", "dortmund_2003", "--seeds", "0"], "--seeds"),
        (["compare", "dortmund_2003", "--workers", "none"], "--workers"),
        (["run"], "scenario"),
        (["run", "toytown", "--sede", "1"], "--sede"),
        (["rum", "toytown"], "rum"),
        (["list", "regions"], "regions"),
        (
            ["compare", "toytown"],
            "toytown: this is a scenario, but an experiment is asked for; use `labsim run`",
        ),
        (
            ["run", "dortmund"],
            "dortmund: this is a place, but a scenario is asked for; see it with `labsim show`",
        ),
        (["report", "nowhere"], "nowhere: there is no such folder"),
        (["report", "."], "holds neither run.json nor experiment.json"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_a_mistake_on_the_command_line_is_refused(arguments: list[str], message: str) -> None:
    assert message in refused(*arguments)


def test_a_file_of_another_kind_is_refused_in_one_line() -> None:
    for name, kind in (("configs/regimes/hartz_1_3.yaml", "regime"), ("configs/places/toytown", "place")):
        said = refused("run", HERE.parents[1] / name)
        assert f"this is a {kind}, but a scenario is asked for" in said
        assert len(said.splitlines()) == 1


def test_an_output_that_is_a_file_is_refused() -> None:
    Path("taken").touch()
    assert "taken: is a file, but results need a folder; name another one with --out" in refused(
        "run", "toytown", "--out", "taken"
    )
    assert "is a file, but results need a folder" in refused("compare", "dortmund_2003", "--out", "taken")


def test_an_output_inside_a_file_is_refused() -> None:
    Path("taken").touch()
    assert "cannot be written" in refused("run", "toytown", "--out", "taken/inside")


def test_an_output_with_other_peoples_files_is_refused_even_with_overwrite() -> None:
    Path("thesis").mkdir()
    Path("thesis/chapter1.tex").touch()
    for command, name in (("run", "toytown"), ("compare", "dortmund_2003")):
        said = refused(command, name, "--out", "thesis", "--overwrite")
        assert "holds files that are not the results of a labsim" in said
    assert [path.name for path in Path("thesis").iterdir()] == ["chapter1.tex"]


def test_a_report_on_half_a_result_is_refused() -> None:
    Path("half").mkdir()
    Path("half/run.json").write_text("{}")
    assert "half" in refused("report", "half")
