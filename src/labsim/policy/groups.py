"""Groups of people as the census counts them, for many rows at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labsim.codes import EMPLOYED, LONG_TERM_MONTHS, NO_VOCATIONAL, OLDER_FROM, YOUTH_UNTIL
from labsim.state.tables import Persons


def by_code(code: NDArray[np.int64]) -> list[tuple[int, NDArray[np.intp]]]:
    """Return every code that occurs with the places where it stands, both in ascending order.

    >>> [(each, at.tolist()) for each, at in by_code(np.array([5, 2, 5]))]
    [(2, [1]), (5, [0, 2])]
    """
    order = code.argsort(kind="stable")
    found = np.flatnonzero(np.bincount(code)) if code.size else code
    ends = np.searchsorted(code[order], found, side="right").tolist()
    return [
        (each, order[begin:end]) for each, begin, end in zip(found.tolist(), [0, *ends], ends, strict=False)
    ]


def census_groups_of(p: Persons, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the census's group of each row, (n,): what `labsim.kernels.census.census_group` says one by one."""
    age = p.age[rows]
    band = (age >= YOUTH_UNTIL).astype(np.int64) + (age >= OLDER_FROM)
    long_out = (p.status[rows] != EMPLOYED) & (p.months_out[rows] >= LONG_TERM_MONTHS)
    return np.asarray(2 * (2 * band + (p.education[rows] == NO_VOCATIONAL)) + long_out, np.int64)
