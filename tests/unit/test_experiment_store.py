"""Results folders: complete or not there, and never somebody else's."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import pandas as pd
import pytest

from labsim.experiment import store
from labsim.experiment.store import OutputError

KEY = "ab" * 32
FACTS = {"scenario": "toytown", "seed": 1, "scale": 1.0, "version": "0.1.0", "key": KEY}
TABLES = {name: pd.DataFrame({"month": ["a", "b"], "value": [1.0, float("nan")]}) for name in store.TABLES}


def written(folder: Path, key: str = KEY) -> Path:
    store.write_run(folder, TABLES, FACTS | {"key": key})
    return folder


def refused(folder: Path, *, overwrite: bool = False, key: str = KEY) -> str:
    with pytest.raises(OutputError) as caught:
        store.check_run_folder(folder, key, overwrite=overwrite)
    assert str(folder) in str(caught.value)
    return str(caught.value)


def test_a_new_folder_holds_the_run_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    folder = written(tmp_path / "run")
    assert store.holds_run(folder, KEY)
    assert not store.holds_run(folder, "cd" * 32)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert sorted(path.name for path in folder.iterdir()) == [
        *(f"{name}.parquet" for name in sorted(store.TABLES)), "run.json",
    ]  # fmt: skip
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "flows.parquet"), TABLES["flows"])


def test_a_results_folder_has_the_permissions_of_any_new_folder(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    folder = written(tmp_path / "run")
    assert folder.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "write_json", full)
    with pytest.raises(OutputError, match="cannot be written \\(No space left on device\\)"):
        written(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_the_older_results_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = written(tmp_path / "run")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setattr(pd.DataFrame, "to_parquet", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        written(folder, "cd" * 32)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_replacing_results_keeps_other_files_and_drops_the_old_report(tmp_path: Path) -> None:
    folder = written(tmp_path / "run")
    (folder / "report.html").write_text("old")
    (folder / "notes.txt").write_text("mine")
    written(folder, "cd" * 32)
    assert store.holds_run(folder, "cd" * 32)
    assert (folder / "notes.txt").read_text() == "mine"
    assert not (folder / "report.html").exists()


def test_a_folder_is_no_result_while_its_files_are_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = written(tmp_path / "run")
    real, seen = Path.replace, []

    def watched(self: Path, target: Path) -> Path:
        if Path(target).parent == folder:
            seen.append((Path(target).name, (folder / "run.json").exists()))
        return real(self, target)

    monkeypatch.setattr(Path, "replace", watched)
    written(folder, "cd" * 32)
    assert seen[-1] == ("run.json", False)
    assert {name for name, _ in seen} == {path.name for path in folder.iterdir()}


def test_an_empty_folder_and_a_missing_one_may_be_written(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "new", tmp_path / "a" / "b" / "new"):
        store.check_run_folder(folder, KEY, overwrite=False)
        written(folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "empty", "new"]


def test_a_half_written_folder_may_be_completed(tmp_path: Path) -> None:
    folder = written(tmp_path / "run")
    (folder / "run.json").unlink()
    assert not store.holds_run(folder, KEY)
    store.check_run_folder(folder, KEY, overwrite=False)


def test_a_run_without_one_of_its_tables_is_not_complete(tmp_path: Path) -> None:
    folder = written(tmp_path / "run")
    (folder / "flows.parquet").unlink()
    assert not store.holds_run(folder, KEY)


def test_another_runs_results_are_refused_unless_they_may_be_replaced(tmp_path: Path) -> None:
    folder = written(tmp_path / "run", "cd" * 32)
    message = refused(folder)
    assert (
        "holds the results of another run (toytown, seed 1, scale 1.0, labsim 0.1.0, key cdcdcdcd)" in message
    )
    assert "--out" in message
    assert "--overwrite" in message
    store.check_run_folder(folder, KEY, overwrite=True)


@pytest.mark.parametrize("content", ["", "{", "[]", "\x00"])
def test_a_damaged_run_file_is_no_result(tmp_path: Path, content: str) -> None:
    folder = written(tmp_path / "run")
    (folder / "run.json").write_text(content)
    assert not store.holds_run(folder, KEY)
    assert "its run.json cannot be read" in refused(folder)


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").touch()
    assert "is a file, but results need a folder" in refused(tmp_path / "run", overwrite=True)


def test_other_peoples_files_are_refused_even_with_overwrite(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    assert "holds files that are not the results of a labsim run" in refused(tmp_path, overwrite=True)


def test_an_experiments_folder_is_refused_for_a_run_and_the_other_way_round(tmp_path: Path) -> None:
    (tmp_path / "experiment.json").write_text('{"name": "one"}')
    assert "not the results of a labsim run" in refused(tmp_path)
    run = written(tmp_path / "run")
    with pytest.raises(OutputError, match="not the results of a labsim experiment"):
        store.check_experiment_folder(run, "one", overwrite=True)


def test_another_experiments_folder_is_refused_unless_it_may_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "experiment.json").write_text('{"name": "one"}')
    store.check_experiment_folder(tmp_path, "one", overwrite=False)
    store.check_experiment_folder(tmp_path, "two", overwrite=True)
    with pytest.raises(OutputError, match=r"another run \(experiment one\)"):
        store.check_experiment_folder(tmp_path, "two", overwrite=False)


def test_a_folder_inside_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert f"cannot be written ({tmp_path / 'file'} is a file)" in refused(tmp_path / "file" / "a" / "run")


def test_a_folder_that_is_write_protected_is_refused(tmp_path: Path) -> None:
    protected = tmp_path if os.geteuid() else Path("/sys")  # the administrator may write anywhere but there
    if os.geteuid():
        tmp_path.chmod(0o500)
    message = refused(protected / "run")
    tmp_path.chmod(0o700)
    assert "cannot be written (Permission denied)" in message or "(Operation not permitted)" in message


def test_a_disk_that_takes_no_files_is_noticed_before_the_simulation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(store.tempfile, "mkdtemp", read_only)
    assert "cannot be written (Read-only file system)" in refused(tmp_path / "run")


def test_json_that_other_programs_cannot_read_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        store.write_json(tmp_path / "a.json", {"value": float("nan")})
    assert list(tmp_path.iterdir()) == []
    store.write_json(tmp_path / "a.json", {"value": "Köln"})
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == {"value": "Köln"}


def test_combined_tables_begin_with_scenario_and_seed(tmp_path: Path) -> None:
    runs = {("b", 2): written(tmp_path / "one"), ("a", 1): written(tmp_path / "two")}
    out = tmp_path / "out"
    out.mkdir()
    store.combine(runs, out)
    table = pd.read_parquet(out / "indicators.parquet")
    assert list(table.columns) == ["scenario", "seed", "month", "value"]
    assert list(table["scenario"]) == ["b", "b", "a", "a"]
    assert list(table["seed"]) == [2, 2, 1, 1]
    assert sorted(path.name for path in out.iterdir()) == [f"{name}.parquet" for name in sorted(store.TABLES)]


def test_an_output_error_travels_between_processes() -> None:
    error = OutputError(Path("here"), "is wrong", "do right")
    again = pickle.loads(pickle.dumps(error))
    assert (again.path, again.wrong, again.right) == (error.path, error.wrong, error.right)
    assert str(again) == "here: is wrong; do right"
