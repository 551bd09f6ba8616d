"""What an experiment comes down to: scenarios, seeds, a baseline, and the comparisons wanted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from labsim.config import Comparison, Experiment, load, load_experiment
from labsim.experiment.decomposition import PART, described, parts
from labsim.experiment.individuals import PLACEBO, Diary, diary_of, placebo_of
from labsim.experiment.keys import run_key
from labsim.experiment.passages import passages
from labsim.parameters.overrides import with_values
from labsim.params import bounds
from labsim.scenario import Scenario

LARGEST_SEED = 2**63 - 1
DEFAULT_SEEDS = 10
LONGEST_NAME = 120


@dataclass(frozen=True)
class Plan:
    """Scenarios by seeds.

    name, question, label : for readers
    baseline              : name of the scenario that the others are compared with
    wanted                : what the report shall show (outcomes, windows, comparisons, expectations ...), as
                            experiment.json keeps it
    made                  : scenarios that nobody named but that an answer needs, with what they are for
    diary                 : what to follow of every person, in all scenarios but the parts of a decomposition
    ensemble              : whether each seed takes another member of the place's calibrated ensemble (all scenarios of
                            a seed the same one), so that bands show how unsure the parameters are, beside chance
    """

    name: str
    scenarios: tuple[Scenario, ...]
    seeds: tuple[int, ...]
    baseline: str
    question: str = ""
    label: dict[str, str] | None = None
    wanted: Mapping[str, Any] = field(default_factory=dict)
    made: Mapping[str, str] = field(default_factory=dict)
    diary: Diary | None = None
    ensemble: bool = False

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
        return {
            (each.scenario, seed): run_key(self.at_seed(each, seed), seed)
            for seed in self.seeds
            for each in self.scenarios
        }

    def at_seed(self, scenario: Scenario, seed: int) -> Scenario:
        """Return a scenario as it runs with a seed: with that seed's member of the ensemble, if one is used."""
        if not self.ensemble:
            return scenario
        found = scenario.place.calibrated
        members = () if found is None else found.ensemble
        if not members:
            raise ValueError(
                f"the place '{scenario.place.place}' has no calibrated ensemble; run labsim calibrate"
            )
        member = members[self.seeds.index(seed) % len(members)]
        return scenario.model_copy(update={"parameters": with_values(scenario.parameters, member)})

    def with_ensemble(self) -> Plan:
        """Return the same plan with a member of the calibrated ensemble for each seed."""
        plan = replace(self, ensemble=True)
        for scenario in plan.scenarios:
            plan.at_seed(scenario, plan.seeds[0])  # raises here if there is none
        return plan

    def diary_of(self, scenario: str) -> Diary | None:
        """Return what to follow in the runs of a scenario."""
        return None if self.made.get(scenario) == PART else self.diary

    def at_scale(self, scale: float) -> Plan:
        """Return the same plan with `scale` agents per person."""
        return replace(self, scenarios=tuple(rescaled(each, scale) for each in self.scenarios))

    def over(self, seeds: int | Iterable[int]) -> Plan:
        """Return the same plan with other seeds: 1 to `seeds`, or the ones given."""
        return replace(self, seeds=seeds_of(seeds))


def plan_of(experiment: Experiment) -> Plan:
    """Return the plan of an experiment as its file declares it, with the scenarios that its questions need."""
    made = {each.scenario: (each, PART) for each in parts(experiment)}
    diary = diary_of(experiment)
    if diary is not None:
        placebo = placebo_of(experiment.scenarios[experiment.baseline], diary)
        made[placebo.scenario] = (placebo, PLACEBO)
    return Plan(
        experiment.experiment,
        (*experiment.scenarios.values(), *(scenario for scenario, _ in made.values())),
        experiment.seeds,
        experiment.baseline,
        question=experiment.question,
        label=experiment.label.model_dump(),
        wanted=_wanted(experiment, diary),
        made={name: role for name, (_, role) in made.items()},
        diary=diary,
    )


def _wanted(experiment: Experiment, diary: Diary | None) -> dict[str, Any]:
    """Return what the report shall show, as experiment.json keeps it."""
    wanted = experiment.model_dump(mode="json", include={"outcomes", "windows", "comparisons"})
    if experiment.precision:
        wanted["precision"] = dict(experiment.precision)
    if experiment.expect:
        wanted["expect"] = [each.model_dump(mode="json") for each in experiment.expect]
    if experiment.decompose:
        wanted["decompositions"] = [
            described(each, experiment.scenarios[each.scenario], experiment.baseline)
            for each in experiment.decompose
        ]
    if experiment.individuals is not None and diary is not None:
        placebo = f"{experiment.baseline}_{PLACEBO}"
        asked = experiment.individuals.model_dump(mode="json")
        wanted["individuals"] = asked | {"placebo": placebo, "diary": diary.as_json()}
    if experiment.ideal is not None:
        wanted |= {"ideal": experiment.ideal, "passages": passages(experiment.scenarios)}
    if experiment.record:
        wanted["record"] = [each.model_dump(mode="json") for each in experiment.record]
    return wanted


def rebased(experiment: Experiment, baseline: str) -> Experiment:
    """Return the experiment with another of its scenarios as baseline.

    Comparisons with the old baseline are made with the new one; expectations stay as they were written.
    """
    if baseline not in experiment.scenarios:
        names = ", ".join(experiment.scenarios)
        raise ValueError(f"the baseline '{baseline}' is none of the scenarios {names}")
    kept = tuple(each for each in experiment.comparisons if each.baseline != experiment.baseline)
    new = tuple(
        Comparison(scenario=name, baseline=baseline) for name in experiment.scenarios if name != baseline
    )
    return experiment.model_copy(
        update={
            "baseline": baseline,
            "comparisons": (*new, *(each for each in kept if each not in new)),
            "decompose": tuple(each for each in experiment.decompose if each.scenario != baseline),
        }
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
        return plan_of(what if baseline is None else rebased(what, baseline))
    scenarios = tuple(each if isinstance(each, Scenario) else load(each) for each in what)
    if not scenarios:
        raise ValueError("a comparison needs at least one scenario")
    names = [each.scenario for each in scenarios]
    return Plan(_joined(names), scenarios, seeds_of(DEFAULT_SEEDS), baseline or names[0])


def _joined(names: Sequence[str]) -> str:
    """Return a name for a comparison of scenarios, short enough for a folder.

    >>> _joined(["a", "b"]), _joined(["n" * 60] * 3)[-13:]
    ('a_b', '_and_2_others')
    """
    joined = "_".join(names)
    return joined if len(joined) <= LONGEST_NAME else f"{names[0]}_and_{len(names) - 1}_others"


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
