"""Check 12: a gap between two regimes leaves no scar where providers come back, and a lasting one where they don't.

The same two regimes, once joined by a step and once by a gap of twelve months without budgets. How fast provider
capacity returns has no source; both answers must be reachable, so that a claim of a scar has to name its assumption.
Budgets are those of the model study, section 4, in which linked employment grows twelvefold: the shipped regime spends
less on it, so less is lost with its providers. A scar in registered unemployment need not be one in employment: people
who find no measure partly leave the register, and nobody is locked in.
"""

from typing import Any

from setups import START, changed, market, unemployment_rates

from labsim.config import load_regime, load_transition
from labsim.model import LabourMarket
from labsim.policy.instrument import load_instruments
from labsim.policy.regime import Regime
from labsim.policy.transition import Timeline
from labsim.scenario import Scenario
from labsim.units import format_month

PERSONS, SEEDS = 40_000, (1, 2, 3)
BEFORE, AFTER = "status_quo_ante", "local_activation"
LEAD, YEAR, LATE = 12, 12, slice(12, 17)  # years 13 to 17 after the start of the transition
ENTRIES = {  # per 100 unemployed and month
    BEFORE: {"short_course": 1.2, "further_training": 1.0, "job_creation": 0.4, "linked_employment": 0.1},
    AFTER: {"short_course": 1.2, "further_training": 0.6, "job_creation": 0.3, "linked_employment": 1.2},
}
BACK = {"growth": 0.08, "entry": 0.30, "layoff": 0.25}
NOT_BACK = {"growth": 0.03, "entry": 0.0, "layoff": 0.35}


def studied(name: str) -> Regime:
    """Return a shipped regime with the budgets of the model study."""
    regime, known = load_regime(name), load_instruments()
    instruments = {}
    for each, entries in ENTRIES[name].items():
        instrument = regime.instruments.get(each) or known[each]()
        budget = entries / 100.0 * instrument.price
        instruments[each] = instrument.model_copy(update={"budget": budget})
    return regime.model_copy(update={"instruments": instruments})


def joined(name: str, providers: dict[str, float], **groups: dict[str, Any]) -> Scenario:
    """Return a market that goes from the one regime to the other on a shipped path, with providers of this kind.

    ``groups`` are other parameters to change, as in `setups.changed`.
    """
    scenario = changed(market("dortmund", PERSONS, LEAD + LATE.stop * YEAR), providers=providers, **groups)
    place = {"before": BEFORE, "after": AFTER, "start": format_month(START + LEAD)}
    transition = load_transition(name).model_copy(update=place)
    return scenario.model_copy(
        update={
            "regimes": {regime: studied(regime) for regime in (BEFORE, AFTER)},
            "timeline": Timeline(initial=BEFORE, transitions=(transition,)),
        }
    )


def late_difference(providers: dict[str, float], **groups: dict[str, Any]) -> float:
    """Return unemployment after a gap less that after a step, in years 13 to 17, mean over seeds, points."""
    runs = [(joined(name, providers, **groups), seed) for name in ("gap_12", "abrupt") for seed in SEEDS]
    gap, step = unemployment_rates(runs).reshape(2, len(SEEDS), -1)
    years = (gap - step).mean(axis=0)[LEAD:].reshape(-1, YEAR).mean(axis=1)
    return float(years[LATE].mean())


def test_a_gap_leaves_no_scar_where_providers_come_back(check):
    check("12", "gap less step, providers come back", late_difference(BACK), -0.25, 0.25, "points")


def test_a_gap_leaves_a_scar_where_providers_do_not_come_back(check):
    check("12", "gap less step, no entry and slow growth", late_difference(NOT_BACK), 0.4, 20.0, "points")


def test_the_scar_is_larger_where_employers_do_not_adapt_to_the_unemployed(check):
    """The hiring standard mostly absolute: what measures teach counts more, as in the model study, section 4."""
    late = late_difference(NOT_BACK, hiring={"relative": 0.2})
    check("12", "the same with a mostly absolute hiring standard", late, 0.4, 20.0, "points")


def test_the_paths_share_their_history_until_the_old_budgets_end():
    gap, step = (LabourMarket(joined(name, BACK), seed=1).run(START + LEAD) for name in ("gap_12", "abrupt"))
    assert gap.digest() == step.digest()
