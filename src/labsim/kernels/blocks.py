"""Blocks of 512 rows: kernels first pass over a block with loops that have no branch, then treat the few it concerns.

A loop without branches over one or two columns is compiled to instructions that treat 8 or 16 rows at once; a loop
that asks each person's status first costs several times more, because the processor cannot guess the answer. So a
kernel computes a flag for every row of the block, lists the rows flagged, and applies the rules to those.
"""

from __future__ import annotations

import threading
from typing import Any, NamedTuple

import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

from labsim.rng import BLOCK

part = register_jitable(forceinline=True)
"""A loop over the rows of a block, as part of a kernel.

It begins with ``if start < 0: return``. Rows are never negative; but only the compiler that knows it leaves out the
check of every index for one, and uses vector instructions.
"""


class Block(NamedTuple):
    """Working space for one block, small enough to stay in the processor's nearest cache."""

    words: NDArray[Any]  # (4, 512) uint32, random words
    flag: NDArray[Any]  # (512,) uint8, 1 for rows that a rule must look at
    row: NDArray[Any]  # (512,) int32, rows listed
    bin: NDArray[Any]  # (512,) int32, where a row is counted
    value: NDArray[Any]  # (4, 512) int64, what is added up


_KEPT = threading.local()


def block() -> Block:
    """Return this thread's working space, whose content is undefined."""
    kept: Block | None = getattr(_KEPT, "block", None)
    if kept is None:
        kept = _KEPT.block = Block(
            words=np.zeros((4, BLOCK), np.uint32),
            flag=np.zeros(BLOCK, np.uint8),
            row=np.zeros(BLOCK, np.int32),
            bin=np.zeros(BLOCK, np.int32),
            value=np.zeros((4, BLOCK), np.int64),
        )
    return kept


@part
def list_flagged(flag: Any, n: int, start: int, row: Any) -> int:
    """Write the rows (from ``start``) of the first n flags that are 1 to ``row``; return their number."""
    listed = 0
    for j in range(n):
        row[listed] = start + j
        listed += flag[j]
    return listed


@part
def flag_status(
    status: Any, python: Any, method: int, first: int, last: int, start: int, n: int, flag: Any
) -> None:
    """Flag n rows from ``start`` on whose status is first..last, unless their ``method`` runs in Python."""
    if start < 0:
        return
    for j in range(n):
        at = start + j
        flag[j] = np.uint8((status[at] >= first) & (status[at] <= last) & (python[at] & method == 0))


@part
def clear(column: Any, start: int, n: int) -> None:
    """Write 0 to n rows from ``start`` on."""
    if start < 0:
        return
    for j in range(n):
        column[start + j] = 0


@part
def flag_equal(column: Any, value: int, start: int, n: int, flag: Any) -> None:
    """Flag n rows from ``start`` on whose cell has a value."""
    if start < 0:
        return
    for j in range(n):
        flag[j] = np.uint8(column[start + j] == value)


@part
def count_on(start: int, n: int, row: Any) -> None:
    """List all n rows from ``start`` on."""
    if start < 0:
        return
    for j in range(n):
        row[j] = start + j
