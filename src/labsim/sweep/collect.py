"""Collecting: every planned run once, verified, in few files that any tool reads; and a manifest of them.

The order of the rows follows from the plan alone (replicate, point, scenario), so a sweep that was disturbed and
resumed gives the same table as one that was not. The new files take their place at once when all are complete.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from labsim import __version__
from labsim.experiment.keys import code_id
from labsim.experiment.progress import Progress, Watcher, silent
from labsim.experiment.provenance import versions
from labsim.experiment.store import OutputError, read_json
from labsim.sweep import machine
from labsim.sweep.blocks import Blocks
from labsim.sweep.collected import OUTCOMES, Collector, Runs, Window
from labsim.sweep.copies import Copies, refuse_disagreement
from labsim.sweep.footers import COLLECTED
from labsim.sweep.plan import Plan, read_plan
from labsim.sweep.prune import prune as prune_shards
from labsim.sweep.shards import FORMAT, flush_folder
from labsim.sweep.store import NO_ROOM, Bad, Store, store_of

MANIFEST = "_MANIFEST.json"
BATCH_BYTES, MOST_RUNS = 32 * 2**20, 20_000
"""Panels that are in memory at once: bytes, and runs."""


@dataclass(frozen=True)
class Collected:
    """What was collected.

    folder, outcomes : where the panels and the table of outcomes are
    planned, runs    : rows of the plan, and how many of them were collected
    missing          : keys of planned runs that the store does not hold
    duplicates       : copies of runs beyond the first (all agree)
    bad              : files that were found to be bad
    files, size      : number of files and their bytes
    seconds          : wall time
    pruned           : files of the store that were removed since the collected ones hold the same
    """

    folder: Path
    outcomes: Path
    planned: int
    runs: int
    missing: tuple[str, ...]
    duplicates: int
    bad: tuple[Bad, ...]
    files: int
    size: int
    seconds: float
    pruned: int = 0


def collect(folder: Path, prune: bool = False, *, watch: Watcher = silent) -> Collected:
    """Verify the finished runs of a sweep and write ``collected/`` and ``outcomes.parquet`` to its folder.

    Parameters
    ----------
    prune
        Whether to remove the shards afterwards that the collected files replace (after reading those back).

    Raises
    ------
    Disagreement
        Copies of a run differ; nothing was written.
    OutputError
        No sweep, no finished run, no room.
    """
    began = time.monotonic()
    plan = read_plan(folder)
    store = store_of(plan)
    if prune and store.folder != plan.folder.resolve():
        raise OutputError(
            store.folder, "is shared with other sweeps, which may need its shards", "leave --prune out"
        )
    recover(plan.folder)
    copies = Copies(plan.runs(["run_key"]).column("run_key"), store.index())
    refuse_disagreement(store, copies)
    if not copies.done.any():
        raise OutputError(plan.folder, "has no finished run", "do some first: labsim sweep run FOLDER")
    blocks = Blocks(store, copies)
    with _aside(plan.folder) as aside:
        with Collector(aside, _about(plan), plan.points, _windows(plan)) as collector:
            _write(collector, _batches(plan, blocks), watch)
            collector.finish()
        chosen = blocks.gathered[copies.run]
        manifest = _manifest(plan, store, copies, chosen, aside)
        _write_manifest(aside / COLLECTED / MANIFEST, manifest)
        _take_the_place(aside, plan.folder)
    pruned = prune_shards(store, copies) if prune else 0
    missing = tuple(copies.names.filter(pa.array(blocks.gathered < 0)).to_pylist())
    return Collected(
        plan.folder / COLLECTED, plan.folder / OUTCOMES, len(chosen), int((chosen >= 0).sum()), missing,
        copies.duplicates, tuple(store.bad), len(manifest["files"]),
        sum(each["bytes"] for each in manifest["files"]), time.monotonic() - began, pruned,
    )  # fmt: skip


def _write(collector: Collector, batches: Iterable[tuple[int, int, Runs]], watch: Watcher) -> None:
    """Write batches while the next one is read and verified; the order of writing is that of the batches."""
    with ThreadPoolExecutor(1) as writer:
        under_way: Future[None] | None = None
        for done, total, runs in batches:
            if under_way is not None:
                under_way.result()
            under_way = writer.submit(collector.add, runs)
            watch(Progress(done, total, "collecting"))
        if under_way is not None:
            under_way.result()


def _batches(plan: Plan, blocks: Blocks) -> Iterator[tuple[int, int, Runs]]:
    """Yield the runs of the plan that are there, by replicate, point, scenario; and how many rows that makes so far."""
    table, names = plan.runs(["scenario", "point", "replicate", "seed"]), _scenarios(plan)
    text = table.column("scenario").cast(pa.string()).combine_chunks()
    scenario = pc.index_in(text, value_set=pa.array(names, pa.string())).to_numpy(zero_copy_only=False)
    point, replicate, seed = (table.column(name).to_numpy() for name in ("point", "replicate", "seed"))
    order = np.lexsort((scenario, point, replicate))
    size = _runs_per_batch(blocks)
    for start in range(0, len(order), size):
        batch = order[start : start + size]
        for number, name in enumerate(names):
            rows = batch[scenario[batch] == number]
            there, panels = blocks.gather(blocks.copies.run[rows])
            if len(there):
                found = blocks.gathered[blocks.copies.run[rows[there]]]
                index = blocks.index
                keys, digests = (
                    each.take(pa.array(found)).to_pylist() for each in (index.keys, index.digests)
                )
                runs = Runs(name, keys, digests, point[rows[there]], seed[rows[there]],
                            index.rows[found].astype(np.int64), panels)  # fmt: skip
                yield min(start + size, len(order)), len(order), runs


def _runs_per_batch(blocks: Blocks) -> int:
    """Return how many runs fit the memory that a batch may take."""
    good = blocks.chosen[blocks.chosen >= 0]
    columns = max((len(about["columns"]) for about in blocks.index.abouts), default=1)
    bytes_per_run = 8 * columns * max(1, int(blocks.index.rows[good].max(initial=1)))
    return int(np.clip(BATCH_BYTES // bytes_per_run, 1, MOST_RUNS))


def _scenarios(plan: Plan) -> list[str]:
    return list(plan.facts["scenarios"]) or [""]


def _windows(plan: Plan) -> list[Window]:
    """Return the windows in the numbers of the column month; of a yearly record every year that a window touches."""
    per = 12 if plan.facts["record"] == "yearly" else 1
    return [Window(each["name"], each["first"] // per, each["last"] // per) for each in plan.facts["windows"]]


def _about(plan: Plan) -> dict[str, Any]:
    return {"format": FORMAT, "labsim": __version__, "code": code_id(), "versions": versions(),
            "sweep": plan.name, "config": plan.facts["file"]["digest"], "host": machine.host(),
            "month": "year" if plan.facts["record"] == "yearly" else "12 x year + month - 1"}  # fmt: skip


def _manifest(
    plan: Plan, store: Store, copies: Copies, chosen: NDArray[np.int64], aside: Path
) -> dict[str, Any]:
    files = sorted(path for path in aside.rglob("*.parquet"))
    content = hashlib.blake2b(digest_size=16)
    for digest in copies.index.digests.take(pa.array(chosen[chosen >= 0])).to_pylist():
        content.update(digest.encode())
    return _about(plan) | {
        "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "planned": len(chosen),
        "runs": int((chosen >= 0).sum()),
        "missing": int((chosen < 0).sum()),
        "duplicates": copies.duplicates,
        "bad_files": [str(bad.file.relative_to(store.folder)) for bad in store.bad],
        "content": content.hexdigest(),
        "files": [{"file": str(path.relative_to(aside)), "bytes": path.stat().st_size, "sha256": file_hash(path)}
                  for path in files],
    }  # fmt: skip


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_manifest(path: Path, manifest: Mapping[str, Any]) -> None:
    with path.open("w", encoding="utf-8") as file:
        json.dump(manifest, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    flush_folder(path.parent)


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """Give a new folder for files that are to take the place of the collected ones; it is gone afterwards."""
    aside = folder / f"{COLLECTED}.new"
    _refuse_a_second(aside)
    try:
        aside.mkdir()
        (aside / "owner.json").write_text(json.dumps({"host": machine.host(), "pid": os.getpid()}))
        yield aside
    except OSError as error:
        said = str(error) if error.errno is None else os.strerror(error.errno)
        right = (
            "make room and collect again: nothing is lost" if error.errno in NO_ROOM else "make it writable"
        )
        raise OutputError(folder / COLLECTED, f"cannot be written ({said})", right) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _refuse_a_second(aside: Path) -> None:
    if not aside.exists():
        return
    owner = read_json(aside / "owner.json") or {}
    if owner.get("host", machine.host()) != machine.host() or machine.lives(int(owner.get("pid", 0))):
        who = f"process {owner.get('pid')} on {owner.get('host')}"
        raise OutputError(
            aside, f"is being written by {who}", "wait for it; if it is dead, remove this folder"
        )
    shutil.rmtree(aside, ignore_errors=True)


def _take_the_place(aside: Path, folder: Path) -> None:
    """Put new files where the old ones were; at every moment one of the two is complete (see `recover`)."""
    old = folder / f"{COLLECTED}.old"
    if (folder / COLLECTED).exists():
        (folder / COLLECTED).rename(old)
    (aside / COLLECTED).rename(folder / COLLECTED)
    (aside / OUTCOMES).replace(folder / OUTCOMES)
    flush_folder(folder)
    shutil.rmtree(old, ignore_errors=True)


def recover(folder: Path) -> None:
    """Finish what a `collect` that was killed left: the old files come back if the new ones are not in place."""
    old = folder / f"{COLLECTED}.old"
    if not old.exists():
        return
    if (folder / COLLECTED / MANIFEST).is_file():
        shutil.rmtree(old, ignore_errors=True)
    else:
        shutil.rmtree(folder / COLLECTED, ignore_errors=True)
        old.rename(folder / COLLECTED)
