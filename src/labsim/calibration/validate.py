"""Validation: the history of a place is run, studies are conducted, and everything is held against what was published.

Into the folder come ``scorecard.parquet`` (the table), ``paths.parquet`` (published and simulated paths of every
municipality), ``scorecard.json`` (the same table, counts and provenance), ``scorecard.html`` (the report, written by
`labsim.report.scorecard`), ``history/`` (the runs) and ``studies/``. What is finished is kept.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from labsim import __version__
from labsim.analysis import scorecard
from labsim.analysis.scorecard_paths import SERIES, paths
from labsim.analysis.tables import WHOLE
from labsim.calibration.studies import run_studies
from labsim.config.scorecards import Scorecard
from labsim.experiment import store
from labsim.experiment.cache import BurnInCache
from labsim.experiment.campaign import run_experiment
from labsim.experiment.engines import available_cores
from labsim.experiment.plan import Plan, rescaled, seeds_of
from labsim.experiment.progress import Progress, Watcher, silent
from labsim.experiment.provenance import commit, machine, versions

FILE, TABLE, PATHS, REPORT = "scorecard.json", "scorecard.parquet", "paths.parquet", "scorecard.html"
HISTORY, STUDIES = "history", "studies"
OURS = frozenset({FILE, TABLE, PATHS, REPORT, HISTORY, STUDIES})

INSIDE = (
    "Inside: the mean of the model over the replicates lies within the band around the published value. Overlaps: the"
    " 95 % interval of that mean (chance only) and the band have a value in common."
)
"""What counts as met."""


def validate(
    card: Scorecard,
    folder: Path,
    *,
    seeds: int | None = None,
    scale: float | None = None,
    workers: int | None = None,
    progress: Watcher | None = None,
    overwrite: bool = False,
    cache: BurnInCache | None = None,
) -> Path:
    """Hold a place's runs against its scorecard; write the tables into `folder` and return the folder.

    Parameters
    ----------
    seeds, scale
        Instead of the scorecard's: seeds 1 to n; agents per person.
    workers
        Processes; default: all cores.
    overwrite
        Whether the scorecard of another place, or runs with other settings, in `folder` may be replaced.
    cache
        Where burn-ins are kept; default: the user's cache.

    Raises
    ------
    OutputError
        `folder` holds something else. Found out before the first simulation.
    NothingFinished
        No run of the history succeeded.
    """
    target, watch = Path(folder).absolute(), progress or silent
    _check(target, card, overwrite=overwrite)
    scenario = card.scenario if scale is None else rescaled(card.scenario, scale)
    numbers = seeds_of(card.seeds if seeds is None else seeds)
    if cache is None:
        cache = BurnInCache(tell=lambda line: watch(Progress(0, 0, line, note=True)))
    name = scenario.scenario
    plan = Plan(name, (scenario,), numbers, name, label=scenario.label.model_dump())
    history = run_experiment(
        plan, target / HISTORY, workers=workers, progress=progress, overwrite=overwrite, cache=cache
    )
    studied, failures = _studies(card, numbers, target / STUDIES, workers or available_cores(), cache, watch)
    failures |= _failed_runs(history)
    indicators, durations = _tables(card, history)
    found = scorecard.values(indicators, card.targets, card.published, durations)
    values = pd.concat([each for each in (found, studied) if not each.empty], ignore_index=True)
    table = scorecard.score(values, card.targets, card.published)
    _write(card, target, table, paths(indicators, card.published, tuple(card.residents)))
    store.write_json(target / FILE, _facts(card, history, table, failures))
    return target


def _check(folder: Path, card: Scorecard, *, overwrite: bool) -> None:
    """Refuse a folder that holds something else, or another place's scorecard."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise store.OutputError(folder, "is a file, but results need a folder", "name another one with --out")
    if {path.name for path in folder.iterdir() if not path.name.startswith(".")} - OURS:
        wrong = "holds files that are no scorecard of labsim"
        raise store.OutputError(folder, wrong, "name a new folder with --out")
    found = store.read_json(folder / FILE)
    if found is not None and found.get("place") != card.place and not overwrite:
        wrong = f"holds the scorecard of '{found.get('place')}'"
        raise store.OutputError(
            folder, wrong, "name another folder with --out, or replace it with --overwrite"
        )


