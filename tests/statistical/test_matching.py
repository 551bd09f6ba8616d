"""Checks 6 and 8: matching elasticities and the Beveridge curve, estimated from a market with a demand cycle."""

from functools import cache

import numpy as np
import pandas as pd
from setups import MONTHS, SEEDS, market

from labsim.calibration.studies import (
    beveridge,
    cycle,
    elasticities,
    observations,
    with_demand,
)
from labsim.model import LabourMarket

SPREAD = 0.08
"""Municipalities differ in jobs per head, so that tightness varies between them; not with their size."""


@cache
def cyclical_runs() -> tuple[LabourMarket, ...]:
    """Return finished runs of six municipalities of different tightness over two and a half cycles."""
    scenario = market("dortmund")
    spread = np.linspace(-SPREAD, SPREAD, 6)[[2, 4, 0, 5, 1, 3]]
    municipalities = tuple(
        m.model_copy(update={"jobs_per_head": m.jobs_per_head * (1 + s)})
        for m, s in zip(scenario.place.municipalities, spread, strict=True)
    )
    place = scenario.place.model_copy(update={"municipalities": municipalities})
    scenario = scenario.model_copy(update={"place": place})
    return tuple(with_demand(LabourMarket(scenario, seed=seed), cycle(MONTHS)).run() for seed in SEEDS)


def test_hires_follow_a_matching_function_that_nobody_put_in(check):
    on_u, on_v = elasticities(pd.concat([observations(model) for model in cyclical_runs()]))
    check("6", "elasticity of hires on the unemployed", on_u, 0.5, 0.75)
    check("6", "elasticity of hires on vacancies", on_v, 0.25, 0.5)
    check("6", "returns to scale", on_u + on_v, 0.9, 1.1)


def test_unemployment_and_vacancies_move_in_a_counter_clockwise_loop(check):
    found = np.array([beveridge(model) for model in cyclical_runs()])
    check("8", "correlation of unemployment and vacancy rate", float(found[:, 0].mean()), -1.0, -0.4)
    check("8", "area of the loop, counter-clockwise positive", float(found[:, 1].min()), 0.0, 1e9,
          "points squared")  # fmt: skip
