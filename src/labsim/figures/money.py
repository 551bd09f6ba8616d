"""Who pays and what for, in words and colours; the same in every figure of money."""

from __future__ import annotations

from collections.abc import Mapping

from labsim.figures import words
from labsim.figures.speech import ENGLISH, Speech

PAYERS: Mapping[str, tuple[str, str]] = {
    "insurance": ("Insurance", "Versicherung"),
    "federal": ("Federal budget", "Bund"),
    "state": ("State", "Land"),
    "municipality": ("Municipality", "Kommune"),
    "employer": ("Employers", "Betriebe"),
    "all payers": ("All together", "Alle zusammen"),
}
"""Payers in English and German."""

USES: Mapping[str, tuple[str, str]] = {
    "insurance_benefit": ("Insurance benefit", "Arbeitslosengeld"),
    "assistance": ("Assistance", "Hilfe (AlHi, Sozialhilfe)"),
    "basic_income": ("Basic income", "Grundsicherung"),
    "measures": ("Measures", "Maßnahmen"),
    "administration": ("Administration", "Verwaltung"),
    "coordination": ("Coordination", "Koordination"),
}
"""What money is spent on, in English and German."""

COLOURS: Mapping[str, str] = {
    "insurance": "#444488",
    "federal": "#AA88AA",
    "state": "#AA2200",
    "municipality": "#EE6622",
    "employer": "#6666EE",
    "all payers": "#222222",
}
"""One colour per payer, told apart with restricted colour vision too; none is that of a scenario."""

PATTERNS: Mapping[str, str] = {
    "insurance": "",
    "federal": ".",
    "state": "/",
    "municipality": "",
    "employer": "x",
}
"""What bars are filled with, for grey print."""

OTHER = "#777777"
"""Colour of a payer without one of its own, and of uses."""

DASHES: Mapping[str, str] = {
    "insurance": "solid",
    "federal": "dash",
    "state": "dot",
    "municipality": "dashdot",
    "employer": "longdash",
}
"""Line patterns of payers."""

UNIT = "EUR per resident of working age and month"
LEVEL_DIGITS, DIFFERENCE_DIGITS = 1, 2
"""Decimals of payments and of their differences, in `UNIT`."""


def payer(name: str, say: Speech = ENGLISH) -> str:
    """Return a payer in words."""
    return say(*PAYERS[name]) if name in PAYERS else words.plain(name)


def use(name: str, say: Speech = ENGLISH) -> str:
    """Return a use of money in words."""
    return say(*USES[name]) if name in USES else words.plain(name)


def colour(name: str) -> str:
    """Return a payer's colour."""
    return COLOURS.get(name, OTHER)


def pale(colour: str, opacity: float) -> str:
    """Return a colour (``"#rrggbb"``) that lets through what is behind it."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"
