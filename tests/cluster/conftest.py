"""Tests marked `cluster` need the Slurm of `start-local-slurm.sh` beside this file; else they say what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .naps import SLURM_STATE


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests that need Slurm, with the name of what is missing."""
    wanted = [item for item in items if item.get_closest_marker("cluster")]
    reason = missing() if wanted else ""
    for item in wanted if reason else ():
        item.add_marker(pytest.mark.skip(reason=reason))


def missing() -> str:
    """Return what these tests lack here, "" if nothing."""
    if os.name != "posix" or os.geteuid() != 0:
        return "the local Slurm needs root: sudo make test-cluster"
    for command in ("sbatch", "squeue", "scancel", "scontrol"):
        if shutil.which(command) is None:
            return f"no Slurm here (no command {command}): make test-cluster installs one"
    if not (SLURM_STATE / "etc" / "slurm.conf").is_file():
        return "the Slurm here is not the local one of these tests: make test-cluster starts it"
    asked = subprocess.run(["squeue", "-h"], capture_output=True, text=True, check=False, timeout=60)
    return f"Slurm does not answer ({asked.stderr.strip()}): make test-cluster" if asked.returncode else ""


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Return a function that waits until something holds, and fails with its words if it never does."""

    def wait(holds: Callable[[], object], seconds: float, words: str) -> None:
        until = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < until, f"after {seconds:.0f} s still not: {words}"
            time.sleep(0.5)

    return wait


@pytest.fixture
def sweep_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where a sweep goes: a folder that jobs on the nodes see, too."""
    return tmp_path_factory.mktemp("cluster") / "sweep"
