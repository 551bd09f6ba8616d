"""Small tables of people and local actors, made by hand, with the columns of `labsim.experiment.followed`."""

from __future__ import annotations

import pandas as pd

NAMES = ("status_quo_ante", "local_activation")
DATES = tuple(pd.Timestamp(month) for month in ("2002-12", "2004-12", "2007-12"))

PATHS = {
    "status_quo_ante": [
        ("short", "employed", "employed", 30),
        ("short", "long", "long", 10),
        ("long", "long", "inactive", 40),
        ("in_measure", "short", "employed", 20),
        ("employed", "employed", "employed", 900),
    ],
    "local_activation": [
        ("short", "employed", "employed", 40),
        ("long", "in_measure", "employed", 40),
        ("in_measure", "short", "employed", 20),
        ("employed", "employed", "employed", 900),
    ],
}


def paths(seeds: int = 3) -> pd.DataFrame:
    """Return a table of paths, the same in every seed."""
    rows = [
        (name, seed, *path) for name, each in PATHS.items() for seed in range(1, seeds + 1) for path in each
    ]
    return pd.DataFrame(rows, columns=["scenario", "seed", "first", "second", "third", "persons"])


LIVES = {
    "status_quo_ante": {7: ["long"] * 4, 3: ["employed"] * 4, 5: ["employed", "short", "short", "employed"]},
    "local_activation": {
        7: ["long", "in_measure", "employed", "employed"],
        3: ["employed"] * 4,
        5: ["employed"] * 4,
    },
}


def lives() -> pd.DataFrame:
    """Return three persons over four months."""
    rows = [
        (name, 1, person, month, state)
        for name, each in LIVES.items()
        for person, states in each.items()
        for month, state in zip(
            pd.date_range("2002-11", periods=4, freq="MS", unit="us"), states, strict=True
        )
    ]
    return pd.DataFrame(rows, columns=["scenario", "seed", "person", "month", "state"])


def spread() -> pd.DataFrame:
    """Return people by bins of 0.02: a common first year, then two different ones."""
    people = {
        ("status_quo_ante", 2002): {0.20: 50, 0.22: 50},
        ("local_activation", 2002): {0.20: 50, 0.22: 50},
        ("status_quo_ante", 2003): {0.20: 100, 0.40: 100},
        ("local_activation", 2003): {0.60: 100, 0.80: 100},
    }
    rows = [
        (name, 1, year, "long", low, persons)
        for (name, year), bins in people.items()
        for low, persons in bins.items()
    ]
    rows += [(name, 1, year, "employed", 0.9, 500) for name, year in people]
    return pd.DataFrame(rows, columns=["scenario", "seed", "year", "state", "low", "persons"])


STRENGTHS = {"status_quo_ante": (0.2, 0.5), "local_activation": (0.6, 0.9)}
"""Strength of the ties agency-municipality and agency-training in seed 1; in seed 2 it is 0.02 more."""


def ties() -> pd.DataFrame:
    """Return two ties at three dates in two municipalities and seeds."""
    rows = [
        (name, seed, when, place, "agency", other, strength + 0.02 * (seed - 1))
        for name, strengths in STRENGTHS.items()
        for seed in (1, 2)
        for when in DATES
        for place in ("Dortmund", "Unna")
        for other, strength in zip(("municipality", "training"), strengths, strict=True)
    ]
    return pd.DataFrame(
        rows, columns=["scenario", "seed", "month", "municipality", "source", "target", "strength"]
    )


def actors() -> pd.DataFrame:
    """Return the actors of `ties`, with 40 places of training in Dortmund and none in Unna."""
    rows = [
        (name, seed, when, place, actor, capacity if place == "Dortmund" else 0.0 * capacity)
        for name in NAMES
        for seed in (1, 2)
        for when in DATES
        for place in ("Dortmund", "Unna")
        for actor, capacity in (("agency", float("nan")), ("municipality", float("nan")), ("training", 40.0))
    ]
    return pd.DataFrame(rows, columns=["scenario", "seed", "month", "municipality", "actor", "capacity"])
