"""The store: shards of finished runs, receipts and failures beside them, and a place for files that are bad.

A file gets its final name only when it is complete, on the disk and read back, so that a file that is there
is good unless the disk changed it. A run is done when its key stands in the readable footer of a shard; what
has been read once as bad is moved to ``quarantine/`` with a note, and its runs count as missing. Any number of
processes may write and read at once; nobody locks anything. There is no database file.
"""

from __future__ import annotations

import errno
import hashlib
import itertools
import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
from numpy.typing import NDArray

from labsim import __version__
from labsim.experiment.keys import code_id
from labsim.experiment.provenance import versions
from labsim.experiment.store import OutputError
from labsim.sweep import machine
from labsim.sweep.footers import COLLECTED, SHARDS, Index, scan
from labsim.sweep.jobs import Failure, Finished, Job
from labsim.sweep.shards import (
    FORMAT,
    RUN_KEY,
    BadShard,
    Footer,
    flush_folder,
    flushed,
    read_block,
    read_footer,
    read_table,
    write_parquet,
    write_shard,
)

if TYPE_CHECKING:
    from labsim.sweep.plan import Plan

RECEIPTS, FAILURES, TMP, QUARANTINE = "receipts", "failures", "tmp", "quarantine"
BURN_IN, CHECKPOINTS, LOGS = "burn-in", "checkpoints", "logs"
FOLDERS = frozenset({SHARDS, RECEIPTS, FAILURES, TMP, QUARANTINE, BURN_IN, CHECKPOINTS, LOGS, COLLECTED})
"""What a sweep's folder holds beside its plan."""
DAY = 86_400.0
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Entry(NamedTuple):
    """Where a finished run stands: shard, row group, its rows within that (first, how many), its digest."""

    shard: Path
    group: int
    first: int
    rows: int
    digest: str


class Bad(NamedTuple):
    """A file that was found to be bad: where it was, why, the runs that it held ((): not known), where it is now."""

    file: Path
    reason: str
    runs: tuple[str, ...]
    moved_to: Path | None


