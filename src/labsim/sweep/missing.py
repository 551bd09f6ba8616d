"""What is missing of a plan: which runs of which chunks are neither in the store nor failed for good."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from labsim.sweep.jobs import Failure
from labsim.sweep.pieces import Piece, jobs_of_chunk
from labsim.sweep.plan import Plan
from labsim.sweep.store import Store, store_of

OVERLAP = 60.0
"""Seconds by which the clocks of machines that share a store may differ."""


def pieces_of(
    plan: Plan, chunks: Iterable[int] | None = None, *, retry_failed: bool = False, store: Store | None = None
) -> list[Piece]:
    """Return a piece for each chunk with something to do, in the order of `chunks` (None: of the plan)."""
    store = store or store_of(plan)
    asked = None if chunks is None else list(dict.fromkeys(int(chunk) for chunk in chunks))
    failed = {key: tries for key, tries in store.failed().items() if tries[-1].final}
    done = _chunked(store.index().keys if asked is None else known_keys(store))
    given_up = pa.array([] if retry_failed else list(failed), pa.string())
    settled = pa.chunked_array([*done.chunks, given_up], pa.string())
    rows = _rows(plan, asked)
    is_settled = pc.is_in(rows["run_key"], value_set=settled)
    missing = rows.filter(pc.invert(is_settled))
    keys = missing["run_key"].to_pylist()
    wanted: dict[int, set[str]] = {}
    for key, chunk in zip(keys, missing["chunk"].to_pylist(), strict=True):
        wanted.setdefault(chunk, set()).add(key)
    order = sorted(wanted) if asked is None else [chunk for chunk in asked if chunk in wanted]
    rest = rows.filter(pc.and_(is_settled, pc.is_in(rows["chunk"], value_set=pa.array(order, pa.int32()))))
    skip: dict[int, set[str]] = {}
    for key, chunk in zip(rest["run_key"].to_pylist(), rest["chunk"].to_pylist(), strict=True):
        skip.setdefault(chunk, set()).add(key)
    before = _attempts(missing, failed) if retry_failed else {}
    stamp = len(plan.facts["parts"])
    return [
        Piece(
            each,
            0,
            None,
            frozenset(skip.get(each, ())),
            len(wanted[each]),
            before=before.get(each, 0),
            stamp=stamp,
        )
        for each in order
    ]


def _chunked(values: Any) -> pa.ChunkedArray:
    return values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values], pa.string())


def _rows(plan: Plan, chunks: list[int] | None) -> pa.Table:
    """Return run_key and chunk of the runs of some chunks, or of all."""
    if chunks is None:
        return plan.runs(["run_key", "chunk"])
    jobs = plan.chunks(chunks)
    return pa.table({"run_key": pa.array([job.key for job in jobs], pa.string()),
                     "chunk": pa.array([job.chunk for job in jobs], pa.int32())})  # fmt: skip


_seen: dict[Path, tuple[float, pa.Array]] = {}
"""By store: when its footers were read last, and the keys there."""


def known_keys(store: Store) -> pa.Array:
    """Return the keys of finished runs; of footers that this process has read before only the new ones are read."""
    now = time.time()
    since, keys = _seen.get(store.folder, (None, pa.array([], pa.string())))
    index = store.index(None if since is None else since - OVERLAP)
    keys = pa.chunked_array([keys, *_chunked(index.keys).chunks], pa.string()).unique()
    _seen[store.folder] = now, keys
    return keys


def _attempts(missing: pa.Table, failed: Mapping[str, Sequence[Failure]]) -> dict[int, int]:
    """Return how often runs of a chunk have been tried before, at most, by chunk."""
    tried: dict[int, int] = {}
    rows = missing.filter(pc.is_in(missing["run_key"], value_set=pa.array(list(failed), pa.string())))
    for key, chunk in zip(rows["run_key"].to_pylist(), rows["chunk"].to_pylist(), strict=True):
        tried[chunk] = max(tried.get(chunk, 0), failed[key][-1].attempt)
    return tried


def first_runs(plan: Plan, pieces: Sequence[Piece], most: int) -> list[Piece]:
    """Return the pieces cut so that at most so many runs are done."""
    chosen: list[Piece] = []
    for piece in pieces:
        if piece.wanted >= most:
            wanted = [
                i for i, job in enumerate(jobs_of_chunk(plan, piece.chunk)) if job.key not in piece.skip
            ]
            return [*chosen, piece._replace(last=wanted[most - 1] + 1, wanted=most)]
        most -= piece.wanted
        chosen.append(piece)
    return chosen
