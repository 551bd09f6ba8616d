"""Tidy tables: picking a series, means over complete years."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from labsim.analysis import TableError, annual_means, has, pick
from labsim.analysis.tables import series_of


def monthly(months: int, start: str = "2000-01") -> pd.DataFrame:
    index = pd.date_range(start, periods=months, freq="MS")
    values = np.arange(months, dtype=float)
    return pd.DataFrame(
        {"month": index, "municipality": "all", "group": "all", "indicator": "x", "value": values}
    )


def test_a_part_of_a_year_has_no_annual_mean() -> None:
    means = annual_means(monthly(30, "2000-07"))  # half of 2000, all of 2001 and 2002
    assert means["year"].tolist() == [2001, 2002]
    assert means["value"].tolist() == [11.5, 23.5]


def test_undefined_months_are_skipped_in_the_annual_mean() -> None:
    table = monthly(12)
    table.loc[0, "value"] = np.nan
    assert annual_means(table)["value"].tolist() == [6.0]


def test_picking_what_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(TableError, match="no values of y for municipality 'all' and group 'all'"):
        pick(monthly(1), ["x", "y"])
    with pytest.raises(TableError, match="no values of x for municipality 'Unna'"):
        pick(monthly(1), "x", "Unna")


def test_an_indicator_that_is_undefined_throughout_counts_as_absent() -> None:
    assert has(monthly(3), "x")
    assert not has(monthly(3).assign(value=np.nan), "x")
    assert not has(monthly(3), "y")


def test_without_columns_the_whole_table_is_one_series() -> None:
    parts = list(series_of(monthly(3), []))
    assert [(names, len(part)) for names, part in parts] == [({}, 3)]
