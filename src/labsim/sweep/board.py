"""A few numbers that a worker and its foreman share: what is under way, since when, and whether to stop."""

from __future__ import annotations

import time
from collections.abc import MutableSequence
from multiprocessing.context import BaseContext

FIELDS = ("pid", "current", "since", "limit", "safe", "done", "stored", "failed", "months", "median", "timed", "stop",
          "asked", "deadline", "patience")  # fmt: skip
GOING, AFTER_THIS_RUN, NOW = 0, 1, 2
"""How urgently to stop: not at all; when the current run is done; between two months, with a checkpoint."""


class Board:
    """Numbers in shared memory, by name; each is written by one side only.

    pid      : of the worker's process
    current  : place in its chunk of the run under way; -1: none
    since    : when that run began, seconds since 1970
    limit    : seconds that a run may take; 0: no limit yet
    safe     : place in the chunk before which every run is in the store (or failed, or not wanted)
    done, stored, failed, months : so far, over all chunks; stored: of those done, how many are in the store
    median, timed : seconds that a run takes, and how many runs that rests on
    stop     : GOING, AFTER_THIS_RUN or NOW
    asked    : when a stop was asked for
    deadline : when the work has to be written, seconds since 1970; 0: never
    patience : seconds that the current run may still take after a stop was asked for; 0: as long as it takes
    """

    def __init__(self, numbers: MutableSequence[float]) -> None:
        self.numbers = numbers

    @classmethod
    def shared(cls, context: BaseContext) -> Board:
        """Return a board that child processes of this one can be given."""
        return cls(context.RawArray("d", len(FIELDS)))

    @classmethod
    def private(cls) -> Board:
        """Return a board for a worker in this process."""
        return cls([0.0] * len(FIELDS))

    def __getitem__(self, name: str) -> float:
        return self.numbers[FIELDS.index(name)]

    def __setitem__(self, name: str, value: float) -> None:
        self.numbers[FIELDS.index(name)] = value

    def ask(self, stop: int, patience: float = 0.0) -> None:
        """Ask the worker to stop, more urgently than before."""
        if stop > self["stop"]:
            self["asked"], self["patience"] = time.time(), patience
            self["stop"] = stop

    def urgency(self) -> int:
        """Return how urgently to stop now, patience and deadline considered."""
        asked, now = int(self["stop"]), time.time()
        if self["deadline"] and now > self["deadline"]:
            return NOW
        if asked == AFTER_THIS_RUN and self["patience"] and now > self["asked"] + self["patience"]:
            return NOW
        return asked
