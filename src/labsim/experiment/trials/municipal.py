"""One seed of a trial of municipalities: some come under another rule book or governance, in cohorts, by lot."""

from __future__ import annotations

import copy

import numpy as np
import pandas as pd

from labsim.analysis.panel_values import ESTIMATORS, panel_estimates
from labsim.analysis.trial_values import Choice
from labsim.config.treatments import Rules, with_rules
from labsim.config.trial_forms import GovernanceForm
from labsim.config.trials import VirtualTrial
from labsim.experiment.trial import Tick
from labsim.experiment.trials.clients import in_order_of_lots
from labsim.model import LabourMarket, Process, move_the_policy_clock
from labsim.policy.governance import GovernanceChange
from labsim.units import format_month, parse_month


def run_municipalities(
    trial: VirtualTrial, market: str, seed: int, tick: Tick
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return panel and estimates of one seed in one market.

    ``panel`` as `labsim.analysis.panel_values` reads it; ``estimates``: market, trial, seed, estimate, outcome,
    horizon, value, se, where the horizon is the number of months since the start over which the effect is averaged.
    """
    starts = starts_by_lot(trial, seed)
    rules = {name: t.regime for name, t in trial.treatments.items() if isinstance(t, Rules)}
    scenario, codes = with_rules(trial.markets[market], rules.values())
    model = LabourMarket(scenario, seed=seed)
    code_of = dict(zip(rules, codes, strict=True))
    first = parse_month(trial.form.month)
    while model.month < first:
        model.step()
        tick()
    untreated = _panel_of(
        trial, _advance(copy.deepcopy(model), trial.form.follow_up, tick), starts, "untreated"
    )
    panels = []
    for name, treatment in trial.treatments.items():
        world = copy.deepcopy(model)
        if isinstance(treatment, GovernanceForm):
            change_governance(world, treatment, starts)
        else:
            move_to_rules(world, code_of[name], starts)
        treated = _panel_of(trial, _advance(world, trial.form.follow_up, tick), starts, "treated")
        panels += [table.assign(market=market, trial=name, seed=seed) for table in (treated, untreated)]
    panel = pd.concat(panels, ignore_index=True)
    return panel, _estimates(panel, trial, market)


def starts_by_lot(trial: VirtualTrial, seed: int) -> list[int | None]:
    """Return the month number in which the treatment of each municipality begins, None if it never does.

    Units are drawn by lot; the first ones make the first cohort. Each cohort has at least one unit.
    """
    order = in_order_of_lots(trial.units, seed, parse_month(trial.form.month))
    start_of: dict[int, int] = {}
    taken = 0
    for cohort in trial.cohorts:
        size = max(round(cohort.share * len(order)), 1)
        start_of |= dict.fromkeys(order[taken : taken + size], parse_month(cohort.start))
        taken += size
    return [start_of.get(unit) for unit in trial.units]


def change_governance(model: LabourMarket, form: GovernanceForm, starts: list[int | None]) -> None:
    """Let each treated municipality have another governance from its start on."""
    world = model.world
    for municipality, start in zip(world.place.municipalities, starts, strict=True):
        if start is None:
            continue
        change = GovernanceChange(
            municipality=municipality.name, start=format_month(start), **form.model_dump(exclude_none=True)
        )
        world.changes.setdefault(municipality.name, []).append((start, change))
        world.changes[municipality.name].sort(key=lambda each: each[0])


def move_to_rules(model: LabourMarket, code: int, starts: list[int | None]) -> None:
    """Let everybody in each treated municipality come under a regime from its start on; measures go on to their end.

    Who comes of age or moves in there later comes under it too.
    """
    begin = np.array([np.iinfo(np.int64).max if start is None else start for start in starts])

    def move(moved: LabourMarket) -> None:
        move_the_policy_clock(moved)
        p, month = moved.world.persons, moved.world.month
        due = (begin <= month)[p.municipality] & (p.regime != code)
        p.regime[due & (p.measure_left <= 1)] = code

    usual: tuple[Process, ...] = model.processes
    model.processes = tuple(move if each is move_the_policy_clock else each for each in usual)


def _advance(model: LabourMarket, months: int, tick: Tick) -> LabourMarket:
    for _ in range(months):
        model.step()
        tick()
    return model


def _panel_of(trial: VirtualTrial, model: LabourMarket, starts: list[int | None], world: str) -> pd.DataFrame:
    """Return the indicators of a model by unit and month since the start of the trial."""
    table = model.results.indicators
    names = [m.name for m in model.world.place.municipalities]
    wanted = {*trial.form.outcomes, *(each.outcome for each in trial.form.against)}
    table = table[
        table["indicator"].isin(sorted(wanted))
        & table["municipality"].isin(names)
        & (table["group"] == "all")
    ]
    first = parse_month(trial.form.month)
    number = table["month"].dt.year * 12 + table["month"].dt.month - 1
    begins = {
        name: 0 if start is None else start - first + 1 for name, start in zip(names, starts, strict=True)
    }
    unit = dict(zip(names, trial.units, strict=True))
    where = table["municipality"].astype(str)
    rows = pd.DataFrame(
        {
            "unit": where.map(unit).to_numpy(np.int64),
            "month": (number - first + 1).to_numpy(np.int64),
            "indicator": table["indicator"].astype(str).to_numpy(),
            "value": table["value"].to_numpy(np.float64),
            "start": where.map(begins).to_numpy(np.int64),
        }
    )
    rows = rows[(rows["month"] > -trial.form.before) & (rows["month"] <= trial.form.follow_up)]
    keys = ["unit", "month", "indicator", "start"]
    means = rows.groupby(keys)["value"].mean().round(10).reset_index()
    return means.assign(world=world)


def _estimates(panel: pd.DataFrame, trial: VirtualTrial, market: str) -> pd.DataFrame:
    """Return truth and evaluators' estimates by outcome and horizon, in the unit of the indicator."""
    tables = []
    for name in trial.treatments:
        for outcome in trial.form.outcomes:
            for horizon in trial.form.horizons:
                for estimate in ("truth", *ESTIMATORS):
                    choice = Choice(name, outcome, 1, horizon, estimate, market)
                    about = {"market": market, "trial": name, "estimate": estimate, "outcome": outcome}
                    tables.append(panel_estimates(panel, choice).assign(horizon=horizon, **about))
    columns = ["market", "trial", "seed", "estimate", "outcome", "horizon", "value", "se"]
    return pd.concat(tables, ignore_index=True)[columns]
