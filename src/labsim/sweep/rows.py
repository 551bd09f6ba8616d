"""The table of runs of a plan: which key, scenario, point, seed and chunk, written in row groups of whole chunks."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from labsim.config.sweeps import Sweep
from labsim.sweep.keys import Keys

SCHEMA = pa.schema([
    ("run_key", pa.string()), ("scenario", pa.dictionary(pa.int32(), pa.string())), ("point", pa.int32()),
    ("replicate", pa.int32()), ("seed", pa.int64()), ("chunk", pa.int32()),
])  # fmt: skip
MOST_CHUNKS, MOST_ROWS = 1000, 50_000
"""Chunks and rows of a row group, at most: what reading one chunk costs."""


@dataclass(frozen=True)
class Content:
    """What the scenarios say at the points.

    digests  : (points x scenarios) bytes of hex digits; equal digests, equal runs for a seed
    first    : (points x scenarios,) the first place with the same digest
    burn_ins : number of different burn-ins for a seed
    """

    digests: list[str]
    first: NDArray[np.int64]
    burn_ins: int
    scenarios: int

    @property
    def different(self) -> int:
        """Number of runs that differ, for a seed."""
        return int((self.first == np.arange(self.first.size)).sum())


def contents(sweep: Sweep, points: pd.DataFrame, keys: Keys) -> Content:
    """Return what every scenario says at every point; raises ValueError where a point cannot be set."""
    names = sweep.scenario_names
    columns = [each.name for each in sweep.factors]
    rows = points[columns].to_numpy(np.float64).tolist()
    digests: list[str] = []
    first: dict[str, int] = {}
    burn_ins: set[str] = set()
    where = np.zeros(len(rows) * len(names), np.int64)
    for number, row in enumerate(rows):
        values = dict(zip(columns, row, strict=True))
        for name in names:
            try:
                digest, burn_in = keys.of_point(name, values)
            except ValueError as error:
                raise PointError(number, name, values, error) from error
            burn_ins.add(burn_in)
            where[len(digests)] = first.setdefault(digest, len(digests))
            digests.append(digest)
    return Content(digests, where, len(burn_ins - {""}), len(names))


class PointError(ValueError):
    """A point whose values cannot stand together."""

    def __init__(self, point: int, scenario: str, values: dict[str, float], error: ValueError) -> None:
        from labsim.config.factors import reason

        told = ", ".join(f"{name} {value:g}" for name, value in values.items())
        super().__init__(
            f"point {point} of the design ({told}) cannot be set in scenario '{scenario}': {reason(error)}; narrow the"
            " ranges, or leave one of these factors out"
        )


@dataclass(frozen=True)
class Written:
    """What was written: rows, different keys, chunks."""

    rows: int
    runs: int
    chunks: int


def write_rows(
    path: Path,
    sweep: Sweep,
    content: Content,
    seeds: Sequence[int],
    *,
    groups_per_chunk: int,
    first_chunk: int = 0,
    first_replicate: int = 1,
) -> Written:
    """Write a row for every run, sorted by chunk; return what was written.

    Seeds follow one another, within a seed the points, within a point the scenarios: a design is complete after each
    seed, and the runs of a group stand side by side. A run that repeats another (same key) stands in its chunk.
    """
    places = len(content.digests)
    groups = places // content.scenarios
    of_group = np.arange(groups * len(seeds), dtype=np.int64) // groups_per_chunk + first_chunk
    place = np.tile(content.first, len(seeds)) // content.scenarios
    place += np.repeat(np.arange(len(seeds), dtype=np.int64) * groups, places)
    chunk = of_group[place].astype(np.int32)
    order = np.argsort(chunk, kind="stable")
    chunk = chunk[order]
    with pq.ParquetWriter(path, SCHEMA, compression="zstd", use_dictionary=["scenario"],
                          write_page_checksum=True) as writer:  # fmt: skip
        for start, end in _row_groups(chunk):
            chosen = order[start:end]
            writer.write_table(_rows(sweep, content, seeds, chosen, chunk[start:end], first_replicate))
    chunks = 0 if not chunk.size else int(np.unique(chunk).size)
    assert not chunk.size or int(chunk[-1]) - first_chunk + 1 >= chunks
    last = 0 if not chunk.size else int(of_group[-1]) - first_chunk + 1
    return Written(len(order), content.different * len(seeds), last)


def key_of(digest: str, seed: int) -> str:
    """Return the key of a run: 32 hex digits, from the digest of its scenario at its point, and its seed.

    >>> key_of("ab", 1)
    '660e5e3f951518cdc35f14ad47036bd8'
    """
    return hashlib.blake2b(f"{digest}/{seed}".encode(), digest_size=16).hexdigest()


def _rows(
    sweep: Sweep,
    content: Content,
    seeds: Sequence[int],
    chosen: NDArray[np.int64],
    chunk: NDArray[np.int32],
    first_replicate: int,
) -> pa.Table:
    replicate, place = np.divmod(chosen, len(content.digests))
    point, scenario = np.divmod(place, content.scenarios)
    seed = np.array(seeds, np.int64)[replicate]
    keys = [key_of(content.digests[i], s) for i, s in zip(place.tolist(), seed.tolist(), strict=True)]
    names = pa.array(list(sweep.scenario_names), pa.string())
    columns: list[Any] = [
        pa.array(keys, pa.string()),
        pa.DictionaryArray.from_arrays(pa.array(scenario, pa.int32()), names),
        pa.array(point, pa.int32()),
        pa.array(replicate + first_replicate, pa.int32()),
        pa.array(seed, pa.int64()),
        pa.array(chunk, pa.int32()),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def _row_groups(chunk: NDArray[np.int32]) -> list[tuple[int, int]]:
    """Return (first row, row after the last) of each row group: whole chunks where they fit."""
    cuts, start = [], 0
    while start < chunk.size:
        end = int(np.searchsorted(chunk, chunk[start] + MOST_CHUNKS, "left"))
        if end - start > MOST_ROWS:
            end = int(np.searchsorted(chunk, chunk[start + MOST_ROWS], "left"))
            end = end if end > start else start + MOST_ROWS
        cuts.append((start, end))
        start = end
    return cuts
