"""Signs of life: a small file for each process that does runs, written anew every few seconds, gone when it ends."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from labsim.state.checkpoint import write_aside
from labsim.sweep import machine

EVERY = 10.0
"""Seconds between two signs of life."""

SILENT = 60.0
"""Seconds after which a process that gave no sign is taken for dead."""


class Heartbeat:
    """The file ``logs/<host>-<pid>.json`` of this process.

    It holds host, pid, engine, batch_job, started and last (seconds since 1970), done and failed (runs of this
    process so far), chunks (numbers of those under way) and runs (key, chunk, since of each run under way).
    """

    def __init__(self, folder: Path, engine: str) -> None:
        self.path = folder / f"{machine.host()}-{os.getpid()}.json"
        self._facts = {"host": machine.host(), "pid": os.getpid(), "engine": engine,
                       "batch_job": machine.batch_job(), "started": time.time()}  # fmt: skip
        self._next = 0.0

    def beat(self, facts: Callable[[], Mapping[str, Any]]) -> None:
        """Write the file if it is time to; a folder that cannot be written is no reason to stop."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY
        with suppress(OSError):
            write_aside(self.path, json.dumps(self._facts | {"last": time.time(), **facts()}).encode())

    def stop(self) -> None:
        """Remove the file."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)


def others(folder: Path) -> list[dict[str, Any]]:
    """Return what other living processes last said of themselves; their files of the dead on this machine go."""
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))
            here, pid, last = facts["host"] == machine.host(), int(facts["pid"]), float(facts["last"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if here and pid == os.getpid():
            continue
        if here and not _lives(pid):
            with suppress(OSError):
                path.unlink()
        elif time.time() - last < SILENT:
            found.append(facts)
    return found


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
