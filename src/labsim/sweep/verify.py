"""Verifying: every page checksum and digest of the store, the manifest's hashes, and some runs done once more."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from labsim.experiment.progress import Progress, Watcher, silent
from labsim.experiment.store import read_json
from labsim.sweep.collect import MANIFEST, file_hash, recover
from labsim.sweep.copies import Copies, disagreement
from labsim.sweep.footers import COLLECTED
from labsim.sweep.jobs import Job
from labsim.sweep.plan import Plan, read_plan
from labsim.sweep.shards import BadShard
from labsim.sweep.store import Bad, Store, store_of


@dataclass(frozen=True)
class Repeated:
    """A run that was done once more: its digest in the store, and now; error: why it could not be done, or ""."""

    job: Job
    digest: str
    now: str
    error: str = ""

    @property
    def same(self) -> bool:
        """Whether the bits are the same."""
        return self.digest == self.now


@dataclass(frozen=True)
class Verified:
    """What was verified.

    files, runs  : files of the store that were read, and runs in them that are good
    bad          : files that are not what was written, with the runs concerned; they were set aside
    altered      : collected files that are not those of the manifest
    disagreement : what to say about copies of a run that differ, or ""
    repeated     : runs done once more
    """

    files: int
    runs: int
    bad: tuple[Bad, ...]
    altered: tuple[Path, ...]
    disagreement: str
    repeated: tuple[Repeated, ...]

    @property
    def fine(self) -> bool:
        """Whether everything holds."""
        return not (self.bad or self.altered or self.disagreement) and all(
            each.same for each in self.repeated
        )


Repeat = Callable[[Plan, Job], str]
"""Does a run of a plan and returns its digest."""


def verify(
    folder: Path, rerun: int = 0, *, watch: Watcher = silent, repeat: Repeat | None = None
) -> Verified:
    """Read everything that the store of a sweep holds, and do some runs once more.

    Parameters
    ----------
    rerun
        How many runs to repeat; which ones follows from their keys alone.
    repeat
        Does a run; default: as the sweep does it, in this process.
    """
    plan = read_plan(folder)
    store = store_of(plan)
    recover(plan.folder)
    index = store.index()
    runs = 0
    for number, path in enumerate(index.files):
        try:
            runs += len(store.verify(path).keys)
        except (BadShard, FileNotFoundError):
            continue
        watch(Progress(number + 1, len(index.files), "verifying"))
    index = store.index() if store.bad else index
    copies = Copies(plan.runs(["run_key"]).column("run_key"), index)
    differ = copies.disagreements()
    said = ". ".join(disagreement(store, index, differ)) if differ else ""
    again = tuple(_repeated(plan, copies, rerun, repeat or _as_the_sweep_does, watch))
    return Verified(len(index.files), runs, tuple(store.bad), tuple(_altered(plan, store)), said, again)


def chosen(keys: pa.Array, number: int) -> list[str]:
    """Return some of the keys: always the same ones, spread over the whole sweep as hashes are."""
    ranked = sorted(keys.to_pylist(), key=lambda key: hashlib.blake2b(key.encode(), digest_size=8).digest())
    return ranked[:number]


def _repeated(plan: Plan, copies: Copies, number: int, repeat: Repeat, watch: Watcher) -> Iterator[Repeated]:
    if not number:
        return
    keys = chosen(copies.names.filter(pa.array(copies.done)), number)
    rows = pc.index_in(pa.array(keys, pa.string()), value_set=copies.index.keys)
    digests = dict(zip(keys, copies.index.digests.take(rows).to_pylist(), strict=True))
    for count, job in enumerate(plan.jobs_of(keys)):
        try:
            yield Repeated(job, digests[job.key], repeat(plan, job))
        except Exception as error:
            yield Repeated(job, digests[job.key], "", f"{type(error).__name__}: {error}")
        watch(Progress(count + 1, len(keys), "repeating runs"))


def _as_the_sweep_does(plan: Plan, job: Job) -> str:
    from labsim.sweep.record import run_job

    return run_job(plan, job).digest


def _altered(plan: Plan, store: Store) -> Iterator[Path]:
    """Yield the collected files that are not as the manifest says, or not there."""
    manifest: dict[str, Any] = read_json(plan.folder / COLLECTED / MANIFEST) or {}
    gone = {bad.file for bad in store.bad}
    for each in manifest.get("files", ()):
        path = plan.folder / each["file"]
        if path not in gone and (not path.is_file() or file_hash(path) != each["sha256"]):
            yield path
