"""Whether a profile works: a job of a minute that reports what its node is and can do, and what is wrong with that."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from labsim.config.errors import ConfigError, Problem
from labsim.sweep import slurm
from labsim.sweep.batch_jobs import JOB_LOGS, tail
from labsim.sweep.job_scripts import prologue, python_of, slurm_options
from labsim.sweep.node_report import report
from labsim.sweep.profiles import Profile

LOOK_EVERY = 1.0
"""Seconds between two looks for the job's report."""

CLOCKS_DIFFER = 5.0
"""Seconds by which two clocks may differ before it is said."""

LEAST_SCRATCH_MB = 1000.0
"""Room on a node's own disk (MB) below which it is said."""

SHARE_OF_MEMORY = 0.6
"""Share of a core's memory that the job takes for a moment; Python and the libraries need some of the rest."""

MEMORY_OF_DASK = 400
"""Megabytes (of 1,000,000 bytes) that a worker of Dask and its nanny hold before any work."""

WAIT = 600.0
"""Seconds that the doctor waits for a job in the queue before it gives up and cancels it."""


class Examination(NamedTuple):
    """What was found.

    profile  : its name
    node     : what the node reported; {} if no report came
    problems : what is wrong, each with what would be right
    seconds  : from handing in the job to its report
    """

    profile: str
    node: dict[str, Any]
    problems: tuple[str, ...]
    seconds: float


def examine(profile: Profile, folder: Path, tell: Callable[[str], None], wait: float = WAIT) -> Examination:
    """Run a short job with a profile and return what it found.

    Parameters
    ----------
    folder
        A folder on the file system that sweeps of this profile will use; a temporary one is made in it.
    """
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(
            prefix=".labsim-doctor-", dir=folder, ignore_cleanup_errors=True
        ) as name:
            place = Path(name).absolute()
            (place / JOB_LOGS).mkdir(parents=True)
            node, problems = _answer(profile, place, tell, wait)
    except OSError as error:
        raise ConfigError(
            Problem(f"{folder}: cannot be written here ({error.strerror})", "take another folder")
        ) from None
    if node:
        problems += complaints(node, report(folder), profile)
    return Examination(profile.name, node, tuple(problems), time.monotonic() - began)


def _answer(
    profile: Profile, place: Path, tell: Callable[[str], None], wait: float
) -> tuple[dict[str, Any], list[str]]:
    """Return the report of a node, or {} and why there is none."""
    short = profile.model_copy(
        update={"walltime": "00:02:00", "jobs": 1, "cores_per_job": 1, "submit_for": 0.0}
    )
    if profile.engine == "slurm-array":
        return _by_slurm(short, place, tell, wait)
    if profile.engine in {"local", "in_process", "dask-local"}:
        return report(place), []
    return _by_dask(short, place, tell, wait)


def _by_slurm(
    profile: Profile, place: Path, tell: Callable[[str], None], wait: float
) -> tuple[dict[str, Any], list[str]]:
    """Hand in a job that writes its report to a file."""
    answer, log = place / "report.json", place / JOB_LOGS / "job.log"
    options = slurm_options(profile, "labsim-doctor", log)
    script = place / "doctor.sh"
    script.write_text(_script(profile, place, options, answer), encoding="utf-8")
    number = slurm.submit(script, tell=tell)
    tell(f"job {number}: waiting for its report")
    until = time.monotonic() + wait
    while time.monotonic() < until:
        time.sleep(LOOK_EVERY)
        with suppress(OSError, ValueError):
            found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
            return found, []
        seen = (slurm.states([number]) or {}).get(number)
        if seen is None or not (seen.waits or seen.runs):
            time.sleep(LOOK_EVERY)  # a file may be seen later here than it was written there
            if not answer.exists():
                return {}, [
                    f"the job ended without its report ({seen.state if seen else 'forgotten'}){_words(log)}"
                ]
    slurm.cancel([number])
    waits = seen is not None and seen.waits
    why = (
        f"the job waited longer than {wait:.0f} s ({seen.reason})" if seen and waits else "the job was silent"
    )
    return {}, [f"{why}{_words(log)}"]


