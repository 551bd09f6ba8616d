"""Runs a planned sweep: what is missing, here or on a cluster, with progress, until it is done or has to stop."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from labsim.experiment.engines import available_cores
from labsim.experiment.progress import Progress, Watcher, silent
from labsim.experiment.store import OutputError
from labsim.sweep.board import NOW
from labsim.sweep.changes import refuse_edited, refuse_stale
from labsim.sweep.companions import Companions
from labsim.sweep.crew import Pace
from labsim.sweep.engines import engine_function
from labsim.sweep.jobs import Finished, Job, Receipt
from labsim.sweep.missing import first_runs, pieces_of
from labsim.sweep.pieces import Piece
from labsim.sweep.plan import Plan, read_plan
from labsim.sweep.profiles import Profile, load_profile
from labsim.sweep.record import run_job
from labsim.sweep.stopping import Stop, listening
from labsim.sweep.store import Store, store_of
from labsim.sweep.work import do_pieces

ALL_DONE, SOME_FAILED, NOT_FINISHED = 0, 3, 75
LOCAL, IN_PROCESS = "local", "in_process"


class Outcome(NamedTuple):
    """What became of a call of `run`.

    done    : runs done by this call
    failed  : runs of the plan that have failed for good, now or before
    left    : runs still missing
    exit_code : 0 all done; 3 all tried, and some failed; 75 not finished, resume
    message : why it stopped, if nobody asked it to
    """

    done: int
    failed: int
    left: int
    exit_code: int
    message: str = ""


def run(
    folder: str | os.PathLike[str],
    *,
    engine: str | None = None,
    workers: int | None = None,
    limit: int | None = None,
    retry_failed: bool = False,
    profile: str | None = None,
    progress: Watcher | None = None,
) -> Outcome:
    """Do what is missing of the sweep planned in `folder`; finished runs are kept, whatever happens.

    Parameters
    ----------
    engine
        "local": worker processes of this machine; "in_process": here, one after the other, unguarded; or an engine of
        a cluster (with `profile`). Default: the profile's, or "local".
    workers
        Processes, each with one thread; default: the profile's, or all cores.
    limit
        Do at most so many runs.
    retry_failed
        Whether to try those again that have failed.
    profile
        Name of a cluster profile.

    Raises
    ------
    OutputError
        The folder holds no plan, or what was planned is not what would be run now.
    """
    plan, tell = read_plan(folder), progress or silent
    check_unchanged(plan)
    settings = None if profile is None else load_profile(profile)
    engine = engine or (LOCAL if settings is None else settings.engine)
    workers = workers or (None if settings is None else settings.workers) or available_cores()
    store = store_of(plan)
    pieces = pieces_of(plan, store=store, retry_failed=retry_failed)
    missing = sum(piece.wanted for piece in pieces)
    if limit is not None:
        pieces = first_runs(plan, pieces, limit)
    tally = _Tally(plan.facts["runs"], missing, tell)
    if not pieces:
        return _outcome(plan, store, 0, 0, "")
    tally.tell()
    stop = Stop()
    if engine in {LOCAL, IN_PROCESS}:
        companions = Companions(plan, tally.note)
        receipt = do_pieces(
            plan, companions.arranged(pieces), workers=0 if engine == IN_PROCESS else workers, engine_name=engine,
            stop=stop, tell=tally.note, look=tally.look, companions=companions,
        )  # fmt: skip
        tally.tell()
        return _outcome(plan, store, receipt.done, missing, receipt.message)
    receipts = list(_elsewhere(plan, pieces, engine, settings, stop, tally, retry_failed=retry_failed))
    tally.tell()
    message = next((each.message for each in receipts if each.message), "")
    return _outcome(plan, store, sum(each.done for each in receipts), missing, message)


def _elsewhere(
    plan: Plan, pieces: Sequence[Piece], engine: str, settings: Profile | None, stop: Stop, tally: _Tally, *,
    retry_failed: bool,
) -> Iterator[Receipt]:  # fmt: skip
    """Yield the receipts of an engine beyond this machine's processes."""
    function = engine_function(engine)
    settings = settings or Profile.model_validate({"engine": engine})
    watch = _Watch(tally.note, stop, retry_failed=retry_failed)
    done = failed = 0
    with listening(stop, tally.note):
        for receipt in function(plan, [piece.chunk for piece in pieces], settings, watch):
            done, failed = done + receipt.done, failed + receipt.failed
            tally.look(Pace(done, failed, 0))
            yield receipt


