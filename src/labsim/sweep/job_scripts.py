"""What a job of a batch system does before Python starts: threads, caches, the moment to stop; and array scripts."""

from __future__ import annotations

import math
import os
import shlex
import sys
from pathlib import Path

from labsim.compiling import CACHE_FOLDER
from labsim.sweep.batch_jobs import JOB_LOGS
from labsim.sweep.profiles import Profile

STOP_AT = "LABSIM_STOP_AT"
"""Variable of the environment in which a job learns when its work has to stop, seconds since 1970."""

KERNELS = "kernels"
"""Folder of a sweep with the compiled kernels that jobs copy to their node's own disk."""

SIGNAL_BEFORE = 120
"""Seconds before its time limit at which Slurm is asked to send USR1, where the limit leaves room for that."""

SIGNAL_FROM = 600
"""Shortest time limit (s) with such a signal: it may come a minute too early, and short jobs stop by the clock."""

ENVIRONMENT = {
    "NUMBA_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_CPU_NAME": "generic",
    "DASK_DISTRIBUTED__WORKER__DAEMON": "False",
    "DASK_DISTRIBUTED__WORKER__MEMORY__TARGET": "False",
    "DASK_DISTRIBUTED__WORKER__MEMORY__SPILL": "False",
    "DASK_DISTRIBUTED__WORKER__MEMORY__PAUSE": "False",
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "60s",
}
"""Environment of every job: one thread, one kernel for all kinds of nodes, workers that may have a child."""

CPU, HOST = "NUMBA_CPU_NAME", "host"
"""Variable with the kind of processor that kernels are compiled for; a profile's "host": each node's own kind."""


def environment(profile: Profile) -> dict[str, str]:
    """Return the environment of a profile's jobs, without what only the node knows; the profile's own words win."""
    here = os.environ.get("PYTHONPATH")
    paths = os.pathsep.join(os.path.abspath(path) for path in here.split(os.pathsep)) if here else ""  # noqa: PTH100 - links stay
    wanted = ENVIRONMENT | ({"PYTHONPATH": paths} if paths else {}) | profile.environment
    return {name: value for name, value in wanted.items() if (name, value) != (CPU, HOST)}


def kind_of_processor(profile: Profile) -> str:
    """Return the kind of processor that a profile's kernels are for, as the name of a folder."""
    return f"cpu-{environment(profile).get(CPU, HOST)}"


def python_of(profile: Profile) -> str:
    """Return the Python of a profile's jobs."""
    return profile.python or sys.executable


def prologue(profile: Profile, folder: Path) -> list[str]:
    """Return the lines of shell that come before Python in every job of a sweep.

    They run the site's own set-up, set the environment, copy the compiled kernels of the sweep's folder to the
    node's own disk (aside and renamed, since tasks of one node come at the same time), and note when to stop.
    """
    kind = kind_of_processor(profile)
    kernels = shlex.quote(str(folder.absolute() / KERNELS / kind))
    wanted = environment(profile)
    exports = [f"export {name}={shlex.quote(value)}" for name, value in sorted(wanted.items())]
    exports += [] if CPU in wanted else [f"unset {CPU}"]
    cache = [
        f'labsim_scratch="{profile.scratch}/labsim-$(id -u)"',
        f'export NUMBA_CACHE_DIR="$labsim_scratch/{kind}-{CACHE_FOLDER.name}"',
        'mkdir -p "$labsim_scratch"',
        f'if [ -d {kernels} ] && [ ! -d "$NUMBA_CACHE_DIR" ]; then',
        '  labsim_aside=$(mktemp -d "$labsim_scratch/aside.XXXXXX")',
        f'  cp -r {kernels}/. "$labsim_aside" && mv -T "$labsim_aside" "$NUMBA_CACHE_DIR" 2>/dev/null \\',
        '    || rm -rf "$labsim_aside"',
        "fi",
    ]
    if "NUMBA_CACHE_DIR" in profile.environment:
        cache = []
    stop = f"export {STOP_AT}=$(( $(date +%s) + {math.floor(profile.seconds_of_work)} ))"
    return [*profile.setup, *exports, *cache, stop]


