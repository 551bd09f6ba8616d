"""What is said of a sweep under way: status, failures, verify; and what is said to those who ask wrongly."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from labsim.cli import app
from labsim.config.sweeps import load_sweep
from labsim.experiment.store import OutputError
from labsim.sweep import footers, machine
from labsim.sweep import run as running
from labsim.sweep.collect import collect
from labsim.sweep.failures import failures
from labsim.sweep.jobs import Failure, Job
from labsim.sweep.plan import Plan, make_plan
from labsim.sweep.status import status
from labsim.sweep.store import Store
from labsim.sweep.verify import verify

from . import finished_runs
from .finished_runs import damage, failure, finished, planned
from .rights import public_folder, without_rights

__all__ = ["public_folder"]  # a fixture

SQUARE = Path(__file__).parent / "sweeps" / "square.yaml"


def labsim(*args: Any) -> Result:
    return CliRunner().invoke(app, ["sweep", *map(str, args)])


def begun(folder: Path, done: int = 10, **how: Any) -> list[Job]:
    """Plan a sweep of 24 runs and write some of them, five to a shard."""
    jobs = planned(folder, **how)
    for start in range(0, done, 5):
        Store(folder).write(
            [finished(number, of=jobs[number], months=240) for number in range(start, start + 5)]
        )
    return jobs


def failed(number: int, job: Job, **how: Any) -> Failure:
    return failure(number, **how)._replace(job=job)


def sign_of_life(folder: Path, pid: int, *jobs: Job, host: str | None = None, ago: float = 0.0) -> None:
    """Leave a file as processes that do runs keep it: begun 100 s before its last sign, 50 runs done."""
    last = time.time() - ago
    facts = {"host": host or machine.host(), "pid": pid, "engine": "local", "batch_job": "12_3",
             "started": last - 100.0, "last": last, "done": 50, "failed": 0, "chunks": [0],
             "runs": [{"key": job.key, "chunk": job.chunk, "since": last} for job in jobs]}  # fmt: skip
    (folder / "logs").mkdir(exist_ok=True)
    (folder / "logs" / f"{facts['host']}-{pid}.json").write_text(json.dumps(facts))


def test_runs_are_counted_from_the_footers_of_the_store(tmp_path: Path) -> None:
    jobs = begun(tmp_path)
    store = Store(tmp_path)
    store.write([finished(99), finished(0, of=jobs[0], months=240)])  # another sweep's, and one done twice
    store.fail(failed(20, jobs[20]))
    store.fail(failed(21, jobs[21], final=False))
    store.fail(failed(3, jobs[3]))  # failed once, and done since
    found = status(tmp_path)
    assert (found.planned, found.done, found.failed, found.left) == (24, 10, 1, 13)
    assert (found.shards, found.duplicates, found.bad) == (3, 1, ())
    assert (found.rate, found.seconds_left) == (0.0, None)


def test_rows_of_the_plan_that_are_one_run_count_once(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    jobs = begun(tmp_path, 5)
    file = tmp_path / "plan" / "runs-0.parquet"
    table = pq.ParquetFile(file).read()
    keys = [jobs[0].key if number % 6 == 0 else job.key for number, job in enumerate(jobs)]
    pq.write_table(table.set_column(0, table.schema.field(0), [keys]), file)
    found = status(tmp_path)
    assert (found.rows, found.planned, found.done, found.left) == (24, 21, 5, 16)


def test_who_works_and_who_has_vanished_is_known_by_signs_of_life(tmp_path: Path) -> None:
    jobs = begun(tmp_path)
    gone = subprocess.Popen(["true"])
    gone.wait()
    sign_of_life(tmp_path, os.getpid(), jobs[10], jobs[11])
    sign_of_life(tmp_path, gone.pid, jobs[12], jobs[0])
    sign_of_life(tmp_path, 1, jobs[13], host="far1", ago=30.0)
    sign_of_life(tmp_path, 1, jobs[14], host="far2", ago=300.0)
    found = status(tmp_path)
    assert {(sign.host, sign.alive) for sign in found.workers} == {
        (machine.host(), True), (machine.host(), False), ("far1", True), ("far2", False)
    }  # fmt: skip
    assert found.running == 3
    assert found.vanished == 2  # the run that is done was not lost
    assert found.rate == pytest.approx(1.0)
    assert found.seconds_left == pytest.approx(14.0)
    said = labsim("status", tmp_path).stdout
    assert "10 of 24 runs done (41.6 %)" in said
    assert "3 running, 9 waiting, 0 failed, 2 vanished" in said
    assert "2 at work, 60.00 runs a minute, about 14 s left" in said
    assert f"vanished: process {gone.pid} on {machine.host()}, job 12_3" in said
    assert "last heard of 5 min 0 s ago" in said


@pytest.mark.parametrize("how", finished_runs.AT_ONCE)
def test_runs_in_a_bad_file_count_as_missing_and_the_file_is_named(tmp_path: Path, how: str) -> None:
    begun(tmp_path)
    path = next((tmp_path / "shards").rglob("*.parquet"))
    damage(path, how)
    said = labsim("status", tmp_path)
    assert said.exit_code == 0
    assert "5 of 24 runs done" in said.stdout
    assert f"bad file shards/{path.parent.name}/{path.name}: cannot be read" in said.stdout
    assert "5 runs that count as missing" in said.stdout
    assert "1 bad files in quarantine/" in labsim("status", tmp_path).stdout


def test_status_is_read_by_programs_as_json(tmp_path: Path) -> None:
    jobs = begun(tmp_path)
    sign_of_life(tmp_path, os.getpid(), jobs[10])
    found = json.loads(labsim("status", tmp_path, "--json").stdout)
    assert {name: found[name] for name in ("name", "planned", "done", "running", "vanished", "left")} == {
        "name": "by_hand", "planned": 24, "done": 10, "running": 1, "vanished": 0, "left": 14
    }  # fmt: skip
    assert found["workers"][0]["runs"] == [jobs[10].key]


def test_watching_ends_when_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = begun(tmp_path, 20)
    looks: list[float] = []

    def finish(seconds: float) -> None:
        looks.append(seconds)
        Store(tmp_path).write([finished(number, of=jobs[number], months=240) for number in range(20, 24)])

    monkeypatch.setattr(time, "sleep", finish)
    said = labsim("status", tmp_path, "--watch", "--every", 7)
    assert looks == [7.0]
    assert "20 of 24" in said.stdout
    assert said.stdout.rstrip().endswith(f"next: labsim sweep collect {tmp_path}")


@pytest.mark.parametrize("verb", ["status", "failures", "collect", "verify"])
def test_a_folder_that_is_no_sweep_gets_one_message(tmp_path: Path, verb: str) -> None:
    said = labsim(verb, tmp_path)
    assert said.exit_code == 2
    assert said.stderr.count("\n") == 1
    assert "is no folder of a sweep" in said.stderr
    said = labsim(verb, tmp_path / "nowhere")
    assert (said.exit_code, said.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize("verb", ["status", "failures", "collect", "verify"])
def test_a_store_of_another_version_gets_one_message(
    tmp_path: Path, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = begun(tmp_path, 5)
    Store(tmp_path).fail(failed(20, jobs[20]))
    monkeypatch.setattr("labsim.sweep.shards.FORMAT", 7)
    monkeypatch.setattr(footers, "FORMAT", 7)
    said = labsim(verb, tmp_path)
    assert (said.exit_code, said.stderr.count("\n")) == (2, 1)
    assert "is of version 1 of the store's format, and this labsim reads version 7" in said.stderr
    assert not (tmp_path / "quarantine").exists()


@pytest.mark.parametrize("verb", ["status", "failures", "collect", "verify"])
def test_a_store_that_must_not_be_read_gets_one_message(
    tmp_path: Path, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = begun(tmp_path, 5)
    Store(tmp_path).fail(failed(20, jobs[20]))

    def refuse(path: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", refuse)
    said = labsim(verb, tmp_path)
    monkeypatch.undo()
    assert (said.exit_code, said.stderr.count("\n")) == (2, 1)
    assert "cannot be read (Permission denied); ask its owner" in said.stderr


def test_somebody_without_the_right_to_write_is_told_how_far_it_is(public_folder: Path) -> None:
    begun(public_folder)
    damage(next((public_folder / "shards").rglob("*.parquet")), "emptied")
    with without_rights(public_folder):
        said = labsim("status", public_folder)
    assert said.exit_code == 0, said.stderr
    assert "5 of 24 runs done" in said.stdout
    assert "left where it is, for the store cannot be written" in said.stdout
    assert len(list((public_folder / "shards").rglob("*.parquet"))) == 2
    assert not (public_folder / "quarantine").exists()


def test_somebody_without_the_right_to_read_gets_one_message(public_folder: Path) -> None:
    begun(public_folder)
    with without_rights(public_folder, public_folder / "shards"):
        said = labsim("status", public_folder)
    assert (said.exit_code, said.stderr.count("\n")) == (2, 1)
    assert f"{public_folder / 'shards'}: cannot be read (Permission denied); ask its owner" in said.stderr


def test_failures_are_grouped_with_the_command_that_repeats_one(tmp_path: Path) -> None:
    jobs = begun(tmp_path, 5)
    store = Store(tmp_path)
    for number in (10, 11, 12):
        store.fail(failed(number, jobs[number], error=f"ValueError: {number}.5 jobs for 3 people"))
    store.fail(failed(13, jobs[13], error="RuntimeError: no month", attempt=1))
    store.fail(failed(13, jobs[13], error="KeyError: 'gap'", attempt=2))
    store.fail(failed(2, jobs[2]))  # done since
    store.fail(failure(99))  # of another sweep
    groups = failures(tmp_path)
    assert [(group.name, len(group.failures)) for group in groups] == [
        ("ValueError: # jobs for # people", 3), ("KeyError: 'gap'", 1)
    ]  # fmt: skip
    assert groups[0].command == f"labsim sweep run {tmp_path} --only {jobs[10].key}"
    assert len(failures(tmp_path, "kind")) == 1
    said = labsim("failures", tmp_path).stdout
    assert "4 runs failed" in said
    assert "ValueError: 10.5 jobs for 3 people" in said
    assert "base, point 2, seed 2" in said
    assert groups[1].command in said
    told = json.loads(labsim("failures", tmp_path, "--json", "--group-by", "scenario").stdout)
    assert {group["group"]: group["runs"] for group in told} == {"base": 2, "reform": 2}
    assert told[0]["failures"][0]["values"] == dict(jobs[10].values)
    wrong = labsim("failures", tmp_path, "--group-by", "kinds")
    assert wrong.exit_code == 2
    assert "kind" in wrong.stderr


def test_a_sweep_without_failures_says_so(tmp_path: Path) -> None:
    begun(tmp_path, 5)
    assert labsim("failures", tmp_path).stdout == "no run failed\n"


def test_verify_finds_everything_as_it_was_written(tmp_path: Path) -> None:
    begun(tmp_path)
    collect(tmp_path)
    found = verify(tmp_path)
    assert found.fine
    assert (found.files, found.runs) == (4, 20)  # two shards and two collected files
    said = labsim("verify", tmp_path)
    assert (said.exit_code, said.stdout) == (0, "20 runs in 4 files are as they were written\n")


@pytest.mark.parametrize("how", [*finished_runs.AT_ONCE, *finished_runs.IN_THE_PAGES])
def test_verify_finds_a_bad_file_names_its_runs_and_they_are_missing_then(tmp_path: Path, how: str) -> None:
    jobs = begun(tmp_path)
    path = Store(tmp_path).done()[jobs[7].key].shard
    damage(path, how)
    said = labsim("verify", tmp_path, "--json")
    assert said.exit_code == 1
    (bad,) = json.loads(said.stdout)["bad"]
    assert bad["runs"] == [job.key for job in jobs[5:10]]
    assert status(tmp_path).done == 5


def test_verify_finds_a_collected_file_that_is_not_the_one_of_the_manifest(tmp_path: Path) -> None:
    begun(tmp_path)
    collect(tmp_path)
    (tmp_path / "outcomes.parquet").write_bytes(b"")
    found = verify(tmp_path)
    assert found.altered == (tmp_path / "outcomes.parquet",)
    assert labsim("verify", tmp_path).exit_code == 1


def test_verify_tells_of_copies_that_differ(tmp_path: Path) -> None:
    jobs = begun(tmp_path)
    Store(tmp_path).write([finished(7, of=jobs[7], months=240, twist=1e-9, host="node2")])
    said = labsim("verify", tmp_path)
    assert said.exit_code == 1
    assert f"run {jobs[7].key} was computed more than once" in said.stdout
    assert labsim("collect", tmp_path).exit_code == 2


def test_runs_done_once_more_are_always_the_same_ones_and_are_compared_bit_for_bit(tmp_path: Path) -> None:
    jobs = begun(tmp_path)
    asked: list[str] = []

    def again(plan: Plan, job: Job) -> str:
        asked.append(job.key)
        number = [each.key for each in jobs].index(job.key)
        return finished(number, of=job, months=240, twist=0.0 if len(asked) < 4 else 1e-9).digest

    first = verify(tmp_path, 3, repeat=again)
    assert first.fine
    assert len(set(asked)) == 3
    second = verify(tmp_path, 3, repeat=again)
    assert asked[:3] == asked[3:]
    assert not second.fine
    assert not any(each.same for each in second.repeated)

    def broken(plan: Plan, job: Job) -> str:
        raise ValueError("no such place")

    third = verify(tmp_path, 1, repeat=broken)
    assert third.repeated[0].error == "ValueError: no such place"
    assert not third.fine


def test_a_sweep_is_planned_run_verified_and_collected(tmp_path: Path) -> None:
    folder = make_plan(load_sweep(str(SQUARE)), tmp_path / "square", pilot=0).folder
    assert status(folder).left == 10
    running.run(folder, engine="in_process")
    assert status(folder).done == 10
    found = verify(folder, 3)
    assert found.fine
    assert len(found.repeated) == 3
    said = labsim("collect", folder)
    assert said.exit_code == 0
    assert said.stdout.startswith("10 of 10 runs in 2 files")


@pytest.mark.parametrize(("sweep", "said"), [("toy", "3 runs that other code made"), ("square", "")])
def test_a_new_plan_says_when_its_store_has_runs_of_other_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sweep: str, said: str
) -> None:
    with monkeypatch.context() as older:
        older.setattr("labsim.sweep.store.code_id", lambda: "older")
        Store(tmp_path / "store").write([finished(number) for number in range(3)])
    file = SQUARE.with_name(f"{sweep}.yaml")
    done = labsim("plan", file, "--out", tmp_path / "new", "--store", tmp_path / "store", "--pilot", 0)
    assert done.exit_code == 0, done.output
    assert said in done.stderr
    assert ("other code" in done.stderr) == bool(said), "a function has no code of ours"


def test_a_look_at_many_runs_takes_seconds(tmp_path: Path) -> None:
    """A hundredth of the issue's bar: 10⁶ runs in 10,000 shards in 10 s; here 100 shards, and ten times its time."""
    store, per_shard = Store(tmp_path), 100
    planned(tmp_path, points=50, seeds=100)
    panel = {"month": np.zeros(1, np.int32), **{f"o{number}": np.ones(1) for number in range(40)}}
    like = finished(0)._replace(panel=panel, digest=finished_runs.digest_of(panel))
    jobs = [finished_runs.job(number) for number in range(100 * per_shard)]
    for start in range(0, len(jobs), per_shard):
        store.write([like._replace(job=job) for job in jobs[start : start + per_shard]])
    began = time.process_time()
    found = status(tmp_path)
    assert (found.done, found.shards) == (10_000, 100)
    assert time.process_time() - began < 1.0


def test_collecting_many_runs_takes_seconds(tmp_path: Path) -> None:
    """The issue's bar is 1,000 runs a second of 240 months and 40 outcomes; here with three times its time."""
    outcomes = tuple(f"outcome_{number}" for number in range(40))
    jobs = planned(tmp_path, points=50, seeds=5)
    runs = [finished(number, of=job, months=240, outcomes=outcomes) for number, job in enumerate(jobs)]
    began = time.process_time()
    for start in range(0, len(runs), 100):
        Store(tmp_path).write(runs[start : start + 100])
    assert time.process_time() - began < 3 * 0.002 * len(runs)
    began = time.process_time()
    assert collect(tmp_path).runs == len(runs) == 500
    assert time.process_time() - began < 3 * 0.001 * len(runs)


def test_a_store_without_a_plan_is_nothing_to_verify(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is no folder of a sweep"):
        verify(tmp_path)


def test_who_only_looks_at_a_sweep_does_not_load_the_compiler() -> None:
    said = "import sys, labsim.cli, labsim.sweep.status; print('numba' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", said], check=True, capture_output=True, text=True)
    assert told.stdout == "False\n"
