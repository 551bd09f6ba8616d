"""What a run recorded, month by month, and how to read it: counts by municipality and group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labsim.codes import STATES
from labsim.kernels.census import FIXED_POINT, MEASURES_OF

Floats = NDArray[np.float64]
GROUPS: dict[str, tuple[int, ...]] = {
    "all": (0, 1, 2, 3, 4, 5),
    "youth": (0, 1),
    "older": (4, 5),
    "low_skilled": (1, 3, 5),
}
"""Groups as sets of the census's base groups (2 * age band + low skilled); they overlap."""
SUMS = ("wage", "skill", "employability", "trust")


@dataclass(frozen=True)
class Recorded:
    """Counts of t months; every method returns persons or events as floats, the whole place as last row (m + 1)."""

    census: NDArray[Any]  # (t, m, base group, quantity)
    flows: NDArray[Any]  # (t, m, from, to)
    vacancies: NDArray[Any]  # (t, m, 3) opened, withdrawn, open before matching
    registered: NDArray[Any]  # (t, m) registered vacancies open before matching
    layoffs: NDArray[Any]  # (t, m, 1)
    casework: NDArray[Any]  # (t, m, 3) meetings, sanctions, referrals
    offers: NDArray[Any]  # (t, m, 2) offers, refused
    hires: NDArray[Any]  # (t, m, 8)
    entries: NDArray[Any]  # (t, m, k)
    participants: NDArray[Any]  # (t, m, k)
    spending: NDArray[Any]  # (t, m, k) EUR
    instruments: tuple[str, ...]  # (k,) name of the instrument of each measure
    rounds: int

    def stock(self, quantity: str) -> Floats:
        """Return a quantity of the census, (t, m + 1, groups)."""
        column = self.census[..., MEASURES_OF.index(quantity)]
        by_group = np.stack([column[..., list(base)].sum(axis=-1) for base in GROUPS.values()], axis=-1)
        scale = FIXED_POINT if quantity in SUMS else 1.0
        return with_total(by_group / scale)

    def flow(self, source: str, target: str) -> Floats:
        """Return moves from a state to another, persons per month, (t, m + 1)."""
        return with_total(self.flows[:, :, STATES.index(source), STATES.index(target)])

    def count(self, table: str, column: int) -> Floats:
        """Return one column of a table of counts, (t, m + 1)."""
        return with_total(getattr(self, table)[..., column])

    def by_instrument(self, table: str, name: str) -> Floats:
        """Return a table's sum over the measures of an instrument, (t, m + 1)."""
        chosen = [k for k, instrument in enumerate(self.instruments) if instrument == name]
        return with_total(getattr(self, table)[..., chosen].sum(axis=-1))


def with_total(values: NDArray[Any]) -> Floats:
    """Return values with the sum over municipalities (second axis) appended as a last row."""
    return np.concatenate([values, values.sum(axis=1, keepdims=True)], axis=1).astype(np.float64)


def ratio(part: Floats, whole: Floats, scale: float = 1.0) -> Floats:
    """Return scale * part / whole; NaN where the whole is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, scale * part / np.where(whole > 0, whole, 1.0), np.nan)
