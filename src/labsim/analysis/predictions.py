"""What was expected and what came: statements of an experiment's author, held against paired intervals.

A statement is judged by the whole interval, not by the mean: it came true if every value in the interval fits it, came
out otherwise if none does, and is open if the interval covers both.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from labsim.analysis.contrasts import contrast, mean_over_seeds
from labsim.analysis.tables import SERIES, WHOLE
from labsim.analysis.windows import Phase, phase_means

CAME_TRUE, OTHERWISE, OPEN = "came true", "came out otherwise", "open"
"""The three answers."""

DIRECTIONS = ("rises", "falls", "no_change")
BOUNDS = ("at_least", "at_most", "between")

Range = tuple[float, float]


def expected_range(expect: Any, margin: float = 0.0) -> Range:
    """Return the differences that a statement allows, as (lowest, highest).

    `expect` is one of `DIRECTIONS`, or {at_least: x}, {at_most: x}, {between: [x, y]}. "no_change" allows differences
    up to `margin`: an interval has a width, so nothing can be shown to be exactly zero.

    >>> expected_range("falls"), expected_range({"between": [1, 2]}), expected_range("no_change", 0.1)
    ((-inf, 0.0), (1.0, 2.0), (-0.1, 0.1))
    """
    if expect == "rises":
        return 0.0, math.inf
    if expect == "falls":
        return -math.inf, 0.0
    if expect == "no_change":
        return -margin, margin
    (kind, value), *rest = dict(expect).items()
    if rest or kind not in BOUNDS:
        raise ValueError(f"an expectation is one of {', '.join((*DIRECTIONS, *BOUNDS))}, not {expect!r}")
    if kind == "between":
        low, high = value
        return float(low), float(high)
    return (float(value), math.inf) if kind == "at_least" else (-math.inf, float(value))


def verdict(expect: Any, low: float, high: float, margin: float = 0.0) -> str:
    """Return whether a statement came true, came out otherwise, or is open, given the interval from low to high.

    A rise or a fall that is exactly zero is none. Without an interval (NaN: a single pair) the answer is open.

    >>> verdict("rises", 0.1, 0.3), verdict("rises", -0.1, 0.3), verdict("rises", 0.0, 0.0)
    ('came true', 'open', 'came out otherwise')
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return OPEN
    least, most = expected_range(expect, margin)
    if expect in ("rises", "falls"):  # zero itself is neither
        fits = low > 0 if expect == "rises" else high < 0
        never = high <= 0 if expect == "rises" else low >= 0
    else:
        fits = least <= low and high <= most
        never = high < least or low > most
    return CAME_TRUE if fits else OTHERWISE if never else OPEN


def predictions(
    indicators: pd.DataFrame,
    expectations: Iterable[Mapping[str, Any]],
    windows: Iterable[tuple[str, Phase]],
    margins: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Return each expectation with the paired difference that came, and whether it came true.

    Parameters
    ----------
    indicators
        Tidy indicators of all scenarios named.
    expectations
        Each with outcome, scenario, baseline, window, expect, and optionally municipality, group, because.
    windows
        The spans of months, by the name that expectations use.
    margins
        Differences up to which an outcome counts as unchanged, by outcome, in its unit.

    Returns
    -------
    One row per expectation: its own entries, ``mean``, ``low``, ``high`` (95 %), ``pairs`` and ``verdict``. Without
    any pair mean and interval are NaN and the verdict is open.
    """
    spans = dict(windows)
    rows = []
    for stated in expectations:
        asked = {"municipality": WHOLE, "group": WHOLE, "because": ""} | dict(stated)
        found = _difference(indicators, asked, spans[str(asked["window"])])
        margin = float((margins or {}).get(str(asked["outcome"]), 0.0))
        answer = verdict(asked["expect"], found["low"], found["high"], margin)
        rows.append(asked | found | {"margin": margin, "verdict": answer})
    names = ["outcome", "scenario", "baseline", "window", "municipality", "group", "expect", "because"]
    return pd.DataFrame(rows, columns=[*names, "margin", "mean", "low", "high", "pairs", "verdict"])


def _difference(indicators: pd.DataFrame, asked: Mapping[str, Any], span: Phase) -> dict[str, float]:
    """Return the paired difference of one outcome in one window, with its interval."""
    pair = (asked["scenario"], asked["baseline"])
    rows = indicators[
        (indicators["indicator"] == asked["outcome"])
        & (indicators["municipality"] == asked["municipality"])
        & (indicators["group"] == asked["group"])
        & indicators["scenario"].isin(pair)
    ]
    nothing = {"mean": np.nan, "low": np.nan, "high": np.nan, "pairs": 0.0}
    if set(rows["scenario"].unique()) != set(pair):
        return nothing
    means = phase_means(rows, [span])
    table = mean_over_seeds(contrast(means, {pair[0]: 1.0, pair[1]: -1.0}, "phase"), [*SERIES, "phase"])
    if table.empty:
        return nothing
    row = table.iloc[0]
    return {name: float(row[name]) for name in nothing}
