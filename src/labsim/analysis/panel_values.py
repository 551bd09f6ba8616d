"""Values of trials of municipalities: effects on indicators, by estimator and in truth.

Computed from a ``panel``: one row per market, trial, seed, world (treated, untreated), unit, month (since the start of
the trial; its first month is 1, those before are 0 and less), indicator and value, with the unit's ``start`` (month in
which its own treatment begins; 0 if it never does).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from labsim.analysis.evaluators import (
    NEVER,
    Estimate,
    Panel,
    after_only,
    group_time,
    over_events,
    two_period,
    two_way,
)
from labsim.analysis.tables import TableError, require
from labsim.analysis.trial_values import Choice, Values

ESTIMATORS = ("after_only", "two_period", "group_time", "two_way")
LABELS: Mapping[str, str] = {
    "truth": "Truth: with and without treatment",
    "after_only": "Treated less untreated, after the start",
    "two_period": "Differences in differences, two periods",
    "group_time": "Group by group, not yet treated as controls",
    "two_way": "Two-way fixed effects",
}
COLUMNS = ("market", "trial", "seed", "world", "unit", "month", "indicator", "value", "start")


def panel_of(rows: pd.DataFrame) -> tuple[Panel, int]:
    """Return the panel of one seed, world and indicator, and how many months it has before the start.

    Months in which an indicator is undefined (nobody at risk) take the mean of their unit.
    """
    wide = rows.pivot_table(index="unit", columns="month", values="value", observed=True, dropna=False)
    y = wide.to_numpy(np.float64)
    missing = np.isnan(y)
    if missing.any():
        known = np.where(missing, 0.0, y)
        means = known.sum(axis=1) / np.maximum((~missing).sum(axis=1), 1)
        y = np.where(missing, means[:, np.newaxis], y)
    before = int((wide.columns.to_numpy() <= 0).sum())
    start = rows.groupby("unit", observed=True)["start"].first().reindex(wide.index).to_numpy(np.int64)
    return Panel(y, np.where(start == 0, NEVER, before + start - 1)), before


def truth(treated: Panel, untreated: Panel, first: int, last: int) -> tuple[float, float]:
    """Return the effect on the treated units, mean over months first..last since their own start, and its base.

    The base is their level in the world without the treatment.
    """
    effects, bases = [], []
    for unit in np.flatnonzero(~treated.never).tolist():
        begin = int(treated.starts[unit])
        span = slice(begin + first - 1, min(begin + last, treated.y.shape[1]))
        if span.start >= treated.y.shape[1]:
            continue
        effects.append(float((treated.y[unit, span] - untreated.y[unit, span]).mean()))
        bases.append(float(untreated.y[unit, span].mean()))
    return (float(np.mean(effects)), float(np.mean(bases))) if effects else (np.nan, np.nan)


def estimate(panel: Panel, before: int, estimator: str, first: int, last: int) -> Estimate:
    """Return what an evaluator finds over the months first..last since the start (of the trial, or of each cohort)."""
    end = min(before + last, panel.y.shape[1]) - 1
    if estimator == "after_only":
        return after_only(panel, before + first - 1, end)
    if estimator == "two_period":
        return two_period(panel, before + first - 1, end)
    if estimator == "group_time":
        return over_events(group_time(panel, before), first - 1, last - 1)
    if estimator == "two_way":
        return two_way(Panel(panel.y[:, : end + 1], np.where(panel.starts > end, NEVER, panel.starts)))
    raise TableError(f"there is no estimator '{estimator}'; known are {', '.join(ESTIMATORS)}")


def panel_estimates(panel: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """Return value and standard error (NaN of the truth) of an effect by seed, in the indicator's unit or in %."""
    require(panel, COLUMNS, "the panel of a trial")
    keep = (panel["trial"] == choice.treatment) & (panel["market"] == choice.market)
    rows = panel[keep & (panel["indicator"] == choice.outcome)]
    found = []
    for seed, part in rows.groupby("seed", observed=True):
        worlds = {str(world): table for world, table in part.groupby("world", observed=True)}
        treated, before = panel_of(worlds["treated"])
        if choice.estimate == "truth":
            value, base = truth(treated, panel_of(worlds["untreated"])[0], choice.first, choice.last)
            se = np.nan
        else:
            value, se = estimate(treated, before, choice.estimate, choice.first, choice.last)
            end = min(before + choice.last, treated.y.shape[1])
            after = treated.y[~treated.never, before + choice.first - 1 : end]
            base = float(after.mean()) - value if after.size else np.nan
        factor = 100.0 / base if choice.relative and base else 1.0
        found.append({"seed": seed, "value": round(value * factor, 10), "se": round(se * abs(factor), 10)})
    return pd.DataFrame(found, columns=["seed", "value", "se"])


def panel_value(panel: pd.DataFrame, choice: Choice) -> Values[float]:
    """Return an effect by seed (see `panel_estimates`)."""
    return panel_estimates(panel, choice).set_index("seed")["value"]
