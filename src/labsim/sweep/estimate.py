"""What a sweep will cost, from a few of its runs: core-hours, memory, bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, median
from typing import Any

import numpy as np
import pandas as pd

from labsim.config.sweeps import Sweep
from labsim.sweep.jobs import Job
from labsim.sweep.pilot import Timed, pilot
from labsim.sweep.rows import Content, key_of

GUESSED_SECONDS = 1.0
"""Computing time of a run while nothing has been timed: assumption."""

STORING_SECONDS = 0.002
"""What storing and bookkeeping of a run may take, seconds: the limit that the tests hold."""

SHORTEST_CHUNK, LEAST_CHUNKS = 1.0, 64
"""Seconds below which chunks are not cut any shorter for the sake of their number, and that number."""

RECEIPT_BYTES = 150.0
"""What a run's receipt takes in the store: assumption, measured at 500 runs a file."""


@dataclass(frozen=True)
class Estimate:
    """What the runs of a plan cost; times are processor time of one core, in seconds.

    pilots          : runs that were timed; 0: nothing was, and the times are guessed
    run_seconds     : mean of a run without its burn-in
    burn_in_seconds : mean of a burn-in
    load_seconds    : reading a kept burn-in, where runs share one
    median_seconds, high_seconds : wall time of a whole run: median, and 95 of 100
    peak_mb         : largest memory of a worker, MB
    run_bytes       : of a run in the store
    runs, burn_ins  : how many of them the plan has (each different one once)
    groups          : points x seeds
    wrong           : pilot runs that failed, a line each
    """

    pilots: int
    run_seconds: float
    burn_in_seconds: float
    load_seconds: float
    median_seconds: float
    high_seconds: float
    peak_mb: float
    run_bytes: float
    runs: int
    burn_ins: int
    groups: int
    wrong: tuple[str, ...] = ()

    @property
    def core_seconds(self) -> float:
        """Processor time of all runs and burn-ins, seconds."""
        if not self.sharing_pays:
            return self.runs * (self.run_seconds + self.burn_in_seconds)
        kept = (self.runs - self.burn_ins) * self.load_seconds if self.burn_ins else 0.0
        return self.runs * self.run_seconds + self.burn_ins * self.burn_in_seconds + kept

    @property
    def sharing_pays(self) -> bool:
        """Whether keeping burn-ins costs less than making them anew; writing one takes about as long as reading it."""
        users = self.runs / max(self.burn_ins, 1)
        return not self.load_seconds or self.burn_in_seconds * (users - 1.0) > self.load_seconds * users

    @property
    def bytes(self) -> float:
        """Size of all results in the store; collecting them takes about as much once more."""
        return self.runs * (self.run_bytes + RECEIPT_BYTES)

    def groups_per_chunk(self, seconds: float) -> int:
        """Return how many groups make a chunk of about so many seconds; at least one.

        A small sweep gets smaller chunks, so that several processes have something to do.
        """
        each = (self.core_seconds + self.runs * STORING_SECONDS) / max(self.groups, 1)
        few = max(SHORTEST_CHUNK / each, self.groups / LEAST_CHUNKS)
        return max(1, min(self.groups, round(min(seconds / each, few))))

    def as_json(self) -> dict[str, Any]:
        """Return the estimate as plain values."""
        return asdict(self) | {"wrong": list(self.wrong)}


def estimate_from(facts: Mapping[str, Any]) -> Estimate:
    """Return an estimate from its plain values."""
    return Estimate(**{**facts, "wrong": tuple(facts["wrong"])})


def estimated(
    sweep: Sweep,
    points: pd.DataFrame,
    content: Content,
    runs: int,
    tell: Callable[[str], None] | None = None,
) -> Estimate:
    """Time some runs of a sweep, spread over all that it runs, and return what the whole costs.

    `tell` receives a line before it begins.
    """
    seeds = len(sweep.seeds)
    total, burn_ins, groups = content.different * seeds, content.burn_ins * seeds, len(points) * seeds
    shared = 0 < burn_ins < total
    jobs = spread(sweep, points, content, min(runs, total))
    if jobs and tell is not None:
        tell(f"timing {len(jobs)} runs")
    found = pilot(sweep, jobs, shared=shared)
    if not found.timed:
        guess = GUESSED_SECONDS
        return Estimate(0, guess, 0.0, 0.0, guess, guess, found.peak_mb, found.bytes, total, burn_ins, groups,
                        found.wrong)  # fmt: skip
    fresh = [each for each in found.timed if not each.load]
    loads = [each.load for each in found.timed if each.load]
    walls = [each.wall for each in fresh]
    return Estimate(
        len(fresh), _by_scenario(fresh, content, sweep), fmean(each.burn_in for each in fresh),
        fmean(loads) if loads else 0.0, median(walls), float(np.quantile(walls, 0.95)), found.peak_mb, found.bytes,
        total, burn_ins, groups, found.wrong,
    )  # fmt: skip


def spread(sweep: Sweep, points: pd.DataFrame, content: Content, count: int) -> list[Job]:
    """Return `count` different runs, evenly spread over scenarios and points, of the sweep's first seed."""
    places = np.flatnonzero(content.first == np.arange(content.first.size))
    order = places[np.lexsort((places // content.scenarios, places % content.scenarios))]
    count = min(count, order.size)
    chosen = [int(order[int((i + 0.5) * order.size / count)]) for i in range(count)]
    names = [each.name for each in sweep.factors]
    table, seed, jobs = points[names].to_numpy(np.float64), sweep.seeds[0], []
    for place in chosen:
        point, scenario = divmod(place, content.scenarios)
        values = dict(zip(names, table[point].tolist(), strict=True))
        key = key_of(content.digests[place], seed)
        jobs.append(Job(key, sweep.scenario_names[scenario], point, seed, 0, values))
    return jobs


def _by_scenario(timed: Sequence[Timed], content: Content, sweep: Sweep) -> float:
    """Return the mean time of a run: the mean of each scenario, weighted by how many different runs it has."""
    places = np.flatnonzero(content.first == np.arange(content.first.size)) % content.scenarios
    weights = dict(
        zip(sweep.scenario_names, np.bincount(places, minlength=content.scenarios).tolist(), strict=True)
    )
    by_name: dict[str, list[float]] = {}
    for each in timed:
        by_name.setdefault(each.scenario, []).append(each.run)
    total = sum(weights[name] for name in by_name)
    return sum(weights[name] * fmean(values) for name, values in by_name.items()) / total
