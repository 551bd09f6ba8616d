"""Process 5, the loops over participants: who delivers to whom, and how costs are divided to the cent."""

from __future__ import annotations

from typing import Any

import numpy as np

from labsim.compiling import kernel
from labsim.rng import Purpose, draw4, rule

_PROVIDER = int(Purpose.PROVIDER)
DIGITS_OF_CENTS = 1e6


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
