"""Jobs: one for each tab, a place in line, an end that leaves nothing behind, and what is finished stays."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from labsim.app import jobs
from labsim.app.hands import LONGEST_STEP, Awake
from labsim.app.jobs import DEADLINE, SILENCE, Board
from labsim.app.stored import FULL, Store, missing
from labsim.config import load
from labsim.experiment.keys import run_key

sys.path.append(str(Path(__file__).parent))  # so that the processes of a board can import it
from pretend_runs import endless, quick, steady, third_dies, third_fails

A = load("toytown")
B = A.model_copy(update={"end": "2003-12"})
C = A.model_copy(update={"end": "2003-11"})
PATIENCE = 60.0


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


Make = Callable[..., Board]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Return a function that makes a board of two processors with its own folder."""
    monkeypatch.setattr(jobs, "PRELOAD", ("labsim.app.stored", "pretend_runs"))
    made: list[Board] = []

    def board(run: Any = quick, **how: Any) -> Board:
        made.append(Board(2, **({"store": Store(tmp_path / "runs"), "run": run, "watched": False} | how)))
        return made[-1]

    yield board
    for each in made:
        each.close()


def until(board: Board, true: Callable[[], bool]) -> None:
    """Look after a board until something is true."""
    ends = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < ends, "it did not happen"
        board.look(0.05)


def state(board: Board, session: str) -> str:
    standing = board.standing(session)
    return "none" if standing is None else standing.state


def gone(pids: list[int]) -> bool:
    """Say whether no process with these numbers simulates any more."""
    return not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids)


def test_a_question_is_answered_pair_by_pair_and_then_done(make: Make) -> None:
    board = make(steady)
    board.ask("tab", A, B, 12)
    seen = []
    until(board, lambda: seen.append(len(board.finished("tab"))) or state(board, "tab") == "done")  # type: ignore[func-returns-value]  # notes what it sees
    assert [a.seed for a, _ in board.finished("tab")] == list(range(1, 13))
    assert seen == sorted(seen)
    assert len(set(seen)) > 4
    assert all((a.key, b.key) == (run_key(A, 0), run_key(B, 0)) for a, b in board.finished("tab"))
    assert all(bool(a.tables) == (a.seed <= FULL) for a, _ in board.finished("tab"))
    assert board.processes() == []


def test_two_scenarios_that_are_the_same_differ_by_nothing(make: Make) -> None:
    board = make()
    board.ask("tab", A, A, 4)
    until(board, lambda: state(board, "tab") == "done")
    for a, b in board.finished("tab"):
        assert all((a.series[name] == b.series[name]).all() for name in a.series)


def test_a_new_question_takes_the_place_of_the_old_one_and_leaves_no_process(make: Make) -> None:
    board = make(endless)
    first = board.ask("tab", A, B, 4)
    old = board.processes()
    assert len(old) == 2
    second = board.ask("tab", A, C, 4)
    assert gone(old)
    assert (first.state, second.state) == ("cancelled", "running")
    assert len(board.processes()) == 2
    assert board.ask("tab", A, C, 4) is second  # the same question again changes nothing


def test_six_quick_questions_leave_one_job(make: Make) -> None:
    board = make(endless)
    for k in range(6):
        board.ask("tab", A, A.model_copy(update={"end": f"2003-{k + 1:02d}"}), 4)
    assert len(board.processes()) == 2
    board.cancel("tab")
    assert board.processes() == []


def test_others_wait_in_line_and_move_up(make: Make) -> None:
    board = make(endless)
    for session in ("one", "two", "three"):
        board.ask(session, A, B if session == "one" else C, 4)
    places = [board.standing(session).place for session in ("one", "two", "three")]  # type: ignore[union-attr]  # they asked
    assert places == [0, 1, 2]
    assert len(board.processes()) == 2
    board.cancel("one")
    assert [state(board, session) for session in ("one", "two", "three")] == [
        "cancelled",
        "running",
        "waiting",
    ]
    board.leave("two")
    assert (state(board, "two"), state(board, "three")) == ("none", "running")


