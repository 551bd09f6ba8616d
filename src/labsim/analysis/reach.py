"""Whom measures reach: shares of groups among entrants and among the unemployed, and how near to the market they are.

All shares are ratios of sums over the months of a phase, run by run, then averaged over the seeds.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from labsim.analysis.contrasts import mean_over_seeds
from labsim.analysis.outcomes import OWN, Outcome, register
from labsim.analysis.tables import WHOLE, TableError
from labsim.analysis.windows import Phase, phase_means

SHARES = ("long_term", "youth", "low_skilled")
"""Groups whose shares are compared, in the order of figures."""

GAP = "creaming"
"""The indicator of nearness to the market: entrants less all unemployed, log points."""

ENTRANTS, UNEMPLOYED = "entrants", "unemployed"

SHARE = {
    ENTRANTS: register(Outcome(
        "share_of_entrants", "% of entrants", "Share among entrants into measures", "Anteil an den Eintritten",
        "People of a group among those who begin a measure within a phase.", OWN,
    )),
    UNEMPLOYED: register(Outcome(
        "share_of_unemployed", "% of the unemployed", "Share among the unemployed", "Anteil an den Arbeitslosen",
        "People of a group among the registered unemployed, mean stock of a phase; the yardstick for the share among"
        " entrants.", OWN,
    )),
}  # fmt: skip


def reach(indicators: pd.DataFrame, spans: Sequence[Phase], municipality: str = WHOLE) -> pd.DataFrame:
    """Return whom measures reach, by scenario and phase.

    Parameters
    ----------
    indicators
        Tidy indicators with ``entries`` and ``unemployed`` by group, and ``creaming`` of everybody.

    Returns
    -------
    One row per scenario, phase, measure and who: ``measure`` is a group of `SHARES` (value in %) or `GAP` (log points,
    who = `ENTRANTS`), ``who`` is `ENTRANTS` or `UNEMPLOYED`; ``mean``, ``sd``, ``se``, ``low``, ``high`` (95 %),
    ``pairs`` (seeds). Phases without entrants have no row.
    """
    here = indicators[indicators["municipality"] == municipality]
    counted = {ENTRANTS: "entries", UNEMPLOYED: "unemployed"}
    missing = sorted({*counted.values(), GAP} - set(here["indicator"].unique()))
    if missing:
        raise TableError(f"no values of {', '.join(missing)} for municipality {municipality!r}")
    parts = []
    for who, indicator in counted.items():
        means = phase_means(here[here["indicator"] == indicator], spans)
        wide = means.set_index(["scenario", "seed", "phase", "group"])["value"].unstack("group")
        lacking = [group for group in (WHOLE, *SHARES) if group not in wide.columns]
        if lacking:
            raise TableError(f"'{indicator}' has no values of the group {', '.join(lacking)}")
        everybody = wide[WHOLE].where(wide[WHOLE] > 0)
        parts += [
            (100.0 * wide[group] / everybody).rename("value").reset_index().assign(measure=group, who=who)
            for group in SHARES
        ]
    gap = phase_means(here[(here["indicator"] == GAP) & (here["group"] == WHOLE)], spans)
    parts.append(gap[["scenario", "seed", "phase", "value"]].assign(measure=GAP, who=ENTRANTS))
    return mean_over_seeds(pd.concat(parts, ignore_index=True), ("scenario", "phase", "measure", "who"))
