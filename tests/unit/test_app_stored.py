"""Runs on disk come back as they were or not at all; previews say what they are and how far they may be wrong."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from labsim.app import emulator, levers, stored
from labsim.app.emulator import SEEDS, TESTED_WITH, Emulator, design
from labsim.app.levers import LEVERS, Setting
from labsim.app.simulating import SHOWN, Run
from labsim.app.stored import Store, missing
from labsim.experiment.keys import run_key

KEY = "ab" * 32
MONTHS = 30
STORIES = ("stays", "hard_cut")


def a_run(seed: int = 1, key: str = KEY) -> Run:
    series = {name: np.linspace(seed, k + 0.1, MONTHS) for k, name in enumerate(SHOWN)}
    month = pd.to_datetime(["2003-01-01", "2003-02-01"])
    return Run(
        key, seed, series, {"flows": pd.DataFrame({"month": month, "source": ["a", "ü"], "n": [1, 2]})}
    )


def test_a_run_comes_back_with_the_same_bits(tmp_path: Path) -> None:
    store, run = Store(tmp_path), a_run()
    store.keep(run)
    found = store.load(KEY, 1)
    assert found is not None
    assert list(found.series) == list(run.series)
    assert all(found.series[name].tobytes() == run.series[name].tobytes() for name in SHOWN)
    pd.testing.assert_frame_equal(found.tables["flows"], run.tables["flows"])
    assert store.load(KEY, 1, tables=False).tables == {}  # type: ignore[union-attr]  # it is there
    assert store.seeds(KEY) == {1}
    assert store.load(KEY, 2) is None


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "another"])
def test_a_damaged_file_is_no_run_and_is_made_anew(tmp_path: Path, damage: str) -> None:
    store = Store(tmp_path)
    store.keep(a_run())
    path = store.path(KEY, 1)
    content = path.read_bytes()
    if damage == "another":
        store.keep(a_run(2))
        content = store.path(KEY, 2).read_bytes()
    flipped = bytes([*content[:300], content[300] ^ 1, *content[301:]])
    path.write_bytes({"cut": content[:-40], "flipped": flipped, "empty": b"", "another": content}[damage])
    assert store.load(KEY, 1) is None
    assert 1 not in store.seeds(KEY)
    store.keep(a_run())
    assert store.load(KEY, 1) is not None


def test_where_nothing_can_be_written_nothing_is_kept_and_the_reason_is_known(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    store = Store(tmp_path / "file")
    store.keep(a_run())
    assert store.trouble
    assert store.load(KEY, 1) is None
    assert store.seeds(KEY) == set()


def test_above_its_limit_the_scenarios_looked_at_longest_ago_go(tmp_path: Path) -> None:
    store = Store(tmp_path, limit_mb=0.026)
    keys = [f"{k:02d}" * 32 for k in range(6)]
    for key in keys:
        for seed in range(1, 4):
            store.keep(a_run(seed, key))
        time.sleep(0.02)  # the clock of a disk is coarse
        store.use(keys[0])
        time.sleep(0.02)
    store.make_room(keys[-1])
    assert store.size() <= 26_000
    assert store.seeds(keys[-1]) == store.seeds(keys[0]) == {1, 2, 3}
    assert store.seeds(keys[1]) == set()


def test_what_is_made_ahead_begins_with_the_stories_and_leaves_out_what_is_there(tmp_path: Path) -> None:
    store = Store(tmp_path)
    wanted = stored.tasks(store, seeds=12)
    assert {task.key for task in wanted[:4]} == {run_key(levers.story(name), 0) for name in levers.STORIES}
    assert all(task.full for task in wanted[:40])
    assert len({(task.key, task.seed) for task in wanted}) == len(wanted)
    gone = wanted[0]
    store.keep(a_run(gone.seed, gone.key))
    left = missing(store, [(task.scenario, task.seed) for task in wanted])
    assert [(task.key, task.seed) for task in left] == [(task.key, task.seed) for task in wanted[1:]]


@pytest.mark.parametrize("name", levers.STORIES)
def test_the_design_moves_every_lever_of_a_story_and_tests_elsewhere(name: str) -> None:
    points = design(name)
    assert points[0].setting == levers.today(name).b
    assert {point.lever for point in points} == {"", "test", "gap", *LEVERS} - {""} | {""}
    tests = [point.setting for point in points if point.lever == "test"]
    assert len(tests) == len(emulator.TESTS)
    assert all(len(setting.moved) >= 2 for setting in tests)
    assert not {point.setting.moved for point in points if point.lever != "test"} & {s.moved for s in tests}
    assert set(SEEDS).isdisjoint(TESTED_WITH)


# a world whose answers are known: straight lines in the levers, luck that is common to a seed, and one thing that two
# levers do only together


SLOPES = {
    "length": 0.02,
    "bridging": -0.01,
    "demand": 0.3,
    "support": 0.004,
    "local": 0.01,
    "federal_cut": -0.02,
}


def answer(setting: Setting, seed: int, together: float = 0.0) -> Any:
    """Return what this world does, (indicator, month)."""
    moved = sum(slope * setting.values[name] for name, slope in SLOPES.items())
    gap = setting.values["gap"] * {"together": 0.0, "cut_first": 0.1, "build_first": -0.05}[setting.order]
    late = 0.03 * setting.values["start"]
    demand = setting.values["demand"] - levers.today(setting.story).values["demand"]
    both = together * setting.values["federal_cut"] / 80.0 * abs(demand) / 10.0
    level = 20.0 + STORIES.index(setting.story) + 3.0 * np.sin(seed) + moved + gap + late + both
    return np.stack([level + k + np.arange(MONTHS) / 100.0 for k in range(len(SHOWN))])


def filled(folder: Path, together: float = 0.0) -> Store:
    store = Store(folder)
    for name in STORIES:
        for point in design(name):
            key = run_key(levers.scenario_of(point.setting), 0)
            for seed in point.seeds:
                series = dict(zip(SHOWN, answer(point.setting, seed, together), strict=True))
                store.keep(Run(key, seed, series))
    return store


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Emulator:
    made = Emulator(filled(tmp_path_factory.mktemp("straight")))
    assert made.read() == len(STORIES)
    return made


def test_without_anything_prepared_there_is_no_preview(tmp_path: Path) -> None:
    empty = Emulator(Store(tmp_path))
    assert empty.read() == 0
    assert empty.preview(levers.today("hard_cut")) is None


def test_untouched_stories_are_shown_as_stored_with_their_very_numbers(straight: Emulator) -> None:
    choices = levers.today("hard_cut")
    found = straight.preview(choices)
    assert found is not None
    assert (found.kind, found.pairs) == ("stored", 12)
    truth = answer(choices.b, 1) - answer(choices.a, 1)
    for k, name in enumerate(SHOWN):
        assert found.difference[name] == pytest.approx(truth[k])
        assert found.error[name] == pytest.approx(0.0, abs=1e-9)
        assert found.level(name) == pytest.approx(found.a[name] + truth[k])


def test_a_story_compared_with_itself_differs_by_exactly_nothing(straight: Emulator) -> None:
    found = straight.preview(levers.read("a=stays&b=stays")[0])
    assert found is not None
    assert all((found.difference[name] == 0.0).all() for name in SHOWN)


def test_where_levers_add_up_in_straight_lines_the_approximation_is_exact(straight: Emulator) -> None:
    choices = levers.today("hard_cut")
    for name, value in (("demand", 6.4), ("federal_cut", 35), ("support", 95), ("length", 20), ("gap", 9)):
        choices = choices.with_value(name, value)
    found = straight.preview(choices)
    assert found is not None
    assert found.kind == "emulated"
    truth = answer(choices.b, 2) - answer(choices.a, 2)
    for k, name in enumerate(SHOWN):
        assert found.difference[name] == pytest.approx(truth[k])
        assert found.error[name] < 1e-6


def test_the_typical_error_tells_how_far_levers_do_not_add_up(tmp_path: Path) -> None:
    bent = Emulator(filled(tmp_path, together=8.0))
    bent.read()
    wrong, told = [], []
    for demand, cut in ((2.0, 20), (4.0, 30), (6.0, 40), (5.0, 60), (8.0, 25)):
        choices = levers.today("hard_cut").with_value("demand", demand).with_value("federal_cut", cut)
        found = bent.preview(choices)
        assert found is not None
        truth = answer(choices.b, 2, 8.0) - answer(choices.a, 2, 8.0)
        wrong.append(float((found.difference[SHOWN[0]] - truth[0])[-12:].mean()))
        told.append(found.error[SHOWN[0]])
    size = float(np.sqrt(np.mean(np.square(wrong))))
    assert 0.2 * size < np.mean(told) < 5.0 * size
    untouched = bent.preview(levers.today("hard_cut"))
    assert untouched is not None
    assert untouched.error[SHOWN[0]] < 1e-9


def test_a_preview_takes_less_than_fifty_milliseconds_of_work(straight: Emulator) -> None:
    spent = []
    for step in range(8):
        choices = levers.today("hard_cut").with_value("demand", 0.2 * step + 4.0)
        began = time.process_time()
        assert straight.preview(choices) is not None
        spent.append(time.process_time() - began)
    assert float(np.median(spent)) < 0.05
