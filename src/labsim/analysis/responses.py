"""Responses of a sweep: an outcome in a scenario, or its paired contrast, at every point and for every seed.

A response is a table with the columns point, seed, value. Contrasts are taken within point and seed first, so that the
luck that two scenarios share drops out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from labsim.analysis.intervals import t_half_width
from labsim.analysis.tables import TableError, require

Floats = NDArray[np.float64]

COLUMNS = ("scenario", "point", "seed", "window", "outcome", "value")
"""What a tidy table of a sweep's outcomes has at least; the factors may stand beside."""

DIGITS = 12


class Question(NamedTuple):
    """What is asked of a sweep: an outcome in a window, in a scenario, or there less that in another (`minus`)."""

    outcome: str
    window: str
    scenario: str = ""
    minus: str = ""


class Balanced(NamedTuple):
    """Values of one response with the same seeds at every point.

    points : numbers of the points, ascending, (n,)
    seeds  : the seeds, ascending, (r,)
    values : the values, (n, r)
    lost   : points that were left out because seeds of theirs are missing (failed, or not done yet)
    """

    points: NDArray[np.int64]
    seeds: NDArray[np.int64]
    values: Floats
    lost: int

    @property
    def means(self) -> Floats:
        """Mean over the seeds at every point, (n,)."""
        means: Floats = np.round(self.values.mean(axis=1), DIGITS)
        return means


class Noise(NamedTuple):
    """Where the variance of single runs comes from (unit of the response, squared; NaN if one seed cannot tell).

    factors : variance of the expected response over the design
    chance  : variance between the seeds of a point, beyond what a seed does at all points alike
    shared  : variance of what a seed does at all points alike (common random numbers: it moves no comparison)
    share   : part of the variance of the points' means that is chance, 0 to 1
    points, seeds : how many there are
    """

    factors: float
    chance: float
    shared: float
    share: float
    points: int
    seeds: int


def response(outcomes: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Return point, seed and value of what is asked; runs that have no such value are left out.

    Raises `TableError` if the table holds nothing of the kind.
    """
    require(outcomes, COLUMNS, "the table of a sweep's outcomes")
    for column, wanted in (("outcome", question.outcome), ("window", question.window)):
        _known(outcomes, column, wanted)
    rows = outcomes[(outcomes["outcome"] == question.outcome) & (outcomes["window"] == question.window)]
    values = _of(rows, question.scenario)
    if question.minus:
        both = values.merge(_of(rows, question.minus), on=["point", "seed"], suffixes=("", "_minus"))
        both["value"] = (both["value"] - both["value_minus"]).round(DIGITS) + 0.0  # -0.0 becomes 0.0
        values = both[["point", "seed", "value"]]
    values = values.dropna(subset=["value"])
    if values.empty:
        less = f" less {question.minus}" if question.minus else ""
        where = f", {question.scenario}{less}" if question.scenario else ""
        raise TableError(f"no run has a value of {question.outcome} in {question.window}{where}")
    return values.sort_values(["point", "seed"], ignore_index=True)


def balanced(values: pd.DataFrame) -> Balanced:
    """Return a response with the same seeds at every point, so that no seed shifts some points and not others.

    Seeds that fewer than half of the points have are left out first (more replicates that are still under way), then
    points that lack any of the remaining seeds.
    """
    wide = values.pivot_table(index="point", columns="seed", values="value", aggfunc="first").sort_index()
    kept = wide.loc[:, wide.notna().mean() >= 0.5].sort_index(axis=1)
    whole = kept.dropna()
    if whole.empty:
        raise TableError("no point of the design has all of its seeds")
    return Balanced(
        whole.index.to_numpy(np.int64), whole.columns.to_numpy(np.int64), whole.to_numpy(np.float64),
        len(wide) - len(whole),
    )  # fmt: skip


def noise(response_: Balanced) -> Noise:
    """Return the parts of the variance of single runs (points × seeds without interaction, expected mean squares)."""
    values = response_.values
    n, r = values.shape
    means = values.mean(axis=1)
    between = float(means.var(ddof=1)) if n > 1 else 0.0
    if r < 2 or n < 2:
        return Noise(between, np.nan, np.nan, np.nan, n, r)
    shifts = values.mean(axis=0)
    residual = values - means[:, None] - shifts[None, :] + values.mean()
    chance = float((residual**2).sum() / ((n - 1) * (r - 1)))
    shared = max(float(shifts.var(ddof=1)) - chance / n, 0.0)
    share = min(chance / r / between, 1.0) if between > 0 else 0.0
    return Noise(max(between - chance / r, 0.0), chance, shared, share, n, r)


def told_apart(response_: Balanced, level: float = 0.95) -> tuple[float, float]:
    """Return the shares of points whose mean over the seeds lies below and above zero with its whole t-interval.

    With nothing there, each of the two is (1 - level) / 2. NaN for a single seed.
    """
    values = response_.values
    n, r = values.shape
    if r < 2:
        return np.nan, np.nan
    means = values.mean(axis=1)
    half = t_half_width(values.std(axis=1, ddof=1), np.full(n, r), level)
    return float((means + half < 0).mean()), float((means - half > 0).mean())


def questions(
    outcomes: Sequence[str], windows: Sequence[str], scenarios: Sequence[str], baseline: str
) -> list[Question]:
    """Return what is asked by default: every scenario less the baseline, or the level where there is one only."""
    others = [name for name in scenarios if name != baseline]
    asked = [(name, baseline) for name in others] or [(baseline, "")]
    return [
        Question(outcome, window, scenario, minus)
        for scenario, minus in asked
        for outcome in outcomes
        for window in windows
    ]


def _of(rows: pd.DataFrame, scenario: str) -> pd.DataFrame:
    _known(rows, "scenario", scenario)
    return rows.loc[rows["scenario"] == scenario, ["point", "seed", "value"]]


def _known(rows: pd.DataFrame, column: str, wanted: str) -> None:
    there = rows[column].astype(str).unique()
    if wanted not in there:
        known = ", ".join(sorted(name or "(a function)" for name in there)) or "none"
        raise TableError(f"there are no runs with the {column} {wanted!r}; there are: {known}")
