"""Sweeps of naps: planned without timing, done by any engine, and looked through afterwards."""

from __future__ import annotations

import math
import os
import subprocess
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from labsim.config.sweeps import load_sweep
from labsim.sweep.batch_jobs import queue_state
from labsim.sweep.collect import collect
from labsim.sweep.engines import engine_function
from labsim.sweep.jobs import Receipt
from labsim.sweep.plan import Plan, make_plan
from labsim.sweep.profiles import Profile
from labsim.sweep.worker import store_of

FUNCTIONS = Path(__file__).with_name("functions.py")
LOG = "LABSIM_TEST_LOG"
"""Variable that names the folder in which runs note that they began."""


def planned(folder: Path, runs: int, seconds: float, *, per_chunk: int = 1, function: str = "nap") -> Plan:
    """Plan a sweep of so many runs that take so many seconds each."""
    file = folder.with_suffix(".yaml")
    file.parent.mkdir(parents=True, exist_ok=True)
    values = ", ".join(str(x) for x in range(runs))
    file.write_text(
        f"sweep: naps\nlabel: {{en: Naps}}\nrunner: {FUNCTIONS}:{function}\ndesign: {{kind: full_grid}}\n"
        f"uncertainties:\n  x: {{values: [{values}]}}\n  seconds: {{values: [{seconds}]}}\n"
        "outcomes: [y]\n"
        # nothing is timed, and a run counts as a second: so many runs make a chunk, if there are 64 such chunks
        f"run: {{chunk_seconds: {per_chunk}, flush_seconds: 2, retries: 2}}\n",
        encoding="utf-8",
    )
    return make_plan(load_sweep(file), folder, pilot=0)


def profile(folder: Path, engine: str, **settings: Any) -> Profile:
    """Return a profile whose runs note their beginning beside the sweep's folder."""
    wanted = {
        "memory_per_core": "1GB",
        "walltime": "00:10:00",
        "task_minutes": 0,
        "interface": "lo",
    } | settings
    noted = {LOG: str(noted_in(folder))} | dict(wanted.pop("environment", {}))
    return Profile(engine=engine, name="here", environment=noted, **wanted)  # type: ignore[arg-type]  # a name


def noted_in(folder: Path) -> Path:
    """Return the folder in which runs of a sweep on a cluster note that they began."""
    return folder.with_name(f"{folder.name}-began")


def began(plan: Plan) -> Counter[str]:
    """Return how often each run of a sweep was begun, by key."""
    keys = set(plan.runs(["run_key"])["run_key"].to_pylist())
    beside = noted_in(plan.folder)
    folder = beside if beside.is_dir() or LOG not in os.environ else Path(os.environ[LOG])
    lines = [
        line for file in sorted(folder.glob("*")) for line in file.read_text(encoding="utf-8").splitlines()
    ]
    return Counter(line for line in lines if line in keys)


def done(plan: Plan) -> int:
    """Return how many runs stand in the store."""
    return len(store_of(plan).done())


def assert_collected(plan: Plan, runs: int) -> None:
    """Assert that the collected result has every run exactly once, each with the bits that it must have."""
    collect(plan.folder)
    table = pq.read_table(plan.folder / "collected", partitioning=None).to_pandas()
    assert sorted(table["x"]) == list(range(runs))
    assert [math.sqrt(x) + 1 for x in table["x"]] == list(table["y"])


class Looker:
    """Watches an engine: keeps what it is told, calls hooks now and then, and may ask it to stop."""

    retry_failed = False

    def __init__(self) -> None:
        self.told: list[str] = []
        self.hooks: list[Callable[[], object]] = []
        self.stop_when: Callable[[], bool] = lambda: False

    def tell(self, text: str) -> None:
        """Keep a line."""
        self.told.append(text)

    def stopped(self) -> bool:
        """Return whether the engine should stop."""
        for hook in self.hooks:
            hook()
        return self.stop_when()

    def hurried(self) -> bool:
        """Never hurry."""
        return False


def without(command: str, folder: Path) -> str:
    """Return a search path on which everything is found but one command."""
    folder.mkdir()
    for place in os.environ["PATH"].split(os.pathsep):
        for file in Path(place).iterdir() if Path(place).is_dir() else ():
            if file.name.startswith("s") and file.name != command and not (folder / file.name).exists():
                (folder / file.name).symlink_to(file)
    return str(folder)


SLURM_STATE = Path(os.environ.get("LABSIM_SLURM_STATE", "/var/lib/labsim-slurm"))
"""Where the local Slurm keeps its configuration, state and logs."""


def command(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a command and return what it said."""
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)


def hurry() -> None:
    """Let requeued jobs begin at once: Slurm waits two minutes, which these tests need not see."""
    for line in command("squeue", "-h", "-r", "-t", "PD", "-o", "%A %r").stdout.splitlines():
        job, _, reason = line.partition(" ")
        if reason == "BeginTime":
            command("scontrol", "update", f"JobId={job}", "StartTime=now")


def in_background(plan: Plan, settings: Profile, watch: Looker) -> Future[list[Receipt]]:
    """Do all chunks of a plan with a profile's engine in a thread; return what will hold the receipts."""
    function = engine_function(settings.engine)
    chunks = range(plan.facts["chunks"])
    pool = ThreadPoolExecutor(1)
    future = pool.submit(lambda: list(function(plan, chunks, settings, watch)))
    pool.shutdown(wait=False)
    return future


def tasks_running(folder: Path) -> list[str]:
    """Return the jobs and tasks of a sweep that are at work, by the queue."""
    state = queue_state(folder)
    return [each.job for each in state.jobs if each.state == "running"] if state else []
