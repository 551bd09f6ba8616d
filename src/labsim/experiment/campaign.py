"""An experiment: all scenarios over all seeds, on all cores, into one folder.

Burn-ins come first and are shared by the scenarios of a seed. Finished runs are kept, so that a stopped or
failed experiment goes on where it ended.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from labsim import __version__
from labsim.config import Experiment
from labsim.experiment import store
from labsim.experiment.cache import BurnInCache
from labsim.experiment.engines import Task, available_cores, execute
from labsim.experiment.individuals import Diary, gains
from labsim.experiment.plan import Plan, plan_from
from labsim.experiment.progress import Progress, Watcher, silent
from labsim.experiment.provenance import commit
from labsim.experiment.run import at_start, simulate_to
from labsim.experiment.warmup import compiled, warm_up
from labsim.scenario import Scenario

Run = tuple[str, int]
"""A scenario's name and a seed."""


def run_experiment(
    experiment: Experiment | Plan | Path | str,
    folder: str | os.PathLike[str],
    *,
    seeds: int | Iterable[int] | None = None,
    scale: float | None = None,
    workers: int | None = None,
    progress: Watcher | None = None,
    overwrite: bool = False,
    cache: BurnInCache | None = None,
) -> Path:
    """Run an experiment into `folder` and return the folder; the same bits for any number of workers.

    Runs that are there already (same key) are kept. A run that fails leaves a row in ``failures.json`` and
    does not end the others. The tables of all finished runs are combined; the report is made from them by
    `labsim.report.write_report`.

    Parameters
    ----------
    seeds, scale
        Instead of the experiment's: seeds 1 to n, or a list; agents per person.
    workers
        Processes, each with one thread; default: all cores.
    overwrite
        Whether results of other runs in `folder` may be replaced.
    cache
        Where burn-ins are kept; default: the user's cache.

    Raises
    ------
    OutputError
        `folder` cannot be written or holds something else. Found out before the first simulation.
    NothingFinished
        No run succeeded.
    """
    plan = experiment if isinstance(experiment, Plan) else plan_from(experiment)
    if seeds is not None:
        plan = plan.over(seeds)
    if scale is not None:
        plan = plan.at_scale(scale)
    target, watch = Path(folder).absolute(), progress or silent
    keys = plan.keys
    missing = _missing(plan, keys, target, overwrite=overwrite)
    late = _expected_late(plan, store.read_json(target / store.EXPERIMENT_FILE))
    began, failures = time.perf_counter(), {}
    if missing:
        for stale in (store.EXPERIMENT_FILE, store.REPORT_FILE, store.TRACE_FILE):
            (target / stale).unlink(missing_ok=True)
        if cache is None:
            cache = BurnInCache(tell=lambda line: watch(Progress(0, 0, line, note=True)))
        failures = _simulate(plan, missing, target, cache, workers or available_cores(), watch)
    store.keep_failures(target, "scenario", failures)
    finished = {run: run_folder(target, *run) for run in keys if run not in failures}
    if not finished:
        raise store.NothingFinished(f"all {len(failures)} runs failed; see {target / store.FAILURES_FILE}")
    _combine(plan, keys, finished, failures, target, time.perf_counter() - began, expect_late=late)
    return target


def run_folder(folder: Path, scenario: str, seed: int) -> Path:
    """Return the results folder of one run of an experiment."""
    return folder / store.RUNS / store.folder_name(scenario) / f"seed-{seed}"


def _missing(plan: Plan, keys: Mapping[Run, str], folder: Path, *, overwrite: bool) -> dict[Run, str]:
    """Return the runs still to be done with their keys, after checking that each may be written."""
    store.check_experiment_folder(folder, plan.name, overwrite=overwrite)
    missing = {}
    for run, key in keys.items():
        where = run_folder(folder, *run)
        diary = plan.diary_of(run[0])
        if not store.holds_run(where, key, None if diary is None else diary.as_json()):
            is_ours = store.key_of(where) == key  # only its diary is missing, or another one
            store.check_free(where, store.RUN_FILE, is_ours=is_ours, overwrite=overwrite)
            missing[run] = key
    return missing


