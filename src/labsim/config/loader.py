"""Scenarios, places, regimes, transitions, experiments, trials and sweeps by name or path.

A bare name ("dortmund_2003") finds a file in the folder ``configs`` of the current folder, or a shipped one;
anything with a slash or ending in .yaml is a path. Whatever is wrong raises `ConfigError`, one line for each
mistake.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from labsim.config.calibrations import load_calibration
from labsim.config.documents import read_document
from labsim.config.errors import ConfigError, Problem
from labsim.config.experiments import read_experiment
from labsim.config.files import KINDS, SUFFIXES, Kind, find, kind_of
from labsim.config.forms import Experiment
from labsim.config.library import Library, by_name
from labsim.config.places import read_place
from labsim.config.policies import read_regime, read_transition
from labsim.config.scenarios import read_scenario
from labsim.config.scorecards import load_scorecard
from labsim.config.sweeps import load_sweep
from labsim.config.trials import VirtualTrial, read_trial
from labsim.policy.regime import Regime
from labsim.policy.transition import Transition
from labsim.scenario import Scenario
from labsim.state.place import Place


def load(name: str | Path, **changes: Any) -> Scenario:
    """Return a scenario by name or path, with some of its fields changed: scale, burn_in, start, end, parameters ...

    Raises ConfigError for a wrong file and pydantic's ValidationError for a wrong change.

    >>> load("toytown").months
    60
    >>> load("toytown", scale=0.1, end="2000-12").months
    12
    """
    library = Library()
    scenario = read_scenario(library, library.document(by_name("scenario", name)), str(name))
    if not changes:
        return scenario
    checked = Scenario.model_validate(dict(scenario) | changes)
    return scenario.model_copy(update={field: getattr(checked, field) for field in changes})


def load_place(name: str | Path) -> Place:
    """Return a place by name or path (of its folder or its place.yaml).

    >>> [municipality.name for municipality in load_place("toytown").municipalities]
    ['Upper Toytown', 'Lower Toytown']
    """
    return read_place(Library(), by_name("place", name), str(name))


def load_regime(name: str | Path) -> Regime:
    """Return a regime by name or path, together with what it takes over from another.

    >>> load_regime("hartz_1_3").benefits == load_regime("status_quo_ante").benefits
    True
    """
    return read_regime(Library(), by_name("regime", name), str(name))


def load_transition(name: str | Path) -> Transition:
    """Return a transition by name or path; the regimes it joins must exist.

    >>> load_transition("benefit_merger").start
    '2005-01'
    """
    library = Library()
    return read_transition(library, library.document(by_name("transition", name)))[0]


def load_experiment(name: str | Path) -> Experiment:
    """Return an experiment by name or path (of its folder or its experiment.yaml), with its scenarios.

    >>> load_experiment("dortmund_2003").baseline
    'dortmund_status_quo'
    """
    library = Library()
    return read_experiment(library, library.document(by_name("experiment", name)))


def load_trial(name: str | Path) -> VirtualTrial:
    """Return a trial by name or path, with its scenario, treatments and the findings it is held against."""
    library = Library()
    return read_trial(library, library.document(by_name("trial", name)))


def check(file: str | Path) -> Kind:
    """Load a file (or folder) of any kind by path; return which kind it is."""
    return checked(file)[0]


def checked(file: str | Path) -> tuple[Kind, object]:
    """Load a file (or folder) of any kind by path; return which kind it is, and what is in it."""
    text = str(file)
    path = text if "/" in text or text.endswith(SUFFIXES) else f"./{text}"
    found = [find(kind, path) for kind in KINDS]
    files = [each for each in found if isinstance(each, Path)]
    if not files:
        raise ConfigError(*[each for each in found if isinstance(each, Problem)][:1])
    kind = kind_of(read_document(files[0]).data)
    if kind is None:
        right = f"one of the keys {', '.join(KINDS)} must say so"
        raise ConfigError(Problem("the file does not say what it describes", right, file=files[0], line=1))
    loaders: dict[Kind, Callable[[Path], object]] = {
        "place": load_place, "regime": load_regime, "transition": load_transition, "scenario": load,
        "experiment": load_experiment, "scorecard": load_scorecard, "calibration": load_calibration,
        "trial": load_trial, "sweep": load_sweep,
    }  # fmt: skip
    return kind, loaders[kind](files[0])
