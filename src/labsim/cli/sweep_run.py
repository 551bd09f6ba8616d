"""``labsim sweep run`` and ``labsim sweep resume``: do what is missing of a planned sweep."""

from __future__ import annotations

import math
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labsim.cli.application import FAILED, BadInput, command, put, say
from labsim.cli.runs import JsonOption, QuietOption
from labsim.cli.sweeps import NOT_FINISHED, SOME_FAILED, sweeps
from labsim.cli.terminal import number, print_json, print_table, watching

if TYPE_CHECKING:
    from labsim.sweep.run import Outcome, Repeated

FolderArgument = Annotated[Path, typer.Argument(help="Folder of a planned sweep.")]
ProfileOption = Annotated[
    str | None, typer.Option(help="Name of a cluster profile (profiles.yaml); default: this machine.")
]
EngineOption = Annotated[
    str | None,
    typer.Option(help="local, in_process, or an engine of a cluster; default: the profile's, or local."),
]
WorkersOption = Annotated[int | None, typer.Option(min=1, help="Processes; default: all cores.")]
LimitOption = Annotated[int | None, typer.Option(min=1, help="Do at most N runs.")]
RetryOption = Annotated[bool, typer.Option("--retry-failed", help="Try those again that have failed.")]


@command("run", sweeps)
def run(
    folder: FolderArgument,
    profile: ProfileOption = None,
    engine: EngineOption = None,
    workers: WorkersOption = None,
    limit: LimitOption = None,
    retry_failed: RetryOption = False,
    only: Annotated[
        str | None,
        typer.Option(
            metavar="KEY", help="Repeat one run alone and show its result, or why it fails; writes nothing."
        ),
    ] = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Do the runs of a planned sweep that are missing; the same again goes on where it ended."""
    if only is not None:
        _repeat(folder, only, as_json=as_json)
        return
    _run(folder, profile, engine, workers, limit, retry_failed=retry_failed, quiet=quiet, as_json=as_json)


@command("resume", sweeps)
def resume(
    folder: FolderArgument,
    profile: ProfileOption = None,
    engine: EngineOption = None,
    workers: WorkersOption = None,
    limit: LimitOption = None,
    retry_failed: RetryOption = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say what is missing of a sweep, and do it."""
    from labsim.sweep.missing import pieces_of
    from labsim.sweep.plan import read_plan

    plan = read_plan(folder)
    pieces = pieces_of(plan, retry_failed=retry_failed)
    missing, planned = sum(piece.wanted for piece in pieces), plan.facts["runs"]
    if not quiet:
        say(f"labsim: {missing:,} of {planned:,} runs are missing, in {len(pieces):,} chunks")
    _run(folder, profile, engine, workers, limit, retry_failed=retry_failed, quiet=quiet, as_json=as_json)


@command("work", sweeps)
def work(
    folder: FolderArgument,
    chunks: Annotated[list[int], typer.Argument(help="Numbers of chunks.")],
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0: none, here.")] = 1,
    seconds: Annotated[float | None, typer.Option(help="Stop so that all is written by then.")] = None,
) -> None:
    """Do some chunks of a sweep here (for jobs that a user writes for a cluster)."""
    from labsim.sweep.work import work_chunks

    receipt = work_chunks(
        folder,
        chunks,
        workers=workers,
        deadline=None if seconds is None else time.time() + seconds,
        engine_name="work",
        tell=lambda line: say(f"labsim: {line}"),
    )
    if receipt.message:
        say(f"labsim: {receipt.message}")
    put(f"{receipt.done} done, {receipt.failed} failed, {receipt.left} left")
    _exit(NOT_FINISHED if receipt.left else SOME_FAILED if receipt.failed else 0)


sweeps.registered_commands[-1].hidden = True


def _run(
    folder: Path, profile: str | None, engine: str | None, workers: int | None, limit: int | None, *,
    retry_failed: bool, quiet: bool, as_json: bool,
) -> None:  # fmt: skip
    from labsim.sweep.plan import read_plan
    from labsim.sweep.run import run as run_sweep

    if limit is None and read_plan(folder).facts["stop"] is not None:
        run_until_precise(
            folder, profile, engine, workers, retry_failed=retry_failed, quiet=quiet, as_json=as_json
        )
        return
    with watching("the sweep", quiet=quiet) as watch:
        outcome = run_sweep(folder, engine=engine, workers=workers, limit=limit, retry_failed=retry_failed,
                            profile=profile, progress=watch)  # fmt: skip
    if outcome.message:
        say(f"labsim: {outcome.message}")
    if as_json:
        print_json({"folder": str(folder), **outcome._asdict()})
    else:
        _tell(folder, outcome, limited=limit is not None)
    _exit(outcome.exit_code)


def run_until_precise(
    folder: Path, profile: str | None, engine: str | None, workers: int | None, *,
    retry_failed: bool = False, quiet: bool, as_json: bool,
) -> None:  # fmt: skip
    """Do what is missing, and add batches of replicates until the plan's rule is met; ends with the run's exit code."""
    from labsim.sweep.precision import run_until_precise as run_all

    with watching("the sweep", quiet=quiet) as watch:
        decision, outcome = run_all(folder, engine=engine, workers=workers, retry_failed=retry_failed,
                                    profile=profile, progress=watch)  # fmt: skip
    if outcome.message:
        say(f"labsim: {outcome.message}")
    if as_json:
        half = decision.half_width if math.isfinite(decision.half_width) else None
        print_json(
            {
                "folder": str(folder),
                **outcome._asdict(),
                "precise": {**decision._asdict(), "half_width": half},
            }
        )
    else:
        _tell(folder, outcome, limited=False)
        put(decision.text)
    _exit(outcome.exit_code)


def _tell(folder: Path, outcome: Outcome, *, limited: bool) -> None:
    put(f"{outcome.done:,} runs done now, {outcome.failed:,} failed, {outcome.left:,} left")
    if outcome.failed:
        say(f"labsim: why runs failed, and how to repeat one: labsim sweep failures {folder}")
    if outcome.left:
        say(
            f"labsim: {'the limit is reached' if limited else 'not finished'}; go on with: labsim sweep resume {folder}"
        )


def _repeat(folder: Path, key: str, *, as_json: bool) -> None:
    from labsim.config import ConfigError
    from labsim.experiment.store import OutputError
    from labsim.sweep.run import repeat

    try:
        repeated = repeat(folder, key)
    except (ConfigError, OutputError) as error:
        raise BadInput(str(error)) from None
    except Exception:
        say(traceback.format_exc().rstrip())
        raise typer.Exit(FAILED) from None
    facts = _facts(repeated)
    if as_json:
        print_json(facts)
    else:
        _show(repeated, facts)
    if repeated.stored and repeated.stored != repeated.finished.digest:
        _exit(FAILED)


def _facts(repeated: Repeated) -> dict[str, Any]:
    done = repeated.finished
    return {
        "key": done.job.key, "scenario": done.job.scenario, "point": done.job.point, "seed": done.job.seed,
        "values": dict(done.job.values), "seconds": round(done.seconds, 3), "peak_mb": round(done.peak_mb),
        "digest": done.digest, "stored": repeated.stored,
        "panel": {name: [None if math.isnan(value) else value for value in values.tolist()]
                  for name, values in done.panel.items()},
    }  # fmt: skip


def _show(repeated: Repeated, facts: dict[str, Any]) -> None:
    columns = list(facts["panel"])
    rows = [[number(value) if value is not None else "" for value in row]
            for row in zip(*facts["panel"].values(), strict=True)]  # fmt: skip
    where = f"scenario {facts['scenario']}, " if facts["scenario"] else ""
    print_table(f"run {facts['key']}: {where}point {facts['point']}, seed {facts['seed']}",
                [f">{name}" for name in columns], rows)  # fmt: skip
    put(f"digest {facts['digest']}, {facts['seconds']:g} s, at most {facts['peak_mb']} MB")
    if not repeated.stored:
        put("the store does not hold this run; nothing was written")
    elif repeated.stored == facts["digest"]:
        put("the same bits as in the store")
    else:
        put(f"NOT the same bits as in the store, whose digest is {repeated.stored}")


def _exit(code: int) -> None:
    if code:
        raise typer.Exit(code)
