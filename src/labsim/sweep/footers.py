"""What the footers of all shards say together: which runs are done, where they stand, and which files are bad."""

from __future__ import annotations

import calendar
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from labsim.experiment.store import OutputError
from labsim.sweep.shards import FORMAT, BadShard, Footer, OtherFormat, read_footer

SHARDS, COLLECTED = "shards", "collected"

READERS, PART = 4, 250
"""Footers that are read at once (on a cluster each waits for a server), and that a reader takes at a time."""


@dataclass(frozen=True)
class Index:
    """A row per copy of a run; shards in the order of writing, runs in the order of the file.

    files           : the shards
    abouts          : what each says about where it comes from
    keys, digests   : of the runs (Arrow strings)
    shard, group    : numbers of file and row group
    first, rows     : its first row in the row group, and how many it has
    """

    files: Sequence[Path]
    abouts: Sequence[Any]
    keys: pa.Array
    digests: pa.Array
    shard: NDArray[np.int32]
    group: NDArray[np.int32]
    first: NDArray[np.int32]
    rows: NDArray[np.int32]

    def __len__(self) -> int:
        """Return the number of copies of runs."""
        return len(self.keys)

    @cached_property
    def times(self) -> NDArray[np.float64]:
        """Return when each file was written, in seconds since 1970."""
        return np.array([written(path.name) for path in self.files])


def written(name: str) -> float:
    """Return the moment at which a shard was written, by its name; 0 if the name does not say it.

    >>> written("20260701T120000.500000000-0123456789abcdef.parquet")
    1782907200.5
    """
    moment, _, rest = name.partition(".")
    try:
        whole = time.strptime(moment + "+0000", "%Y%m%dT%H%M%S%z")
    except ValueError:
        return 0.0
    fraction = rest[:9]
    return calendar.timegm(whole) + (int(fraction) / 1e9 if fraction.isdecimal() else 0.0)


def shard_files(store: Path, since: float | None = None) -> list[Path]:
    """Return the shards of a store in the order of writing, then the collected files, which are shards, too.

    Raises `OutputError` if the folders must not be read.
    """
    found = sorted(_parquet_below(store / SHARDS), key=lambda each: each[0])
    files = [path for name, path in found if since is None or written(name) >= since]
    if since is not None:
        return files
    return files + [path for _, path in sorted(_collected(store))]


def _collected(store: Path) -> list[tuple[str, Path]]:
    """Return the collected files; while new ones take their place, the old ones."""
    return _parquet_below(store / COLLECTED) or _parquet_below(store / f"{COLLECTED}.old")


def _parquet_below(folder: Path) -> list[tuple[str, Path]]:
    """Return (name, path) of the Parquet files in a folder and its folders."""
    found: list[tuple[str, Path]] = []
    try:
        with os.scandir(folder) as parts:
            for part in parts:
                if part.is_dir():
                    with os.scandir(part) as files:
                        found += [(each.name, Path(each.path)) for each in files if _is_parquet(each.name)]
                elif _is_parquet(part.name):
                    found.append((part.name, Path(part.path)))
    except FileNotFoundError:
        return found
    except PermissionError as error:
        right = "ask its owner for the right to read it"
        raise OutputError(folder, f"cannot be read ({error.strerror})", right) from error
    return found


def _is_parquet(name: str) -> bool:
    return name.endswith(".parquet")


def scan(store: Path, since: float | None = None) -> tuple[Index, list[tuple[Path, str]]]:
    """Return what the footers of all shards of a store say, and the bad files with their reasons.

    Raises `OutputError` for shards of another version of the format, and if the disk fails.
    """
    files = shard_files(store, since)
    parts = [files[i : i + PART] for i in range(0, len(files), PART)]
    with ThreadPoolExecutor(READERS) as readers:
        found = list(readers.map(_part, parts))
    bad = [each for _, part in found for each in part]
    return _joined([index for index, _ in found]), bad


def _part(files: Sequence[Path]) -> tuple[Index, list[tuple[Path, str]]]:
    """Return what the footers of some shards say, and the bad ones with reasons; those that went away are left out."""
    good: list[tuple[Path, Footer]] = []
    bad: list[tuple[Path, str]] = []
    for path in files:
        try:
            good.append((path, read_footer(path)))
        except FileNotFoundError:
            continue
        except BadShard as error:
            bad.append((path, str(error)))
        except OtherFormat as error:
            wrong = f"is of version {error} of the store's format, and this labsim reads version {FORMAT}"
            raise OutputError(path, wrong, "use the labsim that wrote it, or another store") from None
        except PermissionError as error:
            right = "ask its owner for the right to read it"
            raise OutputError(path, f"cannot be read ({error.strerror})", right) from error
        except OSError as error:
            right = "try again when the disk answers; nothing was changed"
            raise OutputError(path, f"cannot be read now ({error.strerror or error})", right) from error
    return _index(good), bad


def _joined(parts: Sequence[Index]) -> Index:
    """Return the rows of several indices below each other."""
    before = np.cumsum([0, *(len(part.files) for part in parts)])
    parts = parts or [_index([])]
    return Index(
        files=[path for part in parts for path in part.files],
        abouts=[about for part in parts for about in part.abouts],
        keys=pa.concat_arrays([part.keys for part in parts]),
        digests=pa.concat_arrays([part.digests for part in parts]),
        shard=np.concatenate([part.shard + np.int32(n) for part, n in zip(parts, before, strict=False)]),
        group=np.concatenate([part.group for part in parts]),
        first=np.concatenate([part.first for part in parts]),
        rows=np.concatenate([part.rows for part in parts]),
    )


def _index(good: Sequence[tuple[Path, Footer]]) -> Index:
    footers = [footer for _, footer in good]
    rows = np.array([*chain.from_iterable(footer.rows for footer in footers)], np.int64)
    of_group = np.array([*chain.from_iterable(footer.groups for footer in footers)], np.int64)
    number = np.array([*chain.from_iterable(range(len(footer.groups)) for footer in footers)], np.int32)
    before = np.cumsum(rows) - rows
    starts = before[np.cumsum(of_group) - of_group]
    runs = np.array([len(footer.keys) for footer in footers], np.int64)
    return Index(
        files=[path for path, _ in good],
        abouts=[footer.about for footer in footers],
        keys=pa.array([*chain.from_iterable(footer.keys for footer in footers)], pa.string()),
        digests=pa.array([*chain.from_iterable(footer.digests for footer in footers)], pa.string()),
        shard=np.repeat(np.arange(len(good), dtype=np.int32), runs),
        group=np.repeat(number, of_group),
        first=(before - np.repeat(starts, of_group)).astype(np.int32),
        rows=rows.astype(np.int32),
    )
