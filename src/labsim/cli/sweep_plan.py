"""``labsim sweep plan`` and ``labsim sweep extend``: what is to be run, what it costs, and more replicates."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labsim.cli.application import BadInput, command, put, say
from labsim.cli.kinds import expect
from labsim.cli.runs import RESULTS, JsonOption, OutOption, QuietOption
from labsim.cli.sweep_run import EngineOption, ProfileOption, WorkersOption, run_until_precise
from labsim.cli.sweeps import sweeps
from labsim.cli.terminal import duration, number, print_json

if TYPE_CHECKING:
    from labsim.sweep.estimate import Estimate
    from labsim.sweep.plan import Plan

HOUR = 3600.0
UNITS = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))

FolderArgument = Annotated[Path, typer.Argument(help="Folder of a planned sweep.")]


@command("plan", sweeps)
def plan(
    file: Annotated[str, typer.Argument(help="File or name of a sweep.")],
    out: OutOption = None,
    store: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the store, to share runs with other sweeps.", show_default="the sweep's folder"
        ),
    ] = None,
    pilot: Annotated[int, typer.Option(min=0, max=1000, help="Runs that are timed first; 0: none.")] = 8,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Most runs that may be planned.", show_default="run.limit_runs")
    ] = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Expand a sweep, time a few runs, and say what it costs; runs nothing else."""
    expect("sweep", file)
    from labsim.config.sweeps import load_sweep
    from labsim.experiment.store import folder_name
    from labsim.sweep.changes import refuse_changed
    from labsim.sweep.design import MissingLibrary
    from labsim.sweep.plan import make_plan, read_plan
    from labsim.sweep.plan_facts import PLAN_FOLDER
    from labsim.sweep.rows import PointError

    sweep = load_sweep(file, limit_runs=limit)
    folder = RESULTS / folder_name(sweep.name) if out is None else out
    there = (folder / PLAN_FOLDER).exists()
    try:
        if there:
            made = read_plan(folder)
            refuse_changed(made, sweep, _in_store(made)[0])
            say(f"labsim: {folder} holds this plan already; nothing was written")
        else:
            made = make_plan(sweep, folder, store=store, pilot=pilot, tell=None if quiet else _tell)
    except (MissingLibrary, PointError) as error:
        raise BadInput(f"{file}: {error}") from None
    _show(made, sweep.notices(), as_json=as_json)


