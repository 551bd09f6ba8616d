"""Who pays and what for, in words and colours; the same in every figure of money."""

from __future__ import annotations

from collections.abc import Mapping

from labsim.figures import words

PAYERS: Mapping[str, str] = {
    "insurance": "Insurance",
    "federal": "Federal budget",
    "state": "State",
    "municipality": "Municipality",
    "employer": "Employers",
    "all payers": "All together",
}
"""Payers in words."""

USES: Mapping[str, str] = {
    "insurance_benefit": "Insurance benefit",
    "assistance": "Assistance",
    "basic_income": "Basic income",
    "measures": "Measures",
    "administration": "Administration",
    "coordination": "Coordination",
}
"""What money is spent on, in words."""

COLOURS: Mapping[str, str] = {
    "insurance": "#33658A",
    "federal": "#9A4C95",
    "state": "#2B8A4B",
    "municipality": "#E0793A",
    "employer": "#8A8A2B",
    "all payers": "#222222",
}
"""One colour per payer, told apart by lightness too; none is that of a scenario."""

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


def payer(name: str) -> str:
    """Return a payer in words."""
    return PAYERS.get(name, words.plain(name))


def use(name: str) -> str:
    """Return a use of money in words."""
    return USES.get(name, words.plain(name))


def colour(name: str) -> str:
    """Return a payer's colour."""
    return COLOURS.get(name, OTHER)


def pale(colour: str, opacity: float) -> str:
    """Return a colour (``"#rrggbb"``) that lets through what is behind it."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"
