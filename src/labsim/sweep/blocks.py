"""Reading the panels of many runs with little memory: row group by row group, the last few kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labsim.sweep.copies import Copies
from labsim.sweep.shards import BadShard, Footer, read_arrays, read_block, read_footer
from labsim.sweep.store import Store

KEPT_BYTES = 96 * 2**20
"""Memory for row groups that may be wanted again soon."""

Arrays = Mapping[str, NDArray[Any]]


class Blocks:
    """The row groups of a store. Each is verified, digests too, when it is first read; bad files are set aside.

    Attributes
    ----------
    chosen
        (keys,) for each key the row of the index that counts, -1 where there is no good copy (any more).
    gathered
        (keys,) the row of the index that each key was gathered from, -1 for those that were not.
    """

    def __init__(self, store: Store, copies: Copies) -> None:
        self.copies, self.index = copies, copies.index
        self.chosen = copies.first()
        self.gathered = np.full(self.chosen.shape, -1, np.int64)
        self._store = store
        self._kept: OrderedDict[tuple[int, int], Arrays] = OrderedDict()
        self._bytes = 0
        self._verified: set[tuple[int, int]] = set()
        self._footer: tuple[int, Footer] | None = None

    def gather(self, runs: NDArray[np.int64]) -> tuple[NDArray[np.int64], Arrays]:
        """Return which of some runs are there, and their panels below each other.

        Parameters
        ----------
        runs
            Numbers of keys.

        Returns
        -------
        positions
            Places in `runs` of those that are there, in their order.
        arrays
            Columns of their panels, run after run.
        """
        while True:
            try:
                return self._gather(runs)
            except _Spoiled as spoiled:  # other copies of its runs may be good
                self.copies.spoil(spoiled.file)
                self.chosen = self.copies.first()

    def _gather(self, runs: NDArray[np.int64]) -> tuple[NDArray[np.int64], Arrays]:
        there = np.flatnonzero(self.chosen[runs] >= 0)
        rows = self.chosen[runs[there]]
        lengths = self.index.rows[rows].astype(np.int64)
        ends = np.cumsum(lengths)
        blocks = self._blocks_of(rows)
        out: dict[str, NDArray[Any]] = {}
        for place in blocks:
            arrays = self._block(*place)
            out = out or {name: np.empty(int(lengths.sum()), each.dtype) for name, each in arrays.items()}
            mine = blocks[place]
            copy_runs(arrays, self.index.first[rows[mine]].astype(np.int64), out, ends[mine] - lengths[mine],
                      lengths[mine])  # fmt: skip
        self.gathered[runs[there]] = rows
        return there, out

    def _blocks_of(self, rows: NDArray[np.int64]) -> dict[tuple[int, int], NDArray[np.int64]]:
        """Return for each row group that some rows of the index stand in, the places of these rows."""
        file, group = self.index.shard[rows].astype(np.int64), self.index.group[rows].astype(np.int64)
        code = file << 32 | group
        order = np.argsort(code, kind="stable")
        cuts = np.flatnonzero(np.diff(code[order])) + 1
        parts = np.split(order, cuts) if order.size else []
        return {(int(file[part[0]]), int(group[part[0]])): part for part in parts}

    def _block(self, file: int, group: int) -> Arrays:
        place = (file, group)
        if place in self._kept:
            self._kept.move_to_end(place)
            return self._kept[place]
        arrays = self._read(file, group)
        self._verified.add(place)
        self._kept[place] = arrays
        self._bytes += _bytes(arrays)
        while self._bytes > KEPT_BYTES and len(self._kept) > 1:
            self._bytes -= _bytes(self._kept.popitem(last=False)[1])
        return arrays

    def _read(self, file: int, group: int) -> Arrays:
        path = self.index.files[file]
        try:
            if self._footer is None or self._footer[0] != file:
                self._footer = file, read_footer(path)
            read = read_arrays if (file, group) in self._verified else read_block
            return read(path, self._footer[1].block(group))
        except FileNotFoundError as error:  # another process has set it aside
            raise _Spoiled(file) from error
        except BadShard as error:
            self._store.quarantine(path, str(error))
            raise _Spoiled(file) from error


def copy_runs(
    source: Arrays, of: NDArray[np.int64], target: Arrays, to: NDArray[np.int64], lengths: NDArray[np.int64]
) -> None:
    """Copy runs from some arrays to others: each `lengths` rows that begin at row `of`, to row `to`."""
    each = int(lengths[0]) if lengths.size else 0
    sizes = [values.size for arrays in (source, target) for values in arrays.values()]
    alike = each > 0 and all((numbers % each == 0).all() for numbers in (of, to)) and (lengths == each).all()
    if alike and not any(size % each for size in sizes):  # whole runs at a time
        for name, column in source.items():
            target[name].reshape(-1, each)[to // each] = column.reshape(-1, each)[of // each]
        return
    for a, b, n in zip(to.tolist(), of.tolist(), lengths.tolist(), strict=True):
        for name, column in source.items():
            target[name][a : a + n] = column[b : b + n]


class _Spoiled(Exception):  # noqa: N818 - the file is bad
    """A file of the store has proved bad, or has gone."""

    def __init__(self, file: int) -> None:
        super().__init__(file)
        self.file = file


def _bytes(arrays: Arrays) -> int:
    return sum(int(each.nbytes) for each in arrays.values())
