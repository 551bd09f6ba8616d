"""The set-ups of the acceptance checks: Dortmund-like and national-like markets under the status quo, demand flat.

Geography, education and occupations are those of the place `dortmund` at a reduced scale; levels are set here, as the
model study does: the checks ask whether the model behaves like a labour market, not whether it fits a place.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from multiprocessing import get_context
from typing import Any

import numpy as np
import pandas as pd

from labsim.calibration.studies import with_demand
from labsim.config import load
from labsim.experiment.trial import Trial, run_trials
from labsim.model import LabourMarket
from labsim.parameters import Parameters
from labsim.scenario import Scenario
from labsim.units import format_month, parse_month

PERSONS, MONTHS, BURN_IN, SEEDS = 60_000, 180, 180, (1, 2, 3)
START = parse_month("1998-01")
NATIONAL = {
    "separations": {"base": 0.0021, "new_job": 0.011},
    "hiring": {"standard": 1.67},
}
NATIONAL_JOBS = 1.12


def changed(scenario: Scenario, **groups: dict[str, Any]) -> Scenario:
    """Return a scenario with other parameters: changed(scenario, search={"rounds": 2})."""
    pars = scenario.parameters
    update = {group: getattr(pars, group).model_copy(update=values) for group, values in groups.items()}
    return scenario.model_copy(update={"parameters": pars.model_copy(update=update)})


def market(
    kind: str = "dortmund",
    persons: int = PERSONS,
    months: int = MONTHS,
    burn_in: int = BURN_IN,
    scenario: str = "dortmund_status_quo",
) -> Scenario:
    """Return a Dortmund-like or national-like market with flat demand and equal residents everywhere."""
    whole = load(scenario)
    factor = NATIONAL_JOBS if kind == "national" else 1.0
    municipalities = tuple(
        m.model_copy(update={"skill_shift": 0.0, "jobs_per_head": m.jobs_per_head * factor})
        for m in whole.place.municipalities
    )
    place = whole.place.model_copy(
        update={"municipalities": municipalities, "employees": (), "population": ()}
    )
    people = sum(m.population_of_working_age for m in municipalities)
    flat = whole.model_copy(
        update={
            "place": place,
            "parameters": Parameters(),  # the defaults, not what the place was calibrated to
            "scale": persons / people,
            "burn_in": burn_in,
            "end": format_month(START + months - 1),
        }
    )
    return changed(flat, **NATIONAL) if kind == "national" else flat


@cache
def runs(kind: str, persons: int = PERSONS) -> tuple[LabourMarket, ...]:
    """Return finished runs of a market, one per seed."""
    return tuple(LabourMarket(market(kind, persons), seed=seed).run() for seed in SEEDS)


def mean_of(models: tuple[LabourMarket, ...], indicator: str) -> float:
    """Return the mean of an indicator over months and seeds, whole place, all persons."""
    return float(np.mean([monthly(model, indicator).mean() for model in models]))


def monthly(model: LabourMarket, indicator: str, municipality: str = "all") -> pd.Series:
    """Return an indicator by month."""
    table = model.results.indicators
    chosen = table[
        (table.indicator == indicator) & (table.municipality == municipality) & (table.group == "all")
    ]
    return chosen.set_index("month")["value"]


def side_by_side(work: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
    """Return work(item) for each item, in their order, computed in up to four processes."""
    items = list(items)
    workers = min(os.cpu_count() or 1, len(items), 4)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return list(pool.map(work, items))


def _unemployment(run: tuple[Any, ...]) -> np.ndarray:
    scenario, seed, *paths = run
    model = LabourMarket(scenario, seed=seed)
    for path in paths:
        if path is not None:
            with_demand(model, path)
    return monthly(model.run(), "unemployment_rate").to_numpy()


def unemployment_rates(runs: Iterable[tuple[Any, ...]]) -> np.ndarray:
    """Return monthly unemployment rates, (runs, months), of runs (scenario, seed) or (scenario, seed, demand path)."""
    return np.array(side_by_side(_unemployment, runs))


def _cells(trials: Mapping[str, Trial], seed: int) -> pd.DataFrame:
    return run_trials(trials, seed).cells


def cells_of(trials: Mapping[str, Trial], seeds: Iterable[int]) -> pd.DataFrame:
    """Return the cells of trials of one market, all seeds below each other."""
    return pd.concat(side_by_side(partial(_cells, trials), seeds), ignore_index=True)


def value_of(table: pd.DataFrame, trial: str, **where: Any) -> float:
    """Return the mean of an outcome of a trial in the one row that fits; NaN if there is none."""
    rows = table[table["trial"] == trial]
    for column, value in where.items():
        rows = rows[rows[column] == value]
    assert len(rows) <= 1, f"{len(rows)} rows of {trial} fit {where}"
    return float(rows["mean"].iloc[0]) if len(rows) else float("nan")
