"""Sweeps on workers of Dask that are Slurm jobs lose nothing: jobs cancelled, at their walltime, without a driver."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from labsim.sweep.batch_jobs import noted, queue_state
from labsim.sweep.dask_engine import on_batch_system
from labsim.sweep.doctor import examine
from labsim.sweep.slurm import Refused

from .naps import (
    LOG,
    Looker,
    assert_collected,
    began,
    command,
    done,
    in_background,
    noted_in,
    planned,
    profile,
    tasks_running,
)

pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings("ignore")]
Eventually = Callable[..., None]


def test_a_cancelled_job_is_replaced_and_everything_done(sweep_folder: Path, eventually: Eventually) -> None:
    plan = planned(sweep_folder, 60, 0.5, per_chunk=2)
    following = in_background(plan, profile(sweep_folder, "dask-slurm", jobs=2), Looker())
    eventually(lambda: done(plan) >= 4, 240, "some runs are in the store")
    command("scancel", tasks_running(sweep_folder)[0])
    receipts = following.result(timeout=300)
    assert not sum(each.left for each in receipts)
    assert len(noted(sweep_folder)) >= 3  # two, and at least one in the place of the cancelled one
    assert sum(began(plan).values()) <= 60 + 2 * 3 * 2  # the window of the lost worker, at most
    assert_collected(plan, 60)


def test_work_for_longer_than_the_walltime_goes_through_generations_of_jobs(sweep_folder: Path) -> None:
    plan = planned(sweep_folder, 45, 1.0, per_chunk=3)
    settings = profile(sweep_folder, "dask-slurm", walltime="00:01:00")
    receipts = list(on_batch_system(plan, range(plan.facts["chunks"]), settings, Looker()))
    assert not sum(each.left for each in receipts)
    jobs = noted(sweep_folder)
    assert len(jobs) > 1
    assert sum(began(plan).values()) <= 45 + 3 * len(jobs)
    assert_collected(plan, 45)


DRIVER = """
import sys
from labsim.sweep.run import run
if __name__ == "__main__":
    print(run(sys.argv[1], profile="here"))
"""


def test_jobs_end_when_their_driver_is_killed_and_the_sweep_resumes(
    sweep_folder: Path, eventually: Eventually
) -> None:
    plan = planned(sweep_folder, 40, 0.5, per_chunk=2)
    profiles, script = sweep_folder.with_name("profiles.yaml"), sweep_folder.with_name("driver.py")
    profiles.write_text(
        "here: {engine: dask-slurm, jobs: 2, memory_per_core: 1GB, interface: lo,"
        f" environment: {{{LOG}: {noted_in(sweep_folder)}}}}}\n"
    )
    script.write_text(DRIVER)
    env = os.environ | {"LABSIM_PROFILES": str(profiles)}
    driver = subprocess.Popen(
        [sys.executable, str(script), str(sweep_folder)], env=env, stderr=subprocess.PIPE
    )
    eventually(lambda: done(plan) >= 4, 240, "some runs are in the store")
    driver.send_signal(signal.SIGKILL)
    driver.communicate()
    killed = time.monotonic()
    eventually(lambda: not tasks_running(sweep_folder), 90, "the jobs of the dead driver have left the queue")
    assert time.monotonic() - killed < 90
    kept, before = done(plan), began(plan)
    assert kept < 40
    again = subprocess.run(
        [sys.executable, str(script), str(sweep_folder)], env=env, capture_output=True, text=True, check=True
    )
    assert f"Outcome(done={40 - kept}, failed=0, left=0, exit_code=0" in again.stdout
    assert sum(before.values()) - kept <= 2 * 2  # what was not yet written
    assert sum(began(plan).values()) == sum(before.values()) + 40 - kept
    assert_collected(plan, 40)


def test_workers_that_cannot_start_are_told_with_the_end_of_their_log(sweep_folder: Path) -> None:
    plan = planned(sweep_folder, 4, 0.1)
    settings = profile(sweep_folder, "dask-slurm", python="/nowhere/bin/python")
    began_at = time.monotonic()
    with pytest.raises(
        Refused, match=r"workers cannot start: job \d+ ended(.|\n)*/nowhere/bin/python: No such file"
    ):
        list(on_batch_system(plan, range(4), settings, Looker()))
    assert time.monotonic() - began_at < 60
    assert not tasks_running(sweep_folder)


def test_a_partition_that_is_not_there_is_told_once_in_slurms_words(sweep_folder: Path) -> None:
    plan = planned(sweep_folder, 4, 0.1)
    for engine in ("dask-slurm", "slurm-array"):
        with pytest.raises(Refused) as refused:
            in_background(plan, profile(sweep_folder, engine, partition="nosuch"), Looker()).result(
                timeout=60
            )
        assert str(refused.value).count("Invalid partition name specified") == 1
    assert queue_state(sweep_folder) is None


def test_the_doctor_finds_a_good_profile_good_and_says_what_is_wrong_with_a_bad_one(tmp_path: Path) -> None:
    good = examine(profile(tmp_path / "x", "slurm-array"), tmp_path, lambda _: None)
    assert good.problems == ()
    assert good.node["cores"] >= 1
    bad = profile(tmp_path / "x", "slurm-array", environment={"OMP_NUM_THREADS": "4"}, scratch="/proc")
    wrong = examine(bad, tmp_path, lambda _: None)
    assert any("OMP_NUM_THREADS is 4 there" in line for line in wrong.problems)
    none = examine(profile(tmp_path / "x", "slurm-array", python="/nowhere/python"), tmp_path, lambda _: None)
    assert any("/nowhere/python: No such file" in line for line in none.problems)
    assert none.node == {}
    assert examine(profile(tmp_path / "x", "dask-slurm"), tmp_path, lambda _: None).problems == ()
