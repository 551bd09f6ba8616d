"""Elementary effects from Morris's design (Morris 1991; Campolongo, Cariboni and Saltelli 2007)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from labsim.analysis.intervals import t_half_width
from labsim.analysis.tables import TableError

Floats = NDArray[np.float64]
FEWEST = 2


def elementary_effects(
    ranges: Mapping[str, tuple[float, float]], points: NDArray[np.int64], x: Floats, means: Floats
) -> pd.DataFrame:
    """Return the elementary effects of every factor, largest mean absolute effect first.

    Parameters
    ----------
    ranges
        Lowest and highest value of each factor, in the order of the columns of `x`.
    points
        Numbers of the points of the whole design, ascending: a trajectory is d + 1 of them in a row, (n,).
    x, means
        The factors, (n, d), and the response, (n,), at these points.

    Returns
    -------
    factor, mu (mean effect of taking the factor over its whole range), mu_star (mean absolute effect) with low and
    high (t-interval over the trajectories), sigma (spread of the effects: interaction or curvature), trajectories. A
    whole-number factor that a step did not move after rounding has no effect there. Trajectories with a missing point
    are left out.
    """
    names = list(ranges)
    size = len(names) + 1
    places, counts = np.unique(points // size, return_counts=True)
    whole = places[counts == size]
    if len(whole) < FEWEST:
        raise TableError(f"{len(whole)} whole trajectories of Morris's design are too few: at least {FEWEST}")
    span = np.array([high - low for low, high in ranges.values()])
    effects = np.zeros((len(whole), len(names)))
    for t, place in enumerate(whole):
        here = points // size == place
        steps, change = np.diff(x[here], axis=0) / span, np.diff(means[here])
        for step, moved in zip(steps, change, strict=True):
            factor = int(np.argmax(np.abs(step)))
            if step[factor] != 0.0:
                effects[t, factor] = moved / step[factor]
    rows: list[dict[str, Any]] = []
    for j, name in enumerate(names):
        size_of = np.abs(effects[:, j])
        half = float(t_half_width(size_of.std(ddof=1), len(whole)))
        rows.append({
            "factor": name, "mu": effects[:, j].mean(), "mu_star": size_of.mean(), "low": size_of.mean() - half,
            "high": size_of.mean() + half, "sigma": effects[:, j].std(ddof=1), "trajectories": len(whole),
        })  # fmt: skip
    table = pd.DataFrame(rows).round(12)
    return table.sort_values("mu_star", ascending=False, kind="stable", ignore_index=True)
