"""Process 6, second half: employers rank and offer, people accept, in rounds; process 7: jobs start.

In each round everybody still searching holds at most one own application and one referral; each vacancy offers to its
best applicant, if good enough; who gets offers keeps the best acceptable one; the rest try on in the next round.
"""

from __future__ import annotations

from typing import Any

from labsim.codes import ASSISTANCE, DURATIONS, EMPLOYED, INACTIVE, INSURANCE, REFERRAL
from labsim.compiling import kernel
from labsim.kernels.census import base_group
from labsim.kernels.coefficients import Coefficients, Openings, RegimeTables
from labsim.kernels.jobs import start_job
from labsim.kernels.search import pick_cell
from labsim.rng import exponential, real, row_rule, rule, whole

MAX_RELAXATION, ANCHOR_MONTHS = 6, 60
OWN, REFERRED = 0, 1


@rule
def duration_penalty(months_out: int, stigma: float, rhetoric: float, cap: int) -> float:
    """Return the ranking penalty for time out of work: (stigma + rhetoric) per year, capped (log points)."""
    return (stigma + rhetoric) * min(months_out, cap) / 12.0


@rule
def standing(skill: float, employability: float, penalty: float, subsidy: float) -> float:
    """Return what every employer sees of an applicant, log points."""
    return skill + employability - penalty + subsidy


@rule
def score(stands: float, misfits: float, distance: float, bonus: float) -> float:
    """Return an employer's score before the match itself shows, log points."""
    return stands + misfits + distance + bonus


@rule
def misfit(
    asked: int, has: int, education_asked: int, education: int, table: Any, education_gap: float
) -> float:
    """Return the misfit of occupation and education, log points (0 or below)."""
    apart = min(abs(asked - has), 2)
    return table[apart] + education_gap * max(education_asked - education, 0)  # type: ignore[no-any-return]  # numpy scalar


@row_rule
def standing_of(p: Any, ch: Any, i: int, co: Coefficients, regimes: RegimeTables, stigma: Any) -> float:
    """Return `standing` of person i; only people without a job carry a penalty for time out of work."""
    penalty = 0.0
    if whole(p.status[i]) != EMPLOYED:
        local = co.stigma * stigma[whole(p.municipality[i])]
        rhetoric = regimes.rhetoric[whole(p.regime[i])]
        penalty = duration_penalty(whole(p.months_out[i]), local, rhetoric, co.stigma_cap)
    employability = co.weight_employability * real(p.employability[i])
    return standing(real(p.skill[i]), employability, penalty, real(ch.hiring_score[i]))


@row_rule
def visible_score(
    stands: float,
    municipality: int,
    occupation: int,
    education: int,
    v: Any,
    j: int,
    channel: int,
    co: Coefficients,
    travel: Any,
) -> float:
    """Return `score` for vacancy j of an applicant who lives in a municipality."""
    asked, education_asked = whole(v.occupation[j]), whole(v.education[j])
    fit = misfit(asked, occupation, education_asked, education, co.misfit, co.education_gap)
    minutes = travel[municipality, whole(v.municipality[j])]
    return score(stands, fit, co.distance * minutes, co.bonus[channel])


@rule
def hiring_standard(local: float, education: int, by_education: float, relaxation: float, age: int) -> float:
    """Return the score that an applicant must reach: it rises with education asked, falls with the vacancy's age."""
    return local + by_education * education - relaxation * min(age, MAX_RELAXATION)


@rule
def benefit_income(
    kind: int, last_wage: float, insurance: float, assistance: float, basic: float, mean_wage: float
) -> float:
    """Return monthly income out of work in EUR: a share of the last wage, at least the basic income."""
    floor = basic * mean_wage
    if kind == INSURANCE:
        return max(insurance * last_wage, floor)
    if kind == ASSISTANCE:
        return max(assistance * last_wage, floor)
    return floor


@rule
def reservation_wage(
    income: float, weight: float, last_wage: float, market_wage: float, pressure_cut: float
) -> float:
    """Return [b + phi(d) (min(last wage, market wage) - b)] (1 - cut) in EUR a month."""
    anchor = min(last_wage, market_wage) if last_wage > 0.0 else market_wage
    return (income + weight * (anchor - income)) * (1.0 - pressure_cut)


