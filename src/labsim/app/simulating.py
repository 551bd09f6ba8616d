"""A process that simulates: it is given scenarios and seeds, and sends each finished run through a pipe.

Started by `jobs.Board` from a forkserver that has this module, and so the model, loaded already.
"""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labsim.app.following import Watch, tables
from labsim.experiment.cache import BurnInCache
from labsim.experiment.run import KERNELS, simulate
from labsim.scenario import Scenario

SHOWN = (
    "job_finding_rate", "social_participation", "long_term_share", "provider_capacity", "public_spending",
    "unemployment_rate",
)  # fmt: skip
"""Indicators of the comparison page, in this order."""

EVERY = 0.1
"""Seconds between two looks at whether anybody still waits for a run."""


@dataclass(frozen=True)
class Task:
    """One run to be made: whose (the key of its scenario), with which seed, and whether with all its tables."""

    key: str
    scenario: Scenario
    seed: int
    full: bool


@dataclass(frozen=True)
class Run:
    """What is kept of one run: the shown indicators month by month, and of some runs the tidy tables."""

    key: str
    seed: int
    series: dict[str, NDArray[np.float64]]
    tables: dict[str, Any] = field(default_factory=dict)


Runner = Callable[[Task, Any], Run]
"""What makes one run, given the cache of burn-ins."""

Maker = Callable[[Any, Any], object]
"""What makes one run or finds something else for a task, given the cache of burn-ins."""


def simulated(task: Task, cache: BurnInCache | None) -> Run:
    """Return one run."""
    watch = Watch(task.scenario, task.seed) if task.full else None
    look: dict[str, Any] = {"parted": True} if watch is None else {"look": watch.look}
    model = simulate(
        task.scenario, task.seed, threads=1, engine=KERNELS, cache=cache, tick=while_somebody_waits, **look
    )
    series = {name: model.recorder.series(name) for name in SHOWN}
    return Run(task.key, task.seed, series, {} if watch is None else tables(model, watch, SHOWN))


@dataclass(frozen=True)
class Trouble:
    """Why runs cannot be kept on disk, in the words of the system."""

    why: str


class NobodyThere(Exception):  # noqa: N818 - it is no mistake
    """The process that asked for the runs is gone."""


def work(
    pipe: Connection,
    tasks: Sequence[Any],
    folder: Path | None = None,
    nice: int = 5,
    run: Maker | None = None,
) -> None:
    """Make the runs in their order, keep each in a store's ``folder`` and send it.

    What else ``run`` finds than runs is sent alone (without a folder). A failure is sent as its text, and the next run
    is made. Ends between two months when nobody listens any more.
    """
    with suppress(OSError, AttributeError):  # Windows has no such thing
        os.nice(nice)
    cache = BurnInCache()
    store: Any = None
    if folder is not None:
        from labsim.app.stored import Store

        store = Store(folder)
    make: Maker = simulated if run is None else run
    for task in tasks:
        try:
            made: Any = make(task, cache)
            if store is not None and not store.trouble:
                store.keep(made)
                if store.trouble:
                    pipe.send(Trouble(store.trouble))
            pipe.send(made)
        except (NobodyThere, BrokenPipeError):
            return
        except Exception as error:  # the room is told, the other runs go on
            try:
                pipe.send(f"{type(error).__name__}: {error}\n{traceback.format_exc()}")
            except OSError:
                return
    pipe.close()


class Patience:
    """Looks, now and then between two months, whether the process that wants the runs is still there."""

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self) -> None:
        """End the run if it is gone (killed, perhaps)."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + EVERY
        parent = parent_process()
        if parent is not None and not parent.is_alive():
            raise NobodyThere


while_somebody_waits = Patience()
"""To be called between two months."""
