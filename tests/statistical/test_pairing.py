"""Check 14: common random numbers cut the variance of a policy difference; a repeated run is identical."""

import numpy as np
from setups import START, market, monthly

from labsim.model import LabourMarket
from labsim.policy.transition import Timeline, Transition
from labsim.scenario import Scenario

SEEDS, PERSONS, MONTHS = range(1, 9), 30_000, 48


def scenarios() -> tuple[Scenario, Scenario]:
    """Return the status quo, and the same with twice the short courses from the third month on."""
    base = market("dortmund", PERSONS, MONTHS, 150)
    regime = base.regimes["status_quo_ante"]
    course = regime.instruments["short_course"]
    doubled = regime.instruments | {"short_course": course.model_copy(update={"budget": 2 * course.budget})}
    more = regime.model_copy(update={"regime": "more_courses", "instruments": doubled})
    switch = Transition(before="status_quo_ante", after="more_courses", start="1998-03")
    timeline = Timeline(initial="status_quo_ante", transitions=(switch,))
    return base, base.model_copy(
        update={"regimes": base.regimes | {"more_courses": more}, "timeline": timeline}
    )


def test_pairing_by_seed_cuts_the_variance_of_a_difference(check, tmp_path):
    base, reform = scenarios()
    years: dict[str, list[list[float]]] = {"base": [], "reform": []}
    for seed in SEEDS:
        checkpoint = tmp_path / f"{seed}.npz"
        LabourMarket(base, seed=seed).burn_in().save(checkpoint)
        for name, scenario in (("base", base), ("reform", reform)):
            model = LabourMarket.resume(checkpoint, scenario).run()
            values = monthly(model, "unemployment_rate").to_numpy()
            years[name].append([float(v.mean()) for v in values.reshape(-1, 12)])
    a, b = np.array(years["base"]), np.array(years["reform"])
    paired = (b - a).var(axis=0, ddof=1)
    unpaired = a.var(axis=0, ddof=1) + b.var(axis=0, ddof=1)
    ratio = paired / unpaired
    for year, limit in ((1, 0.2), (2, 0.2), (4, 1 / 3)):
        check("14", f"paired / unpaired variance, year {year}", float(ratio[year - 1]), 0.0, limit)


def test_a_repeated_run_is_identical(check):
    scenario = market("dortmund", 10_000, 24, 24)
    digests = {
        LabourMarket(scenario, seed=5, threads=threads).run(START + 24).digest() for threads in (1, 1, 2)
    }
    check("14", "different digests of three equal runs", len(digests), 1, 1)
