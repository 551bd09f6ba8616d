"""The set-ups of the acceptance checks: Dortmund-like and national-like markets under the status quo, demand flat.

Geography, education and occupations are those of the place `dortmund` at a reduced scale; levels are set here, as the
model study does: the checks ask whether the model behaves like a labour market, not whether it fits a place.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from labsim.config import load
from labsim.model import LabourMarket
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


def with_demand(model: LabourMarket, path: np.ndarray) -> LabourMarket:
    """Give a model a path of demand relative to the start, shape (months,) or (months, m)."""
    wide = path[:, np.newaxis] if path.ndim == 1 else path
    model.world.growth_path = np.round(
        np.broadcast_to(wide, (len(path), model.world.municipalities)), 12
    ).copy()
    return model
