"""Doing the runs of a sweep: panels, checkpoints, burn-ins, boards, progress, the command."""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numba
import numpy as np
import pytest
from typer.testing import CliRunner

from labsim import compiling
from labsim.cli import app
from labsim.config.sweeps import load_sweep
from labsim.experiment.cache import BurnInCache
from labsim.experiment.engines import Stopped
from labsim.experiment.progress import Progress
from labsim.experiment.store import OutputError
from labsim.model import LabourMarket
from labsim.scenario import Scenario
from labsim.sweep import checkpoints
from labsim.sweep.board import AFTER_THIS_RUN, GOING, NOW, Board
from labsim.sweep.heartbeat import Heartbeat, others
from labsim.sweep.jobs import Context, Job, digest_of
from labsim.sweep.missing import first_runs, pieces_of
from labsim.sweep.plan import Plan, make_plan
from labsim.sweep.record import checked, run_job, run_scenario, series_of
from labsim.sweep.run import Outcome, find_job, repeat, run
from labsim.sweep.stopping import Stop
from labsim.sweep.work import work_chunks
from labsim.sweep.worker import store_of

SWEEPS = Path(__file__).parent / "sweeps"
JOB = Job("0" * 32, "toytown", 0, 3, 0, {})
OUTCOMES: tuple[dict[str, str], ...] = (
    {"name": "u", "indicator": "unemployment_rate"},
    {"name": "young", "indicator": "unemployment_rate", "municipality": "Upper Toytown", "group": "youth"},
)


def context(scenario: Scenario, record: str = "monthly", **more: Any) -> Context:
    """Return a context for a scenario with two outcomes."""
    found = Context(lambda: None, tuple(each["name"] for each in OUTCOMES), record, lambda _: scenario)
    return replace(found, settings={"outcomes": OUTCOMES}, **more)


