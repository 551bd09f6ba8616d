"""Pruning: shards go when the collected files hold the same runs, read back and verified."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labsim.sweep.copies import Copies
from labsim.sweep.footers import COLLECTED, SHARDS, Index
from labsim.sweep.shards import BadShard, write_parquet
from labsim.sweep.store import RECEIPTS, Store


def prune(store: Store, copies: Copies) -> int:
    """Remove the shards whose runs all stand in the collected files; return how many went.

    Every collected file is read back first, checksums and digests. A shard that holds a run of another sweep
    stays. The receipts of all shards are put together in one file.
    """
    index = copies.index
    held = _verified(store, store.index())
    known = pc.index_in(index.keys, value_set=pa.array(list(held), pa.string()))
    same = pc.fill_null(
        pc.equal(pa.array(list(held.values()), pa.string()).take(known), index.digests), False
    )
    lost = np.bincount(index.shard[~same.to_numpy(zero_copy_only=False)], minlength=len(index.files))
    removed = 0
    for path, missing in zip(index.files, lost.tolist(), strict=True):
        if not missing and path.parent.parent == store.folder / SHARDS:
            with suppress(OSError):
                path.unlink()
                removed += 1
    _join_receipts(store)
    return removed


def _verified(store: Store, index: Index) -> dict[str, str]:
    """Return the digests by key of all runs in those collected files that are good."""
    held: dict[str, str] = {}
    for path in index.files:
        if path.relative_to(store.folder).parts[0] == COLLECTED:
            with suppress(BadShard):
                footer = store.verify(path)
                held |= dict(zip(footer.keys, footer.digests, strict=True))
    return held


def _join_receipts(store: Store) -> None:
    """Put the receipts of all shards in one file; the single ones go when it is on the disk."""
    files = sorted((store.folder / RECEIPTS).glob("*/*.parquet"))
    tables = list(store.receipts())
    if len(files) < 2 or len(tables) != len(files):
        return
    with store.replacing(
        store.folder / RECEIPTS / files[-1].parent.name / f"{files[-1].stem}.all.parquet"
    ) as aside:
        write_parquet(aside, pa.concat_tables(tables))
    for path in files:
        with suppress(OSError):
            path.unlink()
