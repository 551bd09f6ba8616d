"""Process 3: jobs that end by themselves, ageing, school leavers, retirement, flows with inactivity."""

from __future__ import annotations

from typing import Any

import numpy as np

from labsim.codes import (
    DEMOGRAPHY,
    DISCOURAGED,
    EMPLOYED,
    ENTRY_AGE,
    EXIT_AGE,
    IN_EDUCATION,
    INACTIVE,
    NO_VOCATIONAL,
    NOBODY,
    NOT_INACTIVE,
    NOT_PROFILED,
    OLD_FROM,
    OTHER_INACTIVE,
    OUTSIDE,
    UNEMPLOYED,
)
from labsim.compiling import kernel
from labsim.kernels.blocks import list_flagged, part
from labsim.kernels.coefficients import Coefficients
from labsim.kernels.jobs import become_inactive, lose_job, register_as_unemployed
from labsim.rng import BLOCK, TO_UNIT, Purpose, draw4, fill_block, normal, real, row_rule, rule, whole

_PARTICIPATION = int(Purpose.PARTICIPATION)
_BIRTH, _LEVELS, _COHORT = int(Purpose.BIRTH), int(Purpose.BIRTH_LEVELS), int(Purpose.COHORT)
LAST_TENURE = 599
NO_AGE = 0
"""Age in a row in which nobody lives."""


@rule
def job_has_ended(survival: Any, education: int, tenure: int, clock: float) -> bool:
    """Say whether a job ends: its survival at this tenure (in months) has fallen below the clock drawn at hire."""
    return bool(survival[education, min(max(tenure, 0), LAST_TENURE)] < clock)


@rule
def chance_to_leave_work(age: int, base: float, older_factor: float) -> float:
    """Return the monthly chance that an employed person leaves the labour force."""
    return base * older_factor if age >= OLD_FROM else base


@rule
def chance_to_return(
    why: int, age: int, trust: float, returning: float, other: float, discouraged: float, older_factor: float
) -> float:
    """Return the monthly chance that an inactive person registers as unemployed."""
    chance = discouraged * (0.4 + trust) * returning if why == DISCOURAGED else other
    return chance / older_factor if age >= OLD_FROM else chance


@row_rule
def draw_traits(p: Any, i: int, key: int, month: int, co: Coefficients) -> None:
    """Draw sex, education and occupation as they go together among the residents of the municipality."""
    u = draw4(key, _BIRTH, month, i, 0)
    m = whole(p.municipality[i])
    sex = 1 if u[0] < co.male[m] else 0
    education = 0
    while education < 2 and u[1] >= co.education_of_people[m, sex, education]:
        education += 1
    occupation = 0
    while occupation < co.occupations - 1 and u[2] >= co.occupation_of_people[m, sex, education, occupation]:
        occupation += 1
    p.sex[i] = sex
    p.education[i] = education
    p.occupation[i] = occupation


@row_rule
def draw_levels(p: Any, i: int, key: int, month: int, co: Coefficients) -> None:
    """Draw the personal levels of human capital, which depend on education, and of employability."""
    level = draw4(key, _LEVELS, month, i, 0)
    shift = co.skill_shift[whole(p.municipality[i])]
    skill = shift + co.skill_by_education * (whole(p.education[i]) - 1) + co.skill_sd * normal(level[0])
    employability = min(max(co.employability_mean + co.employability_sd * normal(level[1]), 0.05), 1.0)
    p.skill_level[i] = skill
    p.employability_level[i] = employability
    p.skill[i] = skill
    p.employability[i] = employability
    p.trust[i] = co.trust_level
    p.pressure[i] = 0.0


@row_rule
def draw_person(p: Any, i: int, key: int, month: int, co: Coefficients) -> None:
    """Draw what a person keeps for life: sex, education, occupation, personal levels."""
    draw_traits(p, i, key, month, co)
    draw_levels(p, i, key, month, co)


@row_rule
def forget_work(p: Any, i: int) -> None:
    """Clear what a row holds of jobs, contributions and contacts: somebody else will live there, or nobody."""
    p.employer[i] = NOBODY
    p.wage[i] = 0.0
    p.months_out[i] = 0
    p.entitlement[i] = 0
    p.contributions[i] = 0
    p.months_unsupported[i] = 0
    p.contacts[i] = 0


