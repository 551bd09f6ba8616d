"""A market with the face of `LabourMarket` and no mind, for tests of runs, experiments and what is kept of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar, Self

import numpy as np
import pandas as pd

from labsim.scenario import Scenario
from labsim.units import format_month, parse_month

PERSONS = 20


def toy_persons() -> SimpleNamespace:
    """Return twenty people of all ages, the last of them 64 years and 6 months old."""
    age = np.linspace(16 * 12, 64 * 12 + 6, PERSONS).astype(np.int16)
    return SimpleNamespace(
        age=age,
        status=np.zeros(PERSONS, np.uint8),
        months_out=np.zeros(PERSONS, np.uint16),
        education=(np.arange(PERSONS) % 3).astype(np.uint8),
    )


class ToyResults:
    """Four tables from the numbers of a toy market."""

    def __init__(self, rows: list[tuple[int, int]]) -> None:
        months = pd.to_datetime([format_month(month) + "-01" for month, _ in rows])
        values = [float(value % 1000) for _, value in rows]
        keys = {"month": months, "municipality": "all"}
        self.indicators = pd.DataFrame(keys | {"group": "all", "indicator": "unemployed", "value": values})
        self.flows = pd.DataFrame(keys | {"source": "employed", "target": "unemployed", "persons": 1})
        self.durations = pd.DataFrame({"year": months.year, "group": "all", "months": 0, "at_risk": 9,
                                       "to_job": 1, "to_inactive": 1})  # fmt: skip
        self.accounts = pd.DataFrame(keys | {"payer": "insurance", "use": "measures", "euros": values})


class ToyMarket:
    """A number that each month changes by the rules in force: the face of `LabourMarket` and no mind."""

    steps: ClassVar[list[tuple[str, int, int]]] = []
    trouble: ClassVar[Callable[[ToyMarket], None] | None] = None

    def __init__(self, scenario: Scenario, *, seed: int = 1, **_: object) -> None:
        self.scenario, self.seed, self.value = scenario, seed, seed
        self.start_month, self.end_month = parse_month(scenario.start), parse_month(scenario.end)
        self.month = self.start_month - scenario.burn_in
        self.job_seekers = range(PERSONS)
        self.world = SimpleNamespace(persons=toy_persons())
        self.rows: list[tuple[int, int]] = []

    def step(self) -> None:
        name = self.scenario.timeline.initial
        for transition in self.scenario.timeline.transitions:
            name = transition.after if self.month >= transition.first_month else name
        rules = json.dumps(self.scenario.regimes[name].rules(), sort_keys=True)
        text = f"{self.value} {self.month} {self.scenario.scale} {rules}"
        self.value = int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)
        if self.month >= self.start_month:
            self.rows.append((self.month, self.value))
        ToyMarket.steps.append((self.scenario.scenario, self.seed, self.month))
        self._live(self.value)
        self.month += 1
        if ToyMarket.trouble is not None:
            ToyMarket.trouble(self)

    def _live(self, lots: int) -> None:
        """Everybody ages; who works is drawn anew each month; at 65 a school leaver takes the row."""
        persons = self.world.persons
        persons.age += 1
        persons.age[persons.age >= 65 * 12] = 16 * 12
        persons.status[:] = [lots >> i & 1 for i in range(PERSONS)]
        persons.months_out[:] = np.where(persons.status == 0, 0, persons.months_out + 1)

    def save(self, path: Path) -> None:
        np.savez(path, value=self.value, month=self.month, seed=self.seed)

    @classmethod
    def resume(cls, path: Path, scenario: Scenario, **_: object) -> Self:
        with np.load(path) as state:
            market = cls(scenario, seed=int(state["seed"]))
            market.value, market.month = int(state["value"]), int(state["month"])
        return market

    def digest(self) -> str:
        return hashlib.sha256(str(self.value).encode()).hexdigest()

    def notices(self) -> tuple[str, ...]:
        return ()

    @property
    def results(self) -> ToyResults:
        return ToyResults(self.rows)
