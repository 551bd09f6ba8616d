"""What failed: grouped by error, with the command that repeats one run alone."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labsim.sweep.jobs import Failure
from labsim.sweep.plan import read_plan
from labsim.sweep.store import store_of

GROUPINGS: Mapping[str, Callable[[Failure], str]] = {
    "error": lambda failure: re.sub(r"\d+(\.\d+)?(e[+-]?\d+)?", "#", failure.error),
    "kind": lambda failure: failure.kind,
    "host": lambda failure: failure.host,
    "scenario": lambda failure: failure.job.scenario,
    "point": lambda failure: str(failure.job.point),
}
"""By what failures can be grouped; errors that differ in their numbers alone are one group."""


@dataclass(frozen=True)
class FailureGroup:
    """Runs that failed alike.

    name     : what they have in common
    failures : the last attempt of each run, in the order of the plan
    command  : repeats the first of them alone
    """

    name: str
    failures: tuple[Failure, ...]
    command: str

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values, each run with its parameters and its command."""
        first = self.failures[0]
        return {
            "group": self.name,
            "runs": len(self.failures),
            "kind": first.kind,
            "error": first.error,
            "details": first.details,
            "command": self.command,
            "failures": [
                {"run_key": each.job.key, "scenario": each.job.scenario, "point": each.job.point,
                 "seed": each.job.seed, "values": dict(each.job.values), "kind": each.kind, "error": each.error,
                 "attempt": each.attempt, "seconds": each.seconds, "host": each.host, "final": each.final}
                for each in self.failures
            ],
        }  # fmt: skip


def failures(folder: Path, group_by: str = "error") -> list[FailureGroup]:
    """Return the planned runs that failed and are not done, in groups, the largest first.

    Parameters
    ----------
    group_by
        One of GROUPINGS.
    """
    plan = read_plan(folder)
    store = store_of(plan)
    failed = store.failed()
    done = set(store.index().keys.to_pylist()) if failed else set()
    wanted = dict.fromkeys(plan.runs(["run_key"]).column("run_key").to_pylist()) if failed else {}
    groups: dict[str, list[Failure]] = {}
    for key in wanted:
        if key in failed and key not in done:
            last = failed[key][-1]
            groups.setdefault(GROUPINGS[group_by](last), []).append(last)
    order = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return [FailureGroup(name, tuple(found), command(folder, found)) for name, found in order]


def command(folder: Path, found: Sequence[Failure]) -> str:
    """Return the command that repeats the first of some failures alone."""
    return f"labsim sweep run {shlex.quote(str(folder))} --only {found[0].job.key}"