@row_rule
def succeed(p: Any, i: int, key: int, month: int, co: Coefficients, home_regime: int) -> None:
    """Replace somebody who reaches 65 by a school leaver of 16 in the same row and municipality."""
    become_inactive(p, i, IN_EDUCATION)
    forget_work(p, i)
    p.age[i] = ENTRY_AGE
    p.regime[i] = home_regime
    draw_person(p, i, key, month, co)


@row_rule
def leave_empty(p: Any, i: int, co: Coefficients) -> None:
    """Leave the row of somebody who reaches 65 without a successor: nobody lives there, until a school leaver comes.

    Every cell is neutral; trust stands where it does not move. A voucher lapses as that of any holder who is gone.
    """
    become_inactive(p, i, NOT_INACTIVE)
    forget_work(p, i)
    p.status[i] = OUTSIDE
    p.age[i] = NO_AGE
    p.sex[i] = 0
    p.education[i] = NO_VOCATIONAL
    p.occupation[i] = 0
    p.job_start[i] = 0
    p.clock[i] = 0.0
    p.segment[i] = NOT_PROFILED
    p.skill[i] = 0.0
    p.skill_level[i] = 0.0
    p.employability[i] = 0.0
    p.employability_level[i] = 0.0
    p.trust[i] = co.trust_level
    p.pressure[i] = 0.0


@row_rule
def cohort_draw(key: int, month: int, i: int) -> float:
    """Return the number that decides whether a school leaver comes to a row."""
    return draw4(key, _COHORT, month, i, 0)[0]


@row_rule
def live_a_month(
    p: Any, i: int, u: float, co: Coefficients, regimes: Any, returning: Any, month: int, flows: Any
) -> bool:
    """End jobs, move in and out of the labour force, age by a month; return True if a job was left."""
    m, status = whole(p.municipality[i]), whole(p.status[i])
    left = False
    if status == EMPLOYED:
        if job_has_ended(co.survival, whole(p.education[i]), month - whole(p.job_start[i]), real(p.clock[i])):
            lose_job(p, i, regimes)
            flows[m, EMPLOYED, UNEMPLOYED] += 1
            left = True
        elif u < chance_to_leave_work(whole(p.age[i]), co.employed_exit, co.older_factor):
            become_inactive(p, i, OTHER_INACTIVE)
            flows[m, EMPLOYED, INACTIVE] += 1
            left = True
    elif status == INACTIVE:
        if whole(p.inactivity[i]) == IN_EDUCATION:
            registers = whole(p.age[i]) >= co.leaves_school[whole(p.education[i])]
        else:
            registers = u < chance_to_return(
                whole(p.inactivity[i]),
                whole(p.age[i]),
                real(p.trust[i]),
                returning[m],
                co.other_return,
                co.discouraged_return,
                co.older_factor,
            )
        if registers:
            register_as_unemployed(p, i)
            flows[m, INACTIVE, UNEMPLOYED] += 1
    p.age[i] = whole(p.age[i]) + 1
    return left


@row_rule
def retire(
    p: Any,
    i: int,
    key: int,
    month: int,
    co: Coefficients,
    home_regime: int,
    cohorts: Any,
    flows: Any,
) -> bool:
    """Let a person of 65 leave, and a school leaver come if there is one; return True if a job was left.

    ``cohorts`` (2, m): the chance of a successor, and the chance that an empty row is filled.
    """
    m, status = whole(p.municipality[i]), whole(p.status[i])
    flows[m, status, OUTSIDE] += 1
    chance = real(cohorts[0, m])
    if chance >= 1.0 or cohort_draw(key, month, i) < chance:
        flows[m, OUTSIDE, INACTIVE] += 1
        succeed(p, i, key, month, co, home_regime)
    else:
        leave_empty(p, i, co)
    return status == EMPLOYED


@row_rule
def perhaps_fill(
    p: Any,
    i: int,
    key: int,
    month: int,
    co: Coefficients,
    home_regime: int,
    cohorts: Any,
    flows: Any,
) -> None:
    """Let a school leaver of a large cohort come to an empty row, by chance."""
    m = whole(p.municipality[i])
    if cohort_draw(key, month, i) < real(cohorts[1, m]):
        flows[m, OUTSIDE, INACTIVE] += 1
        succeed(p, i, key, month, co, home_regime)


