"""Outcomes that are computed from result tables, not recorded by the model: what each of them means.

An indicator is a value of one run in one month; an outcome compares runs (a cost, a delay, an effect). Both are
declared in the same way, with unit and definition, so that tables, figures and reports say what a number is.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass

OWN = "definition of labsim"
"""The source of a definition that nobody has published before."""


@dataclass(frozen=True)
class Outcome:
    """What an outcome is.

    ``unit`` is that of the value, ``label`` and ``label_de`` are names for readers, ``definition`` is one sentence,
    ``source`` says where the definition comes from (`OWN` if it is labsim's own).
    """

    name: str
    unit: str
    label: str
    label_de: str
    definition: str
    source: str


OUTCOMES: dict[str, Outcome] = {}
"""All registered outcomes, by name; complete after `load_outcomes`."""


def register(outcome: Outcome) -> Outcome:
    """Register an outcome and return it; two different outcomes of one name are refused."""
    if OUTCOMES.setdefault(outcome.name, outcome) != outcome:
        raise ValueError(f"two outcomes are named '{outcome.name}'")
    return outcome


def load_outcomes() -> dict[str, Outcome]:
    """Import every module of `labsim.analysis`, so that each registers its outcomes; return all of them, by name."""
    package = importlib.import_module(__package__ or "labsim.analysis")
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
    return dict(sorted(OUTCOMES.items()))
