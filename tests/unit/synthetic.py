"""Made-up result tables with the columns of real ones, for tests of analysis, figures and report.

A few thousand people move between states by rates that swing with demand; a scenario moves the rates from its
transition on. Seeds give every scenario the same shocks, so that pairs are alike before the reform. The
accounting is exact: every stock changes by its flows. The numbers say nothing about any policy.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

GROUPS = {"all": 1.0, "youth": 1.25, "older": 0.6, "low_skilled": 0.75, "long_term": 0.5}
"""Groups and how their exit rate compares with everybody's."""

PLACES = {"Dortmund": 38_000, "Unna": 24_000}
REFORM = "2003-01"

EFFECTS: dict[str, dict[str, float]] = {
    "status_quo_ante": {},
    "demand_and_support": {"job": 1.04, "withdraw": 1.5, "measure": 0.6},
    "local_activation": {"job": 1.06, "withdraw": 0.9, "measure": 1.3},
}
LABELS = {
    "status_quo_ante": "Status quo ante",
    "demand_and_support": "Demand and support",
    "local_activation": "Local activation",
}

INDICATORS: dict[str, dict[str, str]] = {
    name: {"unit": unit, "label": label, "label_de": label, "definition": f"{label} ({unit})"}
    for name, unit, label in [
        ("employment", "persons", "Employment"),
        ("unemployed", "persons", "Registered unemployed"),
        ("in_measure", "persons", "In a measure"),
        ("inactive", "persons", "Inactive"),
        ("population", "persons", "Population of working age"),
        ("unemployment_rate", "% of labour force", "Registered unemployment rate"),
        ("underemployment_rate", "% of labour force with measures", "Underemployment rate"),
        ("employment_rate", "% of population of working age", "Employment rate"),
        ("participation_rate", "% of population of working age", "Participation rate"),
        ("job_finding_rate", "% of unemployed per month", "Job-finding rate"),
        ("long_term_share", "% of registered unemployed", "Long-term share"),
        ("vacancies", "number", "Vacancies"),
        ("vacancy_rate", "% of jobs, filled and vacant", "Vacancy rate"),
    ]
}

MOVES: list[tuple[str, str, float]] = [
    ("employed", "unemployed", 0.0085),
    ("employed", "inactive", 0.002),
    ("employed", "outside", 0.0012),
    ("unemployed", "employed", 0.058),
    ("unemployed", "in_measure", 0.02),
    ("unemployed", "inactive", 0.012),
    ("in_measure", "unemployed", 0.12),
    ("in_measure", "employed", 0.04),
    ("inactive", "employed", 0.006),
    ("inactive", "unemployed", 0.004),
    ("inactive", "outside", 0.002),
]


def _months(start: str, count: int) -> pd.DatetimeIndex:
    return pd.date_range(start, periods=count, freq="MS", unit="s")


def _rate(source: str, target: str, rate: float, demand: float, effect: Mapping[str, float]) -> float:
    if target == "employed":
        return rate * demand * effect.get("job", 1.0)
    if target == "unemployed" and source == "employed":
        return rate / demand
    if (source, target) == ("unemployed", "inactive"):
        return rate * effect.get("withdraw", 1.0)
    if target == "in_measure":
        return rate * effect.get("measure", 1.0)
    return rate


