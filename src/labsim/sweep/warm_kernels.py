"""Kernels for the nodes of a cluster: compiled once, before the jobs, for any kind of processor, and copied to them."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from labsim.compiling import CACHE_FOLDER
from labsim.sweep import slurm
from labsim.sweep.job_scripts import CPU, KERNELS, environment, kind_of_processor, python_of
from labsim.sweep.profiles import Profile

if TYPE_CHECKING:
    from labsim.sweep.plan import Plan


def warm(plan: Plan, profile: Profile, tell: Callable[[str], None]) -> None:
    """Put the kernels for a profile's nodes into the sweep's folder, from which jobs copy them to their own disk.

    They are compiled into the user's cache first, so that the next sweep finds them there.
    """
    if not plan.facts.get("scenarios"):
        return
    here, there = _cache(profile) / CACHE_FOLDER.name, _in_sweep(plan, profile) / CACHE_FOLDER.name
    if there.is_dir():
        return
    if not here.is_dir():
        tell("compiling the kernels for the cluster's nodes, once")
    done = subprocess.run(  # noqa: S603 - our own command line; no shell reads it
        _command(profile),
        env={name: value for name, value in os.environ.items() if name != CPU} | _environment(profile),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        tell(f"the kernels were not compiled beforehand ({slurm.words_of(done)}); each job compiles its own")
        return
    there.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=there.parent, prefix=".aside-"))
    shutil.copytree(here, aside, dirs_exist_ok=True)
    try:
        aside.rename(there)
    except OSError:  # somebody else was quicker
        shutil.rmtree(aside, ignore_errors=True)


def warm_command(plan: Plan, profile: Profile) -> str:
    """Return the command that compiles the kernels into the sweep's folder, for a person to type."""
    wanted = _environment(profile) | {"NUMBA_CACHE_DIR": str(_in_sweep(plan, profile))}
    settings = [f"{name}={shlex.quote(value)}" for name, value in wanted.items()]
    return " ".join(["env", *settings, shlex.join(_command(profile))])


def _in_sweep(plan: Plan, profile: Profile) -> Path:
    """Return where in a sweep's folder the kernels for a profile's nodes are."""
    return Path(plan.folder).absolute() / KERNELS / kind_of_processor(profile)


def _command(profile: Profile) -> list[str]:
    return [python_of(profile), "-m", "labsim", "warmup"]


def _environment(profile: Profile) -> dict[str, str]:
    wanted = environment(profile)
    names = (CPU, "NUMBA_NUM_THREADS", "PYTHONPATH")
    return {name: wanted[name] for name in names if name in wanted} | {
        "NUMBA_CACHE_DIR": str(_cache(profile))
    }


def _cache(profile: Profile) -> Path:
    """Return the user's cache of kernels for this kind of processor: beside that of this machine, or that one."""
    kind = environment(profile).get(CPU)
    return CACHE_FOLDER.parent if kind is None else CACHE_FOLDER.parent / f"cpu-{kind}"