def _studies(
    card: Scorecard, seeds: tuple[int, ...], folder: Path, workers: int, cache: BurnInCache, watch: Watcher
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return what the studies give for their targets, and what failed."""
    measures = {each["target"]: each["study"] for each in card.targets if each["study"]}
    if not measures or card.studies is None:
        return pd.DataFrame(columns=list(scorecard.VALUE_COLUMNS)), {}
    watch(Progress(0, 0, "the virtual studies", note=True))
    chosen = seeds[: card.studies.seeds]
    return run_studies(measures, card.scenario, chosen, card.studies.persons, folder, workers, cache)


def _failed_runs(history: Path) -> dict[str, str]:
    found = store.read_json(history / store.FAILURES_FILE) or {}
    return {
        f"{each['scenario']}, seed {each['seed']}": each["traceback"] for each in found.get("failures", [])
    }


def _tables(card: Scorecard, history: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the indicators that targets and paths need, and the durations, of all runs."""
    wanted = scorecard.needed(card.targets)
    only = [
        ("indicator", "in", sorted({*wanted["indicator"], *SERIES})),
        ("municipality", "in", sorted({*wanted["municipality"], *card.residents, WHOLE})),
        ("group", "in", sorted({*wanted["group"], WHOLE})),
    ]
    indicators = pd.read_parquet(history / "indicators.parquet", filters=only)
    return indicators, pd.read_parquet(history / "durations.parquet")


def _write(card: Scorecard, folder: Path, table: pd.DataFrame, courses: pd.DataFrame) -> None:
    """Write the two tables, each of them completely or not at all."""
    shown = table.assign(
        label_de=[str(each["label"].get("de") or each["label"]["en"]) for each in card.targets]
    )
    for name, content in ((TABLE, shown), (PATHS, courses)):
        store.replace_file(folder / name, partial(store.write_table, table=content))


def _facts(
    card: Scorecard, history: Path, table: pd.DataFrame, failures: Mapping[str, str]
) -> dict[str, Any]:
    """Return the content of scorecard.json."""
    about = store.read_json(history / store.EXPERIMENT_FILE) or {}
    scenario = card.scenario
    return {
        "place": card.place,
        "label": scenario.place.label.model_dump(),
        "fictional": scenario.place.fictional,
        "place_source": scenario.place.source,
        "scenario": scenario.scenario,
        "scenario_label": scenario.label.model_dump(),
        "start": scenario.start,
        "end": scenario.end,
        "scale": about.get("scale"),
        "seeds": about.get("seeds"),
        "keys": about.get("keys"),
        "studies": None if card.studies is None else card.studies.model_dump(),
        "version": __version__,
        "commit": commit(),
        "platform": machine(),
        "versions": versions(),
        "inside_means": INSIDE,
        "counted": {role: list(pair) for role, pair in scorecard.counted(table).items()},
        "summary": summary(table),
        "loss": _number(scorecard.loss(table)) if (table["role"] == scorecard.FIT).any() else None,
        "targets": [{str(k): _number(v) for k, v in row.items()} for row in table.to_dict("records")],
        "failures": [{"what": what, "traceback": text} for what, text in failures.items()],
    }


def summary(table: pd.DataFrame) -> str:
    """Return the scorecard in a line: ``calibrated: x of y inside; held out: x of y inside``."""
    counts = scorecard.counted(table)
    parts = [
        f"{name}: {counts[role][0]} of {counts[role][1]} inside"
        for role, name in ((scorecard.FIT, "calibrated"), (scorecard.HOLD_OUT, "held out"))
    ]
    return "; ".join(parts)


def _number(value: Any) -> Any:
    """Return a value as JSON knows it: what is undefined or infinite is null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
