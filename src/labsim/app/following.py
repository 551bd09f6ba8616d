"""What the pages on people and places need of a run: its tidy tables, and people and local actors followed.

A full run is looked at month by month by one follower per group of people. Dates are the same for every scenario of a
place, so that whatever the room compares is taken at the same three moments.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from labsim.experiment.followed import EVERYBODY, GROUPS, SAMPLE, Follow, Follower, states_of
from labsim.model import LabourMarket
from labsim.scenario import Scenario
from labsim.units import format_month, parse_month

LIVES_OF = 1
"""Seed whose single lives are kept: the picture of lives shows one run."""

MORE_INDICATORS = ("population", "vacancy_rate", "employment_rate")
"""Indicators that pages need besides those of the comparison, in each municipality."""


def dates(scenario: Scenario) -> tuple[str, str, str]:
    """Return the three months at whose end people and ties are taken: the first, the middle and the last December."""
    first, last = parse_month(scenario.start), parse_month(scenario.end)
    ends = [month for month in range(first, last + 1) if month % 12 == 11] or [first, last]
    return format_month(ends[0]), format_month(ends[len(ends) // 2]), format_month(ends[-1])


class Watch:
    """Looks at one run for all groups of people."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        sample = SAMPLE if seed == LIVES_OF else 0
        when = dates(scenario)
        self._followers = {
            group: Follower(Follow(when, sample, group, group == EVERYBODY)) for group in GROUPS
        }

    def look(self, model: LabourMarket) -> None:
        """Look at the model between two months."""
        states = states_of(model.world.persons)
        for follower in self._followers.values():
            follower.look(model, states)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return paths, lives and spread with the column group, ties and actors of everybody."""
        found = {group: follower.tables() for group, follower in self._followers.items()}
        kept = {
            name: pd.concat([tables[name].assign(group=group) for group, tables in found.items()],
                            ignore_index=True)
            for name in ("paths", "lives", "spread")
        }  # fmt: skip
        return kept | {name: found[EVERYBODY][name] for name in ("ties", "actors")}


def tables(model: LabourMarket, watch: Watch, shown: tuple[str, ...]) -> dict[str, Any]:
    """Return the tidy tables of a finished run, of the indicators only those that pages show, and what was followed."""
    kept = dict(model.recorder.results(only={*shown, *MORE_INDICATORS})._asdict())
    rows = kept["indicators"]
    kept["indicators"] = rows[rows["group"] == EVERYBODY]
    return kept | watch.tables()
