"""Conversions: months as numbers, months as text.

A month is a number: 12 * year + (month of the year - 1), so that months before the start of a run (the burn-in) have
a number too.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

MONTHS_PER_YEAR = 12
DAYS_PER_MONTH = 30.4375


@lru_cache(maxsize=512)
def parse_month(text: str) -> int:
    """Return the month number of "YYYY-MM".

    >>> parse_month("2003-01") - parse_month("2002-12")
    1
    """
    match = re.fullmatch(r"(\d{4})-(\d{2})", text)
    if match is None or not 1 <= int(match.group(2)) <= MONTHS_PER_YEAR:
        raise ValueError(f"'{text}' is not a month; write YYYY-MM, for example 2003-01")
    return MONTHS_PER_YEAR * int(match.group(1)) + int(match.group(2)) - 1


def format_month(month: int) -> str:
    """Return "YYYY-MM" of a month number.

    >>> format_month(parse_month("1998-07"))
    '1998-07'
    """
    return f"{month // MONTHS_PER_YEAR:04d}-{month % MONTHS_PER_YEAR + 1:02d}"


def month_starts(first: str, count: int) -> pd.DatetimeIndex:
    """Return the first days of so many months from "YYYY-MM" on, as tables have them.

    >>> [str(day.date()) for day in month_starts("2002-12", 2)]
    ['2002-12-01', '2003-01-01']
    """
    import pandas as pd

    return pd.date_range(first, periods=count, freq="MS")


def year_of(month: int) -> int:
    """Return the calendar year of a month number."""
    return month // MONTHS_PER_YEAR
