"""A panel: series by month, seed and municipality, of runs and of published figures, in one shape.

Published annual figures stand in each of their twelve months, so that a mean over months is the mean over the years
that were published, and so that a run can be averaged over exactly the months for which something was published.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from labsim.analysis.tables import MONTHS_A_YEAR, WHOLE, require
from labsim.analysis.trace import months_of

PUBLISHED = 0
"""The seed under which published figures stand."""

BREAK, BROKEN = "break", "broken"
"""Flags of published figures: a level break (not comparable with the years before), and statistically broken."""

SHARE_OF_UNEMPLOYED = "long_term_share"
"""A series in % of the unemployed; the others are in % of the labour force, so that residents are their weights."""

type Months = pd.DataFrame
"""Index: month; columns: seeds; values of one series of one municipality."""


class Panel:
    """Series of one scenario (or of published figures): ``of(indicator, municipality, group)``.

    Parameters
    ----------
    table
        Tidy rows: seed, month, municipality, group, indicator, value; one per combination.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        require(
            table, ("seed", "month", "municipality", "group", "indicator", "value"), "the table of indicators"
        )
        self.seeds = sorted(int(seed) for seed in table["seed"].unique())
        keys = ["indicator", "municipality", "group"]
        self._parts: dict[tuple[str, str, str], pd.DataFrame] = {
            (str(names[0]), str(names[1]), str(names[2])): part
            for names, part in table.groupby(keys, sort=False, observed=True)
        }
        self._wide: dict[tuple[str, str, str], Months] = {}

    def of(self, indicator: str, municipality: str = WHOLE, group: str = WHOLE) -> Months:
        """Return one series: months by seeds, in the indicator's unit; without rows if there is none."""
        key = (indicator, municipality, group)
        if key not in self._wide:
            part = self._parts.get(key)
            wide = (
                pd.DataFrame(index=pd.DatetimeIndex([]), columns=self.seeds, dtype=np.float64)
                if part is None
                else part.pivot_table(
                    index="month", columns="seed", values="value", aggfunc="mean", dropna=False
                )
            )
            self._wide[key] = wide.reindex(columns=self.seeds).astype(np.float64)
        return self._wide[key]


def within(months: Months, period: str) -> Months:
    """Return the months of a period: ``2003``, ``2003-01``, ``1999-01..2004-12``."""
    span = months_of(period)
    return months[(months.index >= span.start) & (months.index < span.end)]


def yearly(months: Months) -> pd.DataFrame:
    """Return means by complete calendar year (index: year, columns: seeds); years without all months are left out."""
    years = pd.DatetimeIndex(months.index).year
    means = months.groupby(years).mean()
    full = pd.Series(years).value_counts() == MONTHS_A_YEAR
    return means[[bool(full.get(year, False)) for year in means.index]]


def published_panel(
    points: Iterable[Mapping[str, Any]],
    residents: Mapping[str, Mapping[int, float]],
    *,
    breaks: bool = False,
) -> Panel:
    """Return published figures as a panel, with the place as a whole where all its municipalities are known.

    Parameters
    ----------
    points
        series (name of an indicator), municipality, date (year or month), value, flag.
    residents
        Residents by municipality and year (any unit), of the municipalities that belong to the place proper. They
        weight rates; shares of the unemployed are weighted with residents times the unemployment rate of the year.
    breaks
        Whether figures flagged as a level break are kept; broken ones never are.
    """
    dropped = (BROKEN,) if breaks else (BREAK, BROKEN)
    kept = {
        (str(p["series"]), str(p["date"]), str(p["municipality"])): float(p["value"])
        for p in points
        if p.get("flag", "") not in dropped
    }
    whole = _whole(kept, residents)
    rows = [
        (PUBLISHED, month, municipality, WHOLE, series, value)
        for (series, date, municipality), value in {**whole, **kept}.items()
        for month in _months(date)
    ]
    columns = ["seed", "month", "municipality", "group", "indicator", "value"]
    return Panel(pd.DataFrame(rows, columns=columns).astype({"month": "datetime64[ns]", "value": np.float64}))


def _whole(
    points: Mapping[tuple[str, str, str], float], residents: Mapping[str, Mapping[int, float]]
) -> dict[tuple[str, str, str], float]:
    """Return the weighted mean over the municipalities for each series and date at which all of them are known."""
    found = {}
    for series, date in dict.fromkeys((series, date) for series, date, _ in points):
        cells, weights = [], []
        for name in residents:
            value, weight = points.get((series, date, name)), _residents(residents[name], int(date[:4]))
            if series == SHARE_OF_UNEMPLOYED:
                rate = points.get(("unemployment_rate", date, name))
                weight = np.nan if rate is None else weight * rate
            cells.append(np.nan if value is None else value)
            weights.append(weight)
        mean = float(np.average(cells, weights=weights)) if sum(weights) > 0 else np.nan
        if np.isfinite(mean):
            found[series, date, WHOLE] = mean
    return found


def _residents(by_year: Mapping[int, float], year: int) -> float:
    """Return the residents of a year, or of the nearest one with a figure."""
    nearest = min(by_year, key=lambda known: (abs(known - year), known))
    return by_year[nearest]


def _months(date: str) -> Sequence[pd.Timestamp]:
    span = months_of(date)
    return list(pd.date_range(span.start, span.last, freq="MS"))
