"""Several foremen, a thread each, that take pieces from one queue; their workers may wait for the next call."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any, NamedTuple
from weakref import WeakSet

from labsim.sweep import machine
from labsim.sweep.board import AFTER_THIS_RUN, Board
from labsim.sweep.companions import Companions
from labsim.sweep.foreman import Foreman
from labsim.sweep.heartbeat import Heartbeat
from labsim.sweep.jobs import Receipt
from labsim.sweep.pieces import Piece, Tally
from labsim.sweep.plan import Plan
from labsim.sweep.stopping import Stop

LOOK = 0.25
"""Seconds between two looks at how far the workers are."""


class Pace(NamedTuple):
    """How far the work is: runs done and failed by now, months simulated."""

    done: int
    failed: int
    months: int


Look = Callable[[Pace], None]
Hear = Callable[[Receipt], None]


def pace_of(boards: Iterable[Board]) -> Pace:
    """Return how far the workers with these boards are, together."""
    numbers = [(board["done"], board["failed"], board["months"]) for board in boards]
    done, failed, months = (int(sum(column)) for column in zip(*numbers, strict=True))
    return Pace(done, failed, months)


def receipt_of(piece: Piece, tally: Tally, began: float) -> Receipt:
    """Return what is told of a piece that has ended."""
    seconds = time.time() - began
    return Receipt(
        (piece.chunk,), tally.done, tally.failed, tally.left, seconds, machine.host(), tally.message
    )


_idle: dict[Path, list[Foreman]] = {}
"""Foremen whose workers wait for the next call."""

_all: WeakSet[Foreman] = WeakSet()
"""All foremen of this process."""


class Crew:
    """Foremen for the pieces of a plan, made or taken over from an earlier call."""

    def __init__(self, plan: Plan, workers: int, companions: Companions | None = None) -> None:
        self._companions = companions
        settings = plan.facts["run"]
        memory = 1000.0 * (settings["memory_limit_gb"] or 0.0)
        self._folder = plan.folder
        known = _idle.pop(plan.folder, [])
        self.foremen = known[:workers]
        for spare in known[workers:]:
            spare.dismiss()
        while len(self.foremen) < workers:
            self.foremen.append(Foreman(plan.folder, retries=settings["retries"], memory_mb=memory))
        _all.update(self.foremen)
        self._start = pace_of(foreman.board for foreman in self.foremen)
        self._waiting: queue.SimpleQueue[Piece] = queue.SimpleQueue()
        self._ended: queue.SimpleQueue[Receipt | BaseException | None] = queue.SimpleQueue()

    def work(
        self, pieces: Sequence[Piece], stop: Stop, deadline: float | None, heart: Heartbeat, hear: Hear,
        look: Look | None,
    ) -> list[Receipt]:  # fmt: skip
        """Do the pieces; return a receipt for each that was begun."""
        for piece in pieces:
            self._waiting.put(piece)
        threads = [
            threading.Thread(target=self._take, args=(foreman, stop, deadline)) for foreman in self.foremen
        ]
        for thread in threads:
            thread.start()
        receipts: list[Receipt] = []
        try:
            for receipt in self._follow(heart, look):
                receipts.append(receipt)
                hear(receipt)
                if receipt.message:
                    stop.request(AFTER_THIS_RUN)
        finally:
            if len(receipts) < len(pieces):
                stop.request(AFTER_THIS_RUN)
            for thread in threads:
                thread.join()
        return receipts

    def end(self, *, keep: bool) -> None:
        """End the worker processes, or keep them for the next call."""
        if keep:
            _idle.setdefault(self._folder, []).extend(self.foremen)
            return
        for foreman in self.foremen:
            foreman.dismiss()

    def _follow(self, heart: Heartbeat, look: Look | None) -> Iterable[Receipt]:
        """Yield receipts until no foreman works any more; give signs of life meanwhile."""
        at_work, error = len(self.foremen), None
        while at_work:
            heart.beat(self._facts)
            if look is not None:
                look(self._pace())
            try:
                ended = self._ended.get(timeout=LOOK)
            except queue.Empty:
                continue
            if isinstance(ended, Receipt):
                yield ended
            else:
                at_work -= 1
                error = error or ended
        if look is not None:
            look(self._pace())
        if error is not None:
            raise error

    def _take(self, foreman: Foreman, stop: Stop, deadline: float | None) -> None:
        """Take pieces until there are no more (in a thread)."""
        error = None
        try:
            while True:
                try:
                    piece = self._waiting.get_nowait()
                except queue.Empty:
                    break
                began = time.time()
                self._ended.put(receipt_of(piece, self._done(foreman, piece, stop, deadline), began))
        except BaseException as found:  # raised in the main thread
            error = found
            stop.request(AFTER_THIS_RUN)
        self._ended.put(error)

    def _done(self, foreman: Foreman, piece: Piece, stop: Stop, deadline: float | None) -> Tally:
        left = piece if self._companions is None or stop.asked else self._companions.refreshed(piece)
        return Tally(0, 0, 0) if left is None else foreman.do(left, stop, deadline)

    def _pace(self) -> Pace:
        now = pace_of(foreman.board for foreman in self.foremen)
        return Pace(*(b - a for a, b in zip(self._start, now, strict=True)))

    def _facts(self) -> dict[str, Any]:
        under_way = [found for foreman in self.foremen if (found := foreman.under_way()) is not None]
        pace = self._pace()
        return {
            "done": pace.done,
            "failed": pace.failed,
            "chunks": sorted(
                {piece.chunk for foreman in self.foremen if (piece := foreman.piece) is not None}
            ),
            "runs": [{"key": job.key, "chunk": job.chunk, "since": since} for job, since in under_way],
        }


def _end_all() -> None:
    for foreman in list(_all):
        foreman.abandon()
    _idle.clear()


# Not by atexit: a process that is a child itself (of Dask's nanny) waits for its own children before that, and they
# wait for work. It may end in the middle of a piece, when its scheduler is gone.
_at_exit = Finalize(
    None, _end_all, exitpriority=100
)  # before the queues to the workers are closed, which is 10
