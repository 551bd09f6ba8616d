"""One shard: a Parquet file of many runs, with page checksums, and the runs' keys and digests in its footer.

The file is ordinary: pandas, polars and DuckDB read it. What a reader of footers needs stands in the schema's
metadata: ``labsim.runs`` (keys and digests, in the order of the rows), ``labsim.rows`` (rows of each run, runs in
each row group), ``labsim.about`` (provenance) and ``labsim.check`` (BLAKE2b-128 of the other three: a footer has no
checksum of its own). Parquet is given to pyarrow by path, never through a Python file: that aborts at exit (arrow
#34314).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from labsim.sweep.jobs import Finished, digests_of

FORMAT = 1
"""Version of the store's format; a store of another version is refused."""

RUN_KEY, MONTH = "run_key", "month"
ABOUT, RUNS, ROWS, CHECK = b"labsim.about", b"labsim.runs", b"labsim.rows", b"labsim.check"


class BadShard(Exception):  # noqa: N818 - it is the file that is bad
    """A file that cannot be what was written; its text is the reason."""


class OtherFormat(Exception):  # noqa: N818 - nothing is wrong with the file
    """A shard that another version of labsim wrote; its text is that version of the format."""


class Footer(NamedTuple):
    """What the footer of a shard says.

    keys, digests, rows : of each run, in the order of the file's rows
    groups              : how many of the runs stand in each row group
    about               : provenance: format, labsim, code, versions, sweep, config, writer; columns of a panel
    """

    keys: tuple[str, ...]
    digests: tuple[str, ...]
    rows: tuple[int, ...]
    groups: tuple[int, ...]
    about: Mapping[str, Any]

    def block(self, group: int) -> Block:
        """Return the part of the footer that is about one row group."""
        start = sum(self.groups[:group])
        inside = slice(start, start + self.groups[group])
        return Block(group, self.keys[inside], self.digests[inside], self.rows[inside], self.about["columns"])


class Block(NamedTuple):
    """The runs in one row group of a shard, in the order of its rows; columns: names in a panel, in their order."""

    group: int
    keys: tuple[str, ...]
    digests: tuple[str, ...]
    rows: tuple[int, ...]
    columns: Sequence[str]


def write_shard(path: Path, runs: Sequence[Finished], about: Mapping[str, Any]) -> None:
    """Write runs to a new file, flush it to the disk, read it back and compare every bit.

    Raises
    ------
    OSError
        The disk is full or fails.
    BadShard
        What was read back is not what was written.
    """
    keys, digests = [run.job.key for run in runs], [run.digest for run in runs]
    rows = [len(run.panel[MONTH]) for run in runs]
    said = footer_facts({**about, "columns": list(runs[0].panel)}, keys, digests, rows, [len(runs)])
    write_parquet(path, table_of(runs), said)
    footer = read_footer(path)
    read_block(path, footer.block(0))


def footer_facts(
    about: Mapping[str, Any],
    keys: Sequence[str],
    digests: Sequence[str],
    rows: Sequence[int],
    groups: Sequence[int],
) -> dict[bytes, bytes]:
    """Return the metadata that makes a Parquet file a shard (see `Footer`)."""
    facts = {
        ABOUT: _json(about),
        RUNS: _json([list(keys), list(digests)]),
        ROWS: _json([list(rows), list(groups)]),
    }
    return facts | {CHECK: _check(facts).encode()}


def table_of(runs: Sequence[Finished]) -> pa.Table:
    """Return the panels of runs below each other: run_key, month, a column per outcome."""
    names = tuple(runs[0].panel)
    for run in runs:
        if tuple(run.panel) != names:
            raise ValueError(
                f"run {run.job.key} has the columns {tuple(run.panel)}, others in its shard {names}"
            )
    rows = np.array([len(run.panel[MONTH]) for run in runs])
    keys = pa.array([run.job.key for run in runs], pa.string())
    repeated = keys.take(pa.array(np.repeat(np.arange(len(runs)), rows)))
    columns = {name: np.concatenate([run.panel[name] for run in runs]) for name in names}
    return pa.table({RUN_KEY: repeated} | {name: pa.array(values) for name, values in columns.items()})


