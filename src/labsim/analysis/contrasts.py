"""Contrasts: sums of values of several scenarios within a seed, and their means with intervals over the seeds.

A paired difference is the contrast {scenario: +1, baseline: -1}; the interaction of components is a longer one. All
scenarios of a contrast share their luck within a seed, so the sum is taken seed by seed first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from labsim.analysis.intervals import LEVEL, t_half_width
from labsim.analysis.tables import SERIES, TableError, require

DIGITS = 12
"""Digits to which sums of several values are rounded, so that what cancels out is exactly zero."""


def mean_over_seeds(table: pd.DataFrame, by: Sequence[str], level: float = LEVEL) -> pd.DataFrame:
    """Return the mean of ``value`` over the seeds with its t-interval, one row per combination of `by`.

    Columns: `by`, ``mean``, ``sd``, ``se``, ``low``, ``high``, ``pairs`` (number of seeds). With one seed there is no
    sd and no interval (NaN). Undefined values (NaN) are left out.
    """
    require(table, (*by, "seed", "value"), "the table of values by seed")
    grouped = table.dropna(subset=["value"]).groupby(list(by), sort=False, observed=True)["value"]
    result = grouped.agg(mean="mean", sd="std", pairs="size").reset_index()
    half = t_half_width(result["sd"], result["pairs"], level)
    result["se"] = result["sd"] / np.sqrt(result["pairs"])
    result["low"], result["high"] = result["mean"] - half, result["mean"] + half
    return result[[*by, "mean", "sd", "se", "low", "high", "pairs"]]


def contrast(table: pd.DataFrame, weights: Mapping[str, float], period: str) -> pd.DataFrame:
    """Return one row per seed, series and `period`: ``value`` = sum of the scenarios' values times their weights.

    Seeds that any of the scenarios lacks are left out, and so are periods in which a value is undefined.
    """
    require(table, ("scenario", "seed", *SERIES, period, "value"), "the table of indicators")
    used = {name: weight for name, weight in weights.items() if weight}
    missing = sorted(set(used) - set(table["scenario"].unique()))
    if missing:
        raise TableError(f"there are no runs of {', '.join(missing)}")
    keys = ["seed", *SERIES, period]
    rows = table[table["scenario"].isin(list(used))]
    wide = rows.set_index([*keys, "scenario"])["value"].unstack("scenario")
    total = sum(weight * wide[name] for name, weight in used.items())
    values = pd.Series(total, index=wide.index, dtype=np.float64).round(DIGITS) + 0.0  # -0.0 becomes 0.0
    return values.dropna().rename("value").reset_index()
