"""What a job is, the processes that simulate for it, and the clock by which it is timed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from labsim.app.simulating import Maker, Task, work
from labsim.scenario import Scenario

State = Literal["waiting", "running", "done", "cancelled", "failed", "too_long"]
LONGEST_STEP = 2.0
"""Seconds between two looks at the clock that can pass while the machine is awake."""


Hand = tuple[Any, Connection]
"""A process that simulates, and where its runs arrive."""


class Awake:
    """A clock that stands while the machine sleeps: a jump of the clock under it counts `LONGEST_STEP` at most."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._last, self._passed = clock(), 0.0

    def __call__(self) -> float:
        """Return the seconds awake since the clock was made."""
        with self._lock:
            now = self._clock()
            self._passed += min(max(now - self._last, 0.0), LONGEST_STEP)
            self._last = now
            return self._passed


@dataclass(kw_only=True)
class Errand:
    """Runs to be made, and the processes that make them."""

    state: State = "waiting"
    todo: list[Task] = field(default_factory=list)
    hands: list[Hand] = field(default_factory=list)


@dataclass
class Job(Errand):
    """Two scenarios (by their keys) over seeds 1 to `pairs`, asked for by a session."""

    session: str
    number: int
    scenarios: tuple[Scenario, Scenario]
    keys: tuple[str, str]
    pairs: int
    failure: str = ""
    began: float = 0.0
    first: float = 0.0
    ended: float = 0.0
    started: float = 0.0

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


def hire(
    context: Any, tasks: Sequence[Any], hands: int, folder: Path | None, nice: int, run: Maker | None
) -> list[Hand]:
    """Start processes that make runs (a task has a seed) and keep them in a store's folder, if any; return them.

    Raises
    ------
    OSError
        If the system starts no process; none is left then.
    """
    hired: list[Hand] = []
    try:
        for part in dealt(tasks, hands):
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=work, args=(theirs, part, folder, nice, run), daemon=True)
            process.start()
            theirs.close()
            hired.append((process, ours))
    except OSError:
        dismiss(hired)
        raise
    return hired


def unhired(error: OSError) -> str:
    """Return in words that no process could be started."""
    return f"no simulating process could be started: {error.strerror or error}"


def dismiss(hands: list[Hand]) -> None:
    """End processes, and forget them."""
    for process, pipe in hands:
        process.kill()
        pipe.close()
    for process, _ in hands:
        process.join(timeout=2.0)
    hands.clear()


def dealt(tasks: Sequence[Any], hands: int) -> list[list[Any]]:
    """Return the tasks dealt out so that both runs of a seed go to one process."""
    dealt: list[list[Any]] = [[] for _ in range(hands)]
    for task in tasks:
        dealt[task.seed % hands].append(task)
    return [each for each in dealt if each]


def nothing() -> None:
    """Do nothing, in a process of its own."""
