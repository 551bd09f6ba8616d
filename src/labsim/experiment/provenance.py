"""Where a result comes from: configuration, seed, code, machine, time. The content of run.json."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labsim import __version__
from labsim.config import assumptions
from labsim.experiment.keys import PACKAGE
from labsim.experiment.timeline import timeline

if TYPE_CHECKING:
    from labsim.model import LabourMarket
    from labsim.scenario import Scenario

LIBRARIES = ("mesa", "numba", "numpy", "pandas", "pyarrow", "pydantic")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that results depend on."""
    found = {name: _version(name) or "missing" for name in LIBRARIES}
    return {"python": platform.python_version(), **found}


def machine() -> dict[str, Any]:
    """Return what the run ran on; nothing that names a person or a machine."""
    return {
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
    }


def commit() -> str | None:
    """Return the commit of the checkout that the package runs from, with "+changes" if files differ."""
    git = shutil.which("git")
    checkout = PACKAGE.parent.parent
    if git is None or not (checkout / ".git").exists():
        return None
    found = _git(git, checkout, "rev-parse", "HEAD")
    if not found:
        return None
    changes = _git(git, checkout, "status", "--porcelain", "--untracked-files=no", "--", "src", "configs")
    return found + ("+changes" if changes else "")


def describe(
    model: LabourMarket, scenario: Scenario, seed: int, *, engine: str, key: str, seconds: float
) -> dict[str, Any]:
    """Return the content of run.json for a run that has ended.

    Parameters
    ----------
    model
        The model after its last month.
    key
        The key of the run (`keys.run_key`), as it was when the run began.
    seconds
        Wall time of the run, in seconds, without reading its configuration.
    """
    return {
        "scenario": scenario.scenario,
        "label": scenario.label.model_dump(),
        "question": scenario.question,
        "seed": seed,
        "version": __version__,
        "commit": commit(),
        "key": key,
        "start": scenario.start,
        "end": scenario.end,
        "burn_in": scenario.burn_in,
        "scale": scenario.scale,
        "place": scenario.place.place,
        "place_label": scenario.place.label.model_dump(),
        "persons": len(model.job_seekers),
        "engine": engine,
        "timeline": timeline(scenario),
        "regimes": {name: scenario.regimes[name].label.model_dump() for name in scenario.timeline.regimes},
        "assumptions": assumptions(scenario),
        "targets": [point.model_dump() for point in scenario.place.targets],
        "platform": machine(),
        "versions": versions(),
        "seconds": round(seconds, 3),
        "indicators": indicator_table(scenario),
        "config": scenario.model_dump(mode="json"),
        "digest": model.digest(),
        "notices": list(model.notices()),
    }


def indicator_table(scenario: Scenario) -> dict[str, dict[str, str]]:
    """Return unit, labels and definition of every indicator of a scenario's results, by name."""
    from labsim.indicators.registry import metadata

    regimes = (scenario.regimes[name] for name in scenario.timeline.regimes)
    return metadata(tuple(name for regime in regimes for name in regime.instruments))


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _git(git: str, checkout: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - git itself, with arguments that stand above
            [git, "-C", str(checkout), *arguments], capture_output=True, text=True, check=False, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


@lru_cache(maxsize=1)
def processor() -> str:
    """Return the model of this machine's processor."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
