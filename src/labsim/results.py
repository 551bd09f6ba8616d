"""Results of one run as tidy tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd


class Results(NamedTuple):
    """Four tidy pandas tables.

    indicators : month, municipality ("all" = the whole place), group, indicator, value (units: labsim list indicators)
    flows      : month, municipality, source, target, persons (per month)
    durations  : year, group, months (since the last job; 71 = 71 or more), at_risk, to_job, to_inactive (persons)
    accounts   : month, municipality, payer, use, euros (of the simulated persons; only what was paid)
    """

    indicators: pd.DataFrame
    flows: pd.DataFrame
    durations: pd.DataFrame
    accounts: pd.DataFrame
