"""What the parts of a sweep hand to each other: jobs, panels, finished runs, failures, receipts.

A plan makes jobs; a runner turns a job into a panel; a worker turns panels into finished runs and gives them to the
store; an engine sees receipts only, never data.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from labsim.experiment.cache import BurnInCache
    from labsim.scenario import Scenario

Panel = Mapping[str, NDArray[Any]]
"""Columns of one run, all of one length: ``month`` (int32, month or year number) and a float64 array per outcome."""

DIED, TIME_LIMIT, MEMORY, RAISED = "died", "time limit", "memory", "raised"
KINDS_OF_FAILURE = (RAISED, TIME_LIMIT, MEMORY, DIED)


class Job(NamedTuple):
    """One run of a plan.

    key      : content key, 32 hex digits; equal keys, equal bits
    scenario : its name in the plan; "" in a sweep over a function
    point    : number of the design's point
    seed     : which history of chance
    chunk    : number of the chunk that it belongs to
    values   : the factors at this point, by name
    """

    key: str
    scenario: str
    point: int
    seed: int
    chunk: int
    values: Mapping[str, float]


@dataclass
class Context:
    """What a runner may use while it does a job.

    tick       : to be called after every simulated month; raises when the work has to stop
    outcomes   : names of the columns that the panel must have, in order
    record     : "monthly" or "yearly"
    scenario   : returns the scenario of a job (not in sweeps over a function)
    cache      : burn-ins shared through the store; None: keep none
    checkpoint : file for the state of a run that has to be interrupted; None: none is kept
    settings   : further entries of the plan that a runner may need
    """

    tick: Callable[[], None]
    outcomes: tuple[str, ...]
    record: str = "monthly"
    scenario: Callable[[Job], Scenario] | None = None
    cache: BurnInCache | None = None
    checkpoint: Path | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


class Runner(Protocol):
    """Does one job: a module-level function, named in the plan as ``module:function``."""

    def __call__(self, job: Job, context: Context) -> Panel:
        """Return the panel of a job."""
        ...


class Finished(NamedTuple):
    """A run that is done, as it goes to the store.

    panel   : its columns
    digest  : BLAKE2b-128 of the panel's bytes, 32 hex digits
    seconds : wall time
    peak_mb : largest memory of the process so far, MB
    started : seconds since 1970
    host, cpu, batch_job, attempt : who did it, and at which attempt (from 1)
    """

    job: Job
    panel: Panel
    digest: str
    seconds: float
    peak_mb: float
    started: float
    host: str
    cpu: str
    batch_job: str = ""
    attempt: int = 1


class Failure(NamedTuple):
    """A run that did not end well.

    kind    : one of KINDS_OF_FAILURE
    error   : last line of the traceback, or what happened in words
    details : the whole traceback, or ""
    final   : whether it is not tried again by itself
    """

    job: Job
    kind: str
    error: str
    details: str
    attempt: int
    seconds: float
    host: str
    started: float
    final: bool = True


class Receipt(NamedTuple):
    """What an engine learns of a piece of work: numbers, never data.

    left : jobs that were not done because the work had to stop
    """

    chunks: tuple[int, ...]
    done: int
    failed: int
    left: int
    seconds: float
    host: str
    message: str = ""


def digest_of(panel: Panel) -> str:
    """Return the digest of a panel: BLAKE2b-128 over names, types and bytes of its columns, in their order.

    >>> digest_of({"month": np.array([1], np.int32), "y": np.array([0.5])})
    'a5d16393db19ad9c48429b6aecd79837'
    """
    said: list[bytes] = []
    for name, values in panel.items():
        column = np.ascontiguousarray(values)
        said += (heading(name, column.dtype, column.size), column.tobytes())
    return hashlib.blake2b(b"".join(said), digest_size=16).hexdigest()


def digests_of(panels: Panel, rows: Sequence[int]) -> Iterator[str]:
    """Yield the digest of each of some panels that stand below each other, of so many rows: as `digest_of`."""
    columns = [
        (name, each.dtype, each.dtype.itemsize, memoryview(np.ascontiguousarray(each)).cast("B"))
        for name, each in panels.items()
    ]
    headings: dict[int, list[bytes]] = {}
    first = 0
    for count in rows:
        if count not in headings:
            headings[count] = [heading(name, dtype, count) for name, dtype, _, _ in columns]
        parts: list[bytes | memoryview] = []
        for title, (_, _, size, content) in zip(headings[count], columns, strict=True):
            parts += (title, content[first * size : (first + count) * size])
        yield hashlib.blake2b(b"".join(parts), digest_size=16).hexdigest()
        first += count


def heading(name: str, dtype: np.dtype[Any], size: int) -> bytes:
    """Return what a digest has of a column before its bytes."""
    return f"{name}:{dtype.str}:{size};".encode()
