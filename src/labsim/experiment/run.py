"""One scenario, one seed, one results folder."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from labsim.experiment import store
from labsim.experiment.cache import BurnInCache
from labsim.experiment.individuals import Diary, Keeper
from labsim.experiment.keys import run_key
from labsim.experiment.passages import alike_until
from labsim.experiment.progress import Progress, Watcher, silent
from labsim.experiment.provenance import describe
from labsim.model import LabourMarket
from labsim.scenario import Scenario
from labsim.units import parse_month

Tick = Callable[[], None]
"""Called after every simulated month; may raise to end the run."""

Look = Callable[[LabourMarket], None]
"""Sees the model between two months; changes nothing."""

KERNELS = "kernels"


def run_scenario(
    scenario: Scenario,
    seed: int,
    folder: str | os.PathLike[str],
    *,
    threads: int = 1,
    engine: str = KERNELS,
    progress: Watcher | None = None,
    overwrite: bool = False,
    cache: BurnInCache | None = None,
) -> Path:
    """Simulate `scenario` and write its results to `folder`; return the folder.

    The folder appears when it is complete. If it holds the same run already (same key), nothing is done.

    Parameters
    ----------
    threads
        Threads of the kernels; any number gives the same bits.
    engine
        ``"kernels"``, or ``"reference"``: the agents' own methods in plain Python, without the burn-in cache.
    progress
        Called after every month.
    overwrite
        Whether the results of another run in `folder` may be replaced.
    cache
        Where burn-ins are kept; default: the user's cache.

    Raises
    ------
    OutputError
        `folder` cannot be written or holds something else. Found out before the simulation.
    """
    target, key = Path(folder).absolute(), run_key(scenario, seed, engine)
    store.check_run_folder(target, key, overwrite=overwrite)
    if store.holds_run(target, key):
        return target
    watch = progress or silent
    if cache is None:
        cache = BurnInCache(tell=lambda line: watch(Progress(0, 0, line, note=True)))
    done, total = 0, months_to_go(scenario, seed, engine, cache)

    def tick() -> None:
        nonlocal done
        done += 1
        watch(Progress(min(done, total), total, f"{scenario.scenario}, seed {seed}"))

    simulate_to(target, scenario, seed, key, threads=threads, engine=engine, cache=cache, tick=tick)
    return target


def months_to_go(scenario: Scenario, seed: int, engine: str, cache: BurnInCache) -> int:
    """Return how many months a run simulates, with its burn-in unless that is cached."""
    cached = engine == KERNELS and cache.holds(scenario, seed)
    return scenario.months + (0 if cached else scenario.burn_in)


def simulate_to(  # noqa: PLR0913 - what to run, how, and what to keep of it
    folder: Path,
    scenario: Scenario,
    seed: int,
    key: str,
    *,
    threads: int = 1,
    engine: str = KERNELS,
    cache: BurnInCache | None = None,
    tick: Tick,
    diary: Diary | None = None,
) -> None:
    """Simulate and write to `folder`, which has been checked; replaces what is there.

    `key` is the run's; `diary` says what to follow of every person, if anything.
    """
    began = time.perf_counter()
    keeper = None if diary is None else Keeper(diary)
    look = _look_away if keeper is None else keeper.look
    model = simulate(scenario, seed, threads=threads, engine=engine, cache=cache, tick=tick, look=look)
    seconds = time.perf_counter() - began
    facts = describe(model, scenario, seed, engine=engine, key=key, seconds=seconds)
    results = model.results
    tables = {name: getattr(results, name) for name in store.TABLES}
    if diary is not None and keeper is not None:
        tables["individuals"] = keeper.table()
        facts["individuals"] = diary.as_json()
    store.write_run(folder, tables, facts)


def _look_away(_: LabourMarket) -> None:
    """Look at nothing."""


def simulate(
    scenario: Scenario,
    seed: int,
    *,
    threads: int,
    engine: str,
    cache: BurnInCache | None,
    tick: Tick,
    look: Look = _look_away,
    parted: bool = False,
) -> LabourMarket:
    """Return the model after the last month of `scenario`; `look` sees it at the start and after every month.

    ``parted`` lets it begin where scenarios that begin alike part, if one of them has been there (`where_they_part`):
    for rooms that ask for many scenarios of one story.
    """
    begin = where_they_part if parted else at_start
    model = begin(scenario, seed, threads=threads, engine=engine, cache=cache, tick=tick)
    model.datacollector = None  # nobody reads Mesa's: the recorder keeps more
    look(model)
    while model.month <= model.end_month:
        model.step()
        tick()
        look(model)
    return model


def at_start(
    scenario: Scenario, seed: int, *, threads: int, engine: str, cache: BurnInCache | None, tick: Tick
) -> LabourMarket:
    """Return the model at the first recorded month: from the cache, or simulated and then kept there."""
    if engine != KERNELS or scenario.burn_in == 0:
        cache = None
    if cache is not None:
        kept = cache.load(scenario, seed, threads=threads)
        if kept is not None:
            return kept
    model = LabourMarket(scenario, seed=seed, engine=engine, threads=threads)
    while model.month < model.start_month:
        model.step()
        tick()
    if cache is not None:
        cache.store(model, scenario, seed)
    return model


def where_they_part(
    scenario: Scenario, seed: int, *, threads: int, engine: str, cache: BurnInCache | None, tick: Tick
) -> LabourMarket:
    """Return the model at the last month before anything changes: from the cache, or simulated and then kept there.

    Its first months are recorded already, and are those of every scenario that begins alike.
    """
    month = alike_until(scenario)
    if cache is None or engine != KERNELS or month <= parse_month(scenario.start):
        return at_start(scenario, seed, threads=threads, engine=engine, cache=cache, tick=tick)
    model = cache.load(scenario, seed, threads=threads, month=month)
    if model is None:
        model = at_start(scenario, seed, threads=threads, engine=engine, cache=cache, tick=tick)
        while model.month < month:
            model.step()
            tick()
        cache.store(model, scenario, seed, month=month)
    return model
