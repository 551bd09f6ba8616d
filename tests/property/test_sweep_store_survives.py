"""What the store of a sweep survives (failure tests 4 to 9, 14 and 16 of the design's page on sweeps)."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from labsim.experiment.store import OutputError
from labsim.sweep.collect import collect
from labsim.sweep.copies import Disagreement
from labsim.sweep.status import status
from labsim.sweep.store import Store
from labsim.sweep.verify import verify

HERE = Path(__file__).parent


def _runs() -> ModuleType:
    """Return the module that makes finished runs for the unit tests."""
    spec = importlib.util.spec_from_file_location("finished_runs", HERE.parent / "unit" / "finished_runs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


runs = _runs()


def writers(what: str, folder: Path) -> None:
    """Let writers loose on a store in processes of their own (see store_writers.py)."""
    done = subprocess.run([sys.executable, HERE / "store_writers.py", what, folder], capture_output=True, text=True,
                          check=False, env=os.environ | {"OMP_NUM_THREADS": "1"})  # fmt: skip
    assert done.returncode == 0, done.stderr


def every_file(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_writers_killed_at_a_hundred_moments_leave_no_file_that_cannot_be_read(tmp_path: Path) -> None:
    """Test 4."""
    store = Store(tmp_path / "store")
    writers("kill", store.folder)
    done = store.done()
    assert store.bad == []
    shards = every_file(store.folder / "shards")
    assert sum(len(store.verify(path).keys) for path in shards) == len(done)
    assert len(list(store.receipts())) >= len(shards)
    assert store.bad == []
    said = [int(line) for line in (tmp_path / "said").read_text().split()]
    assert len(said) > 50
    assert {runs.job(number).key for number in said} <= done.keys()
    orphans = every_file(store.folder / "tmp")
    assert store.clean() == len(orphans)
    assert every_file(store.folder / "tmp") == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a disk of 3 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], capture_output=True,
                                 text=True, check=False)  # fmt: skip
    except FileNotFoundError:
        pytest.skip("there is no mount on this machine")
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_gives_a_clear_message_and_leaves_nothing_half_written(small_disk: Path) -> None:
    """Test 5: shards, receipts and tmp."""
    store = Store(small_disk / "store")
    written, number = 0, 0
    said = ""
    while not said:
        try:
            store.write([runs.finished(number + i, months=240) for i in range(20)])
        except OutputError as error:
            said = str(error)
        else:
            written, number = written + 20, number + 20
    assert "no room for the results (No space left on device); make room, then resume" in said
    assert written >= 200
    assert every_file(store.folder / "tmp") == []
    assert sum(len(store.verify(path).keys) for path in every_file(store.folder / "shards")) == written
    assert sum(table.num_rows for table in store.receipts()) >= written
    assert len(store.done()) == written
    assert store.bad == []
    (small_disk / "rest").write_bytes(bytes(_room(small_disk)))
    with pytest.raises(OutputError, match="no room"):
        store.fail(runs.failure(number))
    assert store.failed() == {}
    subprocess.run(["mount", "-o", "remount,size=30m", small_disk], check=True)
    store.write([runs.finished(number + i, months=240) for i in range(20)])
    store.fail(runs.failure(number))
    assert len(store.done()) == written + 20


def _room(folder: Path) -> int:
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def test_collecting_to_a_full_disk_leaves_what_was_collected_before(small_disk: Path) -> None:
    """Test 5: collected files."""
    jobs = runs.planned(small_disk)
    store = Store(small_disk)
    store.write([runs.finished(number, of=job, months=240) for number, job in enumerate(jobs)])
    collect(small_disk)
    before = {path: path.read_bytes() for path in every_file(small_disk / "collected")}
    (small_disk / "rest").write_bytes(bytes(_room(small_disk) - 16_384))
    with pytest.raises(
        OutputError, match=r"cannot be written \(No space left on device\); make room and collect again"
    ):
        collect(small_disk)
    assert {path: path.read_bytes() for path in every_file(small_disk / "collected")} == before
    assert not (small_disk / "collected.new").exists()
    (small_disk / "rest").unlink()
    assert collect(small_disk).runs == len(jobs)


@pytest.mark.parametrize("how", [*runs.AT_ONCE, *runs.IN_THE_PAGES])
def test_what_is_collected_after_damage_and_repair_is_what_it_was_bit_for_bit(
    tmp_path: Path, how: str
) -> None:
    """Tests 6 and 7."""
    jobs = runs.planned(tmp_path)
    done = [runs.finished(number, of=job, months=240) for number, job in enumerate(jobs)]
    shards = [Store(tmp_path).write(done[start : start + 6]) for start in range(0, len(done), 6)]
    collect(tmp_path)
    before = pd.read_parquet(tmp_path / "collected")
    for path in every_file(tmp_path / "collected"):
        path.unlink()
    runs.damage(shards[2], how)
    found = verify(tmp_path)
    assert [bad.runs for bad in found.bad] == [tuple(job.key for job in jobs[12:18])]
    assert status(tmp_path).left == 6
    Store(tmp_path).write(done[12:18])
    assert collect(tmp_path).missing == ()
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "collected"), before)


def test_two_writers_of_the_same_runs_do_no_harm(tmp_path: Path) -> None:
    """Test 8, the store's part."""
    jobs = runs.planned(tmp_path)
    writers("together", tmp_path)
    found = collect(tmp_path)
    assert (found.runs, found.missing, found.duplicates) == (24, (), 24)
    table = pd.read_parquet(tmp_path / "collected")
    assert len(table) == 24 * 12
    assert set(table.run_key) == {job.key for job in jobs}


def test_a_run_that_is_not_determined_by_its_key_stops_the_collecting(tmp_path: Path) -> None:
    """Test 9."""
    jobs = runs.planned(tmp_path)
    writers("together", tmp_path)
    Store(tmp_path).write([runs.finished(5, of=jobs[5], twist=1e-13, host="node9")])
    with pytest.raises(Disagreement, match=rf"run {jobs[5].key} .* on node[34] .* on node9 "):
        collect(tmp_path)
    assert not (tmp_path / "collected").exists()


def test_more_replicates_and_scenarios_keep_what_is_done(tmp_path: Path) -> None:
    """Test 14, the store's part: keys name runs, whatever plan they stand in."""
    few = runs.planned(tmp_path / "few", seeds=2, store="../store")
    store = Store(tmp_path / "store")
    store.write([runs.finished(number, of=job) for number, job in enumerate(few)])
    more = runs.planned(tmp_path / "more", seeds=4, store="../store")
    found = status(tmp_path / "more")
    assert (found.planned, found.done) == (len(more), len(few))
    assert status(tmp_path / "few").left == 0


def test_a_process_that_aborts_after_writing_has_done_its_runs(tmp_path: Path) -> None:
    """Test 16."""
    writers("abort", tmp_path / "store")
    store = Store(tmp_path / "store")
    assert list(store.done()) == [runs.job(1).key]
    assert store.bad == []
