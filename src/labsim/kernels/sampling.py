"""Fixed slots for vacancies: each has a hashed place in its cell, so that one more does not re-deal all luck."""

from __future__ import annotations

from typing import Any

import numpy as np

from labsim.compiling import kernel
from labsim.kernels.blocks import part
from labsim.rng import whole


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


@kernel
def mark_open(slots: Any, filled_by: Any, marks: Any) -> None:
    """Write a bit per slot to ``marks`` (slots / 64 + 1,) uint64: 1 if an open vacancy is in it."""
    marks[:] = 0
    for place in range(slots.size):
        j = slots[place]
        if j >= 0:
            is_open = np.uint64(filled_by[j] < 0)
            marks[place >> 6] |= is_open << np.uint64(place & 63)


@kernel
def guide_cells(cumulated: Any, guide: Any) -> None:
    """Write to ``guide`` (c, g) where `pick_cell` may begin, as seen from each home cell, for numbers from k / g on."""
    last, steps = cumulated.shape[1] - 1, guide.shape[1]
    for home in range(cumulated.shape[0]):
        cell = 0
        for k in range(steps):
            x = (k / steps) * cumulated[home, last]
            while cell < last and cumulated[home, cell] <= x:
                cell += 1
            guide[home, k] = cell


@part
def guided_cell(cumulated: Any, guide: Any, home: int, u: float) -> int:
    """Return what `pick_cell` returns, from a place near by."""
    last = cumulated.shape[1] - 1
    total = cumulated[home, last]
    if total <= 0.0:
        return -1
    x = u * total
    cell = whole(guide[home, whole(u * guide.shape[1])])
    while cell < last and cumulated[home, cell] <= x:
        cell += 1
    return cell


@part
def marked(marks: Any, place: int) -> Any:
    """Return the bit of a place, 0 or 1."""
    at = np.uint64(place)
    return (marks[at >> np.uint64(6)] >> (at & np.uint64(63))) & np.uint64(1)


@part
def marked_slot(marks: Any, slots: Any, offset: int, mask: int, u: float) -> int:
    """Return what `pick_slot` returns for a cell with this offset and mask."""
    word = whole(u * 4294967296.0)
    place, step = word & mask, ((word >> 15) & mask) | 1
    for _ in range(mask + 1):
        if marked(marks, offset + place):
            return whole(slots[offset + place])
        place = (place + step) & mask
    return -1
