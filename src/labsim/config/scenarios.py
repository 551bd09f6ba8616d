"""Scenarios from their files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from labsim.config.calibrated import CALIBRATED_SOURCE
from labsim.config.citations import citations
from labsim.config.documents import Document
from labsim.config.errors import quoted
from labsim.config.forms import ScenarioForm
from labsim.config.library import Library
from labsim.config.places import read_place
from labsim.config.policies import read_regime, read_transition, transition_sources
from labsim.config.problems import validated
from labsim.parameters import Parameters
from labsim.parameters.overrides import overlaid, with_values
from labsim.policy.governance import GovernanceChange
from labsim.policy.regime import Regime
from labsim.policy.transition import Timeline, Transition
from labsim.scenario import Scenario
from labsim.state.place import Place

NAME_OR_GROUP = "it must be a name, or a group of keys"


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
    written = [_written(library, resolved, i, item) for i, item in enumerate(form.transitions)]
    transitions = []
    for i, each in enumerate(written):
        transition, joined = read_transition(library, each)
        _add(regimes, joined, resolved, i)
        transitions.append(transition)
    told = _told(resolved, initial.regime, transitions)
    timeline = validated(Timeline, told, {"initial": initial.regime, "transitions": tuple(transitions)})
    read = {"place": place, "regimes": regimes, "timeline": timeline}
    kept = {name: getattr(form, name) for name in Scenario.model_fields if name not in read}
    kept["parameters"] = _parameters(place, form.parameters)
    kept["governance"] = tuple(GovernanceChange(**dict(change)) for change in form.governance)
    scenario = validated(Scenario, told, kept | read)
    _cite(scenario, resolved, [transition_sources(library, each) for each in written])
    return scenario


def _parameters(place: Place, written: Parameters) -> Parameters:
    """Return the parameters: the defaults, over them the place's calibration, over it what the scenario writes."""
    if place.calibrated is None:
        return written
    return overlaid(with_values(Parameters(), place.calibrated.parameters), written)


def _cite(scenario: Scenario, document: Document, transitions: list[dict[str, str]]) -> None:
    """Note where the scenario's own values come from: parameters, transitions, changes of governance."""
    found = scenario.place.calibrated
    if found is not None:
        scenario.cite({f"parameters.{path}": CALIBRATED_SOURCE for path in found.parameters})
    scenario.cite(citations(document.part(("parameters",)), type(scenario.parameters), "parameters."))
    for i, said in enumerate(transitions, start=1):
        scenario.cite({f"transitions[{i}].{key}": source for key, source in said.items()})
    for i in range(len(scenario.governance)):
        change = document.part(("governance", i))
        scenario.cite(citations(change, GovernanceChange, f"governance[{i + 1}]."))


def _written(library: Library, document: Document, i: int, item: Any) -> Document:
    """Return the document of an entry of the timeline: a file by its name, or the group in the scenario itself."""
    path = ("transitions", i)
    if isinstance(item, str):
        return library.document(library.refer("transition", item, document, path))
    if isinstance(item, dict):
        return replace(document.part(path), file=document.where(path)[0])
    raise document.error(path, f"is {quoted(item)}", NAME_OR_GROUP)


def _add(regimes: dict[str, Regime], joined: dict[str, Regime], document: Document, i: int) -> None:
    for name, regime in joined.items():
        if regimes.setdefault(name, regime) is not regime:
            wrong = f"names a second regime '{name}' from another file"
            raise document.error(("transitions", i), wrong, "regimes of a scenario must have different names")


def _told(document: Document, initial: str, transitions: list[Transition]) -> Document:
    """Return the document with its transitions written out, so that messages find the right line."""
    written = [transition.model_dump() for transition in transitions]
    return replace(document, data=document.data | {"initial": initial, "transitions": written})
