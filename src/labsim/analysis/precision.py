"""How precise paired differences are, and how many replicates the wanted precision still needs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist

import numpy as np
import pandas as pd

from labsim.analysis.intervals import LEVEL, t_half_width, t_quantile
from labsim.analysis.tables import require

EXACT_UNTIL = 1000
"""Replicates up to which Student's t is iterated; above, the normal quantile and its correction are as good."""


def replicates_needed(sd: float, wanted: float, level: float = LEVEL) -> int:
    """Return the smallest number of pairs whose interval of the mean has a half-width of at most `wanted`.

    Parameters
    ----------
    sd
        Standard deviation between pairs, in the unit of the difference. It is itself an estimate: from few pairs
        the answer is a rough one.
    wanted
        Half-width of the interval, above 0, in the same unit.
    level
        Coverage of the interval.

    >>> replicates_needed(0.0, 0.1), replicates_needed(0.2, 0.1), replicates_needed(0.2, 0.02)
    (2, 18, 387)
    """
    if not wanted > 0:
        raise ValueError(f"a wanted half-width is above 0, not {wanted:g}")
    if not (math.isfinite(sd) and sd >= 0):
        raise ValueError(f"a standard deviation is a number of at least 0, not {sd:g}")
    z = NormalDist().inv_cdf((1 + level) / 2)
    many = (z * sd / wanted) ** 2 + z * z / 2  # Guenther (1981): the normal count, corrected for Student's t
    if many > EXACT_UNTIL:
        return math.ceil(many)
    low, high = 1, 2
    while not _reaches(sd, wanted, high, level):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _reaches(sd, wanted, middle, level) else (middle, high)
    return high


def _reaches(sd: float, wanted: float, pairs: int, level: float) -> bool:
    return sd * t_quantile(level, pairs - 1) <= wanted * math.sqrt(pairs)


def precision(
    differences: pd.DataFrame, wanted: Mapping[str, float] | None = None, level: float = LEVEL
) -> pd.DataFrame:
    """Return how precise paired differences are: the table of `paired_differences` with four more columns.

    ``half_width`` of the interval of the mean (NaN for a single pair), ``wanted`` half-width (by indicator, NaN where
    none is wanted), ``needed`` pairs for it (NaN where none is wanted or the spread is unknown), ``enough``: whether
    the pairs there are suffice (also where nothing is wanted). Units as in the table.
    """
    require(differences, ("indicator", "sd", "pairs"), "the table of paired differences")
    goals = dict(wanted or {})
    result = differences.copy()
    result["half_width"] = t_half_width(result["sd"], result["pairs"], level)
    result["wanted"] = [float(goals.get(str(name), np.nan)) for name in result["indicator"]]
    result["needed"] = [
        float(replicates_needed(float(sd), float(goal), level))
        if math.isfinite(goal) and math.isfinite(sd)
        else np.nan
        for sd, goal in zip(result["sd"], result["wanted"], strict=True)
    ]
    result["enough"] = result["wanted"].isna() | (result["half_width"] <= result["wanted"])
    return result
