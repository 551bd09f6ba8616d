"""A process that simulates: it is given scenarios and seeds, and sends each finished run through a pipe.

Started by `jobs.Board` from a forkserver that has this module, and so the model, loaded already.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labsim.app.following import Watch, tables
from labsim.experiment.cache import BurnInCache
from labsim.experiment.run import KERNELS, at_start, simulate
from labsim.scenario import Scenario

SHOWN = (
    "job_finding_rate", "social_participation", "long_term_share", "provider_capacity", "public_spending",
    "unemployment_rate",
)  # fmt: skip
"""Indicators of the comparison page, in this order."""


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


def simulated(task: Task, cache: BurnInCache | None) -> Run:
    """Return one run."""
    watch = Watch(task.scenario, task.seed) if task.full else None
    look = {} if watch is None else {"look": watch.look}
    model = simulate(task.scenario, task.seed, threads=1, engine=KERNELS, cache=cache, tick=_nothing, **look)
    series = {name: model.recorder.series(name) for name in SHOWN}
    return Run(task.key, task.seed, series, {} if watch is None else tables(model, watch, SHOWN))


def work(pipe: Connection, tasks: Sequence[Task]) -> None:
    """Make the runs in their order and send each; a failure is sent as its text, and the next is made."""
    os.nice(5)
    cache = BurnInCache()
    for task in tasks:
        try:
            pipe.send(simulated(task, cache))
        except (BrokenPipeError, OSError):
            return  # nobody listens any more
        except Exception as error:  # the room is told, the other runs go on
            pipe.send(f"{type(error).__name__}: {error}\n{traceback.format_exc()}")
    pipe.close()


def prepare(scenario: Scenario, seeds: Sequence[int]) -> None:
    """Compute and keep the burn-ins of these seeds that are not there yet."""
    cache = BurnInCache()
    for seed in seeds:
        if not cache.holds(scenario, seed):
            at_start(scenario, seed, threads=1, engine=KERNELS, cache=cache, tick=_nothing)


def _nothing() -> None:
    """Do nothing between two months."""
