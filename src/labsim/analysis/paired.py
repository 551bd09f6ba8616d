"""Scenario against baseline, replicate by replicate.

Two scenarios with the same seed share every shock that they do not change themselves (common random numbers).
Their difference within a seed is therefore far less noisy than the difference of two independent runs; here
it is taken seed by seed first and averaged afterwards.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from labsim.analysis.intervals import LEVEL, t_half_width
from labsim.analysis.tables import SERIES, TableError, require


def pairs(table: pd.DataFrame, baseline: str, period: str = "month") -> pd.DataFrame:
    """Return one row per pair: ``difference`` = value of the scenario minus value of the `baseline`.

    Columns: scenario, seed, municipality, group, indicator, the `period` (``month``, ``year`` or ``phase``),
    value, value_baseline, difference (unit of the indicator). Seeds that only one of the two has are left
    out, and so are periods in which either value is undefined.
    """
    require(table, ("scenario", "seed", *SERIES, period, "value"), "the table of indicators")
    is_baseline = table["scenario"] == baseline
    if not is_baseline.any():
        names = ", ".join(sorted(map(str, table["scenario"].unique())))
        raise TableError(f"there are no runs of the baseline {baseline!r}; there are runs of {names}")
    keys = ["seed", *SERIES, period]
    reference = table.loc[is_baseline, [*keys, "value"]]
    matched = table.loc[~is_baseline, ["scenario", *keys, "value"]].merge(
        reference, on=keys, suffixes=("", "_baseline"), validate="many_to_one"
    )
    matched["difference"] = matched["value"] - matched["value_baseline"]
    return matched.dropna(subset=["difference"]).reset_index(drop=True)


def paired_differences(
    table: pd.DataFrame, baseline: str, period: str = "month", level: float = LEVEL
) -> pd.DataFrame:
    """Return the mean paired difference of each scenario to the `baseline`, with its interval.

    One row per scenario, municipality, group, indicator and `period`. Columns: ``mean``, ``sd`` (between
    pairs),
    ``se`` (sd / sqrt(pairs)), ``low`` and ``high`` (t-interval of the mean, by default 95 %), ``pairs``,
    ``share_positive`` (share of pairs with a difference above zero), ``value`` and ``value_baseline`` (means
    over the same seeds), all in the unit of the indicator. With one pair there is no sd and no interval
    (NaN). The interval covers chance in the simulation, not uncertainty about parameters.
    """
    matched = pairs(table, baseline, period)
    matched["positive"] = matched["difference"] > 0
    grouped = matched.groupby(["scenario", *SERIES, period], sort=False, observed=True)
    result = grouped.agg(
        mean=("difference", "mean"),
        sd=("difference", "std"),
        pairs=("difference", "size"),
        share_positive=("positive", "mean"),
        value=("value", "mean"),
        value_baseline=("value_baseline", "mean"),
    ).reset_index()
    half = t_half_width(result["sd"], result["pairs"], level)
    result["se"] = result["sd"] / np.sqrt(result["pairs"])
    result["low"], result["high"] = result["mean"] - half, result["mean"] + half
    return result


def variance_gain(table: pd.DataFrame, baseline: str, period: str = "year") -> pd.DataFrame:
    """Return how much common random numbers gain: variance of unpaired over variance of paired differences.

    Columns: ``paired`` (variance between seeds of the difference within a seed), ``unpaired`` (variance of
    the scenario plus variance of the baseline, what independent runs would have), ``gain`` = unpaired /
    paired (infinite where all pairs differ by the same amount, for example before the reform), ``pairs``.
    With gain g, unpaired runs need g times as many replicates for the same precision.
    """
    matched = pairs(table, baseline, period)
    grouped = matched.groupby(["scenario", *SERIES, period], sort=False, observed=True)
    result = grouped.agg(
        paired=("difference", "var"),
        scenario_variance=("value", "var"),
        baseline_variance=("value_baseline", "var"),
        pairs=("difference", "size"),
    ).reset_index()
    result["unpaired"] = result["scenario_variance"] + result["baseline_variance"]
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = result["unpaired"].to_numpy() / result["paired"].to_numpy()
    result["gain"] = np.where(result["paired"].to_numpy() == 0, np.inf, gain)
    return result.drop(columns=["scenario_variance", "baseline_variance"])


def first_difference(table: pd.DataFrame) -> pd.Timestamp | None:
    """Return the first month in which any seed has different values in two scenarios; None if there is none.

    Before this month the scenarios are one and the same history, bit for bit.
    """
    require(table, ("scenario", "seed", *SERIES, "month", "value"), "the table of indicators")
    distinct = table.groupby(["month", "seed", *SERIES], observed=True)["value"].nunique(dropna=False)
    months = distinct[distinct > 1].index.get_level_values("month")
    return None if months.empty else pd.Timestamp(months.min())
