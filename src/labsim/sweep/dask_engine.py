"""Sweeps on Dask: chunks as tasks, receipts as results; the data goes to the store, never through the scheduler.

Dask may lose a worker at any moment and do its tasks again elsewhere; since every chunk first asks the store what
is done, that costs at most the runs that were not yet written.
"""

from __future__ import annotations

import queue
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labsim.config.errors import ConfigError, Problem
from labsim.sweep.array_task import stop_at
from labsim.sweep.batch_jobs import this_driver
from labsim.sweep.board import AFTER_THIS_RUN
from labsim.sweep.jobs import Receipt
from labsim.sweep.machine import host
from labsim.sweep.profiles import Profile
from labsim.sweep.stopping import Stop

if TYPE_CHECKING:
    from labsim.sweep.engines import Watch
    from labsim.sweep.plan import Plan

WINDOW = 3
"""Chunks given to the scheduler for each worker: one at work, the others on their way."""

ATTEMPTS = 3
"""How often a chunk is tried whose worker died, or whose task failed without a run being to blame."""

IN_VAIN = 10
"""How many workers in a row may come to their end without a single run done before the work is left to a `resume`."""

BEFORE_THE_END = 2.0
"""Seconds before a worker's end at which its work stops."""

SETTINGS: dict[str, Any] = {
    "distributed.scheduler.allowed-failures": ATTEMPTS - 1,
    "distributed.scheduler.worker-ttl": "10m",
    "distributed.scheduler.work-stealing": False,
    "distributed.comm.timeouts.connect": "60s",
    "distributed.worker.daemon": False,
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.admin.tick.limit": "1h",
}
"""Settings of Dask for chunks: few attempts, patient with silent workers, no spilling; workers may have a child."""


class TooLateError(Exception):
    """A worker of Dask comes to its end before it can make a single run; ``args`` hold its address."""


_stops: dict[str, Stop] = {}
"""On a worker: who is asked to stop, by the session of the driver that asks."""


def do_chunk(folder: str, chunk: int, session: str = "", retry_failed: bool = False) -> Receipt:
    """Do a chunk on a worker of Dask; return its receipt.

    Raises
    ------
    TooLateError
        If the worker ends before the next run could.
    """
    from distributed import get_worker

    from labsim.sweep.work import work_chunks

    worker = get_worker()
    ends = _ends(worker)
    if ends is not None and time.time() >= ends:
        time.sleep(1.0)  # it is about to close; another worker takes the chunk
        raise TooLateError(worker.address)
    stop = _stops.setdefault(session, Stop())
    receipt = work_chunks(
        folder,
        [chunk],
        deadline=ends,
        engine_name="dask",
        stop=stop,
        keep_workers=True,
        retry_failed=retry_failed,
    )
    if ends is not None and receipt.left and not (receipt.done or receipt.failed or stop.asked):
        time.sleep(max(0.0, ends - time.time()))  # it takes no other chunk, either
        raise TooLateError(worker.address)
    return receipt


async def ask_to_stop(session: str) -> None:
    """Let a worker of Dask stop after the run that it is at; chunks of this session come back at once then.

    A coroutine, since Dask waits for the answer of every worker if it is none.
    """
    _stops.setdefault(session, Stop()).request(AFTER_THIS_RUN)


def _ends(worker: Any) -> float | None:
    """Return when the work of this worker has to stop: before its lifetime, or its job's limit, is over."""
    import psutil

    limits = [] if stop_at() is None else [stop_at()]
    if worker.lifetime:
        limits.append(psutil.Process().create_time() + worker.lifetime - BEFORE_THE_END)
    return min((limit for limit in limits if limit is not None), default=None)


