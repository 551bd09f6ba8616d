"""Differences by municipality, trade-offs and frequencies show what their tables say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from labsim.analysis import TableError, paired_differences, phase_means
from labsim.analysis.payers import ALL_PAYERS
from labsim.analysis.windows import Phase
from labsim.figures import frequency, municipality_panels, theme, tile_map, tiles, trade_off

from .synthetic import EFFECTS, INDICATORS, LABELS
from .synthetic_policy import policy_tables

NAMES = list(EFFECTS)
CHANGE = Phase("during", pd.Timestamp("2003-01"), pd.Timestamp("2005-01"))
LATE = Phase("after", pd.Timestamp("2006-01"), pd.Timestamp("2008-01"))
TILES = {"Dortmund": (0, 0), "Unna": (0, 1)}
RATE = "employment_rate"


@pytest.fixture(scope="module")
def made() -> dict[str, pd.DataFrame]:
    return policy_tables(seeds=4)


def setting(names: list[str] = NAMES, municipality: str = "Dortmund") -> theme.Setting:
    return theme.Setting(theme.styles(names, LABELS), INDICATORS, municipality, CHANGE)


def effects(indicators: pd.DataFrame, indicator: str = RATE) -> pd.DataFrame:
    keep = (indicators["indicator"] == indicator) & (indicators["group"] == "all")
    means = phase_means(indicators[keep], (LATE,))
    return paired_differences(means, NAMES[0], "phase").set_index(["scenario", "municipality"])


class TestTileMap:
    def test_tiles_show_the_paired_differences(self, made: dict[str, pd.DataFrame]) -> None:
        figure = tile_map.tile_map(made["indicators"], setting(), RATE, LATE, TILES)
        table = effects(made["indicators"])
        most = table.loc[(NAMES[1:], list(TILES)), "mean"].abs().max()
        drawn = {trace.name: trace for trace in figure.data if trace.fill == "toself"}
        assert len(drawn) == 4
        for letter, name in (("B", NAMES[1]), ("C", NAMES[2])):
            for place in TILES:
                row = table.loc[(name, place)]
                assert drawn[f"{letter} {place}"].fillcolor == tile_map.colour_of(row["mean"], most)
                covers_zero = row["low"] <= 0 <= row["high"]
                assert (drawn[f"{letter} {place}"].fillpattern.shape == "/") == covers_zero

    def test_too_few_pairs_hatch_every_tile(self, made: dict[str, pd.DataFrame]) -> None:
        two = made["indicators"][made["indicators"]["seed"] <= 2]
        figure = tile_map.tile_map(two, setting(), RATE, LATE, TILES)
        assert {trace.fillpattern.shape for trace in figure.data if trace.fill == "toself"} == {"/"}

    def test_the_scale_of_colours_is_symmetric_about_zero(self, made: dict[str, pd.DataFrame]) -> None:
        figure = tile_map.tile_map(made["indicators"], setting(), RATE, LATE, TILES)
        scale = next(trace for trace in figure.data if trace.marker.showscale)
        assert scale.marker.cmin == -scale.marker.cmax
        assert scale.marker.colorbar.tickvals[2] == 0

    def test_a_single_scenario_has_no_map_of_differences(self, made: dict[str, pd.DataFrame]) -> None:
        with pytest.raises(TableError, match="besides the baseline"):
            tile_map.tile_map(made["indicators"], setting(NAMES[:1]), RATE, LATE, TILES)

    def test_no_two_municipalities_share_a_tile_and_north_is_up(self) -> None:
        places = {str(n): (51.0 + 0.1 * (n % 5), 12.0 + 0.15 * (n // 5)) for n in range(20)}
        found = tiles.from_coordinates(places)
        assert len(set(found.values())) == 20
        assert found["4"][0] < found["0"][0]  # further north
        assert found["15"][1] > found["0"][1]  # further east

    def test_tiles_from_travel_times_keep_neighbours_together(self) -> None:
        points = np.array([[0, 0], [10, 0], [20, 0], [30, 0], [0, 11]], float)
        minutes = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
        found = tiles.from_minutes(list("abcde"), minutes.tolist())
        assert len(set(found.values())) == 5
        apart = {
            name: abs(found[name][0] - found["a"][0]) + abs(found[name][1] - found["a"][1]) for name in "bcde"
        }
        assert apart["b"] == 1
        assert apart["d"] > apart["b"]
        assert found == tiles.from_minutes(list("abcde"), minutes.tolist())


class TestMunicipalityPanels:
    def test_panels_share_one_scale_and_stand_in_the_order_of_the_effect(
        self, made: dict[str, pd.DataFrame]
    ) -> None:
        figure = municipality_panels.municipality_panels(made["indicators"], setting(), RATE)
        ranges = {tuple(figure.layout[axis].range) for axis in ("yaxis", "yaxis2")}
        assert len(ranges) == 1
        keep = (made["indicators"]["indicator"] == RATE) & (made["indicators"]["municipality"] != "all")
        last = setting().phases(made["indicators"]["month"])[-1]
        table = paired_differences(phase_means(made["indicators"][keep], (last,)), NAMES[0], "phase")
        own = table[(table["scenario"] == NAMES[2]) & (table["group"] == "all")]
        order = own.sort_values("mean", ascending=False)["municipality"].tolist()
        heads = [note.text.split("</b>")[0][3:] for note in figure.layout.annotations if "<br>" in note.text]
        assert heads == order

    def test_of_many_municipalities_both_ends_are_shown_and_the_table_has_all(
        self, made: dict[str, pd.DataFrame]
    ) -> None:
        table = made["indicators"]
        one = table[
            (table["indicator"] == RATE) & (table["municipality"] == "Dortmund") & (table["group"] == "all")
        ]
        many = pd.concat(
            [
                one.assign(
                    municipality=f"place {n:02d}",
                    value=one["value"] + n * 0.1 * (one["scenario"] == NAMES[2]),
                )
                for n in range(15)
            ]
        )
        figure = municipality_panels.municipality_panels(many, setting(), RATE)
        heads = [note.text.split("</b>")[0][3:] for note in figure.layout.annotations if "<br>" in note.text]
        assert heads == [f"place {n:02d}" for n in (14, 13, 12, 11, 10, 9, 5, 4, 3, 2, 1, 0)]
        assert municipality_panels.numbers(many, setting(), RATE)["Municipality"].nunique() == 15
        assert "3 municipalities in the middle are left out" in municipality_panels.reading_aid(
            many, setting(), RATE
        )


class TestTradeOff:
    def test_points_are_the_paired_differences_on_both_goals(self, made: dict[str, pd.DataFrame]) -> None:
        table = trade_off.with_spending(made["indicators"], made["accounts"], "Dortmund")
        figure = trade_off.trade_off(table, setting(), LATE)
        work, spending = effects(table), effects(table, ALL_PAYERS)
        points = {trace.name[0]: trace for trace in figure.data if trace.mode == "markers"}
        assert (points["A"].x[0], points["A"].y[0], points["A"].marker.symbol) == (0, 0, "cross")
        for letter, name in (("B", NAMES[1]), ("C", NAMES[2])):
            assert points[letter].x[0] == pytest.approx(spending.loc[(name, "Dortmund"), "mean"])
            assert points[letter].y[0] == pytest.approx(work.loc[(name, "Dortmund"), "mean"])
            error = points[letter].error_y
            high = work.loc[(name, "Dortmund"), "high"]
            assert points[letter].y[0] + error.array[0] == pytest.approx(high)

    @pytest.mark.parametrize(
        ("values", "front"),
        [
            ({"a": (0, 0), "b": (-1, 1), "c": (1, 2)}, {"b", "c"}),
            ({"a": (0, 0), "b": (1, -1), "c": (2, 3)}, {"a", "c"}),
            ({"a": (0, 0), "b": (1, 1), "c": (-1, -1)}, {"a", "b", "c"}),
        ],
    )
    def test_the_front_has_those_that_no_other_beats_on_both_goals(
        self, values: dict[str, tuple[float, float]], front: set[str]
    ) -> None:
        rows = [
            (name, seed, pd.Timestamp(f"2006-{month:02d}"), "all", "all", goal, 10.0 + value)
            for name, pair in values.items()
            for seed in (1, 2, 3)
            for month in range(1, 13)
            for goal, value in zip(("cost", "work"), pair, strict=True)
        ]
        table = pd.DataFrame(
            rows, columns=["scenario", "seed", "month", "municipality", "group", "indicator", "value"]
        )
        shown = theme.Setting(theme.styles(["a", "b", "c"]))
        goals = (trade_off.Goal("cost", "lower"), trade_off.Goal("work"))
        found = trade_off.numbers(
            table, shown, Phase("year", pd.Timestamp("2006-01"), pd.Timestamp("2007-01")), goals
        )
        on_front = set(found[found["Another is better on both"] == "no"]["Scenario"].str[-1])
        assert on_front == front

    @pytest.mark.parametrize(
        "long", ["", " which has such a long name that there is no room for it beside its point" * 2]
    )
    def test_every_scenario_is_named_beside_its_point_or_in_the_legend(
        self, made: dict[str, pd.DataFrame], long: str
    ) -> None:
        told = {name: f"{LABELS[name]}{long}" for name in NAMES}
        shown = theme.Setting(theme.styles(NAMES, told), INDICATORS, "Dortmund", CHANGE)
        table = trade_off.with_spending(made["indicators"], made["accounts"], "Dortmund")
        figure = trade_off.trade_off(table, shown, LATE)
        beside = {note.text[3:-4] for note in figure.layout.annotations}
        legend = {trace.name for trace in figure.data if trace.showlegend}
        assert beside | legend >= {style.title for style in shown.styles}
        assert not beside & legend
        assert bool(legend) == figure.layout.showlegend
        assert len(legend) == 3 if long else len(legend) < 3

    def test_one_scenario_has_nothing_to_weigh(self, made: dict[str, pd.DataFrame]) -> None:
        with pytest.raises(TableError, match="only one"):
            trade_off.trade_off(made["indicators"], setting(NAMES[:1]), LATE)


class TestFrequency:
    def test_there_is_a_dot_for_every_pair(self, made: dict[str, pd.DataFrame]) -> None:
        figure = frequency.frequency(made["indicators"], setting(), RATE, LATE)
        table = effects(made["indicators"])
        for axis, name in (("x", NAMES[1]), ("x2", NAMES[2])):
            dots = {t.name: len(t.x) for t in figure.data if t.xaxis == axis}
            assert sum(dots.values()) == 4
            share = table.loc[(name, "Dortmund"), "share_positive"]
            assert dots["higher than A"] == round(share * 4)

    def test_identical_scenarios_have_equal_dots_only(self, made: dict[str, pd.DataFrame]) -> None:
        early = Phase("before", pd.Timestamp("2001-01"), pd.Timestamp("2002-01"))
        table = frequency.numbers(made["indicators"], setting(), RATE, early)
        assert table["Equal (pairs)"].tolist() == ["4", "4"]
        assert table["Higher (pairs)"].tolist() == table["Lower (pairs)"].tolist() == ["0", "0"]

    def test_many_pairs_become_a_hundred_dots(self) -> None:
        rows = [
            (
                name,
                seed,
                pd.Timestamp("2006-01"),
                "all",
                "all",
                RATE,
                50.0 + (name == "b") * (1 if seed % 4 else -1),
            )
            for name in ("a", "b")
            for seed in range(200)
        ]
        table = pd.DataFrame(
            rows, columns=["scenario", "seed", "month", "municipality", "group", "indicator", "value"]
        )
        shown = theme.Setting(theme.styles(["a", "b"]), INDICATORS)
        span = Phase("month", pd.Timestamp("2006-01"), pd.Timestamp("2006-02"))
        figure = frequency.frequency(table, shown, RATE, span)
        assert {trace.name: len(trace.x) for trace in figure.data} == {
            "higher than A": 75, "equal to A": 0, "lower than A": 25,
        }  # fmt: skip
        assert frequency.numbers(table, shown, RATE, span)["Higher (pairs)"].tolist() == ["150"]
