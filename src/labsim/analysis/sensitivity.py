"""What moves an outcome, from any design: coefficients, ranks, binned indices, tornado, interactions, surfaces.

Everything takes the factors at the points, (n, d), and the response, (n,), and gives a tidy table. Intervals leave out
one of up to twenty groups of points in turn (the grouped jackknife; Quenouille 1956, Tukey 1958): no luck in them, and
a design's blocks stay together. Saltelli's and Morris's designs have estimators of their own besides, in
`labsim.analysis.variance_indices` and `labsim.analysis.elementary`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from labsim.analysis.intervals import LEVEL, t_quantile
from labsim.analysis.tables import TableError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GROUPS = 20
FEWEST = 10
"""Points below which nothing is said."""

GOLDEN = (math.sqrt(5) - 1) / 2
PER_BIN, MOST_BINS, FEWEST_BINS = 25, 16, 4
CLASSES = 3
"""Classes of a factor in an interaction."""

PER_CELL, MOST_CELLS, FEWEST_CELLS = 4, 8, 2
SHARE = 0.1
"""The tornado compares the highest with the lowest tenth of a factor."""

DIGITS = 12


class Sample(NamedTuple):
    """Points of a design with the response.

    names  : the factors
    x      : their values, (n, d)
    y      : the response, (n,)
    blocks : number of the design's block that a point belongs to (its own number where points stand alone), (n,)
    """

    names: tuple[str, ...]
    x: Floats
    y: Floats
    blocks: Ints

    @classmethod
    def of(cls, names: Sequence[str], x: Floats, y: Floats, blocks: Ints | None = None) -> Sample:
        """Return a sample; raise `TableError` if there are too few points, or no factor, to say anything."""
        if len(y) < FEWEST or not names:
            raise TableError(f"{len(y)} points of {len(names)} factors are too few: at least {FEWEST} of 1")
        alone = np.arange(len(y), dtype=np.int64)
        return cls(
            tuple(names),
            np.asarray(x, np.float64),
            np.asarray(y, np.float64),
            alone if blocks is None else blocks,
        )

    @property
    def groups(self) -> Ints:
        """Group of each point, (n,): blocks spread by the golden ratio, so that no period of a design matches."""
        _, place = np.unique(self.blocks, return_inverse=True)
        count = min(GROUPS, int(place.max()) + 1)
        groups: Ints = np.floor(((place * GOLDEN) % 1.0) * count).astype(np.int64)
        return groups


def jackknife(sample: Sample, estimate: Callable[[Floats, Floats], Floats]) -> tuple[Floats, Floats, Floats]:
    """Return an estimate (any number of values) with the ends of its interval.

    `estimate` is called with x and y of all points, and of all but one group. NaN where one group is all there is.
    """
    whole = estimate(sample.x, sample.y)
    groups = sample.groups
    there = np.unique(groups)
    if len(there) < 2:
        return whole, np.full_like(whole, np.nan), np.full_like(whole, np.nan)
    without = np.array([estimate(sample.x[groups != g], sample.y[groups != g]) for g in there])
    m = len(there)
    half = t_quantile(LEVEL, m - 1) * np.sqrt(
        (m - 1) / m * ((without - without.mean(axis=0)) ** 2).sum(axis=0)
    )
    return np.round(whole, DIGITS), np.round(whole - half, DIGITS), np.round(whole + half, DIGITS)


def regression(sample: Sample) -> pd.DataFrame:
    """Return standardised regression coefficients and rank correlations, strongest first.

    Columns: factor, coefficient (standard deviations of the response per standard deviation of the factor, all factors
    in one regression), low, high, rank (Spearman), rank_low, rank_high, and in every row explained: the share of the
    variance that the straight lines explain together. Not for factors whose values are choices without an order.
    """
    d = len(sample.names)
    found, low, high = jackknife(sample, lambda x, y: np.concatenate([_coefficients(x, y), _ranks(x, y)]))
    table = pd.DataFrame({
        "factor": sample.names,
        "coefficient": found[:d], "low": low[:d], "high": high[:d],
        "rank": found[d + 1 :], "rank_low": low[d + 1 :], "rank_high": high[d + 1 :],
        "explained": found[d],
    })  # fmt: skip
    return _strongest(table, "coefficient")


def first_order(sample: Sample) -> pd.DataFrame:
    """Return the share of the variance that each factor explains alone, from any design, strongest first.

    Columns: factor, value, low, high, bins. The means of a factor's bins (its levels, if few) against all points, less
    what bins would explain by chance (epsilon squared, Kelley 1935); below 0 means nothing.
    """
    codes = np.column_stack([bins_of(column, _bins(len(sample.y))) for column in sample.x.T])

    def estimate(x: Floats, y: Floats) -> Floats:
        return np.array([_explained(column, y) for column in x.T.astype(np.int64)])

    found, low, high = jackknife(sample._replace(x=codes.astype(np.float64)), estimate)
    table = pd.DataFrame(
        {"factor": sample.names, "value": found, "low": low, "high": high, "bins": codes.max(axis=0) + 1}
    )
    return _strongest(table, "value")


def interactions(sample: Sample) -> pd.DataFrame:
    """Return the share of the variance that two factors explain together beyond each alone, strongest first.

    Columns: factor, other, value, low, high. From the means of 3 × 3 cells, less chance as in `first_order`.
    """
    codes = np.column_stack([bins_of(column, CLASSES) for column in sample.x.T])
    pairs = list(combinations(range(len(sample.names)), 2))

    def estimate(x: Floats, y: Floats) -> Floats:
        cells = x.astype(np.int64)
        alone = [_explained(column, y) for column in cells.T]
        return np.array(
            [_explained(cells[:, i] * CLASSES + cells[:, j], y) - alone[i] - alone[j] for i, j in pairs]
        )

    found, low, high = jackknife(sample._replace(x=codes.astype(np.float64)), estimate)
    names = sample.names
    table = pd.DataFrame({
        "factor": [names[i] for i, _ in pairs], "other": [names[j] for _, j in pairs],
        "value": found, "low": low, "high": high,
    })  # fmt: skip
    return _strongest(table, "value")


def tornado(sample: Sample) -> pd.DataFrame:
    """Return what happens when one factor goes from its lowest to its highest tenth, the others averaged.

    Columns: factor, low_value, high_value (means of the factor in the two tenths), at_low, at_high (means of the
    response there), effect (their difference), low, high, points (in the smaller of the two tenths). Of a factor with
    few levels the ends are its lowest and highest level. Largest effect first.
    """
    rows = []
    for j, name in enumerate(sample.names):
        column = sample.x[:, j]
        ends = np.quantile(column, [SHARE, 1 - SHARE])
        if ends[0] == ends[1]:
            ends = np.array([column.min(), column.max()])
        here = sample._replace(x=np.column_stack([column <= ends[0], column >= ends[1]]).astype(np.float64))

        def means(x: Floats, y: Floats) -> Floats:
            bottom, top = (y[x[:, side] > 0] for side in (0, 1))
            return np.array([bottom.mean(), top.mean(), top.mean() - bottom.mean()])

        found, low, high = jackknife(here, means)
        bottom, top = here.x.T > 0
        rows.append({
            "factor": name, "low_value": column[bottom].mean(), "high_value": column[top].mean(),
            "at_low": found[0], "at_high": found[1], "effect": found[2], "low": low[2], "high": high[2],
            "points": int(min(bottom.sum(), top.sum())),
        })  # fmt: skip
    return _strongest(pd.DataFrame(rows), "effect")


def response_surface(sample: Sample, factor: str, other: str) -> pd.DataFrame:
    """Return the mean response over cells of two factors, the others averaged; empty cells are rows, too.

    Columns: factor, other (names), x, y (middles of the cell, or the level), mean, se (standard error of the mean over
    the points of the cell), points.
    """
    most = int(np.clip(math.isqrt(max(len(sample.y) // PER_CELL, 1)), FEWEST_CELLS, MOST_CELLS))
    axes = [sample.x[:, sample.names.index(name)] for name in (factor, other)]
    codes, middles = zip(*(cells_of(column, most) for column in axes), strict=True)
    rows = []
    for a, x in enumerate(middles[0]):
        for b, y in enumerate(middles[1]):
            here = sample.y[(codes[0] == a) & (codes[1] == b)]
            rows.append({
                "factor": factor, "other": other, "x": x, "y": y, "mean": here.mean() if here.size else np.nan,
                "se": here.std(ddof=1) / math.sqrt(here.size) if here.size > 1 else np.nan, "points": here.size,
            })  # fmt: skip
    return pd.DataFrame(rows).round({"x": DIGITS, "y": DIGITS, "mean": DIGITS, "se": DIGITS})


def bins_of(column: Floats, most: int) -> Ints:
    """Return the bin of each value, from 0: its level where there are at most `most`, else bins of equal count.

    >>> bins_of(np.array([5.0, 1.0, 5.0, 9.0]), 3).tolist(), bins_of(np.arange(6.0), 3).tolist()
    ([1, 0, 1, 2], [0, 0, 1, 1, 2, 2])
    """
    levels, place = np.unique(column, return_inverse=True)
    if len(levels) > most:
        edges = np.quantile(column, np.arange(1, most) / most)
        _, place = np.unique(np.searchsorted(edges, column, side="right"), return_inverse=True)
    bins: Ints = place.astype(np.int64)
    return bins


def cells_of(column: Floats, most: int) -> tuple[Ints, list[float]]:
    """Return the cell of each value and the cells' middles: the levels where there are few, else equal widths."""
    levels, place = np.unique(column, return_inverse=True)
    if len(levels) <= max(most, FEWEST_BINS):
        return place.astype(np.int64), [float(level) for level in levels]
    edges = np.linspace(levels[0], levels[-1], most + 1)
    codes = np.clip(np.searchsorted(edges, column, side="right") - 1, 0, most - 1)
    return codes.astype(np.int64), [float(middle) for middle in (edges[:-1] + edges[1:]) / 2]


