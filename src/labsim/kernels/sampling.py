"""Fixed slots for vacancies: each has a hashed place in its cell, so that one more does not re-deal all luck."""

from __future__ import annotations

from typing import Any

import numpy as np

from labsim.compiling import kernel


@kernel
def count_cells(v: Any, occupations: Any, cells: Any, by_municipality: Any) -> None:
    """Count open vacancies: ``cells`` (c, 2) all and registered; ``by_municipality`` (m,)."""
    for j in range(v.employer.size):
        if v.filled_by[j] < 0:
            c = v.municipality[j] * occupations + v.occupation[j]
            cells[c, 0] += 1
            cells[c, 1] += v.registered[j]
            by_municipality[v.municipality[j]] += 1


@kernel
def place_vacancies(v: Any, occupations: Any, offset: Any, mask: Any, slots: Any, registered: Any) -> None:
    """Put each open vacancy into its slot: a hash of employer and number, the next free one if taken.

    With ``registered`` = 1 only registered vacancies are placed.
    """
    slots[:] = -1
    mix1, mix2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
    shift = np.uint64(33)
    for j in range(v.employer.size):
        if v.filled_by[j] >= 0 or v.registered[j] < registered:
            continue
        c = v.municipality[j] * occupations + v.occupation[j]
        x = np.uint64(v.employer[j]) | (np.uint64(v.number[j]) << np.uint64(32))
        x = (x ^ (x >> shift)) * mix1
        x = (x ^ (x >> shift)) * mix2
        place = np.int64((x ^ (x >> shift)) & np.uint64(mask[c]))
        while slots[offset[c] + place] >= 0:
            place = (place + 1) & mask[c]
        slots[offset[c] + place] = j
