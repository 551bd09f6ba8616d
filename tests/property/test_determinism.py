"""Same scenario, seed and version, same bits: in any process, with any threads, through any checkpoint."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labsim.model import ENGINES, LabourMarket
from labsim.results import Results
from labsim.rng import BLOCK
from labsim.scenario import Scenario
from labsim.state.world import World

Make = Callable[..., Scenario]
Differing = Callable[[World, World], list[str]]
REFORM = {"after": "local_activation", "start": "2001-04", "months": 6, "shape": "linear", "unit": "person"}
MERGER = {"after": "demand_and_support", "start": "2002-01"}

KEYS = ["month", "municipality", "group", "indicator"]

ONE_RUN = """
import sys
from labsim.config import load
from labsim.model import LabourMarket
scenario = load("toytown").model_copy(update={"scale": 0.02, "burn_in": 3, "end": "2000-06"})
print(LabourMarket(scenario, seed=int(sys.argv[1])).run().digest())
"""


@pytest.fixture(scope="module")
def scenario(toytown: Make) -> Scenario:
    return toytown(burn_in=12, end="2002-06", transitions=[REFORM, MERGER])


@pytest.fixture(scope="module")
def whole(scenario: Scenario) -> LabourMarket:
    return LabourMarket(scenario, seed=5).run()


def assert_same_results(one: Results, other: Results) -> None:
    for name, table in one._asdict().items():
        pd.testing.assert_frame_equal(table, getattr(other, name), check_exact=True, obj=name)


def test_two_runs_in_one_process_are_the_same(
    scenario: Scenario, whole: LabourMarket, differing: Differing
) -> None:
    again = LabourMarket(scenario, seed=5).run()
    assert again.digest() == whole.digest()
    assert differing(again.world, whole.world) == []
    assert_same_results(again.results, whole.results)


def test_another_seed_gives_another_run(scenario: Scenario, whole: LabourMarket) -> None:
    assert LabourMarket(scenario, seed=6).run().digest() != whole.digest()


def test_the_digest_sees_a_single_changed_bit(scenario: Scenario) -> None:
    model = LabourMarket(scenario, seed=5)
    before = model.digest()
    model.world.persons.trust.view("u4")[-1] ^= 1
    assert model.digest() != before


def test_two_processes_give_the_same_bits() -> None:
    """Also where Python orders its sets differently."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", ONE_RUN, "11"],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for hash_seed in ("1", "2")
    ]
    here: dict[str, Any] = {}
    exec(ONE_RUN.replace("print(", "digest = (").replace("sys.argv[1]", "11"), here)
    said = [process.communicate(timeout=300)[0].strip() for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert said == [here["digest"]] * 2


@pytest.fixture(scope="module")
def crowd(toytown: Make) -> LabourMarket:
    """Return a year with more persons, and employers, than two threads share in one block."""
    model = LabourMarket(toytown(scale=0.35, end="2001-12", transitions=[REFORM]), seed=5).run()
    assert min(model.world.size // 8, model.world.employers.size.size) > BLOCK
    return model


@pytest.mark.parametrize("threads", [2, 3, 7])
def test_the_number_of_threads_changes_no_bit(
    threads: int, crowd: LabourMarket, differing: Differing
) -> None:
    model = LabourMarket(crowd.scenario, seed=5, threads=threads).run()
    assert model.digest() == crowd.digest()
    assert differing(model.world, crowd.world) == []
    assert_same_results(model.results, crowd.results)


@settings(max_examples=5)
@given(data=st.data())
def test_threads_change_no_bit_of_any_world(
    data: st.DataObject, random_scenarios: Callable[..., st.SearchStrategy[Any]], differing: Differing
) -> None:
    drawn = data.draw(random_scenarios(least=2 * BLOCK))
    one, several = (LabourMarket(drawn.scenario, seed=drawn.seed, threads=threads) for threads in (1, 3))
    for _ in range(6):
        one.step()
        several.step()
        assert differing(one.world, several.world) == []


def test_the_reference_engine_gives_the_same_digest_and_results(toytown: Make) -> None:
    scenario = toytown(scale=0.01, burn_in=3, end="2001-12", transitions=[REFORM])
    one, other = (LabourMarket(scenario, seed=5, engine=engine).run() for engine in ENGINES)
    assert one.digest() == other.digest()
    assert_same_results(one.results, other.results)


@pytest.mark.parametrize("months", [0, 1, 12, 13, 18, 29])
def test_a_run_that_was_saved_and_resumed_is_the_same(
    months: int, scenario: Scenario, whole: LabourMarket, tmp_path: Path, differing: Differing
) -> None:
    """In the burn-in, at the start, within a transition, and between transitions."""
    first = LabourMarket(scenario, seed=5)
    for _ in range(months):
        first.step()
    first.save(tmp_path / "state.npz")
    resumed = LabourMarket.resume(tmp_path / "state.npz", scenario)
    assert resumed.digest() == first.digest()
    assert (resumed.month, resumed.run_seed) == (first.month, 5)
    resumed.run()
    assert resumed.digest() == whole.digest()
    assert differing(resumed.world, whole.world) == []
    assert_same_results(resumed.results, whole.results)


def test_a_run_can_go_on_with_another_engine_and_more_threads(
    scenario: Scenario, whole: LabourMarket, tmp_path: Path
) -> None:
    path = tmp_path / "state.npz"
    LabourMarket(scenario, seed=5).run(until=whole.end_month - 1).save(path)
    for changes in ({"threads": 3}, {"engine": "reference"}):
        assert LabourMarket.resume(path, scenario, **changes).run().digest() == whole.digest()


def test_a_burn_in_shared_by_scenarios_is_each_ones_own_burn_in(
    toytown: Make, scenario: Scenario, whole: LabourMarket, tmp_path: Path, differing: Differing
) -> None:
    without = toytown(burn_in=12, end="2001-08")
    path = tmp_path / "burn_in.npz"
    LabourMarket(without, seed=5).burn_in().save(path)
    for each, alone in ((scenario, whole), (without, LabourMarket(without, seed=5).run())):
        shared = LabourMarket.resume(path, each).run()
        assert differing(shared.world, alone.world) == []
        assert_same_results(shared.results, alone.results)


def test_a_run_can_branch_after_its_start(toytown: Make, tmp_path: Path, differing: Differing) -> None:
    """A checkpoint within the recorded months serves every scenario that was the same until then."""
    early, late = toytown(transitions=[REFORM]), toytown(transitions=[REFORM, MERGER])
    path = tmp_path / "trunk.npz"
    LabourMarket(early, seed=5).run(until=LabourMarket(early).start_month + 12).save(path)
    branch, alone = LabourMarket.resume(path, late).run(), LabourMarket(late, seed=5).run()
    assert differing(branch.world, alone.world) == []
    assert_same_results(branch.results, alone.results)


def test_results_of_a_run_do_not_depend_on_when_they_are_read(
    scenario: Scenario, whole: LabourMarket
) -> None:
    model = LabourMarket(scenario, seed=5)
    early = model.run(until=model.start_month + 3).results
    model.run()
    assert_same_results(model.results, whole.results)
    later = whole.results.indicators
    same_months = later[later["month"] <= early.indicators["month"].max()]
    one, other = (table.sort_values(KEYS, ignore_index=True) for table in (early.indicators, same_months))
    pd.testing.assert_frame_equal(one, other)


def test_a_checkpoint_of_another_size_is_refused(toytown: Make, tmp_path: Path) -> None:
    LabourMarket(toytown(), seed=5).save(tmp_path / "state.npz")
    with pytest.raises(ValueError, match="has another size than the scenario's"):
        LabourMarket.resume(tmp_path / "state.npz", toytown(scale=0.03))