@command("extend", sweeps)
def extend(
    folder: FolderArgument,
    replicates: Annotated[
        int | None, typer.Option(min=1, help="Replicates that the sweep shall have in all.")
    ] = None,
    until_precise: Annotated[
        bool,
        typer.Option(
            "--until-precise",
            help="Add batches and run them, until the interval that the file's stop names is narrow enough.",
        ),
    ] = False,
    profile: ProfileOption = None,
    engine: EngineOption = None,
    workers: WorkersOption = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Plan more replicates of every scenario and point; finished runs are kept."""
    from labsim.sweep.plan import extend_plan, read_plan

    before = read_plan(folder)
    have = len(before.seeds)
    if until_precise == (replicates is not None):
        raise BadInput("say how many replicates there shall be: --replicates N, or --until-precise")
    if replicates is None:
        run_until_precise(folder, profile, engine, workers, quiet=quiet, as_json=as_json)
        return
    if replicates <= have:
        raise BadInput(f"{folder}: has {have} replicates already; --replicates counts all of them")
    after = extend_plan(before, next_seeds(before, replicates - have))
    new = after.facts["runs"] - before.facts["runs"]
    if as_json:
        print_json(_facts(after) | {"added": new})
        return
    put(f"{new:,} runs added: {have} -> {len(after.seeds)} replicates, {after.facts['runs']:,} runs in all")
    put(f"next: labsim sweep run {folder}")


def next_seeds(plan: Plan, count: int) -> tuple[int, ...]:
    """Return `count` seeds that follow the largest of a plan."""
    last = max(plan.seeds)
    return tuple(range(last + 1, last + 1 + count))


def _show(plan: Plan, notices: tuple[str, ...], *, as_json: bool) -> None:
    facts = _facts(plan)
    if as_json:
        print_json(facts | {"notices": list(notices)})
        return
    for line in _lines(plan, facts):
        put(line)
    for notice in notices:
        say(f"note: {notice}")
    for wrong in facts["estimate"]["wrong"]:
        say(f"note: in the pilot, {wrong}")
    if facts["of_other_code"]:
        say(f"note: the store has {facts['of_other_code']:,} runs that other code made; they are never taken for runs"
            " of this plan, and collect leaves them out")  # fmt: skip
    put(f"next: labsim sweep run {plan.folder}")


def _facts(plan: Plan) -> dict[str, Any]:
    """Return what the plan says, with what it costs and what of it the store has, as plain values."""
    from labsim.experiment.engines import available_cores
    from labsim.sweep.estimate import estimate_from

    estimate = estimate_from(plan.facts["estimate"])
    kept = ("name", "label", "points", "rows", "runs", "chunks", "seeds", "scenarios", "design", "estimate")
    done, other = _in_store(plan)
    scaled = plan.facts["runs"] / max(estimate.runs, 1)
    seconds = estimate.core_seconds * scaled
    cores = available_cores()
    return {name: plan.facts[name] for name in kept} | {
        "folder": str(plan.folder),
        "store": str(plan.store_folder),
        "most_runs": _most(plan),
        "core_hours": seconds / HOUR,
        "bytes": estimate.bytes * scaled,
        "done": done,
        "new": plan.facts["runs"] - done,
        "of_other_code": other,
        "cores": cores,
        "wall_seconds": seconds * (1.0 - done / max(plan.facts["runs"], 1)) / cores,
        "free_bytes": shutil.disk_usage(plan.folder).free,
    }


def _lines(plan: Plan, facts: dict[str, Any]) -> list[str]:
    """Return the summary of a plan for people."""
    from labsim.sweep.estimate import estimate_from

    estimate = estimate_from(plan.facts["estimate"])
    scenarios, seeds = len(facts["scenarios"]) or 1, len(facts["seeds"])
    made = f"{facts['points']:,} points x {scenarios} scenarios x {seeds} replicates = {facts['rows']:,} runs"
    if not facts["scenarios"]:
        made = f"{facts['points']:,} points x {seeds} replicates = {facts['rows']:,} runs"
    if facts["rows"] != facts["runs"]:
        made += f", {facts['runs']:,} of them different"
    if facts["most_runs"] > facts["runs"]:
        made += f"   (up to {facts['most_runs']:,} with the stopping rule)"
    hours = f"{number(facts['core_hours'])} core-hours" if facts["core_hours"] >= 1.0 else (
        f"{_seconds(facts['core_hours'] * HOUR)} of one core"
    )  # fmt: skip
    lines = [
        f"{plan.name}: {facts['label'].get('en', '')}", made, _pilot(estimate),
        f"cost: about {hours}, {size(facts['bytes'])} of results"
        f" ({size(facts['free_bytes'])} free)",
        f"chunks: {facts['chunks']:,} of about {_chunk(facts)}; on this machine ({facts['cores']} cores) about"
        f" {_seconds(facts['wall_seconds'])}",
    ]  # fmt: skip
    if facts["bytes"] * 2 > facts["free_bytes"]:
        lines.append("the results, and once more collected, do not fit: make room, or choose another --store")
    if facts["done"]:
        lines.append(f"{facts['new']:,} of the {facts['runs']:,} runs are new, {facts['done']:,} are in the store"
                     f" already ({facts['store']})")  # fmt: skip
    else:
        lines.append(f"all {facts['runs']:,} runs are new; the store is {facts['store']}")
    return lines


def _pilot(estimate: Estimate) -> str:
    if not estimate.pilots:
        return f"pilot: none; the times below are a guess of {estimate.run_seconds:g} s a run"
    text = f"pilot: {estimate.pilots} runs, median {_seconds(estimate.median_seconds)}, 95 %"
    text += f" {_seconds(estimate.high_seconds)}, {estimate.peak_mb:.0f} MB peak a worker"
    if estimate.burn_in_seconds:
        text += f"; a run {_seconds(estimate.run_seconds)}, a burn-in {_seconds(estimate.burn_in_seconds)}"
        text += f" ({estimate.burn_ins:,} for {estimate.runs:,} runs)"
    return text


def _chunk(facts: dict[str, Any]) -> str:
    return _seconds(facts["core_hours"] * HOUR / max(facts["chunks"], 1))


def _seconds(value: float) -> str:
    """Return seconds in words, short ones with as many digits as say something.

    >>> _seconds(0.0123), _seconds(3.14159), _seconds(90)
    ('0.012 s', '3.1 s', '1 min 30 s')
    """
    return f"{value:.2g} s" if value < 10.0 else duration(value)


def size(count: float) -> str:
    """Return a number of bytes in words.

    >>> size(2.5e9), size(300)
    ('2.5 GB', '300 bytes')
    """
    for unit, name in UNITS:
        if count >= unit:
            return f"{count / unit:.3g} {name}"
    return f"{count:.0f} bytes"


def _most(plan: Plan) -> int:
    """Return how many runs there may be in the end, by the stopping rule."""
    stop = plan.facts["stop"]
    each = int(plan.facts["runs"]) // max(len(plan.seeds), 1)
    return each * max(int(stop["most"]), len(plan.seeds)) if stop else int(plan.facts["runs"])


def _in_store(plan: Plan) -> tuple[int, int]:
    """Return how many of the plan's runs the store has, and how many runs of other code than the plan's."""
    import numpy as np

    from labsim.sweep.store import Store

    if not plan.store_folder.is_dir():
        return 0, 0
    index, code = Store(plan.store_folder).index(), plan.facts["keys"].get("code")
    if not len(index):
        return 0, 0
    done = set(index.keys.to_pylist()) & set(plan.runs(["run_key"]).column("run_key").to_pylist())
    other = [number for number, about in enumerate(index.abouts) if code and about.get("code") != code]
    return len(done), int(np.isin(index.shard, other).sum())


def _tell(line: str) -> None:
    say(f"labsim: {line}")