def write_parquet(path: Path, table: pa.Table, facts: Mapping[bytes, bytes] | None = None) -> None:
    """Write a table, and facts in its footer, to a new file as all of the store's files are; flush it to the disk."""
    with flushed(path), pq.ParquetWriter(path, table.schema, **layout(table.schema)) as writer:
        writer.write_table(table, row_group_size=max(1, table.num_rows))
        writer.add_key_value_metadata(facts or {})


def layout(schema: pa.Schema, varied: Sequence[str] | None = None) -> dict[str, Any]:
    """Return how columns are written: zstd, page checksums, the bytes of reals by significance.

    ``varied``: the only reals that hardly ever repeat; the others (factors) are written as numbers of their values.
    """
    reals = [field.name for field in schema if pa.types.is_floating(field.type)]
    reals = [name for name in reals if varied is None or name in varied]
    return {
        "compression": "zstd",
        "write_page_checksum": True,
        "use_dictionary": [field.name for field in schema if field.name not in reals],
        "column_encoding": dict.fromkeys(reals, "BYTE_STREAM_SPLIT"),
        "write_statistics": [field.name for field in schema if field.name not in reals],
    }


@contextmanager
def flushed(path: Path) -> Iterator[None]:
    """Make a new empty file for the block to write by path; flush it to the disk at the end.

    The file is open all the while, so that an error of the disk (NFS and Lustre say it late) is told to us.
    """
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
    try:
        yield
        os.fsync(handle)
    finally:
        os.close(handle)


def flush_folder(folder: Path) -> None:
    """Flush a folder's list of names to the disk; file systems that cannot do that for folders are left alone."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno is not None and error.errno not in _NO_FLUSHING:
            raise
    finally:
        os.close(handle)


def read_footer(path: Path) -> Footer:
    """Return what the footer of a shard says, without reading its pages.

    Raises `BadShard` for a file that cannot be one, `OtherFormat` for one of another version, OSError if the
    disk fails.
    """
    facts = _facts_at_the_end(path)
    if ABOUT not in facts or CHECK not in facts:
        raise BadShard("is no shard of labsim: its footer names no runs")
    if _check(facts) != facts[CHECK].decode(errors="replace"):
        raise BadShard("its footer is damaged (checksum)")
    about = json.loads(facts[ABOUT])
    if about.get("format") != FORMAT:
        raise OtherFormat(str(about.get("format")))
    keys, digests = json.loads(facts[RUNS])
    rows, groups = json.loads(facts[ROWS])
    return Footer(tuple(keys), tuple(digests), tuple(rows), tuple(groups), about)


def _facts_at_the_end(path: Path) -> dict[bytes, bytes]:
    """Return what our metadata in a footer says, {} if there is none; the rest of the footer is not looked into.

    A footer describes every column, which takes ten times as long to read as what is wanted of it: here the four
    entries are found by their names, and `CHECK` says whether they are what was written.
    """
    with path.open("rb", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        end = _tail(file, size, min(size, 65_536))
        length = int.from_bytes(end[-8:-4], "little")
        if size < 12 or end[-4:] != b"PAR1" or length + 12 > size:
            raise BadShard("cannot be read (it does not end as a Parquet file does)")
        footer = _tail(file, size, length + 8) if length + 8 > len(end) else end[-length - 8 :]
    facts = {}
    for name in (ABOUT, RUNS, ROWS, CHECK):
        _, found, rest = footer.partition(_TEXT + bytes([len(name)]) + name + _TEXT)
        if found:
            used, count = _varint(rest)
            facts[name] = rest[used : used + count]
    return facts


def _tail(file: BinaryIO, size: int, length: int) -> bytes:
    file.seek(size - length)
    parts = []
    while length and (part := file.read(length)):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _varint(content: bytes) -> tuple[int, int]:
    """Return how many bytes a number takes in Thrift's compact protocol (seven bits each), and the number."""
    number = 0
    for place, byte in enumerate(content[:5]):
        number |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return place + 1, number
    return 0, 0


