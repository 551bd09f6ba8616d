"""What holds of clusters on any machine: profiles, scripts, and whole sweeps on a pretend Slurm."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from labsim.cli import app
from labsim.config.errors import ConfigError
from labsim.sweep import slurm
from labsim.sweep.array_task import main as do_task
from labsim.sweep.array_task import write_chunks
from labsim.sweep.batch_jobs import BatchJob, note, queue_state
from labsim.sweep.engines import engine_function
from labsim.sweep.job_scripts import array_script
from labsim.sweep.profiles import Profile, load_profile
from labsim.sweep.run import run
from labsim.sweep.work import work_chunks

from .naps import LOG, Looker, assert_collected, began, done, planned, profile

PRETEND = Path(__file__).with_name("pretend_slurm.py")


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Return a function that writes a profile `here`; jobs go to a pretend Slurm."""
    place = tmp_path / "bin"
    place.mkdir()
    shutil.copy(PRETEND, place)
    for name in ("sbatch", "squeue", "scancel", "scontrol"):
        (place / name).write_text(f'#!/bin/sh\nexec {sys.executable} {place / PRETEND.name} {name} "$@"\n')
        (place / name).chmod(0o755)
    (place / "sacct").write_text("#!/bin/sh\nexit 1\n")
    (place / "sacct").chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("LABSIM_PROFILES", str(tmp_path / "profiles.yaml"))
    monkeypatch.setenv(LOG, str(tmp_path / "began"))

    def write(**settings: Any) -> Path:
        lines = [f"  {name}: {value}" for name, value in settings.items()]
        (tmp_path / "profiles.yaml").write_text("\n".join(["here:", *lines]) + "\n")
        return tmp_path / "sweep"

    return write


def labsim(*words: str) -> Any:
    """Run a command of labsim in this process."""
    return CliRunner().invoke(app, ["sweep", *words])


def test_an_array_does_a_sweep_and_its_script_can_be_read_before(cluster: Callable[..., Path]) -> None:
    folder = cluster(engine="slurm-array", jobs=9, task_minutes=0, site_options='["--qos=long"]')
    plan = planned(folder, 6, 0.01)
    shown = labsim("script", str(folder), "--profile", "here")
    assert shown.exit_code == 0, shown.output
    assert "#SBATCH --array=0-1\n" in shown.output  # below the MaxArraySize of 3
    assert "#SBATCH --qos=long\n" in shown.output
    assert queue_state(folder) is None
    outcome = run(folder, profile="here")
    assert (outcome.done, outcome.left, outcome.exit_code) == (6, 0, 0)
    assert queue_state(folder).counts == {"done": 2}
    assert set(began(plan).values()) == {1}
    assert_collected(plan, 6)
    assert "nothing is missing" in labsim("script", str(folder), "--profile", "here").output


@pytest.mark.filterwarnings("ignore")
def test_workers_of_dask_in_jobs_do_a_sweep_and_end(cluster: Callable[..., Path]) -> None:
    pytest.importorskip("dask_jobqueue", reason="Dask is not installed: pip install 'labsim[hpc]'")
    folder = cluster(engine="dask-slurm", jobs=1, interface="lo")
    plan = planned(folder, 6, 0.01, per_chunk=2)
    outcome = run(folder, profile="here")
    assert (outcome.done, outcome.left, outcome.exit_code) == (6, 0, 0)
    assert queue_state(folder).counts == {"done": 1}
    assert_collected(plan, 6)


@pytest.mark.filterwarnings("ignore")
def test_workers_of_dask_that_cannot_start_are_told_with_their_log(cluster: Callable[..., Path]) -> None:
    pytest.importorskip("dask_jobqueue", reason="Dask is not installed: pip install 'labsim[hpc]'")
    folder = cluster(engine="dask-slurm", interface="lo", python="/nowhere/bin/python")
    planned(folder, 2, 0.01)
    failed = labsim("run", str(folder), "--profile", "here")
    assert failed.exit_code == 2
    assert "ended before its worker came" in failed.output
    assert "/nowhere/bin/python: No such file" in failed.output


