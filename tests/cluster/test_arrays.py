"""Sweeps as Slurm job arrays lose nothing: too many tasks, killed tasks, time limits, refused submissions."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from labsim.sweep import slurm
from labsim.sweep.batch_jobs import queue_state, report_file
from labsim.sweep.missing import pieces_of
from labsim.sweep.slurm_array import as_array, tasks_in, write_script

from .naps import (
    Looker,
    assert_collected,
    began,
    command,
    done,
    hurry,
    in_background,
    planned,
    profile,
    tasks_running,
    without,
)

pytestmark = pytest.mark.cluster
Eventually = Callable[..., None]


def test_a_sweep_with_more_chunks_than_slurm_numbers_tasks_is_spread_over_those(sweep_folder: Path) -> None:
    plan = planned(sweep_folder, 12, 0.05)
    settings = profile(sweep_folder, "slurm-array", jobs=100)
    script = write_script(plan, range(12), settings)
    assert tasks_in(script) == slurm.largest_array() - 1 < 12
    watch = Looker()
    receipts = list(as_array(plan, range(12), settings, watch))
    assert sum(each.done for each in receipts) == 12
    assert set(began(plan).values()) == {1}
    assert queue_state(sweep_folder).counts == {"done": tasks_in(script)}
    assert_collected(plan, 12)


def kill(task: str) -> None:
    """Kill all processes of a task of an array, the shell of its script first."""
    number, node = command("squeue", "-h", "-r", "-j", task, "-o", "%A %N").stdout.split()
    for line in command("scontrol", "listpids", number, node).stdout.splitlines()[1:]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(line.split()[0]), signal.SIGKILL)


def test_status_tells_a_killed_task_from_a_cancelled_one_and_one_over_memory(
    sweep_folder: Path, eventually: Eventually, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plan = planned(sweep_folder, 4, 600.0, function="greedy")  # nobody waits for these naps to end
    settings = profile(sweep_folder, "slurm-array", jobs=4, memory_per_core="900MB", requeues=0, follow=False)
    list(as_array(plan, range(4), settings, Looker()))
    job = queue_state(sweep_folder).jobs[0].job.partition("_")[0]
    eventually(lambda: len(began(plan)) >= 4, 240, "all four tasks are at their run")
    command("scancel", f"{job}_1")
    kill(f"{job}_2")
    eventually(lambda: tasks_running(sweep_folder) == [f"{job}_3"], 60, "three of the tasks have ended")
    wanted = {"running": 1, "cancelled": 1, "out of memory": 1, "expired": 1}
    with_accounting = queue_state(sweep_folder)
    assert with_accounting.counts == wanted
    assert any("at most" in each.details for each in with_accounting.jobs)  # sacct knows the memory
    with monkeypatch.context() as patch:
        patch.setenv("PATH", without("sacct", tmp_path / "commands"))
        assert queue_state(sweep_folder).counts == wanted
    command("scancel", job)
    eventually(lambda: not tasks_running(sweep_folder), 60, "the last task is cancelled")
    assert queue_state(sweep_folder).counts == {"cancelled": 2, "out of memory": 1, "expired": 1}


def test_after_a_lost_task_only_what_is_missing_is_handed_in(
    sweep_folder: Path, eventually: Eventually
) -> None:
    plan = planned(sweep_folder, 8, 3.0)
    settings = profile(sweep_folder, "slurm-array", jobs=2, requeues=0, task_minutes=0.1)  # 4 runs each
    watch = Looker()
    following = in_background(plan, settings, watch)
    eventually(lambda: done(plan) >= 1, 240, "a run is in the store")
    command("scancel", tasks_running(sweep_folder)[0])
    following.result(timeout=300)
    kept, missing = done(plan), [piece.chunk for piece in pieces_of(plan)]
    assert kept < 8
    assert any("cancelled" in line for line in watch.told)
    receipts = list(as_array(plan, missing, settings, Looker()))
    assert sum(each.done for each in receipts) == 8 - kept
    assert_collected(plan, 8)


def test_a_task_that_is_told_to_stop_writes_its_runs_and_goes_on_in_its_next_life(
    sweep_folder: Path, eventually: Eventually
) -> None:
    plan = planned(sweep_folder, 16, 1.0)
    watch = Looker()
    watch.hooks.append(hurry)
    following = in_background(plan, profile(sweep_folder, "slurm-array", requeues=1, task_minutes=15), watch)
    eventually(lambda: len(began(plan)) >= 3, 240, "the task is at its third run")
    job = tasks_running(sweep_folder)[0]
    command("scancel", "--signal=USR1", "--batch", job)
    eventually(lambda: done(plan) >= 3, 30, "what it has done is in the store")
    assert 3 <= done(plan) < 16
    following.result(timeout=300)
    name = next((sweep_folder / "logs" / "arrays").glob("*.json")).stem
    ends = [line for line in report_file(sweep_folder, name, 0).read_text().splitlines() if '"end"' in line]
    assert ends == ['{"end": 75}', '{"end": 0}']
    assert set(began(plan).values()) == {1}
    assert_collected(plan, 16)


@pytest.fixture
def failing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Path]:
    """Return a function that makes `sbatch` fail for its first calls, as when the controller does not answer."""

    def make(times: int) -> Path:
        count, real = tmp_path / "calls", command("which", "sbatch").stdout.strip()
        fake = tmp_path / "bin" / "sbatch"
        fake.parent.mkdir()
        fake.write_text(
            f'#!/bin/sh\necho call >>"{count}"\n[ "$(wc -l <"{count}")" -gt {times} ] && exec {real} "$@"\n'
            'echo "sbatch: error: Unable to contact slurm controller (connect failure)" >&2\nexit 1\n'
        )
        fake.chmod(0o755)
        monkeypatch.setenv("PATH", f"{fake.parent}{os.pathsep}{os.environ['PATH']}")
        return count

    return make


def test_a_submission_that_fails_for_a_while_is_tried_again_with_growing_pauses(
    tmp_path: Path, failing: Callable[[int], Path]
) -> None:
    calls, told, slept = failing(2), [], []
    script = tmp_path / "job.sh"
    script.write_text("#!/bin/sh\ntrue\n")
    number = slurm.submit(
        script, options=["-o", "/dev/null"], for_seconds=60.0, tell=told.append, sleep=slept.append
    )
    assert number.isdigit()
    assert slept == [5.0, 10.0]
    assert len(calls.read_text().split()) == 3
    assert told[0] == "sbatch: Unable to contact slurm controller (connect failure); trying again in 5 s"


def test_a_submission_that_fails_for_good_gives_the_schedulers_own_words_once(
    tmp_path: Path, failing: Callable[[int], Path]
) -> None:
    script = tmp_path / "job.sh"
    script.write_text("#!/bin/sh\ntrue\n")
    with pytest.raises(slurm.Refused) as wrong:
        slurm.submit(script, options=["--partition=nosuch"], for_seconds=600.0)
    assert str(wrong.value).count("Invalid partition name specified") == 1
    calls, slept = failing(99), []
    with pytest.raises(slurm.Refused) as later:
        slurm.submit(script, for_seconds=60.0, sleep=slept.append)
    assert "4 attempts" not in str(later.value)
    assert f"{len(calls.read_text().split())} attempts" in str(later.value)
    assert sum(slept) == 60.0
    assert str(later.value).count("Unable to contact slurm controller") == 1
