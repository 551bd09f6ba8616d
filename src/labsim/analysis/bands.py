"""Bands over replicates, month by month, and how many replicates carry which band.

With few replicates the estimated edge of a band is itself mostly noise: with 10 the error of the 5 %
quantile is half a standard deviation, with 50 a quarter. So below 10 replicates single paths and their mean
are shown, from 10 the middle 50 %, from 50 the middle 90 % as well, and never more.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from labsim.analysis.tables import require

NEEDED = {0.5: 10, 0.9: 50}
"""Band (share of replicates inside) and the number of replicates that it needs."""


def allowed_bands(replicates: int) -> tuple[float, ...]:
    """Return the bands that so many replicates carry, narrow first.

    >>> allowed_bands(9), allowed_bands(10), allowed_bands(50)
    ((), (0.5,), (0.5, 0.9))
    """
    return tuple(share for share, needed in NEEDED.items() if replicates >= needed)


def shows_paths(replicates: int) -> bool:
    """Return whether to show every replicate as a thin line, with the mean, in place of bands and median."""
    return not allowed_bands(replicates)


def bands(table: pd.DataFrame, period: str = "month") -> pd.DataFrame:
    """Return mean, median and bands over the seeds for every series and `period`.

    Columns: all of the table's except seed and value, then ``mean``, ``median``, ``low_50``, ``high_50``,
    ``low_90``, ``high_90`` (unit of the indicator; NaN where there are too few replicates for the band) and
    ``replicates``. The bands are quantiles at each month by itself; no single run need follow an edge. They
    show chance, not uncertainty about parameters.
    """
    require(table, (period, "seed", "value"), "the table of indicators")
    keys = [column for column in table.columns if column not in {"seed", "value"}]
    grouped = table.dropna(subset=["value"]).groupby(keys, sort=False, observed=True)["value"]
    result = grouped.agg(["mean", "median"])
    replicates = grouped.size()
    for share, needed in NEEDED.items():
        for edge, quantile in (("low", (1 - share) / 2), ("high", (1 + share) / 2)):
            name = f"{edge}_{round(share * 100)}"
            if int(replicates.max()) >= needed:
                result[name] = grouped.quantile(quantile).where(replicates >= needed)
            else:
                result[name] = np.nan
    result["replicates"] = replicates
    return result.reset_index()
