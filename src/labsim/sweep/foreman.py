"""Watches one worker process: ends runs over their time or memory, and goes on after its death.

The worker is a fresh process with one thread. What it is doing stands on a board in shared memory, so that its
foreman knows which run was under way when it died. The runs around that one are done without it; then it is tried
again alone, a few times.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import lru_cache
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any

from labsim.experiment import engines
from labsim.experiment.progress import plain_warnings
from labsim.experiment.store import OutputError
from labsim.sweep import machine
from labsim.sweep.board import AFTER_THIS_RUN, GOING, NOW, Board
from labsim.sweep.jobs import DIED, MEMORY, TIME_LIMIT, Failure, Job
from labsim.sweep.pieces import Piece, Tally, jobs_of_chunk
from labsim.sweep.plan import read_plan
from labsim.sweep.stopping import SECONDS_AFTER_TERM, SECONDS_AFTER_USR1, Stop
from labsim.sweep.store import store_of

POLL = 0.2
"""Seconds between two looks at the worker."""

SECONDS_TO_STOP = 10.0
"""How long a worker may take to save what it has after it was told to stop at once."""

MOST_DEATHS = 3
"""A worker that dies so often without having done a run is not started again."""

STOPPED = "stopped"
"""Why a worker was ended that did not stop by itself; no failure of its run."""

_STARTING = threading.Lock()


class Foreman:
    """Gives pieces to one worker process and sees that they come to an end.

    Parameters
    ----------
    folder
        The sweep's folder.
    retries
        How often a run that killed its worker, or was killed, is tried again.
    memory_mb
        What the worker may hold, MB; 0: any amount.
    """

    def __init__(self, folder: Path, *, retries: int, memory_mb: float = 0.0) -> None:
        self.folder, self.retries, self.memory_mb = folder, retries, memory_mb
        self._context = get_context("spawn")
        self.board = Board.shared(self._context)
        self.piece: Piece | None = None
        self._pool: ProcessPoolExecutor | None = None
        self._deaths = 0
        self._abandoned = False

    def do(self, piece: Piece, stop: Stop, deadline: float | None = None) -> Tally:
        """Do a piece, whatever happens to the worker; return what became of its runs."""
        board = self.board
        board["deadline"] = deadline or 0.0
        stored, failed = board["stored"], board["failed"]
        waiting, left, message = deque([piece]), 0, ""
        while waiting:
            part = self.piece = waiting.popleft()
            if stop.asked or message or self._abandoned:
                left += self._wanted(part)
                continue
            end = self._have_done(part, stop)
            if isinstance(end, Tally):
                left, message = left + end.left, end.message
                continue
            try:
                waiting.extend(self._after_death(part, end))
            except OutputError as error:
                left, message = left + self._wanted(part), str(error)
            if self._deaths >= MOST_DEATHS:
                message = (
                    f"{MOST_DEATHS} worker processes died before they had done a run; they say why on stderr"
                )
        self.piece = None
        return Tally(int(board["stored"] - stored), int(board["failed"] - failed), left, message)

    def dismiss(self) -> None:
        """End the worker process."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def abandon(self) -> None:
        """End the worker process in the middle of a run, after it has written what it has."""
        self._abandoned = True
        self.board.ask(NOW)
        self.dismiss()

    def under_way(self) -> tuple[Job, float] | None:
        """Return the run under way and when it began, or None."""
        piece, place, since = self.piece, int(self.board["current"]), self.board["since"]
        if piece is None or place < 0:
            return None
        jobs = _jobs(self.folder, piece.chunk, piece.stamp)
        return (jobs[place], since) if place < len(jobs) else None

    def _have_done(self, piece: Piece, stop: Stop) -> Tally | str:
        """Return what the worker made of a piece, or what ended the worker: a kind of failure, or STOPPED."""
        board = self.board
        board["current"], board["safe"], board["stop"] = -1, piece.first, GOING
        ended = ""
        try:
            future = self._workers().submit(_do, piece)
            ended = self._attend(future, stop)
            tally = future.result()
        except BrokenProcessPool:
            return ended or DIED
        self._deaths = 0
        return tally

    def _workers(self) -> ProcessPoolExecutor:
        """Return the pool of one process, started: not two at once, for that changes what the program shares."""
        if self._pool is None:
            self.board["pid"] = 0
            pool = ProcessPoolExecutor(1, self._context, _begin, (self.folder, self.board.numbers))
            with (
                _STARTING,
                engines.hidden_main(_needs_main(self.folder)),
                engines.environment(engines.SINGLE_THREADED),
            ):
                pool.submit(os.getpid)
            self._pool = pool
        return self._pool

    def _attend(self, future: Future[Tally], stop: Stop) -> str:
        """Wait for a piece; return "" when it has ended, or why the worker was killed."""
        board, told = self.board, 0.0
        while not wait([future], POLL).done:
            board.ask(stop.level, stop.patience)
            reason = self._overstepped()
            if board.urgency() == NOW:
                told = told or time.monotonic()
                if time.monotonic() - told > SECONDS_TO_STOP:
                    reason = STOPPED
            if reason:
                self._kill()
                return reason
        return ""

    def _overstepped(self) -> str:
        """Return what limit the run under way has passed, or ""."""
        board = self.board
        if board["current"] < 0:
            return ""
        if board["limit"] and time.time() - board["since"] > board["limit"]:
            return TIME_LIMIT
        return MEMORY if self.memory_mb and self._memory() > self.memory_mb else ""

    def _memory(self) -> float:
        pid = int(self.board["pid"])
        return machine.memory_mb(pid) if pid else 0.0

    def _kill(self) -> None:
        pid = int(self.board["pid"])
        if pid:
            with suppress(ProcessLookupError):
                os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))

    def _after_death(self, piece: Piece, kind: str) -> list[Piece]:
        """Note why the worker ended; return the pieces still to be done, the suspicious run alone and last."""
        board = self.board
        place, safe = int(board["current"]), int(board["safe"])
        self.dismiss()
        board["done"] = board["stored"]  # what was not written is done again
        jobs = _jobs(self.folder, piece.chunk, piece.stamp)
        last = len(jobs) if piece.last is None else piece.last
        if kind == STOPPED or place < 0:
            self._deaths += kind != STOPPED and safe == piece.first
            return [piece._replace(first=safe, wanted=0)]
        attempt = piece.attempt if last - piece.first == 1 else 1
        final = attempt > self.retries
        store_of(read_plan(self.folder)).fail(
            Failure(jobs[place], kind, self._words(kind), "", piece.before + attempt, time.time() - board["since"],
                    machine.host(), board["since"], final)
        )  # fmt: skip
        board["failed"] += final
        piece = piece._replace(wanted=0)
        parts = [piece._replace(first=safe, last=place), piece._replace(first=place + 1, last=last)]
        if not final:
            parts.append(piece._replace(first=place, last=place + 1, attempt=attempt + 1))
        return [part for part in parts if part.first < (last if part.last is None else part.last)]

    def _words(self, kind: str) -> str:
        if kind == TIME_LIMIT:
            return f"took longer than its limit of {self.board['limit']:.3g} s"
        if kind == MEMORY:
            return f"its process held more than the limit of {self.memory_mb:.0f} MB"
        return "its process ended without a word: killed, crashed, or the machine had no memory left"

    def _wanted(self, piece: Piece) -> int:
        if piece.wanted:
            return piece.wanted
        jobs = _jobs(self.folder, piece.chunk, piece.stamp)
        return sum(job.key not in piece.skip for job in jobs[piece.first : piece.last])


