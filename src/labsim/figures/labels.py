"""Where labels stand, so that none covers another."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

Box = tuple[float, float, float, float]
"""Left, bottom, right, top, in pixels."""

CHARACTER = 7.0
LINE = 14.0
"""Width of a character and height of a line of small type, in pixels (generous)."""

AROUND = ((8, 8), (8, -8), (-8, 8), (-8, -8), (0, 13), (0, -13), (13, 0), (-13, 0))
"""Places to try around a point, in pixels right and up."""


def spread(
    positions: Sequence[float], gap: float, low: float = -math.inf, high: float = math.inf
) -> list[float]:
    """Return `positions` moved as little as needed (in the sense of least squares) to keep `gap` between all.

    The order stays. Labels that are pushed together form a block around the mean of what they wanted. All
    end up between `low` and `high` if there is room for them.

    >>> spread([0.0, 1.0, 10.0], 4.0)
    [-1.5, 2.5, 10.0]
    >>> spread([0.0, 1.0, 10.0], 4.0, low=0.0, high=9.0)
    [0.0, 4.0, 9.0]
    """
    order = np.argsort(positions, kind="stable")
    blocks: list[list[float]] = []  # each: wished starts of the block's members, less their place in it
    for index in order:
        blocks.append([positions[index]])
        while len(blocks) > 1 and _start(blocks[-1]) < _start(blocks[-2]) + gap * len(blocks[-2]):
            last = blocks.pop()
            offset = gap * len(blocks[-1])
            blocks[-1] += [wish - offset for wish in last]
    placed = [_start(block) + gap * rank for block in blocks for rank in range(len(block))]
    for rank in range(len(placed)):  # nothing below the lower edge ...
        placed[rank] = max(placed[rank], low + gap * rank)
    for rank in range(len(placed)):  # ... and nothing above the upper one
        placed[-1 - rank] = min(placed[-1 - rank], high - gap * rank)
    result = [0.0] * len(placed)
    for index, place in zip(order, placed, strict=True):
        result[index] = float(place)
    return result


def _start(block: Sequence[float]) -> float:
    """Return where a block starts so that its members are as near as possible to their wishes."""
    return sum(block) / len(block)


def around_points(
    points: Sequence[tuple[float, float]],
    texts: Sequence[str],
    marks: Sequence[tuple[float, float]],
    lines: Sequence[tuple[float, float]] = (),
) -> list[tuple[float, float] | None]:
    """Return for each point (pixels) a shift at which its text covers no other text and no mark, or None.

    Texts earlier in the list choose first, so put the important ones there. `marks` are points that no text
    may cover, `lines` points (along lines) that a text covers only if there is no other place. The shift is
    from the point to the middle of the text, in pixels right and up.
    """
    taken: list[Box] = []
    shifts: list[tuple[float, float] | None] = []
    for (x, y), text in zip(points, texts, strict=True):
        width = CHARACTER * len(text)
        free: list[tuple[int, tuple[float, float], Box]] = []
        for right, up in AROUND:
            shift = (float(np.sign(right)) * (abs(right) + width / 2), float(up))
            left, bottom = x + shift[0] - width / 2, y + shift[1] - LINE / 2
            box = (left, bottom, left + width, bottom + LINE)
            if any(_overlap(box, other) for other in taken) or any(_inside(mark, box) for mark in marks):
                continue
            free.append((sum(_inside(point, box) for point in lines), shift, box))
        best = min(free, key=lambda place: place[0], default=None)
        shifts.append(best[1] if best else None)
        if best:
            taken.append(best[2])
    return shifts


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _inside(point: tuple[float, float], box: Box) -> bool:
    return box[0] < point[0] < box[2] and box[1] < point[1] < box[3]
