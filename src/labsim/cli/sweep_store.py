"""``labsim sweep status``, ``failures``, ``collect`` and ``verify``: what the store of a sweep holds."""

from __future__ import annotations

import math
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labsim.cli.application import FAILED, BadInput, command, put, say
from labsim.cli.runs import JsonOption, QuietOption
from labsim.cli.sweeps import sweeps
from labsim.cli.terminal import duration, number, print_json, print_table, watching

if TYPE_CHECKING:
    from labsim.sweep.failures import FailureGroup
    from labsim.sweep.status import Status
    from labsim.sweep.store import Bad
    from labsim.sweep.verify import Verified

CLEAR = "\x1b[H\x1b[2J"
MOST_SHOWN = 20

FolderArgument = Annotated[Path, typer.Argument(help="Folder of a planned sweep.")]


@command("status", sweeps)
def status(
    folder: FolderArgument,
    watch: Annotated[
        bool, typer.Option("--watch", help="Look again and again until nothing is left.")
    ] = False,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 10.0,
    as_json: JsonOption = False,
) -> None:
    """Say how many runs are done, running, failed and vanished, how fast it goes and how long it takes still."""
    from labsim.sweep.status import status as look

    before = ""
    while True:
        found = look(folder)
        if as_json:
            print_json(found.as_json())
        else:
            text = "\n".join(_lines(found))
            if text != before:
                put(f"{CLEAR if watch and sys.stdout.isatty() else ''}{text}")
            before = text
        if not watch or not found.left:
            return
        sys.stdout.flush()
        time.sleep(every)


@command("failures", sweeps)
def failures(
    folder: FolderArgument,
    group_by: Annotated[
        str, typer.Option(help="What runs of a group have in common: error, kind, host, scenario or point.")
    ] = "error",
    as_json: JsonOption = False,
) -> None:
    """Show the runs that failed, grouped, each group with the command that repeats one of them alone."""
    from labsim.config.errors import suggestion
    from labsim.sweep.failures import GROUPINGS
    from labsim.sweep.failures import failures as look

    if group_by not in GROUPINGS:
        raise BadInput(f"--group-by {group_by}: is no grouping; {suggestion(group_by, list(GROUPINGS))}")
    groups = look(folder, group_by)
    if as_json:
        print_json([group.as_json() for group in groups])
        return
    if not groups:
        put("no run failed")
        return
    rows = [
        [f"{len(group.failures):,}", group.failures[0].kind, group.failures[0].error, _where(group)]
        for group in groups
    ]
    total = sum(len(group.failures) for group in groups)
    print_table(f"{total:,} runs failed", [">runs", "kind", "error", "for example"], rows)
    put("")
    put("repeat one of each alone:" if len(groups) > 1 else "repeat one alone:")
    for group in groups:
        put(f"  {group.command}")
    put(f"try all of them again: labsim sweep resume {shlex.quote(str(folder))} --retry-failed")


@command("collect", sweeps)
def collect(
    folder: FolderArgument,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove the shards that the collected files replace.")
    ] = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Verify the finished runs, and write them to collected/ and outcomes.parquet with a manifest."""
    from labsim.sweep.collect import collect as gather

    with watching("collecting", quiet=quiet) as watch:
        found = gather(folder, prune, watch=watch)
    for line in _about_bad(found.bad, folder):
        say(line)
    if found.missing:
        say(f"labsim: {len(found.missing):,} runs are missing, such as {found.missing[0]}; do them with"
            f" `labsim sweep resume {shlex.quote(str(folder))}`, then collect again")  # fmt: skip
    if as_json:
        print_json({
            "folder": str(found.folder), "outcomes": str(found.outcomes), "planned": found.planned,
            "runs": found.runs, "missing": list(found.missing), "duplicates": found.duplicates,
            "bad": [str(each.file) for each in found.bad], "files": found.files, "bytes": found.size,
            "seconds": found.seconds, "pruned": found.pruned,
        })  # fmt: skip
        return
    put(f"{found.runs:,} of {found.planned:,} runs in {found.files} files, {found.size / 1e6:,.1f} MB, in"
        f" {duration(found.seconds)}")  # fmt: skip
    if found.duplicates:
        put(f"{found.duplicates:,} runs were done more than once, with the same bits")
    if prune:
        put(f"{found.pruned:,} shards removed: the collected files hold the same")
    put(str(found.folder))
    put(str(found.outcomes))


@command("verify", sweeps)
def verify(
    folder: FolderArgument,
    rerun: Annotated[int, typer.Option(min=0, help="Runs to do once more and compare bit for bit.")] = 0,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Read everything in the store and check every checksum and digest; repeat some runs and compare their bits."""
    from labsim.sweep.verify import verify as examine

    with watching("verifying", quiet=quiet) as watch:
        found = examine(folder, rerun, watch=watch)
    if as_json:
        print_json(_verified(found))
    else:
        put(f"{found.runs:,} runs in {found.files:,} files are as they were written")
        for line in _wrong(found, folder):
            put(line)
        if found.repeated:
            same = sum(each.same for each in found.repeated)
            put(f"{same} of {len(found.repeated)} runs done once more gave the same bits")
    if not found.fine:
        raise typer.Exit(FAILED)


