"""Pieces of chunks: what a foreman gives to its worker, and what it hears of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from labsim.sweep.jobs import Job
    from labsim.sweep.plan import Plan


class Piece(NamedTuple):
    """A part of a chunk.

    first, last : places of its jobs in the chunk, as `jobs_of_chunk` orders them; last: the one after
    skip        : keys that are done, have failed for good, or are not wanted
    wanted      : how many runs that leaves; 0: not counted
    attempt     : counts the tries of a piece of one suspicious run, from 1
    before      : attempts of an earlier session, which failed
    stamp       : changes when the plan was extended
    """

    chunk: int
    first: int = 0
    last: int | None = None
    skip: frozenset[str] = frozenset()
    wanted: int = 0
    attempt: int = 1
    before: int = 0
    stamp: int = 0


class Tally(NamedTuple):
    """What became of a piece: runs done, failed and left, and why nothing more could be done ("")."""

    done: int
    failed: int
    left: int
    message: str = ""


def jobs_of_chunk(plan: Plan, chunk: int) -> list[Job]:
    """Return the jobs of a chunk in the order of doing: point by point, so that what runs share is made once."""
    return sorted(plan.chunks([chunk]), key=lambda job: (job.point, job.seed))
