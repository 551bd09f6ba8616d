"""Places on a map: distances, minutes from door to door, and whether a point lies in an outline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from labsim.config.place_forms import StraightLines

Floats = NDArray[np.float64]
Points = Sequence[tuple[float, float]]
KM_NORTH, KM_EAST = 110.57, 111.32
"""Length of a degree of latitude, and of one of longitude at the equator."""


def distances(points: Points, others: Points) -> Floats:
    """Return straight lines between points (latitude, longitude), km, (points, others)."""
    a, b = np.array(points, np.float64).reshape(-1, 2), np.array(others, np.float64).reshape(-1, 2)
    north = a[:, np.newaxis, 0] - b[np.newaxis, :, 0]
    middle = np.radians((a[:, np.newaxis, 0] + b[np.newaxis, :, 0]) / 2.0)
    east = (a[:, np.newaxis, 1] - b[np.newaxis, :, 1]) * np.cos(middle)
    return np.round(np.sqrt((KM_NORTH * north) ** 2 + (KM_EAST * east) ** 2), 3)


def door_to_door(points: Points, within: Sequence[float], rule: StraightLines) -> Floats:
    """Return minutes between all points, rounded to whole minutes; on the diagonal ``within``."""
    road = rule.detour * distances(points, points)
    slow = np.minimum(road, rule.slow_until)
    minutes = rule.access + 60.0 * (slow / rule.slow + (road - slow) / rule.fast)
    out = np.round(minutes)
    np.fill_diagonal(out, within)
    return out


def inside(points: Points, outline: Points) -> NDArray[np.bool_]:
    """Return which points lie inside a polygon (even-odd rule)."""
    p = np.array(points, np.float64).reshape(-1, 2)
    y, x = p[:, 0], p[:, 1]
    odd = np.zeros(len(p), bool)
    for (y0, x0), (y1, x1) in zip(outline, [*outline[1:], outline[0]], strict=True):
        if y0 == y1:
            continue
        crosses = (y0 > y) != (y1 > y)
        odd ^= crosses & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return odd
