"""Statistics of durations: who leaves unemployment when, from the counts of exits by months since job loss.

They are taken over everybody in the model, over the calendar years that the period touches.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from labsim.analysis.durations import life_table
from labsim.analysis.sight import DURATIONS, Sight, statistic
from labsim.analysis.trace import months_of

LONG_TERM = 12
"""Months from which on somebody is long-term unemployed."""

SHORT = 3
"""Months within which an exit is early."""


@statistic(table=DURATIONS, unit="ratio")
def short_to_long_job_finding(sight: Sight) -> pd.Series[float]:
    """Monthly exit rate to work in the first twelve months without a job over that in later ones."""

    def value(rows: pd.DataFrame) -> float:
        late = rows["months"] >= LONG_TERM
        return _rate(rows[~late], "to_job") / _rate(rows[late], "to_job")

    return _by_seed(sight, value)


@statistic(table=DURATIONS, unit="% per month")
def long_term_job_finding(sight: Sight) -> pd.Series[float]:
    """Monthly exit rate to work of people without a job for twelve months or more."""
    return _by_seed(sight, lambda rows: 100.0 * _rate(rows[rows["months"] >= LONG_TERM], "to_job"))


@statistic(table=DURATIONS, unit="% of exits")
def early_exits(sight: Sight) -> pd.Series[float]:
    """Exits (to work or inactivity) within three months after the last job, as a share of all."""

    def value(rows: pd.DataFrame) -> float:
        exits = rows["to_job"] + rows["to_inactive"]
        return _percent(exits[rows["months"] < SHORT].sum(), exits.sum())

    return _by_seed(sight, value)


@statistic(table=DURATIONS, unit="% of exits")
def late_exits(sight: Sight) -> pd.Series[float]:
    """Exits (to work or inactivity) twelve months or more after the last job, as a share of all."""

    def value(rows: pd.DataFrame) -> float:
        exits = rows["to_job"] + rows["to_inactive"]
        return _percent(exits[rows["months"] >= LONG_TERM].sum(), exits.sum())

    return _by_seed(sight, value)


@statistic(table=DURATIONS, unit="% of job losers")
def becoming_long_term(sight: Sight) -> pd.Series[float]:
    """Job losers who would still be unemployed or in a measure after twelve months, at the exit rates of the period."""

    def value(rows: pd.DataFrame) -> float:
        life = life_table(rows, ())
        reached = life[life["months"] == LONG_TERM]
        return float(reached["remaining"].iloc[0]) if len(reached) else float("nan")

    return _by_seed(sight, value)


@statistic(table=DURATIONS, unit="% of the rate in the first month")
def fall_of_job_finding(sight: Sight) -> pd.Series[float]:
    """Fall of the monthly exit rate to work from the first month without a job to months 18 to 23, in % of it."""

    def value(rows: pd.DataFrame) -> float:
        first = _rate(rows[rows["months"] == 0], "to_job")
        late = _rate(rows[rows["months"].between(18, 23)], "to_job")
        return 100.0 * (1.0 - late / first) if first > 0 else float("nan")

    return _by_seed(sight, value)


def _by_seed(sight: Sight, value: Callable[[pd.DataFrame], float]) -> pd.Series[float]:
    assert sight.durations is not None
    span = months_of(str(sight.target["period"]))
    table = sight.durations
    rows = table[
        table["year"].between(span.start.year, span.last.year)
        & (table["group"] == str(sight.target["group"]))
    ]
    found = {seed: value(rows[rows["seed"] == seed]) for seed in sorted({int(seed) for seed in rows["seed"]})}
    return pd.Series(found, dtype=np.float64)


def _rate(rows: pd.DataFrame, column: str) -> float:
    at_risk = float(rows["at_risk"].sum())
    return float(rows[column].sum()) / at_risk if at_risk > 0 else float("nan")


def _percent(part: float, whole: float) -> float:
    return 100.0 * float(part) / float(whole) if whole > 0 else float("nan")
