"""Which copy of each planned run counts, and whether all copies of a run say the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from labsim.experiment.store import OutputError
from labsim.sweep.footers import SHARDS, Index
from labsim.sweep.store import Store


class Disagreement(OutputError):  # noqa: N818 - it is a finding
    """Two copies of one run differ: something in the computation is not determined by its key."""


class Copies:
    """The planned runs, and where the store holds them.

    Parameters
    ----------
    planned
        Keys of the planned runs (Arrow strings); a key may stand in several rows.
    index
        What the footers of the store say.

    Attributes
    ----------
    names
        The different keys (Arrow strings), in the order in which they come up in the plan.
    run
        (rows of the plan,) number of each row's key.
    """

    def __init__(self, planned: Any, index: Index) -> None:
        encoded = _encoded(planned)
        self.index = index
        self.names = encoded.dictionary
        self.run: NDArray[np.int64] = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        numbers = pc.fill_null(pc.index_in(index.keys, value_set=encoded.dictionary), -1)
        of_copy = numbers.to_numpy(zero_copy_only=False).astype(np.int64)
        mine = np.flatnonzero(of_copy >= 0)
        self._order = mine[np.argsort(of_copy[mine], kind="stable")]  # by run, then by the moment of writing
        self._start = np.searchsorted(of_copy[self._order], np.arange(len(self.names) + 1))
        self._bad = np.zeros(len(index.files), bool)

    @property
    def done(self) -> NDArray[np.bool_]:
        """(names,) whether the store holds a copy of each run."""
        return np.diff(self._start) > 0

    @property
    def duplicates(self) -> int:
        """How many copies in shards there are beyond one of each run; those in collected files don't count."""
        in_shards = np.array([path.parent.parent.name == SHARDS for path in self.index.files], bool)
        runs = np.repeat(np.arange(len(self.names)), np.diff(self._start))
        mine = in_shards[self.index.shard[self._order]] if len(in_shards) else np.zeros(0, bool)
        return int(mine.sum()) - len(np.unique(runs[mine]))

    def first(self) -> NDArray[np.int64]:
        """Return for each key the row of the index that counts, -1 for a run that is missing."""
        good = self._order[~self._bad[self.index.shard[self._order]]]
        owner = np.repeat(np.arange(len(self.names)), np.diff(self._start))
        owner = owner[~self._bad[self.index.shard[self._order]]]
        chosen = np.full(len(self.names), -1, np.int64)
        chosen[owner[::-1]] = good[::-1]  # the last to be written here is the first of the copies
        return chosen

    def spoil(self, shard: int) -> None:
        """Take note that a file has proved bad: its copies don't count any more."""
        self._bad[shard] = True

    def disagreements(self) -> list[tuple[int, int]]:
        """Return for each run whose copies differ the index rows of two that do."""
        codes = _encoded(self.index.digests).indices.to_numpy(zero_copy_only=False)[self._order]
        first = np.repeat(codes[self._start[:-1][self.done]], np.diff(self._start)[self.done])
        found: dict[int, tuple[int, int]] = {}
        for place in np.flatnonzero(codes != first):
            run = int(np.searchsorted(self._start, place, "right")) - 1
            found.setdefault(run, (int(self._order[self._start[run]]), int(self._order[place])))
        return list(found.values())


def refuse_disagreement(store: Store, copies: Copies) -> None:
    """Raise `Disagreement` if copies of a run differ; it names run, digests, machines and files."""
    found = copies.disagreements()
    if found:
        wrong, right = disagreement(store, copies.index, found)
        raise Disagreement(store.folder, wrong, right)


def disagreement(store: Store, index: Index, found: Sequence[tuple[int, int]]) -> tuple[str, str]:
    """Return what to say about copies that differ: what is wrong, and what would be right."""
    key = index.keys[found[0][0]].as_py()
    told = " and ".join(_copy(store, index, row) for row in found[0])
    more = f" ({len(found) - 1} more runs have copies that differ)" if len(found) > 1 else ""
    return (
        f"run {key} was computed more than once, with different results: {told}{more}",
        "nothing was collected: find out which is right (labsim sweep verify --rerun repeats runs), move the other"
        " file away, then resume",
    )


def _copy(store: Store, index: Index, row: int) -> str:
    """Return where a copy of a run comes from, in words."""
    about, path = index.abouts[index.shard[row]], index.files[index.shard[row]]
    writer = about.get("writer", {})
    job = f", job {writer['job']}" if writer.get("job") else ""
    where = f"on {writer.get('host', 'an unknown machine')} ({writer.get('cpu', '?')}{job})"
    return f"digest {index.digests[row].as_py()} {where} in {path.relative_to(store.folder)}"


def _encoded(strings: Any) -> Any:
    """Return strings as one dictionary array whose dictionary is in the order of first appearance."""
    if isinstance(strings, pa.ChunkedArray):
        strings = strings.combine_chunks()
    return pc.dictionary_encode(strings)
