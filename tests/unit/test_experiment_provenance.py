"""Where results come from: the checkout, the machine, the timeline."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from labsim.config import load
from labsim.experiment import provenance
from labsim.experiment.timeline import timeline


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git checkout that holds a package in src/labsim, which labsim seems to run from."""
    package = tmp_path / "src" / "labsim"
    package.mkdir(parents=True)
    (package / "model.py").write_text("one")
    for name in ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"):
        monkeypatch.setenv(name, "somebody")
    monkeypatch.setattr(provenance, "PACKAGE", package)
    return tmp_path


def unreadable(*_: object, **__: object) -> str:
    raise OSError


def git(checkout: Path, *arguments: str) -> str:
    command = ["git", "-C", str(checkout), "-c", "commit.gpgsign=false", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_the_commit_is_that_of_the_checkout_and_says_whether_files_differ(checkout: Path) -> None:
    git(checkout, "init")
    git(checkout, "add", "src")
    git(checkout, "commit", "-m", "first")
    head = git(checkout, "rev-parse", "HEAD")
    assert provenance.commit() == head
    (checkout / "notes.txt").write_text("untracked files elsewhere do not count")
    assert provenance.commit() == head
    (checkout / "src" / "labsim" / "model.py").write_text("two")
    assert provenance.commit() == f"{head}+changes"


def test_there_is_no_commit_outside_a_checkout_or_before_the_first(checkout: Path) -> None:
    assert provenance.commit() is None
    git(checkout, "init")
    assert provenance.commit() is None


def test_a_package_inside_somebody_elses_checkout_has_no_commit(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(checkout, "init")
    monkeypatch.setattr(provenance, "PACKAGE", checkout / ".venv" / "lib" / "site-packages" / "labsim")
    assert provenance.commit() is None


def test_without_git_there_is_no_commit(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (checkout / ".git").mkdir()
    monkeypatch.setattr(provenance.shutil, "which", lambda _: None)
    assert provenance.commit() is None
    monkeypatch.setattr(provenance.shutil, "which", lambda _: str(checkout / "no-such-program"))
    assert provenance.commit() is None


def test_the_machine_is_described_without_names_of_people_or_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    described = provenance.machine()
    assert set(described) == {"system", "release", "machine", "processor", "cores"}
    assert os.uname().nodename not in str(described)
    monkeypatch.setattr(Path, "read_text", unreadable)  # a system without /proc
    assert isinstance(provenance.machine()["processor"], str)


def test_versions_name_python_and_the_libraries_that_compute(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(provenance.versions()) >= {"python", "numba", "numpy", "pandas", "mesa"}
    monkeypatch.setattr(provenance, "LIBRARIES", ("no-such-library",))
    assert provenance.versions()["no-such-library"] == "missing"


def test_the_timeline_begins_with_the_regime_in_force() -> None:
    rows = timeline(load("dortmund_2003"))
    assert rows[0] == {"from": None, "to": "status_quo_ante", "start": "1998-01", "months": 0, "shape": "step",
                       "unit": "person", "first": []}  # fmt: skip
    assert [(row["from"], row["to"]) for row in rows[1:]] == [
        ("status_quo_ante", "hartz_1_3"),
        ("hartz_1_3", "demand_and_support"),
    ]


def test_indicators_of_the_instruments_in_use_are_described() -> None:
    table = provenance.indicator_table(load("toytown"))
    assert table["unemployed"]["unit"] == "persons"
    assert table["participants_wage_subsidy"]["unit"] == "persons"
    assert all(set(row) == {"unit", "label", "label_de", "definition", "source"} for row in table.values())
