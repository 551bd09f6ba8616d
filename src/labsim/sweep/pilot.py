"""A few runs of a sweep, timed: in a process of their own, as workers do them, with warm kernels.

Runs are spread evenly over everything that the sweep runs. The burn-in is timed apart, because runs that start alike
share it; the first run is done once more from its kept burn-in, to see what reading that takes.
"""

from __future__ import annotations

import json
import os
import pickle
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labsim.config.factors import at_point
from labsim.config.runners import load_runner
from labsim.config.sweeps import Sweep
from labsim.experiment.engines import SINGLE_THREADED
from labsim.experiment.provenance import processor
from labsim.sweep.jobs import Context, Finished, Job

LONGEST = 900.0
"""Seconds after which a pilot is ended: what has been timed by then must do."""


@dataclass(frozen=True)
class Timed:
    """One timed run; processor time in seconds.

    burn_in : until the first recorded month (0 where nothing is burnt in), with making the place and keeping the state
    run     : the rest
    load    : of a run from a kept burn-in: reading it, else 0
    wall    : wall time of all
    """

    scenario: str
    burn_in: float
    run: float
    load: float
    wall: float


@dataclass(frozen=True)
class Pilot:
    """What a pilot found.

    timed   : a first run is timed once more from its kept burn-in, which comes last, where burn-ins are shared
    peak_mb : largest memory of the process, MB
    bytes   : of a run in the store
    wrong   : what went wrong: one line for each run that failed
    """

    timed: tuple[Timed, ...]
    peak_mb: float
    bytes: float
    wrong: tuple[str, ...] = ()


def pilot(sweep: Sweep, jobs: Sequence[Job], *, shared: bool, longest: float = LONGEST) -> Pilot:
    """Run and time jobs of a sweep in another process; `shared`: whether runs share burn-ins."""
    if not jobs:
        return Pilot((), 0.0, 0.0)
    with tempfile.TemporaryDirectory(prefix="labsim-pilot-") as folder:
        request = Path(folder) / "request.pkl"
        request.write_bytes(pickle.dumps({"sweep": sweep, "jobs": list(jobs), "shared": shared}))
        path = os.pathsep.join(each for each in sys.path if each)
        child = subprocess.Popen(  # noqa: S603 - this program itself
            [sys.executable, "-m", "labsim.sweep.pilot", str(request)],
            stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=False,
            env={**os.environ, **SINGLE_THREADED, "PYTHONPATH": path},
        )  # fmt: skip
        try:
            told = list(_lines(child, time.monotonic() + longest))
        finally:
            child.kill()
            code = child.wait()
            if child.stdout is not None:
                child.stdout.close()
    timed = tuple(Timed(**each["timed"]) for each in told if "timed" in each)
    wrong = [each["wrong"] for each in told if "wrong" in each]
    last = told[-1] if told else {}
    if "peak_mb" not in last:
        ended = f"was ended after {longest:g} seconds" if code == -9 else f"died (exit code {code})"
        wrong.append(f"the process that timed runs {ended}; {len(timed)} of {len(jobs)} runs were timed")
    return Pilot(timed, float(last.get("peak_mb", 0.0)), float(last.get("bytes", 0.0)), tuple(wrong))


def _lines(child: subprocess.Popen[bytes], deadline: float) -> Any:
    """Yield what the child says, a JSON object a line, until it ends or the deadline has come."""
    assert child.stdout is not None
    rest = b""
    while (left := deadline - time.monotonic()) > 0.0:
        if not select.select([child.stdout], [], [], left)[0]:
            return
        read = os.read(child.stdout.fileno(), 65_536)
        if not read:
            child.wait()
            return
        *lines, rest = (rest + read).split(b"\n")
        yield from (json.loads(line) for line in lines)


