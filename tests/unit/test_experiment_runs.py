"""Runs and experiments around a toy model: what is simulated, cached, kept, reported, refused."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from labsim.config import assumptions, load
from labsim.experiment import campaign, run, store
from labsim.experiment.cache import BurnInCache
from labsim.experiment.campaign import run_experiment, run_folder
from labsim.experiment.comparison import compare, read_comparison
from labsim.experiment.plan import Plan, plan_from
from labsim.experiment.progress import Progress
from labsim.experiment.run import run_scenario
from labsim.experiment.store import NothingFinished, OutputError
from labsim.policy.transition import Timeline
from labsim.scenario import Scenario

from .toy_market import ToyMarket

TOYTOWN = load("toytown").model_copy(update={"burn_in": 6, "end": "2002-12", "scale": 0.01})
UNCHANGED = TOYTOWN.model_copy(
    update={"scenario": "unchanged", "timeline": Timeline(initial=TOYTOWN.timeline.initial)}
)


@pytest.fixture(autouse=True)
def toy_market(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "LabourMarket", ToyMarket)
    monkeypatch.setattr("labsim.model.LabourMarket", ToyMarket)
    monkeypatch.setattr(campaign, "compiled", lambda: True)
    monkeypatch.setattr(ToyMarket, "steps", [])
    monkeypatch.setattr(ToyMarket, "trouble", None)


@pytest.fixture
def cache(tmp_path: Path) -> BurnInCache:
    return BurnInCache(tmp_path / "cache")


def plan(*scenarios: Scenario, seeds: tuple[int, ...] = (1, 2), name: str = "toy") -> Plan:
    chosen = scenarios or (UNCHANGED, TOYTOWN)
    return Plan(name, chosen, seeds, chosen[0].scenario, question="Does it move?")


def steps_of(scenario: str, seed: int) -> int:
    return sum(step[:2] == (scenario, seed) for step in ToyMarket.steps)


def facts_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def fail_in(scenario: str, seed: int, error: type[BaseException]) -> Callable[[ToyMarket], None]:
    def trouble(market: ToyMarket) -> None:
        recorded = market.month > market.start_month + 3
        if (market.scenario.scenario, market.seed) == (scenario, seed) and recorded:
            raise error("the toy broke")

    return trouble


def test_a_run_writes_its_tables_and_where_they_come_from(tmp_path: Path, cache: BurnInCache) -> None:
    folder = run_scenario(TOYTOWN, 7, tmp_path / "run", cache=cache)
    facts = facts_of(folder)
    assert (facts["scenario"], facts["seed"], facts["place"]) == ("toytown", 7, "toytown")
    assert (facts["start"], facts["end"], facts["scale"]) == ("2000-01", "2002-12", 0.01)
    assert (facts["persons"], facts["engine"]) == (20, "kernels")
    assert facts["seconds"] > 0
    assert facts["assumptions"] == json.loads(json.dumps(assumptions(TOYTOWN)))
    assert facts["timeline"][0] == {"from": None, "to": "status_quo_ante", "start": "2000-01", "months": 0,
                                    "shape": "step", "unit": "person", "first": []}  # fmt: skip
    assert facts["timeline"][1]["from"] == "status_quo_ante"
    assert Scenario.model_validate(facts["config"]) == TOYTOWN
    assert set(facts["versions"]) >= {"python", "numba", "numpy", "mesa"}
    assert facts["indicators"]["unemployment_rate"]["unit"].startswith("%")
    assert len(pd.read_parquet(folder / "indicators.parquet")) == 36


def test_the_same_run_is_not_simulated_again(tmp_path: Path, cache: BurnInCache) -> None:
    run_scenario(TOYTOWN, 1, tmp_path / "run", cache=cache)
    before, simulated = files(tmp_path / "run"), len(ToyMarket.steps)
    run_scenario(TOYTOWN, 1, tmp_path / "run", cache=cache)
    assert len(ToyMarket.steps) == simulated
    assert files(tmp_path / "run") == before


def test_another_run_is_refused_before_anything_is_simulated(tmp_path: Path, cache: BurnInCache) -> None:
    run_scenario(TOYTOWN, 1, tmp_path / "run", cache=cache)
    simulated = len(ToyMarket.steps)
    with pytest.raises(OutputError, match="another run"):
        run_scenario(TOYTOWN, 2, tmp_path / "run", cache=cache)
    assert len(ToyMarket.steps) == simulated
    run_scenario(TOYTOWN, 2, tmp_path / "run", cache=cache, overwrite=True)
    assert facts_of(tmp_path / "run")["seed"] == 2


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_run_that_breaks_off_leaves_nothing(
    tmp_path: Path, cache: BurnInCache, error: type[BaseException]
) -> None:
    ToyMarket.trouble = fail_in("toytown", 1, error)
    with pytest.raises(error):
        run_scenario(TOYTOWN, 1, tmp_path / "out" / "run", cache=cache)
    assert list((tmp_path / "out").iterdir()) == []


def test_progress_counts_every_month_once(tmp_path: Path, cache: BurnInCache) -> None:
    seen: list[Progress] = []
    run_scenario(TOYTOWN, 1, tmp_path / "run", cache=cache, progress=seen.append)
    assert [each.done for each in seen] == list(range(1, 43))
    assert {each.total for each in seen} == {42}
    seen.clear()
    run_scenario(UNCHANGED, 1, tmp_path / "other", cache=cache, progress=seen.append)
    assert [(each.done, each.total) for each in seen] == [(done, 36) for done in range(1, 37)]


def test_a_cached_burn_in_gives_the_same_bits(tmp_path: Path, cache: BurnInCache) -> None:
    run_scenario(UNCHANGED, 1, tmp_path / "first", cache=cache)
    run_scenario(TOYTOWN, 1, tmp_path / "second", cache=cache)
    run_scenario(TOYTOWN, 1, tmp_path / "alone", cache=BurnInCache(tmp_path / "empty"))
    assert facts_of(tmp_path / "second")["digest"] == facts_of(tmp_path / "alone")["digest"]
    assert steps_of("unchanged", 1) == 42
    assert steps_of("toytown", 1) == 36 + 42


def test_the_reference_engine_makes_its_own_burn_in(tmp_path: Path, cache: BurnInCache) -> None:
    run_scenario(TOYTOWN, 1, tmp_path / "run", cache=cache, engine="reference")
    assert cache.size() == (0, 0)
    with pytest.raises(OutputError, match="another run"):
        run_scenario(TOYTOWN, 1, tmp_path / "run", cache=cache)


def test_an_experiment_combines_the_tables_of_its_runs(tmp_path: Path, cache: BurnInCache) -> None:
    folder = run_experiment(plan(), tmp_path / "out", workers=1, cache=cache)
    table = pd.read_parquet(folder / "indicators.parquet")
    assert list(table.columns[:2]) == ["scenario", "seed"]
    assert table.groupby(["scenario", "seed"], sort=False).size().to_dict() == {
        ("unchanged", 1): 36, ("toytown", 1): 36, ("unchanged", 2): 36, ("toytown", 2): 36,
    }  # fmt: skip
    facts = json.loads((folder / "experiment.json").read_text(encoding="utf-8"))
    assert (facts["name"], facts["baseline"], facts["seeds"]) == ("toy", "unchanged", [1, 2])
    assert [each["name"] for each in facts["scenarios"]] == ["unchanged", "toytown"]
    assert facts["runs"]["toytown"]["seed"] == 1
    assert not (folder / "failures.json").exists()
    alone = pd.read_parquet(run_folder(folder, "toytown", 2) / "indicators.parquet")
    mine = table[(table["scenario"] == "toytown") & (table["seed"] == 2)]
    pd.testing.assert_frame_equal(mine.drop(columns=["scenario", "seed"]).reset_index(drop=True), alone)


def test_the_scenarios_of_a_seed_share_one_burn_in_and_differ_only_after_the_reform(
    tmp_path: Path, cache: BurnInCache
) -> None:
    folder = run_experiment(plan(), tmp_path / "out", workers=1, cache=cache)
    assert len(ToyMarket.steps) == 2 * (6 + 36 + 36)
    table = pd.read_parquet(folder / "indicators.parquet")
    pair = [table[(table["scenario"] == name) & (table["seed"] == 1)]["value"].to_list()
            for name in ("unchanged", "toytown")]  # fmt: skip
    assert pair[0][:24] == pair[1][:24]
    assert pair[0][24:] != pair[1][24:]


def test_a_finished_experiment_is_left_alone(tmp_path: Path, cache: BurnInCache) -> None:
    folder = run_experiment(plan(), tmp_path / "out", workers=1, cache=cache)
    before, simulated = files(folder), len(ToyMarket.steps)
    run_experiment(plan(), folder, workers=1, cache=cache)
    assert files(folder) == before
    assert len(ToyMarket.steps) == simulated


def test_more_seeds_are_added_to_those_that_are_there(tmp_path: Path, cache: BurnInCache) -> None:
    run_experiment(plan(seeds=(1,)), tmp_path / "out", workers=1, cache=cache)
    ToyMarket.steps.clear()
    run_experiment(plan(), tmp_path / "out", seeds=3, workers=1, cache=cache)
    assert {seed for _, seed, _ in ToyMarket.steps} == {2, 3}
    assert read_comparison(tmp_path / "out").seeds == (1, 2, 3)


def test_a_run_that_fails_is_reported_and_does_not_end_the_others(tmp_path: Path, cache: BurnInCache) -> None:
    ToyMarket.trouble = fail_in("toytown", 1, ValueError)
    notes: list[str] = []
    watch: Callable[[Progress], None] = lambda it: notes.append(it.text) if it.note else None  # noqa: E731 - short
    folder = run_experiment(plan(), tmp_path / "out", workers=1, cache=cache, progress=watch)
    failed = json.loads((folder / "failures.json").read_text(encoding="utf-8"))["failures"]
    assert [(row["scenario"], row["seed"]) for row in failed] == [("toytown", 1)]
    assert failed[0]["traceback"].endswith("ValueError: the toy broke\n")
    assert notes == ["toytown, seed 1 failed: ValueError: the toy broke"]
    assert len(pd.read_parquet(folder / "indicators.parquet")) == 3 * 36
    assert len(read_comparison(folder).failures) == 1

    ToyMarket.trouble = None
    ToyMarket.steps.clear()
    run_experiment(plan(), folder, workers=1, cache=cache)
    assert len(ToyMarket.steps) == 36
    assert not (folder / "failures.json").exists()
    assert len(pd.read_parquet(folder / "indicators.parquet")) == 4 * 36


def test_an_experiment_without_any_result_says_so(tmp_path: Path, cache: BurnInCache) -> None:
    def trouble(market: ToyMarket) -> None:
        raise ValueError("nothing works")

    ToyMarket.trouble = trouble
    with pytest.raises(NothingFinished, match=r"all 4 runs failed.*failures\.json"):
        run_experiment(plan(), tmp_path / "out", workers=1, cache=cache)
    assert not (tmp_path / "out" / "experiment.json").exists()
    failed = json.loads((tmp_path / "out" / "failures.json").read_text(encoding="utf-8"))["failures"]
    assert len(failed) == 4


def test_an_interrupted_experiment_goes_on_where_it_stopped(tmp_path: Path, cache: BurnInCache) -> None:
    ToyMarket.trouble = fail_in("unchanged", 2, KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        run_experiment(plan(), tmp_path / "out", workers=1, cache=cache)
    assert not (tmp_path / "out" / "experiment.json").exists()
    assert sorted(path.parent.parent.name for path in tmp_path.rglob("run.json")) == ["toytown", "unchanged"]

    ToyMarket.trouble = None
    ToyMarket.steps.clear()
    folder = run_experiment(plan(), tmp_path / "out", workers=1, cache=cache)
    assert {seed for _, seed, _ in ToyMarket.steps} == {2}
    again = run_experiment(plan(), tmp_path / "again", workers=1, cache=cache)
    for name in store.TABLES:
        assert (folder / f"{name}.parquet").read_bytes() == (again / f"{name}.parquet").read_bytes()


def test_runs_of_another_scale_are_refused_before_anything_is_simulated(
    tmp_path: Path, cache: BurnInCache
) -> None:
    run_experiment(plan(), tmp_path / "out", workers=1, cache=cache)
    ToyMarket.steps.clear()
    with pytest.raises(OutputError, match=r"scale 0\.01.*--overwrite"):
        run_experiment(plan(), tmp_path / "out", scale=0.02, workers=1, cache=cache)
    assert ToyMarket.steps == []
    run_experiment(plan(), tmp_path / "out", scale=0.02, workers=1, cache=cache, overwrite=True)
    assert read_comparison(tmp_path / "out").runs["toytown"]["scale"] == 0.02


def test_results_that_are_being_replaced_are_not_taken_for_whole(tmp_path: Path, cache: BurnInCache) -> None:
    run_experiment(plan(), tmp_path / "out", workers=1, cache=cache)
    ToyMarket.trouble = fail_in("toytown", 2, KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        run_experiment(plan(), tmp_path / "out", scale=0.02, workers=1, cache=cache, overwrite=True)
    assert not (tmp_path / "out" / "experiment.json").exists()


def test_kernels_are_compiled_before_the_runs_and_it_is_said(
    tmp_path: Path, cache: BurnInCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps_when_compiled: list[int] = []
    monkeypatch.setattr(campaign, "compiled", lambda: bool(steps_when_compiled))
    monkeypatch.setattr(campaign, "warm_up", lambda: steps_when_compiled.append(len(ToyMarket.steps)))
    notes: list[Progress] = []
    run_experiment(plan(), tmp_path / "out", workers=1, cache=cache, progress=notes.append)
    assert steps_when_compiled == [0]
    assert next(it.text for it in notes if it.note).startswith("compiling the kernels; this happens once")


def test_without_a_cache_every_run_makes_its_own_burn_in(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    lines: list[str] = []
    cache = BurnInCache(tmp_path / "file", tell=lines.append)
    seen: list[Progress] = []
    run_experiment(plan(), tmp_path / "out", workers=1, cache=cache, progress=seen.append)
    assert len(lines) == 1
    assert len(ToyMarket.steps) == 4 * 42
    assert seen[-1][:2] == (4 * 42, 4 * 42)


def test_the_users_cache_is_used_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABSIM_CACHE", os.fspath(tmp_path / "mine"))
    run_experiment(plan(), tmp_path / "out", workers=1)
    run_scenario(TOYTOWN, 3, tmp_path / "run")
    assert len(list((tmp_path / "mine" / "burn-in").glob("*.npz"))) == 3


def test_a_comparison_gives_tidy_tables_and_paired_differences(cache: BurnInCache) -> None:
    found = compare([UNCHANGED, TOYTOWN], seeds=3, workers=1, cache=cache)
    assert (found.baseline, found.scenarios, found.seeds) == (
        "unchanged",
        ("unchanged", "toytown"),
        (1, 2, 3),
    )
    assert list(found.flows.columns[:2]) == ["scenario", "seed"]
    yearly = found.differences("unemployed", period="year")
    assert list(yearly["year"]) == [2000, 2001, 2002]
    assert list(yearly["mean"][:2]) == [0.0, 0.0]
    assert yearly["mean"][2] != 0.0
    assert set(yearly["pairs"]) == {3}
    other = found.differences("unemployed", "toytown", period="year")
    assert other["mean"][2] == -yearly["mean"][2]
    assert len(found.differences("unemployed")) == 36
    assert list(found.headline()["year"]) == [2002]
    assert repr(found) == "Comparison(toytown against unchanged, 3 seeds)"
    assert "<table" in found._repr_html_()
    with pytest.raises(ValueError, match="'week', but must be 'month' or 'year'"):
        found.differences("unemployed", period="week")


def test_a_comparison_of_names_uses_the_first_as_baseline(cache: BurnInCache) -> None:
    chosen = plan_from(["toytown", UNCHANGED])
    assert (chosen.baseline, chosen.seeds) == ("toytown", tuple(range(1, 11)))
    assert plan_from(["toytown", UNCHANGED], "unchanged").baseline == "unchanged"
    found = compare([UNCHANGED, TOYTOWN], seeds=[4, 2], workers=1, scale=0.03, cache=cache)
    assert found.seeds == (4, 2)
    assert found.runs["unchanged"]["scale"] == 0.03


def test_a_folder_without_a_finished_experiment_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="holds no finished experiment"):
        read_comparison(tmp_path)
