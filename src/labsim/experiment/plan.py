"""What an experiment comes down to: scenarios, seeds, a baseline, and the comparisons wanted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from labsim.config import Experiment, load, load_experiment
from labsim.experiment.keys import run_key
from labsim.params import bounds
from labsim.scenario import Scenario

LARGEST_SEED = 2**63 - 1
DEFAULT_SEEDS = 10


@dataclass(frozen=True)
class Plan:
    """Scenarios by seeds.

    name, question, label : for readers
    baseline              : name of the scenario that the others are compared with
    wanted                : outcomes, windows and comparisons for the report, as the experiment's file says
    """

    name: str
    scenarios: tuple[Scenario, ...]
    seeds: tuple[int, ...]
    baseline: str
    question: str = ""
    label: dict[str, str] | None = None
    wanted: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = self.names
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"two scenarios are named '{twice}', but names must differ")
        if self.baseline not in names:
            raise ValueError(f"the baseline '{self.baseline}' is none of the scenarios {', '.join(names)}")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the scenarios, in order."""
        return tuple(scenario.scenario for scenario in self.scenarios)

    @property
    def keys(self) -> dict[tuple[str, int], str]:
        """Key of every run, by (scenario, seed)."""
        return {(each.scenario, seed): run_key(each, seed) for seed in self.seeds for each in self.scenarios}

    def at_scale(self, scale: float) -> Plan:
        """Return the same plan with `scale` agents per person."""
        return replace(self, scenarios=tuple(rescaled(each, scale) for each in self.scenarios))

    def over(self, seeds: int | Iterable[int]) -> Plan:
        """Return the same plan with other seeds: 1 to `seeds`, or the ones given."""
        return replace(self, seeds=seeds_of(seeds))


def plan_of(experiment: Experiment) -> Plan:
    """Return the plan of an experiment as its file declares it."""
    return Plan(
        experiment.experiment,
        tuple(experiment.scenarios.values()),
        experiment.seeds,
        experiment.baseline,
        question=experiment.question,
        label=experiment.label.model_dump(),
        wanted=experiment.model_dump(mode="json", include={"outcomes", "windows", "comparisons"}),
    )


def plan_from(what: Experiment | Path | str | Sequence[Scenario | str], baseline: str | None = None) -> Plan:
    """Return a plan of an experiment (object, file or name), or of scenarios (objects, files or names).

    Parameters
    ----------
    baseline
        Name of the scenario to compare with; default: the experiment's, or the first scenario.
    """
    if isinstance(what, str | Path):
        what = load_experiment(what)
    if isinstance(what, Experiment):
        plan = plan_of(what)
        return plan if baseline is None else replace(plan, baseline=baseline)
    scenarios = tuple(each if isinstance(each, Scenario) else load(each) for each in what)
    if not scenarios:
        raise ValueError("a comparison needs at least one scenario")
    names = [each.scenario for each in scenarios]
    return Plan("_".join(names), scenarios, seeds_of(DEFAULT_SEEDS), baseline or names[0])


def seeds_of(seeds: int | Iterable[int]) -> tuple[int, ...]:
    """Return the seeds 1 to `seeds`, or the ones given, checked.

    >>> seeds_of(3)
    (1, 2, 3)
    """
    chosen = tuple(range(1, seeds + 1)) if isinstance(seeds, int) else tuple(seeds)
    if not chosen:
        raise ValueError(f"seeds is {seeds!r}, but there must be at least one")
    for seed in chosen:
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED:
            raise ValueError(f"the seed {seed!r} is no whole number from 0 to {LARGEST_SEED}")
    if len(set(chosen)) != len(chosen):
        raise ValueError(f"seeds has a number twice: {', '.join(map(str, chosen))}")
    return chosen


def rescaled(scenario: Scenario, scale: float) -> Scenario:
    """Return the scenario with `scale` agents per person."""
    low, high = bounds(Scenario.model_fields["scale"])
    if low is None or high is None or not low <= scale <= high:
        raise ValueError(f"scale is {scale:g}, but must be between {low} and {high} agents per person")
    return scenario.model_copy(update={"scale": float(scale)})
