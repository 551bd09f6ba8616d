"""Statistics: what a target of a scorecard computes from a run, and from published figures in the same way.

A statistic is a pure function of a `Sight` (the panel of the runs, the panel of published figures, the target's own
keys) and returns one value per seed. A statistic over published years takes the runs over exactly these years.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from labsim.analysis import duration_statistics
from labsim.analysis.beveridge import signed_area
from labsim.analysis.contrasts import DIGITS
from labsim.analysis.panel import yearly
from labsim.analysis.sight import (
    DURATIONS,
    INDICATORS,
    STATISTICS,
    STUDY,
    Sight,
    Statistic,
    above_zero,
    statistic,
)
from labsim.analysis.tables import WHOLE

__all__ = [
    "DURATIONS",
    "INDICATORS",
    "STATISTICS",
    "STUDY",
    "Sight",
    "Statistic",
    "duration_statistics",
    "statistic",
]

FEWEST_POINTS = 3
"""Fewer years or municipalities have no correlation."""


@statistic(needs=("study",), table=STUDY)
def study(sight: Sight) -> pd.Series[float]:
    """Result of a virtual study, which has runs of its own."""
    raise LookupError(
        f"the study '{sight.target['study']}' has runs of its own: see labsim.calibration.studies"
    )


@statistic()
def mean(sight: Sight) -> pd.Series[float]:
    """Mean over the period; several indicators are summed; with per, in % of the sum of those (of everybody)."""
    return sight.level(str(sight.target["municipality"]), str(sight.target["period"]))


@statistic(needs=("per",), unit="ratio")
def ratio(sight: Sight) -> pd.Series[float]:
    """The mean over the period divided by that of the indicators named under per."""
    return mean(sight) / 100.0


@statistic(needs=("before",))
def change(sight: Sight) -> pd.Series[float]:
    """Mean over the period less the mean over the period before it."""
    name = str(sight.target["municipality"])
    return sight.level(name, str(sight.target["period"])) - sight.level(name, str(sight.target["before"]))


@statistic(needs=("before",), unit="%")
def relative(sight: Sight) -> pd.Series[float]:
    """Mean over the period in % of the mean over the period before it."""
    name = str(sight.target["municipality"])
    before = above_zero(sight.level(name, str(sight.target["before"])))
    return 100.0 * sight.level(name, str(sight.target["period"])) / before


@statistic(many=True)
def spread(sight: Sight) -> pd.Series[float]:
    """Standard deviation over the municipalities of their means over the period."""
    return _full(sight.levels(str(sight.target["period"]))).std(ddof=0, skipna=False)


@statistic(many=True)
def lowest(sight: Sight) -> pd.Series[float]:
    """Mean over the period in the municipality where it is lowest."""
    return _full(sight.levels(str(sight.target["period"]))).min(skipna=False)


@statistic(many=True)
def highest(sight: Sight) -> pd.Series[float]:
    """Mean over the period in the municipality where it is highest."""
    return _full(sight.levels(str(sight.target["period"]))).max(skipna=False)


@statistic(exact=0.0, many=True, single=True)
def mean_absolute_error(sight: Sight) -> pd.Series[float]:
    """Mean over municipalities and published years of the distance to the published annual value."""
    gaps = [sight.paths(name).sub(sight.known(name), axis=0).abs() for name in sight.places]
    return pd.concat(gaps, ignore_index=True).mean().round(DIGITS)


@statistic(exact=1.0, many=True, single=True, unit="correlation (-1 to 1)")
def rank_correlation(sight: Sight) -> pd.Series[float]:
    """Spearman's correlation over municipalities of their means over the period with the published ones."""
    model = pd.DataFrame({name: sight.paths(name).mean() for name in sight.places}).T
    known = pd.Series({name: sight.known(name).mean() for name in sight.places})
    return _correlations(pd.DataFrame(model.rank()), pd.Series(known.rank()))


@statistic(exact=1.0, single=True, unit="correlation (-1 to 1)")
def path_correlation(sight: Sight) -> pd.Series[float]:
    """Pearson's correlation over the published years of the simulated with the published path."""
    name = str(sight.target["municipality"])
    return _correlations(sight.paths(name), sight.known(name))


@statistic(exact=0.0, single=True)
def path_error(sight: Sight) -> pd.Series[float]:
    """Mean over the published years of the distance to the published annual value."""
    name = str(sight.target["municipality"])
    return sight.paths(name).sub(sight.known(name), axis=0).abs().mean().round(DIGITS)


