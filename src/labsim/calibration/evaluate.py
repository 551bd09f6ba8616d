"""Evaluations: what the targets of a place come to at given parameters, kept run by run.

A run is named by its key (`labsim.experiment.keys`) and by the targets asked; what was computed once is read from its
file. So a calibration that was killed is resumed by starting it again: every stage is a function of its evaluations,
and comes to the same result.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from labsim.analysis import scorecard
from labsim.analysis.tables import WHOLE
from labsim.experiment.engines import Task, execute
from labsim.experiment.keys import run_key
from labsim.experiment.progress import Progress, Watcher
from labsim.experiment.run import simulate
from labsim.experiment.store import replace_file
from labsim.parameters.overrides import with_values
from labsim.results import Results
from labsim.scenario import Scenario

Floats = NDArray[np.float64]
Values = dict[str, float]


BESIDE = frozenset(
    {"label", "note", "misses", "why", "role", "weight", "source", "sure", "unit", "value", "found_low", "found_high",
     "half", "percent", "low", "high"}
)  # fmt: skip
"""What a target says that does not decide its value in a run: texts, and what the value is held against."""


class Aim(NamedTuple):
    """A calibrated target: its published value, the half-width of its band, and its weight in the fit."""

    target: str
    published: float
    half_width: float
    weight: float


class EvaluationFailed(RuntimeError):  # noqa: N818 - it says what happened
    """A run of a calibration failed; its text has the parameters, the seed and the traceback."""


@dataclass(frozen=True)
class Question:
    """What is asked of every run: targets as `labsim.analysis.scorecard` reads them, and the published figures.

    Without targets it is asked for the mean unemployment rate of every municipality.
    """

    targets: tuple[Mapping[str, Any], ...] = ()
    published: scorecard.Published = field(default_factory=scorecard.Published)

    @property
    def key(self) -> str:
        """Hash of what decides the targets' values (16 hex digits): a note or a weight may change without new runs."""
        figures = [dict(point) for point in self.published.points] if self.targets else []
        asked = [{name: it for name, it in each.items() if name not in BESIDE} for each in self.targets]
        content = [asked, figures]
        text = json.dumps(content, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def answer(self, results: Results, seed: int) -> Values:
        """Return the value of every target in a run, or the rates by municipality, %."""
        if not self.targets:
            return mean_rates(results.indicators)
        found = scorecard.values(
            results.indicators.assign(seed=seed),
            self.targets,
            self.published,
            results.durations.assign(seed=seed),
        )
        return dict(zip(found["target"].astype(str), found["value"].astype(float), strict=True))


@dataclass
class Evaluations:
    """Runs at parameters, several at a time.

    Parameters
    ----------
    scenario
        The history, with the place's own parameters.
    seeds
        Seeds of each evaluation: the same everywhere, so that differences are due to parameters.
    question
        What is computed from every run.
    folder
        Where runs are kept, one small JSON file each.
    workers
        Processes.
    watch
        Told about progress: runs done of ``planned``.
    """

    scenario: Scenario
    seeds: tuple[int, ...]
    question: Question
    folder: Path
    workers: int
    watch: Watcher
    planned: int = 0
    done: int = 0
    simulated: int = 0
    stage: str = ""
    _known: dict[str, Values] = field(default_factory=dict)

    def at(self, points: Sequence[Mapping[str, float]], shifts: Mapping[str, float]) -> list[pd.DataFrame]:
        """Return for each set of parameters a table of the targets' values: one row a seed, one column a target."""
        jobs: dict[str, tuple[Scenario, int]] = {}
        keys: list[list[str]] = []
        for values in points:
            scenario = at_parameters(self.scenario, values, shifts)
            mine = [self._key(scenario, seed) for seed in self.seeds]
            jobs |= {key: (scenario, seed) for key, seed in zip(mine, self.seeds, strict=True)}
            keys.append(mine)
        self._run({key: job for key, job in jobs.items() if self._read(key) is None})
        self.done += len(jobs)
        return [pd.DataFrame([self._known[key] for key in mine], index=list(self.seeds)) for mine in keys]

    def _key(self, scenario: Scenario, seed: int) -> str:
        return hashlib.sha256(f"{run_key(scenario, seed)} {self.question.key}".encode()).hexdigest()[:40]

    def _read(self, key: str) -> Values | None:
        if key not in self._known:
            file = self.folder / f"{key}.json"
            try:
                content = json.loads(file.read_text(encoding="utf-8"))
                self._known[key] = {str(name): float(value) for name, value in content["values"].items()}
            except (OSError, ValueError, KeyError, AttributeError, TypeError):
                return None  # not there, or cut: simulated again
        return self._known[key]

    def _run(self, jobs: Mapping[str, tuple[Scenario, int]]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        tasks = [
            Task(key, evaluation_task, (scenario, seed, self.question, self.folder / f"{key}.json"))
            for key, (scenario, seed) in jobs.items()
        ]
        errors = []
        self._tell(0)
        ended = execute(tasks, self.workers, lambda _: None) if tasks else iter(())
        for number, (task, error) in enumerate(ended, start=1):
            self.simulated += 1
            self._tell(number)
            if error is not None:
                errors.append(f"{task.name[:12]}: {error}")
        if errors:
            raise EvaluationFailed("\n".join(errors[:3]))
        for key in jobs:
            if self._read(key) is None:
                raise EvaluationFailed(f"the run {key} left no values in {self.folder}")

    def _tell(self, ended: int) -> None:
        done = self.done + ended
        self.watch(Progress(done, max(self.planned, done), self.stage))


def at_parameters(scenario: Scenario, values: Mapping[str, float], shifts: Mapping[str, float]) -> Scenario:
    """Return the scenario at other parameters and with other skill shifts of its municipalities."""
    parameters = with_values(scenario.parameters, values)
    return scenario.model_copy(update={"parameters": parameters, "place": scenario.place.shifted(shifts)})


def evaluation_task(
    scenario: Scenario, seed: int, question: Question, file: Path, *, tick: Callable[[], None]
) -> None:
    """Simulate a run and keep the values of its targets (a task for `engines`)."""
    model = simulate(scenario, seed, threads=1, engine="kernels", cache=None, tick=tick)
    values = question.answer(model.results, seed)
    content = {"seed": seed, "scenario": scenario.scenario, "values": values}
    replace_file(file, lambda aside: aside.write_text(json.dumps(content, sort_keys=True), encoding="utf-8"))


def mean_rates(indicators: pd.DataFrame) -> Values:
    """Return the mean unemployment rate of every municipality over all months, %."""
    rates = indicators[(indicators["indicator"] == "unemployment_rate") & (indicators["group"] == WHOLE)]
    found = rates.groupby("municipality", observed=True)["value"].mean()
    return {str(name): float(value) for name, value in found.items() if name != WHOLE}


def means(tables: Iterable[pd.DataFrame], targets: Sequence[str]) -> Floats:
    """Return the mean over the seeds of each target, (evaluations, targets)."""
    return np.array([table[list(targets)].mean(axis=0).to_numpy(np.float64) for table in tables])


def losses(values: Floats, aims: Sequence[Aim]) -> Floats:
    """Return the loss of each row of target values: the weighted sum of squares of distance / (half-width / 2).

    A band is read as two standard deviations to either side, so the loss is -2 log likelihood up to a constant.
    An undefined value counts as five half-widths.
    """
    return np.asarray(np.nansum(np.square(residuals(values, aims)), axis=1))


def residuals(values: Floats, aims: Sequence[Aim]) -> Floats:
    """Return the weighted distances whose squares the loss adds up, (evaluations, targets)."""
    published = np.array([aim.published for aim in aims])
    scale = np.array([np.sqrt(aim.weight) * 2.0 / aim.half_width for aim in aims])
    distance = (values - published) * scale
    return np.where(np.isfinite(distance), distance, 10.0 * np.sqrt([aim.weight for aim in aims]))
