"""Check 18: two starts with equal parameters end in the same place."""

import numpy as np
from setups import PERSONS, START, market, monthly

from labsim.codes import EMPLOYED, NOBODY, UNEMPLOYED
from labsim.model import LabourMarket

MONTHS, THROWN_OUT = 132, 0.20


def thrown_out(model: LabourMarket) -> LabourMarket:
    """Put a fifth of all workers out of work for three years, with less skill and half the employability."""
    p, e = model.world.persons, model.world.employers
    rows = np.flatnonzero(p.status == EMPLOYED)[:: round(1 / THROWN_OUT)]
    np.subtract.at(e.headcount, p.employer[rows], 1)
    p.status[rows], p.employer[rows] = UNEMPLOYED, NOBODY
    p.months_out[rows] = p.months_registered[rows] = 36
    p.skill[rows] -= np.float32(0.4)
    p.employability[rows] *= np.float32(0.5)
    p.benefit[rows] = 3
    model.recorder.stocks = None
    return model


def test_a_shattered_market_comes_back_to_the_same_unemployment(check):
    gaps, peaks = [], []
    for seed in (1, 2, 3):
        scenario = market("dortmund", PERSONS, MONTHS)
        normal = monthly(LabourMarket(scenario, seed=seed).run(), "unemployment_rate").to_numpy()
        other = LabourMarket(scenario, seed=seed).run(START - 1)
        shocked = monthly(thrown_out(other).run(), "unemployment_rate").to_numpy()
        peaks.append(shocked[0])
        gaps.append(shocked[-12:].mean() - normal[-12:].mean())
    check("18", "unemployment of the second start", float(np.mean(peaks)), 25.0, 40.0, "%")
    check("18", "difference after 10 years", float(np.mean(gaps)), -0.3, 0.3, "points")
