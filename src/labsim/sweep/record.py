"""What a run of a sweep keeps: a job becomes a panel. Run keys cover this file, for it decides what a panel holds."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from labsim.config.runners import load_runner
from labsim.experiment.cache import BurnInCache
from labsim.experiment.engines import Stopped
from labsim.experiment.provenance import processor
from labsim.indicators.registry import metadata
from labsim.sweep import checkpoints, machine
from labsim.sweep.jobs import Context, Finished, Job, Panel, Runner, digest_of

if TYPE_CHECKING:
    from labsim.recorder import Recorder
    from labsim.scenario import Scenario
    from labsim.sweep.plan import Plan
    from labsim.sweep.store import Store

SCENARIOS_KEPT = 256
"""Scenarios at points that a worker keeps; they share most of their parts."""


def run_scenario(job: Job, context: Context) -> Panel:
    """Simulate the job's scenario and return its outcomes, month by month or year by year.

    The panel has a column ``month`` (month numbers, or years) and one of float64 for each outcome, in the order of
    the plan. A yearly value is the mean of the year's recorded months; NaN months are left out of it. The burn-in
    comes from the cache if the context has one. A run that has to stop saves a checkpoint first and goes on from it.
    """
    from labsim.model import LabourMarket

    if context.scenario is None:
        raise ValueError("a sweep over scenarios needs a context that knows them")
    scenario = context.scenario(job)
    kept = checkpoints.Checkpoints(
        context.checkpoint, float(context.settings.get("checkpoint_seconds", checkpoints.SECONDS))
    )
    model = kept.resumed(scenario, job.seed)
    keep = context.cache if scenario.burn_in else None
    if model is None and keep is not None:
        model = keep.load(scenario, job.seed)
        keep = None if model is not None else keep
    if model is None:
        model = LabourMarket(scenario, seed=job.seed)
    model.datacollector = None
    while model.month <= model.end_month:
        if keep is not None and model.month == model.start_month:
            keep.store(model, scenario, job.seed)
        model.step()
        try:
            context.tick()
        except Stopped:
            kept.save(model)
            raise
        kept.after_month(model)
    panel = panel_of(model.recorder, context)
    kept.delete()
    return panel


def panel_of(recorder: Recorder, context: Context) -> Panel:
    """Return the panel of a run that has ended: the outcomes that ``settings["outcomes"]`` defines by name."""
    defined = {each["name"]: each for each in context.settings["outcomes"]}
    months = np.arange(recorder.start, recorder.start + recorder.recorded, dtype=np.int32)
    columns = {name: series_of(recorder, defined[name]) for name in context.outcomes}
    if context.record != "yearly":
        return {"month": months, **columns}
    years = months // 12
    return {
        "month": np.unique(years).astype(np.int32),
        **{name: _by_year(values, years) for name, values in columns.items()},
    }


def series_of(recorder: Recorder, outcome: Mapping[str, Any]) -> NDArray[np.float64]:
    """Return an outcome month by month; NaN if its scenario does not have the instrument or municipality."""
    municipality = outcome.get("municipality", "all")
    if outcome["indicator"] not in _counted(recorder.instruments) or municipality not in {
        "all",
        *recorder.names,
    }:
        return np.full(recorder.recorded, np.nan)
    return recorder.series(outcome["indicator"], municipality, outcome.get("group", "all"))


@lru_cache(maxsize=64)
def _counted(instruments: tuple[str, ...]) -> frozenset[str]:
    """Return the names of the indicators of a scenario with these instruments."""
    return frozenset(metadata(instruments))


def _by_year(values: NDArray[np.float64], years: NDArray[Any]) -> NDArray[np.float64]:
    """Return the means by year of the months with a value; exactly rounded, so the same on every machine."""
    means = []
    for year in np.unique(years):
        known = [value for value in values[years == year].tolist() if not math.isnan(value)]
        means.append(math.fsum(known) / len(known) if known else math.nan)
    return np.array(means, np.float64)


def run_job(
    plan: Plan,
    job: Job,
    store: Store | None = None,
    *,
    tick: Callable[[], None] = lambda: None,
    context: Context | None = None,
    runner: Runner | None = None,
    attempt: int = 1,
) -> Finished:
    """Do one job of a plan in this process and return the finished run; nothing is written.

    Without a store there are neither shared burn-ins nor checkpoints. ``context`` and ``runner``: those of earlier
    jobs of the same plan, to save time.
    """
    context = context_of(plan, store, tick) if context is None else context
    runner = load_runner(plan.facts["runner"]) if runner is None else runner
    began, clock = time.time(), time.perf_counter()
    panel = checked(runner(job, context), context.outcomes)
    seconds = time.perf_counter() - clock
    return Finished(job, panel, digest_of(panel), seconds, machine.peak_mb(), began, machine.host(), processor(),
                    machine.batch_job(), attempt)  # fmt: skip


def context_of(plan: Plan, store: Store | None, tick: Callable[[], None]) -> Context:
    """Return what the jobs of a plan share; without burn-ins and checkpoints (the worker adds them where they pay)."""
    facts = plan.facts
    scenarios: dict[tuple[str, int], Scenario] = {}

    def scenario(job: Job) -> Scenario:
        known = scenarios.get((job.scenario, job.point))
        if known is None:
            if len(scenarios) >= SCENARIOS_KEPT:
                scenarios.clear()
            known = scenarios[job.scenario, job.point] = plan.sweep_scenario(job.scenario, job.point)
        return known

    return Context(
        tick=tick,
        outcomes=tuple(each["name"] for each in facts["outcomes"]),
        record=facts["record"],
        scenario=scenario if facts["scenarios"] else None,
        cache=None if store is None else BurnInCache(store.folder),  # it adds "burn-in" itself
        checkpoint=None,
        settings={"outcomes": facts["outcomes"], **dict(facts.get("run", {}))},
    )


def checked(panel: Mapping[str, Any], outcomes: tuple[str, ...]) -> Panel:
    """Return what a runner gave back as a panel; plain numbers are one row of month 0.

    ValueError if it does not have the outcomes, or columns of different lengths.
    """
    given = [name for name in panel if name != "month"]
    if sorted(given) != sorted(outcomes):
        raise ValueError(f"the runner returned {', '.join(given) or 'nothing'}, but the sweep's outcomes are"
                         f" {', '.join(outcomes)}")  # fmt: skip
    month = np.atleast_1d(np.asarray(panel.get("month", 0), np.int32))
    columns = {name: np.atleast_1d(np.asarray(panel[name], np.float64)) for name in outcomes}
    wrong = [name for name, values in columns.items() if values.shape != month.shape]
    if wrong:
        raise ValueError(
            f"the runner returned {month.size} months, but {columns[wrong[0]].size} values of {wrong[0]}"
        )
    return {"month": month, **columns}
