"""The trace of a transition against the record: what the model gives where something was published.

A row of the record names indicators, a period and a published value. The model's value is taken run by run, then
averaged over the seeds with its 95 % interval. National figures are compared as paths: a period in per cent of an
earlier one (``relative_to``), or a number per another (``per``). A row that went in as an input is shown beside the
tests, and marked, because that the model fits it proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from labsim.analysis.contrasts import DIGITS, mean_over_seeds
from labsim.analysis.outcomes import OWN, Outcome, register
from labsim.analysis.tables import WHOLE, require
from labsim.analysis.windows import Phase

TEST, INPUT = "test", "input"
"""What a row is good for: a test of the model, or a figure from which an input was taken."""

COLUMNS = (
    "what", "scenario", "municipality", "group", "period", "relative_to", "unit", "model", "low", "high", "seeds",
    "published", "distance", "inside", "role", "sure", "source", "note",
)  # fmt: skip

DISTANCE = register(Outcome(
    "distance_to_record", "unit of the row", "Distance to the published value", "Abstand zum veröffentlichten Wert",
    "The model's value, mean over the seeds, less the published one.", OWN,
))  # fmt: skip


def needed(about: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the indicators that the rows of a record need."""
    rows = about.get("record", ())
    return tuple(
        dict.fromkeys(str(name) for row in rows for name in (*row["indicators"], *row.get("per", ())))
    )


def needed_municipalities(about: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the municipalities that the rows of a record name."""
    return tuple(dict.fromkeys(str(row.get("municipality", WHOLE)) for row in about.get("record", ())))


def months_of(period: str) -> Phase:
    """Return the months of a period: a year, a month, or a first and a last month.

    >>> months_of("2003").dates, months_of("2010-03..2010-12").months, months_of("2005-01").months
    ('2003', 10, 1)
    """
    first, _, last = str(period).partition("..")
    if len(first) == len("2003") and not last:
        first, last = f"{first}-01", f"{first}-12"
    end = pd.Timestamp(last or first) + pd.DateOffset(months=1)
    return Phase(str(period), pd.Timestamp(first), end)


def trace(
    indicators: pd.DataFrame, record: Iterable[Mapping[str, Any]], language: str = "en"
) -> pd.DataFrame:
    """Return what the model gives beside what was published, a row per row of the record.

    Parameters
    ----------
    indicators
        Tidy indicators of the scenarios named.
    record
        Rows with what (text, or by language), scenario, indicators (summed), period, published, unit, source, sure,
        and optionally municipality, group, relative_to, per, input, note.

    Returns
    -------
    ``COLUMNS``. ``model``, ``low``, ``high``: mean over the seeds and its 95 % interval, in the row's unit; NaN where
    the model has no value (a share of nobody, a scenario that did not run). ``distance`` = model - published.
    ``inside``: whether the published value lies in the interval; None without one. ``role``: `TEST` or `INPUT`.
    """
    require(indicators, ("scenario", "seed", "month", "municipality", "group", "indicator", "value"),
            "the table of indicators")  # fmt: skip
    rows = [_row(indicators, stated, language) for stated in record]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"inside": object})


def counted(table: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Return for tests and inputs (how many published values lie inside the model's interval, how many rows)."""
    return {
        role: (int((part["inside"] == True).sum()), len(part))  # noqa: E712 - None is neither
        for role, part in ((role, table[table["role"] == role]) for role in (TEST, INPUT))
    }


def _row(indicators: pd.DataFrame, stated: Mapping[str, Any], language: str) -> dict[str, Any]:
    asked = {"municipality": WHOLE, "group": WHOLE, "relative_to": None, "note": "", "input": False} | dict(
        stated
    )
    what = asked["what"]
    text = str(what.get(language) or what["en"]) if isinstance(what, Mapping) else str(what)
    values = by_seed(indicators, asked)
    mean, low, high, seeds = np.nan, np.nan, np.nan, 0
    if not values.empty:
        found = mean_over_seeds(values.rename("value").reset_index().assign(row=0), ("row",))
        if not found.empty:
            mean, low, high = (float(found[name].iloc[0]) for name in ("mean", "low", "high"))
            seeds = int(found["pairs"].iloc[0])
    published = float(asked["published"])
    kept = {
        name: asked[name] for name in ("scenario", "municipality", "group", "unit", "sure", "source", "note")
    }
    return kept | {
        "what": text,
        "period": str(asked["period"]),
        "relative_to": str(asked["relative_to"] or ""),
        "model": mean,
        "low": low,
        "high": high,
        "seeds": seeds,
        "published": published,
        "distance": round(mean - published, DIGITS),
        "inside": bool(low <= published <= high) if np.isfinite(low) else None,
        "role": INPUT if asked["input"] else TEST,
    }


def by_seed(indicators: pd.DataFrame, asked: Mapping[str, Any]) -> pd.Series[float]:
    """Return the model's value of one row of the record, by seed.

    The sum over the indicators of their means over the months of the period; with ``per`` in % of the same of the
    indicators named there (of everybody, whatever the group); with ``relative_to`` in % of the same in that period.
    Undefined months are left out; a value that is undefined (nothing to divide by) is NaN.
    """
    rows = indicators[
        (indicators["scenario"] == asked["scenario"])
        & (indicators["municipality"] == asked.get("municipality", WHOLE))
    ]
    group, per = str(asked.get("group", WHOLE)), tuple(asked.get("per", ()))

    def value(period: str) -> pd.Series[float]:
        own = _sum_of_means(rows, asked["indicators"], group, period)
        return _percent(own, _sum_of_means(rows, per, WHOLE, period)) if per else own

    found = value(str(asked["period"]))
    if asked.get("relative_to"):
        found = _percent(found, value(str(asked["relative_to"])))
    return found


def _sum_of_means(rows: pd.DataFrame, names: Sequence[str], group: str, period: str) -> pd.Series[float]:
    """Return the sum of several indicators' means over a period, by seed; NaN where one of them is undefined."""
    span = months_of(period)
    inside = rows[
        rows["indicator"].isin(list(names))
        & (rows["group"] == group)
        & (rows["month"] >= span.start)
        & (rows["month"] < span.end)
    ]
    means = inside.groupby(["seed", "indicator"], observed=True)["value"].mean().unstack("indicator")
    return means.reindex(columns=list(names)).sum(axis=1, skipna=False)


def _percent(part: pd.Series[float], whole: pd.Series[float]) -> pd.Series[float]:
    return 100.0 * part / whole.where(whole != 0)
