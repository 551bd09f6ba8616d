"""``labsim sweep script``, ``cancel`` and ``doctor``: sweeps and the batch systems of clusters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labsim.cli.application import FAILED, BadInput, command, put, say
from labsim.cli.runs import JsonOption
from labsim.cli.sweeps import sweeps
from labsim.cli.terminal import print_json

if TYPE_CHECKING:
    from labsim.sweep.doctor import Examination

FolderArgument = Annotated[Path, typer.Argument(help="Folder of a planned sweep.")]
ProfileOption = Annotated[str, typer.Option(help="Name of a cluster profile (profiles.yaml).")]


@command("script", sweeps)
def script(folder: FolderArgument, profile: ProfileOption) -> None:
    """Write the script of a Slurm array that does what is missing of a sweep; nothing is handed in."""
    from labsim.sweep.job_scripts import KERNELS
    from labsim.sweep.missing import pieces_of
    from labsim.sweep.plan import read_plan
    from labsim.sweep.profiles import load_profile
    from labsim.sweep.slurm_array import tasks_in, write_script
    from labsim.sweep.warm_kernels import warm_command

    settings, plan = load_profile(profile), read_plan(folder)
    chunks = [piece.chunk for piece in pieces_of(plan)]
    if not chunks:
        say("labsim: nothing is missing, so there is nothing to write a script for")
        return
    file = write_script(plan, chunks, settings)
    put(file.read_text(encoding="utf-8").rstrip())
    say(f"labsim: {tasks_in(file)} tasks for {len(chunks):,} chunks; hand it in with: sbatch {file}")
    if plan.facts["scenarios"] and not (plan.folder / KERNELS).is_dir():
        say(f"labsim: before that, compile the kernels once for all nodes: {warm_command(plan, settings)}")


@command("cancel", sweeps)
def cancel(folder: FolderArgument, as_json: JsonOption = False) -> None:
    """Cancel the batch jobs that labsim handed in for a sweep; what they have written is kept."""
    from labsim.sweep.batch_jobs import alive, cancel_jobs
    from labsim.sweep.plan import read_plan

    plan = read_plan(folder)
    jobs = alive(plan.folder)
    against = cancel_jobs(jobs)
    if as_json:
        print_json({"folder": str(folder), "cancelled": [job.job for job in jobs], "problems": against})
    elif not jobs:
        put("no job of this sweep waits or runs")
    else:
        numbers = ", ".join(job.job for job in jobs)
        put(f"cancelled: {numbers}; what they have done is kept")
    for line in against:
        say(f"labsim: {line}")
    waited_for = sorted({job.driver for job in jobs if job.driver and job.kind == "dask"})
    if waited_for:
        say(f"labsim: a driver replaces jobs that are gone; end it too (Ctrl-C): {', '.join(waited_for)}")
    if against:
        raise typer.Exit(FAILED)


@command("doctor", sweeps)
def doctor(
    profile: ProfileOption,
    folder: Annotated[
        Path, typer.Option(help="A folder on the disk that the sweeps will use; default: the current one.")
    ] = Path(),
    wait: Annotated[float, typer.Option(min=1.0, help="Seconds to wait for the job in the queue.")] = 600.0,
    as_json: JsonOption = False,
) -> None:
    """Check a cluster profile with a job of a minute: what its node is and can do, and what is wrong."""
    from labsim.sweep.doctor import examine
    from labsim.sweep.profiles import load_profile

    if not folder.is_dir():
        raise BadInput(f"{folder}: is no folder; name one on the disk that the sweeps will use")
    found = examine(load_profile(profile), folder, lambda line: say(f"labsim: {line}"), wait)
    if as_json:
        print_json({"profile": found.profile, "fine": not found.problems, "problems": list(found.problems),
                    "seconds": round(found.seconds, 1), "node": found.node})  # fmt: skip
    else:
        _show(found)
    if found.problems:
        raise typer.Exit(FAILED)


def _show(found: Examination) -> None:
    node = found.node
    if node:
        put(f"{found.profile}: a job ran on {node['host']} and reported after {found.seconds:.0f} s")
        put(f"python {node['python']} ({node['executable']}), labsim {node['labsim']}, {node['cores']} cores")
        ready = "compiled" if node["kernels_ready"] else "not compiled yet"
        put(f"kernels: {ready}, in {node['kernels_cache']} ({node['scratch_free_mb']:.0f} MB free)")
    if not found.problems:
        put("all is well")
    for line in found.problems:
        put(f"- {line}")
