"""Checks 6 and 8: matching elasticities and the Beveridge curve, estimated from a market with a demand cycle."""

import numpy as np
import pandas as pd
from setups import MONTHS, market, with_demand

from labsim.model import LabourMarket

PERIOD, DEPTH = 72, 0.06
MUNICIPALITIES = 6
SPREAD = 0.08  # municipalities differ in jobs per head, so that tightness varies between them


def cycle(months: int) -> np.ndarray:
    """Return demand relative to the start: a cosine of 6 years, 6 % up and down, starting at normal."""
    return 1.0 + DEPTH * np.sin(2 * np.pi * np.arange(months) / PERIOD)


def cyclical_run(seed: int) -> LabourMarket:
    """Return a finished run of six municipalities of different tightness over two and a half cycles."""
    scenario = market("dortmund")
    spread = np.linspace(-SPREAD, SPREAD, MUNICIPALITIES)[[2, 4, 0, 5, 1, 3]]
    municipalities = tuple(
        m.model_copy(update={"jobs_per_head": m.jobs_per_head * (1 + s)})
        for m, s in zip(scenario.place.municipalities, spread, strict=True)
    )
    place = scenario.place.model_copy(update={"municipalities": municipalities})
    model = LabourMarket(scenario.model_copy(update={"place": place}), seed=seed)
    return with_demand(model, cycle(MONTHS)).run()


def observations(model: LabourMarket) -> pd.DataFrame:
    """Return log hires from unemployment, log unemployed and log vacancies by municipality and quarter."""
    results = model.results
    hires = results.flows[(results.flows.source == "unemployed") & (results.flows.target == "employed")]
    hires = hires.set_index(["municipality", "month"]).persons
    table = results.indicators[results.indicators.group == "all"]
    wide = table[table.indicator.isin(["unemployed", "vacancies"])].pivot_table(
        index=["municipality", "month"], columns="indicator", values="value"
    )
    wide["hires"] = hires
    wide = wide.drop(index="all", level=0).reset_index()
    wide["quarter"] = wide.month.dt.to_period("Q")
    sums = wide.groupby(["municipality", "quarter"])[["hires", "unemployed", "vacancies"]].sum()
    return np.log(sums)


def test_hires_follow_a_matching_function_that_nobody_put_in(check):
    data = pd.concat([observations(cyclical_run(seed)) for seed in (1, 2, 3)])
    design = np.column_stack([np.ones(len(data)), data.unemployed, data.vacancies])
    (_, on_u, on_v), *_ = np.linalg.lstsq(design, data.hires.to_numpy(), rcond=None)
    check("6", "elasticity of hires on the unemployed", float(on_u), 0.5, 0.75)
    check("6", "elasticity of hires on vacancies", float(on_v), 0.25, 0.5)
    check("6", "returns to scale", float(on_u + on_v), 0.9, 1.1)


def test_unemployment_and_vacancies_move_in_a_counter_clockwise_loop(check):
    correlations, areas = [], []
    for seed in (1, 2, 3):
        table = cyclical_run(seed).results.indicators
        table = table[(table.municipality == "all") & (table.group == "all")]
        wide = table.pivot_table(index="month", columns="indicator", values="value")
        u, v = wide.unemployment_rate.to_numpy(), wide.vacancy_rate.to_numpy()
        correlations.append(np.corrcoef(u, v)[0, 1])
        loop = slice(PERIOD // 4, PERIOD // 4 + 2 * PERIOD)  # two whole cycles
        x, y = u[loop], v[loop]
        areas.append(0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
    check("8", "correlation of unemployment and vacancy rate", float(np.mean(correlations)), -1.0, -0.4)
    check(
        "8", "area of the loop, counter-clockwise positive", float(np.min(areas)), 0.0, 1e9, "points squared"
    )
