"""Statistics of a scorecard: each gives the number that one would work out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from labsim.analysis.panel import Panel, published_panel, yearly
from labsim.analysis.scorecard import Published
from labsim.analysis.statistics import DURATIONS, STATISTICS, STUDY, Sight

PLACES = ("North", "South")


def rows(name: str, place: str, by_year: dict[int, float], seed: int = 1, group: str = "all") -> pd.DataFrame:
    months = [pd.Timestamp(year, month, 1) for year in by_year for month in range(1, 13)]
    values = [value for value in by_year.values() for _ in range(12)]
    return pd.DataFrame({"seed": seed, "month": months, "municipality": place, "group": group,
                         "indicator": name, "value": values})  # fmt: skip


def target(**keys: Any) -> dict[str, Any]:
    plain = {"indicators": ("rate",), "per": (), "on": (), "municipality": "all", "municipalities": PLACES,
             "group": "all", "period": "2000-01..2001-12", "before": None, "series": "", "breaks": False}  # fmt: skip
    return plain | keys


def value(name: str, panel: Panel, published: Panel | None = None, **keys: Any) -> float:
    found = STATISTICS[name].function(Sight(panel, published, target(**keys)))
    assert list(found.index) == panel.seeds
    return float(found.iloc[0])


@pytest.fixture
def panel() -> Panel:
    parts = [
        rows("rate", "all", {1999: 10.0, 2000: 12.0, 2001: 14.0}),
        rows("rate", "North", {1999: 8.0, 2000: 9.0, 2001: 11.0}),
        rows("rate", "South", {1999: 12.0, 2000: 15.0, 2001: 17.0}),
        rows("part", "all", {2000: 3.0, 2001: 5.0}),
        rows("people", "all", {2000: 50.0, 2001: 50.0}),
    ]
    return Panel(pd.concat(parts))


def figures(**flags: str) -> tuple[dict[str, Any], ...]:
    known = {"North": {1999: 8.0, 2000: 10.0, 2001: 11.0}, "South": {1999: 12.0, 2000: 14.0, 2001: 17.0}}
    return tuple(
        {"series": "rate", "municipality": place, "date": str(year), "value": value,
         "flag": flags.get(f"{place}{year}", "")}
        for place, years in known.items() for year, value in years.items()
    )  # fmt: skip


RESIDENTS = {"North": {2000: 1.0}, "South": {2000: 3.0}}


class TestLevels:
    def test_a_mean_is_that_of_the_months_of_the_period(self, panel: Panel) -> None:
        assert value("mean", panel) == 13.0
        assert value("mean", panel, period="2000-07..2001-06") == 13.0
        assert value("mean", panel, period="2001-01..2001-12") == 14.0

    def test_several_indicators_are_summed_and_per_divides_in_per_cent(self, panel: Panel) -> None:
        assert value("mean", panel, indicators=("part", "people")) == 54.0
        assert value("mean", panel, indicators=("part",), per=("people",)) == 8.0
        assert value("ratio", panel, indicators=("part",), per=("people",)) == pytest.approx(0.08)

    def test_a_change_and_a_relative_value_compare_with_the_period_before(self, panel: Panel) -> None:
        keys = {"period": "2001-01..2001-12", "before": "1999-01..1999-12"}
        assert value("change", panel, **keys) == 4.0
        assert value("relative", panel, **keys) == pytest.approx(140.0)

    def test_what_is_not_there_is_undefined(self, panel: Panel) -> None:
        assert np.isnan(value("mean", panel, indicators=("nothing",)))
        assert np.isnan(value("relative", panel, before="1990-01..1990-12"))


class TestOverMunicipalities:
    def test_spread_lowest_and_highest_are_those_of_the_municipalities_means(self, panel: Panel) -> None:
        assert value("spread", panel) == 3.0
        assert value("lowest", panel) == 10.0
        assert value("highest", panel) == 16.0

    def test_the_error_is_the_mean_distance_over_places_and_published_years(self, panel: Panel) -> None:
        known = published_panel(figures(), RESIDENTS)
        assert value(
            "mean_absolute_error", panel, known, series="rate", period="1999-01..2001-12"
        ) == pytest.approx(2 / 6)

    def test_a_broken_figure_takes_part_in_nothing_and_a_break_only_where_it_is_kept(
        self, panel: Panel
    ) -> None:
        flagged = figures(North2000="broken", South2000="break")
        keys = {"series": "rate", "period": "1999-01..2001-12"}
        left_out, kept = (published_panel(flagged, RESIDENTS, breaks=breaks) for breaks in (False, True))
        assert value("mean_absolute_error", panel, left_out, **keys) == 0.0
        assert value("mean_absolute_error", panel, kept, **keys) == pytest.approx(1 / 5)

    def test_ranks_are_compared_and_not_sizes(self) -> None:
        names = ("A", "B", "C", "D")
        model = Panel(
            pd.concat([rows("rate", n, {2000: v}) for n, v in zip(names, (1, 2, 30, 400), strict=True)])
        )
        known = [{"series": "rate", "municipality": n, "date": "2000", "value": v, "flag": ""}
                 for n, v in zip(names, (5.0, 6.0, 8.0, 7.0), strict=True)]  # fmt: skip
        keys = {"series": "rate", "municipalities": names, "period": "2000-01..2000-12"}
        assert value("rank_correlation", model, published_panel(known, {}), **keys) == pytest.approx(0.8)


class TestPaths:
    def test_the_years_of_a_run_are_those_that_were_published(self, panel: Panel) -> None:
        known = published_panel(figures(North2001="broken"), RESIDENTS)
        assert value("mean", panel, known, series="rate", municipality="North") == 9.0

    def test_the_whole_is_the_weighted_mean_where_all_municipalities_are_known(self) -> None:
        whole = published_panel(figures(North2001="broken"), RESIDENTS).of("rate", "all")
        assert yearly(whole)[0].to_dict() == {1999: 11.0, 2000: 13.0}

    def test_shares_of_the_unemployed_are_weighted_with_the_unemployed(self) -> None:
        points = [
            {"series": s, "municipality": m, "date": "2000", "value": v, "flag": ""}
            for s, m, v in (("unemployment_rate", "North", 30.0), ("unemployment_rate", "South", 10.0),
                            ("long_term_share", "North", 20.0), ("long_term_share", "South", 40.0))
        ]  # fmt: skip
        whole = published_panel(points, RESIDENTS).of("long_term_share", "all")
        assert float(whole[0].iloc[0]) == pytest.approx(30.0)  # 1 x 30 and 3 x 10 weigh the same

    def test_a_path_that_rises_with_the_published_one_has_a_correlation_of_one(self, panel: Panel) -> None:
        points = [{"series": "rate", "municipality": "all", "date": str(y), "value": v, "flag": ""}
                  for y, v in ((1999, 1.0), (2000, 2.0), (2001, 3.0))]  # fmt: skip
        known = published_panel(points, {})
        keys = {"series": "rate", "period": "1999-01..2001-12"}
        assert value("path_correlation", panel, known, **keys) == pytest.approx(1.0)
        assert value("path_error", panel, known, **keys) == pytest.approx(10.0)


class TestRegressions:
    def test_an_elasticity_is_found_whatever_the_levels_of_places_and_years(self) -> None:
        level = {"North": 2.0, "South": 5.0, "West": 1.0}
        steps = {2000: 1.0, 2001: 1.3, 2002: 0.8, 2003: 1.1}
        x = {
            (p, y): level[p] * (1 + 0.1 * ((i + 1) * (y - 2000) % 3))
            for i, p in enumerate(level)
            for y in steps
        }
        parts = [rows("x", p, {y: x[p, y] for y in steps}) for p in level]
        parts += [
            rows("rate", p, {y: level[p] ** 3 * steps[y] * x[p, y] ** -0.1 for y in steps}) for p in level
        ]
        keys = {"on": ("x",), "municipalities": tuple(level), "period": "2000-01..2003-12"}
        assert value("elasticity", Panel(pd.concat(parts)), **keys) == pytest.approx(-0.1)

    def test_okuns_slope_is_that_of_changes_on_growth(self) -> None:
        jobs = {2000: 100.0, 2001: 110.0, 2002: 99.0, 2003: 99.0 * 1.05}
        rate = {2000: 10.0, 2001: 10.0 - 0.4 * 10, 2002: 10.0, 2003: 10.0 - 0.4 * 5}
        panel = Panel(pd.concat([rows("rate", "all", rate), rows("jobs", "all", jobs)]))
        keys = {"on": ("jobs",), "period": "2000-01..2003-12"}
        assert value("slope_on_growth", panel, **keys) == pytest.approx(-0.4)

    def test_a_loop_that_turns_counter_clockwise_has_an_area_above_zero(self) -> None:
        x, y = {2000: 0.0, 2001: 1.0, 2002: 1.0, 2003: 0.0}, {2000: 0.0, 2001: 0.0, 2002: 1.0, 2003: 1.0}
        keys = {"on": ("x",), "period": "2000-01..2003-12"}
        there, back = (
            Panel(pd.concat([rows("rate", "all", a), rows("x", "all", b)])) for a, b in ((y, x), (x, y))
        )
        assert value("loop_area", there, **keys) == pytest.approx(1.0)
        assert value("loop_area", back, **keys) == pytest.approx(-1.0)
        assert value("correlation", there, **keys) == pytest.approx(0.0)


class TestDurations:
    @pytest.fixture
    def exits(self) -> pd.DataFrame:
        return pd.DataFrame(
            {"seed": 1, "year": 2001, "group": "all", "months": [0, 1, 2, 12, 18],
             "at_risk": [100, 80, 60, 40, 20], "to_job": [20, 10, 5, 2, 1], "to_inactive": [0, 5, 5, 2, 0]}
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("early_exits", 100 * 45 / 50),
            ("late_exits", 100 * 5 / 50),
            ("short_to_long_job_finding", (35 / 240) / (3 / 60)),
            ("long_term_job_finding", 100 * 3 / 60),
            ("fall_of_job_finding", 100 * (1 - 0.05 / 0.2)),
        ],
    )
    def test_shares_and_rates_are_those_of_the_counts(
        self, exits: pd.DataFrame, panel: Panel, name: str, expected: float
    ) -> None:
        found = STATISTICS[name].function(Sight(panel, None, target(period="2001-01..2001-12"), exits))
        assert found[1] == pytest.approx(expected)

    def test_other_years_and_groups_do_not_count(self, exits: pd.DataFrame, panel: Panel) -> None:
        other = pd.concat([exits, exits.assign(year=2003, to_job=0), exits.assign(group="youth", to_job=0)])
        sight = Sight(panel, None, target(period="2001-01..2001-12"), other)
        assert STATISTICS["early_exits"].function(sight)[1] == pytest.approx(90.0)

    def test_who_is_left_after_a_year_becomes_long_term_unemployed(self, panel: Panel) -> None:
        months = list(range(14))
        table = pd.DataFrame({"seed": 1, "year": 2001, "group": "all", "months": months, "at_risk": 100,
                              "to_job": 10, "to_inactive": 0})  # fmt: skip
        sight = Sight(panel, None, target(period="2001-01..2001-12"), table)
        assert STATISTICS["becoming_long_term"].function(sight)[1] == pytest.approx(100 * 0.9**12)


def test_every_statistic_is_described_and_those_that_compare_know_the_perfect_value() -> None:
    for name, kind in STATISTICS.items():
        assert kind.definition.endswith(".")
        assert kind.name == name
        assert kind.table in {"indicators", DURATIONS, STUDY}
    exact = {name for name, kind in STATISTICS.items() if kind.exact is not None}
    assert exact == {"mean_absolute_error", "rank_correlation", "path_correlation", "path_error"}


def test_published_figures_of_a_place_are_a_panel_with_and_without_breaks() -> None:
    known = Published(figures(South2000="break"), RESIDENTS)
    assert sorted(yearly(known.panel(breaks=True).of("rate", "South")).index) == [1999, 2000, 2001]
    assert sorted(yearly(known.panel(breaks=False).of("rate", "South")).index) == [1999, 2001]
