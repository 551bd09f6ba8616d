"""What the figures over time show, read back from the Plotly figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from labsim.analysis import bands, paired_differences, pick, published_table, transition
from labsim.figures import headline, theme, trajectory
from labsim.figures import unemployment_against_published as published_figure
from labsim.figures.canvas import panel_height

from .synthetic import EFFECTS, INDICATORS, LABELS, REFORM, run, tables, targets

NAMES = list(EFFECTS)


def setting(names: list[str] = NAMES, ramp: int = 24, municipality: str = "Dortmund") -> theme.Setting:
    change = transition([run(name, ramp=ramp)["timeline"] for name in names])
    return theme.Setting(theme.styles(names, LABELS), INDICATORS, municipality, change)


@pytest.fixture(scope="module")
def twelve() -> pd.DataFrame:
    return tables(seeds=12)["indicators"]


@pytest.fixture(scope="module")
def four(twelve: pd.DataFrame) -> pd.DataFrame:
    return twelve[twelve["seed"] <= 4]


def lines(figure: go.Figure, row: int = 1) -> dict[str, go.Scatter]:
    """The named lines of a row of panels."""
    axis = figure.get_subplot(row, 1).yaxis.plotly_name.removeprefix("layout.").replace("yaxis", "y")
    return {
        trace.name: trace
        for trace in figure.data
        if trace.yaxis == axis and trace.name and trace.mode == "lines" and trace.fill is None
    }


def polygons(figure: go.Figure) -> list[go.Scatter]:
    return [trace for trace in figure.data if trace.fill is not None]


def test_a_fan_and_its_difference_are_one_figure_on_one_time_axis(four: pd.DataFrame) -> None:
    figure = trajectory.trajectory(four, setting(), "employment_rate")
    assert figure.layout.xaxis.matches == "x2"
    assert tuple(figure.layout.xaxis.range) == tuple(figure.layout.xaxis2.range)
    assert set(lines(figure, 2)) == {"B − A", "C − A"}


def test_the_lower_panel_shows_the_paired_differences(four: pd.DataFrame) -> None:
    figure = trajectory.trajectory(four, setting(), "employment_rate")
    table = paired_differences(pick(four, "employment_rate", "Dortmund"), NAMES[0])
    for letter, name in (("B", NAMES[1]), ("C", NAMES[2])):
        expected = table[table["scenario"] == name].sort_values("month")["mean"]
        assert np.array_equal(lines(figure, 2)[f"{letter} − A"].y, expected)


def test_the_shared_past_is_one_grey_line_that_meets_the_scenarios(four: pd.DataFrame) -> None:
    drawn = lines(trajectory.trajectory(four, setting(), "employment_rate"))
    past = drawn["All 3 scenarios alike"]
    assert past.line.color == theme.PAST
    for style in setting().styles:
        own = drawn[style.title]
        assert (own.line.color, own.line.dash) == (style.colour, style.dash)
        assert (own.x[0], own.y[0]) == (past.x[-1], past.y[-1])
    assert pd.Timestamp(past.x[-1]) < pd.Timestamp(REFORM) + pd.DateOffset(months=3)


def test_scenarios_that_never_differ_are_one_line_with_all_letters(four: pd.DataFrame) -> None:
    alike = four[four["month"] < REFORM]
    figure = trajectory.trajectory(alike, setting(), "employment_rate")
    assert set(lines(figure)) == {"All 3 scenarios alike"}
    assert "<b>A=B=C</b>" in [note.text for note in figure.layout.annotations]


def test_few_replicates_are_shown_one_by_one_with_their_mean(four: pd.DataFrame) -> None:
    figure = trajectory.trajectory(four, setting(), "employment_rate")
    thin = [trace for trace in figure.data if trace.line.width == 0.8]
    assert len(thin) == 4  # the past and three scenarios
    assert sum(value is None for value in thin[0].y) == 4  # one gap after each replicate
    mean = bands(pick(four, "employment_rate", "Dortmund"))
    expected = mean[(mean["scenario"] == NAMES[1])].sort_values("month")["mean"].iloc[-1]
    assert lines(figure)["B  Demand and support"].y[-1] == expected


def test_ten_replicates_are_shown_as_median_and_middle_half(twelve: pd.DataFrame) -> None:
    figure = trajectory.trajectory(twelve, setting(), "employment_rate")
    assert not [trace for trace in figure.data if trace.line.width == 0.8]
    summary = bands(pick(twelve, "employment_rate", "Dortmund"))
    last = summary[(summary["scenario"] == NAMES[2]) & (summary["month"] == summary["month"].max())].iloc[0]
    assert lines(figure)["C  Local activation"].y[-1] == last["median"]
    shape = next(trace for trace in polygons(figure) if trace.legendgroup == "C  Local activation")
    half = len(shape.y) // 2
    assert (shape.y[half], shape.y[half - 1]) == (last["low_50"], last["high_50"])


def test_areas_are_closed_polygons(twelve: pd.DataFrame) -> None:
    shapes = polygons(trajectory.trajectory(twelve, setting(), "employment_rate"))
    assert shapes
    for trace in shapes:
        assert trace.fill == "toself"
        assert trace.x[0] == trace.x[-1]


def test_the_wide_band_needs_fifty_replicates_and_at_most_two_scenarios() -> None:
    two = NAMES[:2]
    fifty = tables(two, seeds=50, start="2002-01", months=24)["indicators"]
    figure = trajectory.trajectory(fifty, setting(two), "employment_rate")
    assert len([t for t in polygons(figure) if t.legendgroup == setting(two).baseline.title]) == 2
    aid = trajectory.reading_aid(fifty, setting(two), "employment_rate")
    assert "middle 50 % and middle 90 % of 50 replicates" in aid
    assert "chance only, not parameter uncertainty" in aid


def test_two_pairs_have_differences_without_an_interval(four: pd.DataFrame) -> None:
    two = four[four["seed"] <= 2]
    assert not polygons(trajectory.trajectory(two, setting(), "employment_rate"))
    assert "Too few pairs (2)" in trajectory.reading_aid(two, setting(), "employment_rate")


def test_a_single_scenario_has_no_panel_of_differences(four: pd.DataFrame) -> None:
    one = setting(NAMES[2:])
    alone = four[(four["scenario"] == NAMES[2]) & (four["seed"] == 1)]
    figure = trajectory.trajectory(alone, one, "employment_rate")
    assert set(lines(figure)) == {"Local activation"}
    assert "yaxis2" not in figure.to_dict()["layout"]
    assert "a single run says nothing about chance" in trajectory.reading_aid(alone, one, "employment_rate")
    assert trajectory.numbers(alone, one, "employment_rate").columns.tolist() == [
        "Year", "Mean (% of population of working age)",
    ]  # fmt: skip


def test_letters_at_line_ends_keep_apart_in_pixels(four: pd.DataFrame) -> None:
    figure = headline.headline(four, setting())
    for column in (1, 2, 3):
        axis = figure.get_subplot(1, column).yaxis
        name = axis.plotly_name.removeprefix("layout.").replace("yaxis", "y")
        letters = {"<b>A</b>", "<b>B</b>", "<b>C</b>"}
        ends = sorted(n.y for n in figure.layout.annotations if n.yref == name and n.text in letters)
        assert len(ends) == 3
        pixels = panel_height(figure, 1, column) / (axis.range[1] - axis.range[0])
        assert np.diff(ends).min() * pixels >= 16.9


def test_the_transition_is_shaded_in_every_panel(four: pd.DataFrame) -> None:
    figure = headline.headline(four, setting())
    shaded = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert len(shaded) == 6
    assert {(shape.x0[:7], shape.x1[:7], shape.layer) for shape in shaded} == {
        ("2003-01", "2005-01", "below")
    }


def test_an_abrupt_change_is_a_line(four: pd.DataFrame) -> None:
    figure = trajectory.trajectory(four, setting(ramp=0), "employment_rate")
    at = [
        shape for shape in figure.layout.shapes if shape.x0 == shape.x1 and str(shape.x0).startswith(REFORM)
    ]
    assert len(at) == 2


def test_the_three_headline_effects_share_one_scale(four: pd.DataFrame) -> None:
    figure = headline.headline(four, setting())
    ranges = {tuple(figure.get_subplot(2, column).yaxis.range) for column in (1, 2, 3)}
    assert len(ranges) == 1
    (low, high), *_ = ranges
    assert low < 0 < high


def test_published_values_are_diamonds_with_their_source(four: pd.DataFrame) -> None:
    figure = published_figure.unemployment_against_published(four, published_table(targets()), setting())
    diamonds = next(trace for trace in figure.data if trace.name == "Published")
    assert set(diamonds.marker.symbol) == {"diamond"}, "crossed only after a break"
    assert list(diamonds.y) == [target["value"] for target in targets()]
    assert diamonds.customdata[0].tolist() == ["1998", "BBSR INKAR via GERDA"]
    low, high = figure.layout.yaxis.range
    assert low < min(diamonds.y) <= max(diamonds.y) < high


def test_published_values_of_another_place_or_time_are_left_out(four: pd.DataFrame) -> None:
    other = [target | {"municipality": "Unna"} for target in targets()[:2]]
    later = [targets()[0] | {"date": "2019"}]
    published = published_table([*other, *later, targets()[3]])
    figure = published_figure.unemployment_against_published(four, published, setting())
    assert list(next(trace for trace in figure.data if trace.name == "Published").y) == [13.4]
    assert "Diamonds: 1 published value (" in published_figure.reading_aid(four, published, setting())


def test_numbers_of_the_table_are_those_of_the_figure(four: pd.DataFrame) -> None:
    table = trajectory.numbers(four, setting(), "employment_rate").set_index("Year")
    assert table.loc["1999", "B − A (95 % interval)"] == "0 (identical)"
    values = pick(four, "employment_rate", "Dortmund")
    late = values[(values["month"].dt.year == 2010) & (values["scenario"] == NAMES[0])]["value"].mean()
    assert table.loc["2010", "A"] == f"{late:.1f}"
    fits = published_figure.numbers(four, published_table(targets()), setting()).set_index("Year")
    assert fits.loc["2005", "Published (%)"] == "18.1"
    assert len(headline.numbers(four, setting())) == 39
    assert set(headline.numbers(four, setting())["Rate"].str.split(" \\(").str[0]) == {
        "Employment rate", "Underemployment rate", "Registered unemployment rate",
    }  # fmt: skip


def test_every_axis_has_a_title_with_its_unit(four: pd.DataFrame) -> None:
    texts = [note.text for note in headline.headline(four, setting()).layout.annotations]
    assert "<b>Employment rate</b><br>% of population of working age" in texts
    assert texts.count("<b>Difference to A</b><br>percentage points") == 3


def test_published_values_of_any_indicator_appear_in_its_trajectory(four: pd.DataFrame) -> None:
    share = {
        "series": "long_term_share",
        "municipality": "Dortmund",
        "date": "2005",
        "value": 46.1,
        "source": "s",
    }
    figure = trajectory.trajectory(four, setting(), "long_term_share", published=published_table([share]))
    diamonds = next(trace for trace in figure.data if trace.name == "Published")
    assert list(diamonds.y) == [46.1]
    none = trajectory.trajectory(four, setting(), "employment_rate", published=published_table([share]))
    assert "Published" not in {trace.name for trace in none.data}


def test_without_a_transition_nothing_is_shaded(four: pd.DataFrame) -> None:
    still = theme.Setting(theme.styles(NAMES, LABELS), INDICATORS, "Dortmund")
    figure = trajectory.trajectory(four, still, "employment_rate")
    assert [shape.type for shape in figure.layout.shapes] == ["line"]  # the zero of the differences
    assert "transition" not in {note.text for note in figure.layout.annotations}
