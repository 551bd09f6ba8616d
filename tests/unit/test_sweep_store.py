"""The store of a sweep: what it keeps is whole, bit for bit, and what is not whole is found and set aside."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from labsim import __version__
from labsim.experiment.keys import code_id
from labsim.experiment.store import OutputError
from labsim.sweep import footers, shards
from labsim.sweep import store as store_module
from labsim.sweep.jobs import digest_of
from labsim.sweep.shards import BadShard, read_block, read_footer
from labsim.sweep.store import Store

from . import finished_runs
from .finished_runs import damage, failure, finished, job


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "sweep", {"sweep": "tiny", "config": "0123"})


def files(store: Store, kind: str) -> list[str]:
    return sorted(path.name for path in (store.folder / kind).rglob("*") if path.is_file())


def test_a_run_comes_back_as_it_was_bit_for_bit(store: Store) -> None:
    odd = finished(1)
    odd.panel["vacancies"][:4] = [np.nan, -0.0, np.inf, 5e-324]
    odd = odd._replace(digest=digest_of(odd.panel))
    store.write([finished(0), odd, finished(2, months=3)])
    table = store.read([odd.job.key, finished(2).job.key])
    assert table.column_names == ["run_key", "month", *finished_runs.OUTCOMES]
    assert table.num_rows == 15
    for name, values in odd.panel.items():
        assert table.column(name).to_numpy()[:12].tobytes() == values.tobytes()


def test_a_run_is_done_when_its_key_stands_in_a_shard(store: Store) -> None:
    assert store.done() == {}
    runs = [finished(number) for number in range(5)]
    path = store.write(runs)
    done = store.done()
    assert list(done) == [run.job.key for run in runs]
    assert [entry.digest for entry in done.values()] == [run.digest for run in runs]
    assert [entry[:4] for entry in done.values()] == [(path, 0, 12 * number, 12) for number in range(5)]


def test_of_a_run_written_twice_the_first_counts(store: Store) -> None:
    first = store.write([finished(0), finished(1)])
    store.write([finished(1, host="node2"), finished(2)])
    done = store.done()
    assert len(done) == 3
    assert done[job(1).key].shard == first


def test_who_knows_the_older_shards_reads_only_the_newer(store: Store) -> None:
    store.write([finished(0)])
    time.sleep(0.01)
    moment = time.time()
    store.write([finished(1)])
    assert list(store.done(since=moment)) == [job(1).key]


def test_every_file_says_where_it_comes_from(store: Store) -> None:
    about = read_footer(store.write([finished(0)])).about
    assert about["labsim"] == __version__
    assert about["code"] == code_id()
    assert {"numpy", "numba", "pyarrow", "python"} <= about["versions"].keys()
    assert (about["sweep"], about["config"]) == ("tiny", "0123")
    assert about["writer"] | {"pid": 0} == {
        "host": "node1", "cpu": "some processor", "pid": 0, "job": "", "attempt": 1
    }  # fmt: skip


def test_a_shard_has_its_receipts_beside_it(store: Store) -> None:
    path = store.write([finished(0), finished(1)])
    receipts = pq.ParquetFile(store.folder / "receipts" / path.parent.name / path.name).read().to_pylist()
    assert [row["run_key"] for row in receipts] == [job(0).key, job(1).key]
    assert receipts[1] | {"run_key": ""} == {
        "run_key": "", "scenario": "base", "point": 0, "seed": 1, "chunk": 0, "digest": finished(1).digest,
        "seconds": 1.5, "peak_mb": 200.0, "started": 1.7e9, "host": "node1", "cpu": "some processor",
        "batch_job": "", "attempt": 1,
    }  # fmt: skip
    assert [table.num_rows for table in store.receipts()] == [2]
    assert files(store, "tmp") == []


def test_pandas_polars_and_duckdb_read_a_shard_in_one_line(store: Store) -> None:
    polars, duckdb = pytest.importorskip("polars"), pytest.importorskip("duckdb")
    import pandas as pd

    path = store.write([finished(0), finished(1)])
    expected = finished(1).panel["vacancies"].sum() + finished(0).panel["vacancies"].sum()
    pattern = f"{store.folder}/shards/**/*.parquet"
    assert pd.read_parquet(path)["vacancies"].sum() == pytest.approx(expected)
    assert polars.read_parquet(pattern)["vacancies"].sum() == pytest.approx(expected)
    ((summed,),) = duckdb.sql(f"select sum(vacancies) from '{pattern}'").fetchall()
    assert summed == pytest.approx(expected)


@pytest.mark.parametrize("how", finished_runs.AT_ONCE)
def test_a_file_that_is_cut_is_set_aside_with_a_note_and_its_runs_are_missing(store: Store, how: str) -> None:
    store.write([finished(0)])
    path = store.write([finished(1), finished(2)])
    damage(path, how)
    assert list(store.done()) == [job(0).key]
    (bad,) = store.bad
    assert bad.runs == (job(1).key, job(2).key)
    assert files(store, "quarantine") == [path.name, f"{path.name}.note.json"]
    note = json.loads((store.folder / "quarantine" / f"{path.name}.note.json").read_text())
    assert note["file"] == f"shards/{path.parent.name}/{path.name}"
    assert "cannot be read" in note["reason"]
    assert note["runs"] == [job(1).key, job(2).key]
    again = store.write([finished(1), finished(2)])
    assert store.done()[job(2).key].shard == again


@pytest.mark.parametrize("how", finished_runs.IN_THE_PAGES)
def test_damage_in_the_pages_is_found_when_a_run_is_read(store: Store, how: str) -> None:
    path = store.write([finished(number, months=240) for number in range(4)])
    damage(path, how)
    assert len(store.done()) == 4
    with pytest.raises(OutputError, match="1 of the runs are not in the store"):
        store.read([job(2).key])
    assert len(store.bad[0].runs) == 4
    assert store.done() == {}


@pytest.mark.parametrize("bit", [0x10, 0x80])
def test_a_byte_flipped_anywhere_in_a_file_is_found(store: Store, bit: int) -> None:
    path = store.write([finished(number) for number in range(3)])
    content = path.read_bytes()
    harmless = []
    tried = range(bit % 11, len(content), 11)
    for position in tried:
        path.write_bytes(content[:position] + bytes([content[position] ^ bit]) + content[position + 1 :])
        try:
            arrays = read_block(path, read_footer(path).block(0))
        except BadShard:
            continue
        harmless.append(position)
        for number in range(3):
            values = arrays["vacancies"][12 * number : 12 * number + 12]
            assert values.tobytes() == finished(number).panel["vacancies"].tobytes()
    assert len(harmless) < len(tried) // 2  # statistics and offsets that reading does not need


def test_a_full_disk_while_the_note_is_written_or_a_store_not_ours_hides_no_bad_file(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = store.write([finished(0)])
    damage(path, "emptied")

    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    assert store.done() == {}
    assert store.bad[0].moved_to is None
    assert path.exists()


def test_a_disk_that_does_not_answer_condemns_no_file(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    path = store.write([finished(0)])

    def broken(path: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(footers, "read_footer", broken)
    with pytest.raises(OutputError, match=r"cannot be read now \(Input/output error\)"):
        store.done()
    assert path.exists()


def test_a_shard_of_another_version_stops_with_both_versions_named(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write([finished(0)])
    monkeypatch.setattr(shards, "FORMAT", 7)
    monkeypatch.setattr(footers, "FORMAT", 7)
    with pytest.raises(OutputError, match=r"is of version 1 .* reads version 7"):
        store.done()
    assert files(store, "quarantine") == []


def test_a_foreign_file_among_the_shards_is_set_aside(store: Store) -> None:
    path = store.write([finished(0)])
    pq.write_table(pq.ParquetFile(path).read().replace_schema_metadata(None), path.with_name("other.parquet"))
    assert list(store.done()) == [job(0).key]
    assert "names no runs" in store.bad[0].reason


def test_runs_that_are_not_what_was_computed_are_not_written(store: Store) -> None:
    with pytest.raises(OutputError, match=r"was not written: read back, it run .* has the digest"):
        store.write([finished(0)._replace(digest="0" * 32)])
    with pytest.raises(ValueError, match="has the columns"):
        store.write([finished(0), finished(1, outcomes=("vacancies",))])
    assert files(store, "shards") == files(store, "tmp") == []


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_an_error_at_any_step_of_writing_leaves_nothing_under_a_final_name(
    store: Store, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(*((os, "fsync") if call == "fsync" else (Path, "replace")), full)
        with pytest.raises(OutputError, match=r"no room for the results .* make room, then resume"):
            store.write([finished(0)])
        with pytest.raises(OutputError, match="no room"):
            store.fail(failure(0))
    assert files(store, ".") == []
    store.write([finished(0)])
    assert len(store.done()) == 1


def test_failures_are_kept_by_run_and_attempt(store: Store) -> None:
    store.fail(failure(3, attempt=2))
    store.fail(failure(3, error="ValueError: first", final=False))
    store.fail(failure(4))
    failed = store.failed()
    assert failed[job(3).key] == [
        failure(3, error="ValueError: first", final=False),
        failure(3, attempt=2),
    ]
    assert failed[job(4).key] == [failure(4)]
    assert files(store, "failures")[0].endswith(".1.json")


def test_a_record_of_a_failure_that_cannot_be_read_is_set_aside(store: Store) -> None:
    store.fail(failure(3))
    path = store.folder / "failures" / f"{job(3).key}.1.json"
    path.write_text(path.read_text()[:40])
    assert store.failed() == {}
    assert store.bad[0].runs == (job(3).key,)


def test_cleaning_takes_what_the_dead_left_and_what_is_old_and_nothing_else(store: Store) -> None:
    store.write([finished(0)])
    folder = store.folder / "tmp"
    gone = subprocess.Popen(["true"])
    gone.wait()
    machine = store_module._machine()
    alive = f"{machine}~{os.getpid()}~{store_module.machine.born(os.getpid())}~b"
    for name in (f"{machine}~{gone.pid}~1~a", alive, "elsewhere~1~1~c", "elsewhere~1~1~d", "nobody"):
        (folder / name).write_bytes(b"half a shard")
    old = time.time() - 2 * 86_400
    os.utime(folder / "elsewhere~1~1~d", (old, old))
    assert store.clean() == 2
    assert files(store, "tmp") == sorted([alive, "elsewhere~1~1~c", "nobody"])


def test_a_store_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="is a file, but a store is a folder"):
        Store(tmp_path / "file")


def test_nothing_to_write_is_a_mistake_of_the_caller(store: Store) -> None:
    with pytest.raises(ValueError, match="no runs"):
        store.write([])
    assert store.read([]).num_rows == 0