def test_the_schedulers_refusal_is_shown_once_and_nothing_is_noted(cluster: Callable[..., Path]) -> None:
    folder = cluster(engine="slurm-array", partition="nosuch")
    planned(folder, 2, 0.01)
    refused = labsim("run", str(folder), "--profile", "here")
    assert refused.exit_code == 2
    assert refused.output.count("Invalid partition name specified") == 1
    assert queue_state(folder) is None


def test_jobs_that_nobody_follows_are_cancelled_by_the_folder(cluster: Callable[..., Path]) -> None:
    folder = cluster(engine="slurm-array", follow="false", setup="[sleep 60]")
    planned(folder, 2, 0.01)
    assert labsim("run", str(folder), "--profile", "here").exit_code == 75
    assert set(queue_state(folder).counts) <= {"pending", "running"}
    cancelled = labsim("cancel", str(folder))
    assert (cancelled.exit_code, "cancelled: 1" in cancelled.output) == (0, True)
    assert queue_state(folder).counts == {"cancelled": 1}
    assert "no job of this sweep" in labsim("cancel", str(folder)).output


def test_the_doctor_reports_a_node_and_complains_of_threads(
    cluster: Callable[..., Path], tmp_path: Path
) -> None:
    cluster(engine="slurm-array", environment="{OMP_NUM_THREADS: 4}")
    found = labsim("doctor", "--profile", "here", "--folder", str(tmp_path))
    assert found.exit_code == 1
    assert "- OMP_NUM_THREADS is 4 there" in found.output
    cluster(engine="local")
    assert "all is well" in labsim("doctor", "--profile", "here", "--folder", str(tmp_path)).output


def test_a_task_does_its_share_of_the_chunks_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LOG, str(tmp_path / "began"))
    plan = planned(tmp_path / "sweep", 5, 0.01)
    write_chunks(plan.folder, "mine", range(5))
    assert do_task([str(plan.folder), "mine", "--task", "1", "--of", "2"]) == 0
    assert done(plan) == 2  # chunks 1 and 3


def do_and_keep(folder: str, chunks: list[int]) -> None:
    """Do chunks and keep the worker process, as a worker of Dask does."""
    work_chunks(folder, chunks, keep_workers=True)


