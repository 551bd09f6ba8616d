"""Sweeps that are really planned, with outcomes that are made by hand: responses whose indices are known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from labsim.config.sweeps import load_sweep
from labsim.sweep.analyse import OUTCOMES
from labsim.sweep.plan import Plan, make_plan

Response = Callable[[pd.DataFrame, str, int], np.ndarray]
"""From the factors at the points, a scenario and a seed to the outcome at the points."""

HEAD = """\
sweep: atlas
label: {en: An atlas, de: Ein Atlas}
question: When does it leave a scar?
"""
SCENARIOS = """\
scenarios:
  - {scenario: at_once, based_on: toytown, label: {en: At once, de: Schlagartig}, burn_in: 2, scale: 0.05}
  - {scenario: path, based_on: toytown, label: {en: With a path, de: Mit Weg}, burn_in: 2, scale: 0.05}
baseline: at_once
levers:
  transition.bridging: {low: 0, high: 1, scenarios: [path], label: {en: Bridging}}
  transition.gap: {low: 0, high: 24, scenarios: [path]}
uncertainties:
  providers.growth: {low: 0.02, high: 0.3, note: no source}
outcomes: [unemployment_rate, employment_rate]
windows:
  - {window: late, label: {en: Last year}, start: 2004-01, end: 2004-12}
"""
FACTORS = ("providers.growth", "transition.bridging", "transition.gap")


def planned(folder: Path, design: str, *, body: str = SCENARIOS, seeds: int = 2) -> Plan:
    """Plan a sweep without running anything; `design` is what stands in the file."""
    file = folder / "sweep.yaml"
    file.write_text(f"{HEAD}{body}design: {design}\nreplicates: {seeds}\n", encoding="utf-8")
    return make_plan(load_sweep(file), folder / "planned", pilot=0)


def luck(seed: int, points: int, scenario: str = "") -> np.ndarray:
    """Independent standard normal numbers for the points, the same for the same seed and scenario."""
    return np.random.Generator(np.random.PCG64([seed, len(scenario)])).normal(size=points)


def outcomes_of(plan: Plan, response: Response, outcome: str | None = None) -> pd.DataFrame:
    """The tidy table that `collect` would write, if runs gave this response (all outcomes alike, if none is named)."""
    names = [outcome] if outcome else [each["name"] for each in plan.facts["outcomes"]]
    windows = [each["name"] for each in plan.facts["windows"]]
    parts = [
        plan.points.assign(scenario=scenario, seed=seed, window=window, outcome=name,
                           value=response(plan.points, scenario, seed))
        for scenario in (plan.facts["scenarios"] or [""])
        for seed in plan.seeds
        for window in windows
        for name in names
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def collected(plan: Plan, table: pd.DataFrame) -> Path:
    """Write the table where `collect` does; return the sweep's folder."""
    table.to_parquet(plan.folder / OUTCOMES, index=False)
    return plan.folder
