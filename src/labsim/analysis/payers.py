"""Who pays before, during and after a transition, and what a month of employment more costs.

The accounts are euros of the simulated persons; divided by residents of working age they compare across scales and
places. Payments are averaged over the months of a phase and compared pair by pair, like every other outcome.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from labsim.analysis.contrasts import DIGITS, mean_over_seeds
from labsim.analysis.intervals import LEVEL, t_quantile
from labsim.analysis.outcomes import OWN, Outcome, register
from labsim.analysis.paired import paired_differences
from labsim.analysis.tables import WHOLE, TableError, annual_means, pick, require
from labsim.analysis.windows import Phase, phase_means

PAYERS = ("insurance", "federal", "state", "municipality", "employer")
"""Who may pay, in the order of tables and figures; other names follow."""

USES = ("insurance_benefit", "assistance", "basic_income", "measures", "administration", "coordination")
"""What for, in the order of tables and figures; other names follow."""

ACTIVE = ("measures", "administration", "coordination")
"""Uses that are policy itself, not benefits."""

ACCOUNTS = ("scenario", "seed", "month", "municipality", "payer", "use", "euros")
ALL_PAYERS = "all payers"
"""The row that holds the sum over payers."""

JOINT = " > "
"""Stands between payer and use in the name of a flow of money."""

UNIT = "EUR per resident of working age and month"

PAID = register(Outcome(
    "paid_by_payer", UNIT, "Payments by payer and phase", "Zahlungen nach Träger und Phase",
    "What a payer spends on benefits, measures, administration and meetings, mean over the months of a phase; before,"
    " during and after a transition.", OWN,
))  # fmt: skip
MOVED = register(Outcome(
    "payments_moved", UNIT, "Payments moved to a payer", "Verlagerte Zahlungen",
    "What a payer spends in a phase less what it spends under the baseline in the same months and with the same luck"
    " (above 0: costs have moved to it).", OWN,
))  # fmt: skip
COST = register(Outcome(
    "cost_per_employment_month", "EUR per month of employment",
    "Cost per additional month in employment, regime", "Kosten je zusätzlichem Beschäftigungsmonat, Regime",
    "Spending of all payers less that under the baseline, divided by the months of employment of all residents less"
    " those under the baseline, over the same months; no value where the interval of the difference in employment"
    " covers zero. Taxes and contributions that come back are not counted.",
    "ratio of means over pairs of runs, with Fieller's interval (Fieller 1954)",
))  # fmt: skip

NO_PAIRS, OPEN = "too few pairs", "employment: open"
CASES = {
    (True, True): "more employment, dearer",
    (True, False): "more employment, cheaper",
    (False, True): "less employment, dearer",
    (False, False): "less employment, cheaper",
}
"""What a ratio means, by (employment gained, spending risen)."""


class Ratio(NamedTuple):
    """A ratio of two means with its interval; all NaN if the interval of the lower one covers zero."""

    value: float
    low: float
    high: float


def per_resident(
    accounts: pd.DataFrame,
    indicators: pd.DataFrame,
    municipality: str = WHOLE,
    by: Sequence[str] = ("payer",),
) -> pd.DataFrame:
    """Return payments per resident of working age and month, EUR, as a tidy table.

    Parameters
    ----------
    accounts
        Columns `ACCOUNTS`; a payer or use without a row pays nothing.
    indicators
        Tidy indicators with ``population`` of the same runs.
    by
        ``("payer",)``, ``("use",)``, ``("payer", "use")``, or ``()`` for the sum of all.

    Returns
    -------
    One row per scenario, seed, month and name: scenario, seed, month, municipality, group, indicator (the name: of a
    payer, of a use, of both joined by `JOINT`, or `ALL_PAYERS`), value. Names stand in the order of `PAYERS` and
    `USES`; all scenarios have the same names.
    """
    require(accounts, ACCOUNTS, "the table of accounts")
    rows = accounts[accounts["municipality"] == municipality]
    if rows.empty:
        raise TableError(f"there are no accounts of municipality {municipality!r}")
    run = ["scenario", "seed", "month"]
    people = pick(indicators, "population", municipality).set_index(run)["value"]
    paid = _by_name(rows, by, run)
    wide = paid.unstack("indicator").reindex(people.index).fillna(0.0)
    wide = wide[in_order(wide.columns, by)]
    each = wide.div(people, axis=0).round(DIGITS).reset_index()
    table = each.melt(run, var_name="indicator", value_name="value")
    table = table.assign(municipality=municipality, group=WHOLE)
    return table[["scenario", "seed", "month", "municipality", "group", "indicator", "value"]]


def in_order(names: Iterable[object], by: Sequence[str]) -> list[str]:
    """Return names of payers, of uses or of both in the order in which they are shown."""
    places = {"payer": PAYERS, "use": USES}
    kinds = [places[kind] for kind in by]

    def place(name: str) -> tuple[int, ...]:
        parts = name.split(JOINT) if kinds else []
        return tuple(
            known.index(part) if part in known else len(known)
            for known, part in zip(kinds, parts, strict=True)
        )

    return sorted(sorted(map(str, names)), key=place)


def payments_by_phase(table: pd.DataFrame, spans: Sequence[Phase]) -> pd.DataFrame:
    """Return the mean over the seeds of `per_resident` payments in each phase, with a 95 % interval.

    One row per scenario, name and phase: scenario, indicator, phase, mean, sd, se, low, high, pairs (seeds).
    """
    return mean_over_seeds(phase_means(table, spans), ("scenario", "indicator", "phase"))


def payments_moved(table: pd.DataFrame, baseline: str, spans: Sequence[Phase]) -> pd.DataFrame:
    """Return what each payer (or use) pays more than under the `baseline`, by phase: `analysis.paired_differences`."""
    return paired_differences(phase_means(table, spans), baseline, "phase")


def payments_moved_by_year(table: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """Return what each payer (or use) pays more than under the `baseline`, by complete year."""
    return paired_differences(annual_means(table), baseline, "year")


def cost_per_employment_month(
    accounts: pd.DataFrame,
    indicators: pd.DataFrame,
    scenario: str,
    baseline: str,
    span: Phase,
    uses: Collection[str] | None = None,
    municipality: str = WHOLE,
    level: float = LEVEL,
) -> dict[str, object]:
    """Return what a month of employment more costs, from a pair of scenarios over the months of a phase.

    Parameters
    ----------
    uses
        Uses of money that count: all (None), so that benefits saved are set against the cost; or for example `ACTIVE`.

    Returns
    -------
    scenario, baseline, phase, ``value``, ``low``, ``high`` (EUR per month of employment, Fieller's interval),
    ``spending`` and ``employment`` with ``_low`` and ``_high`` (mean paired differences, EUR and months per resident of
    working age over the phase), ``pairs`` and ``case`` (what the ratio means). The value is NaN where the interval of
    the difference in employment covers zero: there it is not defined. With less employment it is what is saved, or
    paid on top, per month lost.
    """
    chosen = accounts if uses is None else accounts[accounts["use"].isin(list(uses))]
    names = (scenario, baseline)
    picked = pick(indicators, ["employment", "population"], municipality)
    paid, rows = (_during(table[table["scenario"].isin(names)], span) for table in (chosen, picked))
    spent = per_resident(paid, rows, municipality, by=())
    run = ["scenario", "seed", "month"]
    wide = rows.set_index([*run, "indicator"])["value"].unstack("indicator")
    at_work = (wide["employment"] / wide["population"]).rename("value").reset_index()
    over, under = (_paired_sum(each, scenario, baseline) for each in (spent, at_work))
    both = pd.DataFrame({"over": over, "under": under}).dropna()
    found = ratio_of_means(both["over"].to_numpy(), both["under"].to_numpy(), level)
    spending, employment = (_mean_interval(both[each], level) for each in ("over", "under"))
    known = len(both) > 1
    clear = known and (employment[1] > 0 or employment[2] < 0)
    case = CASES[employment[0] > 0, spending[0] > 0] if clear else OPEN if known else NO_PAIRS
    return {
        "scenario": scenario, "baseline": baseline, "phase": span.name, "value": found.value, "low": found.low,
        "high": found.high, "spending": spending[0], "spending_low": spending[1], "spending_high": spending[2],
        "employment": employment[0], "employment_low": employment[1], "employment_high": employment[2],
        "pairs": len(both), "case": case,
    }  # fmt: skip


def ratio_of_means(over: np.ndarray, under: np.ndarray, level: float = LEVEL) -> Ratio:
    """Return mean(over) / mean(under) of paired values with Fieller's interval (Fieller 1954).

    The interval holds every ratio r for which the mean of ``over - r * under`` is not clearly different from zero. It
    is finite only if the interval of mean(under) does not cover zero; otherwise, and for fewer than two pairs, all is
    NaN.

    >>> r = ratio_of_means(np.array([2.0, 4.0, 6.0]), np.array([1.0, 2.0, 3.0]) + 7.0)
    >>> round(r.value, 3), r.low < r.value < r.high
    (0.444, True)
    """
    n = len(over)
    undefined = Ratio(np.nan, np.nan, np.nan)
    if n < 2:
        return undefined
    x, y = float(np.mean(over)), float(np.mean(under))
    factor = t_quantile(level, n - 1) ** 2 / n
    spread = np.cov(np.asarray(over, np.float64), np.asarray(under, np.float64)) * factor
    a, b, c = y * y - spread[1, 1], x * y - spread[0, 1], x * x - spread[0, 0]
    if a <= 0 or y == 0:
        return undefined
    root = float(np.sqrt(max(b * b - a * c, 0.0)))
    return Ratio(x / y, float((b - root) / a), float((b + root) / a))


def _by_name(rows: pd.DataFrame, by: Sequence[str], run: list[str]) -> pd.Series[float]:
    """Return euros by run, month and name."""
    kinds = list(by)
    if kinds not in ([], ["payer"], ["use"], ["payer", "use"]):
        raise TableError(f"accounts are summed by payer, use, or both, not by {', '.join(kinds)}")
    sums = rows.groupby([*run, *kinds], observed=True)["euros"].sum().reset_index()
    texts = [sums[kind].astype(str).to_list() for kind in kinds]
    names: Any = [JOINT.join(text) for text in zip(*texts, strict=True)] if texts else ALL_PAYERS
    return sums.assign(indicator=names).set_index([*run, "indicator"])["euros"]


def _during(table: pd.DataFrame, span: Phase) -> pd.DataFrame:
    inside = table[(table["month"] >= span.start) & (table["month"] < span.end)]
    if inside.empty:
        raise TableError(f"there are no values in {span.dates}")
    return inside


def _paired_sum(table: pd.DataFrame, scenario: str, baseline: str) -> pd.Series[float]:
    """Return the difference of the sums over the months, by seed."""
    sums = table.groupby(["scenario", "seed"], observed=True)["value"].sum()
    there = set(sums.index.get_level_values("scenario"))
    for name in (scenario, baseline):
        if name not in there:
            raise TableError(f"there are no runs of {name!r}")
    difference: pd.Series[float] = (sums.loc[scenario] - sums.loc[baseline]).round(DIGITS)
    return difference


def _mean_interval(values: pd.Series[float], level: float) -> tuple[float, float, float]:
    table = mean_over_seeds(values.rename("value").reset_index().assign(all=0), ("all",), level)
    if table.empty:
        return np.nan, np.nan, np.nan
    row = table.iloc[0]
    return float(row["mean"]), float(row["low"]), float(row["high"])