def _script(profile: Profile, place: Path, options: list[str], answer: Path) -> str:
    import shlex

    work = [python_of(profile), "-m", "labsim.sweep.node_report", str(answer), str(_memory_to_take(profile))]
    lines = ["#!/usr/bin/env bash", *(f"#SBATCH {option}" for option in options), *prologue(profile, place)]
    return "\n".join([*lines, shlex.join(work)]) + "\n"


def _by_dask(
    profile: Profile, place: Path, tell: Callable[[str], None], wait: float
) -> tuple[dict[str, Any], list[str]]:
    """Start one worker of Dask and let it report, which shows that it can reach this machine, too."""
    from labsim.sweep.engines import need_dask

    need_dask(profile.engine)
    from distributed import Client

    from labsim.sweep.dask_engine import configured, scheduler_in_file
    from labsim.sweep.dask_jobs import BatchWorkers

    with configured():
        if profile.engine == "dask":
            with scheduler_in_file(profile) as client:
                return _asked(client, profile, place, lambda: None, wait)
        with (
            BatchWorkers(place, "doctor", profile, tell) as batch,
            Client(batch.cluster, set_as_default=False) as client,
        ):
            batch.start(1)
            tell("waiting for a worker")
            return _asked(client, profile, place, batch.look, wait)


def _asked(
    client: Any, profile: Profile, place: Path, look: Callable[[], None], wait: float
) -> tuple[dict[str, Any], list[str]]:
    future = client.submit(report, place, _memory_to_take(profile, MEMORY_OF_DASK), pure=False)
    until = time.monotonic() + wait
    while not future.done() and time.monotonic() < until:
        look()
        time.sleep(LOOK_EVERY)
    if not future.done():
        return {}, [f"no worker came within {wait:.0f} s; is the queue full, can nodes reach this machine?"]
    if future.status == "error":
        return {}, [f"the worker could not report: {future.exception()}"]
    found: dict[str, Any] = future.result()
    return found, []


def _memory_to_take(profile: Profile, in_use: int = 0) -> int:
    return int(SHARE_OF_MEMORY * max(0, profile.megabytes_per_core - in_use))


def complaints(node: Mapping[str, Any], here: Mapping[str, Any], profile: Profile) -> list[str]:
    """Return what is wrong with a node, compared with the machine that labsim was started on."""
    return [*_different(node, here), *_lacking(node, profile)]


def _different(node: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[str]:
    for name in ("python", "labsim"):
        if node[name] != here[name]:
            yield f"{name} is {node[name]} there ({node['executable']}) and {here[name]} here: set python or setup"
    if node["code_id"] != here["code_id"]:
        yield "the files of labsim differ there from those here, so that runs get other keys: install the same one"
    for name, installed in node["versions"].items():
        if installed != here["versions"][name]:
            yield f"{name} is {installed or 'missing'} there and {here['versions'][name] or 'missing'} here"
    clocks = (here["clock_of_folder"], node["clock_of_folder"])
    if None not in clocks and abs(clocks[0] - clocks[1]) > CLOCKS_DIFFER:
        yield f"its clock is {clocks[0] - clocks[1]:+.0f} s off the one here; files look older or newer than they are"


def _lacking(node: Mapping[str, Any], profile: Profile) -> Iterator[str]:
    if node["folder_problem"]:
        yield f"the sweep's folder cannot be written there: {node['folder_problem']}; choose one on a shared disk"
    if node["kernels_problem"]:
        yield f"the cache of kernels {node['kernels_cache']}: {node['kernels_problem']}; set scratch"
    if node["memory_problem"]:
        yield f"memory: {node['memory_problem']}; raise memory_per_core ({profile.memory_per_core})"
    if node["scratch_free_mb"] < LEAST_SCRATCH_MB:
        yield f"only {node['scratch_free_mb']:.0f} MB are free in {node['kernels_cache']}; set scratch"
    if profile.batch_system:
        for name, value in node["threads"].items():
            if value != "1":
                yield f"{name} is {value or 'not set'} there, but each run has one thread: remove it from setup"


def _words(log: Path) -> str:
    lines = [line for line in tail(log, 4000).splitlines() if line.strip()][-10:]
    return ": its log is empty" if not lines else ":\n  " + "\n  ".join(lines)
