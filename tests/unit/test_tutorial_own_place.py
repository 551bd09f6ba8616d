"""The tutorial about a place of one's own, followed as it stands: its tables, its Python, its files, its commands."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest

import labsim
from labsim.compiling import CACHE_FOLDER
from labsim.config import load_place

from .names import ROOT

PAGE = ROOT / "docs" / "tutorials" / "own_place.md"
BLOCK = re.compile(r"^(?:<!-- file: (\S+) -->\n)?```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A block of the page, and the file that it is the content of."""

    file: str
    kind: str
    text: str


class Followed(NamedTuple):
    """What a reader has who has followed the page."""

    folder: Path
    printed: dict[str, str]  # by command


def blocks() -> list[Block]:
    return [Block(*found) for found in BLOCK.findall(PAGE.read_text(encoding="utf-8"))]


def run(command: str, folder: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    program, *arguments = command.split()
    assert program == "labsim"
    environment = os.environ | {
        "PYTHONPATH": os.fspath(Path(labsim.__file__).parents[1]),
        "PYTHONIOENCODING": "utf-8",
        "NUMBA_CACHE_DIR": os.fspath(CACHE_FOLDER.parent),
        "LABSIM_CACHE": os.fspath(folder / "cache"),
    }
    done = subprocess.run([sys.executable, "-m", "labsim", *arguments], cwd=folder, env=environment,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Followed:
    folder, names, printed = tmp_path_factory.mktemp("own_place"), dict[str, Any](), dict[str, str]()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for block in blocks():
            if block.file:
                Path(block.file).write_text(block.text, encoding="utf-8")
            elif block.kind == "python":
                exec(compile(block.text, PAGE.name, "exec"), names)
            elif block.kind == "sh":
                printed |= {line: run(line, folder).stdout for line in block.text.splitlines()}
    return Followed(folder, printed)


def test_every_block_is_a_file_a_command_python_or_what_is_said() -> None:
    assert [
        block.kind for block in blocks() if not block.file and block.kind not in {"sh", "python", "text"}
    ] == []


def test_turning_a_table_around_takes_five_statements(followed: Followed) -> None:
    statements = [ast.parse(block.text).body for block in blocks() if block.kind == "python"]
    assert max(len([each for each in body if not isinstance(each, ast.Import)]) for body in statements) <= 5
    rates = pd.read_csv(followed.folder / "musterau" / "targets.csv").set_index(["municipality", "year"])
    assert rates.loc[("Stadt Musterau", 2003), "value"] == 14.2
    assert rates.loc[("Landkreis Musterau", 2005), "flag"] == "break"
    employees = pd.read_csv(followed.folder / "musterau" / "employees.csv").set_index(
        ["municipality", "year"]
    )
    assert employees.loc[("Stadt Musterau", 2000), "value"] == 31.24


def test_the_place_knows_what_the_tables_say(followed: Followed) -> None:
    place = load_place(followed.folder / "musterau")
    assert [each.name for each in place.municipalities] == ["Stadt Musterau", "Landkreis Musterau"]
    for municipality in place.municipalities:
        ages = [
            row.value
            for row in place.marginals
            if (row.municipality, row.trait) == (municipality.name, "age")
        ]
        assert sum(ages) == municipality.population_of_working_age
        jobs = next(
            p.value for p in place.employees if (p.municipality, p.date) == (municipality.name, "2000")
        )
        assert municipality.jobs_per_head is not None
        per_employee = municipality.jobs_per_head * municipality.population_of_working_age / (1000 * jobs)
        assert per_employee == pytest.approx(1.0, abs=0.02)


def test_the_check_says_what_the_page_promises(followed: Followed) -> None:
    text = followed.printed["labsim place check musterau"]
    assert text.startswith("Musterau (musterau): fine")
    assert re.search(r"unemployment_rate +target +12 +2 +2000 to 2005 +2005", text)
    assert re.search(r"Stadt Musterau +45,140 ", text)
    assert "targets: no long_term_share" in text
    fit = followed.printed["labsim place population musterau --scale 0.1"]
    assert re.search(r"Landkreis Musterau +sex +female +assumed", fit)
    assert re.search(r"Stadt Musterau +education +tertiary +23\.5 +% +23\.50 +23\.50 +0 ", fit)


def test_the_offices_own_table_is_refused_in_the_words_of_the_page(followed: Followed) -> None:
    [said] = [block.text for block in blocks() if block.kind == "text"]
    place = followed.folder / "musterau"
    kept = (place / "targets.csv").read_bytes()
    try:
        office = (followed.folder / "quoten.csv").read_text(encoding="utf-8")
        (place / "targets.csv").write_text(office.partition("\n")[2], encoding="utf-8")
        assert run("labsim place check musterau", followed.folder, code=2).stderr == said
    finally:
        (place / "targets.csv").write_bytes(kept)


def test_the_first_run_leaves_a_report(followed: Followed) -> None:
    assert followed.printed["labsim check musterau.yaml"].startswith("musterau.yaml: scenario, fine")
    assert (followed.folder / "results" / "musterau-seed1" / "report.html").stat().st_size > 10_000
