"""What a transition costs, what it leaves behind, and how long it takes, against an ideal: an immediate change.

Everything is measured pair by pair (same seed), so that what both scenarios share (demand, luck) drops out. Costs are
stated in employment and underemployment: in the year after a gap registered unemployment rises for the most part
because participants return to the register.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from labsim.analysis.contrasts import contrast, mean_over_seeds
from labsim.analysis.outcomes import OWN, Outcome, register
from labsim.analysis.tables import WHOLE, TableError, pick
from labsim.analysis.windows import Phase, phase_means

HORIZONS = (12, 24, 60, 120)
"""Months from the start of the transition up to which its cost is added up."""

AFTER = (12, 24, 60, 120)
"""Months from the end of the transition after which a scar is looked for."""

SCAR_MONTHS = 12
"""Months over which a difference left is averaged: a full year, so that the season drops out."""

SMOOTHING = 12
"""Months of the trailing mean that `time_to_target` looks at, and for which it must stay at the target."""

LATE = 24
"""Months at the end of the ideal scenario whose mean is the target."""

TOLERANCE = 0.25
"""Distance that counts as having arrived, percentage points of the employment rate (assumption)."""

PERSON_MONTHS = "person-months per 1,000 persons of working age"
POINTS = "percentage points"

COST = {
    "employment": register(Outcome(
        "transition_cost_employment", PERSON_MONTHS, "Transition cost in employment",
        "Übergangskosten in Beschäftigung",
        "Months of employment lost against the ideal scenario, added up from the start of the transition to the horizon"
        " (below 0: gained).", OWN,
    )),
    "underemployment": register(Outcome(
        "transition_cost_underemployment", PERSON_MONTHS, "Transition cost in underemployment",
        "Übergangskosten in Unterbeschäftigung",
        "Months of unemployment or in a measure more than in the ideal scenario, added up from the start of the"
        " transition to the horizon (below 0: fewer).", OWN,
    )),
}  # fmt: skip
SCARS = {
    "employment_rate": register(Outcome(
        "scar_employment", POINTS, "Scar in employment", "Narbe in der Beschäftigung",
        "Employment rate less that of the ideal scenario, mean over twelve months that begin at the horizon after the"
        " end of the transition.", OWN,
    )),
    "underemployment_rate": register(Outcome(
        "scar_underemployment", POINTS, "Scar in underemployment", "Narbe in der Unterbeschäftigung",
        "Underemployment rate less that of the ideal scenario, mean over twelve months that begin at the horizon after"
        " the end of the transition.", OWN,
    )),
}  # fmt: skip
TIME = register(Outcome(
    "time_to_target", "months", "Time to target", "Zeit bis zum Ziel",
    "Months from the start of the transition until the employment rate (mean of twelve months) stays within"
    f" {TOLERANCE} percentage points (assumption) of the ideal scenario's late level; no value if it never does.", OWN,
))  # fmt: skip
CATCH_UP = register(Outcome(
    "time_to_catch_up", "months", "Time to catch up", "Zeit bis zum Aufholen",
    "Months from the start of the transition until the employment rate (mean of twelve months) stays within"
    f" {TOLERANCE} percentage points (assumption) of the ideal scenario's in the same month; no value if it never"
    " does.", OWN,
))  # fmt: skip

COLUMNS = ["outcome", "scenario", "horizon", "mean", "sd", "se", "low", "high", "pairs"]


def transition_cost(
    table: pd.DataFrame,
    scenario: str,
    ideal: str,
    start: pd.Timestamp,
    horizons: Iterable[int] = HORIZONS,
    municipality: str = WHOLE,
) -> pd.DataFrame:
    """Return what `scenario` costs against `ideal`, in person-months per 1,000 persons of working age.

    Parameters
    ----------
    table
        Tidy indicators with employment, unemployed, in_measure and population.
    start
        First month that counts: nothing differs before it.
    horizons
        Months from `start`; those beyond the last month of the table are left out.

    Returns
    -------
    One row per outcome (employment lost, underemployment added; below 0: gained) and horizon: ``COLUMNS``.
    """
    observed = _months_from(table, start)
    names = ["employment", "unemployed", "in_measure", "population"]
    rows = pick(_both(table, scenario, ideal), names, municipality)
    keys = ["scenario", "seed", "month"]
    wide = rows[rows["month"] >= start].set_index([*keys, "indicator"])["value"].unstack("indicator")
    out_of_work = wide["unemployed"] + wide["in_measure"]
    per_thousand = pd.DataFrame({
        "employment": -1000 * wide["employment"] / wide["population"],
        "underemployment": 1000 * out_of_work / wide["population"],
    })  # fmt: skip
    lost = (per_thousand.loc[scenario] - per_thousand.loc[ideal]).dropna().sort_index()
    cumulated = lost.groupby("seed").cumsum().reset_index()
    parts = []
    for horizon in (each for each in horizons if each <= observed):
        last = start + pd.DateOffset(months=horizon - 1)
        there = cumulated[cumulated["month"] == last].melt("seed", list(COST), "kind")
        parts.append(there.assign(horizon=horizon))
    return _summary(parts, scenario, COST)


def scar(
    table: pd.DataFrame,
    scenario: str,
    ideal: str,
    end: pd.Timestamp,
    after: Iterable[int] = AFTER,
    municipality: str = WHOLE,
) -> pd.DataFrame:
    """Return the difference left when the transition is over, in percentage points.

    Parameters
    ----------
    end
        First month after the transition.
    after
        Months from `end` after which a year is averaged; years that the table does not hold in full are left out.

    Returns
    -------
    One row per outcome (scenario less ideal: employment rate, underemployment rate) and horizon: ``COLUMNS``. A
    difference whose interval does not cover zero is a scar at this horizon, and says nothing about later ones.
    """
    rows = pick(_both(table, scenario, ideal), list(SCARS), municipality)
    behind = table["month"].max() + pd.DateOffset(months=1)
    spans = []
    for horizon in after:
        first = end + pd.DateOffset(months=horizon)
        span = Phase(str(horizon), first, first + pd.DateOffset(months=SCAR_MONTHS))
        if span.end <= behind:
            spans.append(span)
    parts = []
    if spans:
        left = contrast(phase_means(rows, spans), {scenario: 1.0, ideal: -1.0}, "phase")
        parts.append(left.assign(kind=left["indicator"], horizon=left["phase"].astype(int)))
    return _summary(parts, scenario, SCARS)


def time_to_target(
    table: pd.DataFrame,
    scenario: str,
    ideal: str,
    start: pd.Timestamp,
    tolerance: float = TOLERANCE,
    municipality: str = WHOLE,
) -> pd.DataFrame:
    """Return how long `scenario` takes to the late level of `ideal`, and until it has caught up with it.

    The target of a pair is the mean of the ideal scenario's employment rate over its last two years. A scenario has
    arrived in the first month from `start` on from which the mean of the last twelve months stays within `tolerance`
    (percentage points) of it until the end of the table, and for a year at least. It has caught up when the same holds
    of its difference to the ideal scenario in the same month, in which what both share (demand, luck) drops out. Of
    the ideal scenario itself only the first is given.

    Returns
    -------
    Two rows (`TIME`, `CATCH_UP`), columns ``COLUMNS`` and ``reached`` (pairs that arrive), ``median`` (months;
    infinite if half of the pairs or more never arrive). Mean and interval are given only if every pair arrives: the
    mean of those that do would be too short. The horizon is the number of months observed from `start` on.
    """
    rows = pick(_both(table, scenario, ideal), "employment_rate", municipality)
    wide = rows.set_index(["seed", "month", "scenario"])["value"].unstack("scenario").dropna().sort_index()
    times: list[tuple[object, float, float]] = []
    for seed, run in wide.groupby("seed"):
        path = run.droplevel("seed")
        target = float(path[ideal].iloc[-LATE:].mean())
        level = _arrival(path[scenario], start, target, tolerance)
        times.append((seed, level, _arrival(path[scenario] - path[ideal], start, 0.0, tolerance)))
    found = pd.DataFrame(times, columns=["seed", "level", "gap"])
    kinds = {"level": TIME} if scenario == ideal else {"level": TIME, "gap": CATCH_UP}
    horizon = _months_from(table, start)
    parts = [found.assign(kind=kind, horizon=horizon, value=_if_all_arrive(found[kind])) for kind in kinds]
    whole = pd.DataFrame({"kind": list(kinds), "horizon": horizon})
    result = _summary(parts, scenario, kinds, whole)
    result["reached"] = [int(np.isfinite(found[kind]).sum()) for kind in kinds]
    result["median"] = [float(found[kind].median()) for kind in kinds]
    return result.assign(pairs=len(found))


def first_lasting_month(
    values: Sequence[float] | NDArray[np.float64], target: float, tolerance: float, stay: int = SMOOTHING
) -> int | None:
    """Return the first place in `values` from which all of them lie within `tolerance` of `target`; None if none.

    At least `stay` values must be left from there on.

    >>> first_lasting_month([5, 1, 5, 1, 1, 1], 1, 0.5, stay=3), first_lasting_month([1, 1, 5], 1, 0.5, stay=1)
    (3, None)
    """
    away = np.flatnonzero(~(np.abs(np.asarray(values, np.float64) - target) <= tolerance))
    first = int(away[-1]) + 1 if away.size else 0
    return first if len(values) - first >= stay and len(values) else None


def _arrival(path: pd.Series[float], start: pd.Timestamp, target: float, tolerance: float) -> float:
    """Return months from `start` until a scenario has arrived; infinite if it never does."""
    smooth = path.rolling(SMOOTHING).mean()
    after = smooth[smooth.index >= start].to_numpy(np.float64)
    first = first_lasting_month(after, target, tolerance)
    return np.inf if first is None else float(first)


def _if_all_arrive(times: pd.Series[float]) -> pd.Series[float]:
    """Return the times if all are finite, else undefined values: a mean over some of them would be too short."""
    return times if bool(np.isfinite(times).all()) else times * np.nan


def _both(table: pd.DataFrame, scenario: str, ideal: str) -> pd.DataFrame:
    """Return the rows of two scenarios, both of which must have runs."""
    there = set(table["scenario"].unique())
    for name in (scenario, ideal):
        if name not in there:
            raise TableError(f"there are no runs of {name!r}; there are runs of {', '.join(sorted(there))}")
    return table[table["scenario"].isin([scenario, ideal])]


def _months_from(table: pd.DataFrame, start: pd.Timestamp) -> int:
    """Return how many months of the table lie at or after `start`."""
    last = table["month"].max()
    months = (last.year - start.year) * 12 + last.month - start.month + 1
    if months < 1:
        raise TableError(f"the table ends in {last:%Y-%m}, before the transition starts ({start:%Y-%m})")
    return int(months)


def _summary(
    parts: Sequence[pd.DataFrame],
    scenario: str,
    outcomes: Mapping[str, Outcome],
    whole: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return means with intervals over the seeds; `whole` lists rows that must be there even without a value."""
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    table = mean_over_seeds(pd.concat(parts, ignore_index=True), ("kind", "horizon"))
    if whole is not None:
        table = whole.merge(table, on=["kind", "horizon"], how="left").fillna({"pairs": 0})
    table = table.sort_values(["kind", "horizon"], key=lambda each: each.map(
        {kind: i for i, kind in enumerate(outcomes)} if each.name == "kind" else int), ignore_index=True)  # fmt: skip
    names = {kind: outcome.name for kind, outcome in outcomes.items()}
    table = table.assign(outcome=table["kind"].map(names), scenario=scenario)
    return table[COLUMNS].astype({"pairs": int})
