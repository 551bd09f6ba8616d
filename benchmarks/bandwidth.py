"""The machine's memory bandwidth: the triad of STREAM, one thread."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numba import njit

SIZE = 8_000_000
BYTES_PER_ELEMENT = 24  # two reads and a write of 8 bytes


@njit(cache=True, nogil=True)
def _triad(a: Any, b: Any, c: Any, factor: float) -> None:
    for i in range(a.size):
        a[i] = b[i] + factor * c[i]


class Triad:
    """Arrays for the triad, kept so that several measurements cost no page faults."""

    def __init__(self, size: int = SIZE) -> None:
        self.arrays = np.zeros(size), np.ones(size), np.ones(size)
        _triad(*self.arrays, 3.0)

    def gigabytes_per_second(self) -> float:
        """Return the bandwidth now, GB/s: the best of three passes."""
        best = float("inf")
        for _ in range(3):
            begin = time.perf_counter()
            _triad(*self.arrays, 3.0)
            best = min(best, time.perf_counter() - begin)
        return self.arrays[0].size * BYTES_PER_ELEMENT / best / 1e9
