"""Sweeps as a plain Slurm job array: no live driver is needed; whoever handed it in may follow it, or go."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labsim.config.errors import ConfigError, Problem
from labsim.sweep import slurm
from labsim.sweep.array_task import receipt_of, write_chunks
from labsim.sweep.batch_jobs import (
    ARRAYS,
    JOB_LOGS,
    PENDING,
    RUNNING,
    BatchJob,
    note,
    queue_state,
    report_file,
    this_driver,
)  # fmt: skip
from labsim.sweep.job_scripts import array_script, array_size
from labsim.sweep.jobs import Receipt
from labsim.sweep.profiles import Profile
from labsim.sweep.warm_kernels import warm

if TYPE_CHECKING:
    from labsim.sweep.engines import Watch
    from labsim.sweep.plan import Plan

LOOK_EVERY = 2.0
"""Seconds between two looks at the tasks' reports; the queue is asked less often."""

ASK_EVERY = 10.0
"""Seconds between two questions to the queue."""


def write_script(plan: Plan, chunks: Sequence[int], profile: Profile, *, retry_failed: bool = False) -> Path:
    """Write the script of an array that does these chunks, and their list; nothing is handed in. Return its file."""
    if profile.batch_system != "slurm":
        wrong = f"profile {profile.name}: its engine is {profile.engine}, and arrays are made for Slurm"
        raise ConfigError(Problem(wrong, "take a profile with engine: slurm-array"))
    folder = Path(plan.folder)
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    seconds = float(plan.facts.get("run", {}).get("chunk_seconds", 60.0))
    tasks = array_size(profile, len(chunks), seconds, slurm.largest_array())
    write_chunks(folder, name, chunks)
    (folder / JOB_LOGS).mkdir(parents=True, exist_ok=True)
    script = folder / ARRAYS / f"{name}.sh"
    text = array_script(profile, folder, plan.name, name, tasks, retry_failed=retry_failed)
    script.write_text(text, encoding="utf-8")
    return script


def as_array(plan: Plan, chunks: Sequence[int], settings: Profile, watch: Watch) -> Iterator[Receipt]:
    """Hand in an array for the chunks, and yield the receipts of its tasks until none of them waits or runs."""
    folder = Path(plan.folder)
    warm(plan, settings, watch.tell)
    script = write_script(plan, chunks, settings, retry_failed=watch.retry_failed)
    number = slurm.submit(script, for_seconds=settings.submit_for, tell=watch.tell)
    tasks = tasks_in(script)
    job = BatchJob(number, "slurm", "array", settings.name, tasks, script.stem, time.time())
    note(folder, job if not settings.follow else BatchJob(**{**vars(job), "driver": this_driver()}))
    watch.tell(f"job {number}: {tasks} tasks for {len(chunks)} chunks; its script is {script}")
    if not settings.follow:
        watch.tell("nobody waits for it: look with `labsim sweep status`, go on with `labsim sweep resume`")
        return
    yield from _followed(folder, job, watch)


def tasks_in(script: Path) -> int:
    """Return how many tasks a script of ours asks for."""
    line = next(line for line in script.read_text(encoding="utf-8").splitlines() if "--array=0-" in line)
    return int(line.partition("--array=0-")[2].partition("%")[0]) + 1


def _followed(folder: Path, job: BatchJob, watch: Watch) -> Iterator[Receipt]:
    """Yield receipts as they appear in the tasks' reports, until the queue holds no task of the job any more."""
    reports = _Reports(folder, job)
    asked = 0.0
    while True:
        going = True
        if time.monotonic() - asked >= ASK_EVERY:
            going, asked = _goes_on(folder, job), time.monotonic()
        yield from reports.new()
        if not going:
            break
        if watch.stopped():
            watch.tell(f"job {job.job} goes on without this process; `labsim sweep cancel` ends it")
            return
        time.sleep(LOOK_EVERY)
    for line in _ends(folder, job):
        watch.tell(line)


def _goes_on(folder: Path, job: BatchJob) -> bool:
    state = queue_state(folder)
    mine = [each for each in state.jobs if each.job.partition("_")[0] == job.job] if state else []
    return any(each.state in {PENDING, RUNNING} for each in mine)


def _ends(folder: Path, job: BatchJob) -> Iterator[str]:
    """Yield a line for each kind of end that is no good one."""
    state = queue_state(folder)
    counts: dict[str, list[str]] = {}
    for each in state.jobs if state else ():
        if each.job.partition("_")[0] == job.job and each.state not in {"done", "stopped"}:
            counts.setdefault(each.state, []).append(each.job)
    for name, tasks in counts.items():
        shown = ", ".join(tasks[:5]) + (" ..." if len(tasks) > 5 else "")
        yield f"{len(tasks)} tasks {name}: {shown}; their last words stand in {folder / JOB_LOGS}"


class _Reports:
    """Reads what the tasks of an array added to their reports since the last look."""

    def __init__(self, folder: Path, job: BatchJob) -> None:
        self._files = [report_file(folder, job.chunks, task) for task in range(job.tasks)]
        self._read = [0] * job.tasks

    def new(self) -> Iterator[Receipt]:
        for i, file in enumerate(self._files):
            try:
                if file.stat().st_size == self._read[i]:
                    continue
                with file.open("rb") as opened:
                    opened.seek(self._read[i])
                    said = opened.read()
            except OSError:  # it has not begun
                continue
            whole = said[: said.rfind(b"\n") + 1]
            self._read[i] += len(whole)
            for line in whole.splitlines():
                receipt = _receipt(line)
                if receipt is not None:
                    yield receipt


def _receipt(line: bytes) -> Receipt | None:
    try:
        entry: dict[str, Any] = json.loads(line)
    except ValueError:  # cut off when its task was killed
        return None
    return receipt_of(entry)
