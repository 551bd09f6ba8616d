"""Resident bytes per person, measured in a process of its own: ``python -m benchmarks.memory PERSONS``."""

from __future__ import annotations

import gc
import json
import resource
import subprocess
import sys
from pathlib import Path

STATM = Path("/proc/self/statm")


def resident_bytes() -> int:
    """Return the resident memory of this process, bytes (the peak where the system tells nothing else)."""
    gc.collect()
    if STATM.exists():
        return int(STATM.read_text().split()[1]) * resource.getpagesize()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def bytes_per_person(persons: int) -> dict[str, float]:
    """Return resident bytes per person and of the columns alone, in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.memory", str(persons)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main(persons: int) -> None:
    """Print resident and column bytes per person as JSON."""
    from benchmarks.cases import warm_model

    warm_model(2_000)
    before = resident_bytes()
    model = warm_model(persons)
    after = resident_bytes()
    columns = sum(values.nbytes for values in (*model.world.persons, *model.world.channels))
    size = model.world.size
    print(json.dumps({"resident": (after - before) / size, "columns": columns / size}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
