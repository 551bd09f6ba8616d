"""Sweeps on Dask lose nothing when its workers are lost, and never hold more than a window of chunks."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from labsim.config.errors import ConfigError
from labsim.sweep import dask_engine, engines
from labsim.sweep.batch_jobs import STATES, QueueJob, QueueState
from labsim.sweep.dask_engine import TooLateError, run_chunks
from labsim.sweep.jobs import Receipt
from labsim.sweep.worker import store_of

from .naps import LOG, Looker, assert_collected, began, done, planned

distributed = pytest.importorskip("distributed", reason="Dask is not installed: pip install 'labsim[hpc]'")

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # sockets and loops of Dask that end with the workers killed here
    pytest.mark.xdist_group("dask"),
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return a client of two workers of Dask on this machine, whose runs note their beginning."""
    with pytest.MonkeyPatch.context() as patch, dask_engine.configured():
        patch.setenv(LOG, str(tmp_path_factory.mktemp("began")))
        with _workers(2, tmp_path_factory.mktemp("dask")) as found:
            yield found


@contextmanager
def _workers(count: int, folder: Path) -> Iterator[Any]:
    with (
        distributed.LocalCluster(
            n_workers=count, threads_per_worker=1, dashboard_address=":0", local_directory=folder
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as found,
    ):
        yield found


@contextmanager
def _generations(folder: Path, life: float) -> Iterator[Any]:
    """Keep one worker going as a batch system does: whenever its life is over, another process takes its place.

    Dask's own restart at the end of a lifetime is not used: one in some hundred never brings the next worker.
    """
    over, present = threading.Event(), list[subprocess.Popen[bytes]]()
    options = ["--nthreads=1", "--no-nanny", "--no-dashboard", f"--local-directory={folder}",
               f"--lifetime={life:.1f}s", "--lifetime-stagger=1s"]  # fmt: skip

    def keep(address: str) -> None:
        while not over.is_set():
            command = [sys.executable, "-m", "distributed.cli.dask_worker", address, *options]
            present[:] = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)]
            present[0].wait()

    with _workers(0, folder) as client:
        keeper = threading.Thread(target=keep, args=(client.scheduler.address,))
        keeper.start()
        try:
            yield client
        finally:
            over.set()
            for process in present:
                process.terminate()
            keeper.join(30)


def test_a_killed_worker_costs_no_run_and_a_run_that_kills_its_process_fails_alone(
    client: Any, tmp_path: Path
) -> None:
    plan = planned(tmp_path / "sweep", 12, 0.2, per_chunk=2, function="poison")
    watch = Looker()
    victims = [int(pid) for pid in client.run(os.getpid).values()]

    def kill_one() -> None:
        if len(victims) == 2 and done(plan) >= 2:
            os.kill(victims.pop(), signal.SIGKILL)

    watch.hooks.append(kill_one)
    receipts = list(run_chunks(client, plan, range(plan.facts["chunks"]), workers=lambda: 2, watch=watch))
    assert len(victims) == 1
    assert not sum(each.left for each in receipts)
    failed = store_of(plan).failed()
    assert [(tries[-1].job.point, tries[-1].kind) for tries in failed.values()] == [(0, "died")]
    assert [failure.attempt for tries in failed.values() for failure in tries][-3:] == [1, 2, 3]
    assert done(plan) == 11


def test_a_request_to_stop_ends_the_sweep_after_the_runs_under_way(client: Any, tmp_path: Path) -> None:
    plan, watch = planned(tmp_path / "sweep", 200, 0.3, per_chunk=50), Looker()
    watch.stop_when = lambda: sum(began(plan).values()) >= 2
    receipts = list(run_chunks(client, plan, range(plan.facts["chunks"]), workers=lambda: 2, watch=watch))
    assert 2 <= done(plan) < 100
    assert sum(each.done for each in receipts) == done(plan)
    assert sum(each.left for each in receipts) > 0
    assert sum(began(plan).values()) == done(plan)