def run_chunks(
    client: Any,
    plan: Plan,
    chunks: Sequence[int],
    *,
    workers: Callable[[], int],
    watch: Watch,
    look: Callable[[], None] = lambda: None,
) -> Iterator[Receipt]:
    """Do chunks through a client of Dask and yield their receipts as they come in.

    Parameters
    ----------
    workers
        Returns how many workers the window of chunks under way is made for.
    look
        Called about once a second; raises where no more can come of it.
    """
    flow = _Flow(client, str(plan.folder), chunks, retry_failed=watch.retry_failed)
    try:
        while flow.unfinished:
            if watch.stopped():
                flow.stop()
            if watch.hurried():
                return
            flow.fill(max(1, workers()))
            look()
            yield from flow.landed()
    finally:
        flow.drop()


class _Flow:
    """The chunks that wait, and those under way; futures are let go as soon as they have landed."""

    def __init__(self, client: Any, folder: str, chunks: Sequence[int], *, retry_failed: bool) -> None:
        self._client, self._folder, self._retry_failed = client, folder, retry_failed
        self._session = f"{this_driver()}-{time.time():.3f}"
        self._stopping = False
        self._waiting = deque(int(chunk) for chunk in chunks)
        self._under_way: dict[Any, int] = {}
        self._landed: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._attempts: Counter[int] = Counter()
        self._in_vain: dict[int, set[str]] = {}
        self._idle_lives: set[str] = set()
        self._number, self._workers = 0, 1

    @property
    def unfinished(self) -> bool:
        return bool(self._waiting or self._under_way)

    def fill(self, workers: int) -> None:
        """Give out chunks, as many as the window for so many workers allows."""
        self._workers = workers
        while self._waiting and len(self._under_way) < WINDOW * workers:
            chunk = self._waiting.popleft()
            self._number += 1
            key = f"chunk-{chunk}-{self._session}-{self._number}"
            future = self._client.submit(
                do_chunk, self._folder, chunk, self._session, self._retry_failed, pure=False, key=key
            )
            self._under_way[future] = chunk
            future.add_done_callback(self._landed.put)

    def landed(self) -> Iterator[Receipt]:
        """Yield the receipts of what has landed, after waiting for a second at most."""
        wait = 1.0
        while True:
            try:
                future = self._landed.get(timeout=wait)
            except queue.Empty:
                return
            wait = 0.001
            chunk = self._under_way.pop(future, None)
            if chunk is None:
                continue
            receipt = self._receipt(future, chunk)
            future.release()
            if receipt is not None:
                yield receipt

    def _receipt(self, future: Any, chunk: int) -> Receipt | None:
        """Return what is to be told of a chunk; None if it is simply tried again."""
        if future.status == "finished":
            receipt: Receipt = future.result()
            if receipt.done or receipt.failed:
                self._idle_lives.clear()
                self._in_vain.pop(chunk, None)
            return self._again(receipt, chunk) if receipt.left else receipt
        if future.status == "error":
            return self._failed(chunk, future.exception())
        if not self._stopping:
            self._waiting.append(chunk)  # cancelled or lost with its worker
        return None

    def _again(self, receipt: Receipt, chunk: int) -> Receipt:
        """Put a chunk that had to stop before its end at the end of the queue."""
        if self._stopping:
            return receipt
        self._waiting.append(chunk)
        return receipt._replace(left=0)

    def _failed(self, chunk: int, error: BaseException) -> Receipt | None:
        from distributed import KilledWorker

        if isinstance(error, TooLateError):
            return self._too_late(chunk, str(error))
        self._attempts[chunk] += 1
        if isinstance(error, KilledWorker):
            message = f"chunk {chunk}: its worker died {ATTEMPTS} times, last {error.last_worker.address}"
        elif self._attempts[chunk] < ATTEMPTS:
            self._waiting.append(chunk)
            return None
        else:
            message = f"chunk {chunk}: {type(error).__name__}: {error}"
        return _left(chunk, message)

    def _too_late(self, chunk: int, worker: str) -> Receipt | None:
        """Try a chunk on another worker, unless too many have come to their end without a run of it, or of any."""
        lives = self._in_vain.setdefault(chunk, set())
        lives.add(worker)
        self._idle_lives.add(worker)
        if self._stopping:
            return _left(chunk, "")
        if len(lives) < IN_VAIN and len(self._idle_lives) < IN_VAIN + self._workers:
            self._waiting.append(chunk)
            return None
        lost = len(self._idle_lives)
        return _left(
            chunk,
            f"chunk {chunk}: {lost} workers in a row ended before their first run could: ask for longer jobs",
        )

    def stop(self) -> None:
        """Give out no further chunk, and ask the workers to stop after the runs that they are at."""
        if not self._stopping:
            self._stopping = True
            self._waiting.clear()
            self._client.run(ask_to_stop, self._session, wait=False, on_error="ignore")

    def drop(self) -> None:
        """Let go of what is under way, which is nothing after a good end."""
        futures = list(self._under_way)
        self._under_way.clear()
        if futures:
            with suppress(Exception):  # the scheduler may be gone already
                self._client.run(ask_to_stop, self._session, wait=False, on_error="ignore")
                self._client.cancel(futures, force=True)


