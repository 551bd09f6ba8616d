"""What a sweep survives on one machine (the failure tests of the design's page on sweeps, by their numbers there)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labsim.config.sweeps import load_sweep
from labsim.sweep.estimate import Estimate
from labsim.sweep.jobs import DIED, MEMORY, RAISED, TIME_LIMIT
from labsim.sweep.plan import Plan, extend_plan, make_plan, read_plan
from labsim.sweep.run import Outcome, run
from labsim.sweep.work import work_chunks
from labsim.sweep.worker import jobs_of_chunk, store_of

RUNNERS = Path(__file__).parents[1] / "unit" / "sweep_runners.py"
SWEEPS = Path(__file__).parents[1] / "unit" / "sweeps"
SRC = Path(__file__).parents[2] / "src"
PATIENCE = 400.0

Made = Callable[..., Plan]


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which runs note that they began."""
    folder = tmp_path / "notes"
    folder.mkdir()
    monkeypatch.setenv("SWEEP_NOTES", str(folder))
    return folder


@pytest.fixture
def in_chunks(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return a function that fixes how many chunks the next plans have, whatever their runs cost."""

    def fix(chunks: int) -> None:
        monkeypatch.setattr(Estimate, "groups_per_chunk", lambda self, _: -(-self.groups // chunks))

    return fix


@pytest.fixture
def planned(tmp_path: Path, notes: Path, in_chunks: Callable[[int], None]) -> Made:
    """Return a function that plans a sweep of one of the runners over x = 0, 1, ..., in one chunk or more."""

    def make(runner: str, runs: int, *, chunks: int = 1, replicates: int = 1, **settings: object) -> Plan:
        file = tmp_path / f"{runner}.yaml"
        content = {
            "sweep": runner, "label": {"en": runner}, "runner": f"{RUNNERS}:{runner}",
            "design": {"kind": "full_grid"}, "uncertainties": {"x": {"values": list(range(runs))}},
            "outcomes": ["y"], "replicates": replicates, "run": settings,
        }  # fmt: skip
        file.write_text(json.dumps(content), encoding="utf-8")
        in_chunks(chunks)
        plan = make_plan(load_sweep(str(file)), tmp_path / "sweep", pilot=0)
        assert plan.facts["chunks"] == chunks
        return plan

    return make


def begun(notes: Path) -> dict[str, int]:
    """Return how often each run has begun, by "x-seed"."""
    return {path.name: len(path.read_text().splitlines()) for path in sorted(notes.iterdir())}


def digests(plan: Plan) -> dict[str, str]:
    """Return the digests of all runs in the store of a plan, by key."""
    return {key: entry.digest for key, entry in store_of(plan).done().items()}


def undisturbed(plan: Plan, aside: Path) -> dict[str, str]:
    """Return the digests that the runs of a plan have when nothing goes wrong."""
    shutil.copytree(plan.folder / "plan", aside / "plan")
    shutil.copy(plan.folder / "sweep.yaml", aside / "sweep.yaml")
    assert run(aside, engine="in_process").exit_code == 0
    return digests(read_plan(aside))


def labsim(*arguments: object) -> subprocess.Popen[str]:
    """Start the command as a user does, in a process group of its own."""
    environment = os.environ | {"PYTHONPATH": str(SRC)}
    return subprocess.Popen(
        [sys.executable, "-m", "labsim", "sweep", *map(str, arguments)], env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip


def wait_until(true: Callable[[], bool]) -> None:
    """Wait until something holds; fail if it takes too long."""
    until = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(0.05)


@pytest.fixture
def ended() -> Iterator[list[subprocess.Popen[str]]]:
    """Give a list for processes; those that still live at the end are killed with their children."""
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_1_after_a_worker_is_killed_the_sweep_goes_on_and_only_what_was_not_written_is_done_again(
    planned: Made, notes: Path
) -> None:
    plan = planned("killed_once", 10, runs_per_shard=4)
    outcome = run(plan.folder, workers=1)
    assert outcome == Outcome(10, 0, 0, 0)
    assert begun(notes) == {f"{x}-1": 2 if x in {4, 5, 6} else 1 for x in range(10)}
    tries = store_of(plan).failed()
    assert [(each.kind, each.final) for failures in tries.values() for each in failures] == [(DIED, False)]
    assert run(plan.folder, workers=1) == Outcome(0, 0, 0, 0)
    assert sum(begun(notes).values()) == 13


def test_2_after_the_driver_is_killed_no_finished_run_is_done_again(
    planned: Made, notes: Path, tmp_path: Path, ended: list[subprocess.Popen[str]]
) -> None:
    plan = planned("slow", 12, runs_per_shard=2)
    driver = labsim("run", plan.folder, "--workers", 1)
    ended.append(driver)
    wait_until(lambda: len(digests(plan)) >= 4)
    driver.kill()
    driver.wait()
    worker = int(next(iter(notes.iterdir())).read_text().split()[0])
    wait_until(lambda: not Path(f"/proc/{worker}").exists())
    before, first = digests(plan), begun(notes)
    assert 4 <= len(before) < 12
    assert run(plan.folder, engine="in_process").exit_code == 0
    again = {f"{job.values['x']:g}-1" for job in jobs_of_chunk(plan, 0) if job.key in before}
    assert all(begun(notes)[name] == first[name] == 1 for name in again)
    assert digests(plan) == undisturbed(plan, tmp_path / "aside")


@pytest.mark.parametrize("times", [1, 2])
def test_3_ctrl_c_once_ends_after_the_current_run_and_twice_at_once(
    times: int, planned: Made, notes: Path, ended: list[subprocess.Popen[str]]
) -> None:
    plan = planned("slow" if times == 1 else "endless", 40)
    driver = labsim("run", plan.folder, "--workers", 1)
    ended.append(driver)
    wait_until(lambda: len(begun(notes)) >= (3 if times == 1 else 1))
    for _ in range(times):
        os.killpg(driver.pid, signal.SIGINT)
        time.sleep(0.3)
    said, _ = driver.communicate(timeout=PATIENCE)
    assert driver.returncode == 75, said
    assert f"labsim sweep resume {plan.folder}" in said
    assert "Traceback" not in said
    done = digests(plan)
    assert len(done) == (len(begun(notes)) if times == 1 else 0) < 40
    assert not list((plan.folder / "logs").glob("*.json"))
    assert not list((plan.folder / "tmp").glob("*"))


def test_8_two_runs_on_one_folder_do_every_run_and_say_so(
    planned: Made, tmp_path: Path, ended: list[subprocess.Popen[str]]
) -> None:
    plan = planned("slow", 12, chunks=6, runs_per_shard=1)
    first = labsim("run", plan.folder, "--workers", 1)
    ended.append(first)
    wait_until(lambda: bool(list((plan.folder / "logs").glob("*.json"))))
    second = labsim("run", plan.folder, "--workers", 1)
    ended.append(second)
    said = [process.communicate(timeout=PATIENCE)[0] for process in (first, second)]
    assert [process.returncode for process in (first, second)] == [0, 0], said
    assert "is being run already" in said[1]
    index = store_of(plan).index()
    copies = set(zip(index.keys.to_pylist(), index.digests.to_pylist(), strict=True))
    assert len(copies) == 12
    assert dict(copies) == undisturbed(plan, tmp_path / "aside")


def test_10_runs_that_raise_crash_hang_or_eat_memory_fail_alone(planned: Made, notes: Path) -> None:
    plan = planned("wicked", 8, retries=0, time_limit="6", memory_limit_gb=1.0)
    outcome = run(plan.folder, workers=1)
    assert outcome == Outcome(3, 5, 0, 3)
    failures = {int(tries[-1].job.values["x"]): tries for tries in store_of(plan).failed().values()}
    kinds = {x: [each.kind for each in tries] for x, tries in failures.items()}
    assert kinds == {1: [RAISED], 2: [DIED], 3: [TIME_LIMIT], 4: [MEMORY], 5: [RAISED]}
    assert all(each.final for tries in failures.values() for each in tries)
    assert failures[1][0].error == "ValueError: a run that cannot be"
    assert "sweep_runners.py" in failures[1][0].details
    assert "2 months, but 1 values of y" in failures[5][0].error
    before = begun(notes)
    assert run(plan.folder, workers=1) == Outcome(0, 5, 0, 3), "what failed is not tried for ever"
    assert begun(notes) == before


def test_10_what_failed_is_tried_again_when_asked_and_counts_its_attempts(planned: Made) -> None:
    plan = planned("wicked", 2)
    assert run(plan.folder, engine="in_process") == Outcome(1, 1, 0, 3)
    assert run(plan.folder, engine="in_process", retry_failed=True) == Outcome(0, 1, 0, 3)
    (tries,) = store_of(plan).failed().values()
    assert [each.attempt for each in tries] == [1, 2]


def test_14_more_replicates_leave_what_is_done_alone(planned: Made, notes: Path) -> None:
    plan = planned("plain", 3, replicates=2)
    run(plan.folder, engine="in_process")
    before, once = digests(plan), begun(notes)
    plan = extend_plan(plan, range(1, 5))
    assert run(plan.folder, engine="in_process") == Outcome(6, 0, 0, 0)
    assert before.items() <= digests(plan).items()
    assert len(digests(plan)) == 12
    assert begun(notes) == once | {f"{x}-{seed}": 1 for x in range(3) for seed in (3, 4)}


def test_16_a_worker_that_crashes_at_its_exit_has_done_its_runs(planned: Made, notes: Path) -> None:
    plan = planned("aborting_at_exit", 2)
    assert run(plan.folder, workers=1) == Outcome(2, 0, 0, 0)
    assert begun(notes) == {"0-1": 1, "1-1": 1}


def test_before_a_deadline_the_work_is_written_and_left(planned: Made, notes: Path) -> None:
    plan = planned("slow", 40)
    began = time.time()
    receipt = work_chunks(plan.folder, [0], workers=0, deadline=began + 3.0)
    assert time.time() < began + 3.0
    assert 0 < receipt.done == len(digests(plan)) < 40
    assert receipt.left == 40 - receipt.done
    assert len(begun(notes)) <= receipt.done + 1


def test_13_neither_workers_nor_chunks_nor_their_order_change_a_bit(
    tmp_path: Path, in_chunks: Callable[[int], None]
) -> None:
    found = []
    for number, (chunks, workers, backwards) in enumerate([(1, 0, False), (6, 2, True), (3, 0, False)]):
        in_chunks(chunks)
        plan = make_plan(load_sweep(str(SWEEPS / "toy.yaml")), tmp_path / str(number), pilot=0)
        order = list(range(plan.facts["chunks"]))
        receipt = work_chunks(plan.folder, order[::-1] if backwards else order, workers=workers)
        assert (receipt.failed, receipt.left, receipt.message) == (0, 0, "")
        found.append(digests(plan))
    assert len(found[0]) == plan.facts["runs"]
    assert found[0] == found[1] == found[2]


@pytest.mark.slow  # compiles every kernel once more, for another processor
def test_13_code_compiled_for_any_processor_finds_the_same_bits(tmp_path: Path) -> None:
    plan = make_plan(load_sweep(str(SWEEPS / "toy.yaml")), tmp_path / "sweep", pilot=0)
    here = undisturbed(plan, tmp_path / "aside")
    generic = os.environ | {"PYTHONPATH": str(SRC), "NUMBA_CPU_NAME": "generic"}
    subprocess.run(
        [sys.executable, "-m", "labsim", "sweep", "run", str(plan.folder), "--engine", "in_process", "-q"],
        env=generic, check=True,
    )  # fmt: skip
    assert digests(plan) == here
