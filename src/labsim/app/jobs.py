"""Jobs: who waits, who is simulated, what has come; never more processes than the machine carries.

One browser tab is one session with at most one job. A new question of a session takes the place of the old one, whose
processes are killed. A session that has not been heard of for `SILENCE` seconds ends, and its job with it.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, Literal

from labsim.app.simulating import Run, Task, work
from labsim.experiment.keys import run_key
from labsim.scenario import Scenario

State = Literal["waiting", "running", "done", "cancelled", "failed", "too_long"]
SILENCE = 90.0
"""Seconds without a word from a tab after which its job ends; browsers slow down the clocks of hidden tabs."""

DEADLINE = 600.0
"""Seconds of wall-clock time that one job may take."""

FULL = 10
"""Pairs of which all tables are kept, for the pages on people and money."""

MOST_RUNS = 6000
"""Runs kept in memory, those used longest ago go first (some 4 kB each, those with tables some MB)."""

log = logging.getLogger(__name__)


@dataclass
class Job:
    """Two scenarios (by their keys) over seeds 1 to `pairs`, asked for by a session."""

    session: str
    number: int
    scenarios: tuple[Scenario, Scenario]
    keys: tuple[str, str]
    pairs: int
    state: State = "waiting"
    failure: str = ""
    began: float = 0.0
    first: float = 0.0
    ended: float = 0.0
    todo: list[Task] = field(default_factory=list)
    hands: list[tuple[Any, Connection]] = field(default_factory=list)

    @property
    def ended_at_all(self) -> bool:
        """Whether nothing more will come."""
        return self.state not in {"waiting", "running"}


@dataclass(frozen=True)
class Standing:
    """What a session sees of its job: a number that grows with every change, its state, place in line, runs."""

    version: int
    number: int
    state: State
    place: int
    done: int
    pairs: int
    failure: str
    seconds: float
    first_seconds: float


class Board:
    """All jobs of one server.

    Parameters
    ----------
    cores
        Processors of the machine; a job has at most that many processes, and only so many run at once that their
        processes are no more than the processors.
    """

    def __init__(self, cores: int | None = None, *, now: Callable[[], float] = time.monotonic) -> None:
        self.cores = max(1, cores or os.cpu_count() or 1)
        self.hands_each = min(2, self.cores)
        self.at_once = max(1, self.cores // self.hands_each)
        self._now = now
        self._lock = threading.RLock()
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._heard: dict[str, float] = {}
        self._versions: dict[str, int] = {}
        self._runs: OrderedDict[tuple[str, int], Run] = OrderedDict()
        self._count = 0
        self._context: Any = get_context("forkserver")
        self._context.set_forkserver_preload(["labsim.app.warm"])
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="labsim-jobs", daemon=True)
        self._thread.start()

    def warm_up(self) -> None:
        """Start the forkserver, so that the first job finds the model loaded and compiled."""
        process = self._context.Process(target=_nothing, daemon=True)
        process.start()
        process.join()

    def ask(self, session: str, a: Scenario, b: Scenario, pairs: int) -> Job:
        """Put a session's question in line, in place of the one it had before."""
        keys = (run_key(a, 0), run_key(b, 0))
        with self._lock:
            before = self._jobs.get(session)
            if (
                before is not None
                and before.keys == keys
                and before.pairs == pairs
                and before.state in {"waiting", "running", "done"}
            ):
                self.hear(session)
                return before
            if before is not None:
                self._end(before, "cancelled")
                del self._jobs[session]
            self._count += 1
            job = Job(session, self._count, (a, b), keys, pairs)
            job.todo = self._missing(job)
            job.began = self._now()
            self._jobs[session] = job
            if not job.todo:
                job.state, job.ended, job.first = "done", self._now(), self._now()
            self.hear(session)
            self._changed(session)
            self._start_waiting()
            return job

    def cancel(self, session: str) -> None:
        """End a session's job; what is finished stays."""
        with self._lock:
            job = self._jobs.get(session)
            if job is not None:
                self._end(job, "cancelled")
                self._start_waiting()

    def leave(self, session: str) -> None:
        """Forget a session: its tab was closed."""
        with self._lock:
            self.cancel(session)
            for table in (self._jobs, self._heard, self._versions):
                table.pop(session, None)

    def hear(self, session: str) -> None:
        """Note that a session's tab is still open."""
        with self._lock:
            self._heard[session] = self._now()

    def standing(self, session: str) -> Standing | None:
        """Return how a session's job stands, None if it never asked."""
        with self._lock:
            job = self._jobs.get(session)
            if job is None:
                return None
            line = [each for each in self._jobs.values() if each.state == "waiting"]
            place = line.index(job) + 1 if job in line else 0
            until = job.ended if job.ended_at_all else self._now()
            return Standing(
                self._versions.get(session, 0), job.number, job.state, place, len(self.finished(session)),
                job.pairs, job.failure, until - job.began, job.first - job.began if job.first else 0.0,
            )  # fmt: skip

    def finished(self, session: str) -> list[tuple[Run, Run]]:
        """Return the finished pairs of a session's question, by seed."""
        with self._lock:
            job = self._jobs.get(session)
            if job is None:
                return []
            both = [
                (self._runs.get((job.keys[0], seed)), self._runs.get((job.keys[1], seed)))
                for seed in range(1, job.pairs + 1)
            ]
            return [(a, b) for a, b in both if a is not None and b is not None]

    def asked(self, session: str) -> Job | None:
        """Return a session's job."""
        with self._lock:
            return self._jobs.get(session)

    def known(self) -> set[tuple[str, int]]:
        """Return the runs that are kept: key of the scenario, and seed."""
        with self._lock:
            return set(self._runs)

    def runs_of(self, key: str) -> list[Run]:
        """Return the runs kept of a scenario, by seed."""
        with self._lock:
            return [
                run
                for (kept, _), run in sorted(self._runs.items(), key=lambda each: each[0][1])
                if kept == key
            ]

    def keep(self, run: Run) -> None:
        """Keep a run that was made elsewhere, unless it is there already."""
        with self._lock:
            if (run.key, run.seed) not in self._runs:
                self._keep(run)

    def processes(self) -> list[int]:
        """Return the ids of the simulating processes that are alive."""
        with self._lock:
            return [
                process.pid
                for job in self._jobs.values()
                for process, _ in job.hands
                if process.is_alive() and process.pid
            ]

    def close(self) -> None:
        """End every job."""
        self._stop.set()
        with self._lock:
            for job in self._jobs.values():
                self._end(job, "cancelled")

    def _missing(self, job: Job) -> list[Task]:
        tasks = []
        for seed in range(1, job.pairs + 1):
            for key, scenario in dict(zip(job.keys, job.scenarios, strict=True)).items():
                found = self._runs.get((key, seed))
                if found is None or (seed <= FULL and not found.tables):
                    tasks.append(Task(key, scenario, seed, seed <= FULL))
        return tasks

    def _start_waiting(self) -> None:
        running = sum(job.state == "running" for job in self._jobs.values())
        for job in self._jobs.values():
            if running >= self.at_once:
                return
            if job.state == "waiting":
                self._start(job)
                running += 1

    def _start(self, job: Job) -> None:
        job.state = "running"
        for tasks in _dealt(job.todo, self.hands_each):
            ours, theirs = self._context.Pipe(duplex=False)
            process = self._context.Process(target=work, args=(theirs, tasks), daemon=True)
            process.start()
            theirs.close()
            job.hands.append((process, ours))
        self._changed(job.session)

    def _end(self, job: Job, state: State) -> None:
        for process, pipe in job.hands:
            process.kill()
            pipe.close()
        for process, _ in job.hands:
            process.join(timeout=2.0)
        job.hands = []
        if not job.ended_at_all:
            job.state, job.ended = state, self._now()
            self._changed(job.session)

    def _changed(self, session: str) -> None:
        self._versions[session] = self._versions.get(session, 0) + 1

    def _watch(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                pipes = {pipe: job for job in self._jobs.values() for _, pipe in job.hands}
            if not pipes:
                self._stop.wait(0.05)
            try:
                ready = wait(list(pipes), timeout=0.1) if pipes else []
            except OSError:  # a pipe was closed while we waited
                ready = []
            with self._lock:
                for pipe in ready:
                    if isinstance(pipe, Connection):
                        self._receive(pipes[pipe], pipe)
                self._sweep()

    def _receive(self, job: Job, pipe: Connection) -> None:
        hand = next((each for each in job.hands if each[1] is pipe), None)
        if hand is None:
            return
        try:
            told = pipe.recv()
        except (EOFError, OSError):
            self._hand_is_done(job, hand)
            return
        if isinstance(told, Run):
            self._keep(told)
            job.todo = [task for task in job.todo if (task.key, task.seed) != (told.key, told.seed)]
            if not job.first and self.finished(job.session):
                job.first = self._now()
        else:
            job.failure = str(told).partition("\n")[0]
            log.error("a run failed: %s", told)
        self._changed(job.session)

    def _hand_is_done(self, job: Job, hand: tuple[Any, Connection]) -> None:
        process, pipe = hand
        pipe.close()
        process.join(timeout=2.0)
        job.hands.remove(hand)
        if not job.hands:
            complete = not self._missing(job)
            if not complete and not job.failure:
                job.failure = "a simulating process ended before its work was done"
            self._end(job, "done" if complete else "failed")
            self._start_waiting()

    def _keep(self, run: Run) -> None:
        self._runs[run.key, run.seed] = run
        self._runs.move_to_end((run.key, run.seed))
        while len(self._runs) > MOST_RUNS:
            self._runs.popitem(last=False)

    def _sweep(self) -> None:
        now = self._now()
        for job in list(self._jobs.values()):
            if job.state == "running" and now - job.began > DEADLINE:
                self._end(job, "too_long")
                self._start_waiting()
        for session, heard in list(self._heard.items()):
            if now - heard > SILENCE:
                with suppress(KeyError):
                    self.leave(session)


def _dealt(tasks: Sequence[Task], hands: int) -> list[list[Task]]:
    """Return the tasks dealt out so that both runs of a seed go to one process."""
    dealt: list[list[Task]] = [[] for _ in range(hands)]
    for task in tasks:
        dealt[task.seed % hands].append(task)
    return [each for each in dealt if each]


def _nothing() -> None:
    """Do nothing, in a process of its own."""
