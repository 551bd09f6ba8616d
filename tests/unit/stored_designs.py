"""Designs with made-up runs, for explorers: a grid of three levers, and points scattered over two."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from labsim.report.explorer import Lever, Outcome, Span, Stored, of_tables

MONTHS = pd.date_range("2003-01-01", periods=36, freq="MS")
START = 12
"""The month in which the scenarios part, counted from the first."""

LEVERS = (
    Lever("transition.gap", {"en": "Gap", "de": "Lücke"}, "months", kind="whole"),
    Lever("transition.shape", {"en": "Shape", "de": "Verlauf"}, kind="choice", choices=("step", "linear")),
    Lever("demand.level", {"en": "Demand", "de": "Nachfrage"}, "ratio", role="uncertainty"),
)
OUTCOMES = (
    Outcome(
        "employment_rate", {"en": "Employment", "de": "Beschäftigung"}, "% of the population of working age"
    ),
    Outcome("in_measure", {"en": "In measures", "de": "In Maßnahmen"}, "persons"),
)
LABELS = {
    "stays": {"en": "Stays as it is", "de": "Bleibt wie es ist"},
    "local": {"en": "Local <b>activation</b>", "de": "Lokale <b>Aktivierung</b>"},
}
SPAN = Span({"en": "late", "de": "spät"}, pd.Timestamp("2005-01-01"), pd.Timestamp("2005-12-01"))


def value(scenario: str, x: np.ndarray, month: int, luck: float) -> np.ndarray:
    """Employment: the scenarios are alike until `START`, then the gap costs and demand helps."""
    gap, shape, demand = (x[:, i] if i < x.shape[1] else 0.0 for i in range(3))
    common = np.zeros(len(x)) + 60 + 20 * (demand - 1) * (x.shape[1] > 2) + luck + 0.02 * month
    if scenario == "stays" or month < START:
        return common
    return common + 0.05 * (month - START) - 0.08 * gap - 0.3 * shape + 0.002 * gap**2 + 0.2 * luck


def runs(points: pd.DataFrame, seeds: int) -> pd.DataFrame:
    """Return the tidy table of runs at the points."""
    x = points.drop(columns="point").to_numpy(np.float64)
    luck = np.random.Generator(np.random.PCG64(1)).normal(size=(100, len(MONTHS)))
    parts = []
    for scenario, seed in itertools.product(LABELS, range(1, seeds + 1)):
        employed = np.stack([value(scenario, x, m, luck[seed, m]) for m in range(len(MONTHS))], axis=1)
        parts.append(pd.DataFrame({
            "scenario": scenario, "point": np.repeat(points["point"].to_numpy(), len(MONTHS)), "seed": seed,
            "month": np.tile(MONTHS, len(points)), "employment_rate": employed.ravel(),
            "in_measure": np.round(10 * employed.ravel()),
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def grid(seeds: int = 12, **changed: Any) -> Stored:
    """A full grid of 3 x 2 x 3 points."""
    rows = list(itertools.product([0.0, 6.0, 12.0], [0.0, 1.0], [0.95, 1.0, 1.1]))
    points = pd.DataFrame(rows, columns=[each.name for each in LEVERS]).rename_axis("point").reset_index()
    return stored(points, LEVERS, seeds, design="full_grid", **changed)


def scattered(seeds: int = 4, count: int = 30, **changed: Any) -> Stored:
    """Points of two levers that are no grid."""
    unit = np.random.Generator(np.random.PCG64(7)).uniform(size=(count, 2))
    points = pd.DataFrame({"point": range(count), "transition.gap": 12 * unit[:, 0], "shape": unit[:, 1]})
    levers = (replace(LEVERS[0], kind="real"), Lever("shape", {"en": "How", "de": "Wie"}))
    return stored(points, levers, seeds, design="latin_hypercube", **changed)


def stored(points: pd.DataFrame, levers: tuple[Lever, ...], seeds: int, **changed: Any) -> Stored:
    """Return the design with its runs."""
    said = {
        "title": {"en": "Ways across", "de": "Wege hinüber"},
        "question": "What does a gap do?",
        "spans": (SPAN,),
    }
    table = changed.pop("table", None)
    table = runs(points, seeds) if table is None else table
    return of_tables(table, points, levers, OUTCOMES, LABELS, **(said | changed))
