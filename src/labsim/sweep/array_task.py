"""What a task of an array runs: ``python -m labsim.sweep.array_task FOLDER CHUNKS --task 3 --of 40``."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from labsim.sweep.batch_jobs import ARRAYS, report_file
from labsim.sweep.job_scripts import STOP_AT
from labsim.sweep.jobs import Receipt
from labsim.sweep.machine import batch_job


def chunks_file(folder: Path, name: str) -> Path:
    """Return the file that lists the chunks of an array."""
    return folder / ARRAYS / f"{name}.json"


def write_chunks(folder: Path, name: str, chunks: Sequence[int]) -> Path:
    """Write the list of chunks of an array and return its file."""
    file = chunks_file(folder, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([int(chunk) for chunk in chunks]) + "\n", encoding="utf-8")
    return file


def main(arguments: Sequence[str] | None = None) -> int:
    """Do a task's share of the chunks; return 0, 3 if runs failed, or 75 if it had to stop before its end."""
    parser = argparse.ArgumentParser(description="Do a task's share of the chunks of a sweep.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("chunks")
    parser.add_argument("--task", type=int, required=True)
    parser.add_argument("--of", type=int, required=True)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--retry-failed", action="store_true")
    asked = parser.parse_args(arguments)
    mine = json.loads(chunks_file(asked.folder, asked.chunks).read_text(encoding="utf-8"))[
        asked.task :: asked.of
    ]
    report = report_file(asked.folder, asked.chunks, asked.task)
    _append(report, {"began": time.time(), "job": batch_job(), "host": os.uname().nodename})

    from labsim.sweep.work import work_chunks

    receipt = work_chunks(
        asked.folder,
        mine,
        workers=asked.workers,
        deadline=stop_at(),
        engine_name="slurm-array",
        on_receipt=lambda each: _append(report, each._asdict()),
        retry_failed=asked.retry_failed,
    )
    code = 75 if receipt.left else 3 if receipt.failed else 0
    _append(report, {"end": code})
    return code


def stop_at() -> float | None:
    """Return when the job's work has to stop, seconds since 1970, as its script noted it; None if it did not."""
    noted = os.environ.get(STOP_AT, "")
    return float(noted) if noted else None


def receipt_of(entry: dict[str, Any]) -> Receipt | None:
    """Return the receipt in a line of a task's report; None for a line that says something else."""
    if "chunks" not in entry:
        return None
    return Receipt(**{**entry, "chunks": tuple(entry["chunks"])})


def _append(file: Path, entry: dict[str, Any]) -> None:
    """Add a line to a report; each task has its own file, so no two writers meet."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as opened:
        opened.write(json.dumps(entry) + "\n")


if __name__ == "__main__":
    sys.exit(main())
