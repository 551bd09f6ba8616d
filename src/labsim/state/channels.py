"""The closed list of channels, and how effects on them add up.

Effects multiply or add, so neither the order of instruments nor an absent instrument can matter.
``human_capital`` and ``employability`` are gains on completion: they go to the person's own columns.
"""

from __future__ import annotations

from typing import NamedTuple


class Channel(NamedTuple):
    """How effects on one channel combine, and what it is."""

    combine: str
    unit: str
    meaning: str


CHANNELS: dict[str, Channel] = {
    "search_effort": Channel("multiply", "ratio", "applications sent"),
    "hiring_score": Channel("add", "log points", "rank with employers"),
    "reservation_wage": Channel("multiply", "ratio", "lowest acceptable wage"),
    "benefit": Channel("multiply", "ratio", "income out of work"),
    "placement": Channel("add", "chance per month", "referrals to registered vacancies"),
    "human_capital": Channel("gain", "log points", "human capital, on completion"),
    "employability": Channel("gain", "share", "employability, on completion"),
    "own_job": Channel("gain", "chance", "self-employment that lasts, on completion"),
}
