"""Check 5: the exit rate falls with duration, and selection carries at least 40 % of the fall."""

from setups import START, market

from labsim.calibration.selection import LAST, dependence_share
from labsim.model import LabourMarket

TOLERANCE = 0.02  # sampling error of a bin's monthly exit rate relative to its neighbours, as a share of it


def test_the_exit_rate_falls_mostly_by_selection(check):
    scenario = market("dortmund")
    raw, share = dependence_share(
        lambda processes: LabourMarket(scenario, seed=1, processes=processes), START
    )
    check("5", "fall of the exit rate, month 0 to months 18-23", 100 * (1 - raw[LAST] / raw[0]), 60, 100, "%")
    rises = max(raw[k + 1] / raw[k] - 1 for k in range(len(raw) - 1))
    check("5", "largest rise from one duration to the next", 100 * rises, -100, 100 * TOLERANCE, "%")
    check("5", "share of the fall left after standardising", share, 0.0, 0.6)