@lru_cache(maxsize=64)
def _jobs(folder: Path, chunk: int, _stamp: int) -> list[Job]:
    """Return the jobs of a chunk in the worker's order; the stamp changes when the plan was extended."""
    return jobs_of_chunk(read_plan(folder), chunk)


@lru_cache(maxsize=16)
def _needs_main(folder: Path) -> bool:
    """Return whether workers need the user's script, because an instrument is defined in it."""
    try:
        return b"__main__" in (folder / "plan" / "scenarios.pkl").read_bytes()
    except OSError:
        return False


_mine: dict[str, Any] = {}
"""In a worker process: its folder, its board, its worker, whether it is busy."""


def _begin(folder: Path, numbers: Any) -> None:
    """Prepare a worker process: signals, warnings, and an end when its parent ends."""
    board = Board(numbers)
    board["pid"] = os.getpid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's affair
    signal.signal(signal.SIGTERM, lambda *_: board.ask(AFTER_THIS_RUN, SECONDS_AFTER_TERM))
    if hasattr(signal, "SIGUSR1"):
        signal.signal(signal.SIGUSR1, lambda *_: board.ask(AFTER_THIS_RUN, SECONDS_AFTER_USR1))
    plain_warnings()
    _mine.update(folder=folder, board=board, worker=None, busy=False)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    """When the parent is gone, save what is done and end."""
    parent = parent_process()
    if parent is None:
        return
    parent.join()
    _mine["board"].ask(NOW)
    until = time.monotonic() + SECONDS_TO_STOP
    while _mine["busy"] and time.monotonic() < until:
        time.sleep(0.05)
    os._exit(1)


def _do(piece: Piece) -> Tally:
    """Do a piece in this worker process."""
    _mine["busy"] = True
    try:
        if _mine["worker"] is None:
            from labsim.sweep.worker import Worker  # the model is loaded here, not in the foreman

            _mine["worker"] = Worker(_mine["folder"], _mine["board"], alone=False)
        tally: Tally = _mine["worker"].do(piece)
    except OutputError as error:  # before the first run: the plan or the store cannot be read
        return Tally(0, 0, max(piece.wanted, 1), str(error))
    finally:
        _mine["busy"] = False
    return tally
