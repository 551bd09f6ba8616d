"""Estimators against the truth, over the seeds: means, intervals, bias."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from labsim.analysis.contrasts import mean_over_seeds
from labsim.analysis.intervals import LEVEL
from labsim.analysis.tables import require
from labsim.analysis.trial_values import STOCKS, Choice, by_horizon, condensed, value

KEYS = ["market", "trial", "share", "outcome", "horizon", "estimate"]
SATURATION = ("direct", "spill_over", "net")
TRUTHS = {"truth": "truth"} | {f"truth_{name}": f"truth_{name}" for name in SATURATION}
"""Estimates that are true: their bias is 0."""


def mean_estimates(estimates: pd.DataFrame, level: float = LEVEL) -> pd.DataFrame:
    """Return estimates by market, trial, share, outcome, horizon and estimator: means over the seeds, with intervals.

    Columns: those keys, mean, sd, se, low, high, pairs (seeds), ``mean_se`` (mean of the standard errors that
    evaluators compute from one seed) and ``bias`` (mean less the truth, 0 for the truth itself).
    """
    require(estimates, (*KEYS, "seed", "value", "se"), "the table of estimates")
    if estimates.empty:
        return pd.DataFrame(columns=[*KEYS, "mean", "sd", "se", "low", "high", "pairs", "mean_se", "bias"])
    table = mean_over_seeds(estimates, KEYS, level)
    own = estimates.groupby(KEYS, sort=False, observed=True)["se"].mean().rename("mean_se").reset_index()
    table = table.merge(own, on=KEYS, how="left")
    rest = [name for name in KEYS if name != "estimate"]
    true = table["estimate"].isin(list(TRUTHS))
    truth = table.loc[true, [*rest, "estimate", "mean"]].rename(
        columns={"mean": "true", "estimate": "held_against"}
    )
    table["held_against"] = [_truth_of(str(name)) for name in table["estimate"]]
    table = table.merge(truth, on=[*rest, "held_against"], how="left")
    table["bias"] = table["mean"] - table["true"]
    return table.drop(columns=["true", "held_against"])


def _truth_of(estimate: str) -> str:
    """Return the truth that an estimate is held against."""
    return estimate if estimate in TRUTHS else f"truth_{estimate}" if estimate in SATURATION else "truth"


def saturation_estimates(cells: pd.DataFrame, about: Mapping[str, Any]) -> pd.DataFrame:
    """Return direct effect, spill-over and net effect by share and seed, as evaluators find them and in truth.

    Columns: market, trial, share, seed, estimate, outcome, horizon, value, se (NaN: areas are few, the seeds tell).
    And, with share 0, ``slope_...``: by how many units the true effect changes from nobody to everybody treated, by
    least squares over the shares.
    """
    cells = condensed(cells)
    shares = [share for share in about["shares"] if share > 0.0]
    tables = []
    for market in about["markets"]:
        for trial in about["treatments"]:
            for outcome in about["outcomes"]:
                for horizon in about["horizons"]:
                    first = horizon if outcome in STOCKS else 1
                    base = Choice(trial, outcome, first, horizon, market=market)
                    found = _by_share(cells, base, shares)
                    tables.append(found.assign(market=market, trial=trial, outcome=outcome, horizon=horizon))
    columns = ["market", "trial", "share", "seed", "estimate", "outcome", "horizon", "value"]
    return pd.concat(tables, ignore_index=True)[columns].assign(se=np.nan)


def _by_share(cells: pd.DataFrame, base: Choice, shares: Sequence[float]) -> pd.DataFrame:
    """Return share, seed, estimate, value of one outcome and horizon."""
    rows = []
    for name in SATURATION:
        truths = {}
        for estimate in (f"truth_{name}", name):
            for share in shares:
                values = value(cells, replace(base, estimate=estimate, share=share))
                rows.append(values.rename("value").reset_index().assign(estimate=estimate, share=share))
                if estimate != name:
                    truths[share] = values
        wide = pd.concat(truths, axis=1).to_numpy(np.float64)
        slopes = [_slope(np.array(shares), each) for each in wide]
        seeds = truths[shares[0]].index
        rows.append(pd.DataFrame({"seed": seeds, "value": slopes, "estimate": f"slope_{name}", "share": 0.0}))
    return pd.concat(rows, ignore_index=True)


def _slope(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> float:
    """Return the slope of a least-squares line; NaN with fewer than two points."""
    known = np.isfinite(y)
    if known.sum() < 2:
        return float("nan")
    centred = x[known] - x[known].mean()
    return round(float((centred * y[known]).sum() / (centred**2).sum()), 10)


def effect_paths(
    cells: pd.DataFrame, about: Mapping[str, Any], outcome: str, estimates: Sequence[str]
) -> pd.DataFrame:
    """Return effects on an outcome month by month: market, trial, share, estimate, horizon, mean, low, high.

    ``share`` is 0 in designs that have none.
    """
    cells = condensed(cells)
    shares = [share for share in about.get("shares", ()) if share > 0.0] or [None]
    tables = []
    for market in about["markets"]:
        for trial in about["treatments"]:
            for share in shares:
                values = by_horizon(cells, trial, outcome, estimates, market, share)
                tables.append(values.assign(market=market, trial=trial, share=share or 0.0))
    keys = ["market", "trial", "share", "estimate", "horizon"]
    return mean_over_seeds(pd.concat(tables, ignore_index=True), keys)


def first_outcome(about: Mapping[str, Any]) -> str:
    """Return the first outcome of a month that a trial of clients asks for (employment if there is none)."""
    return next((name for name in about["outcomes"] if name in STOCKS), "employed")