def _simulate(
    plan: Plan, runs: Mapping[Run, str], folder: Path, cache: BurnInCache, workers: int, watch: Watcher
) -> dict[Run, str]:
    """Do the runs; return the tracebacks of those that failed."""
    prepare_kernels(lambda line: watch(Progress(0, 0, line, note=True)))
    tasks, total = _tasks(plan, runs, folder, cache)
    tally = _Tally(watch, total, runs)
    for task, error in execute(tasks, workers, tally.simulated):
        tally.ended(task.name, error)
    return tally.failures


class _Tally:
    """What is done so far, told to a watcher."""

    def __init__(self, watch: Watcher, months: int, runs: Iterable[Run]) -> None:
        self.failures: dict[Run, str] = {}
        self._watch, self._total, self._runs = watch, months, {_name(run): run for run in runs}
        self._months = self._done = 0

    def simulated(self, months: int) -> None:
        """Note how many months have been simulated."""
        self._months = min(months, self._total)
        self._watch(Progress(self._months, self._total, self._text))

    def ended(self, name: str, error: str | None) -> None:
        """Note the end of a task; burn-ins count only through the runs that need them."""
        run = self._runs.get(name)
        if run is None:
            return
        self._done += 1
        if error is not None:
            self.failures[run] = error
            self._watch(Progress(0, 0, f"{name} failed: {error.strip().splitlines()[-1]}", note=True))
        self._watch(Progress(self._months, self._total, self._text))

    @property
    def _text(self) -> str:
        return f"{self._done} of {len(self._runs)} runs done"


def _tasks(plan: Plan, runs: Mapping[Run, str], folder: Path, cache: BurnInCache) -> tuple[list[Task], int]:
    """Return burn-ins and runs, seed by seed, and how many months they simulate."""
    scenarios = {scenario.scenario: scenario for scenario in plan.scenarios}
    root = cache.folder.parent if cache.usable else None
    tasks: dict[str, Task] = {}
    total = 0
    for (name, seed), key in runs.items():
        scenario, forerunner = plan.at_seed(scenarios[name], seed), ""
        if root is None:
            total += scenario.burn_in
        elif scenario.burn_in and not cache.holds(scenario, seed):
            forerunner = cache.path(scenario, seed).stem
            if forerunner not in tasks:
                tasks[forerunner] = Task(forerunner, burn_in_task, (scenario, seed, root))
                total += scenario.burn_in
        total += scenario.months
        where = run_folder(folder, name, seed)
        tasks[_name((name, seed))] = Task(
            _name((name, seed)),
            run_task,
            (scenario, seed, key, where, root, plan.diary_of(name)),
            after=forerunner,
        )
    return list(tasks.values()), total


def _name(run: Run) -> str:
    return f"{run[0]}, seed {run[1]}"


def burn_in_task(scenario: Scenario, seed: int, cache: Path, *, tick: Callable[[], None]) -> None:
    """Simulate a burn-in and keep it in the cache folder (a task for `engines`)."""
    at_start(scenario, seed, threads=1, engine="kernels", cache=BurnInCache(cache), tick=tick)


def run_task(
    scenario: Scenario,
    seed: int,
    key: str,
    folder: Path,
    cache: Path | None,
    diary: Diary | None,
    *,
    tick: Callable[[], None],
) -> None:
    """Simulate a run and write its folder (a task for `engines`)."""
    kept = None if cache is None else BurnInCache(cache)
    folder.parent.mkdir(parents=True, exist_ok=True)
    simulate_to(folder, scenario, seed, key, cache=kept, tick=tick, diary=diary)


def prepare_kernels(tell: Callable[[str], None]) -> None:
    """Compile the kernels once, before several processes would do it at the same time."""
    if not compiled():
        tell("compiling the kernels; this happens once and takes about a minute")
        began = time.perf_counter()
        warm_up()
        tell(f"compiled in {time.perf_counter() - began:.0f} s")


