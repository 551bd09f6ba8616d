"""Scenarios and experiments from their files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from labsim.config.citations import citations
from labsim.config.documents import Document
from labsim.config.errors import ConfigError, Problem, quoted, suggestion
from labsim.config.forms import Comparison, Experiment, ExperimentForm, ScenarioForm
from labsim.config.library import Library
from labsim.config.places import read_place
from labsim.config.policies import read_regime, read_transition
from labsim.config.problems import validated
from labsim.policy.regime import Regime
from labsim.policy.transition import Timeline, Transition
from labsim.scenario import Scenario
from labsim.units import parse_month

_NAME_OR_GROUP = "it must be a name, or a group of keys"
_SEEDS = "it must be a whole number of replicates, or a list of whole numbers such as [1, 2, 3]"


def read_scenario(library: Library, document: Document, asked: str = "") -> Scenario:
    """Return the scenario in a document, with its place, its regimes and its timeline."""
    resolved = library.resolved("scenario", document)
    form = validated(ScenarioForm, resolved)
    if asked:
        library.check_name("scenario", asked, form.scenario, document)
    place = read_place(library, library.refer("place", form.place, resolved, ("place",)), form.place)
    initial = read_regime(
        library, library.refer("regime", form.initial, resolved, ("initial",)), form.initial
    )
    regimes = {initial.regime: initial}
    transitions = []
    for i, item in enumerate(form.transitions):
        transition, joined = _transition(library, resolved, i, item)
        _add(regimes, joined, resolved, i)
        transitions.append(transition)
    told = _told(resolved, initial.regime, transitions)
    timeline = validated(Timeline, told, {"initial": initial.regime, "transitions": tuple(transitions)})
    kept = ("scenario", "label", "question", "start", "end", "burn_in", "scale", "parameters")
    values = {name: getattr(form, name) for name in kept}
    scenario = validated(Scenario, told, values | {"place": place, "regimes": regimes, "timeline": timeline})
    parameters = resolved.part(("parameters",))
    scenario.cite(citations(parameters, type(form.parameters), "parameters."))
    return scenario


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
    seeds = _seeds(document, form.seeds)
    _known_scenarios(document, form, scenarios)
    _windows_inside(document, form, scenarios)
    default = tuple(
        Comparison(scenario=name, baseline=form.baseline) for name in scenarios if name != form.baseline
    )
    kept = ("experiment", "label", "question", "baseline", "outcomes", "windows", "scale")
    return Experiment(
        scenarios=scenarios,
        seeds=seeds,
        comparisons=form.comparisons or default,
        **{name: getattr(form, name) for name in kept},
    )


def _transition(
    library: Library, document: Document, i: int, item: Any
) -> tuple[Transition, dict[str, Regime]]:
    path = ("transitions", i)
    if isinstance(item, str):
        return read_transition(library, library.document(library.refer("transition", item, document, path)))
    if isinstance(item, dict):
        return read_transition(library, replace(document.part(path), file=document.where(path)[0]))
    raise document.error(path, f"is {quoted(item)}", _NAME_OR_GROUP)


def _add(regimes: dict[str, Regime], joined: dict[str, Regime], document: Document, i: int) -> None:
    for name, regime in joined.items():
        if regimes.setdefault(name, regime) is not regime:
            wrong = f"names a second regime '{name}' from another file"
            raise document.error(("transitions", i), wrong, "regimes of a scenario must have different names")


def _told(document: Document, initial: str, transitions: list[Transition]) -> Document:
    """Return the document with its transitions written out, so that messages find the right line."""
    written = [transition.model_dump() for transition in transitions]
    return replace(document, data=document.data | {"initial": initial, "transitions": written})


def _scenario_of(library: Library, document: Document, i: int, item: Any) -> Scenario:
    path = ("scenarios", i)
    if isinstance(item, str):
        file = library.refer("scenario", item, document, path)
        return read_scenario(library, library.document(file), item)
    if isinstance(item, dict):
        return read_scenario(library, document.part(path))
    raise document.error(path, f"is {quoted(item)}", _NAME_OR_GROUP)


def _seeds(document: Document, given: Any) -> tuple[int, ...]:
    if _is_whole(given):
        if given < 1:
            raise document.error(("seeds",), f"is {given}", "an experiment needs at least 1 replicate")
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
    asked: dict[tuple[str | int, ...], str] = {("baseline",): form.baseline}
    for i, comparison in enumerate(form.comparisons):
        asked["comparisons", i, "scenario"] = comparison.scenario
        asked["comparisons", i, "baseline"] = comparison.baseline
    problems: list[Problem] = [
        document.problem(
            path, f"is '{name}', which is no scenario of this experiment", suggestion(name, scenarios)
        )
        for path, name in asked.items()
        if name not in scenarios
    ]
    if problems:
        raise ConfigError(*problems)


def _windows_inside(document: Document, form: ExperimentForm, scenarios: dict[str, Scenario]) -> None:
    for i, window in enumerate(form.windows):
        for name, scenario in scenarios.items():
            span = f"scenario '{name}' records {scenario.start} to {scenario.end}"
            if parse_month(window.start) < parse_month(scenario.start):
                raise document.error(("windows", i, "start"), f"is {window.start}", span)
            if parse_month(window.end) > parse_month(scenario.end):
                raise document.error(("windows", i, "end"), f"is {window.end}", span)