def _lines(found: Status) -> Iterator[str]:
    """Yield what a person wants to read of a status."""
    share = math.floor(1000 * found.done / found.planned) / 10 if found.planned else 100.0
    yield f"{found.name}: {found.done:,} of {found.planned:,} runs done ({share:g} %)"
    waiting = max(found.left - found.running - found.vanished, 0)
    counts = {
        "running": found.running,
        "waiting": waiting,
        "failed": found.failed,
        "vanished": found.vanished,
    }
    yield "  " + ", ".join(f"{count:,} {name}" for name, count in counts.items())
    working = [sign for sign in found.workers if sign.alive]
    if found.left and working:
        left = "" if found.seconds_left is None else f", about {duration(found.seconds_left)} left"
        yield f"  {len(working)} at work, {number(60 * found.rate)} runs a minute{left}"
    for sign in found.workers:
        if not sign.alive:
            job = f", job {sign.batch_job}" if sign.batch_job else ""
            ago = duration(max(0.0, time.time() - sign.last))
            yield f"  vanished: process {sign.pid} on {sign.host}{job}, last heard of {ago} ago"
    if found.queue:
        yield "  jobs: " + ", ".join(f"{count} {state}" for state, count in found.queue.items())
    yield from (f"  {line}" for line in _about_bad(found.bad, found.folder))
    if found.quarantined:
        yield f"  {found.quarantined} bad files in quarantine/, each with a note"
    folder = shlex.quote(str(found.folder))
    if found.failed:
        yield f"see why: labsim sweep failures {folder}"
    if not found.left:
        yield f"next: labsim sweep collect {folder}"
    elif not working:
        yield f"next: labsim sweep resume {folder}"


def _about_bad(bad: Sequence[Bad], folder: Path) -> Iterator[str]:
    for each in bad[:MOST_SHOWN]:
        runs = (
            f"{len(each.runs):,} runs that count as missing ({each.runs[0]} ...)"
            if each.runs
            else "unknown runs"
        )
        where = (
            "moved to quarantine/" if each.moved_to else "left where it is, for the store cannot be written"
        )
        name = (
            each.file.relative_to(folder.resolve())
            if each.file.is_relative_to(folder.resolve())
            else each.file
        )
        yield f"bad file {name}: {each.reason}; {runs}; {where}"
    if len(bad) > MOST_SHOWN:
        yield f"... and {len(bad) - MOST_SHOWN:,} more bad files; quarantine/ has a note on each"


def _where(group: FailureGroup) -> str:
    job = group.failures[0].job
    values = ", ".join(f"{name} {value:g}" for name, value in job.values.items())
    scenario = f"{job.scenario}, " if job.scenario else ""
    return f"{scenario}point {job.point}, seed {job.seed}" + (f" ({values})" if values else "")


def _wrong(found: Verified, folder: Path) -> Iterator[str]:
    yield from _about_bad(found.bad, folder)
    for path in found.altered:
        yield f"{path}: is not the file that was collected (SHA-256); collect again"
    if found.disagreement:
        yield found.disagreement
    for each in found.repeated:
        if not each.same:
            told = each.error or f"gives {each.now} now, and gave {each.digest}"
            yield f"run {each.job.key} ({each.job.scenario}, point {each.job.point}, seed {each.job.seed}): {told}"


def _verified(found: Verified) -> dict[str, object]:
    return {
        "fine": found.fine,
        "files": found.files,
        "runs": found.runs,
        "bad": [{"file": str(each.file), "reason": each.reason, "runs": list(each.runs)} for each in found.bad],
        "altered": [str(path) for path in found.altered],
        "disagreement": found.disagreement,
        "repeated": [
            {"run_key": each.job.key, "scenario": each.job.scenario, "point": each.job.point, "seed": each.job.seed,
             "same": each.same, "digest": each.digest, "now": each.now, "error": each.error}
            for each in found.repeated
        ],
    }  # fmt: skip
