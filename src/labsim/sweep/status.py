"""How far a sweep is: what the store holds, who gives signs of life, and what the queue says as a hint.

Only footers are read. A run is done when it stands in one; nobody's word counts for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from labsim.experiment.store import OutputError
from labsim.sweep.batch_jobs import queue_state
from labsim.sweep.copies import Copies
from labsim.sweep.heartbeat import Sign, signs_of_life
from labsim.sweep.plan import Plan, read_plan
from labsim.sweep.store import LOGS, QUARANTINE, Bad, store_of


@dataclass(frozen=True)
class Status:
    """How far a sweep is. All counts are of different runs (keys).

    rows         : rows of the plan (those that say the same share a run)
    planned      : runs
    done, failed : in the store; given up and not done
    running      : under way now
    vanished     : were under way in processes that have gone silent, and are not done
    left         : neither done nor failed
    rate         : runs a second, of the processes that work now; 0 if none does
    seconds_left : None if nobody works
    bad          : files that were found to be bad just now; quarantined : files set aside so far
    duplicates   : copies of runs beyond the first
    workers      : signs of life
    queue        : jobs in each state, as the batch system tells; {} if none was handed in
    """

    name: str
    folder: Path
    rows: int
    planned: int
    done: int
    failed: int
    running: int
    vanished: int
    left: int
    rate: float
    seconds_left: float | None
    shards: int
    duplicates: int
    quarantined: int
    bad: tuple[Bad, ...]
    workers: tuple[Sign, ...]
    queue: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        found = {name: getattr(self, name) for name in self.__dataclass_fields__}
        bad = [{"file": str(each.file), "reason": each.reason, "runs": list(each.runs)} for each in self.bad]
        workers = [
            {name: getattr(each, name) for name in Sign.__dataclass_fields__} | {"runs": list(each.runs)}
            for each in self.workers
        ]
        return found | {"folder": str(self.folder), "bad": bad, "workers": workers, "queue": dict(self.queue)}


def status(folder: Path, *, ask_queue: bool = True) -> Status:
    """Return how far the sweep in a folder is.

    Parameters
    ----------
    ask_queue
        Whether the batch system is asked about the jobs that were handed in.
    """
    plan = read_plan(folder)
    try:
        return _status(plan, ask_queue=ask_queue)
    except PermissionError as error:
        where = Path(error.filename) if error.filename else plan.folder
        right = "ask its owner for the right to read it"
        raise OutputError(where, f"cannot be read ({error.strerror})", right) from error


def _status(plan: Plan, *, ask_queue: bool) -> Status:
    store = store_of(plan)
    index = store.index()
    copies = Copies(plan.runs(["run_key"]).column("run_key"), index)
    done = copies.names.filter(pa.array(copies.done))
    given_up = pa.array([key for key, tries in store.failed().items() if tries[-1].final], pa.string())
    failed = _count(copies.names, given_up) - _count(done, given_up)
    signs = tuple(signs_of_life(plan.folder / LOGS))
    gone = pa.array([key for sign in signs if not sign.alive for key in sign.runs], pa.string())
    rate = sum(sign.rate for sign in signs if sign.alive)
    left = len(copies.names) - len(done) - failed
    asked = queue_state(plan.folder) if ask_queue else None
    return Status(
        name=plan.name,
        folder=plan.folder,
        rows=len(copies.run),
        planned=len(copies.names),
        done=len(done),
        failed=failed,
        running=sum(len(sign.runs) for sign in signs if sign.alive),
        vanished=_count(copies.names, gone) - _count(done, gone),
        left=left,
        rate=rate,
        seconds_left=left / rate if rate else None,
        shards=len(index.files),
        duplicates=copies.duplicates,
        quarantined=sum(1 for _ in (store.folder / QUARANTINE).glob("*.note.json")),
        bad=tuple(store.bad),
        workers=signs,
        queue={} if asked is None else asked.counts,
    )


def _count(keys: pa.Array, among: pa.Array) -> int:
    """Return how many of some keys are among others."""
    return int(pc.sum(pc.is_in(keys, value_set=among)).as_py() or 0) if len(among) else 0
