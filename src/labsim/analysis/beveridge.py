"""The Beveridge path: unemployment against vacancies over the years, and which way it turns."""

from __future__ import annotations

import numpy as np
import pandas as pd

from labsim.analysis.tables import WHOLE, annual_means, pick, series_of

RATES = ("unemployment_rate", "vacancy_rate")
"""Horizontal and vertical axis: % of the labour force, and % of jobs (filled and vacant)."""


def annual_path(table: pd.DataFrame, municipality: str = WHOLE) -> pd.DataFrame:
    """Return one point per scenario and complete year: annual means of both rates, averaged over the seeds.

    Columns: scenario (if the table has it), year, unemployment_rate (%), vacancy_rate (%).
    """
    yearly = annual_means(pick(table, RATES, municipality))
    keys = [column for column in ("scenario", "year") if column in yearly.columns]
    wide = yearly.pivot_table(index=keys, columns="indicator", values="value", aggfunc="mean", observed=True)
    return wide.reset_index().rename_axis(columns=None)[[*keys, *RATES]]


def signed_area(x: np.ndarray, y: np.ndarray) -> float:
    """Return the area inside a closed path, positive if it turns counter-clockwise.

    The path is closed from its end to its start. Unit: product of the units of x and y (shoelace formula;
    parts that turn the other way count against it).

    >>> signed_area(np.array([0.0, 1.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0, 1.0]))
    1.0
    """
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)


def loop_measures(path: pd.DataFrame) -> pd.DataFrame:
    """Return, per scenario, the signed area of the Beveridge path and the correlation of its two rates.

    ``signed_area`` is in squared percentage points (above zero: counter-clockwise, vacancies lead
    unemployment as they do in published data), ``correlation`` is Pearson's over the years (NaN for fewer
    than three or for a rate that never moves), ``years`` is the number of points.
    """
    by = ["scenario"] if "scenario" in path.columns else []
    rows = []
    for names, part in series_of(path, by):
        x, y = (part.sort_values("year")[rate].to_numpy(np.float64) for rate in RATES)
        moves = len(part) > 2 and np.ptp(x) > 0 and np.ptp(y) > 0
        correlation = float(np.corrcoef(x, y)[0, 1]) if moves else np.nan
        measures = {"signed_area": signed_area(x, y), "correlation": correlation, "years": len(part)}
        rows.append(names | measures)
    return pd.DataFrame(rows)
