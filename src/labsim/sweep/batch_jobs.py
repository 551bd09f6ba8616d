"""The jobs that labsim handed to a batch system for a sweep: a note for each, and what became of them.

The queue is a hint for the reader, never the truth about a run: a run is done when it stands in the store.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NamedTuple

from labsim.experiment.store import read_json, write_json
from labsim.sweep import slurm
from labsim.sweep.slurm import Seen

NOTES = Path("logs") / "jobs"
ARRAYS = Path("logs") / "arrays"
JOB_LOGS = Path("logs") / "batch"
TAIL = 4000
"""Bytes at the end of a job's log in which the reason of its end is looked for."""

PENDING, RUNNING, DONE, STOPPED = "pending", "running", "done", "stopped"
CANCELLED, OUT_OF_MEMORY, OUT_OF_TIME = "cancelled", "out of memory", "out of time"
NODE_FAILED, EXPIRED, UNKNOWN = "node failed", "expired", "unknown"
STATES = {
    PENDING: "waits in the queue",
    RUNNING: "is at work",
    DONE: "did all that it was given",
    STOPPED: "stopped before its end, and wrote what it had; the rest is for the next job",
    CANCELLED: "was cancelled",
    OUT_OF_MEMORY: "took more memory than it had asked for",
    OUT_OF_TIME: "was ended at its time limit",
    NODE_FAILED: "its node went down",
    EXPIRED: "vanished without a word: killed, or forgotten by the batch system",
    UNKNOWN: "its batch system cannot be asked from here",
}
"""What may become of a job."""

_SIGNS = (
    (OUT_OF_MEMORY, ("exceeded memory limit", "exceeded job memory limit", "oom-kill", "oom_kill", "out of memory")),
    (OUT_OF_TIME, ("due to time limit",)),
    (NODE_FAILED, ("due to node failure",)),
    (CANCELLED, ("cancelled at",)),
)  # fmt: skip
"""Words in a job's log, lower case, by which its end is known where no accounting remembers it."""

_ENDS = {
    "OUT_OF_MEMORY": OUT_OF_MEMORY, "TIMEOUT": OUT_OF_TIME, "DEADLINE": OUT_OF_TIME, "NODE_FAIL": NODE_FAILED,
    "BOOT_FAIL": NODE_FAILED, "CANCELLED": CANCELLED, "PREEMPTED": CANCELLED, "REVOKED": CANCELLED,
}  # fmt: skip


@dataclass(frozen=True)
class BatchJob:
    """The note about one job.

    job       : its number in the batch system
    system    : slurm, pbs, sge or lsf
    kind      : "array", "dask" or "doctor"
    profile   : name of the profile that it was handed in with
    tasks     : tasks of an array; 0 for a single job
    chunks    : name of the list of chunks of an array
    submitted : seconds since 1970
    driver    : who handed it in, and ends it: host and process; "" if nobody waits for it
    closed    : whether its driver ended it in good order
    """

    job: str
    system: str
    kind: str
    profile: str
    tasks: int
    chunks: str
    submitted: float
    driver: str = ""
    closed: bool = False


class QueueJob(NamedTuple):
    """What became of a job, or of a task of an array: its number, one of STATES, and details if there are any."""

    job: str
    kind: str
    state: str
    details: str = ""


