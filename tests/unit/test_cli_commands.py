"""The commands on a very small Toytown, as a person or a script would use them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import labsim
from labsim.cli import app
from labsim.compiling import CACHE_FOLDER
from labsim.experiment import campaign, run, store, warmup
from labsim.report import ReportError

SMALL = """\
scenario: small
label: {en: Small}
based_on: toytown
burn_in: 6
end: 2003-12
scale: 0.02
"""
PAIR = """\
experiment: pair
label: {en: A pair}
question: What does the transition change?
scenarios:
  - {scenario: still, based_on: small, transitions: []}
  - small
baseline: still
seeds: 2
"""
COMMAND = [sys.executable, "-m", "labsim"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own with a scenario and an experiment in it, and an empty cache."""
    (tmp_path / "configs" / "scenarios").mkdir(parents=True)
    (tmp_path / "configs" / "scenarios" / "small.yaml").write_text(SMALL)
    (tmp_path / "experiments" / "pair").mkdir(parents=True)
    (tmp_path / "experiments" / "pair" / "experiment.yaml").write_text(PAIR)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)  # the command line sets its own
    monkeypatch.setenv("LABSIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(CACHE_FOLDER.parent))  # so that workers need not compile
    source = os.fspath(Path(labsim.__file__).parents[1])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([source, os.environ.get("PYTHONPATH", "")]))
    return tmp_path


def call(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def facts(path: str | Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((Path(path) / "run.json").read_text(encoding="utf-8"))
    return content


def test_run_writes_results_and_report_and_says_where() -> None:
    result = call("run", "configs/scenarios/small.yaml")
    assert "results: results/small-seed1" in result.stdout
    assert "report:  results/small-seed1/report.html" in result.stdout
    assert "Small, Toytown, annual means, scale 0.02: counts are of agents" in result.stdout
    assert result.stdout.splitlines()[2].split() == ["indicator", "and", "unit", "2000", "2003"]
    assert "% of the labour force" in result.stdout
    assert "labsim: 100 % of small, seed 1" in result.stderr
    assert Path("results/small-seed1/report.html").stat().st_size > 10_000
    assert facts("results/small-seed1")["scale"] == 0.02
    assert [path.name for path in Path("results").iterdir()] == ["small-seed1"]


def test_the_same_run_again_is_kept_and_its_report_is_written_anew() -> None:
    call("run", "small", "--no-report")
    before = facts("results/small-seed1")
    result = call("run", "small")
    assert "holds this very run already; it is not simulated again" in result.stderr
    assert facts("results/small-seed1") == before
    assert Path("results/small-seed1/report.html").exists()


def test_a_script_gets_json_on_stdout_or_just_the_folder() -> None:
    found = json.loads(call("run", "small", "--seed", 5, "--json", "--no-report").stdout)
    assert (found["folder"], found["seed"], found["report"]) == ("results/small-seed5", 5, None)
    assert len(found["digest"]) == 64
    quiet = call("run", "small", "--out", "elsewhere/one", "--quiet", "--no-report")
    assert (quiet.stdout, quiet.stderr) == ("elsewhere/one\n", "")
    assert not list(Path("elsewhere/one").glob("report.html"))


def test_engines_threads_and_the_cache_change_no_bit() -> None:
    call("run", "small", "--out", "a", "--no-report")
    call("run", "small", "--out", "b", "--no-report", "--threads", 2)
    call("run", "small", "--out", "c", "--no-report", "--engine", "reference", "--scale", 0.02)
    assert facts("a")["digest"] == facts("b")["digest"] == facts("c")["digest"]
    assert facts("c")["engine"] == "reference"
    for table in store.TABLES:
        content = {(Path(name) / f"{table}.parquet").read_bytes() for name in "abc"}
        assert len(content) == 1


def test_another_scale_gets_a_folder_of_its_own() -> None:
    call("run", "small", "--scale", 0.03, "--no-report", "--quiet")
    assert facts("results/small-seed1-scale0.03")["scale"] == 0.03


def test_a_folder_with_another_run_is_replaced_only_when_asked() -> None:
    call("run", "small", "--out", "one", "--no-report")
    result = call("run", "small", "--seed", 2, "--out", "one", "--no-report", code=2)
    assert "holds the results of another run (small, seed 1, scale 0.02" in result.stderr
    assert facts("one")["seed"] == 1
    call("run", "small", "--seed", 2, "--out", "one", "--no-report", "--overwrite")
    assert facts("one")["seed"] == 2


def test_compare_shows_paired_differences_with_intervals_and_units() -> None:
    result = call("compare", "experiments/pair/experiment.yaml", "--workers", 1)
    assert result.stdout.startswith("Small against still (means of 2003")
    assert "95 % interval" in result.stdout
    assert "unemployed, persons " in result.stdout
    assert "(means of 2003, whole place, 2 pairs of runs, scale 0.02: counts are of agents)" in result.stdout
    assert "results: results/pair" in result.stdout
    assert Path("results/pair/report.html").stat().st_size > 10_000
    again = call("compare", "pair", "--json", "--no-report")
    found = json.loads(again.stdout)
    assert found["failures"] == []
    assert {row["scenario"] for row in found["headline"]} == {"small"}
    assert all(row["low"] <= row["mean"] <= row["high"] and row["unit"] for row in found["headline"])
    assert call("compare", "pair", "--quiet").stdout == "results/pair\n"


def test_any_number_of_workers_gives_the_same_bits() -> None:
    for workers in (1, 2):
        os.environ["LABSIM_CACHE"] = str(Path.cwd() / f"cache{workers}")
        call("compare", "pair", "--workers", workers, "--out", f"by{workers}", "--no-report", "--quiet")
    for table in store.TABLES:
        assert Path(f"by1/{table}.parquet").read_bytes() == Path(f"by2/{table}.parquet").read_bytes()
    for name in ("still/seed-1", "still/seed-2", "small/seed-1", "small/seed-2"):
        assert facts(f"by1/runs/{name}")["digest"] == facts(f"by2/runs/{name}")["digest"]


def test_nothing_differs_before_the_transition_starts() -> None:
    call("compare", "pair", "--no-report", "--quiet", "--workers", 1)
    table = pd.read_parquet("results/pair/indicators.parquet")
    keys = ["seed", "month", "municipality", "group", "indicator"]
    wide = table.pivot_table(index=keys, columns="scenario", values="value").reset_index()
    wide["still"] = wide["still"].fillna(0.0)  # measures that only the reform brings
    before = wide[wide["month"] < "2002-01-01"]
    after = wide[wide["month"] >= "2002-01-01"]
    assert (before["still"] == before["small"]).all()
    assert (after["still"] != after["small"]).any()


def test_failed_runs_end_in_exit_code_1_and_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    real = campaign.simulate_to

    def break_one(folder: Path, scenario: Any, seed: int, key: str, **rest: Any) -> None:
        if (scenario.scenario, seed) == ("small", 2):
            raise ValueError("broken")
        real(folder, scenario, seed, key, **rest)

    monkeypatch.setattr(campaign, "simulate_to", break_one)
    result = call("compare", "pair", "--workers", 1, "--no-report", code=1)
    assert "small, seed 2 failed: ValueError: broken" in result.stderr
    assert "1 run failed; what went wrong is in results/pair/failures.json" in result.stderr
    assert "results: results/pair" in result.stdout
    monkeypatch.setattr(campaign, "simulate_to", lambda *_, **__: 1 / 0)
    assert "all 2 runs failed" in call("compare", "pair", "--out", "none", "--seeds", 1, "--workers", 1,
                                       code=1).stderr  # fmt: skip


def test_an_interrupted_comparison_keeps_what_is_finished() -> None:
    arguments = ["compare", "pair", "--seeds", "40", "--workers", "2", "--no-report"]
    process = subprocess.Popen(
        [*COMMAND, *arguments], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 120
    while not list(Path("results").glob("pair/runs/*/*/run.json")) and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "interrupted; what is finished is kept" in err
    assert "Traceback" not in err
    assert out == ""
    finished = list(Path("results/pair/runs").glob("*/*"))
    assert 0 < len(finished) < 80
    assert all(len(facts(path)["digest"]) == 64 for path in finished)
    assert not Path("results/pair/experiment.json").exists()


def test_a_run_that_is_told_to_end_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "simulate_to", lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM))
    before = signal.getsignal(signal.SIGTERM)
    assert call("run", "small", code=130).stderr.endswith("interrupted; what is finished is kept\n")
    assert signal.getsignal(signal.SIGTERM) is before
    assert list(Path("results").iterdir()) == []


def test_report_writes_the_report_again() -> None:
    call("run", "small", "--no-report", "--quiet", "--out", "one")
    assert call("report", "one").stdout == "one/report.html\n"
    assert Path("one/report.html").exists()


@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_a_damaged_burn_in_is_said_and_computed_again(damage: str) -> None:
    call("run", "small", "--out", "a", "--no-report")
    (kept,) = Path("cache/burn-in").glob("*.npz")
    content = kept.read_bytes()
    middle = len(content) // 2
    changed = content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]
    kept.write_bytes(content[:middle] if damage == "cut" else changed)
    with pytest.warns(UserWarning, match="is damaged .* it is computed again"):
        call("run", "small", "--out", "b", "--no-report")
    assert facts("a")["digest"] == facts("b")["digest"]
    assert kept.stat().st_size == len(content)