def slurm_options(profile: Profile, name: str, output: Path) -> list[str]:
    """Return the options of sbatch that a profile asks for; the site's own come last, so that they win."""
    options = [
        f"--job-name={name}",
        f"--output={output}",
        "--open-mode=append",
        f"--time={profile.walltime}",
        f"--cpus-per-task={profile.cores_per_job}",
        f"--mem={profile.megabytes_per_core * profile.cores_per_job}M",
        *([f"--partition={profile.partition}"] if profile.partition else []),
        *([f"--account={profile.account}"] if profile.account else []),
    ]
    return [*options, *profile.site_options]


def array_size(profile: Profile, chunks: int, chunk_seconds: float, largest: int) -> int:
    """Return how many tasks an array of so many chunks gets.

    Each has some `task_minutes` of work, so that no scheduler is flooded; where the profile may have more jobs at
    once, the work is spread over them first; never more than the chunks, or than Slurm numbers.

    >>> uni = Profile(engine="slurm-array", jobs=20)
    >>> [array_size(uni, chunks, 60.0, 1001) for chunks in (3, 100, 3000, 10**6)]
    [3, 20, 200, 1000]
    """
    work = chunks * chunk_seconds
    wanted = work / max(1.0, 60.0 * profile.task_minutes * profile.cores_per_job)
    return max(1, min(chunks, largest - 1, max(profile.jobs, math.ceil(wanted))))


def array_script(
    profile: Profile, folder: Path, name: str, chunks: str, tasks: int, *, retry_failed: bool = False
) -> str:
    """Return the script of an array that does the chunks of a list.

    Task t does chunks t, t + T, ... of the list, so that a lost task leaves a spread and no hole. A task that has
    to stop before its end exits with 75 and puts itself back into the queue.

    Parameters
    ----------
    chunks
        Name of the list of chunks in the sweep's folder.
    tasks
        T, how many tasks there are.
    """
    folder = folder.absolute()
    options = slurm_options(profile, f"labsim-{name}", folder / JOB_LOGS / "%A_%a.log")
    at_once = f"%{profile.jobs}" if profile.jobs < tasks else ""
    options[1:1] = [f"--array=0-{tasks - 1}{at_once}", "--requeue"]
    if profile.seconds >= SIGNAL_FROM:
        options.insert(3, f"--signal=B:USR1@{SIGNAL_BEFORE}")
    work = [python_of(profile), "-m", "labsim.sweep.array_task", str(folder), chunks, "--of", str(tasks),
            "--workers", str(profile.cores_per_job), *(["--retry-failed"] if retry_failed else [])]  # fmt: skip
    lines = [
        "#!/usr/bin/env bash",
        *(f"#SBATCH {_one_word(option)}" for option in options),
        "# Written by labsim. What is done stands in the store; a task that is started again skips it.",
        *prologue(profile, folder),
        f'{shlex.join(work)} --task "$SLURM_ARRAY_TASK_ID" &',
        *_WAIT,
        *(_requeue(profile.requeues) if profile.requeues else []),
        'exit "$code"',
    ]
    return "\n".join(lines) + "\n"


_WAIT = (
    "worker=$!",
    # USR1 reaches only this shell; Python stops after the month that it simulates and writes what it has
    'pass_on() { told=1; kill -USR1 "$worker" 2>/dev/null; }',
    "trap pass_on USR1 TERM",
    'while told=0; wait "$worker"; code=$?; [ "$told" = 1 ]; do :; done',
)


def _requeue(times: int) -> list[str]:
    return [
        f'if [ "$code" = 75 ] && [ "${{SLURM_RESTART_COUNT:-0}}" -lt {times} ]; then',
        '  scontrol requeue "$SLURM_JOB_ID" && sleep 60  # Slurm ends this shell and starts the task again later',
        "fi",
    ]


def _one_word(option: str) -> str:
    return f'"{option}"' if " " in option and '"' not in option and "=" in option else option
