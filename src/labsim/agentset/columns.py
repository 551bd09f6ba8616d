"""Columns as conditions read them, and values as columns hold them."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class HasColumns(Protocol):
    """A set of agents with columns."""

    def column(self, name: str) -> NDArray[Any]:
        """Return an attribute of all agents, (n,)."""


class Columns:
    """The columns of a set's agents as attributes, (n,) each: what a condition on whole columns reads."""

    def __init__(self, agents: HasColumns) -> None:
        self._agents = agents

    def __getattr__(self, name: str) -> NDArray[Any]:
        """Return a column."""
        return self._agents.column(name)


def fitting(name: str, values: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return values as a column stores them; ValueError if it cannot hold them."""
    if values.dtype.kind not in "biuf":
        raise TypeError(f"{name} holds numbers, not {values.dtype}")
    with np.errstate(invalid="ignore", over="ignore"):
        stored = values.astype(dtype)
    if dtype.kind != "f" and (stored != values).any():
        raise ValueError(
            f"{name} holds whole numbers between {np.iinfo(dtype).min} and {np.iinfo(dtype).max}"
        )
    return stored
