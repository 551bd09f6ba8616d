"""Following persons through a run: months in work within a window, and who they were before the scenarios parted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from labsim import codes
from labsim.analysis.individuals import TRAITS, cells
from labsim.config import Experiment
from labsim.experiment import store
from labsim.experiment.passages import passage
from labsim.model import LabourMarket
from labsim.scenario import Scenario
from labsim.state.place import Label
from labsim.state.tables import Persons
from labsim.units import format_month, parse_month

PLACEBO = "placebo"
"""The role of the scenario that is a perturbation of the baseline without effect, and the end of its name."""

Codes = NDArray[np.uint8]


@dataclass(frozen=True)
class Diary:
    """What to follow: the month before which traits are noted, first and last month counted ("YYYY-MM")."""

    traits: str
    start: str
    end: str

    def as_json(self) -> dict[str, str]:
        """Return the diary as run.json keeps it."""
        return {"traits": self.traits, "start": self.start, "end": self.end}


def diary_of(experiment: Experiment) -> Diary | None:
    """Return what to follow in the runs of an experiment; None if it does not ask for individuals.

    Traits are noted before the first month in which any scenario can differ from another, or before the window if that
    begins earlier: so they are the same in all scenarios of a seed.
    """
    if experiment.individuals is None:
        return None
    window = next(each for each in experiment.windows if each.window == experiment.individuals.window)
    spans = [passage(scenario) for scenario in experiment.scenarios.values()]
    changes = [
        parse_month(change.start) for each in experiment.scenarios.values() for change in each.governance
    ]
    first = min([parse_month(window.start), *changes, *(span[0] for span in spans if span is not None)])
    return Diary(format_month(first), window.start, window.end)


def placebo_of(baseline: Scenario, diary: Diary) -> Scenario:
    """Return the baseline with its lots drawn anew in the month in which the other scenarios begin to change."""
    return baseline.model_copy(
        update={
            "scenario": f"{baseline.scenario}_{PLACEBO}",
            "label": Label(en=f"{baseline.label.en}, placebo"),
            "placebo": diary.traits,
        }
    )


class Keeper:
    """Looks at a model once a month and keeps what a diary asks for."""

    def __init__(self, diary: Diary) -> None:
        self._diary = diary
        self._traits, self._start, self._end = map(parse_month, (diary.traits, diary.start, diary.end))
        self._before: dict[str, NDArray[np.generic]] = {}
        self._age = np.zeros(0, np.int64)
        self._months = np.zeros(0, np.uint16)
        self._lives = self._same = np.zeros(0, bool)

    def look(self, model: LabourMarket) -> None:
        """Look at a model between two months; to be called before the first month and after every one."""
        persons = model.world.persons
        if model.month == self._traits:
            self._before = traits(persons)
            self._lives = persons.status != codes.OUTSIDE
            self._age = persons.age.astype(np.int64)
            self._months = np.zeros(persons.age.size, np.uint16)
        done = model.month - 1
        if self._start <= done <= self._end:
            self._months += persons.status == codes.EMPLOYED
        if done == self._end:
            self._same = self._lives & (persons.age == self._age + (model.month - self._traits))

    def table(self) -> pd.DataFrame:
        """Return one row per person: person (row in the model), months in work, codes of the traits.

        Rows that a school leaver has taken over in the meantime are left out.
        """
        rows = np.flatnonzero(self._same)
        columns = {"months": self._months, **self._before}
        return pd.DataFrame(
            {"person": rows.astype(np.int32), **{name: it[rows] for name, it in columns.items()}}
        )


def traits(persons: Persons) -> dict[str, NDArray[np.generic]]:
    """Return the codes of everybody's traits (places in the lists of `TRAITS`), shape (i,) each."""
    status, out = persons.status, persons.months_out
    labels = TRAITS["position"]
    waiting = 2 + np.searchsorted([3, 12, 24], out, side="right")
    position = np.select(
        [status == codes.EMPLOYED, status == codes.IN_MEASURE, status == codes.UNEMPLOYED],
        [labels.index("employed"), labels.index("in_measure"), waiting],
        labels.index("inactive"),
    )
    age = np.searchsorted([codes.YOUTH_UNTIL, codes.OLDER_FROM], persons.age, side="right")
    return {
        "position": position.astype(np.uint8),
        "education": persons.education.astype(np.uint8),
        "age": age.astype(np.uint8),
    }


def gains(runs: Mapping[tuple[str, int], Path], baseline: str, threshold: int) -> pd.DataFrame:
    """Return gains and losses by cells of traits of every pair of runs that kept a diary.

    Parameters
    ----------
    runs
        Results folder of each (scenario, seed); read one at a time.
    baseline
        Name of the scenario that the others are compared with.
    threshold
        Months from which a difference counts.

    Returns
    -------
    scenario, seed, trait, cell, persons, months, gained, lost (`labsim.analysis.individuals.cells`); empty if there is
    no pair.
    """
    found = list(_gains(runs, baseline, threshold))
    names = ["scenario", "seed", "trait", "cell", "persons", "months", "gained", "lost"]
    return pd.concat(found, ignore_index=True)[names] if found else pd.DataFrame(columns=names)


def _gains(runs: Mapping[tuple[str, int], Path], baseline: str, threshold: int) -> Iterator[pd.DataFrame]:
    kept = {run: folder / store.INDIVIDUALS_FILE for run, folder in runs.items()}
    kept = {run: file for run, file in kept.items() if file.is_file()}
    for seed in dict.fromkeys(seed for name, seed in kept if name == baseline):
        before = pd.read_parquet(kept[baseline, seed])
        for name in (name for name, other in kept if other == seed and name != baseline):
            yield cells(pd.read_parquet(kept[name, seed]), before, threshold).assign(scenario=name, seed=seed)
