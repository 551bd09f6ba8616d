"""Process 5, the loop over municipalities: budgets divided anew, bit for bit as `Municipality.divide` does."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba.extending import register_jitable

from labsim.compiling import kernel

TEN_DIGITS = 1e10
UNROLLED = 8
MOST = 128
"""Measures of one funder up to which sums are formed as NumPy forms them; nobody has as many."""


class Wishes(NamedTuple):
    """How a group of measures (k,) is divided in each municipality (m,)."""

    part: Any  # (m,) of the group that is decided on the spot; below 0: not divided at all
    local: Any  # (m,) weight of local need
    shift: Any  # (m,) weight of others' money
    need: Any  # (m, need) relative to the whole place
    serves: Any  # (k of all measures,) column of ``need``
    own: Any  # (k of all measures,) share that the municipality pays


@register_jitable
def added(values: Any, n: int) -> float:
    """Return the sum of the first n values, at most `MOST`, in the order in which NumPy adds a row (pairwise)."""
    if n < UNROLLED:
        total = 0.0
        for k in range(n):
            total += values[k]
        return total
    a, b, c, d = values[0], values[1], values[2], values[3]
    e, f, g, h = values[4], values[5], values[6], values[7]
    whole = n - n % UNROLLED
    for k in range(UNROLLED, whole, UNROLLED):
        a, b, c, d = a + values[k], b + values[k + 1], c + values[k + 2], d + values[k + 3]
        e, f, g, h = e + values[k + 4], f + values[k + 5], g + values[k + 6], h + values[k + 7]
    total = ((a + b) + (c + d)) + ((e + f) + (g + h))
    for k in range(whole, n):
        total += values[k]
    return float(total)


@kernel
def divide_on_the_spot(money: Any, ks: Any, wishes: Any, space: Any) -> None:
    """Divide what ``money`` (m, k) there is for the measures ``ks`` anew, in every municipality that decides.

    The total stays. ``space`` (2, `MOST`) is working space.
    """
    w, n = wishes, ks.size
    plan, wish = space[0], space[1]
    for m in range(money.shape[0]):
        local, shift = w.part[m] * w.local[m], w.part[m] * w.shift[m]
        if w.part[m] <= 0.0 or (local == 0.0 and shift == 0.0):
            continue
        for k in range(n):
            plan[k] = money[m, ks[k]]
        total = added(plan, n)
        if total == 0.0:
            continue
        for turn in range(2):
            weight = shift if turn else local
            if weight <= 0.0:
                continue
            for k in range(n):
                wanted = 1.0 - w.own[ks[k]] if turn else w.need[m, w.serves[ks[k]]]
                wish[k] = plan[k] * wanted
            whole = added(wish, n)
            if whole > 0.0:
                for k in range(n):
                    money[m, ks[k]] = (1.0 - weight) * money[m, ks[k]] + weight * wish[k] * (total / whole)
        for k in range(n):
            money[m, ks[k]] = np.rint(money[m, ks[k]] * TEN_DIGITS) / TEN_DIGITS