def test_cancelling_keeps_what_is_finished_and_leaves_no_process(make: Make) -> None:
    board = make(steady)
    board.ask("tab", A, B, 80)
    until(board, lambda: len(board.finished("tab")) >= 2)
    pids = board.processes()
    board.cancel("tab")
    done = len(board.finished("tab"))
    assert gone(pids)
    assert state(board, "tab") == "cancelled"
    board.look(0.1)
    assert len(board.finished("tab")) == done >= 2


def test_a_tab_that_falls_silent_loses_its_job(make: Make) -> None:
    clock = Clock()
    board = make(endless, now=clock)
    board.ask("heard", A, B, 4)
    board.ask("silent", A, C, 4)
    pids = board.processes()
    for _ in range(int(SILENCE) + 5):
        clock.now += 1.0
        board.hear("heard")
        board.look()
    assert (state(board, "heard"), state(board, "silent")) == ("running", "none")
    for _ in range(int(SILENCE) + 5):
        clock.now += 1.0
        board.look()
    assert state(board, "heard") == "none"
    assert gone(pids)


def pass_time(board: Board, clock: Clock, seconds: float, *sessions: str) -> None:
    """Let time pass while tabs are open."""
    for _ in range(int(seconds)):
        clock.now += 1.0
        for each in sessions:
            board.hear(each)
        board.look()


def test_a_job_ends_after_its_time_and_time_in_line_does_not_count(make: Make) -> None:
    clock = Clock()
    board = make(endless, now=clock)
    board.ask("first", A, B, 4)
    board.ask("second", A, C, 4)
    pass_time(board, clock, DEADLINE - 2, "first", "second")
    assert (state(board, "first"), state(board, "second")) == ("running", "waiting")
    pass_time(board, clock, 4, "first", "second")
    assert (state(board, "first"), state(board, "second")) == ("too_long", "running")
    pass_time(board, clock, DEADLINE - 4, "first", "second")
    assert state(board, "second") == "running"


def test_a_machine_that_slept_for_a_night_ends_no_job_and_no_session(make: Make) -> None:
    clock = Clock()
    board = make(endless, now=clock)
    board.ask("tab", A, B, 4)
    pass_time(board, clock, 10, "tab")
    clock.now += 8 * 3600.0  # the lid was closed
    board.look()
    assert state(board, "tab") == "running"
    assert board.standing("tab").seconds <= 10 + LONGEST_STEP  # type: ignore[union-attr]  # it asked


def test_a_clock_that_is_set_back_does_not_run_backwards() -> None:
    clock = Clock()
    awake = Awake(clock)
    clock.now += 1.0
    assert awake() == 1.0
    clock.now -= 500.0
    assert awake() == 1.0
    clock.now += 1.5
    assert awake() == 2.5


def test_a_run_that_fails_leaves_the_others_and_is_named(make: Make) -> None:
    board = make(third_fails)
    board.ask("tab", A, B, 8)
    until(board, lambda: state(board, "tab") == "failed")
    assert [a.seed for a, _ in board.finished("tab")] == [1, 2, 4, 5, 6, 7, 8]
    assert "the third seed fails" in board.standing("tab").failure  # type: ignore[union-attr]  # it asked
    assert board.processes() == []


def test_a_process_that_dies_leaves_what_the_others_finish(make: Make) -> None:
    board = make(third_dies)
    board.ask("tab", A, B, 8)
    until(board, lambda: state(board, "tab") == "failed")
    assert {1, 2, 4, 6, 8} <= {a.seed for a, _ in board.finished("tab")}
    assert "ended before its work was done" in board.standing("tab").failure  # type: ignore[union-attr]  # it asked
    board.cancel("tab")
    assert state(board, "tab") == "failed"  # it has ended already


def test_where_no_process_can_be_started_the_job_says_so_and_the_next_question_is_asked_anew(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = make()
    with monkeypatch.context() as broken:
        broken.setattr(board._context, "Process", refused)
        board.ask("tab", A, B, 4)
    assert state(board, "tab") == "failed"
    assert "could be started: Resource temporarily" in board.standing("tab").failure  # type: ignore[union-attr]  # it asked
    board.ask("tab", A, B, 4)
    until(board, lambda: state(board, "tab") == "done")


def refused(**_: Any) -> Any:
    raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))


