"""Check 13: demand that falls by 12 % for three years raises unemployment, and leaves no trap behind."""

from functools import cache

import numpy as np
from setups import PERSONS, SEEDS, market, unemployment_rates

MONTHS, FIRST, LENGTH, DEPTH = 132, 12, 36, 0.12
YEAR = 12


@cache
def unemployment() -> tuple[np.ndarray, np.ndarray]:
    """Return monthly unemployment rates without and with the shock, (seeds, months) each."""
    scenario, shock = market("dortmund", PERSONS, MONTHS), np.ones(MONTHS)
    shock[FIRST : FIRST + LENGTH] -= DEPTH
    runs = [(scenario, seed, path) for path in (None, shock) for seed in SEEDS]
    normal, shocked = unemployment_rates(runs).reshape(2, len(SEEDS), MONTHS)
    return normal, shocked


def test_a_fall_of_demand_raises_unemployment_and_passes(check):
    normal, shocked = unemployment()
    years = (shocked - normal).mean(axis=0).reshape(-1, YEAR).mean(axis=1)
    first = FIRST // YEAR
    check("13", "before the shock", float(np.abs(years[:first]).max()), 0.0, 0.0, "points")
    check("13", "rise of unemployment in the worst year", float(years.max()), 4.0, 7.0, "points")
    left = float(np.abs(years[first + 7 :]).max())
    check("13", "difference from the eighth year after its start on", left, 0.0, 0.5, "points")


def test_a_fall_of_demand_is_no_trap(check):
    check("13", "highest unemployment in any month", float(unemployment()[1].max()), 0.0, 30.0, "%")
