"""Workers of Dask as jobs of a batch system, through dask-jobqueue: started, noted, looked after, ended."""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from labsim.config.errors import Problem
from labsim.sweep import slurm
from labsim.sweep.batch_jobs import JOB_LOGS, BatchJob, close, note, tail, this_driver
from labsim.sweep.job_scripts import prologue, python_of
from labsim.sweep.profiles import Profile
from labsim.sweep.slurm import FOR_GOOD, Refused, Seen, pauses, refusal

LOOK_EVERY = 5.0
"""Seconds between two looks at the jobs."""

GONE_AFTER = 20.0
"""Seconds without a sign of a job's workers after which it counts as gone and is replaced."""

STAGGER = 0.1
"""Spread of the workers' lifetimes, as a share of a job's seconds of work, so that not all end at once."""

LOG_LINES = 15
"""Lines of a worker's log that a message shows."""


class BatchWorkers:
    """A cluster of dask-jobqueue that shows why workers do not start, and replaces every job that is gone.

    Dask's own `adapt` replaces jobs whose only worker came and went. It does not notice jobs that died before
    their worker came, nor jobs of several workers; `look` does.
    """

    def __init__(self, folder: Path, name: str, profile: Profile, tell: Callable[[str], None]) -> None:
        self._folder, self._profile, self._tell = folder.absolute(), profile, tell
        self._refused: list[Refused] = []
        self._closing = False
        self._notes: dict[str, BatchJob] = {}
        self._begun: dict[str, float] = {}
        self._last_seen: dict[str, float] = {}
        self._arrived: set[str] = set()
        self._told: set[str] = set()
        self._deaths = 0
        self._looked = 0.0
        (self._folder / JOB_LOGS).mkdir(parents=True, exist_ok=True)
        self.cluster: Any = self._cluster(name)

    def __enter__(self) -> Self:
        """Return the workers; none is started yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Cancel the jobs and note that they were ended in good order."""
        self._closing = True
        self._note()
        self.cluster.close()
        close(self._folder, self._notes.values())

    def start(self, jobs: int) -> None:
        """Hand in the jobs, and keep their number; raise `Refused` if the batch system would never take them."""
        if self._profile.batch_system == "slurm":
            with tempfile.NamedTemporaryFile("w", suffix=".sh") as script:
                script.write(self.cluster.job_script())
                script.flush()
                slurm.check(Path(script.name))
        self.cluster.scale(jobs=jobs)
        self.cluster.adapt(minimum_jobs=jobs, maximum_jobs=jobs, interval="10s")

    def look(self) -> None:
        """Note new jobs, replace those that are gone, and raise `Refused` when none can start."""
        if self._refused:
            raise self._refused[0]
        if time.monotonic() - self._looked < LOOK_EVERY:
            return
        self._looked = time.monotonic()
        self._note()
        jobs = {
            name: job.job_id
            for name, job in dict(self.cluster.workers).items()
            if getattr(job, "job_id", None)
        }
        seen = slurm.states(jobs.values()) if self._profile.batch_system == "slurm" and jobs else None
        present = {str(each["name"]) for each in self.cluster.scheduler_info["workers"].values()}
        gone = [name for name, job in jobs.items() if self._is_gone(name, job, present, seen)]
        if gone:
            self.cluster.sync(self._replace, gone)

    def _is_gone(self, name: str, job: str, present: set[str], seen: dict[str, Seen] | None) -> bool:
        """Return whether a job will do no more work; tell, or raise, where it never did any."""
        now = time.monotonic()
        if name in present or any(worker.startswith(f"{name}-") for worker in present):
            self._last_seen[job] = now
            self._arrived.add(job)
            self._deaths = 0
            return False
        if job in self._arrived:
            return now - self._last_seen[job] > GONE_AFTER
        state = None if seen is None else seen.get(job)
        log = self._folder / JOB_LOGS / f"{job}.log"
        if state is not None and state.waits:
            return False
        dead = seen is not None and (state is None or not state.runs)
        begun = self._begun.setdefault(job, now) if state is not None or log.exists() else now
        if dead:
            self._deaths += 1
            if self._deaths > 2 * self._profile.jobs or not self._arrived:
                raise self._cannot_start(job, log)
            return True
        if now - begun > self._profile.patience and job not in self._told:
            self._told.add(job)
            self._tell(f"job {job} runs, and its worker is silent since {now - begun:.0f} s{_shown(log)}")
            if (
                seen is None and not self._arrived
            ):  # its batch system cannot be asked; such systems write logs at the end
                raise self._cannot_start(job, log)
        return False

    def _cannot_start(self, job: str, log: Path) -> Refused:
        wrong = f"workers cannot start: job {job} ended before its worker came"
        right = f"correct profile {self._profile.name}, and try it with `labsim sweep doctor`{_shown(log)}"
        return Refused(Problem(wrong, right))

    async def _replace(self, names: list[str]) -> None:
        """Forget jobs that are gone, so that the cluster hands in new ones in their place."""
        for name in names:
            job = self.cluster.workers.pop(name, None)
            if job is not None:
                with suppress(Exception):  # it may be gone from the queue, too
                    await job.close()
        await self.cluster._correct_state()  # noqa: SLF001 - what its own `await cluster` does

    def _note(self) -> None:
        for job in list(self.cluster.workers.values()):
            number = getattr(job, "job_id", None)
            if number and number not in self._notes:
                written = BatchJob(
                    number,
                    self._profile.batch_system,
                    "dask",
                    self._profile.name,
                    0,
                    "",
                    time.time(),
                    this_driver(),
                )
                note(self._folder, written)
                self._notes[number] = written

    def _cluster(self, name: str) -> Any:
        """Return the cluster of the profile's batch system, without a job."""
        import dask_jobqueue

        profile = self._profile
        system, queue = _SYSTEMS[profile.batch_system]
        cls = getattr(dask_jobqueue, system)
        lifetime = profile.seconds_of_work / (1 + STAGGER)
        directives = [*self._log_directives(), *profile.site_options]
        named = {queue: profile.partition or None}
        if profile.account:
            named["project" if profile.batch_system in {"sge", "lsf"} else "account"] = profile.account
        limit = profile.walltime if profile.batch_system != "lsf" else _hours_and_minutes(profile.seconds)
        return cls(
            job_cls=self._patient(cls.job_cls),
            cores=profile.cores_per_job,
            processes=profile.cores_per_job,
            memory=f"{profile.megabytes_per_core * profile.cores_per_job}MB",
            walltime=limit,
            interface=profile.interface or None,
            local_directory=profile.scratch,
            python=python_of(profile),
            job_name=f"labsim-{name}",
            job_script_prologue=prologue(profile, self._folder),
            job_extra_directives=directives,
            worker_extra_args=["--lifetime", f"{lifetime:.0f}s", "--lifetime-stagger", f"{STAGGER * lifetime:.0f}s",
                               "--no-dashboard", "--preload", "labsim.sweep.work"],
            scheduler_options={"dashboard_address": ":0"} | ({} if profile.interface else {"host": _address()}),
            silence_logs=False,
            **named,
        )  # fmt: skip

    def _log_directives(self) -> list[str]:
        """Return the options that send a job's output to ``logs/batch/<job>.log``."""
        logs = self._folder / JOB_LOGS
        return {
            "slurm": [f"-o {logs}/%j.log", f"-e {logs}/%j.log", "--open-mode=append"],
            "pbs": [f"-o {logs}/", "-j oe"],
            "sge": [f"-o {logs}/$JOB_ID.log"],
            "lsf": [f"-o {logs}/%J.log"],
        }[self._profile.batch_system]

    def _patient(self, base: type) -> type:
        """Return a kind of job that tries a refused submission again for a while."""
        keeper = self

        class PatientJob(base):  # type: ignore[misc]  # the class of the profile's batch system
            async def _submit_job(self, script_filename: str) -> str:
                return await keeper.handed_in(lambda: base._submit_job(self, script_filename))  # type: ignore[attr-defined]  # noqa: SLF001 - what it overrides

        return PatientJob

    async def handed_in(self, submit: Callable[[], Any]) -> str:
        """Hand in a job, again with growing pauses where it is refused for a while; return what was answered."""
        waiting, attempts = pauses(self._profile.submit_for), 0
        while True:
            attempts += 1
            try:
                return str(await submit())
            except (RuntimeError, OSError) as error:
                words = _words(error)
            pause = None if FOR_GOOD.search(words) or self._closing else next(waiting, None)
            if pause is None:
                self._refused.append(refusal("the batch system", words, attempts))
                raise RuntimeError(words)
            if attempts == 1 and words not in self._told:
                self._told.add(words)
                self._tell(f"the batch system: {words}; trying again in {pause:.0f} s")
            await asyncio.sleep(pause)