@part
def flag_moves(
    p: Any,
    start: int,
    n: int,
    co: Coefficients,
    other: float,
    discouraged: float,
    fills: bool,
    flag: Any,
    words: Any,
) -> None:
    """Flag n rows from ``start`` on that may leave work, register or retire; none that does is missed.

    ``other`` is no less than any chance to return of people who are not discouraged, ``discouraged`` times 0.4 +
    trust no less than that of those who are. Empty rows are flagged if ``fills``: some may be filled.
    """
    if start < 0:
        return
    leave_1, leave_2, leave_3 = co.leaves_school[0], co.leaves_school[1], co.leaves_school[2]
    for j in range(n):
        i = start + j
        u, age, education = words[0, j] * TO_UNIT, whole(p.age[i]), whole(p.education[i])
        leaves_work = u < chance_to_leave_work(age, co.employed_exit, co.older_factor)
        done = age >= (leave_1 if education == 0 else (leave_2 if education == 1 else leave_3))
        returns = u < max(other, discouraged * (0.4 + real(p.trust[i])))
        registers = done if p.inactivity[i] == IN_EDUCATION else returns
        works, idle = p.status[i] == EMPLOYED, p.status[i] == INACTIVE
        may_fill = fills & (p.status[i] == OUTSIDE)
        flag[j] = np.uint8((works & leaves_work) | (idle & registers) | (age >= EXIT_AGE - 1) | may_fill)


@part
def flag_ends(p: Any, start: int, n: int, survival: Any, month: int, flag: Any) -> None:
    """Flag employed rows whose job ends."""
    if start < 0:
        return
    for j in range(n):
        i = start + j
        ends = job_has_ended(survival, p.education[i], month - whole(p.job_start[i]), real(p.clock[i]))
        flag[j] |= np.uint8(ends & (p.status[i] == EMPLOYED))


@part
def grow_older(p: Any, start: int, n: int, flag: Any) -> None:
    """Let people to whom nothing else happens grow older; the flag stays for rows that run here and have events."""
    if start < 0:
        return
    for j in range(n):
        i = start + j
        here = p.python[i] & DEMOGRAPHY == 0
        p.age[i] += np.int16(here & (flag[j] == 0) & (p.status[i] != OUTSIDE))
        flag[j] = np.uint8(here & (flag[j] != 0))


@kernel
def demography(
    lo: Any,
    hi: Any,
    p: Any,
    co: Any,
    regimes: Any,
    returning: Any,
    key: Any,
    month: Any,
    home_regime: Any,
    cohorts: Any,
    flows: Any,
    block: Any,
    leavers: Any,
) -> Any:
    """Run `live_a_month` and `retire` for rows lo..hi, and `perhaps_fill` for empty ones.

    Write the employers left to ``leavers``, return their number.
    """
    n, most, fills = 0, 0.0, False
    for m in range(returning.size):
        most = max(most, returning[m])
        fills = fills or cohorts[1, m] > 0.0
    surely = (1.0 + 1e-9) * max(1.0, 1.0 / co.older_factor)
    for start in range(lo, hi, BLOCK):
        size = min(BLOCK, hi - start)
        fill_block(start // BLOCK, key, _PARTICIPATION, month, block.words)
        other, discouraged = surely * co.other_return, surely * most * co.discouraged_return
        flag_moves(p, start, size, co, other, discouraged, fills, block.flag, block.words)
        flag_ends(p, start, size, co.survival, month, block.flag)
        grow_older(p, start, size, block.flag)
        for k in range(list_flagged(block.flag, size, start, block.row)):
            i = block.row[k]
            if p.status[i] == OUTSIDE:
                perhaps_fill(p, i, key, month, co, home_regime, cohorts, flows)
                continue
            employer = p.employer[i]
            u = block.words[0, i - start] * TO_UNIT
            left = live_a_month(p, i, u, co, regimes, returning, month, flows)
            if p.age[i] >= EXIT_AGE and retire(p, i, key, month, co, home_regime, cohorts, flows):
                left = True
            if left:
                leavers[lo + n] = employer
                n += 1
    return n


@kernel
def count_leavers(leavers: Any, lo: Any, n: Any, headcount: Any) -> None:
    """Take the people who left off their employers' headcounts."""
    for j in range(lo, lo + n):
        headcount[leavers[j]] -= 1


def survival_table(
    base: float, new_job: float, decay: float, by_education: tuple[float, float, float]
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the share of jobs that last longer than each tenure, shape (3, 600), rounded to 12 digits."""
    table = np.ones((3, LAST_TENURE + 1))
    for education, factor in enumerate(by_education):
        survives = 1.0
        for tenure in range(1, LAST_TENURE + 1):
            hazard = factor * (base + new_job * float(np.exp(-tenure / decay)))
            survives *= 1.0 - min(hazard, 1.0)
            table[education, tenure] = round(survives, 12)
    return table
