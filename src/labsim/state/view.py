"""The read-only window through which instruments look at people."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labsim.codes import INSURANCE
from labsim.state.tables import Persons


def _frozen(values: NDArray[Any]) -> NDArray[Any]:
    values.setflags(write=False)
    return values


class Seen:
    """What an instrument may know of the persons before it; every attribute is a read-only copy of shape (i,)."""

    def __init__(
        self, persons: Persons, rows: NDArray[Any], estimate: Callable[[NDArray[Any]], NDArray[Any]]
    ) -> None:
        self._persons, self._rows, self._estimate = persons, rows, estimate

    @property
    def size(self) -> int:
        """Number of persons seen."""
        return int(self._rows.size)

    @cached_property
    def months_since_job(self) -> NDArray[np.int64]:
        """Months since the last job."""
        return _frozen(self._persons.months_out[self._rows].astype(np.int64))

    @cached_property
    def months_registered(self) -> NDArray[np.int64]:
        """Months of the registered spell."""
        return _frozen(self._persons.months_registered[self._rows].astype(np.int64))

    @cached_property
    def age(self) -> NDArray[np.int64]:
        """Age in years."""
        return _frozen(self._persons.age[self._rows].astype(np.int64) // 12)

    @cached_property
    def education(self) -> NDArray[np.int64]:
        """Education: 0 without vocational training, 1 vocational, 2 tertiary."""
        return _frozen(self._persons.education[self._rows].astype(np.int64))

    @cached_property
    def employability(self) -> NDArray[np.float64]:
        """Employability, 0 to 1."""
        return _frozen(self._persons.employability[self._rows].astype(np.float64))

    @cached_property
    def closeness(self) -> NDArray[np.float64]:
        """The caseworker's estimate of closeness to the market, log points."""
        return _frozen(self._estimate(self._rows))

    @cached_property
    def months_unsupported(self) -> NDArray[np.int64]:
        """Months since the last support (measure or referral), at most 255."""
        return _frozen(self._persons.months_unsupported[self._rows].astype(np.int64))

    @cached_property
    def insured(self) -> NDArray[np.bool_]:
        """Whether insurance benefit is drawn."""
        return _frozen(self._persons.benefit[self._rows] == INSURANCE)

    @cached_property
    def segment(self) -> NDArray[np.int64]:
        """Customer segment: 0 not profiled, 1 market, 2 to activate, 3 to support, 4 cared for."""
        return _frozen(self._persons.segment[self._rows].astype(np.int64))

    @cached_property
    def trust(self) -> NDArray[np.float64]:
        """Trust in institutions, 0 to 1."""
        return _frozen(self._persons.trust[self._rows].astype(np.float64))
