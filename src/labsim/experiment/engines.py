"""Where the tasks of an experiment run: in this process, or in several.

A task is a module-level function with its arguments; it gets a `tick` to call after every simulated month. A
task that fails, or takes its process with it, does not end the others. Results don't pass through here: tasks
write files.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import traceback
import types
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from typing import Any, NamedTuple

from labsim.experiment.progress import plain_warnings

SINGLE_THREADED = {
    "NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "passive",
}  # fmt: skip
"""What a worker process finds in its environment: one thread, and none that spins while it waits."""

DIED = "The worker process died twice over this task: killed, perhaps because memory ran out.\n"
POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Task:
    """One piece of work.

    name      : unique, for messages
    function  : module-level function, called as function(*arguments, tick=tick)
    arguments : must pickle
    after     : name of the task that must have succeeded before, or ""
    """

    name: str
    function: Callable[..., None]
    arguments: tuple[Any, ...] = ()
    after: str = ""


class Done(NamedTuple):
    """A task that has ended: `error` is the text of its traceback, or None if all is well."""

    task: Task
    error: str | None


class Stopped(Exception):  # noqa: N818 - it is no error: somebody pressed Ctrl-C
    """Ends a task between two months because the whole experiment is being stopped."""


Watch = Callable[[int], None]
"""Called with the number of months simulated so far, over all tasks."""


def available_cores() -> int:
    """Return the number of cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def execute(tasks: Sequence[Task], workers: int, watch: Watch) -> Iterator[Done]:
    """Run all tasks and yield each when it has ended.

    A task whose forerunner failed is not run; it is yielded with the forerunner's error. With one worker the
    tasks run in this process, in order. Closing the iterator stops the running tasks after their month.
    """
    queue = _Queue(tasks)
    if workers <= 1:
        yield from _serial(queue, watch)
    else:
        yield from _processes(queue, min(workers, len(tasks)), watch)


class _Queue:
    """Tasks that wait, in order, and what became of those that ended."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self.waiting = list(tasks)
        self.suspects: list[Task] = []
        self._survivors: set[str] = set()
        self._errors: dict[str, str | None] = {}

    def settle(self, task: Task, error: str | None) -> Done:
        """Note how a task ended."""
        self._errors[task.name] = error
        return Done(task, error)

    def lost(self) -> Iterator[Done]:
        """Take out and yield the tasks whose forerunner failed."""
        for task in list(self.waiting):
            error = self._errors.get(task.after)
            if error is not None:
                self.waiting.remove(task)
                yield self.settle(task, error)

    def died(self, tasks: list[Task]) -> Iterator[Done]:
        """Note that a process died under these tasks; one alone, and not for the first time, has failed."""
        if len(tasks) == 1 and tasks[0].name in self._survivors:
            yield self.settle(tasks[0], DIED)
            return
        self._survivors.update(task.name for task in tasks)
        self.suspects += tasks

    def take(self) -> Task | None:
        """Take out the first task that may start, or return None."""
        if self.suspects:
            return self.suspects.pop(0)
        for task in self.waiting:
            if not task.after or task.after in self._errors:
                self.waiting.remove(task)
                return task
        return None


def _serial(queue: _Queue, watch: Watch) -> Iterator[Done]:
    months = 0

    def tick() -> None:
        nonlocal months
        months += 1
        watch(months)

    while (task := queue.take()) is not None:
        yield queue.settle(task, _attempt(task.function, task.arguments, tick))
        yield from queue.lost()


def _processes(queue: _Queue, workers: int, watch: Watch) -> Iterator[Done]:
    """Keep `workers` processes busy. When one dies, the tasks then under way are tried again, each alone."""
    crew = _Crew(workers, needs_main=_refers_to_main(queue.waiting))
    running: dict[Future[str | None], Task] = {}
    try:
        while queue.waiting or queue.suspects or running:
            room = 1 if queue.suspects else workers
            while len(running) < room and (task := queue.take()) is not None:
                running[crew.submit(task)] = task
                room = room if not queue.suspects else 1
            finished, _ = wait(running, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
            watch(crew.months)
            dead = []
            for future in finished:
                task = running.pop(future)
                try:
                    yield queue.settle(task, future.result())
                except BrokenProcessPool:
                    dead.append(task)
                except Exception:  # the task could not be sent: its failure, nobody else's
                    yield queue.settle(task, traceback.format_exc())
            yield from queue.lost()
            if dead:
                dead += running.values()
                running.clear()
                crew.renew()
                yield from queue.died(dead)
                yield from queue.lost()
    finally:
        crew.dismiss()


class _Crew:
    """A pool of fresh single-threaded processes that count their months together."""

    def __init__(self, workers: int, *, needs_main: bool) -> None:
        self._workers, self._needs_main = workers, needs_main
        self._context = get_context("spawn")
        self._months: Synchronized[int] = self._context.Value("q", 0)
        self._stop = self._context.Event()
        self._pool = self._new()

    @property
    def months(self) -> int:
        return self._months.value

    def submit(self, task: Task) -> Future[str | None]:
        with hidden_main(self._needs_main), environment(SINGLE_THREADED):
            return self._pool.submit(_work, task.function, task.arguments)

    def renew(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = self._new()

    def dismiss(self) -> None:
        self._stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _new(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self._workers, self._context, _begin, (self._months, self._stop))


_shared: list[Any] = []


def _begin(months: Synchronized[int], stop: Event) -> None:
    """Prepare a worker: Ctrl-C is the parent's affair, and a worker does not outlive its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    plain_warnings()
    _shared[:] = [months, stop]
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(function: Callable[..., None], arguments: tuple[Any, ...]) -> str | None:
    return _attempt(function, arguments, _count_month)


def _count_month() -> None:
    months, stop = _shared
    with months.get_lock():
        months.value += 1
    if stop.is_set():
        raise Stopped


def _attempt(
    function: Callable[..., None], arguments: tuple[Any, ...], tick: Callable[[], None]
) -> str | None:
    """Call a task's function; return the text of the traceback if it fails."""
    try:
        function(*arguments, tick=tick)
    except Exception:  # whatever went wrong belongs to this run alone
        return traceback.format_exc()
    return None


def _refers_to_main(tasks: Sequence[Task]) -> bool:
    """Return whether workers need the user's script, because an instrument is defined in it."""
    return b"__main__" in pickle.dumps([(task.function, task.arguments) for task in tasks])


@contextmanager
def hidden_main(visible: bool) -> Iterator[None]:
    """Keep new processes from importing the user's script, which would run it again where it has no guard."""
    main = sys.modules["__main__"]
    if not visible:
        sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def environment(values: dict[str, str]) -> Iterator[None]:
    """Set variables of the environment for the length of the block."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