def test_complete_results_without_a_report_are_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing_to_show(folder: Path, *_: object) -> Path:
        raise ReportError(f"{folder} has nothing to show")

    monkeypatch.setattr("labsim.report.write_report", nothing_to_show)
    for command, name in (("run", "small"), ("compare", "pair")):
        result = call(command, name, "--out", command, code=1)
        assert "the tables are written, but there is no report" in result.stderr
        assert f"results: {command}" in result.stdout
    assert "has nothing to show" in call("report", "run", code=2).stderr


def test_version_warmup_and_doctor_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert call("version").stdout == f"{labsim.__version__}\n"
    compiled: list[bool] = []
    monkeypatch.setattr(warmup, "compiled", lambda: bool(compiled))
    monkeypatch.setattr(warmup, "warm_up", lambda: compiled.append(True))
    assert call("warmup").stdout.startswith("compiled in 0.")
    assert call("warmup").stdout == "the kernels are compiled already\n"
    found = json.loads(call("doctor", "--json").stdout)
    assert found["versions"]["python"] == sys.version.split()[0]
    assert found["burn_in_cache_works"] is True
    assert found["machine"]["cores"] >= 1
    compiled.clear()
    result = call("doctor")
    assert "labsim doctor" in result.stdout
    assert "compiling the kernels" in result.stderr


def test_the_first_run_says_that_it_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign, "compiled", lambda: False)
    monkeypatch.setattr(campaign, "warm_up", lambda: None)
    assert "compiling the kernels; this happens once" in call("run", "small", "--no-report").stderr


def test_help_comes_without_loading_the_engine() -> None:
    code = (
        "import sys, labsim.cli\n"
        "try: labsim.cli.app(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numba', 'numpy', 'pandas', 'mesa', 'pyarrow', 'plotly', 'pydantic', 'ruamel'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert found.stderr == ""
    assert found.returncode == 0
    assert "compare" in found.stdout