class QueueState(NamedTuple):
    """All jobs of a sweep that its notes know.

    asked : whether the batch system could be asked
    jobs  : single jobs, and each task of an array
    """

    asked: bool
    jobs: tuple[QueueJob, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many jobs and tasks there are in each state, in the order of STATES."""
        found = Counter(job.state for job in self.jobs)
        return {state: found[state] for state in STATES if found[state]}


def note(folder: Path, job: BatchJob) -> None:
    """Write down a job that was handed in, as a file of its own, so that no two writers meet."""
    file = folder / NOTES / f"{job.system}-{job.job}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    write_json(file, asdict(job))


def close(folder: Path, jobs: Iterable[BatchJob]) -> None:
    """Note that a driver ended its jobs in good order."""
    for job in jobs:
        note(folder, replace(job, closed=True))


def noted(folder: Path) -> list[BatchJob]:
    """Return the notes of a sweep, first submitted first; what is no note is passed over."""
    found = []
    for file in sorted((folder / NOTES).glob("*.json")):
        content = read_json(file)
        try:
            found.append(BatchJob(**(content or {})))
        except TypeError:
            continue
    return sorted(found, key=lambda job: (job.submitted, job.job))


def queue_state(folder: Path) -> QueueState | None:
    """Return what became of the jobs of a sweep; None if no job was ever handed in for it."""
    jobs = noted(folder)
    if not jobs:
        return None
    seen = slurm.states(job.job for job in jobs if job.system == "slurm" and not job.closed)
    found = [each for job in jobs for each in _became(folder, job, seen)]
    return QueueState(seen is not None, tuple(found))


def alive(folder: Path) -> list[BatchJob]:
    """Return the jobs that wait or run, as far as the batch system tells; those that it cannot tell of are kept."""
    state = queue_state(folder)
    going = (
        {job.job.partition("_")[0] for job in state.jobs if job.state in {PENDING, RUNNING, UNKNOWN}}
        if state
        else ()
    )
    return [job for job in noted(folder) if job.job in going]


CANCEL = {"slurm": "scancel", "pbs": "qdel", "sge": "qdel", "lsf": "bkill"}
"""Command of each batch system that cancels jobs by number."""


def cancel_jobs(jobs: Iterable[BatchJob]) -> list[str]:
    """Cancel jobs; return what the batch systems had to say against it, a line each."""
    by_system: dict[str, list[str]] = {}
    for job in jobs:
        by_system.setdefault(job.system, []).append(job.job)
    said = [slurm.cancel(numbers, CANCEL[system]) for system, numbers in by_system.items()]
    return [line for line in said if line]


def _became(folder: Path, job: BatchJob, seen: Mapping[str, Seen] | None) -> Iterator[QueueJob]:
    """Yield the state of a job, or of each task of an array."""
    if job.closed:
        yield QueueJob(job.job, job.kind, DONE)
        return
    names = [f"{job.job}_{task}" for task in range(job.tasks)] if job.tasks else [job.job]
    for task, name in enumerate(names):
        now = None if seen is None else seen.get(name)
        code = end_of(folder, job, task) if job.tasks else None
        state = _state(folder, name, now, code, asked=seen is not None and job.system == "slurm")
        yield QueueJob(name, job.kind, state, _details(now))


def _state(folder: Path, name: str, now: Seen | None, code: int | None, *, asked: bool) -> str:
    if now is not None and now.waits:
        return PENDING
    if now is not None and now.runs:
        return RUNNING
    by_log = _by_log(folder / JOB_LOGS / f"{name}.log")
    if code is not None and (
        code != 75 or by_log != CANCELLED
    ):  # one that stopped since it was cancelled stays so
        return STOPPED if code == 75 else DONE
    if by_log:
        return by_log
    if now is not None:
        return _ENDS.get(now.state, DONE if now.state == "COMPLETED" else EXPIRED)
    return EXPIRED if asked else UNKNOWN


def _details(now: Seen | None) -> str:
    if now is None:
        return ""
    parts = [now.reason, f"on {now.node}" if now.node else "", f"{now.memory} at most" if now.memory else ""]
    return ", ".join(part for part in parts if part)


def _by_log(file: Path) -> str:
    """Return how a job ended by the last words in its log, "" if they do not tell."""
    said = tail(file, TAIL).lower()
    at = {state: max(said.rfind(sign) for sign in signs) for state, signs in _SIGNS}
    return next(
        (state for state, _ in _SIGNS if at[state] >= 0 and "due to job requeue" not in said[at[state] :]), ""
    )


def tail(file: Path, size: int) -> str:
    """Return the last bytes of a file as text, "" where there is none."""
    try:
        with file.open("rb") as opened:
            opened.seek(max(0, file.stat().st_size - size))
            return opened.read().decode(errors="replace")
    except OSError:
        return ""


def report_file(folder: Path, chunks: str, task: int) -> Path:
    """Return the file in which a task of an array notes its receipts and its end, a JSON object a line."""
    return folder / ARRAYS / chunks / f"{task}.jsonl"


def end_of(folder: Path, job: BatchJob, task: int) -> int | None:
    """Return the exit code that a task of an array noted last, None if it began again since or never ended."""
    lines = tail(report_file(folder, job.chunks, task), TAIL).splitlines()
    try:
        last = json.loads(lines[-1]) if lines else {}
    except ValueError:  # cut off while it was written
        return None
    return int(last["end"]) if "end" in last else None


def this_driver() -> str:
    """Return the name by which a note says who handed a job in."""
    return f"{os.uname().nodename}-{os.getpid()}"


def now() -> float:
    """Return seconds since 1970."""
    return time.time()
