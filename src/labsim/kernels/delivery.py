"""Process 5, the loops over participants: who delivers to whom, and how costs are divided to the cent."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba.extending import register_jitable

from labsim.compiling import kernel
from labsim.rng import Purpose, draw4, rule

_PROVIDER, _PLACES = int(Purpose.PROVIDER), int(Purpose.PLACES)
NINE_DIGITS = 1e9
DIGITS_OF_CENTS = 1e6


class RationTerms(NamedTuple):
    """What rationing reads of all measures (k,), and the positions of those that have money this month."""

    positions: Any
    names: Any  # number of the name
    prices: Any  # EUR per entry
    fields: Any  # field of work
    ordered: Any  # whether places are ordered from providers


@rule
def provider_weight(capacity: float, competence: float, participants: int, free_choice: bool) -> float:
    """Return the weight with which a provider is chosen."""
    weight = max(capacity - participants, 0.0) + 1e-6 * (1.0 if capacity > 0.0 else 0.0)
    return weight * (competence * competence) if free_choice else weight


@kernel
def divide_cents(cents: Any, shares: Any, out: Any) -> None:
    """Write amounts (m,) divided by shares that add up to 1 to ``out`` (m, payers): whole cents, largest remainders."""
    payers = shares.size
    for m in range(cents.size):
        left = cents[m]
        for k in range(payers):
            out[m, k] = np.int64(np.floor(np.rint(cents[m] * shares[k] * DIGITS_OF_CENTS) / DIGITS_OF_CENTS))
            left -= out[m, k]
        served = 0
        for _ in range(min(left, payers)):
            best, most = -1, 0.0
            for k in range(payers):
                exact = np.rint(cents[m] * shares[k] * DIGITS_OF_CENTS) / DIGITS_OF_CENTS
                if not (served >> k) & 1 and (best < 0 or out[m, k] - exact < most):
                    best, most = k, out[m, k] - exact
            served |= 1 << best
            out[m, best] += 1


@register_jitable
def smallest_of(values: Any, n: int, rank: int) -> float:
    """Return the ``rank``-th smallest of the first n values (1 = the smallest), which change places (Hoare)."""
    lo, hi, wanted = 0, n - 1, rank - 1
    while lo < hi:
        pivot, i, j = values[(lo + hi) // 2], lo, hi
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if wanted <= j:
            hi = j
        elif wanted >= i:
            lo = i
        else:
            break
    return float(values[wanted])


@rule
def drawn_whole(number: float, lot: float) -> int:
    """Return a number's whole part, or one more with the chance that its fraction says."""
    return int(np.floor(np.rint(number * NINE_DIGITS) / NINE_DIGITS + lot))


@kernel
def ration(money: Any, terms: Any, free: Any, key: Any, month: Any, asked: Any, entries: Any) -> None:
    """Write the ``entries`` (k, m) that money (m, k) pays for and free places (m, field) allow: fractions by lot.

    Where a field's places are short, all its measures are cut in the same proportion. ``terms`` are `RationTerms`;
    ``asked`` (m, field) is zero before and working space.
    """
    t = terms
    for at in range(t.positions.size):
        k = t.positions[at]
        for m in range(money.shape[0]):
            lot = draw4(key, _PLACES, month, m + (t.names[k] << 24), 0)[0]
            entries[k, m] = drawn_whole(money[m, k] / t.prices[k], lot)
            if t.ordered[k]:
                asked[m, t.fields[k]] += entries[k, m]
    for at in range(t.positions.size):
        k = t.positions[at]
        if not t.ordered[k]:
            continue
        field = t.fields[k]
        for m in range(money.shape[0]):
            if asked[m, field] > free[m, field]:
                lot = draw4(key, _PLACES, month, m + (t.names[k] << 24), 1)[0]
                part = entries[k, m] * free[m, field] / max(asked[m, field], 1)
                entries[k, m] = min(drawn_whole(part, lot), entries[k, m])


@kernel
def choose_provider(
    rows: Any,
    municipality: Any,
    provider: Any,
    capacity: Any,
    competence: Any,
    participants: Any,
    first: Any,
    slots: Any,
    per_field: Any,
    free_choice: Any,
    key: Any,
    month: Any,
) -> None:
    """Give each person in ``rows`` one of the providers ``first``.. of the municipality's ``slots``, or none (0).

    They go where places are free; who chooses freely also looks at competence. Then they count as participants.
    """
    for i in rows:
        begin = np.int64(municipality[i]) * slots + first
        total = 0.0
        for k in range(begin, begin + per_field):
            total += provider_weight(capacity[k], competence[k], participants[k], free_choice)
        if total <= 0.0:
            provider[i] = 0
            continue
        lot = draw4(key, _PROVIDER, month, i, 1)[0]
        chosen, cumulated = 0, 0.0
        for k in range(begin, begin + per_field):
            cumulated += provider_weight(capacity[k], competence[k], participants[k], free_choice)
            chosen += cumulated / total <= lot
        provider[i] = first + min(chosen, per_field - 1) + 1
    for i in rows:
        if provider[i] > 0:
            participants[np.int64(municipality[i]) * slots + provider[i] - 1] += 1


@kernel
def count_between(table: Any, bounds: Any, number: Any) -> None:
    """Write to ``number`` (k, m) how many of each row of ``table`` (k, n) are true between ``bounds`` (m + 1,)."""
    for k in range(table.shape[0]):
        for m in range(bounds.size - 1):
            found = 0
            for at in range(bounds[m], bounds[m + 1]):
                found += table[k, at]
            number[k, m] = found


@kernel
def choose_first(
    last: Any, free: Any, eligible: Any, bounds: Any, places: Any, space: Any, chosen: Any
) -> Any:
    """Write who gets a place to ``chosen``: in each municipality those with the least of ``last``, as many as places.

    Candidates stand by municipality between ``bounds`` (m + 1,), all others are (n,); in question come those who are
    ``free`` and ``eligible``. Returns how many were chosen, in ascending order; -1 if two who stand at the limit are
    equal, which NumPy then decides (`labsim.state.institutions.base.first_places`). ``space`` (n,) is working space.
    """
    taken = 0
    for m in range(places.size):
        if places[m] <= 0:
            continue
        asking = 0
        for at in range(bounds[m], bounds[m + 1]):
            if free[at] and eligible[at]:
                space[asking] = last[at]
                asking += 1
        least = smallest_of(space, asking, places[m]) if asking > places[m] else np.inf
        begin = taken
        for at in range(bounds[m], bounds[m + 1]):
            if free[at] and eligible[at] and last[at] <= least:
                chosen[taken] = at
                taken += 1
        if asking > places[m] and taken - begin != places[m]:
            return -1
    return taken