def _left(chunk: int, message: str) -> Receipt:
    return Receipt((chunk,), 0, 0, 1, 0.0, host(), message)


def on_scheduler_file(
    plan: Plan, chunks: Sequence[int], settings: Profile, watch: Watch
) -> Iterator[Receipt]:
    """Do chunks on the workers of a scheduler that is running already, found by its file."""
    with configured(), scheduler_in_file(settings) as client:
        yield from run_chunks(client, plan, chunks, workers=lambda: arrived(client), watch=watch)


def scheduler_in_file(profile: Profile) -> Any:
    """Return a client of the scheduler that wrote a profile's file."""
    from distributed import Client

    file = Path(profile.scheduler_file).expanduser()
    if not file.is_file():
        right = f"start a scheduler: dask scheduler --scheduler-file {file}"
        raise ConfigError(Problem(f"{file}: there is no such file of a scheduler", right))
    try:
        return Client(scheduler_file=str(file), set_as_default=False, timeout=profile.patience)
    except (OSError, ValueError) as error:
        right = "is the scheduler that wrote it still running, and can this machine reach it?"
        raise ConfigError(Problem(f"{file}: its scheduler does not answer ({error})", right)) from None


def on_this_machine(plan: Plan, chunks: Sequence[int], settings: Profile, watch: Watch) -> Iterator[Receipt]:
    """Do chunks on workers of Dask on this machine, one thread each."""
    from distributed import Client, LocalCluster

    workers = settings.workers or settings.cores_per_job
    with (
        configured(),
        LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield from run_chunks(client, plan, chunks, workers=lambda: workers, watch=watch)


def on_batch_system(plan: Plan, chunks: Sequence[int], settings: Profile, watch: Watch) -> Iterator[Receipt]:
    """Do chunks on workers that run as jobs of a batch system, and end the jobs afterwards."""
    from distributed import Client

    from labsim.sweep.dask_jobs import BatchWorkers
    from labsim.sweep.warm_kernels import warm

    warm(plan, settings, watch.tell)
    jobs = min(settings.jobs, -(-len(chunks) // settings.cores_per_job))
    with (
        configured(),
        BatchWorkers(Path(plan.folder), plan.name, settings, watch.tell) as batch,
        Client(batch.cluster, set_as_default=False) as client,
    ):
        batch.start(jobs)
        slots = jobs * settings.cores_per_job
        yield from run_chunks(client, plan, chunks, workers=lambda: slots, watch=watch, look=batch.look)


def arrived(client: Any) -> int:
    """Return how many workers a client's scheduler has now."""
    return len(client.scheduler_info(n_workers=-1)["workers"])


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's own warnings about workers that come and go off the terminal."""
    import logging

    names = (
        "distributed",
        "distributed.nanny",
        "distributed.scheduler",
        "distributed.worker",
        "distributed.core",
    )
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


@contextmanager
def configured() -> Iterator[None]:
    """Set Dask up for chunks while the block runs."""
    import dask

    settings: AbstractContextManager[Any] = dask.config.set(SETTINGS)
    with settings, _quiet():
        yield
