"""Finished runs, failures and plans made by hand, for the tests of what a sweep keeps."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from labsim.config.factors import Factor
from labsim.sweep.jobs import Failure, Finished, Job, digest_of
from labsim.sweep.rows import SCHEMA

OUTCOMES = ("unemployment_rate", "vacancies")


def job(number: int, *, scenario: str = "base", point: int = 0, seed: int | None = None) -> Job:
    """Return the job with this number; its key follows from the number alone."""
    key = hashlib.blake2b(f"run {number}".encode(), digest_size=16).hexdigest()
    return Job(key, scenario, point, number if seed is None else seed, number // 10, {"growth": number / 8})


def finished(
    number: int,
    *,
    months: int = 12,
    outcomes: Sequence[str] = OUTCOMES,
    host: str = "node1",
    twist: float = 0.0,
    of: Job | None = None,
) -> Finished:
    """Return a run that is done; its panel follows from the number, and from `twist` if it is not what it was."""
    rng = np.random.Generator(np.random.PCG64(number))
    panel = {"month": np.arange(24_000, 24_000 + months, dtype=np.int32)}
    panel |= {name: rng.normal(8.0, 2.0, months) + twist for name in outcomes}
    return Finished(of or job(number), panel, digest_of(panel), 1.5, 200.0, 1.7e9, host, "some processor")


def failure(
    number: int, *, error: str = "ValueError: no jobs", attempt: int = 1, final: bool = True
) -> Failure:
    """Return a failed attempt of the run with this number."""
    details = f"Traceback\n{error}"
    return Failure(job(number), "raised", error, details, attempt, 0.5, "node1", 1.7e9, final)


def damage(path: Path, how: str) -> None:
    """Damage a file: cut at half, emptied, last byte gone, one byte flipped, 4 KiB zeroed (both in its pages)."""
    content = bytearray(path.read_bytes())
    if how == "cut at half":
        content = content[: len(content) // 2]
    elif how == "emptied":
        content = bytearray()
    elif how == "last byte gone":
        content = content[:-1]
    elif how == "one byte flipped":
        content[len(content) // 3] ^= 1
    elif how == "4 KiB zeroed":
        start = len(content) // 3
        content[start : start + 4096] = bytes(4096)
    path.write_bytes(content)


AT_ONCE = ("cut at half", "emptied", "last byte gone")
"""Damage that a footer shows."""
IN_THE_PAGES = ("one byte flipped", "4 KiB zeroed")
"""Damage that only reading everything shows."""

FACTORS = ("demand.growth", "levers.gap")


def planned(
    folder: Path,
    *,
    scenarios: Sequence[str] = ("base", "reform"),
    points: int = 3,
    seeds: int = 4,
    parts: int = 1,
    record: str = "monthly",
    store: str = ".",
    chunk: int = 4,
) -> list[Job]:
    """Write a plan as `labsim.sweep.plan` does, for runs that `finished` makes; return its jobs in its order.

    Replicates follow one another, within them points, within these scenarios; ``parts`` files hold them.
    """
    inside = folder / "plan"
    inside.mkdir(parents=True, exist_ok=True)
    values = {name: np.arange(points) / (4.0 + i) for i, name in enumerate(FACTORS)}
    pd.DataFrame({"point": np.arange(points), **values}).to_parquet(inside / "points.parquet", index=False)
    jobs, names = [], [*scenarios] or [""]
    for number in range(seeds * points * len(names)):
        group, scenario = divmod(number, len(names))
        replicate, point = divmod(group, points)
        factors = {name: float(column[point]) for name, column in values.items()}
        jobs.append(
            job(number, scenario=names[scenario], point=point, seed=replicate + 1)._replace(
                chunk=group // chunk, values=factors
            )
        )
    facts = {
        "format": 1, "sweep": "by_hand", "scenarios": {name: {"en": name} for name in scenarios},
        "factors": [Factor(name, "uncertainty", "real", 0.0, 1.0).as_json() for name in FACTORS],
        "record": record, "store": store,
        "windows": [{"name": name, "first": first, "last": last} for name, first, last in WINDOWS],
        "outcomes": [{"name": name} for name in OUTCOMES], "file": {"name": "by_hand.yaml", "digest": "f" * 64},
        "versions": {}, "seeds": list(range(1, seeds + 1)), "rows": len(jobs), "runs": len(jobs), "chunks": 0,
        "runner": "", "run": {}, "parts": [],
    }  # fmt: skip
    size = -(-len(jobs) // parts)
    for part in range(parts):
        mine = jobs[part * size : (part + 1) * size]
        name = f"runs-{part}.parquet"
        first, last = mine[0].chunk, mine[-1].chunk
        facts["parts"].append({"file": name, "first_chunk": first, "chunks": last - first + 1})
        rows = [{"run_key": each.key, "scenario": each.scenario, "point": each.point, "replicate": each.seed,
                 "seed": each.seed, "chunk": each.chunk} for each in mine]  # fmt: skip
        pq.write_table(pa.Table.from_pylist(rows, SCHEMA), inside / name)
    (inside / "plan.json").write_text(json.dumps(facts))
    return jobs


WINDOWS = (("early", 24_000, 24_005), ("late", 24_006, 24_011))
