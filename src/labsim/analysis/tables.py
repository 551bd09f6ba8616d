"""Small helpers for tidy tables: which columns they need, one series of many, means over years.

A tidy table of indicators has one row per value: ``month`` (first of the month), ``municipality`` (``"all"``
is the whole place), ``group``, ``indicator``, ``value`` and, when runs are combined, ``scenario`` and
``seed``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pandas as pd

WHOLE = "all"
"""The municipality that is the whole place, and the group that is everybody."""

SERIES = ("municipality", "group", "indicator")
"""The columns that say which series a value belongs to."""

MONTHS_A_YEAR = 12


class TableError(ValueError):
    """A table lacks what an analysis needs; the message says which column, series or scenario."""


def require(table: pd.DataFrame, columns: Iterable[str], what: str) -> None:
    """Refuse `table` unless it has all `columns`; `what` names the table in the message."""
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise TableError(
            f"{what} lacks the column(s) {', '.join(missing)}; it has {', '.join(table.columns)}"
        )


def pick(
    table: pd.DataFrame,
    indicator: str | Sequence[str],
    municipality: str = WHOLE,
    group: str = WHOLE,
) -> pd.DataFrame:
    """Return the rows of one indicator (or several) for one municipality and group.

    Raises `TableError` if there are none, because an empty figure would look like a result.
    """
    require(table, (*SERIES, "value"), "the table of indicators")
    wanted = [indicator] if isinstance(indicator, str) else list(indicator)
    rows = table[
        table["indicator"].isin(wanted) & (table["municipality"] == municipality) & (table["group"] == group)
    ]
    absent = sorted(set(wanted) - set(rows["indicator"].unique()))
    if absent:
        raise TableError(
            f"no values of {', '.join(absent)} for municipality {municipality!r} and group {group!r}"
        )
    return rows


def has(table: pd.DataFrame, indicator: str, municipality: str = WHOLE, group: str = WHOLE) -> bool:
    """Return whether `pick` would find any value of the indicator."""
    same = (table["indicator"] == indicator) & (table["municipality"] == municipality)
    return bool((same & (table["group"] == group) & table["value"].notna()).any())


def other_columns(table: pd.DataFrame, *without: str) -> list[str]:
    """Return the columns of `table` in their order, apart from `without` and ``value``."""
    return [column for column in table.columns if column not in {*without, "value"}]


def series_of(table: pd.DataFrame, by: Sequence[str]) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Yield the parts of `table` with equal values in the columns `by`, each with those values by column.

    Without columns the whole table is one part.
    """
    if not by:
        yield {}, table
        return
    for names, part in table.groupby(list(by), sort=False, observed=True):
        yield dict(zip(by, names, strict=True)), part


def annual_means(table: pd.DataFrame) -> pd.DataFrame:
    """Return the mean over the months of each complete year: ``year`` takes the place of ``month``.

    Unit as in the table. Years with fewer than twelve months are left out, since a mean over a part of a year
    would mix in the season. Undefined values (NaN, for example a rate of an empty group) are skipped.
    """
    require(table, ("month", "value"), "the table of indicators")
    with_year = table.assign(year=table["month"].dt.year)
    keys = [*other_columns(table, "month"), "year"]
    grouped = with_year.groupby(keys, sort=False, observed=True)["value"]
    means: pd.DataFrame = grouped.mean().reset_index()
    means = means.loc[grouped.size().to_numpy() == MONTHS_A_YEAR]
    return means.reset_index(drop=True)