def test_after_a_failure_the_same_question_makes_only_what_is_missing(make: Make) -> None:
    board = make(third_fails)
    board.ask("tab", A, B, 8)
    until(board, lambda: state(board, "tab") == "failed")
    again = board.ask("tab", A, B, 8)
    assert {task.seed for task in again.todo} == {3}


def test_sessions_share_results(make: Make) -> None:
    board = make()
    board.ask("one", A, B, 6)
    until(board, lambda: state(board, "one") == "done")
    board.ask("two", A, B, 6)
    assert state(board, "two") == "done"
    third = board.ask("three", A, C, 6)
    assert {task.key for task in third.todo} == {run_key(C, 0)}
    assert len(board.finished("two")) == len(board.finished("one")) == 6


def test_memory_keeps_the_runs_used_last_and_few_with_tables(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "MOST_RUNS", 20)
    monkeypatch.setattr(jobs, "MOST_FULL", 16)
    board = make(store=Store(Path(os.devnull) / "nowhere"))
    for scenario in (B, C):
        board.ask("tab", A, scenario, 8)
        until(board, lambda: state(board, "tab") == "done")
    assert len(board.known()) == 20
    kept = [run for key in {key for key, _ in board.known()} for run in board.runs_of(key)]
    assert sum(bool(run.tables) for run in kept) <= 16
    assert len(board.finished("tab")) == 8


def test_a_full_disk_is_said_and_the_room_goes_on(make: Make, tmp_path: Path) -> None:
    (tmp_path / "full").write_text("a file where a folder is needed")
    board = make(store=Store(tmp_path / "full"))
    board.ask("tab", A, B, 6)
    until(board, lambda: state(board, "tab") == "done")
    assert len(board.finished("tab")) == 6
    assert board.trouble


def test_a_server_that_starts_again_has_what_was_finished(make: Make) -> None:
    board = make()
    board.ask("tab", A, B, 12)
    until(board, lambda: state(board, "tab") == "done")
    before = board.finished("tab")
    board.close()
    later = make(endless)
    later.ask("another", A, B, 12)
    assert state(later, "another") == "done"
    for old, new in zip(before, later.finished("another"), strict=True):
        assert old[1].tables == new[1].tables
        assert all((old[1].series[name] == new[1].series[name]).all() for name in old[1].series)


def test_runs_are_made_ahead_only_while_nobody_waits(make: Make, tmp_path: Path) -> None:
    board = make(steady)
    wanted = missing(board.store, [(A, seed) for seed in range(1, 61)])
    assert len(wanted) == 60
    board.prepare(wanted)
    until(board, lambda: board.preparing()[0] >= 4)
    ahead = board.processes()
    board.ask("tab", B, C, 30)
    assert gone(ahead)
    assert len(board.processes()) == 2
    halfway = board.preparing()[0]
    until(board, lambda: state(board, "tab") == "done")
    assert board.preparing() == (halfway, 60)
    until(board, lambda: board.preparing() == (60, 60))
    assert Store(tmp_path / "runs").seeds(run_key(A, 0)) == set(range(1, 61))
    assert board.known().isdisjoint({(run_key(A, 0), seed) for seed in range(1, 61)})


def test_when_the_server_is_killed_nothing_goes_on_simulating(tmp_path: Path) -> None:
    script = Path(__file__).parent / "pretend_runs.py"
    with subprocess.Popen(
        [sys.executable, str(script), str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        pids = list(map(int, server.stdout.readline().split()))
        time.sleep(0.5)
        alive = not gone(pids)
        os.kill(server.pid, signal.SIGKILL)
    assert len(pids) == 2
    assert alive
    ends = time.monotonic() + PATIENCE
    while not gone(pids):
        assert time.monotonic() < ends, "it still simulates"
        time.sleep(0.05)
