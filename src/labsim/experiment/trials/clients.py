"""One seed of a trial of clients, drawn one by one or at a share that differs between municipalities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from labsim.analysis.evaluators import Estimate, difference_in_means, matched, nearest_controls, propensity
from labsim.config.trials import Eligible, VirtualTrial
from labsim.experiment.trial import Tick, Treatment, Trial, worlds_of
from labsim.experiment.trial_tables import Arms, Path, cell_table
from labsim.rng import Purpose, hashed_seed, uniforms
from labsim.scenario import Scenario
from labsim.units import parse_month

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

LOTS_OF_UNITS = 1
"""Index of the draws (`Purpose.TRIAL`) that order municipalities; those of persons have index 0."""


def run_clients(trial: VirtualTrial, market: str, seed: int, tick: Tick) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return cells and estimates of one seed in one market.

    ``cells`` as `labsim.experiment.trial_tables.cell_table` makes them, with columns market and (saturation) share;
    ``estimates``: market, trial, seed, estimate, outcome, horizon, value, se.
    """
    scenario, form = trial.markets[market], trial.form
    share: float | dict[str, float] = form.share
    if form.design == "saturation":
        share = shares_by_lot(trial, scenario, seed)
    trials = {}
    for name, treatment in trial.treatments.items():
        assert isinstance(treatment, Treatment)
        trials[name] = Trial(
            scenario, treatment, share, form.month, form.follow_up, Eligible(form.eligible), form.assignment
        )
    cells, estimates = [], []
    for name, (arms, paths) in worlds_of(trials, seed, tick=tick).items():
        about: dict[str, Any] = {"trial": name, "seed": seed}
        table = cell_table(about, arms, paths).assign(market=market)
        if isinstance(share, Mapping):
            table["share"] = table["municipality"].astype(str).map(share).astype(np.float64)
        else:
            found = person_estimates(arms, paths, form.outcomes, form.horizons)
            estimates.append(found.assign(market=market, **about))
        cells.append(table)
    columns = ["market", "trial", "seed", "estimate", "outcome", "horizon", "value", "se"]
    whole = pd.concat(estimates, ignore_index=True) if estimates else pd.DataFrame(columns=columns)
    return pd.concat(cells, ignore_index=True), whole[columns]


def in_order_of_lots(units: Sequence[int], seed: int, month: int) -> list[int]:
    """Return the units (numbers) in an order drawn by lot, the same for every market of a seed."""
    known = sorted(set(units))
    lots = uniforms(hashed_seed(seed), Purpose.TRIAL, month, np.array(known), LOTS_OF_UNITS)[:, 0]
    return [known[i] for i in np.argsort(lots, kind="stable").tolist()]


def shares_by_lot(trial: VirtualTrial, scenario: Scenario, seed: int) -> dict[str, float]:
    """Return the share of the eligible to treat by municipality: units are dealt the shares in an order by lot."""
    shares, order = trial.form.shares, in_order_of_lots(trial.units, seed, parse_month(trial.form.month))
    dealt = {unit: shares[turn % len(shares)] for turn, unit in enumerate(order)}
    names = [m.name for m in scenario.place.municipalities]
    return {name: dealt[unit] for name, unit in zip(names, trial.units, strict=True)}


def person_estimates(
    arms: Arms, paths: Mapping[str, Path], outcomes: Sequence[str], horizons: Sequence[int]
) -> pd.DataFrame:
    """Return truth, difference in means and matching by outcome and horizon, with standard errors."""
    rows = np.flatnonzero(arms.eligible)
    treated = arms.treated[rows]
    partner = nearest_controls(propensity(arms.observed[rows], treated), treated)
    found = []
    for outcome in outcomes:
        values = {world: person_values(path, rows, outcome) for world, path in paths.items()}
        for h in horizons:
            kept = paths["treated"].same[h, rows]
            with_it, without = values["treated"][h], values["untreated"][h]
            change = (with_it - without)[treated & kept]
            estimates = {
                "truth": Estimate(float(change.mean()) if change.size else np.nan, np.nan),
                "difference": difference_in_means(with_it[treated & kept], with_it[~treated & kept]),
                "matching": matched(with_it, treated, partner, kept),
            }
            found += [
                {
                    "estimate": name,
                    "outcome": outcome,
                    "horizon": h,
                    "value": round(e.value, 10),
                    "se": round(e.se, 10),
                }
                for name, e in estimates.items()
            ]
    return pd.DataFrame(found, columns=["estimate", "outcome", "horizon", "value", "se"])


def person_values(path: Path, rows: NDArray[np.int64], outcome: str) -> Floats:
    """Return an outcome of persons by horizon, (h, n): 0 or 100 for shares, EUR, months so far, % a month.

    The meaning is that of `labsim.analysis.trial_values`; of the exit rate, exits so far per month at risk of the
    person (so its mean weights persons, not months).
    """
    part = path.of(rows)
    states = {"employed": 0, "unemployed": 1, "in_measure": 2, "inactive": 3}
    if outcome in states:
        return np.where(part.status == states[outcome], 100.0, 0.0)
    if outcome == "earnings":
        return part.earnings()
    at_work = part.employed()
    if outcome in {"months_in_work", "months_jobless"}:
        counted = (at_work if outcome == "months_in_work" else part.registered()).astype(np.float64)
        counted[0] = 0.0
        return np.asarray(np.cumsum(counted, axis=0))
    if outcome == "exit_rate":
        risk = part.registered()
        exits, months = np.zeros(risk.shape), np.zeros(risk.shape)
        exits[1:] = np.cumsum(risk[:-1] & at_work[1:], axis=0)
        months[1:] = np.cumsum(risk[:-1], axis=0)
        return 100.0 * exits / np.maximum(months, 1.0)
    flags = {
        "long_term": part.long_term,
        "found_work": part.since_the_draw(at_work),
        "left_register": part.since_the_draw(~part.registered()),
        "sanctioned": part.sanctioned,
    }
    return np.where(flags[outcome], 100.0, 0.0)