class _Watch:
    """How an engine's caller looks on (`engines.Watch`)."""

    def __init__(self, tell: Callable[[str], None], stop: Stop, *, retry_failed: bool) -> None:
        self.tell, self.retry_failed = tell, retry_failed
        self._stop = stop

    def stopped(self) -> bool:
        """Return whether no further chunk should be begun."""
        return self._stop.asked

    def hurried(self) -> bool:
        """Return whether to end at once."""
        return self._stop.level == NOW


LOOK = 0.2
"""Seconds between two tellings of how far the sweep is."""


class _Tally:
    """Tells a watcher how far the sweep is."""

    def __init__(self, planned: int, missing: int, watch: Watcher) -> None:
        self._planned, self._before, self._watch = planned, planned - missing, watch
        self._pace, self._next = Pace(0, 0, 0), 0.0

    def look(self, pace: Pace) -> None:
        """Tell how far the work is, if it is time to."""
        self._pace = pace
        if time.monotonic() >= self._next:
            self.tell()

    def tell(self) -> None:
        """Tell how far the work is."""
        self._next = time.monotonic() + LOOK
        settled = self._before + self._pace.done + self._pace.failed
        failed = f", {self._pace.failed:,} failed" if self._pace.failed else ""
        self._watch(Progress(settled, self._planned, f"{settled:,} of {self._planned:,} runs{failed}"))

    def note(self, text: str) -> None:
        """Pass on a line for people."""
        self._watch(Progress(0, 0, text, note=True))


def _outcome(plan: Plan, store: Store, done: int, missing: int, message: str) -> Outcome:
    """Return how the plan stands now, by the store."""
    left = sum(piece.wanted for piece in pieces_of(plan, store=store)) if missing else 0
    given_up = {key for key, tries in store.failed().items() if tries[-1].final}
    failed = _of_the_plan(plan, store, given_up) if given_up else 0
    code = NOT_FINISHED if left else SOME_FAILED if failed else ALL_DONE
    return Outcome(done, failed, left, code, message)


def _of_the_plan(plan: Plan, store: Store, keys: set[str]) -> int:
    """Return how many of these failed runs belong to the plan and have not been done since."""
    planned = {job.key for job in plan.jobs_of(keys)}
    return len(planned - set(store.index().keys.to_pylist()))


def check_unchanged(plan: Plan) -> None:
    """Raise OutputError if the plan's copy of the sweep file was edited, or runs made now would be others."""
    refuse_edited(plan)
    refuse_stale(plan)


class Repeated(NamedTuple):
    """A run that was repeated alone; `stored`: its digest in the store, or "" if it is not there."""

    finished: Finished
    stored: str


def repeat(folder: str | os.PathLike[str], key: str) -> Repeated:
    """Do one run of a plan again, alone and in this process; what it raises comes through. Nothing is written.

    `key` may be the first digits of one. Raises OutputError if the plan has no such run, or several.
    """
    plan = read_plan(folder)
    check_unchanged(plan)
    job = find_job(plan, key)
    entry = store_of(plan).done().get(job.key)
    return Repeated(run_job(plan, job, None), "" if entry is None else entry.digest)


def find_job(plan: Plan, key: str) -> Job:
    """Return the run whose key begins with these digits."""
    known: list[Any] = [] if not key else plan.runs(["run_key"])["run_key"].unique().to_pylist()
    found = [each for each in known if each.startswith(key)]
    if len(found) != 1:
        what = "no run" if not found else f"{len(found)} runs"
        raise OutputError(plan.folder, f"has {what} with a key that begins with '{key}'",
                          "take a key from `labsim sweep failures`, or from plan/runs.parquet")  # fmt: skip
    return plan.jobs_of(found)[0]
