"""Tasks in one process and in several: order, failures, death of a worker, stopping, environment."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from labsim.experiment import engines
from labsim.experiment.engines import SINGLE_THREADED, Done, Task, execute

SOURCE = """
import os, signal, sys, time
from pathlib import Path


def write(path, text, *, tick):
    Path(path).write_text(text)
    tick()


def fail(text, *, tick):
    raise ValueError(text)


def die(*, tick):
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(path, *, tick):
    if not Path(path).exists():
        Path(path).touch()
        os.kill(os.getpid(), signal.SIGKILL)


def nap(seconds, *, tick):
    time.sleep(seconds)


def write_environment(path, *, tick):
    names = sorted(n for n in os.environ if n.endswith(("_NUM_THREADS", "_POLICY")))
    Path(path).write_text("\\n".join(f"{n}={os.environ[n]}" for n in names) + f"\\n{os.getpid()}")


def tick_for_ever(path, *, tick):
    with open(path, "a") as file:
        while True:
            tick()
            file.write("x")
            file.flush()
            time.sleep(0.02)
"""


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A module of task functions that spawned processes can import."""
    (tmp_path / "work_for_engines.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("work_for_engines")
    del sys.modules["work_for_engines"]


def ignore(months: int) -> None:
    assert months >= 0


def errors(done: Iterator[Done]) -> dict[str, str | None]:
    return {task.name: error for task, error in done}


def test_tasks_in_this_process_run_in_order_and_count_their_months(work: ModuleType, tmp_path: Path) -> None:
    tasks = [Task(str(i), work.write, (tmp_path / "last", str(i))) for i in range(3)]
    seen: list[int] = []
    assert [done.task.name for done in execute(tasks, 1, seen.append)] == ["0", "1", "2"]
    assert (tmp_path / "last").read_text() == "2"
    assert seen == [1, 2, 3]


def test_processes_do_all_tasks_and_count_their_months_together(work: ModuleType, tmp_path: Path) -> None:
    tasks = [Task(str(i), work.write, (tmp_path / str(i), str(i))) for i in range(4)]
    seen: list[int] = []
    assert errors(execute(tasks, 2, seen.append)) == dict.fromkeys("0123")
    assert [(tmp_path / str(i)).read_text() for i in range(4)] == ["0", "1", "2", "3"]
    assert seen == sorted(seen)
    assert seen[-1] == 4


@pytest.mark.parametrize("workers", [1, 2])
def test_a_task_that_fails_is_reported_and_does_not_end_the_others(
    work: ModuleType, tmp_path: Path, workers: int
) -> None:
    tasks = [
        Task("bad", work.fail, ("no such thing",)),
        Task("follower", work.write, (tmp_path / "follower", ""), after="bad"),
        Task("good", work.write, (tmp_path / "good", "")),
    ]
    found = errors(execute(tasks, workers, ignore))
    assert found["good"] is None
    assert str(found["bad"]).endswith("ValueError: no such thing\n")
    assert found["follower"] == found["bad"]
    assert not (tmp_path / "follower").exists()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_task_waits_for_its_forerunner(work: ModuleType, tmp_path: Path, workers: int) -> None:
    tasks = [
        Task("late", work.write, (tmp_path / "file", "late"), after="early"),
        Task("early", work.write, (tmp_path / "file", "early")),
    ]
    assert [done.task.name for done in execute(tasks, workers, ignore)] == ["early", "late"]
    assert (tmp_path / "file").read_text() == "late"


def test_a_worker_that_is_killed_costs_one_task(work: ModuleType, tmp_path: Path) -> None:
    tasks = [
        Task("neighbour", work.nap, (0.5,)),
        Task("deadly", work.die),
        Task("after death", work.write, (tmp_path / "no", ""), after="deadly"),
        Task("good", work.write, (tmp_path / "good", "")),
    ]
    found = errors(execute(tasks, 2, ignore))
    assert engines.DIED.startswith("The worker process died twice")
    assert found == {"neighbour": None, "deadly": engines.DIED, "after death": engines.DIED, "good": None}


def test_a_worker_killed_from_outside_costs_nothing(work: ModuleType, tmp_path: Path) -> None:
    tasks = [Task("unlucky", work.die_once, (tmp_path / "died",)), Task("neighbour", work.nap, (0.5,))]
    assert errors(execute(tasks, 2, ignore)) == {"unlucky": None, "neighbour": None}


def test_what_cannot_be_sent_to_a_process_is_the_failure_of_its_task_alone(
    work: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_refers_to_main", lambda _: False)
    tasks = [
        Task("bad", work.write, (lambda: 0, "")),
        Task("good", work.write, (tmp_path / "good", "")),
    ]
    found = errors(execute(tasks, 2, ignore))
    assert found["good"] is None
    assert "pickle" in str(found["bad"])


def test_workers_are_single_threaded_and_do_not_change_this_process(work: ModuleType, tmp_path: Path) -> None:
    before = dict(os.environ)
    tasks = [Task(str(i), work.write_environment, (tmp_path / str(i),)) for i in range(2)]
    assert errors(execute(tasks, 2, ignore)) == {"0": None, "1": None}
    *settings, process = (tmp_path / "0").read_text().splitlines()
    assert set(settings) >= {f"{name}={value}" for name, value in SINGLE_THREADED.items()}
    assert int(process) != os.getpid()
    assert dict(os.environ) == before


def test_stopping_ends_the_running_tasks_after_their_month(work: ModuleType, tmp_path: Path) -> None:
    tasks = [
        Task("short", work.write, (tmp_path / "short", "")),
        Task("endless", work.tick_for_ever, (tmp_path / "endless",)),
    ]
    running = execute(tasks, 2, ignore)
    assert next(running).task.name == "short"
    running.close()  # type: ignore[attr-defined]  # it is a generator: what Ctrl-C does to it
    size = (tmp_path / "endless").stat().st_size if (tmp_path / "endless").exists() else 0
    nap(0.2)
    assert not (tmp_path / "endless").exists() or (tmp_path / "endless").stat().st_size == size


def nap(seconds: float) -> None:
    import time

    time.sleep(seconds)


def test_workers_import_the_users_script_only_if_something_in_it_is_needed() -> None:
    main = sys.modules["__main__"]
    with engines.hidden_main(False):
        assert sys.modules["__main__"] is not main
    assert sys.modules["__main__"] is main
    with engines.hidden_main(True):
        assert sys.modules["__main__"] is main


def test_a_class_of_the_users_script_is_noticed() -> None:
    def made(module: str) -> type[Exception]:
        return type("Own", (Exception,), {"__module__": module})

    own = made("__main__")
    main = sys.modules["__main__"]
    main.Own = own  # type: ignore[attr-defined]  # as a script that defines it would
    try:
        assert engines._refers_to_main([Task("", os.getcwd, (own(),))])
    finally:
        del main.Own  # type: ignore[attr-defined]  # the same
    assert not engines._refers_to_main([Task("", os.getcwd, (ValueError(),))])


def test_the_number_of_cores_is_at_least_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert engines.available_cores() >= 1
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    count: Callable[[], None] = lambda: None  # noqa: E731 - a system that does not know
    monkeypatch.setattr(os, "cpu_count", count)
    assert engines.available_cores() == 1
