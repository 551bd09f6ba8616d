"""Timings: months of the compiled engine, the reference engine beside it, processes of a month, start-up."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.bandwidth import Triad
from benchmarks.cases import dortmund, warm_model
from labsim.model import LabourMarket

MONTHS = 6


@dataclass
class Size:
    """What was measured at one number of persons; seconds are of one thread."""

    persons: int
    month: float  # seconds, median
    triad: float  # GB/s, median, measured between the months
    column_bytes: int
    processes: dict[str, float] = field(default_factory=dict)  # ns per person-month
    reference: float | None = None  # seconds of a month of the reference engine

    @property
    def per_second(self) -> float:
        """Person-months per second."""
        return self.persons / self.month

    @property
    def times_bound(self) -> float:
        """Seconds of a month over the time to read and write every column once at the triad's speed."""
        return self.month / (2 * self.column_bytes / self.triad / 1e9)


def seconds(work: Callable[[], object]) -> float:
    """Return the wall seconds of some work."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def measure_size(persons: int, repeats: int, reference_months: int) -> Size:
    """Measure months of both engines in turn, with the triad between them."""
    model, triad = warm_model(persons), Triad()
    twin = _reference_twin(model) if reference_months else None
    months, bandwidth, reference = [], [], []
    for turn in range(repeats):
        bandwidth.append(triad.gigabytes_per_second())
        months.append(seconds(lambda: model.run(model.month + MONTHS)) / MONTHS)
        if twin is not None and turn < reference_months:
            reference.append(seconds(twin.step))
    world = model.world
    columns = sum(values.nbytes for values in (*world.persons, *world.channels))
    found = Size(world.size, median(months), median(bandwidth), columns)
    found.processes = by_process(model)
    found.reference = median(reference) if reference else None
    return found


def _reference_twin(model: LabourMarket) -> LabourMarket:
    """Return the same market in the reference engine."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.npz"
        model.save(path)
        return LabourMarket.resume(path, model.specification, engine="reference")


def by_process(model: LabourMarket) -> dict[str, float]:
    """Return nanoseconds per person of each process of a month, mean of some months."""
    spent = dict.fromkeys((process.__name__ for process in model.processes), 0.0)
    for _ in range(MONTHS):
        model.world.new_counts()
        for process in model.processes:
            begin = time.perf_counter()
            process(model)
            spent[process.__name__] += time.perf_counter() - begin
        model.world.month += 1
    return {name: 1e9 * value / MONTHS / model.world.size for name, value in spent.items()}


def measure_dortmund() -> tuple[float, float, int]:
    """Return wall and processor seconds of the main job with its burn-in on one thread, and its person-months."""
    scenario = dortmund()
    wall, cpu = time.perf_counter(), time.process_time()
    model = LabourMarket(scenario, seed=1)
    first = model.month
    model.run()
    return time.perf_counter() - wall, time.process_time() - cpu, model.world.size * (model.month - first)


def in_fresh_process(code: str, cache_folder: str | None = None) -> float:
    """Return the seconds that code prints, run in a fresh process."""
    environment = os.environ | ({"NUMBA_CACHE_DIR": cache_folder} if cache_folder else {})
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return float(done.stdout.split()[-1])


def measure_start() -> dict[str, float]:
    """Return seconds of: import labsim; import the model; start to the first month, compiled; compiling all."""
    clock = "import time; t = time.perf_counter(); {}; print(time.perf_counter() - t)"
    warm = "from labsim.experiment.warmup import warm_up; warm_up()"
    first = "import labsim; m = labsim.LabourMarket(labsim.load('toytown', scale=0.1, burn_in=0), seed=1); m.step()"
    with tempfile.TemporaryDirectory() as folder:
        compiling = in_fresh_process(clock.format(warm), folder)
    return {
        "import labsim": median(in_fresh_process(clock.format("import labsim")) for _ in range(3)),
        "import labsim.model": median(
            in_fresh_process(clock.format("import labsim.model")) for _ in range(3)
        ),
        "start to first month": median(in_fresh_process(clock.format(first)) for _ in range(3)),
        "compiling all kernels": compiling,
    }
