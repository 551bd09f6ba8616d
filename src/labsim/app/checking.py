"""Trying assumptions in the background: one process for the whole server, one session at a time, others in line.

The comparison of page 3 comes first: a check runs in a process of its own with low priority, ends with its tab, and
keeps what is finished. What was found for a pair of scenarios is remembered, whoever asked.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Literal

import pandas as pd

from labsim.app import assumptions
from labsim.app.assumptions import Tested
from labsim.app.hands import Awake, Hand, dismiss, hire, unhired
from labsim.app.jobs import Board
from labsim.app.simulating import Maker, Run
from labsim.scenario import Scenario

State = Literal["none", "waiting", "running", "done", "cancelled", "failed"]
DEADLINE = 900.0
"""Seconds, without those that the machine slept, that one check may take."""

MOST = 40
"""Pairs of scenarios whose findings are remembered."""

Keys = tuple[str, str]
log = logging.getLogger(__name__)


@dataclass
class Check:
    """What a session asked to have tried, and how far it is."""

    session: str
    keys: Keys
    tasks: list[Any]
    state: State = "waiting"
    done: int = 0
    failure: str = ""
    began: float = 0.0
    hands: list[Hand] = field(default_factory=list)


@dataclass(frozen=True)
class Progress:
    """How a session's check stands: its state, what is done of how much, and the place in line."""

    state: State
    done: int = 0
    total: int = 0
    place: int = 0
    failure: str = ""


class Checks:
    """All checks of one server.

    Parameters
    ----------
    board
        Who is there, and which runs are kept.
    now
        A clock in seconds.
    run
        What a process makes of a trial or a run of a story, for tests; it must be importable.
    """

    def __init__(
        self, board: Board, *, now: Callable[[], float] = time.monotonic, run: Maker = assumptions.made
    ) -> None:
        self._board, self._now, self._run = board, Awake(now), run
        self._context: Any = get_context("forkserver")
        self._lock = threading.RLock()
        self._checks: OrderedDict[str, Check] = OrderedDict()
        self._found: OrderedDict[Keys, dict[tuple[str, str, int], Tested]] = OrderedDict()

    def ask(
        self, session: str, keys: Keys, scenarios: tuple[Scenario, Scenario], others: Sequence[Scenario]
    ) -> None:
        """Put a session's check in line: the other stories first, then every assumption at both ends."""
        with self._lock:
            self.cancel(session)
            known = self._board.known()
            have = self._found.get(keys, {})
            tasks: list[Any] = list(assumptions.stories([*scenarios, *others], known))
            tasks += [
                each for each in assumptions.trials(scenarios) if (each.path, each.end, each.seed) not in have
            ]
            self._checks[session] = Check(session, keys, tasks, state="waiting" if tasks else "done")
            self._start_next()

    def cancel(self, session: str) -> None:
        """End a session's check; what is finished stays."""
        with self._lock:
            check = self._checks.get(session)
            if check is not None and check.state in {"waiting", "running"}:
                self._end(check, "cancelled")
                self._start_next()

    def leave(self, session: str) -> None:
        """Forget a session: its tab was closed."""
        with self._lock:
            self.cancel(session)
            self._checks.pop(session, None)

    def close(self) -> None:
        """End every check."""
        with self._lock:
            for session in list(self._checks):
                self._end(self._checks[session], "cancelled")

    def progress(self, session: str) -> Progress:
        """Return how a session's check stands."""
        with self._lock:
            check = self._checks.get(session)
            if check is None:
                return Progress("none")
            line = [each for each in self._checks.values() if each.state == "waiting"]
            place = line.index(check) + 1 if check in line else 0
            return Progress(check.state, check.done, len(check.tasks), place, check.failure)

    def found(self, keys: Keys, indicator: str) -> pd.DataFrame:
        """Return what was found for a pair of scenarios: assumption, end, seed, value (B - A)."""
        with self._lock:
            rows = [
                (each.path, each.end, each.seed, each.differences[indicator])
                for each in self._found.get(keys, {}).values()
            ]
        return pd.DataFrame(rows, columns=["assumption", "end", "seed", "value"])

    def processes(self) -> list[int]:
        """Return the ids of the processes that are alive."""
        with self._lock:
            started = [process for each in self._checks.values() for process, _ in each.hands]
            return [process.pid for process in started if process.is_alive()]

    def _start_next(self) -> None:
        if any(each.state == "running" for each in self._checks.values()):
            return
        check = next((each for each in self._checks.values() if each.state == "waiting"), None)
        if check is None:
            return
        try:
            check.hands = hire(self._context, check.tasks, 1, None, 10, self._run)
        except OSError as error:
            check.failure = unhired(error)
            self._end(check, "failed")
            self._start_next()
            return
        check.state, check.began = "running", self._now()
        pipe = check.hands[0][1]
        threading.Thread(target=self._watch, args=(check, pipe), name="labsim-check", daemon=True).start()

    def _watch(self, check: Check, pipe: Connection) -> None:
        """Receive what a check's process finds until it ends, its tab is gone or its time is up."""
        while check.state == "running":
            try:
                told = pipe.recv() if pipe.poll(0.5) else None
            except (EOFError, OSError):
                break
            with self._lock:
                if told is not None and check.state == "running":
                    self._receive(check, told)
                if self._board.asked(check.session) is None or self._now() - check.began > DEADLINE:
                    self._end(check, "cancelled")
        with self._lock:
            if check.state == "running":
                complete = check.done >= len(check.tasks)
                if not complete and not check.failure:
                    check.failure = "a simulating process ended before its work was done"
                self._end(check, "failed" if check.failure else "done")
            self._start_next()

    def _receive(self, check: Check, told: object) -> None:
        check.done += 1
        if isinstance(told, Run):
            self._board.keep(told)
        elif isinstance(told, Tested):
            found = self._found.setdefault(check.keys, {})
            self._found.move_to_end(check.keys)
            found[told.path, told.end, told.seed] = told
            while len(self._found) > MOST:
                self._found.popitem(last=False)
        else:
            check.failure = str(told).partition("\n")[0]
            log.error("a run of a check failed: %s", told)

    def _end(self, check: Check, state: State) -> None:
        dismiss(check.hands)
        check.state = state