_SYSTEMS = {
    "slurm": ("SLURMCluster", "queue"),
    "pbs": ("PBSCluster", "queue"),
    "sge": ("SGECluster", "queue"),
    "lsf": ("LSFCluster", "queue"),
}
"""Class of dask-jobqueue for each batch system, and what it calls a partition."""


def _words(error: Exception) -> str:
    """Return what the batch system said, out of the error of dask-jobqueue."""
    said = re.search(r"stderr:\n(.*)", str(error), re.DOTALL)
    lines = [line.strip() for line in (said[1] if said else str(error)).splitlines() if line.strip()]
    return "; ".join(line.removeprefix("sbatch: ").removeprefix("error: ") for line in lines[:4]) or "no word"


def _shown(log: Path) -> str:
    """Return the last lines of a job's log for a message."""
    lines = [line for line in tail(log, 8000).splitlines() if line.strip()][-LOG_LINES:]
    return "; its log is empty" if not lines else f"; the end of {log}:\n  " + "\n  ".join(lines)


def _hours_and_minutes(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{-(-(seconds % 3600) // 60):02d}"


def _address() -> str:
    """Return the address under which other machines find this one, by its name; loopback if it has no other."""
    import socket

    try:
        return socket.gethostbyname(socket.gethostname())
    except OSError:
        return "127.0.0.1"