def _combine(
    plan: Plan,
    keys: Mapping[Run, str],
    finished: Mapping[Run, Path],
    failures: Mapping[Run, str],
    folder: Path,
    seconds: float,
    *,
    expect_late: bool,
) -> None:
    """Write the combined tables and experiment.json, unless they are there for these very runs."""
    named = {_name(run): keys[run] for run in finished}
    found = store.read_json(folder / store.EXPERIMENT_FILE) or {}
    wanted = dict(plan.wanted)
    here = {"keys": named, "failures": len(failures)}
    here |= {name: getattr(plan, name) for name in ("baseline", "question", "label")}
    if found.get("wanted") == list(wanted) and all(
        found.get(name) == it for name, it in (here | wanted).items()
    ):
        return
    for stale in (store.EXPERIMENT_FILE, store.TRACE_FILE):
        (folder / stale).unlink(missing_ok=True)
    if found.get("keys") != named or not _has_tables(folder):
        store.combine(finished, folder)
    _combine_individuals(plan, finished, folder)
    first: dict[str, Any] = {}
    for (name, _), where in finished.items():
        first.setdefault(name, store.read_json(where / store.RUN_FILE))
    shown = [each for each in plan.scenarios if each.scenario in first]
    content = {
        "name": plan.name,
        "label": plan.label,
        "question": plan.question,
        "baseline": plan.baseline,
        "scenarios": [_entry(plan, each) for each in shown],
        "seeds": list(plan.seeds),
        "wanted": list(wanted),
        **wanted,
        **({"expect_late": expect_late} if "expect" in wanted else {}),
        "scale": plan.scenarios[0].scale,
        "ensemble": _members(plan),
        "version": __version__,
        "commit": commit(),
        "seconds": round(seconds, 3),
        "failures": len(failures),
        "keys": named,
        "runs": {each.scenario: _facts(plan, each, first[each.scenario]) for each in shown},
    }
    store.write_json(folder / store.EXPERIMENT_FILE, content)


def _members(plan: Plan) -> int:
    """Return how many members of calibrated ensembles the runs took; 0 without an ensemble."""
    found = [each.place.calibrated for each in plan.scenarios] if plan.ensemble else []
    return min((min(len(it.ensemble), len(plan.seeds)) for it in found if it is not None), default=0)


def _expected_late(plan: Plan, known: Mapping[str, Any] | None) -> bool:
    """Return whether the expectations were written, or changed, when results of the experiment were already there."""
    if known is None or "expect" not in plan.wanted:
        return False
    return bool(known.get("expect_late")) or known.get("expect") != plan.wanted["expect"]


def _entry(plan: Plan, scenario: Scenario) -> dict[str, Any]:
    """Return a scenario as experiment.json lists it; one that was made for the plan says for what."""
    entry = {"name": scenario.scenario, "label": scenario.label.model_dump()}
    role = plan.made.get(scenario.scenario)
    return entry if role is None else entry | {"role": role}


def _facts(plan: Plan, scenario: Scenario, run: dict[str, Any]) -> dict[str, Any]:
    """Return what experiment.json keeps of a run.json: all of it, of a scenario made for the plan only the essence."""
    essence = ("scenario", "label", "seed", "key", "start", "end", "timeline", "digest")
    return {name: run[name] for name in essence if name in run} if scenario.scenario in plan.made else run


def _has_tables(folder: Path) -> bool:
    return all((folder / f"{table}.parquet").is_file() for table in store.TABLES)


def _combine_individuals(plan: Plan, finished: Mapping[Run, Path], folder: Path) -> None:
    """Write gains and losses by cells of traits, or take away those of an earlier question."""
    path = folder / store.GAINS_FILE
    asked = plan.wanted.get("individuals")
    if asked is None:
        path.unlink(missing_ok=True)
        return
    table = gains(finished, plan.baseline, int(asked["months"]))
    store.replace_file(path, lambda temporary: store.write_table(temporary, table))
