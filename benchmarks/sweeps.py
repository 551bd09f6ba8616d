"""``python -m benchmarks.sweeps [--quick] [--folder F]`` prints what a sweep costs beside its runs, and what is met.

Seconds of the processor and of the clock are both told: other work on the machine spoils the latter only.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.__main__ import processor, verdict
from labsim.sweep.estimate import estimate_from
from labsim.sweep.plan import read_plan

HERE = Path(__file__).resolve()
RESULTS = Path("results/bench_sweeps.json")
KB = 1024.0
FEW, MANY = 10, 100_000


class Cost(NamedTuple):
    """What something took: seconds of the clock, of the processor (with children), largest memory of a process (MB)."""

    wall: float
    cpu: float
    mb: float


def nothing(job: Any, context: Any) -> dict[str, float]:
    """Return at once, as a run that takes no time would."""
    context.tick()
    return {"y": job.values["x"]}


def second(job: Any, context: Any) -> dict[str, float]:
    """Work for one second of the processor."""
    until = time.process_time() + 1.0
    while time.process_time() < until:
        sum(range(1000))
    context.tick()
    return {"y": job.values["x"]}


def sweep_file(folder: Path, content: dict[str, Any]) -> Path:
    """Write a sweep (JSON is YAML) and return its file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{content['sweep']}.yaml"
    file.write_text(json.dumps({"label": {"en": content["sweep"]}} | content), encoding="utf-8")
    return file


def of_function(runner: str, runs: int) -> dict[str, Any]:
    """Return a sweep over one of the functions here."""
    return {
        "sweep": runner, "runner": f"{HERE}:{runner}", "design": {"kind": "sobol", "points": runs, "seed": 1},
        "uncertainties": {"x": {"low": 0.0, "high": 1.0}}, "outcomes": ["y"],
    }  # fmt: skip