class Store:
    """The files of finished and failed runs below one folder.

    Parameters
    ----------
    folder
        The store's folder; it and the folders in it are made when something is written.
    about
        Where the results come from, for the footers: sweep, config (digest of the sweep file), store ...;
        labsim's version, the code id and the versions of the libraries are added.
    """

    def __init__(self, folder: Path, about: Mapping[str, Any] | None = None) -> None:
        self.folder = folder
        self.about = dict(about or {})
        if folder.exists() and not folder.is_dir():
            raise OutputError(folder, "is a file, but a store is a folder", "name a folder")
        self.bad: list[Bad] = []

    def write(self, finished: Sequence[Finished]) -> Path:
        """Write runs as one shard with their receipts beside it; return the shard's path.

        When this returns, the files are on the disk and have been read back. When it raises `OutputError`
        (no room, no permission, a disk that fails), nothing stands under a final name, and the same runs
        can be written again.
        """
        if not finished:
            raise ValueError("there is nothing to write: no runs were given")
        name = _name(finished)
        shard, receipts = (self.folder / kind / name[-2:] / f"{name}.parquet" for kind in (SHARDS, RECEIPTS))
        with (
            self._told_when_full(shard),
            self._aside(f"{name}.runs") as runs_file,
            self._aside(f"{name}.receipts") as receipts_file,
        ):
            write_shard(runs_file, finished, self._provenance(finished))
            write_parquet(receipts_file, _receipts(finished))
            self._place(receipts_file, receipts)  # first: a shard without its receipts is never seen
            self._place(runs_file, shard)
        return shard

    def fail(self, failure: Failure) -> None:
        """Keep a failure as ``failures/<key>.<attempt>.json``; an earlier file of this attempt is replaced."""
        content = failure._asdict() | {"job": failure.job._asdict() | {"values": dict(failure.job.values)}}
        text = json.dumps({"format": FORMAT} | content, indent=1) + "\n"
        path = self.folder / FAILURES / f"{failure.job.key}.{failure.attempt}.json"
        with self.replacing(path) as aside, flushed(aside):
            aside.write_text(text, encoding="utf-8")

    def done(self, since: float | None = None) -> dict[str, Entry]:
        """Return where each finished run stands, by key; of several copies the one written first.

        Only footers are read. Bad files are moved to ``quarantine/`` and told in `bad`.

        Parameters
        ----------
        since
            Only shards written after this moment (seconds since 1970), for those who know the older ones.
        """
        index = self.index(since)
        found: dict[str, Entry] = {}
        texts = (index.keys.to_pylist(), index.digests.to_pylist())
        numbers = (each.tolist() for each in (index.shard, index.group, index.first, index.rows))
        for key, digest, shard, group, first, rows in zip(*texts, *numbers, strict=True):
            if key not in found:
                found[key] = Entry(index.files[shard], group, first, rows, digest)
        return found

    def index(self, since: float | None = None) -> Index:
        """Return what all footers say, as columns: a row per copy of a run, shards in the order of writing."""
        index, bad = scan(self.folder, since)
        for path, reason in bad:
            self.quarantine(path, reason)
        return index

    def failed(self) -> dict[str, list[Failure]]:
        """Return the failures of each run by key, in the order of attempts, whether it was done later or not."""
        found: dict[str, list[Failure]] = {}
        for path in self._names(FAILURES, ".json"):
            try:
                failure = _failure(path)
            except FileNotFoundError:
                continue
            except (ValueError, KeyError, TypeError) as error:
                self.quarantine(path, f"is no record of a failure ({error})")
                continue
            found.setdefault(failure.job.key, []).append(failure)
        for failures in found.values():
            failures.sort(key=lambda failure: failure.attempt)
        return found

    def read(self, keys: Iterable[str]) -> pa.Table:
        """Return the panels of runs below each other, in the order of `keys`; page checksums and digests hold.

        Raises `OutputError` that names the first run that is missing, or that a bad shard held.
        """
        entries, wanted = self.done(), list(keys)
        lost = [key for key in wanted if key not in entries]
        blocks: dict[tuple[Path, int], dict[str, NDArray[Any]]] = {}
        for path, group in dict.fromkeys(entries[key][:2] for key in wanted if key in entries):
            try:
                blocks[path, group] = read_block(path, read_footer(path).block(group))
            except BadShard as error:
                bad = set(self.quarantine(path, str(error)).runs)
                lost += [key for key in wanted if key in bad]
        if lost:
            raise OutputError(
                self.folder, f"{len(lost)} of the runs are not in the store ({lost[0]} ...)", "do them first"
            )
        tables = []
        for key in wanted:
            path, group, first, rows, _ = entries[key]
            panel = {name: values[first : first + rows] for name, values in blocks[path, group].items()}
            tables.append(pa.table({RUN_KEY: pa.array([key] * rows, pa.string()), **panel}))
        return pa.concat_tables(tables) if tables else pa.table({})

    def verify(self, path: Path) -> Footer:
        """Verify page checksums and digests of everything in a shard and return its footer.

        A bad file is moved to ``quarantine/`` and `BadShard` raised for the first thing that does not hold.
        """
        try:
            footer = read_footer(path)
            for group in range(len(footer.groups)):
                read_block(path, footer.block(group))
        except BadShard as error:
            self.quarantine(path, str(error))
            raise
        return footer

    def quarantine(self, path: Path, reason: str) -> Bad:
        """Move a bad file to ``quarantine/`` with a note (file, reason, runs concerned); return what was done.

        Where the store must not be written the file stays where it is, and its runs count as missing all
        the same.
        """
        runs = self._runs_of(path)
        moved: Path | None = self.folder / QUARANTINE / path.name
        note = {"file": str(path.relative_to(self.folder)), "reason": reason, "runs": list(runs),
                "found": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "host": machine.host()}  # fmt: skip
        try:
            (self.folder / QUARANTINE).mkdir(parents=True, exist_ok=True)
            text = json.dumps(note, indent=1) + "\n"
            (self.folder / QUARANTINE / f"{path.name}.note.json").write_text(text, encoding="utf-8")
            path.replace(self.folder / QUARANTINE / path.name)
        except FileNotFoundError:
            pass  # another process moved it a moment ago
        except OSError:
            moved = None
        found = Bad(path, reason, runs, moved)
        self.bad.append(found)
        return found

    def clean(self) -> int:
        """Remove what dead processes of this machine left in ``tmp/``, and what is older than a day; count it."""
        removed, here = 0, _machine()
        for path in self._names(TMP, ""):
            where, pid, born = _owner(path.name)
            with suppress(OSError):
                dead = where == here and machine.born(pid) != born
                if dead or time.time() - path.stat().st_mtime > DAY:
                    path.unlink()
                    removed += 1
        return removed

    def receipts(self) -> Iterator[pa.Table]:
        """Yield the receipts of each shard: a row per run; a file that is bad is moved to ``quarantine/``."""
        for path in sorted((self.folder / RECEIPTS).glob("*/*.parquet")):
            try:
                yield read_table(path)
            except FileNotFoundError:
                continue
            except BadShard as error:
                self.quarantine(path, str(error))

    def _runs_of(self, path: Path) -> tuple[str, ...]:
        """Return the runs that a bad file concerns: by its footer, else by the receipts beside it, else ()."""
        with suppress(OSError, BadShard, ValueError):
            return read_footer(path).keys
        receipts = self.folder / RECEIPTS / path.parent.name / path.name
        with suppress(OSError, BadShard, ValueError):
            return tuple(read_table(receipts, [RUN_KEY]).column(RUN_KEY).to_pylist())
        return (path.name.split(".")[0],) if path.parent.name == FAILURES else ()

    def _names(self, kind: str, ending: str) -> list[Path]:
        folder = self.folder / kind
        try:
            return sorted(path for path in folder.iterdir() if path.name.endswith(ending))
        except FileNotFoundError:
            return []

    def _provenance(self, runs: Sequence[Finished]) -> dict[str, Any]:
        writer = {"host": runs[0].host, "cpu": runs[0].cpu, "pid": os.getpid(),
                  "job": runs[0].batch_job, "attempt": max(run.attempt for run in runs)}  # fmt: skip
        written = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        origin = {"format": FORMAT, "labsim": __version__, "code": code_id(), "versions": _versions()}
        return origin | self.about | {"writer": writer, "written": written}

    @contextmanager
    def replacing(self, path: Path) -> Iterator[Path]:
        """Give a name in ``tmp/`` for a file that takes its place when the block has written it and flushed it."""
        with self._told_when_full(path), self._aside(f"{_moment()}-{path.name}") as aside:
            yield aside
            self._place(aside, path)

    @contextmanager
    def _aside(self, name: str) -> Iterator[Path]:
        """Give a name in ``tmp/`` that says whose it is; whatever is left there afterwards is removed."""
        folder = self.folder / TMP
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{_machine()}~{os.getpid()}~{machine.born(os.getpid())}~{name}"
        try:
            yield path
        finally:
            with suppress(OSError):
                path.unlink()

    def _place(self, aside: Path, path: Path) -> None:
        """Give a complete file its final name, and flush the name to the disk."""
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            flush_folder(path.parent.parent)
        aside.replace(path)
        flush_folder(path.parent)

    @contextmanager
    def _told_when_full(self, path: Path) -> Iterator[None]:
        """Say what is in the way of writing, once and in words."""
        try:
            yield
        except BadShard as error:
            raise OutputError(
                path, f"was not written: read back, it {error}", "check the disk, then resume"
            ) from error
        except OSError as error:
            said = str(error) if error.errno is None else os.strerror(error.errno)
            if error.errno in NO_ROOM:
                right = "make room, then resume: nothing that was finished before is lost"
                raise OutputError(path, f"no room for the results ({said})", right) from error
            right = "make the store's folder writable, or name another one with --store"
            raise OutputError(path, f"cannot be written ({said})", right) from error


