"""`labsim validate` from end to end, in an invented town at toy size."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from labsim.analysis.scorecard import COLUMNS
from labsim.calibration import validate
from labsim.cli import app
from labsim.config import load_scorecard
from labsim.report import ReportError
from labsim.report.scorecard import write_scorecard

SMALL = ("--seeds", "2", "--scale", "0.02", "--workers", "1")


def labsim(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["validate", "toytown", *SMALL, *arguments])


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    folder = tmp_path_factory.mktemp("toytown") / "out"
    return folder, labsim("--out", str(folder))


def test_it_prints_every_target_with_how_sure_it_is_and_a_summary(done: tuple[Path, Result]) -> None:
    _, result = done
    assert result.exit_code == 0, result.output
    for each in load_scorecard("toytown").targets:
        assert each["label"]["en"] in result.stdout
    assert "from memory, unverified" in result.stdout
    assert re.search(r"^calibrated: \d of 2 inside; held out: \d of 7 inside$", result.stdout, re.MULTILINE)


def test_the_table_has_a_row_for_each_target_in_the_order_of_the_file(done: tuple[Path, Result]) -> None:
    table = pd.read_parquet(done[0] / validate.TABLE)
    assert table["target"].tolist() == [each["target"] for each in load_scorecard("toytown").targets]
    assert list(table.columns) == [*COLUMNS, "label_de"]
    assert table["model"].notna().all()
    assert table.set_index("target").loc["unemployment_2001_2002", "seeds"] == 2
    assert table.set_index("target").loc["selection_share", "seeds"] == 1  # as the file says under studies


def test_where_it_comes_from_stands_beside_it(done: tuple[Path, Result]) -> None:
    facts = json.loads((done[0] / validate.FILE).read_text(encoding="utf-8"))
    assert (facts["place"], facts["seeds"], facts["scale"]) == ("toytown", [1, 2], 0.02)
    assert facts["failures"] == []
    assert facts["counted"]["hold_out"][1] == 7  # one more is from memory
    assert {"version", "commit", "platform", "versions", "keys", "summary"} <= set(facts)


def test_the_page_stands_alone_and_names_what_is_missed(done: tuple[Path, Result]) -> None:
    html = (done[0] / validate.REPORT).read_text(encoding="utf-8")
    assert html.count("plotly.js v") == 1
    assert "default-src 'none'" in html
    assert not re.search(r"<(script|img|iframe)[^>]*\ssrc=|<link\b", html)
    for heading in ("In short", "Calibrated targets", "Held-out targets", "Municipalities", "What is missed"):
        assert f">{heading}</h2>" in html
    assert "from memory, unverified; not counted" in html
    table = pd.read_parquet(done[0] / validate.TABLE)
    missed = table[(table["inside"] == False) & (table["role"] == "hold_out")]  # noqa: E712 - None is neither
    part = html[html.index(">What is missed</h2>") :]
    assert all(label in part for label in missed["label"])


def test_the_page_is_the_same_when_it_is_written_again(done: tuple[Path, Result]) -> None:
    before = (done[0] / validate.REPORT).read_bytes()
    assert write_scorecard(done[0]).read_bytes() == before


def test_what_is_finished_is_kept(done: tuple[Path, Result]) -> None:
    folder, _ = done
    runs = sorted((folder / "history" / "runs").rglob("run.json"))
    runs += sorted((folder / "studies").glob("*.json"))
    assert len(runs) == 4
    before = {run: run.stat().st_mtime_ns for run in runs}
    again = labsim("--out", str(folder), "--json", "--quiet")
    assert again.exit_code == 0
    facts: dict[str, Any] = json.loads(again.stdout)
    assert len(facts["targets"]) == 11
    assert {run: run.stat().st_mtime_ns for run in runs} == before


def test_other_settings_do_not_replace_what_is_there_unless_asked(done: tuple[Path, Result]) -> None:
    other = CliRunner().invoke(
        app, ["validate", "toytown", "--seeds", "1", "--scale", "0.025", "--out", str(done[0])]
    )
    assert other.exit_code == 2
    assert "--overwrite" in other.stderr


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("important")
    result = labsim("--out", str(tmp_path))
    assert result.exit_code == 2
    assert "name a new folder" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_place_without_a_scorecard_is_told_with_those_that_have_one() -> None:
    result = CliRunner().invoke(app, ["validate", "tooytown"])
    assert result.exit_code == 2
    assert "did you mean 'toytown'?" in result.stderr


def test_a_folder_without_a_scorecard_has_no_page(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="no complete scorecard"):
        write_scorecard(tmp_path)