def _bins(n: int) -> int:
    return int(np.clip(n // PER_BIN, FEWEST_BINS, MOST_BINS))


def _explained(codes: Ints, y: Floats) -> float:
    """Return the share of the variance between the means of classes, less what chance gives (epsilon squared)."""
    counts = np.bincount(codes)
    used = counts > 0
    k, n = int(used.sum()), len(y)
    total = float(((y - y.mean()) ** 2).sum())
    if k < 2 or n <= k or total == 0.0:
        return 0.0
    sums = np.bincount(codes, weights=y - y.mean())
    between = float((sums[used] ** 2 / counts[used]).sum())
    return (between - (k - 1) * (total - between) / (n - k)) / total


def _coefficients(x: Floats, y: Floats) -> Floats:
    """Return standardised coefficients and, last, the share of the variance that they explain."""
    scaled, spread = x - x.mean(axis=0), x.std(axis=0)
    moving = spread > 0
    deviation = float(y.std())
    result = np.zeros(x.shape[1] + 1)
    if deviation == 0.0 or not moving.any():
        return result
    design, goal = scaled[:, moving] / spread[moving], (y - y.mean()) / deviation
    solved, *_ = np.linalg.lstsq(design, goal, rcond=None)
    result[:-1][moving] = solved
    result[-1] = 1.0 - float(((goal - design @ solved) ** 2).sum() / len(y))
    return result


def _ranks(x: Floats, y: Floats) -> Floats:
    """Return Spearman's rank correlation of each factor with the response, 0 where either does not vary."""
    ranks = pd.DataFrame(np.column_stack([x, y])).rank().to_numpy(np.float64)
    ranks = ranks - ranks.mean(axis=0)
    norms = np.sqrt((ranks**2).sum(axis=0))
    products = ranks[:, :-1].T @ ranks[:, -1]
    scale = norms[:-1] * norms[-1]
    found: Floats = np.divide(products, scale, out=np.zeros_like(products), where=scale > 0)
    return found


def _strongest(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the rows by the size of a column, largest first; ties keep the design's order."""
    return table.sort_values(column, key=lambda it: -it.abs(), kind="stable", ignore_index=True)
