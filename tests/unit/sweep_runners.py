"""Runners that behave badly on purpose, each in a way that its factor `x` chooses (for the failure tests of sweeps).

Where a runner has to remember something from one process to the next, it does so in the folder that the environment
names in SWEEP_NOTES.
"""

from __future__ import annotations

import atexit
import os
import signal
import time
from pathlib import Path

import numpy as np

from labsim.sweep.jobs import Context, Job, Panel

NOTES = "SWEEP_NOTES"


def noted(job: Job) -> int:
    """Note that a run began; return how often it has begun by now."""
    file = Path(os.environ[NOTES]) / f"{job.values['x']:g}-{job.seed}"
    with file.open("a", encoding="utf-8") as opened:
        opened.write(f"{os.getpid()} {time.time()}\n")
    return len(file.read_text(encoding="utf-8").splitlines())


def panel(job: Job) -> Panel:
    """Return what a run finds: its factor and its seed, mixed."""
    return {
        "month": np.array([0], np.int32),
        "y": np.array([job.values["x"] + 0.001 * job.seed]),
    }


def plain(job: Job, _context: Context) -> Panel:
    """Do as one should."""
    noted(job)
    return panel(job)


def killed_once(job: Job, _context: Context) -> Panel:
    """Be killed in the middle of the run with x = 6, the first time."""
    if noted(job) == 1 and job.values["x"] == 6:
        os.kill(os.getpid(), signal.SIGKILL)
    return panel(job)


def wicked(job: Job, _context: Context) -> Panel:
    """Raise (x = 1), leave the interpreter (2), loop for ever (3), take all memory (4), give back nonsense (5)."""
    noted(job)
    what = int(job.values["x"])
    if what == 1:
        raise ValueError("a run that cannot be")
    if what == 2:
        os._exit(7)
    hoard: list[bytearray] = []
    while what in {3, 4}:
        if what == 4 and len(hoard) < 40:
            hoard.append(bytearray(50_000_000))
        time.sleep(0.02)
    return {"month": np.array([0, 1], np.int32), "y": np.array([1.0])} if what == 5 else panel(job)


def slow(job: Job, context: Context) -> Panel:
    """Take 20 months of 20 ms each."""
    noted(job)
    for _ in range(20):
        time.sleep(0.02)
        context.tick()
    return panel(job)


def endless(job: Job, context: Context) -> Panel:
    """Take as many months as one likes."""
    noted(job)
    while True:
        time.sleep(0.02)
        context.tick()


def aborting_at_exit(job: Job, _context: Context) -> Panel:
    """Let the process crash when it ends."""
    if noted(job) == 1:
        atexit.register(os.abort)
    return panel(job)


def by_chance(job: Job, _context: Context) -> Panel:
    """Find something else every time."""
    noted(job)
    return {"month": np.array([0], np.int32), "y": np.array([time.time()])}