@statistic(needs=("on",), many=True, single=True, unit="% per %")
def elasticity(sight: Sight) -> pd.Series[float]:
    """Coefficient of the first indicator under on in a regression of logs, with effects of municipality and year."""
    period = str(sight.target["period"])
    names = (str(sight.target["indicators"][0]), *(str(name) for name in sight.target["on"]))
    data = {}
    for seed in sight.panel.seeds:
        cells = [
            pd.concat(
                [yearly(sight.months(name, place, period, WHOLE))[seed] for place in sight.places], axis=1
            )
            for name in names
        ]
        data[seed] = _within_slope([np.log(cell.where(cell > 0).to_numpy(np.float64)) for cell in cells])
    return pd.Series(data, dtype=np.float64)


@statistic(needs=("on",), single=True, unit="points per %")
def slope_on_growth(sight: Sight) -> pd.Series[float]:
    """Slope of the yearly change of the indicator on the yearly growth, in %, of the one named under on (Okun)."""
    name, period = str(sight.target["municipality"]), str(sight.target["period"])
    growth = 100.0 * yearly(sight.months(str(sight.target["on"][0]), name, period, WHOLE)).pct_change()
    change_of = sight.paths(name).diff()
    return pd.Series(
        {seed: _slope(growth[seed], change_of[seed]) for seed in sight.panel.seeds}, dtype=np.float64
    )


@statistic(needs=("on",), single=True, unit="correlation (-1 to 1)")
def correlation(sight: Sight) -> pd.Series[float]:
    """Pearson's correlation over the years of the period of two indicators of one municipality."""
    return pd.Series({seed: _correlation(x, y) for seed, x, y in _two_paths(sight)}, dtype=np.float64)


@statistic(needs=("on",), single=True, unit="product of the two units")
def loop_area(sight: Sight) -> pd.Series[float]:
    """Area inside the yearly path of two indicators (on: the horizontal one), above 0 if it turns counter-clockwise."""
    return pd.Series(
        {seed: signed_area(x, y) if len(x) >= FEWEST_POINTS else np.nan for seed, x, y in _two_paths(sight)},
        dtype=np.float64,
    )


def _two_paths(sight: Sight) -> list[tuple[int, np.ndarray, np.ndarray]]:
    """Return (seed, horizontal, vertical) yearly paths of the municipality."""
    name, period = str(sight.target["municipality"]), str(sight.target["period"])
    across = yearly(sight.months(str(sight.target["on"][0]), name, period, WHOLE))
    up = sight.paths(name)
    return [(seed, across[seed].to_numpy(), up[seed].to_numpy()) for seed in sight.panel.seeds]


def _full(levels: pd.DataFrame) -> pd.DataFrame:
    """Return levels of the municipalities for which the period is known in any run; the others say nothing."""
    return levels.dropna(how="all")


def _correlations(model: pd.DataFrame, known: pd.Series[float]) -> pd.Series[float]:
    rows = model.index.intersection(known.dropna().index)
    fixed = known.loc[rows].to_numpy(np.float64)
    return pd.Series(
        {seed: _correlation(fixed, model.loc[rows, seed].to_numpy(np.float64)) for seed in model.columns},
        dtype=np.float64,
    )


def _correlation(x: np.ndarray, y: np.ndarray) -> float:
    if len(x) < FEWEST_POINTS or np.isnan(x).any() or np.isnan(y).any() or not np.ptp(x) or not np.ptp(y):
        return float("nan")
    return round(float(np.corrcoef(x, y)[0, 1]), DIGITS)


def _slope(x: pd.Series[float], y: pd.Series[float]) -> float:
    both = pd.concat([x, y], axis=1).dropna().to_numpy(np.float64)
    if len(both) < FEWEST_POINTS or not np.ptp(both[:, 0]):
        return float("nan")
    return round(float(np.polyfit(both[:, 0], both[:, 1], 1)[0]), DIGITS)


def _within_slope(cells: list[np.ndarray]) -> float:
    """Return the coefficient of the second of several (years, municipalities) arrays in a regression of the first.

    Means of municipalities and years are taken out first (a balanced panel; NaN if a cell is undefined).
    """
    if any(cell.size == 0 or np.isnan(cell).any() for cell in cells):
        return float("nan")
    free = [
        cell - cell.mean(axis=0, keepdims=True) - cell.mean(axis=1, keepdims=True) + cell.mean()
        for cell in cells
    ]
    design = np.column_stack([each.ravel() for each in free[1:]])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return float("nan")
    return round(float(np.linalg.lstsq(design, free[0].ravel(), rcond=None)[0][0]), DIGITS)
