"""Simulated series against published ones, year by year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from labsim.analysis.tables import annual_means, pick

COLUMNS = ("series", "municipality", "date", "value", "unit", "source", "flag")
BROKEN = "broken"
"""Flag of figures that are compared with nothing: the statistics behind them were incomplete."""
BREAK = "break"
"""Flag of figures that are not comparable with those before."""


def published_table(targets: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the published values of ``run.json`` as a table, in the order of their dates; broken ones are left out.

    Columns: series (name of an indicator), municipality, date (as published: a year, or a year and month),
    value, unit, source, flag ("" or "break": not comparable with the years before), ``year`` and ``when`` (the
    middle of the year for annual values, else the month's first day).
    """
    sound = (target for target in targets if target.get("flag", "") != BROKEN)
    rows = [{column: target.get(column, "") for column in COLUMNS} for target in sound]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"date": str, "value": float})
    table["annual"] = table["date"].str.len() == len("2003")
    table["when"] = pd.to_datetime(
        table["date"].where(~table["annual"], table["date"] + "-07"), format="%Y-%m"
    )
    table["year"] = table["when"].dt.year
    return table.sort_values(["series", "municipality", "when"]).reset_index(drop=True)


def fit(table: pd.DataFrame, published: pd.DataFrame, indicator: str, municipality: str) -> pd.DataFrame:
    """Return simulated against published annual values of one indicator in one municipality.

    One row per scenario and year with an annual published value: ``published``, ``simulated`` (mean over the
    seeds of annual means), ``deviation`` = simulated - published, in the unit of the indicator.
    """
    rows = published[
        (published["series"] == indicator) & (published["municipality"] == municipality) & published["annual"]
    ]
    yearly = annual_means(pick(table, indicator, municipality))
    simulated = yearly.groupby(["scenario", "year"], sort=False, observed=True)["value"].mean()
    result = (
        rows[["year", "value"]]
        .rename(columns={"value": "published"})
        .merge(simulated.rename("simulated").reset_index(), on="year")
    )
    result["deviation"] = result["simulated"] - result["published"]
    return result[["scenario", "year", "published", "simulated", "deviation"]]


def root_mean_square(deviations: pd.Series[float]) -> float:
    """Return the root of the mean squared deviation, in the unit of the series."""
    return float(np.sqrt(np.mean(np.square(deviations.to_numpy(np.float64)))))
