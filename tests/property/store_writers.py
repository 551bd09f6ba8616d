"""Writers to a store that end badly: run as ``python store_writers.py kill|abort|together FOLDER``, by a test.

One process imports everything and forks a writer at a time, so that a hundred of them take seconds.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

from finished_runs import finished

from labsim.sweep.store import Store

WRITERS, RUNS = 100, 3


def write_for_ever(folder: Path, writer: int) -> None:
    """Write small shards until killed; the numbers of runs that are said to be safe go to a file of their own."""
    store, number = Store(folder), 10_000 * writer
    said = os.open(folder.with_name("said"), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    while True:
        store.write([finished(number + i, months=120) for i in range(RUNS)])
        os.write(said, "".join(f"{number + i}\n" for i in range(RUNS)).encode())
        number += RUNS


def forked(work: Callable[[], None]) -> int:
    """Return the process that does some work and ends."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(9)
    return pid


def kill_at_many_moments(folder: Path) -> None:
    """Kill writers one after the other, each at another moment of its work."""
    said = folder.with_name("said")
    said.touch()
    for writer in range(WRITERS):
        before, tired = said.stat().st_size, time.monotonic() + 60.0
        pid = forked(lambda writer=writer: write_for_ever(folder, writer))  # type: ignore[misc]  # mypy cannot tell the type of a lambda's default
        while writer % 3 and said.stat().st_size == before and time.monotonic() < tired:
            time.sleep(0.001)  # two of three have written something before
        time.sleep(0.1 * (writer * 0.6180339887 % 1.0))  # moments that fall everywhere
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def abort_after_writing(folder: Path) -> None:
    """Write and abort, as pyarrow may do at the end of a process."""

    def work() -> None:
        Store(folder).write([finished(1)])
        os.abort()

    _, status = os.waitpid(forked(work), 0)
    assert os.WTERMSIG(status) == signal.SIGABRT


def write_the_same_together(folder: Path) -> None:
    """Let two processes write the same runs at the same time, in other shards."""

    def work(size: int) -> None:
        runs = [finished(number, host=f"node{size}") for number in range(24)]
        for start in range(0, len(runs), size):
            Store(folder).write(runs[start : start + size])
        os._exit(0)

    writers = [forked(lambda size=size: work(size)) for size in (3, 4)]  # type: ignore[misc]  # mypy cannot tell the type of a lambda's default
    assert [os.waitpid(pid, 0)[1] for pid in writers] == [0, 0]


if __name__ == "__main__":
    Store(Path())._provenance([finished(0)])  # what every first shard needs is known before the forks
    what = {"kill": kill_at_many_moments, "abort": abort_after_writing, "together": write_the_same_together}
    what[sys.argv[1]](Path(sys.argv[2]))