def test_a_process_with_a_parent_ends_although_it_keeps_a_worker_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LOG, str(tmp_path / "began"))
    plan = planned(tmp_path / "sweep", 2, 0.01)
    child = get_context("spawn").Process(target=do_and_keep, args=(str(plan.folder), [0, 1]))
    child.start()
    child.join(120)
    assert child.exitcode == 0
    assert done(plan) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("engine: slurm-arrays", "engine is 'slurm-arrays', but it must be"),
        (
            "engine: slurm-array\n  walltime: 4 hours",
            "walltime is '4 hours', but it must be hours:minutes:seconds",
        ),
        ("engine: slurm-array\n  memory_per_core: lots", "memory_per_core is 'lots', but it must be a size"),
        ("engine: slurm-array\n  jobz: 3", "jobz: unknown key; did you mean 'jobs'?"),
        ("engine: dask", "add scheduler_file"),
        ("engine: local\n  environment: {a b: 1}", "which is no name of a variable"),
        ("engine: local\n  name: x", "name is set by labsim; remove it"),
    ],
)
def test_a_mistake_in_a_profile_is_told_with_file_and_line(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "profiles.yaml"
    file.write_text(f"uni:\n  {text}\n")
    with pytest.raises(ConfigError) as wrong:
        load_profile("uni", file)
    assert words in str(wrong.value)
    assert f"{file}:" in str(wrong.value)


def test_an_unknown_profile_names_the_nearest_and_no_file_names_the_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "profiles.yaml"
    file.write_text("uni: {engine: local}\n")
    with pytest.raises(ConfigError, match="did you mean 'uni'"):
        load_profile("unl", file)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LABSIM_PROFILES", str(tmp_path / "none.yaml"))
    monkeypatch.setattr("labsim.sweep.profiles.user_config_path", lambda _: tmp_path / "config")
    file.rename(tmp_path / "other.yaml")
    with pytest.raises(ConfigError, match=r"no file of profiles was found; write one of .*none\.yaml"):
        load_profile("uni")


def test_a_script_says_to_slurm_what_the_profile_says(tmp_path: Path) -> None:
    uni = Profile(
        engine="slurm-array", jobs=3, cores_per_job=4, memory_per_core="1.5GB", walltime="04:00:00", partition="std",
        account="p1", setup=("module load python",), site_options=("--constraint=avx2",), requeues=0,
        environment={"NUMBA_CPU_NAME": "host"},
    )  # fmt: skip
    text = array_script(uni, tmp_path, "mine", "chunks", 40, retry_failed=True)
    asked = [line.removeprefix("#SBATCH ") for line in text.splitlines() if line.startswith("#SBATCH")]
    assert asked == [
        "--job-name=labsim-mine", "--array=0-39%3", "--requeue", "--signal=B:USR1@120",
        f"--output={tmp_path}/logs/batch/%A_%a.log", "--open-mode=append", "--time=04:00:00", "--cpus-per-task=4",
        "--mem=6000M", "--partition=std", "--account=p1", "--constraint=avx2",
    ]  # fmt: skip
    lines = text.splitlines()
    assert lines.index("module load python") < lines.index("unset NUMBA_CPU_NAME")  # each node's own kind
    assert "export OMP_NUM_THREADS=1" in lines
    assert f"export LABSIM_STOP_AT=$(( $(date +%s) + {4 * 3600 - 600} ))" in lines
    assert "--workers 4 --retry-failed --task" in text
    assert "requeue " not in text


def test_arrays_are_for_slurm_and_unknown_engines_are_told_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean 'slurm-array'"):
        engine_function("slurm-aray")
    plan = planned(tmp_path / "sweep", 2, 0.0)
    with pytest.raises(ConfigError, match="its engine is dask-pbs, and arrays are made for Slurm"):
        list(engine_function("slurm-array")(plan, [0], profile(tmp_path, "dask-pbs"), Looker()))


def test_a_scheduler_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed: pip install 'labsim[hpc]'")
    plan = planned(tmp_path / "sweep", 2, 0.0)
    settings = profile(tmp_path, "dask", scheduler_file=str(tmp_path / "scheduler.json"))
    with pytest.raises(ConfigError, match="dask scheduler --scheduler-file"):
        list(engine_function("dask")(plan, [0], settings, Looker()))


def test_a_machine_without_slurm_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(slurm.Refused, match="there is no command 'sbatch' on this machine"):
        slurm.submit(tmp_path / "job.sh", for_seconds=60.0)
    assert slurm.states(["1"]) is None
    note(tmp_path, BatchJob("1", "slurm", "dask", "uni", 0, "", 0.0))
    assert queue_state(tmp_path).counts == {"unknown": 1}


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("slurmstepd: error: *** JOB 1 ON n1 CANCELLED AT 2026-11-22T12:00:00 ***", "cancelled"),
        (
            "slurmstepd: error: *** JOB 1 ON n1 CANCELLED AT 2026-11-22T12:00:00 DUE TO TIME LIMIT ***",
            "out of time",
        ),
        (
            "slurmstepd: error: *** JOB 1 ON n1 CANCELLED AT x DUE TO NODE FAILURE, SEE SLURMCTLD LOG ***",
            "node failed",
        ),
        ("slurmstepd: error: Detected 1 oom-kill event(s) in step 1.batch", "out of memory"),
        ("slurmstepd: error: *** JOB 1 ON n1 CANCELLED AT x DUE TO JOB REQUEUE ***\n", "unknown"),
        ("", "unknown"),
    ],
)
def test_the_last_words_of_a_job_tell_its_end_without_any_accounting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, state: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    note(tmp_path, BatchJob("1", "slurm", "dask", "uni", 0, "", 0.0))
    (tmp_path / "logs" / "batch").mkdir()
    (tmp_path / "logs" / "batch" / "1.log").write_text(said)
    assert [each.state for each in queue_state(tmp_path).jobs] == [state]
