"""A fast subset of the acceptance checks, on toytown: does it behave like a labour market?

Bands are wide, because toytown is small and fictional; `make statistical` holds the real ones.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from labsim.config import load
from labsim.model import LabourMarket
from labsim.policy.transition import Timeline, Transition
from labsim.scenario import Scenario

BURN_IN = 72


def calm() -> Scenario:
    """Return toytown under its first regime, without its cycle of demand."""
    scenario = load("toytown", burn_in=BURN_IN, end="2005-12")
    place = scenario.place.model_copy(update={"employees": (), "population": ()})
    timeline = Timeline(initial=scenario.timeline.initial)
    return scenario.model_copy(update={"place": place, "timeline": timeline})


@pytest.fixture(scope="module")
def model() -> LabourMarket:
    return LabourMarket(calm(), seed=1).run()


@pytest.fixture(scope="module")
def mean(model: LabourMarket) -> Callable[[str], float]:
    table = model.results.indicators
    table = table[(table.municipality == "all") & (table.group == "all")]
    means = table.groupby("indicator").value.mean()
    return lambda name: float(means[name])


@pytest.mark.parametrize(
    ("indicator", "low", "high"),
    [
        ("unemployment_rate", 7, 20),
        ("employment_rate", 50, 72),
        ("participation_rate", 62, 80),
        ("job_finding_rate", 3.5, 10),
        ("separation_rate", 0.5, 1.1),
        ("job_to_job_rate", 0.5, 1.4),
        ("vacancy_filling_rate", 40, 80),
        ("vacancy_age_at_filling", 18, 60),
        ("contact_share", 15, 40),
        ("agency_share", 3, 18),
    ],
)
def test_stocks_and_flows_are_those_of_a_labour_market(mean, indicator: str, low: float, high: float) -> None:
    assert low <= mean(indicator) <= high


def test_more_people_are_long_without_a_job_than_long_on_the_register(mean) -> None:
    assert mean("long_term_share_since_job") - mean("long_term_share") >= 10


def test_the_exit_rate_falls_with_the_time_out_of_work(model: LabourMarket) -> None:
    table = model.results.durations
    table = table[table.group == "all"].groupby("months")[["at_risk", "to_job"]].sum()
    bins = pd.cut(table.index, [-1, 1, 5, 11, 23, 71])
    rate = table.groupby(bins, observed=True).sum().eval("to_job / at_risk").to_numpy()
    assert (np.diff(rate) < 0).all()
    assert rate[3] < 0.55 * rate[0]


def test_less_demand_means_more_unemployment_and_fewer_vacancies() -> None:
    model = LabourMarket(calm(), seed=2)
    path = model.world.growth_path
    path[12:] = np.round(0.94 * path[12:], 12)
    table = model.run().results.indicators
    table = table[(table.municipality == "all") & (table.group == "all")]
    wide = table.pivot_table(index="month", columns="indicator", values="value")
    before, after = wide.iloc[:12].mean(), wide.iloc[24:48].mean()
    assert after.unemployment_rate > before.unemployment_rate + 1.0
    assert after.vacancy_rate < before.vacancy_rate
    assert after.employment_rate < before.employment_rate - 1.0


def test_pairing_by_seed_beats_independent_runs() -> None:
    base = calm().model_copy(update={"scale": 0.3, "burn_in": 36, "end": "2000-12"})
    regime = base.regimes[base.timeline.initial]
    course = regime.instruments["short_course"]
    more = regime.model_copy(
        update={
            "regime": "more_courses",
            "instruments": regime.instruments
            | {"short_course": course.model_copy(update={"budget": 2 * course.budget})},
        }
    )
    switch = Transition(before=base.timeline.initial, after="more_courses", start="2000-02")
    reform = base.model_copy(
        update={
            "regimes": base.regimes | {"more_courses": more},
            "timeline": Timeline(initial=base.timeline.initial, transitions=(switch,)),
        }
    )

    def yearly(scenario: Scenario, seed: int) -> float:
        table = LabourMarket(scenario, seed=seed).run().results.indicators
        chosen = table[
            (table.indicator == "unemployment_rate") & (table.municipality == "all") & (table.group == "all")
        ]
        return float(chosen.value.mean())

    a, b = (np.array([yearly(s, seed) for seed in (1, 2, 3, 4)]) for s in (base, reform))
    assert (b - a).var(ddof=1) < 0.5 * (a.var(ddof=1) + b.var(ddof=1))
