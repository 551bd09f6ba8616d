"""Runs that take no time, or fail, or never end, for tests of what goes on around runs."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from labsim.app.assumptions import Tested, Trial
from labsim.app.simulating import SHOWN, Run, Task, while_somebody_waits


def quick(task: Task, _: Any) -> Run:
    """Return a run at once: its numbers say the scenario and the seed."""
    level = float(int(task.key[:4], 16)) + task.seed
    series = {name: np.arange(24, dtype=np.float64) + level + k for k, name in enumerate(SHOWN)}
    return Run(task.key, task.seed, series, {"seeds": [task.seed]} if task.full else {})


def tried(task: Trial | Task, cache: Any) -> Tested | Run:
    """Return at once that an assumption shifts everything by its seed, or the run of a story."""
    if isinstance(task, Trial):
        return Tested(task.path, task.end, task.seed, dict.fromkeys(SHOWN, float(task.seed)))
    return quick(task, cache)


def steady(task: Task, cache: Any) -> Run:
    """Return a run after a twentieth of a second."""
    time.sleep(0.05)
    return quick(task, cache)


def endless(*_: Any) -> Run:
    """Simulate for ever, month by month, as long as somebody waits."""
    while True:
        time.sleep(0.01)
        while_somebody_waits()


def third_fails(task: Trial | Task, cache: Any) -> Tested | Run:
    """Return a run or what a trial finds, but fail with the third seed."""
    if task.seed == 3:
        raise ValueError("the third seed fails")
    return tried(task, cache)


def third_dies(task: Task, cache: Any) -> Run:
    """Return a run, but end the process with the third seed."""
    if task.seed == 3:
        time.sleep(0.2)
        os._exit(9)
    return quick(task, cache)


def serve_for_ever(folder: str) -> None:
    """Be a server with one endless job; say its processes on stdout."""
    from labsim.app import jobs
    from labsim.app.stored import Store
    from labsim.config import load

    jobs.PRELOAD = ("labsim.app.stored",)
    scenario = load("toytown")
    board = jobs.Board(2, store=Store(Path(folder)), run=endless)
    board.ask("tab", scenario, scenario.model_copy(update={"end": "2003-12"}), 4)
    print(*board.processes(), flush=True)  # noqa: T201 - the test reads it
    time.sleep(600.0)


if __name__ == "__main__":
    serve_for_ever(sys.argv[1])
