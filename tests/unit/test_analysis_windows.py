"""Phases: before, during and after the transition."""

from __future__ import annotations

import pandas as pd
import pytest

from labsim.analysis import Phase, phase_means, phases, transition

MONTHS = pd.Series(pd.date_range("1998-01", "2010-12", freq="MS"))


def change(start: str, months: int, before: str | None = "old") -> dict[str, object]:
    return {"from": before, "to": "new", "start": start, "months": months}


FIRST = change("1998-01", 0, before=None)


def test_all_timelines_of_a_comparison_share_one_window() -> None:
    window = transition(
        [[FIRST, change("2003-01", 24)], [FIRST, change("2002-07", 12), change("2005-01", 6)]]
    )
    assert window == Phase("during", pd.Timestamp("2002-07"), pd.Timestamp("2005-07"))


def test_the_first_regime_is_no_transition() -> None:
    assert transition([[FIRST], [FIRST]]) is None
    assert [span.name for span in phases(None, MONTHS)] == ["whole run"]


def test_phases_divide_the_run_without_gap_or_overlap() -> None:
    spans = phases(transition([[FIRST, change("2003-01", 24)]]), MONTHS)
    assert [span.name for span in spans] == ["before", "during", "after"]
    assert sum(span.months for span in spans) == len(MONTHS)
    assert [one.end for one in spans[:-1]] == [other.start for other in spans[1:]]


def test_an_abrupt_change_has_no_months_of_transition() -> None:
    assert [span.name for span in phases(transition([[change("2003-01", 0)]]), MONTHS)] == ["before", "after"]


@pytest.mark.parametrize(("start", "names"), [("1990-01", ["after"]), ("2020-01", ["before"])])
def test_a_change_outside_the_run_leaves_one_phase(start: str, names: list[str]) -> None:
    assert [span.name for span in phases(transition([[change(start, 6)]]), MONTHS)] == names


@pytest.mark.parametrize(
    ("start", "end", "dates"),
    [("2003-01", "2005-01", "2003–2004"), ("2003-01", "2004-01", "2003"),
     ("2003-04", "2005-01", "2003-04 to 2004-12"), ("2003-04", "2003-05", "2003-04")],
)  # fmt: skip
def test_a_phase_tells_its_dates_in_years_where_they_are_full(start: str, end: str, dates: str) -> None:
    assert Phase("x", pd.Timestamp(start), pd.Timestamp(end)).dates == dates


def test_phase_means_average_the_months_of_each_phase() -> None:
    table = pd.DataFrame({"seed": 1, "month": MONTHS, "value": (MONTHS >= "2003-01").astype(float)})
    spans = phases(transition([[change("2002-07", 12)]]), MONTHS)
    means = phase_means(table, spans).set_index("phase")["value"]
    assert means.to_dict() == {"before": 0.0, "during": 0.5, "after": 1.0}
