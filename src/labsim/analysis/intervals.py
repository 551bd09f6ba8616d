"""Intervals from few numbers: Student's t for a mean over replicates, Wilson's interval for a share.

The quantiles of Student's t are computed here, because SciPy is not among labsim's core dependencies. For a
whole number of degrees of freedom the distribution function is a finite sum (Abramowitz and Stegun 1964,
26.7.3 and 26.7.4), so there is nothing to approximate but the root.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

LEVEL = 0.95
"""The coverage of every interval that labsim reports, unless said otherwise."""


def t_central(t: float, freedom: int) -> float:
    """Return P(-t <= T <= t) for Student's t with `freedom` degrees of freedom (a whole number, t >= 0).

    >>> round(t_central(12.7062047362, 1), 10)
    0.95
    """
    angle = math.atan(t / math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    if freedom % 2:
        term, total = cosine, 0.0
        for k in range(1, (freedom - 1) // 2 + 1):
            total += term
            term *= cosine * cosine * 2 * k / (2 * k + 1)
        return 2 / math.pi * (angle + sine * total)
    term, total = 1.0, 0.0
    for k in range(1, freedom // 2 + 1):
        total += term
        term *= cosine * cosine * (2 * k - 1) / (2 * k)
    return sine * total


@lru_cache(maxsize=4096)
def t_quantile(level: float, freedom: int) -> float:
    """Return the t with P(-t <= T <= t) = `level`; infinite without degrees of freedom.

    >>> round(t_quantile(0.95, 19), 4)
    2.093
    """
    if not 0 < level < 1:
        raise ValueError(f"the level of an interval is a share between 0 and 1, not {level}")
    if freedom < 1:
        return math.inf
    low, high = 0.0, 1.0
    while t_central(high, freedom) < level:
        low, high = high, 2 * high
    while True:
        middle = (low + high) / 2
        if middle in {low, high}:  # neighbouring floats: nothing left to halve
            return middle
        if t_central(middle, freedom) < level:
            low = middle
        else:
            high = middle


def t_half_width(sd: ArrayLike, n: ArrayLike, level: float = LEVEL) -> Floats:
    """Return half the t-interval of a mean of `n` values with standard deviation `sd` (NaN for n < 2)."""
    deviation, counts = np.asarray(sd, np.float64), np.asarray(n, np.int64)
    quantile = np.array([t_quantile(level, int(c) - 1) if c > 1 else np.nan for c in counts.ravel()])
    half: Floats = deviation * quantile.reshape(counts.shape) / np.sqrt(np.maximum(counts, 1))
    return half


def wilson(successes: ArrayLike, trials: ArrayLike, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Return the Wilson score interval of a share, elementwise (NaN where there are no trials).

    It stays inside 0 to 1 and is sensible for few or no successes (Wilson 1927; Brown, Cai and DasGupta
    2001).
    """
    count, total = np.asarray(successes, np.float64), np.asarray(trials, np.float64)
    z = NormalDist().inv_cdf((1 + level) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = count / total
        centre = (share + z**2 / (2 * total)) / (1 + z**2 / total)
        half = z / (1 + z**2 / total) * np.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    # at 0 and 1 rounding could leave the bound a hair off the end
    low = np.where(count == 0, np.where(total > 0, 0.0, np.nan), centre - half)
    high = np.where(count == total, np.where(total > 0, 1.0, np.nan), centre + half)
    return low, high
