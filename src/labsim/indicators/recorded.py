"""What a run recorded, month by month, and how to read it: counts by municipality and group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labsim.codes import CENSUS_GROUPS, FIXED_POINT, MEASURES_OF, STATES

Floats = NDArray[np.float64]
DURATION_GROUPS: dict[str, tuple[int, ...]] = {
    "all": (0, 1, 2, 3, 4, 5),
    "youth": (0, 1),
    "older": (4, 5),
    "low_skilled": (1, 3, 5),
}
"""Groups as sets of base groups (2 * age band + low skilled); they overlap."""
GROUPS: dict[str, tuple[int, ...]] = {
    name: tuple(code for base in bases for code in (2 * base, 2 * base + 1))
    for name, bases in DURATION_GROUPS.items()
} | {"long_term": tuple(range(1, CENSUS_GROUPS, 2))}
"""Groups as sets of the census's groups; "long_term": without a job for 12 months or more (none of them employed)."""
SUMS = ("wage", "skill", "employability", "trust", "jobless_employability", "jobless_trust")


@dataclass(frozen=True)
class Recorded:
    """Counts of t months; every method returns persons or events as floats, the whole place as last row (m + 1).

    The whole place is its municipalities without those outside the place proper.
    """

    census: NDArray[Any]  # (t, m, base group, quantity)
    flows: NDArray[Any]  # (t, m, from, to)
    vacancies: NDArray[Any]  # (t, m, 3) opened, withdrawn, open before matching
    registered: NDArray[Any]  # (t, m) registered vacancies open before matching
    layoffs: NDArray[Any]  # (t, m, 1)
    casework: NDArray[Any]  # (t, m, 3) meetings, sanctions, referrals
    offers: NDArray[Any]  # (t, m, 2) offers, refused
    hires: NDArray[Any]  # (t, m, 8)
    entries: NDArray[Any]  # (t, m, k, group of the census)
    reached: NDArray[Any]  # (t, m, k, 3) entrants: long-term by the register, insured, sum of nearness
    participants: NDArray[Any]  # (t, m, k)
    vouchers: NDArray[Any]  # (t, m, k, 3) issued, redeemed, lapsed
    followed: NDArray[Any]  # (t, m, k, 2) participants looked at after the planned end, of them in work
    costs: NDArray[Any]  # (t, m, k) cents
    budgets: NDArray[Any]  # (t, m, k) cents
    uses: NDArray[Any]  # (t, m, use) cents
    payments: NDArray[Any]  # (t, m, payer, use) cents
    nearness: NDArray[Any]  # (t, m, 2) of the unemployed: sum in fixed point, persons
    founders: NDArray[Any]  # (t, m, 1) residents whose subsidised business lasts
    capacity: NDArray[Any]  # (t, m, field, 3) places, orders, competence times places
    network: NDArray[Any]  # (t, m, 4) mean tie, joint activity, municipal room in EUR, jobs developed
    instruments: tuple[str, ...]  # (k,) name of the instrument of each measure
    rounds: int
    inside: tuple[bool, ...]  # (m,) whether of the place proper: totals leave the others out

    def with_total(self, values: NDArray[Any]) -> Floats:
        """Return values (t, m, ...) with the sum over the place proper appended as a last row, (t, m + 1, ...)."""
        total = self.of_the_place(values).sum(axis=1, keepdims=True)
        return np.concatenate([values, total], axis=1).astype(np.float64)

    def with_mean(self, values: NDArray[Any]) -> Floats:
        """Return values (t, m) with the plain mean over the place proper appended as a last row, (t, m + 1)."""
        mean = self.of_the_place(values.astype(np.float64)).mean(axis=1, keepdims=True)
        return np.concatenate([values.astype(np.float64), mean], axis=1)

    def of_the_place(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the values (t, m, ...) of the municipalities of the place proper alone."""
        return values if all(self.inside) else np.ascontiguousarray(values[:, np.array(self.inside)])

    def stock(self, quantity: str) -> Floats:
        """Return a quantity of the census, (t, m + 1, groups)."""
        column = self.census[..., MEASURES_OF.index(quantity)]
        by_group = np.stack([column[..., list(base)].sum(axis=-1) for base in GROUPS.values()], axis=-1)
        scale = FIXED_POINT if quantity in SUMS else 1.0
        return self.with_total(by_group / scale)

    def flow(self, source: str, target: str) -> Floats:
        """Return moves from a state to another, persons per month, (t, m + 1)."""
        return self.with_total(self.flows[:, :, STATES.index(source), STATES.index(target)])

    def count(self, table: str, column: int) -> Floats:
        """Return one column of a table of counts, (t, m + 1)."""
        return self.with_total(getattr(self, table)[..., column])

    def by_instrument(self, table: str, name: str, column: int | None = None) -> Floats:
        """Return a table's sum over the measures of an instrument (and one of its columns), (t, m + 1)."""
        chosen = [k for k, instrument in enumerate(self.instruments) if instrument == name]
        values = getattr(self, table)[:, :, chosen].sum(axis=2)
        return self.with_total(values if column is None else values[..., column])

    def entries_by_group(self, name: str | None = None) -> Floats:
        """Return the entrants of an instrument, or of all, by group, (t, m + 1, groups)."""
        chosen = [k for k, instrument in enumerate(self.instruments) if name in (None, instrument)]
        entries = self.entries[:, :, chosen].sum(axis=2)
        return self.with_total(
            np.stack([entries[..., list(g)].sum(axis=-1) for g in GROUPS.values()], axis=-1)
        )


def ratio(part: Floats, whole: Floats, scale: float = 1.0) -> Floats:
    """Return scale * part / whole; NaN where the whole is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, scale * part / np.where(whole > 0, whole, 1.0), np.nan)
