"""Process 5, the loop over providers: all live a month as `labsim.state.institutions.Provider` says, bit for bit."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba.extending import register_jitable

from labsim.compiling import kernel
from labsim.rng import rule

TENTH_TO_12 = 1e12
SPLIT = 134217729.0
"""2 ** 27 + 1: splits a number of 53 bits into two halves whose products are exact (Veltkamp)."""
UPPER = TENTH_TO_12 * SPLIT - (TENTH_TO_12 * SPLIT - TENTH_TO_12)
LOWER = TENTH_TO_12 - UPPER
WIDE = 8192.0
"""From here on neighbouring numbers lie further apart than the 12th digit, which then changes nothing."""


class ProviderTerms(NamedTuple):
    """Numbers of `ProviderParameters` that a month needs; ``smallest`` at the scale of the run, places."""

    buffer: float
    layoff: float
    growth: float
    entry: float
    competence: float
    new_competence: float
    competence_loss: float
    competence_regain: float
    break_even: float
    reserves: float
    smallest: float


@register_jitable
def rounded(x: float) -> float:
    """Return x rounded to 12 digits, as Python's ``round(x, 12)`` does: by the exact product with 10 ** 12.

    The product is taken as a sum of two numbers (Dekker), because rounding it first would turn some digits.

    >>> rounded(0.1234567890126), rounded(0.1234567890125) == round(0.1234567890125, 12)
    (0.123456789013, True)
    """
    size = abs(x)
    if size >= WIDE:
        return x
    product = size * TENTH_TO_12
    shifted = SPLIT * size
    upper = shifted - (shifted - size)
    lower = size - upper
    beyond = ((upper * UPPER - product) + upper * LOWER + lower * UPPER) + lower * LOWER
    whole = np.rint(product)
    apart = product - whole
    odd = whole % 2.0 == 1.0
    if (apart == 0.5 and beyond > 0.0) or (beyond == 0.5 and odd):
        whole += 1.0
    elif (apart == -0.5 and beyond < 0.0) or (beyond == -0.5 and odd):
        whole -= 1.0
    return float(np.copysign(whole / TENTH_TO_12, x))


@register_jitable
def added_up(values: Any, first: int, last: int) -> float:
    """Return the sum of values first..last - 1 as Python's ``sum`` forms it: with what rounding lost (Neumaier)."""
    total, lost = 0.0, 0.0
    for k in range(first, last):
        x = values[k]
        together = total + x
        lost += (total - together) + x if abs(total) >= abs(x) else (x - together) + total
        total = together
    return total + lost


@rule
def live_a_month(row: int, places: float, growth: float, t: Any, e: Any) -> None:
    """Let one provider of the table ``e`` live a month with orders for ``places``: `Provider.live_a_month`."""
    capacity, competence = e.capacity[row], e.competence[row]
    ordered = rounded(places)
    e.orders[row] = ordered
    surplus = capacity - places * (1.0 + t.buffer)
    if surplus > 0.0:
        leaving = t.layoff * surplus
        lost = leaving / capacity if capacity > 0.0 else 0.0
        competence = rounded(competence * (1.0 - t.competence_loss * lost))
        capacity = rounded(max(capacity - leaving, 0.0))
    else:
        capacity = rounded(capacity + growth)
    stays = False
    if capacity > 0.0:
        competence = rounded(competence + t.competence_regain * (t.competence - competence))
        used = min(ordered / capacity, 1.0)
        left = e.reserves[row] + (used - t.break_even) / max(t.break_even, 1e-9)
        e.reserves[row] = rounded(min(left, t.reserves))
        stays = left >= 0.0 and capacity >= t.smallest
    e.competence[row] = competence
    e.capacity[row] = capacity if stays else 0.0
    if not stays:
        e.reserves[row] = 0.0


@kernel
def provide_alike(need: Any, total: Any, stopped: Any, per_field: Any, t: Any, e: Any) -> None:
    """Divide the places needed, and what capacity may grow by, among the providers of each field.

    ``need`` and ``total`` capacity are places (m, field); where ``stopped`` (m,), nobody invests any more. A newcomer
    takes the part of the growth that is entry; where that is too little for a provider, those that are there take it.
    """
    fields = need.shape[1]
    for m in range(need.shape[0]):
        for field in range(fields):
            wanted, there = need[m, field], total[m, field]
            if not (wanted > 0.0 or there > 0.0):
                continue
            shortage = 0.0 if stopped[m] else max(wanted * (1.0 + t.buffer) - there, 0.0)
            entry = t.entry * t.growth * wanted
            growth = min(shortage, t.growth * there + entry)
            entry = min(growth, entry)
            first = (m * fields + field) * per_field
            size, empty = added_up(e.capacity, first, first + per_field), -1
            for row in range(first + per_field - 1, first - 1, -1):
                if e.capacity[row] == 0.0:
                    empty = row
            newcomer = entry if empty >= 0 and entry >= t.smallest else 0.0
            for row in range(first, first + per_field):
                if e.capacity[row] > 0.0:
                    part = e.capacity[row] / size
                    live_a_month(row, wanted * part, (growth - newcomer) * part, t, e)
                elif row == empty and newcomer > 0.0:
                    e.capacity[row] = rounded(newcomer)
                    e.competence[row] = rounded(t.new_competence)
                    e.reserves[row] = rounded(t.reserves)
