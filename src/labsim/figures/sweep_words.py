"""What the figures of a sweep share: what is shown, what the factors are called, and every text in two languages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import pandas as pd

from labsim.figures.speech import Speech, speech

LEVER, UNCERTAINTY = "lever", "uncertainty"

TEXTS: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "en": {
        "tornado": "What moves it: one factor from its lowest to its highest tenth",
        "sobol": "Where the variance comes from",
        "interactions": "What factors do together",
        "surface": "Mean over two factors",
        "effects": "Effects of the factors",
        "first": "alone (first order)",
        "total": "with all interactions (total)",
        "share": "share of the variance over the design",
        "change": "change",
        "ends": "both ends, less the mean",
        "low_end": "lowest tenth",
        "high_end": "highest tenth",
        "chance": "Chance (seeds)",
        "runs": "points",
        "levers": "levers",
        "uncertainties": "uncertainties",
        "mu_star": "mean absolute effect of the whole range (μ*)",
        "sigma": "spread of the effects (σ)",
        "coefficient": "standardised regression coefficient",
        "rank": "rank correlation",
        "pair": "share of the variance",
    },
    "de": {
        "tornado": "Was es bewegt: ein Faktor von seinem untersten zu seinem obersten Zehntel",
        "sobol": "Woher die Varianz kommt",
        "interactions": "Was Faktoren gemeinsam bewirken",
        "surface": "Mittel über zwei Faktoren",
        "effects": "Wirkungen der Faktoren",
        "first": "allein (erste Ordnung)",
        "total": "mit allen Wechselwirkungen (total)",
        "share": "Anteil an der Varianz über den Versuchsplan",
        "change": "Änderung",
        "ends": "beide Enden minus Mittel",
        "low_end": "unterstes Zehntel",
        "high_end": "oberstes Zehntel",
        "chance": "Zufall (Startzahlen)",
        "runs": "Punkte",
        "levers": "Stellgrößen",
        "uncertainties": "Unsicherheiten",
        "mu_star": "mittlere absolute Wirkung des ganzen Bereichs (μ*)",
        "sigma": "Streuung der Wirkungen (σ)",
        "coefficient": "standardisierter Regressionskoeffizient",
        "rank": "Rangkorrelation",
        "pair": "Anteil an der Varianz",
    },
})  # fmt: skip
"""Texts by language."""


@dataclass(frozen=True)
class Named:
    """How a factor is called: label, unit, role ("lever" or "uncertainty"), and the values of a choice by number."""

    label: str
    unit: str = ""
    role: str = UNCERTAINTY
    choices: tuple[str, ...] = ()

    def value(self, number: float) -> str:
        """Return a value in words.

        >>> Named("Gap", "months").value(11.75), Named("Unit", choices=("person", "spell")).value(1.0)
        ('11.8', 'spell')
        """
        if self.choices and float(number).is_integer() and 0 <= int(number) < len(self.choices):
            return self.choices[int(number)]
        return f"{number:.3g}"


@dataclass(frozen=True)
class Sought:
    """What the figures of one question show.

    ``what`` is the outcome with its window and scenarios in words, ``unit`` that of the response, ``difference``
    whether it is a difference between two scenarios, ``factors`` their names by the name in the file, ``language``
    "en" or "de".
    """

    what: str
    unit: str = ""
    difference: bool = False
    factors: Mapping[str, Named] = field(default_factory=dict)
    language: str = "en"

    def text(self, key: str) -> str:
        """Return a text in the language of the figure."""
        return TEXTS[self.language][key]

    @property
    def say(self) -> Speech:
        """The language of every text: ``sought.say(english, german)``."""
        return speech(self.language)

    def title(self, key: str) -> str:
        """Return the title of a figure, with what it shows."""
        return f"{self.text(key)}: {self.say.lower(self.what)}"

    def with_unit(self, english: str, german: str) -> str:
        """Return a heading with the unit of the response behind it, if it has one."""
        heading = self.say(english, german)
        return f"{heading} ({self.unit})" if self.unit else heading

    def value(self, name: str, number: float) -> str:
        """Return a value of a factor in words."""
        known = self.factor(name)
        return known.value(number) if known.choices else self.say.decimal(known.value(number))

    def from_to(self, low: float, high: float, digits: int) -> str:
        """Return two numbers as a range."""
        return f"{self.say.number(low, digits)} {self.say('to', 'bis')} {self.say.number(high, digits)}"

    def factor(self, name: str) -> Named:
        """Return how a factor is called."""
        return self.factors.get(name, Named(name))

    def label(self, name: str) -> str:
        """Return the label of a factor."""
        return self.factor(name).label

    def by_role(self, names: Sequence[str]) -> list[str]:
        """Return factors with the levers (what one can do) first, otherwise in the same order."""
        return sorted(names, key=lambda name: self.factor(name).role != LEVER)

    def digits(self, table: pd.DataFrame, *columns: str) -> int:
        """Return how many decimals show two figures of the largest number in the columns.

        >>> Sought("y").digits(pd.DataFrame({"a": [0.62, -0.1]}), "a"), Sought("y").digits(pd.DataFrame(), "a")
        (2, 1)
        """
        sizes = [float(table[column].abs().max()) for column in columns if len(table)]
        largest = max((size for size in sizes if math.isfinite(size) and size > 0), default=1.0)
        return max(0, min(6, 1 - math.floor(math.log10(largest))))
