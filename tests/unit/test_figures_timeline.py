"""The picture of a timeline."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest

from labsim.analysis.tables import TableError
from labsim.figures.timeline import LANES, numbers, reading_aid, timeline

MONTHS = pd.date_range("2000-01-01", "2004-12-01", freq="MS")
SWITCH = pd.Timestamp("2002-01-01")


def shares(*groups: str, regimes: tuple[str, ...] = ("before", "after")) -> pd.DataFrame:
    rows = [
        (
            group,
            month,
            regime,
            float((month < SWITCH) == (regime == regimes[0])) if regime in regimes[:2] else 0.0,
        )
        for group, month, regime in itertools.product(groups, MONTHS, regimes)
    ]
    return pd.DataFrame(rows, columns=["group", "month", "regime", "share"])


def spans(*rows: tuple[str, str, str, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["group", "what", "start", "end", "text"])
    for column in ("start", "end"):
        table[column] = pd.to_datetime(table[column], format="%Y-%m")
    return table


GAP = ("here", "gap", "2002-01", "2003-01", "12 months without budgets")
RULE = ("here", "governance", "2000-01", "2005-01", "joint")


def test_each_group_has_a_panel_with_an_area_for_each_regime() -> None:
    figure = timeline(shares("here", "there"), spans(GAP, RULE), "t")
    areas = [trace for trace in figure.data if trace.type == "scatter"]
    assert [trace.name for trace in areas] == ["Before", "After"] * 2
    assert [trace.showlegend for trace in areas] == [True, True, False, False]
    assert len({trace.fillcolor for trace in areas}) == 2
    titles = [note.text for note in figure.layout.annotations if "share of people" in note.text]
    assert titles == ["<b>Here</b>, share of people", "<b>There</b>, share of people"]


def test_areas_reach_to_the_end_of_the_last_month() -> None:
    figure = timeline(shares("here"), spans(RULE), "t")
    area = figure.data[0]
    assert pd.Timestamp(area.x[-1]) == pd.Timestamp("2005-01-01")
    assert area.y[-1] == area.y[-2]
    assert list(figure.layout.xaxis.range) == ["2000-01-01T00:00:00", "2005-01-01T00:00:00"]


def test_a_stretch_is_a_bar_as_long_as_it_lasts() -> None:
    figure = timeline(shares("here"), spans(GAP), "t")
    (bar,) = [trace for trace in figure.data if trace.type == "bar"]
    assert pd.Timestamp(bar.base[0]) == pd.Timestamp("2002-01-01")
    assert bar.x[0] == 365 * 86_400_000
    assert "Jan 2002 to Dec 2002" in bar.hovertemplate


def test_a_bar_is_cut_at_the_edges_of_the_run() -> None:
    long = ("here", "bridging", "1999-01", "2009-01", "all")
    (bar,) = [trace for trace in timeline(shares("here"), spans(long), "t").data if trace.type == "bar"]
    assert pd.Timestamp(bar.base[0]) == MONTHS[0]
    assert bar.x[0] == (pd.Timestamp("2005-01-01") - MONTHS[0]) / pd.Timedelta(milliseconds=1)


def test_lanes_stand_in_the_same_order_and_only_where_something_happens() -> None:
    ticks = timeline(shares("here"), spans(RULE, GAP), "t").layout.yaxis.ticktext
    assert list(ticks) == ["100 %", "50 %", "0 %", "Gap", "Governance"]
    assert list(LANES).index("gap") < list(LANES).index("governance")


def test_texts_of_neighbouring_bars_do_not_cover_each_other() -> None:
    rows = [("here", "reorganisation", f"2002-{month:02}", f"2002-{month + 2:02}", "half of the capacity is lost")
            for month in (1, 3, 5)]  # fmt: skip
    figure = timeline(shares("here"), spans(*rows), "t")
    notes = [note for note in figure.layout.annotations if note.text.startswith("half")]
    assert sorted((note.x.strftime("%Y-%m"), note.xanchor) for note in notes) == [
        ("2002-01", "right"), ("2002-07", "left"),
    ], "one to the left, one to the right, none for the bar between"  # fmt: skip


def test_a_regime_s_name_stands_where_it_has_room() -> None:
    table = shares("here")
    names = {"before": "Before", "after": "After a very long reform indeed"}
    texts = [note.text for note in timeline(table, spans(RULE), "t", names).layout.annotations]
    assert any(text.replace("<br>", " ") == "<b>After a very long reform indeed</b>" for text in texts)
    month = (table["month"] >= SWITCH) & (table["month"] < SWITCH + pd.DateOffset(months=1))
    brief = table.assign(share=(month == (table["regime"] == "after")).astype(float))
    texts = [note.text for note in timeline(brief, spans(RULE), "t", names).layout.annotations]
    assert not any("After" in text for text in texts), "a month is too short for it; the legend has it"


def test_seven_regimes_are_refused() -> None:
    with pytest.raises(TableError, match="at most 6 regimes, not 7"):
        timeline(shares("here", regimes=tuple("abcdefg")), spans(RULE), "t")


def test_a_lane_that_there_is_not_is_refused() -> None:
    with pytest.raises(TableError, match="no lane for 'pause'"):
        timeline(shares("here"), spans(("here", "pause", "2002-01", "2003-01", "x")), "t")


@pytest.mark.parametrize("column", ["share", "month"])
def test_a_missing_column_is_named(column: str) -> None:
    with pytest.raises(TableError, match=column):
        timeline(shares("here").drop(columns=column), spans(RULE), "t")


def test_the_numbers_say_what_the_bars_show() -> None:
    rows = numbers(spans(GAP, RULE)).to_numpy().tolist()
    assert rows == [
        ["Here", "Governance", "2000-01", "2004-12", "joint"],
        ["Here", "Gap", "2002-01", "2002-12", "12 months without budgets"],
    ]


def test_the_reading_aid_speaks_of_lots_where_there_are_any() -> None:
    assert "lot" not in reading_aid()
    assert "a lot draws the order" in reading_aid(by_lot=True)