def read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Return the table in a Parquet file, with page checksums verified; raises `BadShard` as `read_footer`."""
    with _bad_if_unreadable(), pq.ParquetFile(path, page_checksum_verification=True) as file:
        return file.read(columns=columns)


def read_block(path: Path, block: Block) -> dict[str, NDArray[Any]]:
    """Return the columns of the panels in one row group as arrays of rows, run after run.

    Page checksums are verified, and the digest of every run; `BadShard` names the first that does not hold.
    """
    arrays = read_arrays(path, block)
    for key, said, digest in zip(block.keys, block.digests, digests_of(arrays, block.rows), strict=True):
        if digest != said:
            raise BadShard(f"run {key} has the digest {digest}, but was {said} when it was computed")
    return arrays


def read_arrays(path: Path, block: Block) -> dict[str, NDArray[Any]]:
    """Return what `read_block` does after verifying page checksums alone: for blocks verified before."""
    columns = [RUN_KEY, *block.columns]
    with _bad_if_unreadable():
        with pq.ParquetFile(path, page_checksum_verification=True, read_dictionary=[RUN_KEY]) as file:
            table = file.read_row_group(block.group, columns=columns)
        if table.num_rows != sum(block.rows):
            raise BadShard(f"has {table.num_rows} rows instead of {sum(block.rows)}")
        if sorted(table.column_names) != sorted(columns):
            raise BadShard(f"its columns are damaged: {table.column_names}")
        _check_keys(table.column(RUN_KEY), block)
        return {name: table.column(name).to_numpy() for name in block.columns}


def _check_keys(column: Any, block: Block) -> None:
    """Raise `BadShard` where a row does not have the key of the run that the footer puts there."""
    if not pa.types.is_dictionary(column.type):
        raise BadShard("its keys are damaged")
    encoded = column.unify_dictionaries().combine_chunks()
    number = {key: i for i, key in enumerate(encoded.dictionary.to_pylist())}
    expected = np.repeat([number.get(key, -1) for key in block.keys], block.rows)
    if not np.array_equal(encoded.indices.to_numpy(zero_copy_only=False), expected):
        raise BadShard("its rows are not those of the runs that its footer names")


_TEXT = b"\x18"  # Thrift's compact protocol: the next field, a text
_LARGEST = 4 * 2**30  # bytes
_NO_FLUSHING = frozenset({22, 9, 95})  # EINVAL, EBADF, EOPNOTSUPP: this kind of file system does not do it


def _json(content: Any) -> bytes:
    return json.dumps(content, separators=(",", ":"), allow_nan=False).encode()


def _check(facts: Mapping[bytes, bytes]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for name in (ABOUT, RUNS, ROWS):
        digest.update(facts.get(name, b"") + b"\0")
    return digest.hexdigest()


@contextmanager
def _bad_if_unreadable() -> Iterator[None]:
    """Turn what pyarrow raises about a file's content into `BadShard`; errors of the disk stay what they are."""
    try:
        yield
    except pa.ArrowException as error:
        if isinstance(error, MemoryError) and not _absurd(error):
            raise  # there is too little memory; nothing is known about the file
        raise BadShard(_reason(error)) from error
    except (UnicodeDecodeError, KeyError) as error:
        raise BadShard(f"the name of a column is damaged ({error})") from error
    except OSError as error:
        if error.errno is not None:  # the disk's words: nothing is known about the file
            raise
        raise BadShard(_reason(error)) from error


def _absurd(error: Exception) -> bool:
    """Return whether more memory was asked for than any shard needs: the file's own sizes are damaged."""
    return any(int(size) > _LARGEST for size in re.findall(r"size (\d+)", str(error)))


def _reason(error: Exception) -> str:
    said = str(error).strip().splitlines()
    return f"cannot be read ({said[0] if said else type(error).__name__})"
