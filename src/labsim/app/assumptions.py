"""Which assumptions are tried on the page that checks a comparison, and the runs that try them.

Ranges come from the place's calibration.yaml where it has a prior, else from here with the reason. Every value shown is
simulated; where nothing has been simulated yet, nothing is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from labsim.analysis.turning import AS_IT_IS, HIGH, LOW
from labsim.app.simulating import SHOWN, Run, Task, simulated
from labsim.config import ConfigError
from labsim.config.calibrations import load_calibration
from labsim.config.factors import Factor, at_point, parameter_paths
from labsim.experiment.cache import BurnInCache
from labsim.experiment.keys import run_key
from labsim.figures.turning import Tried
from labsim.parameters import Parameters
from labsim.scenario import Scenario

SEEDS = (1, 2, 3, 4)
"""Seeds over which every assumption is tried."""

STORY_SEEDS = tuple(range(1, 11))
"""Seeds over which stories that nobody has looked at are simulated for the picture of goals in conflict."""

YEAR = 12
"""Months at the end that are compared."""


@dataclass(frozen=True)
class Assumed:
    """An assumption that may be tried: its labels, and the range where the place's calibration has none."""

    path: str
    de: str
    en: str
    low: float | None = None
    high: float | None = None
    why: str = ""


ASSUMED = (
    Assumed("providers.growth", "Wachstum der Träger", "Regrowth of providers", 0.02, 0.30, "no source gives the pace"),
    Assumed("providers.entry", "Neugründung von Trägern", "Entry of providers", 0.0, 0.30, "no source"),
    Assumed("hiring.relative", "Einstellungsmaßstab folgt den Arbeitslosen",
            "Hiring standard follows the unemployed", 0.1, 0.7, "no source"),
    Assumed("hiring.stigma", "Nachteil nach langer Arbeitslosigkeit", "Stigma of long unemployment"),
    Assumed("demand.level", "Zahl der Arbeitsplätze", "Number of jobs", 0.94, 1.06, "six percent fewer or more"),
    Assumed("separations.base", "Verlust lang bestehender Arbeitsplätze", "Loss of long-held jobs"),
    Assumed("people.employability_sd", "Unterschiede der Beschäftigungsfähigkeit", "Spread of employability"),
    Assumed("participation.withdrawal", "Rückzug vom Arbeitsmarkt", "Withdrawal from the market"),
)  # fmt: skip
"""Assumptions that are tried, those that bear on measures and providers first."""


@dataclass(frozen=True)
class Trial:
    """One pair of runs to be made: with an assumption at an end ("" and `AS_IT_IS`: as it is), with one seed."""

    path: str
    end: str
    value: float
    scenarios: tuple[Scenario, Scenario]
    seed: int


@dataclass(frozen=True)
class Tested:
    """What a trial found: B - A of each shown indicator, as means over the last twelve months."""

    path: str
    end: str
    seed: int
    differences: Mapping[str, float]


@lru_cache(maxsize=8)
def ranges(place: str) -> dict[str, tuple[float, float]]:
    """Return the lowest and highest value tried of every assumption, by path."""
    try:
        free = {each.parameter: each.prior for each in load_calibration(place).form.free}
    except (ConfigError, OSError):
        free = {}
    found = {}
    for each in ASSUMED:
        if each.path in free:
            found[each.path] = (free[each.path].low, free[each.path].high)
        elif each.low is not None and each.high is not None:
            found[each.path] = (each.low, each.high)
    return found


def value_of(parameters: Parameters, path: str) -> float:
    """Return the value that a parameter has."""
    group, _, name = path.partition(".")
    return float(getattr(getattr(parameters, group), name))


def tried(scenario: Scenario, language: str) -> dict[str, Tried]:
    """Return the assumptions in words, by path."""
    known, within = parameter_paths(), ranges(scenario.place.place)
    return {
        each.path: Tried(
            each.de if language == "de" else each.en, known[each.path].unit,
            value_of(scenario.parameters, each.path), *within[each.path],
        )
        for each in ASSUMED if each.path in within
    }  # fmt: skip


def trials(scenarios: tuple[Scenario, Scenario], seeds: Sequence[int] = SEEDS) -> Iterator[Trial]:
    """Yield the pairs to be made: the comparison as it is, then one assumption after the other at both ends."""
    yield from (Trial("", AS_IT_IS, 0.0, scenarios, seed) for seed in seeds)
    for path, (low, high) in ranges(scenarios[0].place.place).items():
        for end, value in ((LOW, low), (HIGH, high)):
            if value != value_of(scenarios[0].parameters, path):
                yield from (Trial(path, end, value, scenarios, seed) for seed in seeds)


def stories(scenarios: Sequence[Scenario], known: set[tuple[str, int]]) -> Iterator[Task]:
    """Yield the runs of stories that are not known yet, seed by seed, for the picture of goals in conflict."""
    keys = {run_key(each, 0): each for each in scenarios}
    for seed in STORY_SEEDS:
        yield from (
            Task(key, each, seed, full=False) for key, each in keys.items() if (key, seed) not in known
        )


def tested(trial: Trial, cache: BurnInCache | None) -> Tested:
    """Return what a trial finds."""
    ends = []
    for scenario in trial.scenarios:
        set_to = scenario if not trial.path else with_assumption(scenario, trial.path, trial.value)
        series = simulated(Task("", set_to, trial.seed, full=False), cache).series
        ends.append({name: float(np.mean(values[-YEAR:])) for name, values in series.items()})
    differences = {name: ends[1][name] - ends[0][name] for name in SHOWN}
    return Tested(trial.path, trial.end, trial.seed, differences)


def with_assumption(scenario: Scenario, path: str, value: float) -> Scenario:
    """Return a scenario with one parameter of behaviour set."""
    known = parameter_paths()[path]
    factor = Factor(path, "uncertainty", known.sort, value, value)
    return at_point(scenario, [factor], {path: value})


def made(task: Trial | Task, cache: BurnInCache | None) -> Tested | Run:
    """Return what a trial finds, or the run of a story."""
    return tested(task, cache) if isinstance(task, Trial) else simulated(task, cache)
