"""Estimators as evaluators use them: means, matching, and differences in differences over staggered starts.

Plain NumPy; each returns estimate and standard error as its textbook form gives them. What they miss (displacement,
selection on what nobody observes) is for the comparison with the truth to show, which only a model has.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

NEVER = np.iinfo(np.int64).max
"""The start of a unit that is never treated."""
_STEPS, _RIDGE = 60, 1e-6


class Estimate(NamedTuple):
    """An estimate with its standard error, in the unit of the outcome; NaN where there is nobody to compare."""

    value: float
    se: float


NOTHING = Estimate(np.nan, np.nan)


def difference_in_means(treated: Floats, control: Floats) -> Estimate:
    """Return the mean of the treated less that of the controls; unequal variances (Neyman)."""
    if treated.size < 2 or control.size < 2:
        return NOTHING
    variance = treated.var(ddof=1) / treated.size + control.var(ddof=1) / control.size
    return Estimate(float(treated.mean() - control.mean()), float(np.sqrt(variance)))


def propensity(features: Floats, treated: Mask) -> Floats:
    """Return the probability of treatment given the features, (n,): a logit by Newton's method, slightly ridged.

    ``features`` (n, k) are standardised; constant ones play no part.
    """
    spread = features.std(axis=0)
    kept = spread > 0.0
    x = (features[:, kept] - features[:, kept].mean(axis=0)) / spread[kept]
    x = np.column_stack([np.ones(treated.size), x])
    weights, y = np.zeros(x.shape[1]), treated.astype(np.float64)
    for _ in range(_STEPS):
        p = 1.0 / (1.0 + np.exp(-np.clip(x @ weights, -30.0, 30.0)))
        gradient = x.T @ (y - p) - _RIDGE * weights
        hessian = (x * (p * (1.0 - p))[:, np.newaxis]).T @ x + _RIDGE * np.eye(x.shape[1])
        step = np.linalg.solve(hessian, gradient)
        weights += step
        if np.abs(step).max() < 1e-9:
            break
    return np.round(1.0 / (1.0 + np.exp(-np.clip(x @ weights, -30.0, 30.0))), 10)


def nearest_controls(scores: Floats, treated: Mask) -> NDArray[np.int64]:
    """Return, for each treated in their order, the position of the control with the nearest score (with replacement).

    Ties go to the control that comes first. Empty if there is no control.
    """
    controls = np.flatnonzero(~treated)
    if controls.size == 0:
        return controls
    order = controls[np.argsort(scores[controls], kind="stable")]
    wanted, known = scores[treated], scores[order]
    right = np.searchsorted(known, wanted).clip(0, order.size - 1)
    left = (right - 1).clip(0)
    nearer = np.abs(wanted - known[left]) <= np.abs(known[right] - wanted)
    value = known[np.where(nearer, left, right)]
    return np.asarray(order[np.searchsorted(known, value)], np.int64)


def matched(outcome: Floats, treated: Mask, partner: NDArray[np.int64], kept: Mask) -> Estimate:
    """Return the mean difference between the treated and their matched controls.

    Parameters
    ----------
    outcome, treated
        Of everybody, (n,).
    partner
        The control of each treated (`nearest_controls`).
    kept
        Who is still observed, (n,); pairs with somebody lost are left out.

    The standard error counts a control as often as it is used and takes variances as equal within each arm (Abadie and
    Imbens 2006, with constant conditional variances).
    """
    rows = np.flatnonzero(treated)
    if partner.size != rows.size:
        return NOTHING
    whole = kept[rows] & kept[partner]
    rows, partner = rows[whole], partner[whole]
    if rows.size < 2 or np.unique(partner).size < 2:
        return NOTHING
    used = np.bincount(partner, minlength=outcome.size).astype(np.float64)
    controls = np.flatnonzero(used)
    variance = outcome[rows].var(ddof=1) / rows.size
    variance += outcome[controls].var(ddof=1) * float((used**2).sum()) / rows.size**2
    return Estimate(float((outcome[rows] - outcome[partner]).mean()), float(np.sqrt(variance)))


class Panel(NamedTuple):
    """An outcome of units (municipalities) over periods.

    y      : (n, t)
    starts : (n,) period in which the treatment of each unit begins, `NEVER` if it never does
    """

    y: Floats
    starts: NDArray[np.int64]

    @property
    def never(self) -> Mask:
        """Which units are never treated, (n,)."""
        return np.asarray(self.starts == NEVER)


def after_only(panel: Panel, first: int, last: int) -> Estimate:
    """Return treated less never treated units over the periods ``first`` to ``last``: no look at what was before."""
    means = panel.y[:, first : last + 1].mean(axis=1)
    return difference_in_means(means[~panel.never], means[panel.never])


def two_period(panel: Panel, first: int, last: int) -> Estimate:
    """Return the difference in differences: the change from before to the periods ``first`` to ``last``.

    Before are all periods before the first start anywhere; comparison units are never treated.
    """
    begin = int(panel.starts.min()) if panel.starts.size else NEVER
    if begin in {0, NEVER}:
        return NOTHING
    change = panel.y[:, first : last + 1].mean(axis=1) - panel.y[:, :begin].mean(axis=1)
    return difference_in_means(change[~panel.never], change[panel.never])


def group_time(panel: Panel, before: int) -> dict[int, Estimate]:
    """Return effects by periods since the start (0 is the first one): group by group, month by month.

    Each cohort is compared with the units that are not yet treated in the period (Callaway and Sant'Anna 2021, without
    covariates), from the mean of its last ``before`` periods before the start; cohorts are weighted by their units.
    The standard error takes cohorts and comparison units as independent.
    """
    t = panel.y.shape[1]
    found: dict[int, list[tuple[float, float, float]]] = {}
    for start in sorted({int(s) for s in panel.starts.tolist() if s != NEVER}):
        if start == 0 or start >= t:
            continue
        cohort, base = panel.starts == start, slice(max(start - before, 0), start)
        level = panel.y[:, base].mean(axis=1)
        for period in range(start, t):
            waiting = panel.starts > period
            if not waiting.any():
                continue
            change = panel.y[:, period] - level
            effect = float(change[cohort].mean() - change[waiting].mean())
            variance = sum(
                float(change[part].var(ddof=1)) / part.sum() if part.sum() > 1 else np.nan
                for part in (cohort, waiting)
            )
            found.setdefault(period - start, []).append((float(cohort.sum()), effect, variance))
    out = {}
    for event, parts in sorted(found.items()):
        size = np.array([part[0] for part in parts])
        weights = size / size.sum()
        value = float(weights @ np.array([part[1] for part in parts]))
        variance = float(weights**2 @ np.array([part[2] for part in parts]))
        out[event] = Estimate(value, float(np.sqrt(variance)))
    return out


def over_events(effects: dict[int, Estimate], first: int, last: int) -> Estimate:
    """Return the mean effect over the periods ``first`` to ``last`` since the start.

    Errors of different periods are taken as fully correlated, which is cautious.
    """
    chosen = [each for event, each in effects.items() if first <= event <= last]
    if not chosen:
        return NOTHING
    return Estimate(float(np.mean([e.value for e in chosen])), float(np.mean([e.se for e in chosen])))


def two_way(panel: Panel) -> Estimate:
    """Return the coefficient of "treated now" with effects of unit and period; standard error clustered by unit.

    The naive way to read a staggered roll-out: where effects grow with time it compares late starters with early ones
    that are treated already, and is biased (Goodman-Bacon 2021).
    """
    n, t = panel.y.shape
    treated = (panel.starts[:, np.newaxis] <= np.arange(t)).astype(np.float64)

    def demeaned(values: Floats) -> Floats:
        return values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) + values.mean()

    d, y = demeaned(treated), demeaned(panel.y)
    square = float((d**2).sum())
    if square <= 1e-12:
        return NOTHING
    slope = float((d * y).sum()) / square
    scores = (d * (y - slope * d)).sum(axis=1)
    correction = n / max(n - 1, 1)
    return Estimate(slope, float(np.sqrt(correction * float((scores**2).sum()))) / square)
