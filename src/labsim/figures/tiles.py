"""Where the tiles of municipalities stand: neighbours near each other, no two on one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Tile = tuple[int, int]
"""Row (from the top) and column (from the left)."""


def from_coordinates(places: Mapping[str, tuple[float, float]]) -> dict[str, Tile]:
    """Return a tile for each place; `places` gives latitude and longitude in degrees, north is up.

    >>> from_coordinates({"south-west": (51.0, 12.0), "north-east": (53.0, 14.0)})
    {'south-west': (1, 0), 'north-east': (0, 1)}
    """
    names = list(places)
    latitude = np.array([places[name][0] for name in names])
    longitude = np.array([places[name][1] for name in names])
    return _tiles(names, np.column_stack([longitude * np.cos(np.radians(latitude.mean())), -latitude]))


def from_minutes(names: Sequence[str], minutes: Sequence[Sequence[float]]) -> dict[str, Tile]:
    """Return a tile for each place from minutes of travel between all of them (classical scaling).

    Directions mean nothing: the picture may be turned or mirrored against the map. Equal minutes give equal tiles.
    """
    if len(names) == 1:
        return {names[0]: (0, 0)}
    far = np.asarray(minutes, np.float64)
    squared = ((far + far.T) / 2) ** 2
    np.fill_diagonal(squared, 0.0)
    centre = np.eye(len(names)) - 1.0 / len(names)
    values, vectors = np.linalg.eigh((-0.5 * centre @ squared @ centre).round(6))
    points = vectors[:, ::-1][:, :2] * np.sqrt(np.maximum(values[::-1][:2], 0.0))
    if points.shape[1] < 2:
        points = np.column_stack([points, np.zeros(len(names))])
    for axis in range(2):  # the sign of an eigenvector is not determined
        largest = int(np.argmax(np.abs(points[:, axis]).round(9)))
        points[:, axis] *= -1.0 if points[largest, axis] < 0 else 1.0
    return _tiles(list(names), points.round(6))


def _tiles(names: list[str], points: Floats) -> dict[str, Tile]:
    """Return the tiles nearest to the points (right, down): places in the thick of it choose first."""
    count = len(names)
    if count == 1:
        return {names[0]: (0, 0)}
    spread = np.ptp(points, axis=0)
    side = np.sqrt(max(spread[0], spread.max() / 4) * max(spread[1], spread.max() / 4) / count) or 1.0
    wished = (points - points.min(axis=0)) / side
    apart = np.hypot(*(wished[:, None, :] - wished[None, :, :]).transpose(2, 0, 1)) + np.eye(count) * 1e9
    order = sorted(range(count), key=lambda each: (round(float(apart[each].min()), 9), names[each]))
    taken: dict[Tile, int] = {}
    for each in order:
        x, y = wished[each]
        reach = count + 1
        free = [
            (row, column)
            for row in range(int(y) - reach, int(y) + reach + 1)
            for column in range(int(x) - reach, int(x) + reach + 1)
            if (row, column) not in taken
        ]
        best = min(free, key=lambda tile: (round((tile[0] - y) ** 2 + (tile[1] - x) ** 2, 9), tile))
        taken[best] = each
    rows = sorted({row for row, _ in taken})
    columns = sorted({column for _, column in taken})
    return {
        names[each]: (rows.index(row), columns.index(column))
        for (row, column), each in sorted(taken.items(), key=lambda item: item[1])
    }