@row_rule
def lowest_acceptable(
    p: Any, ch: Any, i: int, co: Coefficients, regimes: RegimeTables, wage_level: Any
) -> float:
    """Return the lowest wage for which person i starts a job, EUR a month."""
    if whole(p.status[i]) == EMPLOYED:
        return real(p.wage[i]) * (1.0 + co.job_to_job)
    r = whole(p.regime[i])
    income = benefit_income(
        whole(p.benefit[i]),
        real(p.wage[i]),
        regimes.insurance_replacement[r],
        regimes.assistance_replacement[r],
        regimes.basic_income[r],
        co.mean_wage,
    ) * real(ch.benefit[i])
    if whole(p.sanction_left[i]) > 0:
        income = income * (1.0 - regimes.sanction_cut[r])
    market_wage = (
        co.mean_wage
        * wage_level[whole(p.municipality[i])]
        * exponential(
            co.education_premium * (whole(p.education[i]) - 1) + co.return_to_skill * real(p.skill[i])
        )
    )
    weight = co.anchor[min(whole(p.months_out[i]), ANCHOR_MONTHS)]
    cut = min(co.pressure_cut * real(p.pressure[i]), 0.9)
    return reservation_wage(income, weight, real(p.wage[i]), market_wage, cut) * real(ch.reservation_wage[i])


@rule
def skill_pay(skill: float, return_to_skill: float) -> float:
    """Return the wage offered to a person per euro posted: the return to human capital."""
    return exponential(return_to_skill * skill)


@row_rule
def best_referral(
    stands: float,
    home: int,
    education: int,
    choice: int,
    v: Any,
    u: Any,
    co: Coefficients,
    travel: Any,
    openings: Openings,
) -> int:
    """Return the registered vacancy, among ``choice`` in near occupations, where the client ranks best; -1 if none."""
    cell = pick_cell(openings.registered, home, u[0])
    if cell < 0:
        return -1
    mask, offset = whole(openings.registered_mask[cell]), whole(openings.registered_offset[cell])
    municipality, occupation = home // co.occupations, home % co.occupations
    place = whole(u[1] * 4294967296.0) & mask
    best, best_score, seen = -1, -1e9, 0
    for _ in range(mask + 1):
        j = whole(openings.registered_slots[offset + place])
        if j >= 0 and whole(v.filled_by[j]) < 0:
            s = visible_score(stands, municipality, occupation, education, v, j, REFERRAL, co, travel)
            if s > best_score:
                best, best_score = j, s
            seen += 1
            if seen == choice:
                break
        place = (place + 1) & mask
    return best


@row_rule
def hire(
    s: Any,
    k: int,
    p: Any,
    e: Any,
    v: Any,
    co: Coefficients,
    key: int,
    month: int,
    flows: Any,
    hires: Any,
    exits: Any,
) -> None:
    """Start the job of seeker k: headcounts, vacancy, flows.

    ``hires`` (m, 8): by channel (5), from the unemployed or measures, filled vacancies' age in 1/rounds of a month,
    filled vacancies (the last two by municipality of the workplace).
    """
    i, j = whole(s.person[k]), whole(s.hired[k])
    m, status, f = whole(p.municipality[i]), whole(p.status[i]), whole(v.employer[j])
    flows[m, status, EMPLOYED] += 1
    if status == EMPLOYED:
        e.headcount[whole(p.employer[i])] -= 1
    elif status < INACTIVE:
        exits[
            base_group(whole(p.age[i]), whole(p.education[i])), min(whole(p.months_out[i]), DURATIONS - 1)
        ] += 1
        hires[m, 5] += 1
    hires[m, whole(s.via[k])] += 1
    hires[whole(v.municipality[j]), 6] += (month - whole(v.opened[j])) * co.rounds + whole(s.turn[k])
    hires[whole(v.municipality[j]), 7] += 1
    start_job(p, i, f, real(s.pay[k]), month, key)
    e.headcount[f] += 1
    e.vacancies[f] -= 1


@kernel
def start_jobs(
    s: Any, p: Any, e: Any, v: Any, co: Any, key: Any, month: Any, flows: Any, hires: Any, exits: Any
) -> None:
    """Start all jobs agreed this month (`hire`)."""
    for k in range(s.person.size):
        if s.hired[k] >= 0:
            hire(s, k, p, e, v, co, key, month, flows, hires, exits)