def _simulate(
    scenario: str, seed: int, place: str, months: pd.DatetimeIndex, ramp: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the rows of indicators (everybody) and flows of one run in one municipality."""
    people = PLACES[place]
    stock = {"employed": 0.615, "unemployed": 0.105, "in_measure": 0.02, "inactive": 0.26}
    stocks = {state: round(share * people) for state, share in stock.items()}
    noise = np.random.default_rng([seed, people])
    own = np.random.default_rng(
        [seed, len(scenario)]
    ).standard_normal()  # how strong the effect is in this pair
    reform, shock = pd.Timestamp(REFORM), 0.0
    indicators: list[dict[str, Any]] = []
    flows: list[dict[str, Any]] = []
    for t, month in enumerate(months):
        passed = (month.year - reform.year) * 12 + month.month - reform.month
        weight = float(np.clip((passed + 1) / max(ramp, 1), 0, 1)) if passed >= 0 else 0.0
        weight *= 1 + 0.4 * own
        effect = {key: 1 + weight * (value - 1) for key, value in EFFECTS[scenario].items()}
        shock = 0.9 * shock + 0.03 * noise.standard_normal()
        demand = 1 + 0.15 * np.sin(2 * np.pi * (t + 8) / 110) + shock
        draws = noise.random(len(MOVES))
        moved = {}
        for (source, target, rate), draw in zip(MOVES, draws, strict=True):
            expected = stocks[source] * _rate(source, target, rate, demand, effect)
            moved[source, target] = int(max(expected + np.sqrt(expected) * 0.5 * (2 * draw - 1), 0))
        moved["outside", "inactive"] = moved["employed", "outside"] + moved["inactive", "outside"]
        found = moved["unemployed", "employed"]
        finding = 100 * found / stocks["unemployed"]
        for (source, target), persons in moved.items():
            if source != "outside":
                stocks[source] -= persons
            if target != "outside":
                stocks[target] += persons
        moved["employed", "employed"] = round(stocks["employed"] * 0.009)
        keys = {"month": month, "municipality": place}
        flows += [keys | {"source": s, "target": t_, "persons": n} for (s, t_), n in moved.items()]
        vacancies = round(0.022 * stocks["employed"] * (1 + 2.2 * (demand - 1)))
        extra = {"vacancies": float(vacancies), "job_finding_rate": finding}
        indicators += [
            keys | {"group": "all", "indicator": name, "value": value}
            for name, value in {**_indicators(stocks, vacancies), **extra}.items()
        ]
    return indicators, flows


def _indicators(stocks: Mapping[str, int], vacancies: int) -> dict[str, float]:
    employed, unemployed, in_measure = stocks["employed"], stocks["unemployed"], stocks["in_measure"]
    force, population = employed + unemployed, sum(stocks.values())
    return {
        "employment": float(employed),
        "unemployed": float(unemployed),
        "in_measure": float(in_measure),
        "inactive": float(stocks["inactive"]),
        "population": float(population),
        "unemployment_rate": 100 * unemployed / force,
        "underemployment_rate": 100 * (unemployed + in_measure) / (force + in_measure),
        "employment_rate": 100 * employed / population,
        "participation_rate": 100 * (force + in_measure) / population,
        "long_term_share": 46.0,
        "vacancy_rate": 100 * vacancies / (employed + vacancies),
    }


STOCK_NAMES = ("employment", "unemployed", "in_measure", "inactive", "population", "vacancies")


def _whole(indicators: pd.DataFrame) -> pd.DataFrame:
    """Return the indicators of the whole place: stocks are sums, the rest is averaged by weight of people."""
    weight = indicators["municipality"].map(PLACES) / sum(PLACES.values())
    is_stock = indicators["indicator"].isin(STOCK_NAMES)
    value = indicators["value"].where(is_stock, indicators["value"] * weight)
    keys = ["scenario", "seed", "month", "group", "indicator"]
    return indicators.assign(value=value).groupby(keys, sort=False)["value"].sum().reset_index()


def tables(
    scenarios: Sequence[str] = tuple(EFFECTS),
    seeds: int = 4,
    start: str = "1998-01",
    months: int = 156,
    ramp: int = 24,
) -> dict[str, pd.DataFrame]:
    """Return combined tables ``indicators``, ``flows`` and ``durations``."""
    index = _months(start, months)
    all_indicators, all_flows = [], []
    for scenario in scenarios:
        for seed in range(1, seeds + 1):
            for place in PLACES:
                rows, moves = _simulate(scenario, seed, place, index, ramp)
                run = {"scenario": scenario, "seed": seed}
                all_indicators += [run | row for row in rows]
                all_flows += [run | move for move in moves]
    indicators = pd.DataFrame(all_indicators)
    whole = _whole(indicators).assign(municipality="all")
    flows = pd.DataFrame(all_flows).astype({"persons": "int64"})
    keys = ["scenario", "seed", "month", "source", "target"]
    total = flows.groupby(keys, sort=False)["persons"].sum().reset_index().assign(municipality="all")
    return {
        "indicators": pd.concat([indicators, whole[indicators.columns]], ignore_index=True),
        "flows": pd.concat([flows, total[flows.columns]], ignore_index=True),
        "durations": durations(scenarios, seeds, range(index[0].year, index[-1].year + 1)),
    }


def durations(scenarios: Sequence[str], seeds: int, years: Sequence[int]) -> pd.DataFrame:
    """Return a table of durations with a falling exit rate; the scenario moves it from the reform on."""
    rows = []
    for scenario in scenarios:
        for seed in range(1, seeds + 1):
            for year in years:
                effect = EFFECTS[scenario] if year >= int(REFORM[:4]) else {}
                for number, (group, factor) in enumerate(GROUPS.items()):
                    draw = np.random.default_rng([seed, year, number])
                    at_risk = 6000.0 if group == "all" else 1200.0
                    for month in range(72):
                        job = factor * effect.get("job", 1.0) * (0.018 + 0.1 * np.exp(-month / 7))
                        leave = effect.get("withdraw", 1.0) * 0.008
                        present = int(at_risk)
                        found, left = (int(draw.binomial(present, rate)) for rate in (job, leave))
                        rows.append((scenario, seed, year, group, month, present, found, left))
                        at_risk -= found + left + 0.01 * present
    names = ["scenario", "seed", "year", "group", "months", "at_risk", "to_job", "to_inactive"]
    return pd.DataFrame(rows, columns=names)


def targets() -> list[dict[str, Any]]:
    """Return published annual points as ``run.json`` holds them."""
    values = [15.8, 15.2, 14.1, 13.4, 13.6, 14.5, 15.4, 18.1, 17.1, 14.5, 13.5, 13.2, 13.0]
    return [
        {"series": "unemployment_rate", "municipality": "Dortmund", "date": str(1998 + i), "value": value,
         "unit": "%", "source": "BBSR INKAR via GERDA"}
        for i, value in enumerate(values)
    ]  # fmt: skip


def run(scenario: str, seed: int = 1, ramp: int = 24, end: str = "2010-12") -> dict[str, Any]:
    """Return a ``run.json`` with every key of the agreement."""
    timeline: list[dict[str, Any]] = [
        {
            "from": None,
            "to": "status_quo_ante",
            "start": "1998-01",
            "months": 0,
            "shape": "step",
            "unit": "person",
        }
    ]
    if EFFECTS[scenario]:
        timeline.append({"from": "status_quo_ante", "to": scenario, "start": REFORM, "months": ramp,
                         "shape": "linear", "unit": "person"})  # fmt: skip
    return {
        "scenario": scenario, "label": {"en": LABELS[scenario], "de": LABELS[scenario]}, "seed": seed,
        "version": "0.1.0", "commit": "0123abc", "key": "f" * 16, "start": "1998-01", "end": end, "scale":
        0.1, "place": "dortmund", "persons": sum(PLACES.values()), "engine": "kernels", "timeline": timeline,
        "assumptions": [
            {"where": "search.decay", "meaning": "how fast search effort falls <with duration>", "value":
            0.03,
             "unit": "per month"},
            {"where": f"regimes.{scenario}.contact_interval", "meaning": "months between contacts", "value":
            3,
             "unit": "months"},
        ],
        "targets": targets(), "platform": {"system": "Linux", "machine": "x86_64", "python": "3.12.1"},
        "versions": {"mesa": "3.5.1", "numba": "0.68"}, "seconds": 12.3, "indicators": INDICATORS,
        "config": {"place": "dortmund"}, "digest": "ab" * 32,
    }  # fmt: skip


def write_run(folder: Path, scenario: str = "local_activation", seed: int = 1) -> Path:
    """Write a results folder of one run (its tables have neither scenario nor seed) and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    made = tables([scenario], seeds=seed)
    for name, table in made.items():
        alone = table[table["seed"] == seed].drop(columns=["scenario", "seed"])
        alone.to_parquet(folder / f"{name}.parquet", index=False)
    (folder / "run.json").write_text(json.dumps(run(scenario, seed)), encoding="utf-8")
    return folder


def write_experiment(
    folder: Path, scenarios: Sequence[str] = tuple(EFFECTS), seeds: int = 4, ramp: int = 24
) -> Path:
    """Write an experiment's folder (combined tables and experiment.json) and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables(scenarios, seeds, ramp=ramp).items():
        table.to_parquet(folder / f"{name}.parquet", index=False)
    about = {
        "name": "dortmund_2003",
        "question": "What would local activation have changed in Dortmund from 2003 on?",
        "baseline": scenarios[0],
        "scenarios": [{"name": name, "label": LABELS[name]} for name in scenarios],
        "seeds": list(range(1, seeds + 1)),
        "comparisons": [{"scenario": name, "baseline": scenarios[0]} for name in scenarios[1:]],
        "runs": {name: run(name, ramp=ramp) for name in scenarios},
    }
    (folder / "experiment.json").write_text(json.dumps(about), encoding="utf-8")
    return folder
