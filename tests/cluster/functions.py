"""What the tests on clusters sweep over: runs of known length that write down that they ran."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np

from labsim.sweep.jobs import Context, Job, Panel

LOG = "LABSIM_TEST_LOG"
"""Variable that names the folder in which every run notes that it began; a file for each process."""


def nap(job: Job, context: Context) -> Panel:
    """Sleep for `seconds`, looking up now and then, and return a number that only the point and the seed decide."""
    _note(job)
    until = time.monotonic() + job.values.get("seconds", 0.0)
    while time.monotonic() < until:
        time.sleep(0.02)
        context.tick()
    return _panel(job)


def poison(job: Job, context: Context) -> Panel:
    """As `nap`, but the run of point 0 ends its process without a word."""
    _note(job)
    if job.point == 0:
        os._exit(9)
    return nap(job, context)


def greedy(job: Job, context: Context) -> Panel:
    """As `nap`, but the run of point 0 takes far more memory than a job has, and holds it."""
    _note(job)
    if job.point == 0:
        taken: list[Any] = [np.ones(40_000_000) for _ in range(3)]
        time.sleep(30.0)
        return {"y": np.array([taken[0][0]])}
    return nap(job, context)


def _panel(job: Job) -> Panel:
    x = job.values["x"]
    return {"y": np.array([np.sqrt(x) + job.seed])}


def _note(job: Job) -> None:
    folder = Path(os.environ[LOG])
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{os.uname().nodename}-{os.getpid()}").open("a", encoding="utf-8") as opened:
        opened.write(f"{job.key}\n")