def store_of(plan: Plan) -> Store:
    """Return the store of a plan; its files say which sweep they come from."""
    return Store(plan.store_folder, {"sweep": plan.name, "config": plan.facts["file"]["digest"]})


_COUNT = itertools.count()


def _moment() -> str:
    """Return the time as the beginning of a file's name, so that names sort by the moment of writing."""
    seconds, rest = divmod(time.time_ns(), 10**9)
    return f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(seconds))}.{rest:09d}"


def _name(runs: Sequence[Finished]) -> str:
    """Return a name that no other writer gives: the moment, and a hash of the runs and of who writes them."""
    who = (_machine(), os.getpid(), machine.born(os.getpid()), next(_COUNT), time.monotonic_ns())
    what = [(run.job.key, run.digest, run.attempt) for run in runs]
    return f"{_moment()}-{hashlib.blake2b(repr((who, what)).encode(), digest_size=8).hexdigest()}"


@lru_cache(maxsize=1)
def _machine() -> str:
    """Return a name for those processes whose numbers can be looked up from here: host and namespace."""
    try:
        space = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        space = 0
    return f"{machine.host()}.{space}".replace("~", "_").replace("/", "_")


def _owner(name: str) -> tuple[str, int, str]:
    """Return machine, process and birth of the owner of a file in ``tmp/``; ("", 0, "") for one of nobody."""
    parts = name.split("~")
    if len(parts) < 4 or not parts[1].isdecimal():
        return "", 0, ""
    return parts[0], int(parts[1]), parts[2]


@lru_cache(maxsize=1)
def _versions() -> dict[str, str]:
    return versions()


def _receipts(runs: Sequence[Finished]) -> pa.Table:
    rows = [
        {RUN_KEY: run.job.key, "scenario": run.job.scenario, "point": run.job.point, "seed": run.job.seed,
         "chunk": run.job.chunk}
        | {name: getattr(run, name) for name in Finished._fields[2:]}
        for run in runs
    ]  # fmt: skip
    return pa.Table.from_pylist(rows)


def _failure(path: Path) -> Failure:
    content = json.loads(path.read_text(encoding="utf-8"))
    if content.pop("format") != FORMAT:
        raise ValueError("it is of another version of the store's format")
    return Failure(**content | {"job": Job(**content["job"])})
