"""Trying assumptions beside the comparison: what is found stays, and nothing goes on when nobody waits."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.test_app_jobs import PATIENCE, A, B, Clock, gone, refused

from labsim.app import assumptions, checking, jobs, simulating
from labsim.app.assumptions import SEEDS, STORY_SEEDS
from labsim.app.checking import Checks
from labsim.app.jobs import Board
from labsim.app.simulating import SHOWN, NobodyThere, Task
from labsim.app.stored import Store
from labsim.experiment.keys import run_key

sys.path.append(str(Path(__file__).parent))  # so that the processes of a check can import it
from pretend_runs import endless, quick, third_fails, tried

KEYS = (run_key(A, 0), run_key(B, 0))
Make = Callable[..., Checks]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Return a function that makes checks beside a board with a session, "tab"."""
    monkeypatch.setattr(jobs, "PRELOAD", ("labsim.app.assumptions", "pretend_runs"))
    board = Board(2, store=Store(tmp_path / "runs"), run=quick, watched=False)
    board.ask("tab", A, B, 1)
    board.cancel("tab")
    made: list[Checks] = []

    def checks(run: Any = tried, **how: Any) -> Checks:
        made.append(Checks(board, run=run, **how))
        made[-1].ask("tab", KEYS, (A, B), [])
        return made[-1]

    yield checks
    for each in made:
        each.close()
    board.close()


def until(true: Callable[[], bool]) -> None:
    """Wait until something is true."""
    ends = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < ends, "it did not happen"
        time.sleep(0.05)


def state(checks: Checks) -> str:
    return checks.progress("tab").state


def test_a_check_finds_every_trial_once_and_keeps_the_runs_of_stories(make: Make) -> None:
    checks = make()
    until(lambda: state(checks) == "done")
    found = checks.found(KEYS, SHOWN[0])
    wanted = {(each.path, each.end, each.seed) for each in assumptions.trials((A, B))}
    assert set(zip(found["assumption"], found["end"], found["seed"], strict=True)) == wanted
    assert len(found) == len(wanted) > 2 * len(SEEDS)
    assert (found["value"] == found["seed"]).all()
    board = checks._board
    assert all({run.seed for run in board.runs_of(key)} == set(STORY_SEEDS) for key in KEYS)
    progress = checks.progress("tab")
    assert progress.done == progress.total == len(wanted) + len(KEYS) * len(STORY_SEEDS)
    assert checks.processes() == []
    checks.ask("tab", KEYS, (A, B), [])  # nothing is left to try
    assert (state(checks), checks.progress("tab").total) == ("done", 0)


def test_a_cancelled_check_leaves_no_process(make: Make) -> None:
    checks = make(endless)
    processes = checks.processes()
    assert len(processes) == 1
    checks.cancel("tab")
    assert state(checks) == "cancelled"
    assert gone(processes)


def test_a_trial_that_fails_is_told_and_the_others_go_on(make: Make) -> None:
    checks = make(third_fails)
    until(lambda: state(checks) == "failed")
    progress = checks.progress("tab")
    assert progress.failure == "ValueError: the third seed fails"
    assert progress.done == progress.total


def test_a_check_may_take_its_time_and_the_machines_sleep_is_none_of_it(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "DEADLINE", 3.0)
    clock = Clock()
    checks = make(endless, now=clock)
    clock.now += 1e6
    time.sleep(1.2)  # more than two looks at the clock
    assert state(checks) == "running"
    clock.now += 1e6
    until(lambda: state(checks) == "cancelled")
    assert checks.processes() == []


@pytest.mark.parametrize(
    "task", [Task("a", A, 1, full=False), next(assumptions.trials((A, B)))], ids=["story", "trial"]
)
def test_a_trial_ends_between_two_months_when_nobody_waits_any_more(
    task: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ended:
        def is_alive(self) -> bool:
            return False

    monkeypatch.setattr(simulating, "parent_process", Ended)
    with pytest.raises(NobodyThere):
        assumptions.made(task, None)


def test_where_no_process_can_be_started_a_check_says_so(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = make()
    checks.cancel("tab")
    monkeypatch.setattr(checks._context, "Process", refused)
    checks.ask("tab", KEYS, (A, B), [])
    assert state(checks) == "failed"
    assert "no simulating process could be started" in checks.progress("tab").failure
