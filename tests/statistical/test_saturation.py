"""Check 17: treating more people helps each of them less, others lose, and more so where jobs are scarce.

Twelve seeds, as the model study asks. The treatment is search alone (+25 % for 8 months); effects are employment of
the same people with and without it, in percentage points (Crépon et al. 2013 is the design behind it).
"""

from functools import cache

import pandas as pd
from setups import PERSONS, cells_of, market, value_of

from labsim.analysis.effects import displacement, effects
from labsim.config.markets import with_jobs
from labsim.experiment.trial import IntensiveCounselling, Trial

SEEDS, MONTHS, BURN_IN = range(1, 13), 18, 120
SHARES = {"quarter": 0.25, "half": 0.5, "all": 1.0}
JOBS = {"slack": 0.9, "normal": 1.0, "tight": 1.1}


@cache
def cells(state: str) -> pd.DataFrame:
    """Return the cells of the trials in a slack, normal or tight market."""
    scenario = with_jobs(market("dortmund", PERSONS, MONTHS, BURN_IN), JOBS[state])
    shares = SHARES if state == "normal" else {"all": 1.0}
    trials = {
        name: Trial(scenario, IntensiveCounselling(), share=share, follow_up=MONTHS)
        for name, share in shares.items()
    }
    return cells_of(trials, SEEDS)


def test_the_more_are_treated_the_less_it_helps_each(check):
    direct = effects(cells("normal"), "true")
    fall = 1.0 - value_of(direct, "all", horizon=6) / value_of(direct, "quarter", horizon=6)
    check("17", "fall of the direct effect at 6 months, 25 to 100 % treated", 100 * fall, 20.0, 100.0, "%")


def test_the_untreated_lose(check):
    loss = effects(cells("normal"), "control")
    for share in ("quarter", "half"):
        check(
            "17",
            f"loss of the untreated at 8 months, {share} treated",
            -value_of(loss, share, horizon=8),
            0.0,
            20.0,
            "points",
        )


def test_more_is_displaced_where_jobs_are_scarce(check):
    net = {
        state: value_of(displacement(cells(state)), "all", horizon=12, who="net_gain")
        for state in ("slack", "tight")
    }
    check(
        "17",
        "displaced to 12 months, slack less tight market",
        net["tight"] - net["slack"],
        0.0,
        200.0,
        "points",
    )
