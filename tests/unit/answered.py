"""Made-up results of an experiment that asked everything, with the files of a real one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from labsim.analysis.individuals import TRAITS, cells

from .synthetic import EFFECTS, run, write_experiment

BASE, HARD, LOCAL = EFFECTS
PART = f"{LOCAL}_only_"
SHARES = {"passage": 0.0, "casework": 0.5, "benefits": 0.3}
"""What each part has of the whole effect; the rest is interaction."""

ASKED: dict[str, Any] = {
    "outcomes": ["employment_rate", "unemployment_rate"],
    "windows": [
        {"window": "early", "label": {"en": "First years"}, "start": "2003-01", "end": "2004-12"},
        {"window": "late", "label": {"en": "Later years"}, "start": "2007-01", "end": "2010-12"},
    ],
    "precision": {"employment_rate": 0.07, "unemployment_rate": 5.0},
    "expect": [
        {"outcome": "employment_rate", "scenario": LOCAL, "baseline": BASE, "window": "late", "municipality": "all",
         "group": "all", "expect": "rises", "because": "entry jobs <lead on>"},
        {"outcome": "employment_rate", "scenario": LOCAL, "baseline": BASE, "window": "late", "municipality": "all",
         "group": "all", "expect": {"at_least": 40}, "because": ""},
        {"outcome": "unemployment_rate", "scenario": f"{PART}benefits", "baseline": BASE, "window": "late",
         "municipality": "Dortmund", "group": "all", "expect": "no_change", "because": ""},
        {"outcome": "employment_rate", "scenario": HARD, "baseline": LOCAL, "window": "early", "municipality": "all",
         "group": "youth", "expect": "falls", "because": ""},
    ],
    "decompositions": [
        {"scenario": LOCAL, "baseline": BASE, "passage": f"{PART}passage",
         "parts": [{"component": name, "scenario": f"{PART}{name}"} for name in ("casework", "benefits")],
         "unchanged": ["local_policy"], "left_out": ["instruments"]},
    ],
    "individuals": {"window": "late", "months": 3, "placebo": f"{BASE}_placebo",
                    "diary": {"traits": "2003-01", "start": "2007-01", "end": "2010-12"}},
    "ideal": LOCAL,
    "passages": {name: {"start": "2003-01", "end": "2005-01"} for name in (HARD, LOCAL)},
}  # fmt: skip


def write_answered(folder: Path, seeds: int = 4, more: int = 0, asked: Mapping[str, Any] = ASKED) -> Path:
    """Write the folder of an experiment that asked `asked`, with `more` further scenarios; return it."""
    write_experiment(folder, seeds=seeds)
    path = folder / "indicators.parquet"
    table = pd.read_parquet(path)
    keys = ["seed", "month", "municipality", "group", "indicator"]
    base, whole = (table[table["scenario"] == name].set_index(keys)["value"] for name in (BASE, LOCAL))
    made = {f"{PART}{name}": share for name, share in SHARES.items()}
    further = {f"further_{i}": 0.1 * i for i in range(1, more + 1)}
    mixed = [
        (base + share * (whole - base)).reset_index().assign(scenario=name)
        for name, share in (made | {f"{BASE}_placebo": 0.0} | further).items()
    ]
    pd.concat([table, *mixed], ignore_index=True).to_parquet(path, index=False)
    for name in ("flows", "durations"):
        rest = pd.read_parquet(folder / f"{name}.parquet")
        copies = [rest[rest["scenario"] == BASE].assign(scenario=each) for each in further]
        pd.concat([rest, *copies], ignore_index=True).to_parquet(folder / f"{name}.parquet", index=False)
    people(seeds).to_parquet(folder / "gains.parquet", index=False)
    about = json.loads((folder / "experiment.json").read_text(encoding="utf-8")) | dict(asked)
    roles = dict.fromkeys(made, "part") | {f"{BASE}_placebo": "placebo"}
    labels = {name: {"en": name.replace("_", " ").capitalize()} for name in (*further, *roles)}
    about["scenarios"] += [{"name": name, "label": labels[name]} for name in further]
    about["scenarios"] += [
        {"name": name, "label": labels[name], "role": role} for name, role in roles.items()
    ]
    about["runs"] |= {name: run(BASE) for name in further}
    (folder / "experiment.json").write_text(json.dumps(about), encoding="utf-8")
    return folder


def people(seeds: int) -> pd.DataFrame:
    """Gains and losses of 600 persons: pure churning, and two months more for the unemployed under local activation."""
    parts = []
    for seed in range(1, seeds + 1):
        luck = np.random.default_rng(seed)
        codes = {trait: luck.integers(0, len(labels), 600) for trait, labels in TRAITS.items()}
        before = pd.DataFrame({"person": range(600), "months": luck.integers(0, 40, 600), **codes})
        helped = np.isin(codes["position"], [2, 3, 4, 5])
        for name, effect in ((HARD, 0), (LOCAL, 4), (f"{BASE}_placebo", 0)):
            churn = luck.integers(-4, 5, 600) * (luck.random(600) < 0.3)
            after = before.assign(months=np.clip(before["months"] + churn + effect * helped, 0, 48))
            parts.append(cells(after, before, 3).assign(scenario=name, seed=seed))
    return pd.concat(parts, ignore_index=True)
