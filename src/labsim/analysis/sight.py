"""What a statistic of a scorecard is, what it sees, and the registry of all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from labsim.analysis.panel import Months, Panel, within, yearly
from labsim.analysis.tables import WHOLE

INDICATORS, DURATIONS, STUDY = "indicators", "durations", "study"
"""What a statistic is computed from: tables of the runs of the scenario, or a study of its own."""


@dataclass(frozen=True)
class Sight:
    """What a statistic sees.

    panel      runs (or the published figures themselves, when the published value is computed)
    published  published figures, None if the target is not held against a series
    target     indicators, per, on, municipality, municipalities, group, period, before
    durations  counts of exits by months since job loss, by seed; only for statistics of durations
    """

    panel: Panel
    published: Panel | None
    target: Mapping[str, Any]
    durations: pd.DataFrame | None = None

    @property
    def places(self) -> tuple[str, ...]:
        """The municipalities over which a spread, an error or an order is taken."""
        return tuple(self.target["municipalities"])

    def months(self, indicator: str, municipality: str, period: str, group: str | None = None) -> Months:
        """Return a series within a period; where something was published, only for the months that were published."""
        found = within(
            self.panel.of(indicator, municipality, group or self.target.get("group", WHOLE)), period
        )
        if self.published is None:
            return found
        known = within(self.published.of(str(self.target["series"]), municipality), period).dropna()
        return found[found.index.isin(known.index)]

    def level(self, municipality: str, period: str) -> pd.Series[float]:
        """Return the sum of the indicators' means over a period, by seed; with ``per``, in % of the same of those."""
        value = self._sum(self.target["indicators"], municipality, period, None)
        if self.target.get("per"):
            value = 100.0 * value / above_zero(self._sum(self.target["per"], municipality, period, WHOLE))
        return value

    def levels(self, period: str) -> pd.DataFrame:
        """Return `level` of each municipality (rows) by seed (columns)."""
        return pd.DataFrame({name: self.level(name, period) for name in self.places}).T

    def paths(self, municipality: str) -> pd.DataFrame:
        """Return the first indicator by complete year (rows) and seed (columns), within the period."""
        return yearly(
            self.months(str(self.target["indicators"][0]), municipality, str(self.target["period"]))
        )

    def known(self, municipality: str) -> pd.Series[float]:
        """Return the published path of the first indicator by year."""
        assert self.published is not None
        series = self.published.of(str(self.target["series"]), municipality)
        return yearly(within(series, str(self.target["period"]))).iloc[:, 0].dropna()

    def _sum(
        self, names: Sequence[str], municipality: str, period: str, group: str | None
    ) -> pd.Series[float]:
        means = [self.months(name, municipality, period, group).mean() for name in names]
        return pd.concat(means, axis=1).sum(axis=1, skipna=False)


Function = Callable[[Sight], "pd.Series[float]"]


@dataclass(frozen=True)
class Statistic:
    """What a statistic is.

    name         as files name it
    unit         unit of the value; empty: that of the indicator
    definition   one sentence
    needs        keys that a target must have for it
    table        `INDICATORS`, `DURATIONS` or `STUDY`
    exact        the value of a perfect model, for statistics that compare with a published series; else None
    many         whether it is taken over municipalities
    single       whether it takes exactly one indicator
    """

    name: str
    function: Function
    definition: str
    unit: str = ""
    needs: tuple[str, ...] = ()
    table: str = INDICATORS
    exact: float | None = None
    many: bool = False
    single: bool = False


STATISTICS: dict[str, Statistic] = {}
"""All statistics, by name."""


def statistic(**facts: Any) -> Callable[[Function], Function]:
    """Register a statistic; the first line of the docstring is its definition."""

    def register(function: Function) -> Function:
        lines = (function.__doc__ or "").strip().splitlines()
        if not lines:
            raise ValueError(f"statistic '{function.__name__}' needs a docstring: it is the definition")
        known = STATISTICS.get(function.__name__)
        if known is not None and known.function.__module__ != function.__module__:
            raise ValueError(f"two statistics are named '{function.__name__}'")
        STATISTICS[function.__name__] = Statistic(function.__name__, function, lines[0], **facts)
        return function

    return register


def above_zero(whole: pd.Series[float]) -> pd.Series[float]:
    """Return what may be divided by; NaN where it is 0."""
    return whole.where(whole > 0)