def of_toytown(runs: int) -> dict[str, Any]:
    """Return a sweep of tiny runs of an invented town: a few months, two scenarios."""
    still = {"scenario": "still", "based_on": "toytown", "label": {"en": "No transition"}, "transitions": []}
    return {
        "sweep": "toytown", "scenarios": ["toytown", still], "scale": 0.005, "start": "2002-01", "end": "2002-03",
        "burn_in": 0, "design": {"kind": "sobol", "points": max(1, runs // 2), "seed": 1},
        "uncertainties": {"demand.level": {"low": 0.9, "high": 1.1}},
        "outcomes": ["unemployment_rate", "employment_rate"],
    }  # fmt: skip


def labsim(*arguments: object) -> Cost:
    """Do a command of labsim in a process of its own, as a user does, and return what it cost."""
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        started = subprocess.Popen([sys.executable, "-m", "labsim", "sweep", *map(str, arguments)],
                                   stdout=said, stderr=said)  # fmt: skip
        _, status, used = os.wait4(started.pid, 0)
        started.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - began
        if started.returncode:
            said.seek(0)
            raise SystemExit(f"labsim sweep {' '.join(map(str, arguments))}: {said.read()}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / KB)


def whole(folder: Path, content: dict[str, Any]) -> dict[str, Cost]:
    """Plan, run, look at and collect a sweep; return what each took."""
    file, out = sweep_file(folder, content), folder / "sweep"
    return {
        "plan": labsim("plan", file, "--out", out),
        "run": labsim("run", out),
        "status": labsim("status", out),
        "collect": labsim("collect", out),
    }


def filled(folder: Path, runs: int, months: int, outcomes: int, per_shard: int) -> Path:
    """Return the folder of a sweep whose store was filled without doing runs: panels of random reals."""
    import numpy as np

    from labsim.config.sweeps import load_sweep
    from labsim.sweep.jobs import Finished, Job, digest_of
    from labsim.sweep.plan import make_plan
    from labsim.sweep.store import store_of

    names = [f"outcome_{number}" for number in range(outcomes)]
    file = sweep_file(folder, of_function("nothing", runs) | {"outcomes": names})
    plan = make_plan(load_sweep(file), folder / "sweep", pilot=0)
    store, random = store_of(plan), np.random.Generator(np.random.PCG64(1))
    table = plan.runs(["run_key", "point", "seed", "chunk"])
    for start in range(0, runs, per_shard):
        done = []
        for row in table.slice(start, per_shard).to_pylist():
            panel = {"month": np.arange(months, dtype=np.int32)} | {
                name: random.random(months) for name in names
            }
            job = Job(row["run_key"], "", row["point"], row["seed"], row["chunk"], {})
            done.append(Finished(job, panel, digest_of(panel), 1.0, 200.0, 0.0, "node", "a processor"))
        store.write(done)
    return folder / "sweep"


def tell(what: str, cost: Cost, runs: int) -> None:
    """Print a line of a table."""
    print(
        f"  {what:34s} {cost.wall:8.1f} {cost.cpu:8.1f} {1e3 * cost.cpu / runs:9.3f} {cost.mb:8.0f}",
        flush=True,
    )


def measure_runs_of_a_second(folder: Path, runs: int) -> dict[str, Any]:
    """Print and return what workers cost beside runs of a second of the processor, and what a second one gives."""
    costs = []
    for number, (count, workers) in enumerate(((FEW, 1), (FEW + runs, 1), (FEW, 2), (FEW + runs, 2))):
        file = sweep_file(folder / str(number), of_function("second", count))
        out = folder / str(number) / "sweep"
        labsim("plan", file, "--out", out, "--pilot", 0)
        costs.append(labsim("run", out, "--workers", workers))
        tell(f"{count} runs of 1 s, workers: {workers}", costs[-1], count)
    few, one, few_of_two, two = costs
    share = 100 * ((one.cpu - few.cpu) / runs - 1)
    print(verdict("overhead of runs of 1 s, % of the processor, beyond starting", share, 5, at_least=False))
    faster = (one.wall - few.wall) / (two.wall - few_of_two.wall)
    print(verdict("two workers against one, times as many runs a second", faster, 1.8, at_least=True))
    return {
        "runs": runs,
        "few": few,
        "one": one,
        "few of two": few_of_two,
        "two": two,
        "percent": share,
        "faster": faster,
    }


def measure_many(folder: Path, sweep: Callable[[int], dict[str, Any]], runs: int) -> dict[str, Any]:
    """Print and return what a sweep of many tiny runs costs, from its plan to the collected files.

    What starting takes is known from the same with few runs: both give the cost of each further run.
    """
    name = sweep(FEW)["sweep"]
    few, many = whole(folder / "few", sweep(FEW)), whole(folder / "many", sweep(runs))
    for count, costs in ((FEW, few), (runs, many)):
        for what, cost in costs.items():
            tell(f"{what}, {count:,} runs of {name}", cost, count)
    clock, clock_few = (sum(each.wall for each in costs.values()) for costs in (many, few))
    minutes = (clock + (clock - clock_few) / (runs - FEW) * (MANY - runs)) / 60
    print(verdict(f"10^5 runs, minutes of the clock, by {runs:,}", minutes, 10, at_least=False))
    largest = max(each.mb for each in many.values()) / 1e3
    print(verdict("largest process, GB", largest, 1, at_least=False))
    each = 1e3 * (many["run"].cpu - few["run"].cpu) / (runs - FEW)
    if name == "nothing":
        print(verdict("scheduling and storing, ms of the processor a run", each, 2, at_least=False))
    else:
        told = estimate_from(read_plan(folder / "many" / "sweep").facts["estimate"])
        ratio = 1e3 * told.core_seconds / told.runs / each
        print(
            f"        a run takes {each:.1f} ms of the processor; the plan said {ratio:.2f} of that (0.7 to 1.3)"
        )
    return {"runs": runs, "few": few, "many": many, "ms": each}


def measure_store(folder: Path, runs: int, shards: int) -> dict[str, Any]:
    """Print and return what looking into a store of many runs costs, and collecting large ones."""
    store = filled(folder / "many", shards * 100, 1, 1, 100)
    status = labsim("status", store)
    tell(f"status, {shards * 100:,} runs in {shards:,} shards", status, shards * 100)
    print(verdict(f"status of {shards * 100:,} runs, processor seconds", status.cpu, 10, at_least=False))
    few, large = filled(folder / "few", FEW, 240, 40, 100), filled(folder / "large", runs, 240, 40, 100)
    begin, verify, collect = labsim("collect", few), labsim("verify", large), labsim("collect", large)
    tell(f"collect, {FEW} runs of 240 x 40", begin, FEW)
    tell(f"verify, {runs:,} runs of 240 x 40", verify, runs)
    tell(f"collect, {runs:,} runs of 240 x 40", collect, runs)
    a_second = (runs - FEW) / (collect.cpu - begin.cpu)
    print(verdict("collect, runs a second of the processor, beyond starting", a_second, 1000, at_least=True))
    return {
        "shards": shards,
        "status": status,
        "runs": runs,
        "verify": verify,
        "begin": begin,
        "collect": collect,
    }


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and keep the figures in results/bench_sweeps.json."""
    parser = argparse.ArgumentParser(prog="benchmarks.sweeps", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the runs")
    parser.add_argument("--only", choices=("second", "nothing", "toytown", "store"), help="only this part")
    parser.add_argument("--folder", type=Path, help="where the sweeps go; default: a temporary folder")
    chosen = parser.parse_args(arguments)
    less = 10 if chosen.quick else 1
    parts: dict[str, Callable[[Path], dict[str, Any]]] = {
        "second": lambda folder: measure_runs_of_a_second(folder, 120 // less),
        "nothing": lambda folder: measure_many(folder, partial(of_function, "nothing"), MANY // less),
        "toytown": lambda folder: measure_many(folder, of_toytown, 10_000 // less),
        "store": lambda folder: measure_store(folder, 6_000 // less, 10_000 // less),
    }
    print(f"{processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"  {'':34s} {'clock s':>8s} {'proc. s':>8s} {'ms a run':>9s} {'MB':>8s}", flush=True)
    kept: dict[str, Any] = {"processor": processor(), "load": os.getloadavg()}
    with tempfile.TemporaryDirectory(prefix="labsim-bench-", dir=chosen.folder) as folder:
        for name, measure in parts.items():
            if chosen.only in {None, name}:
                kept[name] = measure(Path(folder) / name)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(kept, indent=1))
    print(f"\nfigures: {RESULTS}")


if __name__ == "__main__":
    main()
