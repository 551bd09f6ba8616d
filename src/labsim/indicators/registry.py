"""Registered indicators: functions of what was recorded, each with unit, labels and definition."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from labsim.indicators.recorded import Floats, Recorded

Function = Callable[[Recorded], Floats]
DEFINED_HERE = "labsim"
"""Source of a definition that is labsim's own."""


@dataclass(frozen=True)
class Indicator:
    """What an indicator is; its function returns (t, m + 1) or (t, m + 1, groups)."""

    name: str
    unit: str
    label: str
    label_de: str
    definition: str
    function: Function
    source: str = DEFINED_HERE


INDICATORS: dict[str, Indicator] = {}


def indicator(
    unit: str, label: str, label_de: str, source: str = DEFINED_HERE
) -> Callable[[Function], Function]:
    """Register an indicator (decorator); the first line of the docstring is its definition."""

    def register(function: Function) -> Function:
        if not function.__doc__:
            raise ValueError(f"indicator '{function.__name__}' needs a docstring: it is the definition")
        definition = function.__doc__.strip().splitlines()[0]
        name = function.__name__
        known = INDICATORS.get(name)
        if known is not None and known.function.__module__ != function.__module__:
            raise ValueError(f"two indicators are named '{name}'")
        INDICATORS[name] = Indicator(name, unit, label, label_de, definition, function, source)
        return function

    return register


def load_indicators() -> dict[str, Indicator]:
    """Import the shipped indicators and return the registry, by name."""
    _import_the_shipped()
    return dict(sorted(INDICATORS.items()))


@lru_cache(maxsize=1)
def _import_the_shipped() -> None:
    package: Any = importlib.import_module("labsim.indicators")
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)


def metadata(instruments: tuple[str, ...] = ()) -> dict[str, dict[str, str]]:
    """Return {name: {unit, label, label_de, definition}} of all indicators, with those of the instruments named."""
    known = {
        i.name: {
            "unit": i.unit,
            "label": i.label,
            "label_de": i.label_de,
            "definition": i.definition,
            "source": i.source,
        }
        for i in load_indicators().values()
    }
    for name in dict.fromkeys(instruments):
        words = name.replace("_", " ")
        known[f"participants_{name}"] = {
            "unit": "persons",
            "label": f"Participants, {words}",
            "label_de": f"Teilnehmende, {words}",
            "definition": f"Persons taking part in {words}.",
            "source": DEFINED_HERE,
        }
        known[f"entries_{name}"] = {
            "unit": "persons per month",
            "label": f"Entries, {words}",
            "label_de": f"Eintritte, {words}",
            "definition": f"Persons who begin {words} in the month.",
            "source": DEFINED_HERE,
        }
        known[f"long_term_entries_{name}"] = {
            "unit": "persons per month",
            "label": f"Long-term unemployed entrants, {words}",
            "label_de": f"Eintritte Langzeitarbeitsloser, {words}",
            "definition": f"Persons who begin {words} in the month and have been registered for 12 months or more.",
            "source": DEFINED_HERE,
        }
        known[f"costs_{name}"] = {
            "unit": "EUR per month",
            "label": f"Cost, {words}",
            "label_de": f"Kosten, {words}",
            "definition": f"Cost of all places in {words} in the month, fees included.",
            "source": DEFINED_HERE,
        }
    return known
