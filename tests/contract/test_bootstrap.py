"""The set-up script copes with machines as they are: shims that fail, old Pythons, foreign environments."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "bootstrap.py"
SHIM = "echo 'pyenv: command not found' >&2; exit 127"
Make = Callable[[str, str], Path]


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, for an empty project in a folder of its own."""
    spec = importlib.util.spec_from_file_location("bootstrap", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    project = tmp_path / "project"
    for name in module.SOURCES:
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(name)
    monkeypatch.setattr(module, "ROOT", project)
    monkeypatch.setattr(module, "TOOLS", project / ".tools")
    monkeypatch.setattr(module, "VENV", project / ".venv")
    monkeypatch.setattr(module, "STAMP", project / ".venv" / ".labsim")
    monkeypatch.setattr(module, "home_of_the_user", lambda: None)
    return module


@pytest.fixture
def script(tmp_path: Path) -> Make:
    """Make an executable shell script in a folder for the PATH."""

    def make(name: str, body: str) -> Path:
        path = tmp_path / "path" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    return make


def test_a_shim_that_does_not_run_is_skipped_for_the_next_python(bootstrap: ModuleType, script: Make) -> None:
    script("python3.12", SHIM)
    good = script("python3.13", "echo cpython 3 13 /opt/python3.13")
    assert bootstrap.find_python({"PATH": str(good.parent)}) == "/opt/python3.13"


@pytest.mark.parametrize(
    "answer",
    ["cpython 3 11 /usr/bin/python3", "pypy 3 12 /opt/pypy3", "free-threaded 3 13 /opt/python3.13t", ""],
)
def test_an_old_or_another_python_is_not_taken(
    bootstrap: ModuleType, script: Make, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    here = script("python3", f"echo {answer}")
    monkeypatch.setattr(bootstrap.sys, "executable", str(here))
    assert bootstrap.find_python({"PATH": str(here.parent)}) is None


def test_a_python_of_pyenv_is_found_beside_its_shims(
    bootstrap: ModuleType, script: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = tmp_path / "versions" / "3.12.9" / "bin" / "python3.12"
    own.parent.mkdir(parents=True)
    shim = script("python3.12", SHIM)  # in tmp_path/path, as pyenv's shims lie in its root
    own.symlink_to(script("real", f"echo cpython 3 12 {own}"))
    monkeypatch.setattr(bootstrap.sys, "executable", str(shim))
    assert bootstrap.find_python({"PATH": str(shim.parent)}) == str(own)


def test_the_python_that_runs_the_tests_is_one_that_labsim_supports(bootstrap: ModuleType) -> None:
    version, _ = bootstrap.probe(sys.executable, dict(os.environ))
    assert version in bootstrap.PYTHONS


@pytest.mark.parametrize(("answer", "runs"), [("uv 0.13.9 (x)", True), ("uv 0.4.30", False), ("", False)])
def test_only_a_uv_that_starts_and_is_new_enough_is_taken(
    bootstrap: ModuleType, script: Make, answer: str, runs: bool
) -> None:
    assert bootstrap.runs_as_uv(str(script("uv", f"echo '{answer}'")), {}) is runs


def test_where_no_python_can_be_had_one_line_says_so(bootstrap: ModuleType, script: Make) -> None:
    uv = script("uv", "echo 'looking'; echo 'error: no network' >&2; exit 1")
    with pytest.raises(bootstrap.SetupError, match=r"^labsim needs Python 3.12 to 3.14; .*no network\)$"):
        bootstrap.bring_python(str(uv), {"PATH": str(uv.parent)})


def test_an_environment_that_labsim_did_not_make_is_left_alone(
    bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    (bootstrap.VENV / "bin").mkdir(parents=True)
    assert bootstrap.main([]) == 1
    assert "was not made by labsim" in capsys.readouterr().err
    assert (bootstrap.VENV / "bin").is_dir()


def test_the_environment_is_made_anew_when_and_only_when_something_changed(bootstrap: ModuleType) -> None:
    python = bootstrap.VENV / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    bootstrap.STAMP.write_text(bootstrap.fingerprint())
    assert bootstrap.is_ready()
    (bootstrap.ROOT / "constraints.txt").write_text("mesa==3.5.1")
    assert not bootstrap.is_ready()


def test_caches_go_into_the_project_where_the_home_directory_cannot_be_written(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("UV_CACHE_DIR", raising=False)
    (tmp_path / "file").touch()
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    assert bootstrap.environment()["UV_CACHE_DIR"] == str(bootstrap.TOOLS / "uv-cache")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert "UV_CACHE_DIR" not in bootstrap.environment()


def test_settings_that_point_at_another_environment_are_not_passed_on(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in bootstrap.STRAY:
        monkeypatch.setenv(name, "elsewhere")
    assert not set(bootstrap.environment()) & set(bootstrap.STRAY)
