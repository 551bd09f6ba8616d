"""A node that dies, or a controller that is started anew, in the middle of sweeps; these tests come last."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from .naps import (
    SLURM_STATE,
    Looker,
    assert_collected,
    began,
    command,
    done,
    hurry,
    in_background,
    planned,
    profile,
)

pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings("ignore")]
Eventually = Callable[..., None]
START = Path(__file__).with_name("start-local-slurm.sh")


@pytest.fixture
def repaired() -> Iterator[None]:
    """Start again, afterwards, whatever daemon is gone."""
    yield
    subprocess.run(["bash", str(START)], check=True, capture_output=True, timeout=120)


def kill_node(name: str) -> None:
    """Kill a node's daemon, and its jobs with all their processes."""
    jobs = command("squeue", "-h", "-w", name, "-o", "%A").stdout.split()
    os.kill(int((SLURM_STATE / "run" / f"slurmd-{name}.pid").read_text()), signal.SIGKILL)
    for process in psutil.process_iter(["cmdline"]):
        title = " ".join(process.info["cmdline"] or ())
        if title.startswith("slurmstepd") and any(f"[{job}." in title for job in jobs):
            for each in [process, *process.children(recursive=True)]:
                each.kill()


def test_a_dead_node_costs_neither_an_array_nor_workers_of_dask_a_run(
    tmp_path_factory: pytest.TempPathFactory, eventually: Eventually, repaired: None
) -> None:
    folder = tmp_path_factory.mktemp("nodes")
    array, dask = (
        planned(folder / "array", 80, 0.5, per_chunk=4),
        planned(folder / "dask", 100, 0.5, per_chunk=2),
    )
    watches = Looker(), Looker()
    watches[0].hooks.append(hurry)
    one = profile(array.folder, "slurm-array", jobs=2, task_minutes=0.25)
    two = profile(dask.folder, "dask-slurm", jobs=2)
    ends = [in_background(plan, settings, watch)
            for plan, settings, watch in zip((array, dask), (one, two), watches, strict=True)]  # fmt: skip
    eventually(lambda: done(array) >= 4 and done(dask) >= 4, 240, "both sweeps have runs in the store")
    kill_node("n2")
    eventually(lambda: "DOWN" in command("scontrol", "show", "node", "n2").stdout, 90, "Slurm sees it")
    for plan, end, runs in zip((array, dask), ends, (80, 100), strict=True):
        assert not sum(each.left for each in end.result(timeout=300))
        assert_collected(plan, runs)
        assert sum(began(plan).values()) <= runs + 2 * 8


def test_a_sweep_goes_on_when_the_controller_is_started_anew(
    sweep_folder: Path, eventually: Eventually, repaired: None
) -> None:
    plan = planned(sweep_folder, 24, 0.5, per_chunk=2)
    following = in_background(plan, profile(sweep_folder, "slurm-array", jobs=2, task_minutes=0.2), Looker())
    eventually(lambda: done(plan) >= 2, 240, "some runs are in the store")
    pid = int((SLURM_STATE / "run" / "slurmctld.pid").read_text())
    os.kill(pid, signal.SIGTERM)
    eventually(lambda: not psutil.pid_exists(pid), 30, "the controller has ended")
    subprocess.run(["bash", str(START)], check=True, capture_output=True, timeout=120)
    receipts = following.result(timeout=300)
    assert sum(each.done for each in receipts) == 24
    assert set(began(plan).values()) == {1}
    assert_collected(plan, 24)
