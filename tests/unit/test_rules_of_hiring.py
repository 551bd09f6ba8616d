"""Rules of employers, offers, wages and places: each computes what its docstring says (as plain Python)."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labsim import codes
from labsim.behaviour.coefficients import coefficients
from labsim.config import load_place
from labsim.kernels import demand, hiring, matching
from labsim.kernels.blocks import block
from labsim.kernels.coefficients import Coefficients
from labsim.parameters import Parameters
from labsim.policy.programme import regime_tables
from labsim.policy.regime import Regime
from labsim.rng import Purpose, draw4
from labsim.state.institutions import Institution
from labsim.state.tables import Channels, Employers, Persons, create

GRID = [(k + 0.5) / 10_000 for k in range(10_000)]
MONTH = 24_000
NONE: Any = SimpleNamespace()


@pytest.fixture(scope="module")
def co() -> Coefficients:
    return coefficients(Parameters(), load_place("toytown"))


# employers


def test_demand_of_an_employer_falls_back_to_its_mean_geometrically() -> None:
    shock = 0.2
    for _ in range(30):
        shock = float(demand.next_shock(shock, 0.5, 0.97, 0.0))
    assert shock == pytest.approx(0.2 * 0.97**30)
    drawn = [demand.next_shock(0.1, u, 0.97, 0.024) for u in GRID]
    assert np.mean(drawn) == pytest.approx(0.097, abs=1e-6)
    assert np.std(drawn) == pytest.approx(0.024, rel=0.005)


@pytest.mark.parametrize(("size", "growth", "shock"), [(1.0, 1.0, 0.0), (7.3, 0.9, -0.2), (250.4, 1.1, 0.1)])
def test_targets_are_whole_persons_and_right_on_average_over_employers(
    size: float, growth: float, shock: float
) -> None:
    targets = [demand.target_headcount(size, growth, shock, u) for u in GRID]
    exact = size * growth * math.exp(shock)
    assert set(targets) <= {math.floor(exact), math.floor(exact) + 1}
    assert np.mean(targets) == pytest.approx(exact, abs=2e-4)


@pytest.mark.parametrize("gap", [-4, 0, 1, 3, 50])
def test_part_of_a_gap_becomes_vacancies_on_average(gap: int) -> None:
    opened = [demand.openings_wanted(gap, 0.6, u) for u in GRID]
    assert np.mean(opened) == pytest.approx(0.6 * max(gap, 0), abs=2e-4)
    assert all(0 <= n <= max(gap, 0) for n in opened)


def test_layoffs_begin_beyond_the_band_and_take_part_of_the_excess() -> None:
    assert demand.layoffs_wanted(100, 100, 0.1, 0.35, 0.99) == 0
    assert demand.layoffs_wanted(110, 100, 0.1, 0.35, 0.99) == 0, "ten are tolerated"
    mean = np.mean([demand.layoffs_wanted(111, 100, 0.1, 0.35, u) for u in GRID])
    assert mean == pytest.approx(0.35 * 11, abs=2e-4)
    assert demand.layoffs_wanted(3, 0, 0.1, 1.0, 0.99) == 3, "never more than there are"


def test_only_small_employers_close() -> None:
    assert demand.closes(9.99, 0.0029, 0.003)
    assert not demand.closes(9.99, 0.003, 0.003)
    assert not demand.closes(10.0, 0.0, 0.003)


def test_a_closing_employer_dismisses_everybody_and_withdraws_all_vacancies(co: Coefficients) -> None:
    e = create(Employers, 400)
    e.size[:], e.headcount[:], e.vacancies[:] = 5.0, 5, 2
    for row in range(400):
        u = draw4(99, Purpose.DEMAND, MONTH, row, 0)
        demand.plan_month(e, row, 1.0, u, co._replace(closure_rate=1.0), 99, MONTH)
    assert (e.layoffs == 5).all()
    assert (e.withdrawals == 2).all()
    assert (e.openings == 0).all()
    assert e.shock.std() == pytest.approx(co.shock_sd, rel=0.2), "the new one begins with a shock of its own"


def test_an_employer_never_opens_and_withdraws_or_dismisses_in_one_month(co: Coefficients) -> None:
    e = create(Employers, 300)
    e.size[:] = 20.0
    e.headcount[:] = np.arange(300) % 40
    e.vacancies[:] = np.arange(300) % 7
    for row in range(300):
        u = draw4(99, Purpose.DEMAND, MONTH, row, 0)
        demand.plan_month(e, row, 1.0, u, co._replace(closure_rate=0.0), 99, MONTH)
    gap = e.target - e.headcount - e.vacancies
    assert (e.withdrawals == np.clip(-gap, 0, e.vacancies)).all()
    assert (e.openings[gap <= 0] == 0).all()
    assert (e.openings <= np.maximum(gap, 0)).all()
    assert (e.openings * (e.withdrawals + e.layoffs) == 0).all()


def test_vacancies_are_kept_until_an_age_and_then_withdrawn_by_chance() -> None:
    assert demand.is_kept(5, 0.0, 6, 0.1)
    assert not demand.is_kept(6, 0.0999, 6, 0.1)
    assert demand.is_kept(6, 0.1, 6, 0.1)


def test_every_vacancy_has_a_number_of_its_own() -> None:
    numbers = {demand.vacancy_number(f, n) for f in (0, 1, 70_000, 2**31 - 1) for n in (0, 1, 5_000_000)}
    assert len(numbers) == 12
    assert max(numbers) < 2**63


def test_the_last_in_goes_first_but_long_tenure_protects_no_further() -> None:
    assert [demand.layoff_order(months, 0.0, 0.0) for months in (0, 3, 119, 120, 400)] == [
        0,
        3,
        119,
        120,
        120,
    ]
    assert demand.layoff_order(10, 0.5, 24.0) == 22.0


def test_without_noise_layoffs_take_those_with_the_shortest_tenure(regime: Callable[..., Regime]) -> None:
    """Through the kernel: two employers, of which one lets three of five go."""
    p, e = create(Persons, 9), create(Employers, 2)
    p.employer[:] = [0, 1, 0, 1, 0, 1, 0, 1, 0]
    p.job_start[:] = MONTH - np.array([50, 0, 7, 0, 30, 0, 1, 0, 90])
    e.headcount[:], e.layoffs[:] = (5, 4), (3, 0)
    offset, staff = np.zeros(3, np.int64), np.zeros(5, np.int64)
    space = block()
    demand.staff_of_shrinking(p, e, offset, staff, np.zeros(1, np.uint32), space)
    assert staff.tolist() == [0, 2, 4, 6, 8]
    flows, counts = np.zeros((1, 5, 5), np.int64), np.zeros((1, 1), np.int64)
    coeff = coefficients(Parameters(), load_place("toytown"))._replace(layoff_noise=0.0)
    tables = regime_tables((regime(),))
    key = np.uint64(9)
    demand.lay_off(p, e, offset, staff, np.zeros(5), coeff, tables, key, MONTH, flows, counts, space)
    assert np.flatnonzero(p.status == codes.UNEMPLOYED).tolist() == [2, 4, 6]
    assert e.headcount.tolist() == [2, 4]
    assert flows[0, codes.EMPLOYED, codes.UNEMPLOYED] == counts[0, 0] == 3


# ranking, standards, wages


def test_the_penalty_grows_with_months_out_of_work_up_to_a_cap() -> None:
    penalty = [hiring.duration_penalty(months, 0.1, 0.05, 18) for months in (0, 6, 12, 18, 60)]
    assert penalty == pytest.approx([0.0, 0.075, 0.15, 0.225, 0.225])


def test_an_employers_score_is_the_sum_of_what_it_sees() -> None:
    assert hiring.standing(0.3, 0.6, 0.1, 0.45) == pytest.approx(1.25)
    assert hiring.score(1.25, -0.6, -0.09, 0.7) == pytest.approx(1.26)


def test_misfit_counts_occupations_apart_and_levels_of_education_short() -> None:
    table = np.array([0.0, -0.25, -0.6])
    assert [hiring.misfit(2, has, 1, 1, table, -0.7) for has in range(6)] == [
        -0.6,
        -0.25,
        0.0,
        -0.25,
        -0.6,
        -0.6,
    ]
    assert [hiring.misfit(0, 0, asked, 1, table, -0.7) for asked in (0, 1, 2)] == [0.0, 0.0, -0.7]


def test_the_standard_rises_with_education_asked_and_falls_for_six_months() -> None:
    standard = [hiring.hiring_standard(1.6, 2, 0.1, 0.06, age) for age in (0, 1, 6, 24)]
    assert standard == pytest.approx([1.8, 1.74, 1.44, 1.44])


def test_income_out_of_work_is_a_share_of_the_last_wage_but_never_below_the_basic_income() -> None:
    def income(kind: int, last_wage: float) -> float:
        return hiring.benefit_income(kind, last_wage, 0.62, 0.55, 0.42, 2300.0)

    assert income(codes.INSURANCE, 3000.0) == pytest.approx(1860.0)
    assert income(codes.ASSISTANCE, 3000.0) == pytest.approx(1650.0)
    assert income(codes.BASIC_INCOME, 3000.0) == income(codes.INSURANCE, 100.0) == pytest.approx(966.0)


def test_the_reservation_wage_lies_between_income_and_the_lower_of_last_and_market_wage() -> None:
    assert hiring.reservation_wage(1000.0, 0.0, 2000.0, 2500.0, 0.0) == 1000.0
    assert hiring.reservation_wage(1000.0, 1.0, 2000.0, 2500.0, 0.0) == 2000.0
    assert hiring.reservation_wage(1000.0, 0.45, 2000.0, 1800.0, 0.0) == pytest.approx(1360.0)
    assert hiring.reservation_wage(1000.0, 0.45, 0.0, 1800.0, 0.0) == pytest.approx(1360.0), "no last wage"
    assert hiring.reservation_wage(1000.0, 0.45, 2000.0, 1800.0, 0.1) == pytest.approx(1224.0)


def test_wages_offered_pay_for_skill() -> None:
    assert hiring.skill_pay(0.0, 0.5) == 1.0
    assert hiring.skill_pay(0.4, 0.5) == pytest.approx(math.exp(0.2), rel=1e-8)


def applications_of(*applications: tuple[int, float, float]) -> Any:
    """Return applicants with one own application each: (vacancy, score, lot)."""
    n = len(applications)
    vacancy, score, lot = np.full((n, 2), -1, np.int32), np.zeros((n, 2)), np.zeros((n, 2))
    for k, (j, s, u) in enumerate(applications):
        vacancy[k, 0], score[k, 0], lot[k, 0] = j, s, u
    return SimpleNamespace(seeker=np.arange(n), vacancy=vacancy, score=score, lot=lot)


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from([-1.0, 0.5, 2.0, 2.5, 3.0])), max_size=12))
def test_a_vacancy_offers_to_its_best_applicant_if_good_enough_and_ties_go_by_lot(
    applications: list[tuple[int, float]],
) -> None:
    lots = [(7 * k % 13) / 13 for k in range(len(applications))]
    made = applications_of(*[(j, s, lot) for (j, s), lot in zip(applications, lots, strict=True)])
    best = np.full(3, -1, np.int32)
    matching.offer.py_func(made, np.ones(3), best, np.zeros(3))
    for j in range(3):
        fit = [(s, lots[k], k) for k, (to, s) in enumerate(applications) if to == j and s >= 1.0]
        assert best[j] == (2 * max(fit)[2] if fit else -1)


# places in measures


def choose(closeness: np.ndarray, lot: np.ndarray, targeting: float, places: int) -> list[int]:
    return Institution.choose(NONE, closeness, lot, targeting, places).tolist()


CLOSENESS, LOTS = np.linspace(-1.0, 1.0, 101), (np.arange(101) * 37 % 101) / 101


def test_creaming_takes_those_nearest_to_the_market_and_need_those_farthest() -> None:
    shuffled = np.argsort(LOTS)
    order = CLOSENESS[shuffled]
    assert sorted(order[choose(order, LOTS, 1.0, 10)]) == sorted(CLOSENESS[-10:])
    assert sorted(order[choose(order, LOTS, -1.0, 10)]) == sorted(CLOSENESS[:10])


def test_without_targeting_places_go_by_lot_whatever_the_closeness() -> None:
    chosen = choose(CLOSENESS, LOTS, 0.0, 10)
    assert sorted(LOTS[chosen]) == sorted(LOTS)[-10:]
    assert chosen == choose(-CLOSENESS, LOTS, 0.0, 10) == choose(CLOSENESS * 100, LOTS, 0.0, 10)


def test_the_more_creaming_the_nearer_are_those_chosen() -> None:
    mean = [CLOSENESS[choose(CLOSENESS, LOTS, t, 20)].mean() for t in (-1.0, -0.5, 0.0, 0.5, 1.0)]
    assert mean == sorted(mean)
    assert mean[0] < mean[2] < mean[4]


def test_with_places_for_all_everybody_is_chosen_and_nobody_twice() -> None:
    assert choose(CLOSENESS[:3], LOTS[:3], 0.3, 3) == [0, 1, 2]
    assert choose(CLOSENESS[:3], LOTS[:3], 0.3, 9) == [0, 1, 2]
    chosen = choose(CLOSENESS, LOTS, 0.3, 40)
    assert len(set(chosen)) == 40
    assert chosen == sorted(chosen)


def test_channels_are_neutral_unless_an_instrument_acts() -> None:
    channels = create(Channels, 3)
    assert (channels.hiring_score == 0.0).all()
    for name in ("search_effort", "reservation_wage", "benefit"):
        assert (getattr(channels, name) == 1.0).all()
