"""Before, during and after a transition: the phases that a timeline divides a run into.

A timeline is the list in ``run.json``: each entry says from which regime (none for the first) to which, from
which month (``"2003-01"``) and over how many months people move.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from labsim.analysis.tables import other_columns, require


@dataclass(frozen=True)
class Phase:
    """A stretch of months: `start` belongs to it, `end` is the first month after it."""

    name: str
    start: pd.Timestamp
    end: pd.Timestamp

    @property
    def months(self) -> int:
        """Number of months in the phase."""
        return (self.end.year - self.start.year) * 12 + self.end.month - self.start.month

    @property
    def last(self) -> pd.Timestamp:
        """The last month of the phase."""
        return self.end - pd.DateOffset(months=1)

    @property
    def dates(self) -> str:
        """First and last month, or years where they are full: ``"2003-04 to 2004-12"``, ``"2003–2004"``."""
        if self.start.month == 1 and self.last.month == 12:
            years = dict.fromkeys((self.start.year, self.last.year))
            return "–".join(map(str, years))
        if self.months == 1:
            return f"{self.start:%Y-%m}"
        return f"{self.start:%Y-%m} to {self.last:%Y-%m}"


def transition(timelines: Iterable[Sequence[Mapping[str, Any]]]) -> Phase | None:
    """Return the stretch from the first start to the last end of any transition in the `timelines`.

    Several timelines (the scenarios of one comparison) share one window, so that all are measured over the
    same months. An abrupt change (0 months) has a window without months. None if no regime ever changes.
    """
    changes = [change for timeline in timelines for change in timeline if change.get("from") is not None]
    if not changes:
        return None
    starts = [pd.Timestamp(str(change["start"])) for change in changes]
    lengths = [pd.DateOffset(months=int(change.get("months", 0))) for change in changes]
    return Phase(
        "during", min(starts), max(start + length for start, length in zip(starts, lengths, strict=True))
    )


def phases(change: Phase | None, months: pd.Series[pd.Timestamp]) -> tuple[Phase, ...]:
    """Return the phases before, during and after the `change` within the observed `months`.

    Phases without any month are left out (an abrupt change has no "during"). Without a change everything is
    one phase named "whole run".
    """
    first, end = months.min(), months.max() + pd.DateOffset(months=1)
    if change is None:
        return (Phase("whole run", first, end),)
    cuts = [first, min(max(change.start, first), end), min(max(change.end, first), end), end]
    spans = zip(("before", "during", "after"), cuts[:-1], cuts[1:], strict=True)
    return tuple(Phase(name, start, stop) for name, start, stop in spans if start < stop)


def phase_means(table: pd.DataFrame, spans: Sequence[Phase]) -> pd.DataFrame:
    """Return the mean over the months of each phase: ``phase`` (its name) takes the place of ``month``."""
    require(table, ("month", "value"), "the table of indicators")
    keys = [*other_columns(table, "month"), "phase"]
    parts = []
    for span in spans:
        inside = table[(table["month"] >= span.start) & (table["month"] < span.end)].assign(phase=span.name)
        parts.append(inside.groupby(keys, sort=False, observed=True)["value"].mean().reset_index())
    return pd.concat(parts, ignore_index=True)
