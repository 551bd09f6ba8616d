"""Names that a trial's file may use: outcomes, estimates, durations; and how it writes months.

What the outcomes and estimates are is said where they are computed (`labsim.analysis.trial_values`).
"""

from __future__ import annotations

import re

STOCKS = ("employed", "unemployed", "in_measure", "inactive", "long_term", "earnings")
"""Outcomes of a month: in % of those followed, earnings in EUR a month."""
SO_FAR = ("months_in_work", "months_jobless", "exit_rate", "found_work", "left_register", "sanctioned")
"""Outcomes of the time since the draw: months, % a month, % of those followed."""
EVERYTHING = STOCKS + SO_FAR

ESTIMATES: dict[str, tuple[str, ...]] = {
    "clients": ("truth", "difference"),
    "saturation": ("truth_direct", "truth_spill_over", "truth_net", "direct", "spill_over", "net"),
    "municipalities": ("truth", "after_only", "two_period", "group_time", "two_way"),
}
"""Estimates by design: the truth in the model, and what evaluators would find."""

ALL = "all"
"""In place of a treatment: the mean over all of them."""

DURATIONS = ("under 6 months", "6 to 24 months", "over 24 months")
"""Time since the last job at the draw."""

_SPAN = re.compile(r"(\d+)(?:\.\.(\d+))?")


def months_in(text: str) -> tuple[int, int]:
    """Return first and last month since the start of the treatment (its first month is 1); ValueError if it is none.

    >>> months_in("13..24"), months_in("12")
    ((13, 24), (12, 12))
    """
    match = _SPAN.fullmatch(text.strip())
    if match is None or int(match[1]) < 1:
        raise ValueError(
            "it must be a month since the start (12), or a first and a last one (13..24), counted from 1"
        )
    return int(match[1]), int(match[2] or match[1])
