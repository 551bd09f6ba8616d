"""Tests marked `cluster` need the Slurm of `start-local-slurm.sh` beside this file; else they say what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from labsim.sweep import dask_jobs, slurm_array

from .naps import SLURM_STATE

ORDER = (
    "test_array_and_dask_over_two_nodes_give_the_bits_of_this_machine",
    "test_a_submission_that_fails_for_a_while_is_tried_again_with_growing_pauses",
    "test_status_tells_a_killed_task_from_a_cancelled_one_and_one_over_memory",
    "test_work_for_longer_than_the_walltime_goes_through_generations_of_jobs",
    "test_a_submission_that_fails_for_good_gives_the_schedulers_own_words_once",
    "test_a_sweep_with_more_chunks_than_slurm_numbers_tasks_is_spread_over_those",
    "test_jobs_end_when_their_driver_is_killed_and_the_sweep_resumes",
    "test_a_partition_that_is_not_there_is_told_once_in_slurms_words",
    "test_the_doctor_finds_a_good_profile_good_and_says_what_is_wrong_with_a_bad_one",
    "test_a_cancelled_job_is_replaced_and_everything_done",
    "test_workers_that_cannot_start_are_told_with_the_end_of_their_log",
    "test_after_a_lost_task_only_what_is_missing_is_handed_in",
    "test_a_task_that_is_told_to_stop_writes_its_runs_and_goes_on_in_its_next_life",
)
"""Each of four processes begins with a long test and a short one (those two nobody can take over from it)."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests in the order above; skip those that need Slurm, with the name of what is missing."""
    items.sort(key=lambda item: ORDER.index(item.name) if item.name in ORDER else len(ORDER))
    wanted = [item for item in items if item.get_closest_marker("cluster")]
    reason = missing() if wanted else ""
    for item in wanted if reason else ():
        item.add_marker(pytest.mark.skip(reason=reason))


def missing() -> str:
    """Return what these tests lack here, "" if nothing."""
    if os.name != "posix" or os.geteuid() != 0:
        return "the local Slurm needs root: sudo make test-cluster"
    for command in ("sbatch", "squeue", "scancel", "scontrol"):
        if shutil.which(command) is None:
            return f"no Slurm here (no command {command}): make test-cluster installs one"
    if not (SLURM_STATE / "etc" / "slurm.conf").is_file():
        return "the Slurm here is not the local one of these tests: make test-cluster starts it"
    asked = subprocess.run(["squeue", "-h"], capture_output=True, text=True, check=False, timeout=60)
    return f"Slurm does not answer ({asked.stderr.strip()}): make test-cluster" if asked.returncode else ""


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let whoever follows jobs ask about them every second: these sweeps take seconds."""
    monkeypatch.setattr(slurm_array, "ASK_EVERY", 1.0)
    monkeypatch.setattr(slurm_array, "LOOK_EVERY", 0.5)
    monkeypatch.setattr(dask_jobs, "LOOK_EVERY", 1.0)
    monkeypatch.setattr(dask_jobs, "GONE_AFTER", 5.0)


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Return a function that waits until something holds, and fails with its words if it never does."""

    def wait(holds: Callable[[], object], seconds: float, words: str) -> None:
        until = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < until, f"after {seconds:.0f} s still not: {words}"
            time.sleep(0.5)

    return wait


@pytest.fixture
def sweep_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where a sweep goes: a folder that jobs on the nodes see, too."""
    return tmp_path_factory.mktemp("cluster") / "sweep"
