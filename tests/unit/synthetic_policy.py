"""Made-up tables of money, providers and entrants, on top of those of `synthetic`; they say nothing about any policy.

Before the reform all scenarios of a seed are alike. From then on each payer's payments move by `MOVES` (EUR per
resident and month), and the entrants of a scenario differ from the unemployed by `REACH`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from .synthetic import EFFECTS, INDICATORS, REFORM, tables

BOOKS = {
    ("insurance", "insurance_benefit"): 40.0,
    ("insurance", "measures"): 12.0,
    ("federal", "assistance"): 20.0,
    ("municipality", "basic_income"): 70.0,
    ("insurance", "administration"): 1.5,
}
"""EUR per resident and month before the reform, by payer and use."""

MOVES: dict[str, dict[tuple[str, str], float]] = {
    "status_quo_ante": {},
    "demand_and_support": {("federal", "basic_income"): 50.0, ("municipality", "basic_income"): -55.0},
    "local_activation": {("state", "measures"): 3.0, ("insurance", "insurance_benefit"): -4.0},
}

REACH = {"status_quo_ante": 0.0, "demand_and_support": 0.6, "local_activation": -0.4}
"""Mean nearness of entrants less that of the unemployed, log points, from the reform on."""

SHARES = {"long_term": 0.4, "youth": 0.15, "low_skilled": 0.45}
"""Groups among the unemployed."""

MORE_INDICATORS = INDICATORS | {
    name: {"unit": unit, "label": label, "label_de": label, "definition": f"{label} ({unit})"}
    for name, unit, label in [
        ("entries", "persons per month", "Entries into measures"),
        ("creaming", "log points", "Creaming"),
        ("capacity_training", "places per 1,000 residents of working age", "Capacity, further training"),
        ("capacity_linked", "places per 1,000 residents of working age", "Capacity, linked employment"),
        ("provider_use", "% of capacity", "Use of capacity"),
        ("provider_competence", "share (0 to 1)", "Competence of providers"),
        ("tie_strength", "share (0 to 1)", "Ties of local actors"),
        ("joint_activity", "share (0 to 1)", "Joint activity"),
    ]
}


def policy_tables(
    scenarios: Sequence[str] = tuple(EFFECTS), seeds: int = 4, months: int = 120
) -> dict[str, pd.DataFrame]:
    """Return the tables of `synthetic` with more indicators, and ``accounts``."""
    made = tables(scenarios, seeds, months=months)
    people = made["indicators"][made["indicators"]["indicator"] == "population"]
    accounts, more = [], []
    for row in people.itertuples(index=False):
        keys = {
            "scenario": row.scenario,
            "seed": row.seed,
            "month": row.month,
            "municipality": row.municipality,
        }
        luck = np.random.default_rng([row.seed, row.month.year, row.month.month]).standard_normal(2)
        after = row.month >= pd.Timestamp(REFORM)
        moves = MOVES[row.scenario] if after else {}
        for book in dict.fromkeys((*BOOKS, *moves)):
            euros = BOOKS.get(book, 0.0) * (1 + 0.01 * luck[0]) + moves.get(book, 0.0) * (1 + 0.05 * luck[1])
            accounts.append(keys | {"payer": book[0], "use": book[1], "euros": round(euros * row.value, 2)})
        more += [keys | each for each in _more(row.scenario, row.value, luck, after=after)]
    extra = pd.DataFrame(more)
    old = made["indicators"]
    old = old[~((old["indicator"] == "unemployed") & (old["group"] == "all"))]
    indicators = pd.concat([old, extra[old.columns]], ignore_index=True)
    return made | {"indicators": indicators, "accounts": pd.DataFrame(accounts)}


def _more(scenario: str, people: float, luck: np.ndarray, *, after: bool) -> list[dict[str, object]]:
    """Return the further indicators of one month as rows without their keys."""
    gap = REACH[scenario] if after else 0.0
    rows: list[dict[str, object]] = [{"group": "all", "indicator": "creaming", "value": gap + 0.01 * luck[0]}]
    for group, share in {"all": 1.0, **SHARES}.items():
        tilt = 1.0 if group == "all" else 1.0 - 0.5 * gap
        rows.append({"group": group, "indicator": "unemployed", "value": 0.1 * people * share})
        rows.append({"group": group, "indicator": "entries", "value": 0.005 * people * share * tilt})
    moved = 0.0 if scenario == "status_quo_ante" or not after else 1.0
    values = {
        "capacity_training": 8.0 - 4.0 * moved + 0.2 * luck[0],
        "capacity_linked": 0.0,
        "provider_use": 90.0 + 20.0 * moved + luck[1],
        "provider_competence": 0.6 - 0.1 * moved,
        "tie_strength": 0.5 + 0.2 * moved * (1 if scenario == "local_activation" else -1) + 0.01 * luck[0],
        "joint_activity": 0.5,
    }
    return rows + [{"group": "all", "indicator": name, "value": value} for name, value in values.items()]
