"""What a machine says about itself and about the process that runs on it."""

from __future__ import annotations

import os
import socket
import sys
from functools import lru_cache
from pathlib import Path

BATCH_SYSTEMS = (
    ("SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID"), ("SLURM_JOB_ID", ""), ("PBS_JOBID", ""), ("LSB_JOBID", ""),
    ("JOB_ID", "SGE_TASK_ID"),
)  # fmt: skip
"""Environment variables in which batch systems tell a job its number, and its task's within an array."""


@lru_cache(maxsize=1)
def host() -> str:
    """Return the name of this machine."""
    return socket.gethostname()


def batch_job() -> str:
    """Return the number of the batch job that this process belongs to, or ""."""
    for job, task in BATCH_SYSTEMS:
        number = os.environ.get(job, "")
        within = os.environ.get(task, "") if task else ""
        if number and (within or not job.startswith("SLURM_ARRAY")):
            return f"{number}_{within}" if within and within != "undefined" else number
    return ""


def memory_mb(pid: int | None = None) -> float:
    """Return the memory that a process holds now (resident set), MB; 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid or 'self'}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def peak_mb() -> float:
    """Return the largest memory that this process has held so far, MB; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def born(pid: int) -> str:
    """Return when a process began, in the machine's own count; "" if there is none with this number."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return text.rpartition(")")[2].split()[19]
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return ""
    except (OSError, IndexError):
        return "?"
    try:  # a system without /proc: all that can be known is whether the number is taken
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except OSError:
        return "0"
    return "0"


def lives(pid: int) -> bool:
    """Return whether there is a process with this number on this machine."""
    return pid > 0 and born(pid) != ""