def main(request: str) -> None:
    """Do the jobs of a request; tell each on stdout as it is done (what runs print goes to stderr)."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    asked = pickle.loads(Path(request).read_bytes())  # noqa: S301 - written by `pilot`
    sweep, jobs = asked["sweep"], asked["jobs"]

    def tell(**told: Any) -> None:
        out.write(json.dumps(told) + "\n")
        out.flush()

    if not sweep.is_function:
        from labsim.experiment.warmup import warm_up

        warm_up()
    finished: list[Finished] = []
    with tempfile.TemporaryDirectory(prefix="labsim-pilot-") as folder:
        first = jobs[
            0
        ]  # the first of all finds everything cold; with shared burn-ins it is done twice at the end
        order = [first, *jobs[1:], first, *([first] if asked["shared"] else [])]
        for turn, job in enumerate(order):
            if turn <= len(jobs):
                _forget(Path(folder))
            try:
                timed, done = _timed(sweep, job, Path(folder) if asked["shared"] else None)
            except Exception as error:  # any error of a run is the sweep's to count, not ours
                tell(
                    wrong=f"{job.scenario or sweep.runner} at point {job.point}, seed {job.seed}: {error!r}"[
                        :500
                    ]
                )
                continue
            if turn:
                tell(timed=vars(timed))
                finished.append(done)
        from labsim.sweep import machine

        tell(peak_mb=machine.peak_mb(), bytes=_bytes(finished, Path(folder)))


def _timed(sweep: Sweep, job: Job, kept: Path | None) -> tuple[Timed, Finished]:
    """Do a job as a worker does; `kept`: where burn-ins are kept, None if they are not."""
    from labsim.experiment.cache import BurnInCache
    from labsim.sweep import machine
    from labsim.sweep.jobs import digest_of
    from labsim.sweep.record import checked

    ticks: list[float] = []
    scenario = (
        None if sweep.is_function else at_point(sweep.scenarios[job.scenario], sweep.factors, job.values)
    )
    context = Context(
        tick=lambda: ticks.append(time.process_time()),
        outcomes=tuple(each.name for each in sweep.outcomes),
        record=sweep.record,
        scenario=None if scenario is None else lambda _: scenario,
        cache=None if kept is None else BurnInCache(kept),
        settings={"outcomes": [vars(each) for each in sweep.outcomes], **vars(sweep.run)},
    )
    runner = load_runner(sweep.runner)
    wall, start = time.perf_counter(), time.process_time()
    panel = checked(runner(job, context), context.outcomes)
    end, wall = time.process_time(), time.perf_counter() - wall
    burnt = 0 if scenario is None else scenario.burn_in
    months = 0 if scenario is None else scenario.months
    burn_in, load = 0.0, 0.0
    if scenario is not None and burnt and len(ticks) == burnt + months:
        burn_in = ticks[burnt - 1] - start
    elif scenario is not None and burnt and len(ticks) == months > 1:
        load = max(ticks[0] - start - (ticks[-1] - ticks[0]) / (months - 1), 0.0)
    timed = Timed(job.scenario, burn_in, end - start - burn_in - load, load, wall)
    done = Finished(job, panel, digest_of(panel), wall, machine.peak_mb(), 0.0, machine.host(), processor())
    return timed, done


def _forget(folder: Path) -> None:
    """Drop the kept burn-ins, so that the next run makes its own."""
    for file in folder.glob("burn-in/*.npz"):
        file.unlink(missing_ok=True)


def _bytes(finished: Sequence[Finished], folder: Path) -> float:
    """Return what one more run adds to a shard."""
    from labsim.sweep.shards import write_shard

    if not finished:
        return 0.0
    sizes = []
    for count in sorted({1, len(finished)}):
        path = folder / f"{count}.parquet"
        write_shard(path, finished[:count], {"format": 1})
        sizes.append(path.stat().st_size)
    return float(sizes[0]) if len(finished) == 1 else (sizes[1] - sizes[0]) / (len(finished) - 1)


if __name__ == "__main__":
    main(sys.argv[1])
