"""Rules about people: each computes what its docstring says (called as plain Python)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from labsim import codes
from labsim.behaviour.coefficients import coefficients
from labsim.behaviour.ties import tie_after_month
from labsim.config import load_place
from labsim.kernels import casework, demography, jobs, people, search
from labsim.kernels.census import base_group
from labsim.kernels.coefficients import Coefficients, RegimeTables
from labsim.parameters import Parameters
from labsim.policy.programme import regime_tables
from labsim.policy.regime import Regime
from labsim.state.tables import Persons, create

GRID = [(k + 0.5) / 10_000 for k in range(10_000)]
"""Evenly spaced uniform numbers: means over them are exact to 1e-4."""
MONTH = 24_000


@pytest.fixture(scope="module")
def co() -> Coefficients:
    return coefficients(Parameters(), load_place("toytown"))


@pytest.fixture(scope="module")
def tables(regime: Callable[..., Regime]) -> RegimeTables:
    """Return three regimes: before the merger of benefits, after it, and a sanction at every meeting."""
    strict = regime(conditionality={"sanction_rate": 1.0, "sanction_months": 2, "sanction_pressure": 1.5})
    return regime_tables((regime(), regime("demand_and_support"), strict))


def person(**cells: Any) -> Persons:
    """Return a table of one person."""
    made = create(Persons, 1)
    for name, value in cells.items():
        getattr(made, name)[0] = value
    return made


def cells(table: Persons, *names: str) -> tuple[Any, ...]:
    return tuple(getattr(table, name)[0].item() for name in names)


# demography


def test_with_a_constant_hazard_jobs_survive_geometrically() -> None:
    table = demography.survival_table(0.02, 0.0, 9.0, (1.5, 1.0, 0.5))
    months = np.arange(600)
    for education, hazard in enumerate((0.03, 0.02, 0.01)):
        assert table[education] == pytest.approx((1.0 - hazard) ** months, abs=2e-12 * 600)


def test_new_jobs_end_more_often_and_the_extra_hazard_decays() -> None:
    base, new, decay = 0.002, 0.012, 9.0
    survival = demography.survival_table(base, new, decay, (1.5, 1.0, 0.6))[1]
    hazard = 1.0 - survival[1:] / survival[:-1]
    assert hazard == pytest.approx(base + new * np.exp(-np.arange(1, 600) / decay), abs=1e-9)
    assert survival[0] == 1.0


def test_a_hazard_of_one_or_more_ends_every_job() -> None:
    assert (demography.survival_table(0.9, 0.5, 60.0, (5.0, 1.0, 1.0))[0, 1:] == 0.0).all()


def test_a_job_ends_in_the_month_in_which_its_survival_falls_below_the_clock() -> None:
    table = demography.survival_table(0.1, 0.0, 9.0, (1.0, 1.0, 1.0))
    for clock in (0.95, 0.5, 0.01):
        ended = [demography.job_has_ended(table, 1, tenure, clock) for tenure in range(200)]
        first = ended.index(True)
        assert 0.9**first < clock <= 0.9 ** (first - 1)
        assert all(ended[first:]), "an ended job does not come back"
    assert not demography.job_has_ended(table, 1, 5000, 0.0), "beyond the table the last value stands"
    assert demography.job_has_ended(table, 1, 5000, 1e-9) == (table[1, 599] < 1e-9)
    assert not demography.job_has_ended(table, 1, -3, 0.9)


def test_with_uniform_clocks_the_share_of_jobs_that_ended_is_one_minus_survival(co: Coefficients) -> None:
    for education, tenure in ((0, 6), (1, 24), (2, 120)):
        ended = np.mean([demography.job_has_ended(co.survival, education, tenure, u) for u in GRID])
        assert ended == pytest.approx(1.0 - co.survival[education, tenure], abs=2e-4)


def test_from_60_on_more_people_leave_work_and_fewer_come_back() -> None:
    assert demography.chance_to_leave_work(60 * 12 - 1, 0.002, 4.0) == 0.002
    assert demography.chance_to_leave_work(60 * 12, 0.002, 4.0) == 0.008
    young = demography.chance_to_return(codes.OTHER_INACTIVE, 400, 0.6, 1.0, 0.0075, 0.012, 4.0)
    old = demography.chance_to_return(codes.OTHER_INACTIVE, 60 * 12, 0.6, 1.0, 0.0075, 0.012, 4.0)
    assert (young, old) == (0.0075, 0.0075 / 4.0)


def test_discouraged_people_come_back_with_trust_and_a_tight_market() -> None:
    def chance(trust: float, returning: float) -> float:
        return demography.chance_to_return(codes.DISCOURAGED, 400, trust, returning, 0.5, 0.012, 4.0)

    assert chance(0.6, 1.0) == pytest.approx(0.012)
    assert chance(0.0, 1.0) == pytest.approx(0.012 * 0.4)
    assert chance(0.6, 1.3) == pytest.approx(0.012 * 1.3)


def test_people_are_drawn_with_the_shares_of_the_place(co: Coefficients) -> None:
    n = 20_000
    drawn = create(Persons, n)
    for row in range(n):
        demography.draw_person(drawn, row, 99, MONTH, co)

    def share_is(values: np.ndarray, share: float) -> None:
        assert abs(values.mean() - share) < 5 * math.sqrt(share * (1 - share) / n), "within 5 SD"

    for code, share in enumerate((0.2, 0.6, 0.2)):
        share_is(drawn.education == code, share)
    for code, share in enumerate((0.3, 0.4, 0.3)):
        share_is(drawn.occupation == code, share)
    share_is(drawn.sex == 1, 0.5)
    beyond = drawn.skill_level - co.skill_by_education * (drawn.education.astype(float) - 1.0)
    assert abs(beyond.mean() - co.skill_shift[0]) < 5 * co.skill_sd / math.sqrt(n)
    assert beyond.std() == pytest.approx(co.skill_sd, rel=0.03)
    assert (drawn.skill == drawn.skill_level).all()
    assert drawn.employability.min() >= np.float32(0.05)
    assert drawn.employability.max() <= 1.0
    assert (drawn.trust == np.float32(co.trust_level)).all()


def test_a_school_leaver_takes_the_row_of_who_retires(co: Coefficients) -> None:
    p = person(status=codes.EMPLOYED, age=65 * 12, municipality=1, employer=7, wage=3000.0, months_out=4,
               entitlement=12, contributions=200, measure=2, measure_left=3, sanction_left=1, contacts=9,
               months_unsupported=8, pressure=2.0, benefit=codes.INSURANCE, referred=1)  # fmt: skip
    demography.succeed(p, 0, 99, MONTH, co, 1)
    assert cells(p, "status", "inactivity", "age") == (codes.INACTIVE, codes.IN_EDUCATION, 16 * 12)
    assert cells(p, "municipality", "regime") == (1, 1)
    assert cells(p, "employer", "wage", "months_out", "entitlement", "contributions") == (-1, 0.0, 0, 0, 0)
    assert cells(p, "measure", "measure_left", "sanction_left", "contacts", "months_unsupported") == (0,) * 5
    assert cells(p, "pressure", "benefit", "referred") == (0.0, codes.NO_BENEFIT, 0)


# benefits and changes of state


def test_insurance_is_earned_by_a_year_of_work_at_two_months_for_one_up_to_the_limit_by_age() -> None:
    def earned(contributions: int, age: int = 30) -> int:
        return jobs.entitlement_earned(contributions, 12 * age, 12, 18, 55)

    assert [earned(n) for n in (0, 11, 12, 13, 23, 24, 240)] == [0, 0, 6, 6, 11, 12, 12]
    assert [earned(240, age) for age in (54, 55, 64)] == [12, 18, 18]
    assert earned(20, 55) == 10


@pytest.mark.parametrize(
    ("merged", "had_insurance", "benefit"),
    [(0, True, codes.ASSISTANCE), (0, False, codes.BASIC_INCOME), (1, True, codes.BASIC_INCOME),
     (1, False, codes.BASIC_INCOME)],
)  # fmt: skip
def test_assistance_needs_an_earlier_insurance_claim_and_ends_with_the_merger(
    merged: int, had_insurance: bool, benefit: int
) -> None:
    assert jobs.benefit_after_insurance(merged, had_insurance) == benefit


def test_a_claim_uses_up_contributions_and_never_shortens_what_is_left_of_an_old_one(
    tables: RegimeTables,
) -> None:
    p = person(status=codes.EMPLOYED, contributions=30, age=360, entitlement=2, months_out=5, contacts=3)
    jobs.lose_job(p, 0, tables)
    assert cells(p, "status", "benefit", "entitlement", "contributions") == (
        codes.UNEMPLOYED, codes.INSURANCE, 12, 0)  # fmt: skip
    assert cells(p, "months_out", "months_registered", "contacts") == (0, 0, 0)
    short = person(status=codes.EMPLOYED, contributions=8, entitlement=9)
    jobs.lose_job(short, 0, tables)
    assert cells(short, "benefit", "entitlement", "contributions") == (codes.INSURANCE, 9, 8)
    never = person(status=codes.EMPLOYED, contributions=8)
    jobs.lose_job(never, 0, tables)
    assert cells(never, "benefit") == (codes.BASIC_INCOME,)


def test_insurance_counts_down_while_registered_and_gives_way_to_the_next_benefit(
    tables: RegimeTables,
) -> None:
    p = person(status=codes.UNEMPLOYED, benefit=codes.INSURANCE, entitlement=2, sanction_left=1)
    casework.draw_benefit(p, 0, tables)
    assert cells(p, "benefit", "entitlement", "sanction_left") == (codes.INSURANCE, 1, 0)
    casework.draw_benefit(p, 0, tables)
    assert cells(p, "benefit", "entitlement") == (codes.ASSISTANCE, 0)
    p.regime[0] = 1
    casework.draw_benefit(p, 0, tables)
    assert cells(p, "benefit") == (codes.BASIC_INCOME,), "the merger ends assistance"


def test_insurance_rests_during_a_measure(tables: RegimeTables) -> None:
    p = person(status=codes.IN_MEASURE, benefit=codes.INSURANCE, entitlement=5)
    casework.draw_benefit(p, 0, tables)
    assert cells(p, "benefit", "entitlement") == (codes.INSURANCE, 5)


def test_who_starts_a_job_leaves_register_benefit_and_measure_behind() -> None:
    p = person(status=codes.IN_MEASURE, benefit=codes.ASSISTANCE, measure=2, measure_left=3, months_out=30,
               months_registered=4, sanction_left=1, referred=1, entitlement=3)  # fmt: skip
    jobs.start_job(p, 0, 17, 2000.0, MONTH, 99)
    assert cells(p, "status", "employer", "wage", "job_start") == (codes.EMPLOYED, 17, 2000.0, MONTH)
    left = (
        "benefit",
        "measure",
        "measure_left",
        "months_out",
        "months_registered",
        "sanction_left",
        "referred",
    )
    assert cells(p, *left) == (0,) * len(left)
    assert cells(p, "entitlement") == (3,), "what is left of a claim stays"
    assert 0.0 <= p.clock[0] < 1.0


# casework


def test_a_meeting_brings_pressure_and_perhaps_a_sanction_and_referrals(
    co: Coefficients, tables: RegimeTables
) -> None:
    p = person(status=codes.UNEMPLOYED, regime=2, trust=0.6, employability=0.4, months_unsupported=7)
    assert casework.hold_meeting(p, 0, 0.0, 0.0, co, tables)
    assert cells(p, "sanction_left", "referred", "contacts", "months_unsupported") == (2, 1, 1, 0)
    assert p.pressure[0] == pytest.approx(tables.monitoring[2] + 1.5)
    assert p.trust[0] == pytest.approx(0.6 * co.sanction_trust)
    assert p.employability[0] == pytest.approx(0.4 - co.sanction_employability)
    assert not casework.hold_meeting(p, 0, 0.0, 0.9999, co, tables), "no second sanction during the first"
    assert p.pressure[0] == pytest.approx(2 * tables.monitoring[2] + 1.5)


def test_profiling_gets_better_with_meetings_and_with_ties() -> None:
    assert casework.profiling_error(0.5, 0, 0.0, 0.5) == 0.5
    assert casework.profiling_error(0.5, 4, 0.0, 0.5) == 0.25
    assert casework.profiling_error(0.5, 0, 1.0, 0.5) == 0.25
    assert casework.profiling_error(0.5, 0, 1.0, 0.0) == 0.5, "ties switched off"


def test_closeness_is_skill_and_employability_less_the_stigma_of_time_out_of_work() -> None:
    assert casework.closeness(0.3, 0.5, 2.0, 12, 0.1, 18) == pytest.approx(0.3 + 1.0 - 0.1)
    assert casework.closeness(0.3, 0.5, 2.0, 100, 0.1, 18) == casework.closeness(0.3, 0.5, 2.0, 18, 0.1, 18)


def test_ties_settle_where_growth_by_joint_work_and_decay_balance() -> None:
    for growth, joint, decay in ((0.04, 1.0, 0.02), (0.04, 0.5, 0.02), (0.1, 0.0, 0.02), (0.5, 1.0, 0.0)):
        tie = 0.3
        for _ in range(2000):
            tie = tie_after_month(tie, growth, joint, decay)
            assert 0.0 <= tie <= 1.0
        assert tie == pytest.approx(growth * joint / (growth * joint + decay), abs=1e-9)


# people


def test_learning_closes_the_gap_to_the_personal_level_geometrically() -> None:
    value = 0.0
    for _ in range(24):
        value = people.towards(value, 1.0, 0.05)
    assert value == pytest.approx(1.0 - 0.95**24)
    assert people.towards(0.7, 0.7, 0.3) == 0.7


def test_skill_is_lost_by_a_constant_down_to_a_floor_and_never_rises_out_of_work() -> None:
    skill, level = 0.5, 0.5
    path = [skill := people.skill_out_of_work(skill, level, 0.004, 0.2) for _ in range(80)]
    assert path[:50] == pytest.approx([0.5 - 0.004 * (k + 1) for k in range(50)])
    assert path[-1] == pytest.approx(0.3)
    assert people.skill_out_of_work(0.1, 0.5, 0.004, 0.2) == 0.1, "below the floor it stays"


def test_employability_falls_towards_a_share_of_the_personal_level_and_never_rises_out_of_work() -> None:
    value = 0.8
    for _ in range(100):
        value = people.employability_out_of_work(value, 0.8, 0.01, 0.7)
    assert value == pytest.approx(0.56 + 0.24 * 0.99**100)
    assert people.employability_out_of_work(0.4, 0.8, 0.01, 0.7) == 0.4


def test_withdrawal_rises_with_pressure_and_falls_with_employability_and_trust() -> None:
    assert people.chance_to_withdraw(0.011, 1.0, 0.0, 0.6, 0.6) == pytest.approx(0.011)
    assert people.chance_to_withdraw(0.011, 1.0, 1.0, 0.6, 0.6) == pytest.approx(0.022)
    assert people.chance_to_withdraw(0.011, 0.0, 1.0, 0.1, 0.6) == pytest.approx(0.011 * 1.5)
    assert people.chance_to_withdraw(0.011, 0.0, 1.0, 0.6, 0.1) == pytest.approx(0.011 * 1.5)


@pytest.mark.parametrize(
    ("status", "inactivity", "counted"),
    [
        (codes.EMPLOYED, codes.NOT_INACTIVE, {"contributions"}),
        (codes.UNEMPLOYED, codes.NOT_INACTIVE, {"months_out", "months_registered", "months_unsupported"}),
        (codes.IN_MEASURE, codes.NOT_INACTIVE, {"months_out", "months_registered", "months_unsupported"}),
        (codes.INACTIVE, codes.DISCOURAGED, {"months_out"}),
        (codes.INACTIVE, codes.IN_EDUCATION, set()),
    ],
)
def test_each_state_moves_its_own_clocks(status: int, inactivity: int, counted: set[str]) -> None:
    clocks = {"contributions", "months_out", "months_registered", "months_unsupported"}
    p = person(status=status, inactivity=inactivity, **dict.fromkeys(clocks, 3))
    people.count_month(p, 0)
    assert {name for name in clocks if cells(p, name) == (4,)} == counted
    assert {name for name in clocks if cells(p, name) == (3,)} == clocks - counted


def test_clocks_stop_at_their_limits() -> None:
    p = person(status=codes.EMPLOYED, contributions=240)
    people.count_month(p, 0)
    assert cells(p, "contributions") == (240,)
    q = person(status=codes.UNEMPLOYED, months_unsupported=255, months_out=65_000, months_registered=65_000)
    people.count_month(q, 0)
    assert cells(q, "months_unsupported", "months_out", "months_registered") == (255, 65_000, 65_000)


def test_the_census_groups_by_age_and_training() -> None:
    ages = (25 * 12 - 1, 25 * 12, 50 * 12 - 1, 50 * 12)
    assert [base_group(age, codes.VOCATIONAL) for age in ages] == [0, 2, 2, 4]
    assert [base_group(age, codes.NO_VOCATIONAL) for age in ages] == [1, 3, 3, 5]


# search effort


def test_a_tabulated_function_is_exact_at_its_points_and_linear_between() -> None:
    table = np.sqrt(np.arange(1025) / 1024)
    assert [search.interpolate(table, x) for x in (0.0, 0.25, 1.0)] == [0.0, 0.5, 1.0]
    halfway = search.interpolate(table, 100.5 / 1024)
    assert halfway == pytest.approx((table[100] + table[101]) / 2)
    assert search.interpolate(table, -1.0) == 0.0
    assert search.interpolate(table, 2.0) == 1.0


def test_effort_rises_over_the_last_six_months_of_insurance_only() -> None:
    rise = [search.exhaustion_effect(codes.INSURANCE, left, 0.3) for left in range(8)]
    assert rise == pytest.approx([1.3, 1.25, 1.2, 1.15, 1.1, 1.05, 1.0, 1.0])
    assert search.exhaustion_effect(codes.ASSISTANCE, 0, 0.3) == 1.0


def test_expected_applications_are_the_product_of_their_factors(co: Coefficients) -> None:
    assert search.applications_out_of_work(1.75, 0.8, 0.9, 1.1, 1.2, 1.3) == pytest.approx(
        1.75 * 0.8 * 0.9 * 1.1 * 1.2 * 1.3
    )
    assert co.effort_by_duration == pytest.approx(
        np.exp(-Parameters().search.duration_decay * np.arange(25)), abs=1e-12
    )
    assert [search.applications_at_work(0.2, 1.5, months) for months in (0, 23, 24)] == pytest.approx(
        [0.3, 0.3, 0.2]
    )


@pytest.mark.parametrize("rounds", [1, 2, 3, 4])
@pytest.mark.parametrize("chance", [0.0, 0.03, 0.35, 0.5, 0.9, 1.0])
def test_each_round_has_its_own_chance_of_an_application(rounds: int, chance: float) -> None:
    """One uniform number gives independent rounds: the number of applications is binomial."""
    bits = [search.application_rounds(u, chance, rounds) for u in GRID]
    share = np.bincount(bits, minlength=2**rounds) / len(GRID)
    for pattern in range(2**rounds):
        applied = pattern.bit_count()
        assert share[pattern] == pytest.approx(chance**applied * (1 - chance) ** (rounds - applied), abs=3e-4)
    assert np.mean([b.bit_count() for b in bits]) == pytest.approx(rounds * chance, abs=1e-3)
