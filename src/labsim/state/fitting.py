"""Iterative proportional fitting: a table that meets margins and keeps the associations of the one it starts from.

Deming and Stephan (1940): scale the table to each margin in turn until all are met. Odds ratios stay those of the
start, cells that are 0 stay 0, and among all tables with these margins the result is nearest to the start (it has the
smallest relative entropy).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TOLERANCE = 1e-12
"""Largest deviation from any margin at which a table counts as fitted, as a share of its total."""
MOST_ROUNDS = 2_000


class Fitted(NamedTuple):
    """Tables fitted to margins."""

    table: Floats  # (n, ...) adds up to the margins' total
    rounds: Ints  # (n,) how often all margins were met in turn
    deviation: Floats  # (n,) largest deviation from a category of a margin, as a share of the total


def fit(
    start: Floats,
    margins: Sequence[tuple[int, Floats]],
    tolerance: float = TOLERANCE,
    most_rounds: int = MOST_ROUNDS,
) -> Fitted:
    """Fit ``n`` tables to margins, each on its own: what happens to one depends on no other.

    Parameters
    ----------
    start
        (n, ...) weights that are not negative, of any size.
    margins
        (axis, (n, k) totals by category) of the axes to meet, axes counted without the first one; all margins of a
        table must have the same total.
    """
    table = np.array(start, np.float64)
    n = table.shape[0]
    rounds, deviation = np.zeros(n, np.int64), np.full(n, np.inf)
    left = np.arange(n)
    for turn in range(1, most_rounds + 1):
        part = table[left]
        for axis, wanted in margins:
            part = part * _factors(part, axis, wanted[left])
        table[left] = part
        rounds[left] = turn
        deviation[left] = _deviation(part, [(axis, wanted[left]) for axis, wanted in margins])
        left = left[deviation[left] > tolerance]
        if left.size == 0:
            break
    return Fitted(table, rounds, deviation)


def margin(table: Floats, axis: int) -> Floats:
    """Return the totals by category of one axis, (n, k)."""
    others = tuple(k for k in range(1, table.ndim) if k != axis + 1)
    return np.asarray(table.sum(axis=others))


def _factors(part: Floats, axis: int, wanted: Floats) -> Floats:
    """Return what every cell is multiplied with; where nobody is, nobody can come."""
    there = margin(part, axis)
    factors = np.divide(wanted, there, out=np.zeros_like(wanted), where=there > 0.0)
    shape = [1] * part.ndim
    shape[0], shape[axis + 1] = wanted.shape
    return np.asarray(factors.reshape(shape))


def _deviation(part: Floats, margins: Sequence[tuple[int, Floats]]) -> Floats:
    worst = np.zeros(part.shape[0])
    for axis, wanted in margins:
        apart = np.abs(margin(part, axis) - wanted).max(axis=1)
        worst = np.maximum(worst, apart / wanted.sum(axis=1))
    return worst
