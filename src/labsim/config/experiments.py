"""Experiments from their files: scenarios, seeds, and what is asked about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labsim.config import asked
from labsim.config.documents import Document
from labsim.config.errors import ConfigError, Problem, quoted, suggestion
from labsim.config.forms import Comparison, Experiment, ExperimentForm
from labsim.config.library import Library
from labsim.config.problems import validated
from labsim.config.record import check_record
from labsim.config.scenarios import NAME_OR_GROUP, read_scenario
from labsim.scenario import Scenario
from labsim.units import parse_month

_SEEDS = "it must be a whole number of replicates, or a list of whole numbers such as [1, 2, 3]"


def read_experiment(library: Library, document: Document) -> Experiment:
    """Return the experiment in a document, with all its scenarios."""
    form = validated(ExperimentForm, document)
    scenarios: dict[str, Scenario] = {}
    for i, item in enumerate(form.scenarios):
        scenario = _scenario_of(library, document, i, item)
        if scenario.scenario in scenarios:
            right = "scenarios of an experiment must have different names"
            raise document.error(("scenarios", i), f"is '{scenario.scenario}' once more", right)
        if form.scale is not None:
            scenario = scenario.model_copy(update={"scale": form.scale})
        scenarios[scenario.scenario] = scenario
    if not scenarios:
        raise document.error(("scenarios",), "is empty", "an experiment needs at least one scenario")
    seeds = read_seeds(document, form.seeds)
    _known_scenarios(document, form, scenarios)
    _windows_inside(document, form, scenarios)
    default = tuple(
        Comparison(scenario=name, baseline=form.baseline) for name in scenarios if name != form.baseline
    )
    kept = (
        "experiment",
        "label",
        "question",
        "baseline",
        "outcomes",
        "windows",
        "individuals",
        "ideal",
        "scale",
    )
    return Experiment(
        scenarios=scenarios,
        seeds=seeds,
        comparisons=form.comparisons or default,
        **{name: getattr(form, name) for name in kept},
        **_asked(document, form, scenarios),
    )


def _asked(document: Document, form: ExperimentForm, scenarios: Mapping[str, Scenario]) -> dict[str, Any]:
    """Return what is asked of the runs, checked: precision, decompositions, expectations."""
    outcomes = asked.known_outcomes(scenarios)
    asked.check_outcomes(document, form, outcomes)
    asked.check_individuals(document, form)
    asked.check_ideal(document, form, scenarios)
    decompositions = asked.decompositions(document, form, scenarios)
    names = [*scenarios, *(name for each in decompositions for name in asked.part_names(each))]
    return {
        "precision": asked.half_widths(document, form, outcomes),
        "decompose": decompositions,
        "expect": asked.expectations(document, form, scenarios, names, outcomes),
        "record": check_record(document, form, scenarios),
    }


def _scenario_of(library: Library, document: Document, i: int, item: Any) -> Scenario:
    path = ("scenarios", i)
    if isinstance(item, str):
        file = library.refer("scenario", item, document, path)
        return read_scenario(library, library.document(file), item)
    if isinstance(item, dict):
        return read_scenario(library, document.part(path))
    raise document.error(path, f"is {quoted(item)}", NAME_OR_GROUP)


def read_seeds(document: Document, given: Any) -> tuple[int, ...]:
    """Return the seeds 1 to n, or the ones listed, of a file's key ``seeds``."""
    if _is_whole(given):
        if given < 1:
            raise document.error(("seeds",), f"is {given}", "there must be at least 1 replicate")
        return tuple(range(1, given + 1))
    if not isinstance(given, list) or not given:
        raise document.error(("seeds",), f"is {quoted(given)}", _SEEDS)
    for i, seed in enumerate(given):
        if not _is_whole(seed) or seed < 0:
            raise document.error(
                ("seeds", i), f"is {quoted(seed)}", "a seed must be a whole number of at least 0"
            )
        if seed in given[:i]:
            raise document.error(("seeds", i), f"is {seed} once more", "each seed may stand once")
    return tuple(given)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _known_scenarios(document: Document, form: ExperimentForm, scenarios: dict[str, Scenario]) -> None:
    named: dict[tuple[str | int, ...], str] = {("baseline",): form.baseline}
    for i, comparison in enumerate(form.comparisons):
        named["comparisons", i, "scenario"] = comparison.scenario
        named["comparisons", i, "baseline"] = comparison.baseline
    problems: list[Problem] = [
        document.problem(
            path, f"is '{name}', which is no scenario of this experiment", suggestion(name, scenarios)
        )
        for path, name in named.items()
        if name not in scenarios
    ]
    if problems:
        raise ConfigError(*problems)


def _windows_inside(document: Document, form: ExperimentForm, scenarios: dict[str, Scenario]) -> None:
    for i, window in enumerate(form.windows):
        if window.window in {earlier.window for earlier in form.windows[:i]}:
            right = "windows of an experiment must have different names"
            raise document.error(("windows", i, "window"), f"is '{window.window}' once more", right)
        for name, scenario in scenarios.items():
            span = f"scenario '{name}' records {scenario.start} to {scenario.end}"
            if parse_month(window.start) < parse_month(scenario.start):
                raise document.error(("windows", i, "start"), f"is {window.start}", span)
            if parse_month(window.end) > parse_month(scenario.end):
                raise document.error(("windows", i, "end"), f"is {window.end}", span)
