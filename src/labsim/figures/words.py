"""Numbers, units and names in words, the same in figures, tables and sentences.

Minus is the sign "−", not a hyphen; thousands have a comma; what is undefined is an en dash.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

MISSING = "–"

GROUPS: Mapping[str, str] = {
    "all": "Everybody",
    "youth": "Under 25",
    "older": "50 and older",
    "low_skilled": "No vocational training",
    "long_term": "Long-term unemployed",
}
"""The groups of people in words."""

STATES: Mapping[str, str] = {
    "employed": "Employed",
    "in_measure": "In a measure",
    "unemployed": "Unemployed",
    "inactive": "Inactive",
    "outside": "Outside",
}
"""The states in words."""


def plain(name: str) -> str:
    """Return an identifier as words.

    >>> plain("long_term_share")
    'Long term share'
    """
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def in_phase(name: str) -> str:
    """Return when a phase is, in words.

    >>> in_phase("during"), in_phase("After the crisis"), in_phase("whole run")
    ('during the transition', 'after the crisis', 'over the whole run')
    """
    if name in {"before", "during", "after"}:
        return f"{name} the transition"
    return f"over the {name}" if name == "whole run" else lower(name)


def lower(label: str) -> str:
    """Return a label for the middle of a sentence: small first letter, unless it is an abbreviation.

    >>> lower("Job finding"), lower("EU average")
    ('job finding', 'EU average')
    """
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def number(value: float, digits: int = 1) -> str:
    """Return a number as text.

    >>> number(-1234.56), number(0.04, 2), number(float("nan")), number(-0.001)
    ('−1,234.6', '0.04', '–', '0.0')
    """
    if not math.isfinite(value):
        return MISSING
    text = f"{abs(value):,.{digits}f}"
    below_zero = value < 0 and any(character in text for character in "123456789")
    return f"−{text}" if below_zero else text


def signed(value: float, digits: int = 1) -> str:
    """Return a difference as text, with its sign in front unless it rounds to zero.

    >>> signed(0.42), signed(-0.42), signed(0.001)
    ('+0.4', '−0.4', '0.0')
    """
    text = number(value, digits)
    is_positive = value > 0 and any(character in text for character in "123456789")
    return f"+{text}" if is_positive else text


def signed_interval(mean: float, low: float, high: float, digits: int = 1) -> str:
    """Return a mean difference with its interval.

    >>> signed_interval(0.4, 0.2, 0.6), signed_interval(0.4, float("nan"), float("nan"))
    ('+0.4 (+0.2 to +0.6)', '+0.4 (one pair)')
    >>> signed_interval(0.0, 0.0, 0.0)
    '0 (identical)'
    """
    if mean == low == high == 0:
        return "0 (identical)"
    if not math.isfinite(mean):
        return MISSING
    if not math.isfinite(low):
        return f"{signed(mean, digits)} (one pair)"
    return f"{signed(mean, digits)} ({signed(low, digits)} to {signed(high, digits)})"


def is_percent(unit: str) -> bool:
    """Return whether values of the unit are percentages."""
    return unit.startswith("%")


def unit_of_difference(unit: str) -> str:
    """Return the unit of a difference between two values of `unit`.

    >>> unit_of_difference("% of labour force"), unit_of_difference("persons")
    ('percentage points', 'persons')
    """
    return "percentage points" if is_percent(unit) else unit


def digits_of_level(unit: str) -> int:
    """Return how many decimals a value of the unit is shown with."""
    return 0 if unit.split(" ", maxsplit=1)[0] in {"persons", "EUR", "EUR/month", "number"} else 1


def digits_of_difference(unit: str) -> int:
    """Return how many decimals a difference is shown with: one more than a level, except for counts."""
    level = digits_of_level(unit)
    return level + 1 if level else 0


def listing(items: Sequence[str]) -> str:
    """Return items as a list in a sentence.

    >>> listing(["A"]), listing(["A", "B"]), listing(["A", "B", "C"])
    ('A', 'A and B', 'A, B and C')
    """
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else list(items))
