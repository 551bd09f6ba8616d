"""A new indicator, from outside labsim: how unevenly unemployment is spread between municipalities.

An indicator is a function of what a run has recorded; its decorator gives unit and labels, the first line of its
docstring is the definition. To ship it, put it into a file in ``src/labsim/indicators``.
"""

from __future__ import annotations

import numpy as np

import labsim
from labsim.indicators.recorded import Floats, Recorded, ratio
from labsim.indicators.registry import indicator


@indicator("percentage points", "Gap between municipalities", "Abstand zwischen Gemeinden")
def municipal_gap(r: Recorded) -> Floats:
    """Highest minus lowest municipal unemployment rate, shown for every municipality alike."""
    unemployed, employed = (
        r.stock("unemployed")[..., 0],
        r.stock("employed")[..., 0],
    )  # (months, places + 1), everybody
    rates = ratio(unemployed, unemployed + employed, 100.0)[:, :-1]  # the last one is the whole place
    gap = rates.max(axis=1) - rates.min(axis=1)
    return np.repeat(gap[:, np.newaxis], unemployed.shape[1], axis=1)


def main() -> None:
    """Print the gap of each year."""
    model = labsim.LabourMarket(labsim.load("toytown", scale=0.2, burn_in=24), seed=1).run()
    table = model.results.indicators
    gaps = table[(table.indicator == "municipal_gap") & (table.municipality == "all")]
    for year, gap in gaps.groupby(gaps.month.dt.year).value.mean().items():
        print(f"{year}: {gap:.1f} percentage points")


if __name__ == "__main__":
    main()
