"""The lane, the axes and the results of the room: bands in order, axes that stay, guesses beside results."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.test_app_protocol import runs

pytest.importorskip("dash", reason="the extra labsim[app] is not installed")

import itertools

from labsim.app import courses, lanes, levers, live, steering, summaries
from labsim.app.levers import LEVERS, STORIES
from labsim.app.simulating import SHOWN, Run
from labsim.app.stored import Store
from labsim.experiment.keys import run_key
from labsim.figures.canvas import go

NAME = SHOWN[0]


def picture(count: int, ranges: courses.Ranges, shift: float = 0.5, *, fitted: bool = False) -> go.Figure:
    table, shared = live.tidy(levers.today("hard_cut"), NAME, runs(count, shift), ())
    return courses.comparison(
        courses.compared(table, shared, NAME), shared, ranges, courses.Look(fitted=fitted)
    )


@pytest.mark.parametrize("name", STORIES)
def test_the_rules_of_a_story_fill_the_lane_without_a_hole(name: str) -> None:
    told = lanes.lane(levers.today(name))
    for row in told["rows"]:
        ends = [(each["start"], each["end"]) for each in row["bands"]]
        assert ends[0][0] == 0
        assert ends[-1][1] == told["months"]
        assert all(before[1] == after[0] for before, after in itertools.pairwise(ends))


def test_a_gap_a_overlap_and_bridging_are_seen_in_the_lane_and_said_in_a_sentence() -> None:
    gap = lanes.lane(levers.today("hard_cut"))
    assert [(each["end"] - each["start"]) for each in gap["money"] if each["kind"] == "gap"] == [12]
    assert "12 Monate, bevor die neuen beginnen" in gap["told"]
    secured = lanes.lane(levers.today("secured"))
    kinds = {each["kind"] for each in secured["money"]}
    assert {"overlap", "bridging", "announced"} <= kinds
    assert "85 %" in secured["told"]


@pytest.mark.parametrize("name", STORIES)
def test_a_handle_stands_where_its_lever_stands_and_stays_in_the_lane(name: str) -> None:
    told = lanes.lane(levers.today(name))
    transition = [each for each in told["rows"][1]["bands"] if each["kind"] == "transition"][-1]
    start, length = told["handles"]["start"], told["handles"]["length"]
    assert start["from"] + start["value"] == transition["start"]
    assert length["from"] + length["value"] == transition["end"]
    for handle in told["handles"].values():
        assert handle["low"] <= handle["value"] <= handle["high"]


def test_the_axes_stay_when_a_lever_moves_and_widen_when_they_must() -> None:
    ranges = courses.Ranges()
    first = picture(20, ranges)
    again = picture(20, ranges, 0.3)
    assert first.layout.yaxis.range == again.layout.yaxis.range
    assert first.layout.yaxis2.range == again.layout.yaxis2.range
    wide = picture(20, ranges, 9.0)
    assert wide.layout.yaxis2.range[1] > 9.0
    assert picture(20, ranges).layout.yaxis2.range == wide.layout.yaxis2.range


def test_a_fitted_axis_is_narrower_and_leaves_the_shared_one_alone() -> None:
    ranges = courses.Ranges()
    picture(20, ranges, 9.0)
    before = dict(ranges.differences)
    fitted = picture(20, ranges, 0.1, fitted=True)
    assert fitted.layout.yaxis2.range[1] < 1.0
    assert ranges.differences == before


def test_few_pairs_do_not_settle_an_axis() -> None:
    ranges = courses.Ranges()
    picture(3, ranges)
    assert ranges.levels == {}


@pytest.mark.parametrize(("pairs", "bands"), [(12, {"50"}), (50, {"50", "90"})])
def test_the_wide_band_comes_with_fifty_pairs_and_the_table_has_the_pictures_numbers(
    pairs: int, bands: set[str]
) -> None:
    table, shared = live.tidy(levers.today("hard_cut"), NAME, runs(pairs, 0.5), ())
    numbers = courses.numbers(table, shared, NAME)
    assert {name.rpartition("_")[2] for name in map(str, numbers) if "_" in name} == bands
    figure = courses.comparison(
        courses.compared(table, shared, NAME), shared, courses.Ranges(), courses.Look()
    )
    drawn = {
        trace.name: np.array(trace.y, dtype=float)
        for trace in figure.data
        if trace.mode == "lines" and trace.name
    }
    last = numbers.iloc[-1]
    b = next(each for name, each in drawn.items() if name.startswith("B  "))
    assert b[-1] == pytest.approx(last["B"])
    assert drawn["B − A"][-1] == pytest.approx(last["B−A"])
    assert len(courses.in_words(numbers, shared, NAME)["rows"]) == 66


def test_before_they_part_a_and_b_are_drawn_once_in_grey_and_differ_by_nothing() -> None:
    table, shared = live.tidy(levers.today("hard_cut"), NAME, runs(12, 0.5), ())
    numbers = courses.numbers(table, shared, NAME)
    assert set(numbers["B−A"][:21]) == {0.0}
    figure = courses.comparison(
        courses.compared(table, shared, NAME), shared, courses.Ranges(), courses.Look()
    )
    past = next(trace for trace in figure.data if trace.name == "Beide Szenarien gleich")
    assert len(past.x) == 21


def test_the_previous_result_is_light_grey_in_both_panels() -> None:
    table, shared = live.tidy(levers.today("hard_cut"), NAME, runs(12, 0.5), ())
    ghost = courses.line(table)
    figure = courses.comparison(
        courses.compared(table, shared, NAME), shared, courses.Ranges(), courses.Look(), ghost=ghost
    )
    grey = [trace for trace in figure.data if trace.line.color == courses.GHOST]
    assert [trace.yaxis for trace in grey] == ["y", "y2"]


@pytest.mark.parametrize(("shift", "direction"), [(0.5, "up"), (-0.5, "down"), (0.0, "up")])
def test_a_guess_is_set_beside_the_result(shift: float, direction: str) -> None:
    found = summaries.outcome(runs(12, shift), NAME)
    assert found.direction == direction
    assert "stimmt überein" in summaries.agreement(direction, found, "de")
    other = "same" if direction != "same" else "up"
    assert "nicht überein" in summaries.agreement(other, found, "de")
    assert "Seite 2" in summaries.agreement("", found, "de")
    assert "Ergebnis" not in summaries.agreement("up", None, "de")


def test_equal_scenarios_are_said_to_be_equal() -> None:
    pairs = [(a, replace(a, key="b")) for a, _ in runs(5)]
    assert "genau null" in summaries.sentence(pairs, NAME, "de")
    assert summaries.outcome(pairs, NAME).direction == "same"


def test_a_sentence_names_share_direction_mean_and_interval() -> None:
    text = summaries.sentence(runs(12, -0.5), NAME, "en")
    assert text.startswith("In 12 of 12 runs")
    assert "lower with B" in text
    assert "95\u00a0% interval" in text


@pytest.mark.parametrize("name", LEVERS)
def test_the_way_back_of_a_lever_is_the_storys_value(name: str) -> None:
    usual = levers.today("secured")
    moved = usual.with_value(name, levers.bounds("secured", name)[1])
    back = steering.changed(moved, f"back-{name}", moved.values, moved.order, "stays", "secured", "")
    assert back == usual


def test_another_story_brings_its_own_levers_and_an_order_without_months_gets_some() -> None:
    before = levers.today("hard_cut").with_value("demand", 9)
    after = steering.changed(before, "story-b", before.values, before.order, "stays", "secured", "")
    assert after.b == levers.today("secured").b
    together = levers.today("stays")
    cut = steering.changed(together, "order", together.values, "cut_first", "stays", "stays", "")
    assert cut.values["gap"] == steering.FIRST_GAP


def test_a_start_outside_the_storys_months_is_put_right_and_named() -> None:
    choices, wrong = levers.read("b=regional&s=0")
    assert choices.values["start"] == levers.bounds("regional", "start")[0]
    assert wrong == (("s", "0"),)


class Kept:
    """A board that knows runs of every story, each story one unit above the one before; its store keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder)

    def runs_of(self, key: str) -> list[Run]:
        place = [run_key(levers.story(name), 0) for name in STORIES].index(key)
        return [
            replace(b, key=key, series={name: each + place for name, each in b.series.items()})
            for _, b in runs(20)
        ]


def test_the_axes_are_settled_over_all_stories_as_far_as_their_runs_are_kept(
    tmp_path: Path,
) -> None:
    board: Any = Kept(tmp_path)
    room = live.Room(board)
    room.settle(NAME)
    low, high = room.ranges.levels[NAME]
    assert low < 5.0
    assert high > 5.0 + len(STORIES) - 1
    assert room.ranges.differences[NAME][1] >= len(STORIES) - 1
    before = dict(room.ranges.levels)
    picture(20, room.ranges)
    assert room.ranges.levels == before
