"""Regimes and transitions from their files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from labsim.config.citations import citations
from labsim.config.documents import Document
from labsim.config.errors import ConfigError, Problem, quoted, suggestion
from labsim.config.forms import RegimeForm, TransitionForm
from labsim.config.library import Library
from labsim.config.problems import Leaf, validated
from labsim.policy.instrument import Instrument, load_instruments
from labsim.policy.regime import Regime
from labsim.policy.transition import Transition


def read_regime(library: Library, file: Path, asked: str) -> Regime:
    """Return the regime in a file."""
    key = file.resolve()
    document = library.document(file)
    if key not in library.regimes:
        library.regimes[key] = _regime(library.resolved("regime", document))
    regime = library.regimes[key]
    library.check_name("regime", asked, regime.regime, document)
    return regime


def regime_in(library: Library, document: Document) -> Regime:
    """Return a regime that is written out within another file, or says there what it differs in (based_on)."""
    return _regime(library.resolved("regime", document))


def read_transition(library: Library, document: Document) -> tuple[Transition, dict[str, Regime]]:
    """Return the transition in a document, and the two regimes that it joins."""
    document = library.resolved("transition", document)
    form = validated(TransitionForm, document)
    regimes: dict[str, Regime] = {}
    names: dict[str, str] = {}
    for end in ("before", "after"):
        asked = getattr(form, end)
        regime = read_regime(library, library.refer("regime", asked, document, (end,)), asked)
        names[end] = regime.regime
        regimes[regime.regime] = regime
    values = {name: getattr(form, name) for name in Transition.model_fields}
    return Transition.model_validate(values | names), regimes


def transition_sources(library: Library, document: Document) -> dict[str, str]:
    """Return where a transition's values come from, by key: their own source, else that of the file they stand in."""
    document = Document(document.file, {}).over(library.resolved("transition", document))
    document.cite_as_a_whole()
    return citations(document, TransitionForm)


def _regime(document: Document) -> Regime:
    problems: list[Problem] = []
    form: RegimeForm | None = None
    try:
        form = validated(RegimeForm, document)
    except ConfigError as error:
        problems += error.problems
    instruments, found = _instruments(document)
    problems += found
    if form is None or problems:
        raise ConfigError(*sorted(problems, key=lambda problem: problem.line or 0))
    groups = {name: getattr(form, name) for name in Regime.model_fields if name != "instruments"}
    regime = validated(Regime, document, groups | {"instruments": instruments})
    regime.cite(citations(document, Regime))
    for name, instrument in instruments.items():
        path = f"instruments.{name}."
        regime.cite(citations(document.part(("instruments", name)), type(instrument), path))
    return regime


def _instruments(document: Document) -> tuple[dict[str, Instrument], list[Problem]]:
    given = document.data.get("instruments")
    if not isinstance(given, dict):
        return {}, []  # the form says what is wrong
    known = load_instruments()
    found: dict[str, Instrument] = {}
    problems: list[Problem] = []
    for name, settings in given.items():
        path = ("instruments", name)
        if name not in known:
            problems.append(document.problem(path, "unknown instrument", suggestion(name, known)))
        elif not isinstance(settings, dict | None):
            right = f"it must be {_group(known[name]).phrase()}"
            problems.append(document.problem(path, f"is {quoted(settings)}", right))
        else:
            try:
                found[name] = validated(known[name], document.part(path))
            except ConfigError as error:
                problems += error.problems
    return found, problems


def _group(model: Any) -> Leaf:
    return Leaf(model, "", "", None, None)
