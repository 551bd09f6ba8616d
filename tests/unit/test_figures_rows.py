"""What the figures with a row per scenario, part or group show, read back from the Plotly figures."""

from __future__ import annotations

import math

import pandas as pd
import plotly.graph_objects as go
import pytest

from labsim.analysis import TableError, findings
from labsim.analysis.decomposition import INTERACTION, SUM
from labsim.analysis.individuals import GAIN, TRAITS, gains
from labsim.figures import decomposition_bars, individual_gains, paired_metrics
from labsim.figures.rows import Dot, limits
from labsim.figures.theme import MUTED, styles
from labsim.report import read_results
from labsim.report.reading import Results

from .answered import ASKED, BASE, HARD, LOCAL, people, write_answered
from .synthetic import LABELS

STYLES = {style.name: style for style in styles([BASE, HARD, LOCAL], LABELS)}
MEASURES = [
    paired_metrics.Measure("cost", "Cost", "person-months", 1),
    paired_metrics.Measure("scar", "Scar", "percentage points", 2, "60 months after"),
]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return read_results(write_answered(tmp_path_factory.mktemp("answered")))


def dots(figure: go.Figure, axis: str = "x") -> dict[float, go.Scatter]:
    """The dots of a panel by their row."""
    return {
        float(trace.y[0]): trace
        for trace in figure.data
        if trace.type == "scatter" and trace.mode == "markers" and trace.xaxis == axis
    }


def names(figure: go.Figure) -> list[str]:
    return [text.replace("<br>", " ") for text in figure.layout.yaxis.ticktext]


def measured() -> pd.DataFrame:
    return pd.DataFrame(
        [
            ("late", "cost", 5.0, 3.0, 7.0),
            ("late", "scar", -0.2, -0.6, 0.2),
            (LOCAL, "cost", 1.0, 0.5, 1.5),
            (LOCAL, "scar", 0.3, math.nan, math.nan),
        ],
        columns=["scenario", "measure", "mean", "low", "high"],
    )


def metrics() -> go.Figure:
    labels = {HARD: "not measured", LOCAL: "Local activation", "late": "A scenario without a colour"}
    return paired_metrics.paired_metrics("Metrics", measured(), MEASURES, STYLES, labels)


def test_every_scenario_measured_has_its_row_and_every_measure_its_panel() -> None:
    figure = metrics()
    assert names(figure) == ["C  Local activation", "A scenario without a colour"]
    assert [dots(figure)[row].x[0] for row in (0, 1)] == [1.0, 5.0]
    assert [dots(figure, "x2")[row].x[0] for row in (0, 1)] == [0.3, -0.2]
    titles = [note.text for note in figure.layout.annotations]
    assert titles == ["<b>Cost</b><br>person-months", "<b>Scar</b><br>60 months after"]


def test_a_dot_is_hollow_where_the_direction_is_open() -> None:
    figure = metrics()
    assert dots(figure)[0.0].marker.color == STYLES[LOCAL].colour
    assert dots(figure)[1.0].marker.color == MUTED, "no figure has a colour for it"
    assert {trace.marker.color for trace in dots(figure, "x2").values()} == {"white"}


def test_an_interval_is_a_line_and_one_pair_has_none() -> None:
    lines = [trace for trace in metrics().data if trace.mode == "lines"]
    assert sorted(tuple(trace.x) for trace in lines) == [(-0.6, 0.2), (0.5, 1.5), (3.0, 7.0)]
    assert "one pair" in dots(metrics(), "x2")[0.0].hovertemplate


def test_a_panel_holds_all_its_dots_and_zero() -> None:
    low, high = limits([Dot(0, 5, 3, 7, "red"), Dot(1, 4, math.nan, math.nan, "red")])
    assert low < 0
    assert high > 7
    for axis in (metrics().layout.xaxis, metrics().layout.xaxis2):
        assert axis.range[0] < 0 < axis.range[1]


def test_the_numbers_of_metrics_say_unit_and_horizon() -> None:
    table = paired_metrics.numbers(measured(), MEASURES, STYLES, {LOCAL: "Local activation", "late": "Late"})
    assert list(table.columns) == [
        "Scenario", "Cost (person-months)", "Scar, 60 months after (percentage points)",
    ]  # fmt: skip
    assert table.iloc[0].tolist() == ["C  Local activation", "+1.0 (+0.5 to +1.5)", "+0.30 (one pair)"]


def test_metrics_of_nobody_are_refused() -> None:
    with pytest.raises(TableError, match="no measure of any scenario"):
        paired_metrics.paired_metrics("Metrics", measured(), MEASURES, STYLES, {"other": "Other"})


def test_a_decomposition_has_a_bar_per_part_from_zero_to_its_mean(results: Results) -> None:
    table = findings.decomposition_table(results.asked, results.about, ASKED["decompositions"][0])
    late = table[table["phase"] == "Later years"]
    figure = decomposition_bars.decomposition_bars(late, results.setting(), "Parts", "#009E73")
    assert names(figure) == [
        "The passage itself, rules as before", "Only casework", "Only benefits", "Sum of the above", "All together",
        "Interaction (together less sum)",
    ]  # fmt: skip
    bars = {
        float(trace.y[0]): trace.x[0] for trace in figure.data if trace.type == "bar" and trace.xaxis == "x"
    }
    rows = late[late["indicator"] == "employment_rate"].set_index("part")["mean"]
    assert bars == {i: value for i, value in enumerate(rows) if value}
    assert 0.0 not in bars, "a passage that does nothing has no bar"
    assert rows[INTERACTION] == pytest.approx(0.2 * (rows[SUM] + rows[INTERACTION]))
    with pytest.raises(TableError, match="nothing to take apart"):
        decomposition_bars.decomposition_bars(late.iloc[:0], results.setting(), "Parts", "#009E73")


def test_gains_of_a_scenario_stand_beside_the_placebo_on_one_scale() -> None:
    placebo = f"{BASE}_placebo"
    table = gains(people(4), placebo)
    shown = [STYLES[HARD], STYLES[LOCAL]]
    figure = individual_gains.individual_gains(table, shown, placebo)
    assert names(figure)[:3] == ["<b>Everybody</b>", "Employed", "In a measure"]
    assert len(names(figure)) == 1 + 7 + 3 + 3
    for axis, style in zip(("x", "x2"), shown, strict=True):
        found = dots(figure, axis)
        symbols = [trace.marker.symbol for trace in found.values()]
        assert symbols.count("diamond") == symbols.count("circle") == 14
        mean = table[(table["scenario"] == style.name) & (table["trait"] == "everybody")
                     & (table["outcome"] == GAIN.name)]["mean"].item()  # fmt: skip
        assert next(trace.x[0] for trace in found.values() if trace.marker.symbol == "circle") == mean
    assert tuple(figure.layout.xaxis.range) == tuple(figure.layout.xaxis2.range)
    numbers = individual_gains.numbers(table, shown, placebo)
    assert numbers["Scenario"].drop_duplicates().tolist() == ["B", "C", "Placebo"]
    assert (numbers.loc[numbers["Scenario"] == "Placebo", "Beyond the placebo"] == "–").all()
    with pytest.raises(TableError, match="no gains of any scenario shown"):
        individual_gains.individual_gains(table, [STYLES[BASE]], placebo)


def test_every_group_of_people_has_a_name_in_words() -> None:
    assert {cell for labels in TRAITS.values() for cell in labels} | {"all"} == set(individual_gains.CELLS)
