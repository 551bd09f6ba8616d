"""Signs of life: a small file for each process that does runs, written anew every few seconds, gone when it ends."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labsim.experiment.store import write_json
from labsim.sweep import machine

EVERY = 10.0
"""Seconds between two signs of life."""

SILENT = 60.0
"""Seconds after which a process that gave no sign is taken for dead."""


@dataclass(frozen=True)
class Sign:
    """The last sign of life of a process that does runs.

    started, last : seconds since 1970
    done          : runs that it has finished, written or not
    runs          : keys of those under way
    alive         : whether it can be taken to work still
    """

    host: str
    pid: int
    engine: str
    batch_job: str
    started: float
    last: float
    done: int
    runs: tuple[str, ...]
    alive: bool

    @property
    def rate(self) -> float:
        """Runs a second since it began."""
        return self.done / (self.last - self.started) if self.last > self.started else 0.0


class Heartbeat:
    """The file ``logs/<host>-<pid>.json`` of this process.

    It holds host, pid, engine, batch_job, started and last (seconds since 1970), done and failed (runs of this
    process so far), chunks (numbers of those under way) and runs (key, chunk, since of each run under way).
    """

    def __init__(self, folder: Path, engine: str) -> None:
        self.path = _file(folder, machine.host(), os.getpid())
        self._facts = {"host": machine.host(), "pid": os.getpid(), "engine": engine,
                       "batch_job": machine.batch_job(), "started": time.time()}  # fmt: skip
        self._next = 0.0

    def beat(self, facts: Callable[[], Mapping[str, Any]]) -> None:
        """Write the file if it is time to; a folder that cannot be written is no reason to stop."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_json(self.path, self._facts | {"last": time.time(), **facts()})

    def stop(self) -> None:
        """Remove the file."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)


def signs_of_life(folder: Path) -> Iterator[Sign]:
    """Yield the last signs of life in a folder; a process that ended in good order has taken its away."""
    now = time.time()
    for path in sorted(folder.glob("*.json")):
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))
            pid, last = int(facts["pid"]), float(facts["last"])
            yield Sign(
                facts["host"], pid, str(facts.get("engine", "")), str(facts.get("batch_job", "")),
                float(facts["started"]), last, int(facts.get("done", 0)),
                tuple(str(run["key"]) for run in facts.get("runs", ()) if run.get("key")),
                machine.lives(pid) if facts["host"] == machine.host() else now - last < SILENT,
            )  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError):
            continue  # being written, or something else


def others(folder: Path) -> list[Sign]:
    """Return the last signs of life of other living processes that were heard of lately.

    The files of processes of this machine that have died are removed.
    """
    found = []
    for sign in signs_of_life(folder):
        here = sign.host == machine.host()
        if here and not sign.alive:
            with suppress(OSError):
                _file(folder, sign.host, sign.pid).unlink()
        elif not (here and sign.pid == os.getpid()) and time.time() - sign.last < SILENT:
            found.append(sign)
    return found


def _file(folder: Path, host: str, pid: int) -> Path:
    return folder / f"{host}-{pid}.json"
