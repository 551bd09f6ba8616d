"""Jobs: who waits, who is simulated, what has come; never more processes than the machine carries.

One browser tab is one session with at most one job. A new question of a session takes the place of the old one, whose
processes are killed. A session that has not been heard of for `SILENCE` seconds ends, and its job with it. Every run is
kept on disk, too (`labsim.app.stored`); while no session waits for anything, runs are made ahead. Time that the machine
slept is nobody's.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any

from labsim.app.hands import Awake, Errand, Hand, Job, Standing, State, dismiss, hire, nothing, unhired
from labsim.app.simulating import Run, Runner, Task, Trouble
from labsim.app.stored import FULL, Store
from labsim.experiment.keys import run_key
from labsim.scenario import Scenario

SILENCE = 90.0
"""Seconds without a word from a tab after which its job ends; browsers slow down the clocks of hidden tabs."""

DEADLINE = 600.0
"""Seconds, without those that the machine slept, that one job may take while its processes run."""

REST = 5.0
"""Seconds without any job after which runs are made ahead again."""

MOST_RUNS, MOST_FULL = 6000, 300
"""Runs kept in memory, those used longest ago go first (some 4 kB each), and runs with tables (some 100 kB each)."""

PRELOAD = ("labsim.app.warm",)
"""Modules that the process has loaded from which all others are forked."""

__all__ = ["Board", "Job", "Standing", "State"]
log = logging.getLogger(__name__)


class Board:
    """All jobs of one server.

    Parameters
    ----------
    cores
        Processors of the machine; a job has at most that many processes, and only so many run at once that their
        processes are no more than the processors.
    now
        A clock in seconds.
    store
        Where runs are kept on disk; default: the usual place.
    run
        What makes a run, for tests; it must be importable.
    watched
        Whether a thread looks after the jobs; else `look` must be called.
    """

    def __init__(
        self, cores: int | None = None, *, now: Callable[[], float] = time.monotonic, store: Store | None = None,
        run: Runner | None = None, watched: bool = True,
    ) -> None:  # fmt: skip
        self.cores = max(1, cores or os.cpu_count() or 1)
        self.hands_each = min(2, self.cores)
        self.at_once = max(1, self.cores // self.hands_each)
        self._now, self._run = Awake(now), run
        self.store = Store() if store is None else store
        self.trouble = ""
        self._ahead = Errand(state="done")
        self._ahead_of, self._last_busy = 0, -REST
        self._full: OrderedDict[tuple[str, int], None] = OrderedDict()
        self._lock = threading.RLock()
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._heard: dict[str, float] = {}
        self._versions: dict[str, int] = {}
        self._runs: OrderedDict[tuple[str, int], Run] = OrderedDict()
        self._count = 0
        self._context: Any = get_context("forkserver")
        self._context.set_forkserver_preload(list(PRELOAD))
        self._stop = threading.Event()
        if watched:
            threading.Thread(target=self._watch, name="labsim-jobs", daemon=True).start()

    def warm_up(self) -> None:
        """Start the forkserver, so that the first job finds the model loaded and compiled."""
        process = self._context.Process(target=nothing, daemon=True)
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
            self._fetch(job)
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

    @property
    def ahead(self) -> State:
        """How the runs that are made ahead stand: waiting, running, done, or failed if some cannot be made."""
        return self._ahead.state

    @property
    def closed(self) -> bool:
        """Whether the board has been closed."""
        return self._stop.is_set()

    def prepare(self, tasks: Sequence[Task]) -> None:
        """Make these runs ahead, whenever no session waits for anything."""
        with self._lock:
            self._stop_ahead()
            self._ahead.todo, self._ahead_of = list(tasks), len(tasks)
            self._ahead.state = "waiting" if tasks else "done"
            self._last_busy = self._now() - REST

    def preparing(self) -> tuple[int, int]:
        """Return how many of the runs that are made ahead are done, and of how many."""
        with self._lock:
            return self._ahead_of - len(self._ahead.todo), self._ahead_of

    def processes(self) -> list[int]:
        """Return the ids of the simulating processes that are alive."""
        with self._lock:
            return [
                process.pid
                for job in (*self._jobs.values(), self._ahead)
                for process, _ in job.hands
                if process.is_alive() and process.pid
            ]

    def close(self) -> None:
        """End every job."""
        self._stop.set()
        with self._lock:
            self._stop_ahead()
            for job in self._jobs.values():
                self._end(job, "cancelled")

    def _fetch(self, job: Job) -> None:
        """Take what is kept on disk of a job's runs into memory."""
        for key in dict.fromkeys(job.keys):
            self.store.use(key)
            for seed in sorted(self.store.seeds(key)):
                have = self._runs.get((key, seed))
                if seed <= job.pairs and (have is None or (seed <= FULL and not have.tables)):
                    found = self.store.load(key, seed, tables=seed <= FULL)
                    if found is not None and (have is None or found.tables):
                        self._keep(found)
        for known in [each for each in self._runs if each[0] in job.keys]:  # used now: others go first
            self._keep(self._runs[known])

    def _missing(self, job: Job) -> list[Task]:
        tasks = []
        for seed in range(1, job.pairs + 1):
            for key, scenario in dict(zip(job.keys, job.scenarios, strict=True)).items():
                found = self._runs.get((key, seed))
                if found is None or (seed <= FULL and not found.tables):
                    tasks.append(Task(key, scenario, seed, seed <= FULL))
        return tasks

    def _start_waiting(self) -> None:
        if any(not job.ended_at_all for job in self._jobs.values()):
            self._stop_ahead()
        running = sum(job.state == "running" for job in self._jobs.values())
        for job in self._jobs.values():
            if running >= self.at_once:
                return
            if job.state == "waiting":
                self._start(job)
                running += 1

    def _start(self, job: Job) -> None:
        job.state, job.started = "running", self._now()
        self._hire(job, self.hands_each, 5)
        self._changed(job.session)

    def _hire(self, errand: Errand, hands: int, nice: int) -> None:
        """Start the processes of an errand."""
        folder = None if self.trouble else self.store.folder.parent
        try:
            errand.hands = hire(self._context, errand.todo, hands, folder, nice, self._run)
        except OSError as error:
            log.error("%s", unhired(error))  # noqa: TRY400 - the words say it; its trace is the library's
            if isinstance(errand, Job):
                errand.failure = unhired(error)
                self._end(errand, "failed")
            else:
                errand.state = "failed"

    def _stop_ahead(self) -> None:
        """Let the runs that are made ahead wait; those that are finished stay."""
        dismiss(self._ahead.hands)
        if self._ahead.state == "running":
            self._ahead.state = "waiting"
        self._last_busy = self._now()

    def _end(self, job: Job, state: State) -> None:
        dismiss(job.hands)
        if not job.ended_at_all:
            job.state, job.ended = state, self._now()
            self._changed(job.session)

    def _changed(self, session: str) -> None:
        self._versions[session] = self._versions.get(session, 0) + 1

    def _watch(self) -> None:
        while not self._stop.is_set():
            self.look(0.1)

    def look(self, patience: float = 0.0) -> None:
        """Receive what the processes have sent, end what must end, start what may start."""
        with self._lock:
            jobs = (*self._jobs.values(), self._ahead)
            pipes: dict[Any, Errand] = {pipe: job for job in jobs for _, pipe in job.hands}
        if not pipes:
            self._stop.wait(patience / 2)
        try:
            ready = wait(list(pipes), timeout=patience) if pipes else []
        except (OSError, ValueError):  # a pipe was closed while we waited
            ready = []
        with self._lock:
            for pipe in ready:
                if isinstance(pipe, Connection):
                    self._receive(pipes[pipe], pipe)
            self._sweep()

    def _receive(self, errand: Errand, pipe: Connection) -> None:
        hand = next((each for each in errand.hands if each[1] is pipe), None)
        if hand is None:
            return
        try:
            told = pipe.recv()
        except (EOFError, OSError):
            self._hand_is_done(errand, hand)
            return
        if isinstance(told, Trouble):
            self.trouble = told.why
            self._stop_ahead()
            log.error("runs cannot be kept on disk: %s", told.why)
        elif isinstance(told, Run):
            errand.todo = [task for task in errand.todo if (task.key, task.seed) != (told.key, told.seed)]
        else:
            log.error("a run failed: %s", told)
        if isinstance(errand, Job):
            self._note(errand, told)

    def _note(self, job: Job, told: object) -> None:
        """Note for a session what a process of its job has sent."""
        if isinstance(told, Run):
            self._keep(told)
            if not job.first and self.finished(job.session):
                job.first = self._now()
        elif not isinstance(told, Trouble):
            job.failure = str(told).partition("\n")[0]
        self._changed(job.session)

    def _hand_is_done(self, errand: Errand, hand: Hand) -> None:
        process, pipe = hand
        pipe.close()
        process.join(timeout=2.0)
        errand.hands.remove(hand)
        if errand.hands:
            return
        if not isinstance(errand, Job):  # what failed is not tried again before the next start
            errand.state = "failed" if errand.todo else "done"
            return
        complete = not self._missing(errand)
        if not complete and not errand.failure:
            errand.failure = "a simulating process ended before its work was done"
        self._end(errand, "done" if complete else "failed")
        self._start_waiting()

    def _keep(self, run: Run) -> None:
        self._runs[run.key, run.seed] = run
        self._runs.move_to_end((run.key, run.seed))
        if run.tables:
            self._full[run.key, run.seed] = None
            self._full.move_to_end((run.key, run.seed))
        while len(self._runs) > MOST_RUNS:
            self._full.pop(self._runs.popitem(last=False)[0], None)
        while len(self._full) > MOST_FULL:
            oldest = self._full.popitem(last=False)[0]
            self._runs[oldest] = replace(self._runs[oldest], tables={})

    def _sweep(self) -> None:
        now = self._now()
        for job in list(self._jobs.values()):
            if job.state == "running" and now - job.started > DEADLINE:
                self._end(job, "too_long")
                self._start_waiting()
        for session, heard in list(self._heard.items()):
            if now - heard > SILENCE:
                with suppress(KeyError):
                    self.leave(session)
        if any(not job.ended_at_all for job in self._jobs.values()):
            self._last_busy = now
        elif self._ahead.state == "waiting" and not self.trouble and now - self._last_busy >= REST:
            self._ahead.state = "running"
            self._hire(self._ahead, self.cores, 10)
