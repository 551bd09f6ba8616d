"""Other processes that do runs of the same sweep: said once, and not done twice where that can be helped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from labsim.sweep.heartbeat import others
from labsim.sweep.missing import known_keys
from labsim.sweep.pieces import Piece, jobs_of_chunk
from labsim.sweep.plan import Plan
from labsim.sweep.store import LOGS, store_of

EVERY = 5.0
"""Seconds between two looks for others, and between two looks at what they have done."""


class Companions:
    """Knows which other processes are at work in a sweep's folder.

    Two at once are safe: a run that both do is the same run, and `collect` keeps one. But it is done twice, so a
    piece that is about to begin is looked up in the store again while others are there.
    """

    def __init__(self, plan: Plan, tell: Callable[[str], None]) -> None:
        self._plan, self._tell = plan, tell
        self._lock = threading.Lock()
        self._next, self._there, self._said = 0.0, False, False

    def arranged(self, pieces: Sequence[Piece]) -> list[Piece]:
        """Return the pieces in the order to do them: from the end, if somebody else began at the start."""
        return list(reversed(pieces)) if self._look() else list(pieces)

    def refreshed(self, piece: Piece) -> Piece | None:
        """Return a piece without what others have done meanwhile, None if nothing is left of it."""
        if not self._look():
            return piece
        jobs = jobs_of_chunk(self._plan, piece.chunk)
        with self._lock:
            done = set(known_keys(store_of(self._plan)).to_pylist())
        skip = piece.skip | frozenset(job.key for job in jobs if job.key in done)
        wanted = sum(job.key not in skip for job in jobs[piece.first : piece.last])
        return piece._replace(skip=skip, wanted=wanted) if wanted else None

    def _look(self) -> bool:
        with self._lock:
            if time.monotonic() < self._next:
                return self._there
            self._next = time.monotonic() + EVERY
            found = others(self._plan.folder / LOGS)
            self._there = bool(found)
            if found and not self._said:
                self._said = True
                who = ", ".join(f"process {each.pid} on {each.host}" for each in found[:3])
                more = f" and {len(found) - 3} more" if len(found) > 3 else ""
                self._tell(
                    f"this sweep is being run already ({who}{more}); both go on, and nothing is lost by it"
                )
            return self._there
