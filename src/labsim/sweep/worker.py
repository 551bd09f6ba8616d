"""Does pieces of chunks: run after run in one process, written to the store in shards, ready to stop at any month."""

from __future__ import annotations

import bisect
import time
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

from labsim.config.runners import load_runner
from labsim.config.sweeps import RunSettings
from labsim.experiment.engines import Stopped
from labsim.experiment.store import OutputError
from labsim.sweep import machine
from labsim.sweep.board import GOING, NOW, Board
from labsim.sweep.burn_ins import BurnIns
from labsim.sweep.changes import refuse_stale
from labsim.sweep.jobs import MEMORY, RAISED, TIME_LIMIT, Failure, Finished, Job
from labsim.sweep.pieces import Piece, Tally, jobs_of_chunk
from labsim.sweep.plan import read_plan
from labsim.sweep.record import context_of, run_job
from labsim.sweep.store import CHECKPOINTS, store_of

LONG_RUN = 120.0
"""Seconds from which on a run is begun even if it will not end in time: it goes on from its checkpoint."""

KEPT_TIMES = 501
"""Runs whose times make the median."""

ENOUGH = 5
"""Finished runs before a median limits the time of others."""


class TimeUp(Exception):  # noqa: N818 - it is the run's end
    """Ends a run that took longer than it may, where no foreman watches."""


class Worker:
    """Does pieces of a plan, one after the other.

    Parameters
    ----------
    folder
        The sweep's folder.
    board
        Where it says what it does, and sees whether to stop.
    alone
        Whether no foreman watches: then it ends runs over their time itself.
    """

    def __init__(self, folder: Path, board: Board, *, alone: bool) -> None:
        self.folder, self.board, self.alone = folder, board, alone
        self._buffer: list[Finished] = []
        self._first_buffered = 0.0
        self._times: list[float] = []
        self._stamp = -1

    def do(self, piece: Piece) -> Tally:
        """Do what is wanted of a piece; what counts as done is in the store when this returns."""
        self._read_plan(piece.stamp)
        jobs = jobs_of_chunk(self.plan, piece.chunk)
        last = len(jobs) if piece.last is None else piece.last
        places = [i for i in range(piece.first, last) if jobs[i].key not in piece.skip]
        burn_ins = BurnIns(self.plan, self.store, self._context, [jobs[i] for i in places])
        board = self.board
        board["safe"] = piece.first
        before = board["stored"], board["failed"]
        message = ""
        try:
            for i in places:
                if not self._may_begin() or not self._attempt(
                    jobs[i], i, piece.before + piece.attempt, burn_ins
                ):
                    break
            self._flush()
        except OutputError as error:
            message = str(error)
        done, failed = int(board["stored"] - before[0]), int(board["failed"] - before[1])
        left = len(places) - done - failed
        burn_ins.finish(everything=not left)
        return Tally(done, failed, left, message)

    def _attempt(self, job: Job, place: int, attempt: int, burn_ins: BurnIns) -> bool:
        """Do one run; return whether it came to an end, good or bad: False if it had to stop before."""
        board, began = self.board, time.time()
        board["limit"] = self._limits.seconds(board["median"] if board["timed"] >= ENOUGH else None) or 0.0
        board["since"], board["current"] = began, place
        context = replace(self._context, cache=burn_ins.cache_for(job), checkpoint=self._checkpoint(job))
        try:
            finished = run_job(
                self.plan, job, self.store, context=context, runner=self._runner, attempt=attempt
            )
        except Stopped:
            return False
        except (Exception, SystemExit) as error:  # whatever went wrong belongs to this run alone
            self._flush(place)
            self.store.fail(_failure(job, error, attempt, began, float(board["limit"])))
            board["failed"] += 1
            board["safe"] = place + 1
            return True
        finally:
            board["current"] = -1
        self._note(finished.seconds)
        if not self._buffer:
            self._first_buffered = time.monotonic()
        self._buffer.append(finished)
        board["done"] += 1
        if len(self._buffer) >= self._settings["runs_per_shard"]:
            self._flush(place + 1)
        return True

    def _after_month(self) -> None:
        """Look up after a simulated month: whether to stop, whether to write what is finished."""
        board = self.board
        board["months"] += 1
        if board.urgency() == NOW:
            raise Stopped
        if self.alone and board["limit"] and time.time() - board["since"] > board["limit"]:
            raise TimeUp(f"the run took longer than its limit of {board['limit']:g} s")
        self._flush_if_due(int(board["current"]))

    def _may_begin(self) -> bool:
        """Return whether there is time for another run."""
        board = self.board
        if board.urgency() != GOING:
            return False
        if not board["deadline"] or not board["timed"]:
            return True
        expected = board["median"]
        return expected > LONG_RUN or time.time() + 1.5 * expected < board["deadline"]

    def _flush_if_due(self, place: int) -> None:
        if self._buffer and time.monotonic() - self._first_buffered >= self._settings["flush_seconds"]:
            self._flush(place)

    def _flush(self, safe: int | None = None) -> None:
        """Write the finished runs; `safe`: the place before which everything is settled then."""
        if self._buffer:
            self.store.write(self._buffer)
            self.board["stored"] += len(self._buffer)
            self._buffer = []
        if safe is not None:
            self.board["safe"] = safe

    def _note(self, seconds: float) -> None:
        bisect.insort(self._times, seconds)
        if len(self._times) > KEPT_TIMES:  # the ends say least about the middle
            del self._times[-1 if len(self._times) % 2 else 0]
        self.board["timed"] += 1
        self.board["median"] = self._times[len(self._times) // 2]

    def _checkpoint(self, job: Job) -> Path | None:
        return self.store.folder / CHECKPOINTS / f"{job.key}.npz" if self.plan.facts["scenarios"] else None

    def _read_plan(self, stamp: int) -> None:
        if stamp == self._stamp:
            return
        self.plan = read_plan(self.folder)
        refuse_stale(self.plan)  # other code would do other runs under these keys
        self.store = store_of(self.plan)
        self._settings: dict[str, Any] = self.plan.facts["run"]
        self._limits = RunSettings(**self._settings)
        self._runner = load_runner(self.plan.facts["runner"])
        self._context = context_of(self.plan, None, self._after_month)
        self._stamp = stamp


def _failure(job: Job, error: BaseException, attempt: int, began: float, limit: float) -> Failure:
    kind = MEMORY if isinstance(error, MemoryError) else TIME_LIMIT if isinstance(error, TimeUp) else RAISED
    details = traceback.format_exc()
    said = f"took longer than {limit:g} s" if kind == TIME_LIMIT else details.strip().splitlines()[-1]
    return Failure(job, kind, said, details, attempt, time.time() - began, machine.host(), began)
