"""A trial over all its seeds and markets, on all cores, into one folder; finished seeds are kept.

The folder holds ``cells.parquet`` (clients, saturation) or ``panel.parquet`` (municipalities), ``estimates.parquet``,
``verdicts.parquet``, ``trial.json``, and the seeds one by one under ``runs/``. The report is made from them by
`labsim.report.trials`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from labsim import __version__
from labsim.analysis.trial_summary import saturation_estimates
from labsim.analysis.trial_values import OUTCOMES
from labsim.analysis.verdicts import verdict_table
from labsim.config.loader import load_trial
from labsim.config.treatments import Rules
from labsim.config.trials import VirtualTrial
from labsim.experiment import store
from labsim.experiment.campaign import prepare_kernels
from labsim.experiment.engines import Task, available_cores, execute
from labsim.experiment.keys import trial_key
from labsim.experiment.plan import rescaled, seeds_of
from labsim.experiment.progress import Progress, Watcher, silent
from labsim.experiment.provenance import commit, machine, versions
from labsim.experiment.trials.clients import run_clients
from labsim.experiment.trials.municipal import run_municipalities
from labsim.indicators.registry import metadata
from labsim.policy.instrument import Instrument
from labsim.units import parse_month

TRIAL_FILE = "trial.json"
TABLES = ("cells", "panel", "estimates", "verdicts")
OURS = frozenset(
    {TRIAL_FILE, store.REPORT_FILE, store.FAILURES_FILE, store.RUNS, *(f"{t}.parquet" for t in TABLES)}
)
Run = tuple[str, int]
"""A market and a seed."""


def run_trial(
    trial: VirtualTrial | str | Path,
    folder: str | os.PathLike[str],
    *,
    seeds: int | Iterable[int] | None = None,
    scale: float | None = None,
    workers: int | None = None,
    progress: Watcher | None = None,
    overwrite: bool = False,
) -> Path:
    """Run a trial into `folder` and return the folder; the same bits for any number of workers.

    Seeds that are there already (same key) are kept. A seed that fails leaves a row in ``failures.json``.

    Parameters
    ----------
    seeds, scale
        Instead of the trial's: seeds 1 to n, or a list; agents per person.
    workers
        Processes, each with one thread; default: all cores.
    overwrite
        Whether the results of another trial in `folder` may be replaced.

    Raises
    ------
    OutputError
        `folder` cannot be written or holds something else. Found out before the first simulation.
    NothingFinished
        No seed succeeded.
    """
    plan = trial if isinstance(trial, VirtualTrial) else load_trial(trial)
    plan = _changed(plan, seeds, scale)
    target, watch = Path(folder).absolute(), progress or silent
    _check_folder(target, plan.trial, overwrite=overwrite)
    keys = {(market, seed): _key(plan, market, seed) for seed in plan.seeds for market in plan.markets}
    missing = {run: key for run, key in keys.items() if _key_of(_where(target, run)) != key}
    began, failures = time.perf_counter(), {}
    if missing:
        (target / TRIAL_FILE).unlink(missing_ok=True)
        failures = _simulate(plan, missing, target, workers or available_cores(), watch)
    store.keep_failures(target, "market", failures)
    finished = {run: _where(target, run) for run in keys if run not in failures}
    if not finished:
        raise store.NothingFinished(f"all {len(failures)} seeds failed; see {target / store.FAILURES_FILE}")
    _combine(plan, keys, finished, len(failures), target, time.perf_counter() - began)
    return target


def months_to_go(trial: VirtualTrial) -> int:
    """Return how many months one seed simulates in one market: burn-in, untreated world, a world per treatment."""
    scenario = next(iter(trial.markets.values()))
    before = _months_before(trial)
    return scenario.burn_in + before + trial.form.follow_up * (1 + len(trial.treatments))


def trial_task(
    trial: VirtualTrial, market: str, seed: int, key: str, folder: Path, *, tick: Callable[[], None]
) -> None:
    """Simulate one seed in one market and write its folder (a task for `engines`)."""
    began = time.perf_counter()
    run = run_municipalities if trial.form.design == "municipalities" else run_clients
    table, estimates = run(trial, market, seed, tick)
    name = "panel" if trial.form.design == "municipalities" else "cells"
    facts = {"market": market, "seed": seed, "key": key, "seconds": round(time.perf_counter() - began, 3)}
    folder.parent.mkdir(parents=True, exist_ok=True)
    with store.written_aside(folder) as aside:
        store.write_table(aside / f"{name}.parquet", table)
        store.write_table(aside / "estimates.parquet", estimates)
        store.write_json(aside / store.RUN_FILE, facts)


def _changed(trial: VirtualTrial, seeds: int | Iterable[int] | None, scale: float | None) -> VirtualTrial:
    if seeds is not None:
        trial = replace(trial, seeds=seeds_of(seeds))
    if scale is not None:
        trial = replace(trial, markets={name: rescaled(each, scale) for name, each in trial.markets.items()})
    return trial


def _months_before(trial: VirtualTrial) -> int:
    scenario = next(iter(trial.markets.values()))
    return parse_month(trial.form.month) - parse_month(scenario.start)


def _key(trial: VirtualTrial, market: str, seed: int) -> str:
    """Return the key of one seed in one market: everything that decides its tables, its findings left out."""
    form = trial.form.model_dump(
        mode="json", exclude={"label", "question", "against", "seeds", "scenario", "scale", "markets"}
    )
    form["treatments"] = {name: _content(each) for name, each in trial.treatments.items()}
    if trial.form.design == "municipalities":
        form["indicators"] = sorted({*trial.form.outcomes, *(each.outcome for each in trial.form.against)})
    return trial_key(trial.markets[market], seed, form)


def _content(treatment: Any) -> Any:
    """Return a treatment as plain values, without names and sources."""
    if hasattr(treatment, "regime"):
        return ["rules", treatment.regime.rules()]
    if hasattr(treatment, "model_dump"):
        return [type(treatment).__name__, treatment.model_dump(mode="json")]
    return [str(treatment.name)]


def _where(folder: Path, run: Run) -> Path:
    market, seed = run
    return folder / store.RUNS / (store.folder_name(market) if market else "one") / f"seed-{seed}"


def _key_of(folder: Path) -> str | None:
    found = store.read_json(folder / store.RUN_FILE)
    if found is None or not (folder / "estimates.parquet").is_file():
        return None
    return str(found.get("key"))


def _check_folder(folder: Path, name: str, *, overwrite: bool) -> None:
    """Raise `OutputError` unless the trial may be written to, or continued in, `folder`."""
    found = store.read_json(folder / TRIAL_FILE)
    names = (
        {path.name for path in folder.iterdir() if not path.name.endswith(".part")}
        if folder.is_dir()
        else set()
    )
    if found is None and names and not names <= OURS:
        wrong, right = (
            "holds files that are not the results of a labsim trial",
            "name a new folder with --out",
        )
        raise store.OutputError(folder, wrong, right)
    if found is not None and found.get("name") != name and not overwrite:
        wrong = f"holds the results of another trial ({found.get('name')})"
        raise store.OutputError(
            folder, wrong, "name another folder with --out, or replace them with --overwrite"
        )
    store.check_writable(folder)


def _simulate(
    trial: VirtualTrial, runs: Mapping[Run, str], folder: Path, workers: int, watch: Watcher
) -> dict[Run, str]:
    """Do the seeds; return the tracebacks of those that failed."""
    prepare_kernels(lambda line: watch(Progress(0, 0, line, note=True)))
    named = {f"{market or trial.trial}, seed {seed}": (market, seed) for market, seed in runs}
    tasks = [
        Task(name, trial_task, (trial, *run, runs[run], _where(folder, run))) for name, run in named.items()
    ]
    total, failures, done = months_to_go(trial) * len(tasks), {}, 0

    def simulated(months: int) -> None:
        watch(Progress(min(months, total), total, f"{done} of {len(tasks)} seeds done"))

    for task, error in execute(tasks, workers, simulated):
        done += 1
        if error is not None:
            failures[named[task.name]] = error
            watch(Progress(0, 0, f"{task.name} failed: {error.strip().splitlines()[-1]}", note=True))
    return failures


def _combine(
    trial: VirtualTrial, keys: Mapping[Run, str], finished: Mapping[Run, Path], failures: int, folder: Path,
    seconds: float,
) -> None:  # fmt: skip
    """Write the combined tables, the verdicts and trial.json; the time spent is that of all seeds together."""
    is_panel = trial.form.design == "municipalities"
    name = "panel" if is_panel else "cells"
    tables = {
        each: pd.concat(
            [pd.read_parquet(where / f"{each}.parquet") for where in finished.values()], ignore_index=True
        )
        for each in (name, "estimates")
    }
    found = store.read_json(folder / TRIAL_FILE) or {}
    spent = [
        float((store.read_json(where / store.RUN_FILE) or {}).get("seconds", 0.0))
        for where in finished.values()
    ]
    about = describe(trial) | {
        "version": __version__,
        "commit": commit(),
        "seconds": found.get("seconds", round(seconds, 3)),
        "seconds_of_seeds": round(sum(spent), 3),
        "failures": failures,
        "keys": {f"{market or trial.trial}, seed {seed}": keys[market, seed] for market, seed in finished},
        "platform": machine(),
        "versions": versions(),
    }
    if trial.form.design == "saturation":
        tables["estimates"] = saturation_estimates(tables["cells"], about)
    elif "share" not in tables["estimates"]:
        tables["estimates"].insert(2, "share", 0.0)
    tables["verdicts"] = verdict_table(
        None if is_panel else tables[name], tables[name] if is_panel else None, about
    )
    for each, table in tables.items():
        store.replace_file(folder / f"{each}.parquet", partial(_write, table))
    store.write_json(folder / TRIAL_FILE, about)


def _write(table: pd.DataFrame, path: Path) -> None:
    store.write_table(path, table)


def describe(trial: VirtualTrial) -> dict[str, Any]:
    """Return what trial.json says of the trial itself: design, markets, treatments, and what it is held against."""
    form = trial.form
    scenario = next(iter(trial.markets.values()))
    return {
        "name": trial.trial,
        "label": trial.label.model_dump(),
        "question": trial.question,
        "design": form.design,
        "scenario": scenario.scenario,
        "place": scenario.place.place,
        "municipalities": len(scenario.place.municipalities),
        "copies": form.copies,
        "unit": form.unit,
        "scale": scenario.scale,
        "month": form.month,
        "follow_up": form.follow_up,
        "share": form.share,
        "shares": list(form.shares) if form.design == "saturation" else [],
        "cohorts": [each.model_dump() for each in trial.cohorts] if form.design == "municipalities" else [],
        "assignment": form.assignment,
        "eligible": form.eligible.model_dump(),
        "markets": dict(form.markets) or {"": 1.0},
        "treatments": trial.labels,
        "lengths": {
            name: each.months for name, each in trial.treatments.items() if isinstance(each, Instrument)
        },
        "rules": [name for name, each in trial.treatments.items() if isinstance(each, Rules)],
        "outcomes": _outcomes(trial),
        "horizons": list(form.horizons),
        "seeds": list(trial.seeds),
        "against": [_asked(trial, i) for i in range(len(form.against))],
        "config": scenario.model_dump(
            mode="json", include={"start", "end", "burn_in", "parameters", "timeline"}
        ),
    }


def _outcomes(trial: VirtualTrial) -> dict[str, dict[str, str]]:
    """Return unit and label of each outcome, in the order of the file."""
    if trial.form.design != "municipalities":
        return {
            name: {"unit": OUTCOMES[name].unit, "label": OUTCOMES[name].label} for name in trial.form.outcomes
        }
    regimes = next(iter(trial.markets.values())).regimes.values()
    known = metadata(tuple(name for regime in regimes for name in regime.instruments))
    return {
        name: {"unit": known[name]["unit"], "label": known[name]["label"]} for name in trial.form.outcomes
    }


def _asked(trial: VirtualTrial, i: int) -> dict[str, Any]:
    """Return an entry of ``against`` as plain values, complete: with its finding, band and treatment."""
    asked = trial.form.against[i]
    finding = trial.found[asked.finding]
    band = asked.band
    published = {
        "value": finding.value, "low": finding.low, "high": finding.high, "unit": finding.unit, "sure": finding.sure,
        "source": finding.source, "what": finding.what,
    }  # fmt: skip
    notes = [asked.because]
    if band is not None:
        published |= {"low": band.low, "high": band.high}
        notes.append(f"band: {band.because} (assumption)")
    only = next(iter(trial.treatments)) if len(trial.treatments) == 1 else ""
    market = asked.market or (next(iter(trial.markets)) if len(trial.markets) == 1 else "")
    return asked.model_dump(exclude={"band", "because", "what"}) | {
        "what": finding.what if asked.what is None else asked.what.en,
        "treatment": asked.treatment or only,
        "market": market,
        "published": published,
        "note": "; ".join(note for note in notes if note),
    }
