"""What a node says about itself, for `labsim sweep doctor`: ``python -m labsim.sweep.node_report FILE MEGABYTES``."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("numpy", "numba", "pyarrow", "distributed")
"""Packages whose versions have to be the same on a node as where labsim was started."""

THREADS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Variables that have to be 1 in a job."""


def report(folder: Path, megabytes: int = 0) -> dict[str, Any]:
    """Return what this machine is and can do.

    Parameters
    ----------
    folder
        A folder that has to be writable here and seen where labsim was started.
    megabytes
        Memory that is taken for a moment, to see whether it is there.
    """
    from labsim import __version__
    from labsim.compiling import CACHE_FOLDER, compiled
    from labsim.experiment.keys import code_id

    return {
        "host": platform.node(),
        "python": platform.python_version(),
        "executable": sys.executable,
        "labsim": __version__,
        "code_id": code_id(),
        "versions": {name: _version(name) for name in PACKAGES},
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "threads": {name: os.environ.get(name, "") for name in THREADS},
        "clock_of_folder": _clock_of(folder),
        "folder_problem": _write_and_read(folder),
        "kernels_cache": str(CACHE_FOLDER),
        "kernels_ready": compiled(),
        "kernels_problem": _write_and_read(CACHE_FOLDER),
        "scratch_free_mb": round(shutil.disk_usage(CACHE_FOLDER).free / 1e6),
        "memory_problem": _take(megabytes),
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _write_and_read(folder: Path) -> str:
    """Write, flush, rename and read a small file in a folder; return what went wrong, "" if nothing."""
    said = b"labsim" * 100
    try:
        handle, name = tempfile.mkstemp(dir=folder, prefix=".labsim-doctor-")
        path = Path(name)
        try:
            with os.fdopen(handle, "wb") as opened:
                opened.write(said)
                opened.flush()
                os.fsync(opened.fileno())
            renamed = path.replace(path.with_name(path.name + ".renamed"))
            path = renamed
            return "" if path.read_bytes() == said else "what was written there is read differently"
        finally:
            path.unlink(missing_ok=True)
    except OSError as error:
        return str(error)


def _clock_of(folder: Path) -> float | None:
    """Return how many seconds the clock of a folder's file system is ahead of this machine's."""
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".labsim-doctor-") as opened:
            return os.fstat(opened.fileno()).st_mtime - time.time()
    except OSError:
        return None


def _take(megabytes: int) -> str:
    """Take memory, touch every page of it, and let it go; return what went wrong, "" if nothing."""
    try:
        taken = bytearray(megabytes * 1_000_000)
        taken[::4096] = b"x" * len(taken[::4096])
    except MemoryError:
        return f"{megabytes} MB cannot be had"
    return ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the report of this machine to a file; return 0."""
    file, megabytes = (sys.argv[1:] if arguments is None else list(arguments))[:2]
    target = Path(file)
    aside = target.with_suffix(".tmp")
    aside.write_text(json.dumps(report(target.parent, int(megabytes))), encoding="utf-8")
    aside.replace(target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
