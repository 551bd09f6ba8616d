"""The pictures of people and local actors show what their tables say."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from labsim.analysis import TableError
from labsim.analysis.windows import Phase
from labsim.figures import actor_network, alluvial, biographies, ridgeline, theme

from .followed_tables import DATES, LIVES, NAMES, actors, lives, paths, spread, ties
from .synthetic import INDICATORS, LABELS

CHANGE = Phase("during", pd.Timestamp("2003-01"), pd.Timestamp("2005-01"))


def setting(names: tuple[str, ...] = NAMES, municipality: str = "all", language: str = "en") -> theme.Setting:
    return theme.Setting(theme.styles(names, LABELS), INDICATORS, municipality, CHANGE, language=language)  # type: ignore[arg-type]  # a literal


class TestAlluvial:
    def test_shares_are_percent_of_the_people_without_work_at_the_first_date(self) -> None:
        table = alluvial.numbers(paths(), setting(), DATES).set_index(["Date", "State"])
        assert table.loc[("Dec 2002", "Unemployed under a year"), "A (%)"] == "40.0"
        assert table.loc[("Dec 2004", "Employed"), "A (%)"] == "30.0"
        assert table.loc[("Dec 2007", "Employed"), "B (%)"] == "100.0"
        assert (
            table.loc[("Dec 2007", "Employed"), "B − A (points, 95 % interval)"] == "+50.0 (+50.0 to +50.0)"
        )
        assert table.loc[("Dec 2002", "In a measure"), "B − A (points, 95 % interval)"] == "0 (identical)"

    def test_bands_carry_the_shares_of_the_table(self) -> None:
        figure = alluvial.alluvial(paths(), setting(), DATES)
        link = figure.data[0].link
        names = [text.split(":")[0] for text in link.customdata]
        assert names.count("Unemployed a year or more → Unemployed a year or more") == 2  # both steps
        found = dict(reversed(list(zip(names, link.value, strict=True))))
        assert found["Unemployed a year or more → Unemployed a year or more"] == 40.0
        assert found["Unemployed a year or more → Inactive"] == 40.0
        assert sum(link.value) == pytest.approx(200.0)  # everybody moves twice

    def test_states_have_their_colours_and_one_order_in_both_diagrams(self) -> None:
        figure = alluvial.alluvial(paths(), setting(), DATES)
        for trace in figure.data:
            order = [theme.STATE_COLOURS[state] for state in alluvial.STATES]
            for x in sorted(set(trace.node.x)):
                places = [
                    (y, order.index(colour))
                    for y, colour, there in zip(trace.node.y, trace.node.color, trace.node.x, strict=True)
                    if there == x
                ]
                assert [rank for _, rank in sorted(places)] == sorted(rank for _, rank in places)

    def test_employed_people_swamp_nothing_unless_they_are_asked_for(self) -> None:
        everybody = alluvial.numbers(paths(), setting(), DATES, alluvial.STATES).set_index(["Date", "State"])
        assert everybody.loc[("Dec 2002", "Employed"), "A (%)"] == "90.0"
        assert "Employed" not in alluvial.numbers(paths(), setting(), DATES)["State"][:3].tolist()

    def test_a_cohort_without_anybody_and_an_unknown_state_are_refused(self) -> None:
        with pytest.raises(TableError, match="nobody is inactive"):
            alluvial.alluvial(paths(), setting(), DATES, ("inactive",))
        strange = paths().replace({"second": {"long": "lost"}})
        with pytest.raises(TableError, match="unknown state 'lost'"):
            alluvial.alluvial(strange, setting(), DATES)


class TestBiographies:
    def test_a_row_is_the_same_person_in_both_scenarios_sorted_by_the_stated_rule(self) -> None:
        figure = biographies.biographies(lives(), setting())
        maps = [np.asarray(trace.z) for trace in figure.data if trace.type == "heatmap"]
        rank = {state: number for number, state in enumerate(alluvial.STATES)}
        for z, name in zip(maps, NAMES, strict=True):
            # the long-term unemployed on top, then the employed by months in work in the baseline
            expected = [[rank[state] for state in LIVES[name][person]] for person in (7, 5, 3)]
            assert z.tolist() == expected

    def test_shares_below_are_those_of_the_people_shown(self) -> None:
        figure = biographies.biographies(lives(), setting())
        areas = {(trace.name, trace.xaxis): trace for trace in figure.data if trace.type == "scatter"}
        employed = areas["Employed", "x3"]
        assert np.allclose(employed.y, [200 / 3, 100 / 3, 100 / 3, 200 / 3], atol=1e-3)
        assert employed.fillcolor == theme.STATE_COLOURS["employed"]

    def test_months_in_each_state_add_up_to_the_months_shown(self) -> None:
        table = biographies.numbers(lives(), setting())
        months = table[[name for name in table.columns if "months of 4" in name]].astype(float)
        assert months.sum(axis=1).tolist() == pytest.approx([4.0, 4.0], abs=0.2)
        assert table["Changes of state (number)"].tolist() == ["0.7", "0.7"]

    def test_at_most_two_hundred_people_are_shown_evenly_spaced(self) -> None:
        months = pd.date_range("2002-11", periods=2, freq="MS", unit="us")
        many = pd.DataFrame(
            [
                (name, 1, person, month, "employed")
                for name in NAMES
                for person in range(1000)
                for month in months
            ],
            columns=["scenario", "seed", "person", "month", "state"],
        )
        figure = biographies.biographies(many, setting())
        assert np.asarray(figure.data[0].z).shape == (200, 2)

    def test_somebody_missing_in_one_scenario_is_left_out_of_both(self) -> None:
        table = lives()
        gone = table[
            ~((table["scenario"] == NAMES[1]) & (table["person"] == 5) & (table["month"] > "2002-12"))
        ]
        assert biographies.numbers(gone, setting())["People"].tolist() == ["2", "2"]


class TestRidgeline:
    def test_percentiles_are_those_of_the_bins(self) -> None:
        table = ridgeline.numbers(spread(), setting()).set_index(["Year", "Scenario"])
        assert table.loc[("2002", "A"), "50 % are below (0 to 1)"] == "0.22"
        assert table.loc[("2003", "A"), "10 % are below (0 to 1)"] == "0.20"
        assert table.loc[("2003", "B"), "90 % are below (0 to 1)"] == "0.82"

    def test_a_year_in_which_scenarios_are_alike_is_drawn_once_in_grey(self) -> None:
        figure = ridgeline.ridgeline(spread(), setting())
        lines = [trace for trace in figure.data if trace.mode == "lines" and trace.fill is None]
        assert [line.name for line in lines] == ["Both scenarios alike", *(s.title for s in setting().styles)]
        assert lines[0].line.color == theme.PAST

    def test_a_curve_holds_everybody_and_two_humps_stay_two(self) -> None:
        figure = ridgeline.ridgeline(spread(), setting())
        line = next(
            t for t in figure.data if t.mode == "lines" and t.fill is None and t.name.startswith("A ")
        )
        height = 1.0 - np.asarray(line.y)
        middle = height[round(0.31 * 120)]
        assert height[round(0.21 * 120)] > 4 * middle
        assert height[round(0.41 * 120)] > 4 * middle

    def test_every_dot_stands_for_as_many_people(self) -> None:
        figure = ridgeline.ridgeline(spread(), setting())
        dots = [trace for trace in figure.data if trace.mode == "markers"]
        assert {len(trace.x) for trace in dots} == {ridgeline.DOTS}
        of_a = np.asarray(next(t for t in dots if t.marker.color == theme.PALETTE[0]).x)
        assert (of_a < 0.3).sum() == (of_a > 0.3).sum() == ridgeline.DOTS // 2

    def test_nobody_in_the_states_asked_is_refused(self) -> None:
        with pytest.raises(TableError, match="nobody is inactive"):
            ridgeline.ridgeline(spread(), setting(), ("inactive",))


class TestNetwork:
    def test_strengths_are_means_over_replicates_in_classes(self) -> None:
        figure = actor_network.actor_network(ties(), actors(), setting(municipality="Dortmund"), DATES)
        table = actor_network.numbers(ties(), actors(), setting(municipality="Dortmund"), DATES).set_index(
            "What"
        )
        assert table.loc["Agency – Municipality", "A Dec 2002"] == "0.21"
        assert table.loc["Agency – Training", "B Dec 2007"] == "0.91"
        assert table.loc["Training", "A Dec 2002"] == "40.0"
        weak, medium, strong = figure.data[:3]
        assert [trace.line.dash for trace in (weak, medium, strong)] == ["dot", "dash", "solid"]
        assert sum(value is None for value in weak.x) == 1
        assert sum(value is None for value in medium.x) == 1
        assert list(strong.x) == [None]

    def test_every_actor_keeps_its_place(self) -> None:
        figure = actor_network.actor_network(ties(), actors(), setting(), DATES)
        places: dict[str, set[tuple[float, float]]] = {}
        for trace in figure.data:
            if trace.mode == "markers" and trace.hovertemplate.startswith("Agency<"):
                places.setdefault("agency", set()).add((trace.x[0], trace.y[0]))
        assert len(places["agency"]) == 1

    def test_a_field_without_a_provider_is_hollow(self) -> None:
        for place, colour in (("Dortmund", "#C9B27C"), ("Unna", "white")):
            figure = actor_network.actor_network(ties(), actors(), setting(municipality=place), DATES)
            circle = next(t for t in figure.data if t.mode == "markers" and t.marker.symbol == "circle")
            assert circle.marker.color == colour

    def test_a_date_that_the_table_lacks_is_refused(self) -> None:
        with pytest.raises(TableError, match="no network of local_activation in 2011-01"):
            actor_network.actor_network(ties(), actors(), setting(), (pd.Timestamp("2011-01"),))
        with pytest.raises(TableError, match="one to 3 dates"):
            actor_network.actor_network(ties(), actors(), setting(), ())

    def test_squares_have_no_size_to_read(self) -> None:
        figure = actor_network.actor_network(ties(), actors(), setting(), DATES)
        sizes = {t.marker.size for t in figure.data if t.mode == "markers" and t.marker.symbol == "square"}
        assert len(sizes) == 1
        assert not any(math.isnan(size) for size in sizes)
