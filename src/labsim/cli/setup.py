"""The commands about the installation."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

from labsim import __version__
from labsim.cli.application import command, put, say
from labsim.cli.runs import JsonOption
from labsim.cli.terminal import print_json, print_table


@command("version")
def version() -> None:
    """Print the version of labsim."""
    put(__version__)


@command("warmup")
def warmup() -> None:
    """Compile the kernels once, so that later runs start at once."""
    from labsim.experiment import warmup as kernels

    if kernels.compiled():
        put("the kernels are compiled already")
        return
    say("labsim: compiling the kernels")
    put(f"compiled in {_warmed_up():.1f} s")


@command("doctor")
def doctor(as_json: JsonOption = False) -> None:
    """Show versions, cores, caches, and whether all is ready."""
    facts = examination()
    if as_json:
        print_json(facts)
        return
    rows = [[name.replace("_", " "), _shown(value)] for name, value in facts.items()]
    print_table("labsim doctor", ["", ""], rows)


def examination() -> dict[str, Any]:
    """Return what `labsim doctor` says, as plain values."""
    from labsim.compiling import CACHE_FOLDER
    from labsim.experiment.cache import BurnInCache
    from labsim.experiment.provenance import commit, machine, versions
    from labsim.experiment.warmup import compiled

    complaints: list[str] = []
    cache = BurnInCache(tell=complaints.append)
    burn_ins, size = cache.size()
    were_compiled = compiled()
    if not were_compiled:
        say("labsim: compiling the kernels")
    seconds = _warmed_up()
    return {
        "labsim": __version__,
        "commit": commit(),
        "versions": versions(),
        "machine": machine(),
        "memory_gb": _memory_gb(),
        "threads": {name: os.environ.get(name) for name in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS")},
        "kernels_were_compiled": were_compiled,
        "kernels_cache": str(CACHE_FOLDER),
        "kernels_ready_after_seconds": round(seconds, 2),
        "burn_in_cache": str(cache.folder),
        "burn_in_cache_works": cache.usable,
        "burn_ins_kept": burn_ins,
        "burn_ins_gb": round(size / 1e9, 3),
        "disk_free_gb": _free_gb(cache.folder),
        "problems": complaints,
    }


def _warmed_up() -> float:
    from labsim.experiment import warmup as kernels

    began = time.perf_counter()
    kernels.warm_up()
    return time.perf_counter() - began


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9, 1)
    except (AttributeError, ValueError, OSError):
        return None


def _free_gb(folder: Path) -> float | None:
    existing = next((path for path in (folder, *folder.parents) if path.is_dir()), None)
    return None if existing is None else round(shutil.disk_usage(existing).free / 1e9, 1)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {'-' if each is None else each}" for name, each in value.items())
    if isinstance(value, list):
        return "; ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else str(value)
