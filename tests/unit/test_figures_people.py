"""Flows, durations, Beveridge path and the table of phases, read back from what is drawn."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from labsim.analysis import TableError, life_table, paired_differences, phase_means, phases, pick, transition
from labsim.analysis.flows import STATES
from labsim.figures import beveridge, durations, phase_table, state_flows, theme, words

from .synthetic import EFFECTS, INDICATORS, LABELS, run, tables

NAMES = list(EFFECTS)


@pytest.fixture(scope="module")
def made() -> dict[str, pd.DataFrame]:
    return tables(seeds=3)


def setting(names: list[str] = NAMES) -> theme.Setting:
    change = transition([run(name)["timeline"] for name in names])
    return theme.Setting(theme.styles(names, LABELS), INDICATORS, "Dortmund", change)


def window(made: dict[str, pd.DataFrame], name: str = "after") -> state_flows.Phase:
    spans = phases(setting().change, made["indicators"]["month"])
    return next(span for span in spans if span.name == name)


def test_flows_leave_out_people_who_stay_and_moves_from_job_to_job(made: dict[str, pd.DataFrame]) -> None:
    table = state_flows.numbers(made["flows"], setting(), window(made))
    assert (table["From"] != table["To"]).all()
    assert len(table) == 12


def test_flows_are_persons_per_month_in_the_window(made: dict[str, pd.DataFrame]) -> None:
    span = window(made)
    flows = made["flows"]
    chosen = flows[
        (flows["scenario"] == NAMES[1]) & (flows["municipality"] == "all") & (flows["month"] >= span.start)
        & (flows["source"] == "unemployed") & (flows["target"] == "in_measure")
    ]  # fmt: skip
    expected = chosen["persons"].sum() / (span.months * 3)
    table = state_flows.numbers(made["flows"], setting(), span).set_index(["From", "To"])
    assert table.loc[("Unemployed", "In a measure"), "B (persons per month)"] == f"{expected:.1f}"
    figure = state_flows.state_flows(made["flows"], setting(), span)
    link = figure.data[1].link
    at = list(link.customdata).index("Unemployed → In a measure")
    assert link.value[at] == pytest.approx(expected)


def test_states_stand_in_one_order_in_every_diagram(made: dict[str, pd.DataFrame]) -> None:
    figure = state_flows.state_flows(made["flows"], setting(), window(made))
    wanted = [words.STATES[state] for state in STATES]
    assert len(figure.data) == 3
    for diagram in figure.data:
        nodes = pd.DataFrame({"label": diagram.node.label, "x": diagram.node.x, "y": diagram.node.y})
        for _, side in nodes.groupby("x"):
            assert [label.rsplit(" ", 1)[0] for label in side["label"]] == wanted
            assert side["y"].is_monotonic_increasing


def test_equal_thickness_is_an_equal_number_of_persons(made: dict[str, pd.DataFrame]) -> None:
    figure = state_flows.state_flows(made["flows"], setting(), window(made))
    inner = figure.layout.height - figure.layout.margin.t - figure.layout.margin.b
    scales = []
    for diagram in figure.data:
        height = (diagram.domain.y[1] - diagram.domain.y[0]) * inner
        gaps = state_flows.GAP * (len(STATES) - 1)
        scales.append((height - gaps) / sum(diagram.link.value))
    assert scales == pytest.approx([scales[0]] * 3)


def test_more_than_three_scenarios_of_flows_stand_in_two_rows() -> None:
    flows = tables(NAMES[:1], seeds=1, months=12)["flows"]
    names = list("abcd")
    copies = pd.concat([flows.assign(scenario=name) for name in names])
    span = phases(None, copies["month"])[0]
    four = theme.Setting(theme.styles(names), INDICATORS)
    tops = [round(diagram.domain.y[1], 3) for diagram in state_flows.state_flows(copies, four, span).data]
    assert tops[:3] == [1.0] * 3
    assert tops[3] < 0.6


def test_a_window_without_flows_is_refused(made: dict[str, pd.DataFrame]) -> None:
    nowhere = state_flows.Phase("x", pd.Timestamp("2030-01"), pd.Timestamp("2031-01"))
    with pytest.raises(TableError, match="no flows in 2030"):
        state_flows.state_flows(made["flows"], setting(), nowhere)


def test_survival_drawn_is_that_of_the_life_table(made: dict[str, pd.DataFrame]) -> None:
    figure = durations.survival_and_exit(made["durations"], setting())
    life = life_table(made["durations"], ("group", "scenario"))
    drawn = next(trace for trace in figure.data if trace.name == "A  Status quo ante")
    expected = life[(life["group"] == "all") & (life["scenario"] == NAMES[0])]
    known = expected.set_index("months")["remaining"]
    assert drawn.line.shape == "hv"
    assert np.array_equal(drawn.y, known.loc[list(drawn.x)])
    assert max(drawn.x) == durations.HORIZON


def test_groups_share_one_scale_and_twelve_months_are_marked(made: dict[str, pd.DataFrame]) -> None:
    figure = durations.survival_and_exit(made["durations"], setting())
    for row in (1, 2):
        assert len({tuple(figure.get_subplot(row, column).yaxis.range) for column in (1, 2, 3, 4)}) == 1
    assert len([shape for shape in figure.layout.shapes if shape.x0 == shape.x1 == 12]) == 8
    titles = " ".join(note.text for note in figure.layout.annotations)
    assert "Under 25" in titles
    assert "Long-term" not in titles  # defined by duration itself


def test_curves_end_where_too_few_people_are_left(made: dict[str, pd.DataFrame]) -> None:
    small = made["durations"].copy()
    small.loc[small["months"] > 20, ["at_risk", "to_job", "to_inactive"]] = 0
    figure = durations.survival_and_exit(small, setting())
    assert max(figure.data[0].x) == 20
    table = durations.numbers(small, setting())
    assert set(table["Months"]) == {"3", "6", "12"}


def test_without_anybody_at_risk_there_is_no_figure_of_durations(made: dict[str, pd.DataFrame]) -> None:
    with pytest.raises(TableError, match="nobody at risk"):
        durations.survival_and_exit(made["durations"].assign(at_risk=0), setting())


def test_shares_in_the_table_of_durations_add_up_to_everybody(made: dict[str, pd.DataFrame]) -> None:
    table = durations.numbers(made["durations"], setting())
    shares = table[["Still out of work (%)", "In a job (%)", "Withdrawn (%)"]].astype(float).sum(axis=1)
    assert shares.to_numpy() == pytest.approx(np.full(len(table), 100), abs=0.16)
    assert len(table) == 4 * 3 * 5
    assert "2003–2010" in durations.reading_aid(made["durations"].query("year >= 2003"), setting())


def test_the_beveridge_path_has_one_point_a_year_and_a_shared_past(made: dict[str, pd.DataFrame]) -> None:
    figure = beveridge.beveridge_path(made["indicators"], setting())
    by_name = {trace.name: trace for trace in figure.data}
    past = by_name["All 3 scenarios alike"]
    assert list(past.customdata) == [1998, 1999, 2000, 2001, 2002]
    for style in setting().styles:
        own = by_name[style.title]
        assert list(own.customdata) == list(range(2002, 2011))
        assert (own.x[0], own.y[0]) == (past.x[-1], past.y[-1])


def test_arrows_point_forward_in_time(made: dict[str, pd.DataFrame]) -> None:
    figure = beveridge.beveridge_path(made["indicators"], setting(NAMES[:1]))
    (path,) = figure.data
    arrows = [note for note in figure.layout.annotations if note.showarrow]
    assert len(arrows) == beveridge.ARROWS
    steps = np.column_stack([np.diff(path.x), np.diff(path.y)])
    for arrow in arrows:
        direction = np.array([arrow.x - arrow.ax, arrow.y - arrow.ay])
        assert np.isclose(steps @ direction, np.hypot(*steps.T) * np.hypot(*direction)).any()


def test_the_last_year_of_each_path_carries_its_letter(made: dict[str, pd.DataFrame]) -> None:
    texts = [note.text for note in beveridge.beveridge_path(made["indicators"], setting()).layout.annotations]
    assert {"<b>A 2010</b>", "<b>B 2010</b>", "<b>C 2010</b>"} <= set(texts)
    aid = beveridge.reading_aid(made["indicators"], setting())
    assert "A: counter-clockwise, correlation −" in aid
    assert list(beveridge.numbers(made["indicators"], setting())["Year"]) == [
        str(y) for y in range(1998, 2011)
    ]


def test_scenarios_that_never_differ_are_one_beveridge_path(made: dict[str, pd.DataFrame]) -> None:
    early = made["indicators"][made["indicators"]["month"] < "2003-01"]
    assert [trace.name for trace in beveridge.beveridge_path(early, setting()).data] == [
        "All 3 scenarios alike"
    ]


def cells(html: str) -> list[list[str]]:
    root = ElementTree.fromstring(html.replace("<br>", "<br/>"))
    return [["".join(cell.itertext()) for cell in row] for row in root.iter("tr")]


def test_the_table_of_phases_shows_paired_differences_with_intervals(made: dict[str, pd.DataFrame]) -> None:
    rows = cells(phase_table.phase_table(made["indicators"], setting()))
    assert rows[0] == ["Outcome", "Unit", "Before1998–2002", "During2003–2004", "After2005–2010"]
    assert rows[1] == ["B  Demand and support"]
    values = pick(made["indicators"], "employment_rate", "Dortmund")
    spans = phases(setting().change, values["month"])
    expected = paired_differences(phase_means(values, spans), NAMES[0], "phase").set_index(
        ["scenario", "phase"]
    )
    after = expected.loc[(NAMES[1], "after")]
    assert rows[2] == [
        "Employment rate", "percentage points", "0 (identical)",
        words.signed_interval(*expected.loc[(NAMES[1], "during"), ["mean", "low", "high"]], 2),
        words.signed_interval(after["mean"], after["low"], after["high"], 2),
    ]  # fmt: skip


def test_employment_and_underemployment_come_before_unemployment(made: dict[str, pd.DataFrame]) -> None:
    rows = [row[0] for row in cells(phase_table.phase_table(made["indicators"], setting()))]
    assert rows[2:5] == ["Employment rate", "Underemployment rate", "Registered unemployment rate"]


def test_an_outcome_without_values_has_no_row_and_none_at_all_is_refused(
    made: dict[str, pd.DataFrame],
) -> None:
    html = phase_table.phase_table(made["indicators"], setting(), ["spending", "employment"])
    assert [row[0] for row in cells(html)][1:] == [
        "B  Demand and support",
        "Employment",
        "C  Local activation",
        "Employment",
    ]
    with pytest.raises(TableError, match="none of the outcomes spending"):
        phase_table.phase_table(made["indicators"], setting(), ["spending"])


def test_labels_from_files_are_escaped_in_the_table(made: dict[str, pd.DataFrame]) -> None:
    wicked = theme.Setting(theme.styles(NAMES, {NAMES[1]: "<b>B&B</b>"}), INDICATORS, change=setting().change)
    html = phase_table.phase_table(made["indicators"], wicked)
    assert "&lt;b&gt;B&amp;B&lt;/b&gt;" in html
    assert "<b>B&B</b>" not in html
