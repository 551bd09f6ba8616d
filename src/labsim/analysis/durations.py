"""How long people stay out of work: exit rates and shares still out of work, by months since the last job.

The table of durations counts, for every calendar year, group and month since job loss, the people at risk
(unemployed or in a measure at the start of the month) and how many of them took a job or withdrew within it.
This is period data: everybody present contributes at the duration they have reached, so stayers are not
over-represented (as they are in a sample of the stock) and unfinished spells count for as long as they last.
The curves tell what would happen to people who lose their job if the exit rates of the period held on for
good. Reaching 65 is no exit: such people simply stop being at risk.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from labsim.analysis.intervals import LEVEL, wilson
from labsim.analysis.tables import require, series_of

COUNTS = ("at_risk", "to_job", "to_inactive")
"""The columns that add up over years and replicates: person-months at risk, and persons."""

FEWEST = 100
"""Person-months at risk below which neighbouring durations are merged."""


def pooled(durations: pd.DataFrame, by: Sequence[str] = ("group",)) -> pd.DataFrame:
    """Return the counts added up over everything except `by` and ``months`` (over years and seeds).

    ``at_risk`` is then in person-months of all replicates together.
    """
    require(durations, (*by, "months", *COUNTS), "the table of durations")
    return durations.groupby([*by, "months"], sort=True, observed=True)[list(COUNTS)].sum().reset_index()


def exit_rates(
    durations: pd.DataFrame,
    by: Sequence[str] = ("group",),
    fewest: int = FEWEST,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Return the monthly rate of exit to a job (the hazard) by months since job loss.

    Columns: `by`, ``from_month`` and ``to_month`` (both inclusive), ``at_risk`` (person-months), ``to_job``
    (persons), ``rate`` (% of those at risk per month), ``low`` and ``high`` (binomial interval after Wilson,
    by default 95 %, for the pooled replicates: chance only). Neighbouring durations are merged until
    `fewest` person- months are at risk; what is left at the end joins the last bin. A series with fewer in
    all is one bin.
    """
    parts = [_merge(rows, fewest).assign(**names) for names, rows in series_of(pooled(durations, by), by)]
    result = pd.concat(parts, ignore_index=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        result["rate"] = 100 * result["to_job"].to_numpy() / result["at_risk"].to_numpy()
    low, high = wilson(result["to_job"], result["at_risk"], level)
    result["low"], result["high"] = 100 * low, 100 * high
    return result[[*by, "from_month", "to_month", "at_risk", "to_job", "rate", "low", "high"]]


def _merge(rows: pd.DataFrame, fewest: int) -> pd.DataFrame:
    """Return `rows` (one series, by months) with neighbours merged until `fewest` are at risk in each bin."""
    filled = rows["at_risk"].cumsum().to_numpy()
    number, label, before = np.zeros(len(rows), np.int64), 0, 0
    for i, total in enumerate(filled):
        number[i] = label
        if total - before >= fewest:
            label, before = label + 1, total
    number = np.minimum(number, max(label - 1, 0))  # the unfilled rest joins the last full bin
    grouped = rows.groupby(number, sort=True)
    return grouped.agg(
        from_month=("months", "min"),
        to_month=("months", "max"),
        at_risk=("at_risk", "sum"),
        to_job=("to_job", "sum"),
    ).reset_index(drop=True)


def life_table(durations: pd.DataFrame, by: Sequence[str] = ("group",)) -> pd.DataFrame:
    """Return what has become of people by months since job loss, at the exit rates of the period.

    One row per `by` and ``months`` (0 to the first duration with nobody at risk). Shares, in %:

    ``remaining``          still unemployed or in a measure: product of 1 - (to_job + to_inactive) / at_risk
                           (Kaplan-Meier, both exits count)
    ``in_job``             have taken a job (cumulative incidence, with withdrawal as a competing exit)
    ``withdrawn``          have withdrawn; remaining + in_job + withdrawn = 100
    ``remaining_to_job``   would still be without a job if nobody withdrew: product of 1 - to_job / at_risk
                           (Kaplan-Meier to a job, withdrawals censored; assumes that those who withdrew would
                           have found jobs like the others)
    ``at_risk``            persons reaching the month and still at risk, in person-months (0 in the last row
    if
                           the series ends there)
    """
    parts = [_life(rows).assign(**names) for names, rows in series_of(pooled(durations, by), by)]
    result = pd.concat(parts, ignore_index=True)
    return result[[*by, "months", "at_risk", "remaining", "in_job", "withdrawn", "remaining_to_job"]]


def _life(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the life table of one series; row m holds what is true at the start of month m."""
    at_risk = rows["at_risk"].to_numpy(np.float64)
    end = int(np.argmax(at_risk == 0)) if (at_risk == 0).any() else len(at_risk)
    to_job, to_inactive = (rows[name].to_numpy(np.float64)[:end] for name in ("to_job", "to_inactive"))
    job, inactive = to_job / at_risk[:end], to_inactive / at_risk[:end]
    # counts are subtracted before dividing, so that the last person's exit leaves exactly nobody
    remaining = np.concatenate([[1.0], np.cumprod((at_risk[:end] - to_job - to_inactive) / at_risk[:end])])
    return pd.DataFrame(
        {
            "months": np.arange(end + 1),
            "at_risk": np.append(at_risk[:end], 0).astype(np.int64),
            "remaining": 100 * remaining,
            "in_job": 100 * np.concatenate([[0.0], np.cumsum(remaining[:-1] * job)]),
            "withdrawn": 100 * np.concatenate([[0.0], np.cumsum(remaining[:-1] * inactive)]),
            "remaining_to_job": 100 * np.concatenate([[1.0], np.cumprod(1 - job)]),
        }
    )