def test_a_hundred_thousand_runs_pass_a_small_scheduler_a_window_at_a_time(
    client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, eventually: Callable[..., None]
) -> None:
    """The chunks are empty here, 50 runs each on paper; scheduler and driver are this very process."""
    import psutil

    monkeypatch.setattr(
        dask_engine, "do_chunk", lambda _, chunk, *__: Receipt((chunk,), 50, 0, 0, 0.0, "here")
    )
    most, watch = [0], Looker()
    watch.hooks.append(lambda: most.append(len(client.futures)))

    class Plan:
        folder = tmp_path

    before = psutil.Process().memory_info().rss
    receipts = list(run_chunks(client, Plan(), range(2000), workers=lambda: 2, watch=watch))  # type: ignore[arg-type]  # only its folder is read
    assert sum(each.done for each in receipts) == 100_000
    assert 0 < max(most) <= dask_engine.WINDOW * 2
    eventually(lambda: not client.futures, 10.0, "the scheduler forgets finished chunks")  # in its own thread
    assert psutil.Process().memory_info().rss - before < 100e6


def test_workers_that_live_for_seconds_repeat_at_most_a_chunk_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A life is so long that most of it is left when a worker, and its own child, have started: timed first."""
    began_at = time.monotonic()
    with dask_engine.configured(), _generations(tmp_path / "timed", 600.0) as client:
        one = planned(tmp_path / "one", 1, 0.0, per_chunk=1)
        list(run_chunks(client, one, range(1), workers=lambda: 1, watch=Looker()))
        start = time.monotonic() - began_at
    life = max(10.0, 2.5 * start + 3.0)
    runs = 2 * int(1.2 * (life - start) / 0.4 / 2)  # work for more than one life
    monkeypatch.setenv(LOG, str(tmp_path / "began"))
    plan, watch = planned(tmp_path / "sweep", runs, 0.4, per_chunk=2), Looker()
    with dask_engine.configured(), _generations(tmp_path / "dask", life) as client:
        receipts = list(run_chunks(client, plan, range(plan.facts["chunks"]), workers=lambda: 1, watch=watch))
    assert not sum(each.left for each in receipts)
    assert_collected(plan, runs)
    processes = len(list((tmp_path / "began").iterdir()))
    assert processes > 1  # generations of workers, each with a process for the runs
    assert sum(began(plan).values()) <= runs + 2 * processes


def test_workers_that_end_before_their_first_run_end_the_sweep_in_words(
    client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives = itertools.count()
    submit = client.submit

    def too_late(_: Any, life: int) -> Receipt:
        raise TooLateError(f"worker {life}")

    def submitted(_function: Any, folder: str, *_: Any, **wanted: Any) -> Any:
        return submit(too_late, folder, next(lives), **wanted)

    monkeypatch.setattr(client, "submit", submitted)

    class Plan:
        folder = tmp_path

    receipts = list(run_chunks(client, Plan(), range(3), workers=lambda: 2, watch=Looker()))  # type: ignore[arg-type]  # only its folder is read
    assert [each.left for each in receipts] == [1, 1, 1]
    assert next(lives) <= dask_engine.IN_VAIN + 2 + 3 * dask_engine.WINDOW
    assert all("ended before their first run could: ask for longer jobs" in each.message for each in receipts)


def test_without_dask_the_message_names_the_extra() -> None:
    def missing(name: str) -> Any:
        raise ImportError(f"No module named '{name}'")

    with pytest.raises(ConfigError, match=r"dask-slurm needs Dask.*pip install 'labsim\[hpc\]'"):
        engines.need_dask("dask-slurm", missing)


def test_what_became_of_a_job_is_one_word_of_a_known_list() -> None:
    state = QueueState(True, tuple(QueueJob(str(i), "array", name) for i, name in enumerate(STATES)))
    assert state.counts == dict.fromkeys(STATES, 1)