class StopsAfter:
    """A tick that stops a run after some months, as an engine that has to stop does."""

    def __init__(self, months: int) -> None:
        self.left = months

    def __call__(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Stopped


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Return the plan of a tiny sweep over scenarios, done in this process."""
    folder = tmp_path_factory.mktemp("toy") / "sweep"
    plan = make_plan(load_sweep(str(SWEEPS / "toy.yaml")), folder, pilot=0)
    assert run(folder, engine="in_process") == Outcome(plan.facts["runs"], 0, 0, 0)
    return plan


@pytest.fixture
def squares(tmp_path: Path) -> Plan:
    """Return the plan of a sweep over a function: 10 runs in 10 chunks."""
    return make_plan(load_sweep(str(SWEEPS / "square.yaml")), tmp_path / "sweep", pilot=0)


def test_a_series_has_the_bits_of_the_tidy_table_for_every_indicator(
    toytown: Callable[..., Scenario],
) -> None:
    model = LabourMarket(toytown(end="2001-04"), seed=2).run()
    table = model.results.indicators
    series = 0
    for (name, municipality, group), part in table.groupby(
        ["indicator", "municipality", "group"], sort=False
    ):
        values = model.recorder.series(str(name), str(municipality), str(group))
        assert values.dtype == np.float64
        assert values.tobytes() == part["value"].to_numpy(np.float64).tobytes(), (name, municipality, group)
        series += 1
    assert series == len(table) / 4
    for wrong in ({"indicator": "luck"}, {"indicator": "unemployment_rate", "group": "poets"}):
        with pytest.raises(ValueError, match=r"luck|poets"):
            model.recorder.series(**wrong)


def test_a_panel_holds_the_months_of_the_scenario_and_the_outcomes_in_order(
    toytown: Callable[..., Scenario],
) -> None:
    scenario = toytown(start="2001-11", end="2002-02", burn_in=2)
    panel = run_scenario(JOB, context(scenario))
    assert list(panel) == ["month", "u", "young"]
    assert panel["month"].tolist() == [2001 * 12 + 10, 2001 * 12 + 11, 2002 * 12, 2002 * 12 + 1]
    model = LabourMarket(scenario, seed=3).run()
    assert panel["u"].tobytes() == model.recorder.series("unemployment_rate").tobytes()


def test_a_yearly_panel_holds_the_means_of_the_years(toytown: Callable[..., Scenario]) -> None:
    scenario = toytown(start="2001-11", end="2002-02")
    monthly, yearly = (run_scenario(JOB, context(scenario, record)) for record in ("monthly", "yearly"))
    assert yearly["month"].tolist() == [2001, 2002]
    np.testing.assert_allclose(yearly["u"], monthly["u"].reshape(2, 2).mean(axis=1), rtol=1e-15)


@pytest.mark.parametrize("months", [1, 2, 3, 5])
def test_a_run_that_had_to_stop_goes_on_bit_for_bit(
    months: int, toytown: Callable[..., Scenario], tmp_path: Path
) -> None:
    scenario = toytown(end="2001-06", burn_in=2)
    file = tmp_path / "saved.npz"
    whole = digest_of(run_scenario(JOB, context(scenario)))
    with pytest.raises(Stopped):
        run_scenario(JOB, context(scenario, checkpoint=file, tick=StopsAfter(months)))
    assert LabourMarket.resume(file, scenario).month == 2001 * 12 - 2 + months
    assert digest_of(run_scenario(JOB, context(scenario, checkpoint=file))) == whole
    assert not file.exists()


def test_a_killed_run_goes_on_from_its_last_checkpoint(
    toytown: Callable[..., Scenario], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario, file, months = toytown(end="2001-06"), tmp_path / "saved.npz", []

    def killed() -> None:
        months.append(1)
        if len(months) == 4:
            raise KeyboardInterrupt  # nothing that a run may save itself from

    settings = {"outcomes": OUTCOMES, "checkpoint_seconds": 0.0}
    with pytest.raises(KeyboardInterrupt):
        run_scenario(JOB, replace(context(scenario, checkpoint=file, tick=killed), settings=settings))
    monkeypatch.setattr(checkpoints, "SECONDS", 1000.0)
    whole = digest_of(run_scenario(JOB, context(scenario)))
    before = len(months)
    found = run_scenario(JOB, context(scenario, checkpoint=file, tick=lambda: months.append(1)))
    assert digest_of(found) == whole
    assert len(months) - before == 3


@pytest.mark.parametrize("damage", ["cut", "other seed", "no file of ours"])
def test_a_checkpoint_that_cannot_be_used_costs_a_warning_and_the_run_begins_anew(
    damage: str, toytown: Callable[..., Scenario], tmp_path: Path
) -> None:
    scenario, file = toytown(end="2001-03"), tmp_path / "saved.npz"
    with pytest.raises(Stopped):
        run_scenario(JOB._replace(seed=3 + (damage == "other seed")),
                     context(scenario, checkpoint=file, tick=StopsAfter(2)))  # fmt: skip
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:1000])
    if damage == "no file of ours":
        file.write_bytes(b"something else")
    whole = digest_of(run_scenario(JOB, context(scenario)))
    with pytest.warns(UserWarning, match="cannot be used"):
        assert digest_of(run_scenario(JOB, context(scenario, checkpoint=file))) == whole


def test_a_burn_in_from_the_cache_gives_the_same_bits(
    toytown: Callable[..., Scenario], tmp_path: Path
) -> None:
    scenario, cache, months = toytown(end="2001-03", burn_in=3), BurnInCache(tmp_path), []
    tick = lambda: months.append(1)  # noqa: E731 - it counts
    panels = [run_scenario(JOB, context(scenario, cache=each, tick=tick)) for each in (None, cache, cache)]
    assert len({digest_of(panel) for panel in panels}) == 1
    assert len(months) == 6 + 6 + 3


def test_what_a_scenario_does_not_have_is_an_empty_column(toytown: Callable[..., Scenario]) -> None:
    scenario = toytown(end="2001-03")
    model = LabourMarket(scenario, seed=3).run()
    for indicator, municipality in (
        ("participants_nothing_of_ours", "all"),
        ("unemployment_rate", "Atlantis"),
    ):
        series = series_of(model.recorder, {"indicator": indicator, "municipality": municipality})
        assert np.isnan(series).all()
        assert series.size == scenario.months
    names = set(model.results.indicators["indicator"])
    assert {name for name in names if np.isnan(series_of(model.recorder, {"indicator": name})).all()} == {
        name for name in names if np.isnan(model.recorder.series(name)).all()
    }, "whatever the scenario has comes from the recorder"
    with pytest.raises(ValueError, match="poets"):
        series_of(model.recorder, {"indicator": "unemployment_rate", "group": "poets"})


def test_what_a_runner_returns_must_be_the_outcomes() -> None:
    panel = checked({"b": 2, "a": 1.0}, ("a", "b"))
    assert list(panel) == ["month", "a", "b"]
    assert panel["month"].tolist() == [0]
    with pytest.raises(ValueError, match="returned a, but the sweep's outcomes are a, b"):
        checked({"a": 1.0}, ("a", "b"))


def test_scenarios_that_start_alike_share_their_burn_in_and_no_bit_shows_it(toy: Plan) -> None:
    store = store_of(toy)
    assert len(store.done()) == toy.facts["runs"]
    assert toy.facts["burn_ins"] < toy.facts["points"] * len(toy.facts["scenarios"])
    again = run_job(toy, toy.chunks([0])[0])
    assert store.done()[again.job.key].digest == again.digest
    kept = list((store.folder / "burn-in").glob("*.npz"))
    assert len(kept) == toy.facts["burn_ins"] * len(toy.seeds), "each is made once"


def test_runs_of_scenarios_done_once_more_by_verify_have_the_same_bits(toy: Plan) -> None:
    said = CliRunner().invoke(app, ["sweep", "verify", str(toy.folder), "--rerun", "3", "--json"])
    assert said.exit_code == 0, said.output
    found = json.loads(said.stdout)
    assert [each["same"] for each in found["repeated"]] == [True] * 3


def test_a_run_repeated_alone_shows_its_bits(toy: Plan) -> None:
    key = toy.chunks([0])[0].key
    repeated = repeat(toy.folder, key[:10])
    assert repeated.finished.digest == repeated.stored
    with pytest.raises(OutputError, match="no run with a key that begins with 'nothing'"):
        find_job(toy, "nothing")
    shown = CliRunner().invoke(app, ["sweep", "run", str(toy.folder), "--only", key])
    assert (shown.exit_code, "the same bits as in the store" in shown.output) == (0, True)


def test_a_limit_stops_after_so_many_runs_and_the_next_call_goes_on(squares: Plan) -> None:
    told: list[Progress] = []
    assert run(squares.folder, engine="in_process", limit=3) == Outcome(3, 0, 7, 75)
    assert run(squares.folder, engine="in_process", progress=told.append) == Outcome(7, 0, 0, 0)
    assert (told[0].done, told[-1].done, told[-1].total) == (3, 10, 10)
    assert run(squares.folder, engine="in_process") == Outcome(0, 0, 0, 0)


def test_pieces_are_cut_to_the_runs_that_are_wanted(squares: Plan) -> None:
    pieces = pieces_of(squares)
    assert [piece.wanted for piece in pieces] == [1] * 10
    assert [piece.chunk for piece in first_runs(squares, pieces, 4)] == [0, 1, 2, 3]
    assert len(first_runs(squares, pieces, 99)) == 10
    work_chunks(squares.folder, [2, 0], workers=0)
    assert [piece.chunk for piece in pieces_of(squares, [3, 2, 1, 0])] == [3, 1]


def test_an_edited_copy_of_the_sweep_file_is_refused(squares: Plan) -> None:
    file = squares.folder / "sweep.yaml"
    file.write_text(file.read_text().replace("replicates: 2", "replicates: 3"))
    with pytest.raises(OutputError, match=r"was edited.*--out .*sweep-2 --store") as refused:
        run(squares.folder, engine="in_process")
    assert "(now)" in str(refused.value)
    assert "-replicates: 2\n+replicates: 3" in str(refused.value)
    file.unlink()
    assert run(squares.folder, engine="in_process").exit_code == 0, "the plan holds the file once more"


def test_workers_of_other_code_refuse_to_run(squares: Plan) -> None:
    plan_file = squares.folder / "plan" / "plan.json"
    facts = json.loads(plan_file.read_text())
    facts["keys"]["runner"] = ["square", "0" * 64]
    plan_file.write_text(json.dumps(facts))
    with pytest.raises(OutputError, match="was planned otherwise"):
        run(squares.folder, engine="in_process")
    with pytest.raises(OutputError, match="was planned otherwise"):
        work_chunks(squares.folder, [0], workers=0)


def test_the_command_says_what_is_left_and_how_to_go_on(squares: Plan) -> None:
    call = CliRunner().invoke
    first = call(app, ["sweep", "run", str(squares.folder), "--engine", "in_process", "--limit", "4"])
    assert first.exit_code == 75
    assert f"go on with: labsim sweep resume {squares.folder}" in first.output
    second = call(app, ["sweep", "resume", str(squares.folder), "--engine", "in_process", "--json", "-q"])
    assert second.exit_code == 0
    assert json.loads(second.stdout) | {"folder": ""} == {
        "folder": "", "done": 6, "failed": 0, "left": 0, "exit_code": 0, "message": "",
    }  # fmt: skip
    worked = call(app, ["sweep", "work", str(squares.folder), "0", "1", "--workers", "0"])
    assert (worked.exit_code, worked.stdout) == (0, "0 done, 0 failed, 0 left\n")
    missing = call(app, ["sweep", "run", str(squares.folder / "nowhere")])
    assert (missing.exit_code, "is no folder of a sweep" in missing.output) == (2, True)


def test_a_stop_becomes_urgent_with_patience_and_deadline() -> None:
    board = Board.private()
    assert board.urgency() == GOING
    board.ask(AFTER_THIS_RUN, patience=0.05)
    assert board.urgency() == AFTER_THIS_RUN
    time.sleep(0.06)
    assert board.urgency() == NOW
    other = Board.private()
    other["deadline"] = time.time() - 1.0
    assert other.urgency() == NOW
    stop = Stop()
    stop.request(NOW)
    stop.request(AFTER_THIS_RUN)
    assert stop.level == NOW


def test_signs_of_life_are_those_of_living_processes(tmp_path: Path) -> None:
    heart = Heartbeat(tmp_path, "local")
    heart.beat(lambda: {"done": 3})
    facts = json.loads(heart.path.read_text())
    assert (facts["done"], facts["engine"]) == (3, "local")
    assert others(tmp_path) == []
    (tmp_path / "elsewhere-1.json").write_text(json.dumps(facts | {"host": "elsewhere", "pid": 1}))
    (tmp_path / "silent-1.json").write_text(json.dumps(facts | {"host": "silent", "pid": 1, "last": 0.0}))
    dead = tmp_path / f"{facts['host']}-{2**22 + 1}.json"
    dead.write_text(json.dumps(facts | {"pid": 2**22 + 1}))
    assert [each.host for each in others(tmp_path)] == ["elsewhere"]
    assert not dead.exists()
    heart.stop()
    assert not heart.path.exists()


@pytest.fixture
def kernel_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Give a module with a function to compile, and a cache folder of its own."""
    file = tmp_path / "adding.py"
    file.write_text("def add(a, n):\n    for i in range(n):\n        a[i] += 1\n")
    spec = importlib.util.spec_from_file_location("adding", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(compiling, "_full", False)
    sys.modules["adding"] = module
    yield module
    del sys.modules["adding"]


def added(module: ModuleType) -> tuple[float, bool]:
    """Compile the function anew; return what it gives, and whether the compiled code came from the disk."""
    function: Any = compiling.kernel(module.add)
    values = np.zeros(3)
    function(values, 3)
    return float(values.sum()), bool(function.stats.cache_hits)


@pytest.mark.parametrize("damage", ["index cut", "index emptied", "code cut", "code emptied", "code flipped"])
def test_12_damaged_compiled_code_costs_a_warning_and_never_a_wrong_number(
    damage: str, kernel_file: ModuleType, tmp_path: Path
) -> None:
    assert added(kernel_file) == (3.0, False)
    assert added(kernel_file) == (3.0, True)
    what, how = damage.split()
    (file,) = (tmp_path / "cache").rglob("*.nbi" if what == "index" else "*.nbc")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes({"cut": bytes(content[:40]), "emptied": b"", "flipped": bytes(content)}[how])
    with pytest.warns(UserWarning, match="is damaged .* compiled anew"):
        assert added(kernel_file) == (3.0, False)
    assert added(kernel_file) == (3.0, True)


def test_12_a_full_disk_costs_one_warning(
    kernel_file: ModuleType, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(compiling._CheckedFile, "_open_for_write", full)
    assert [added(kernel_file) for _ in range(2)] == [(3.0, False)] * 2
    assert [str(each.message) for each in recwarn if "No space left" in str(each.message)] != []
    assert len(recwarn) == 1


def test_12_compiled_code_in_a_folder_that_cannot_be_written_is_used(
    kernel_file: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    added(kernel_file)
    monkeypatch.setattr(
        "tempfile.TemporaryFile", lambda *_, **__: (_ for _ in ()).throw(OSError(30, "Read-only"))
    )
    assert added(kernel_file) == (3.0, True)
    assert compiling._holds_kernels(tmp_path / "cache")
    assert not compiling._writable(tmp_path / "cache")


def test_11_a_comment_in_any_compiled_source_gives_another_cache_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = Path(compiling.__file__).parent
    (tmp_path / "kernels").mkdir()
    for path in [*(package / "kernels").glob("*.py"), package / "rng.py", package / "codes.py"]:
        (tmp_path / path.relative_to(package)).write_bytes(path.read_bytes())
    monkeypatch.setattr(compiling, "_HERE", tmp_path)
    before = compiling._source_key()
    callee = tmp_path / "kernels" / "search.py"
    content = callee.read_bytes()
    callee.write_bytes(content)
    assert compiling._source_key() == before
    callee.write_bytes(content + b"\n# a comment\n")
    assert compiling._source_key() != before
