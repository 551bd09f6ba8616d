"""Process 2: target headcount, vacancies opened and withdrawn, layoffs, small employers that close and open."""

from __future__ import annotations

from typing import Any

import numpy as np

from labsim.codes import EMPLOYED, KEEP, LAY_OFF, PLAN, UNEMPLOYED
from labsim.compiling import kernel
from labsim.kernels.blocks import count_on, list_flagged, part
from labsim.kernels.coefficients import Coefficients
from labsim.kernels.jobs import lose_job
from labsim.rng import (
    BLOCK,
    TO_UNIT,
    Purpose,
    draw4,
    exponential,
    fill_list,
    normal,
    real,
    row_rule,
    rule,
    whole,
)

_DEMAND, _VACANCY = int(Purpose.DEMAND), int(Purpose.VACANCY)
_WITHDRAW, _LAYOFF = int(Purpose.WITHDRAW_VACANCY), int(Purpose.LAYOFF)
SMALL_EMPLOYER = 10.0
LOYAL_TENURE = 120


@rule
def next_shock(shock: float, u: float, persistence: float, sd: float) -> float:
    """Return an employer's own demand next month: AR(1) in log points."""
    return persistence * shock + sd * normal(u)


@rule
def target_headcount(size: float, growth: float, shock: float, rounding: float) -> int:
    """Return the headcount aimed at: floor(size * growth * exp(shock) + a fixed part of the employer's own)."""
    return whole(size * growth * exponential(shock) + rounding)


@rule
def openings_wanted(gap: int, speed: float, u: float) -> int:
    """Return how many vacancies to open for a gap of `gap` persons; the fraction is rounded by lot."""
    if gap <= 0:
        return 0
    return whole(speed * gap + u)


@rule
def layoffs_wanted(headcount: int, target: int, band: float, speed: float, u: float) -> int:
    """Return how many people to lay off: part of the excess, if it is beyond the band."""
    excess = headcount - target
    if excess <= 0 or excess <= band * target:
        return 0
    return min(whole(speed * excess + u), headcount)


@rule
def closes(size: float, u: float, rate: float) -> bool:
    """Say whether a small employer closes this month."""
    return size < SMALL_EMPLOYER and u < rate


@row_rule
def plan_month(e: Any, f: int, growth: float, u: Any, co: Coefficients, key: int, month: int) -> None:
    """Write an employer's target, openings, withdrawals and layoffs of this month from its four draws."""
    size, headcount, vacancies = real(e.size[f]), whole(e.headcount[f]), whole(e.vacancies[f])
    shock = next_shock(real(e.shock[f]), u[0], co.persistence, co.innovation_sd)
    if closes(size, u[3], co.closure_rate):
        fresh = draw4(key, _DEMAND, month, f, 1)
        e.shock[f] = co.shock_sd * normal(fresh[0])
        e.target[f] = target_headcount(size, growth, real(e.shock[f]), real(e.rounding[f]))
        e.layoffs[f] = headcount
        e.withdrawals[f] = vacancies
        e.openings[f] = 0
        return
    e.shock[f] = shock
    target = target_headcount(size, growth, real(e.shock[f]), real(e.rounding[f]))
    gap = target - headcount - vacancies
    e.target[f] = target
    e.openings[f] = openings_wanted(gap, co.posting_speed, u[1])
    e.withdrawals[f] = min(max(-gap, 0), vacancies)
    e.layoffs[f] = layoffs_wanted(headcount, target, co.layoff_band, co.layoff_speed, u[2])
    if co.scrapping > 0.0 and size > 0.0:
        e.size[f] = size + co.scrapping * (target - size)


@rule
def is_kept(age: int, u: float, after: int, rate: float) -> bool:
    """Say whether an unfilled vacancy of this age in months stays open."""
    return age < after or u >= rate


@rule
def vacancy_number(employer: int, number: int) -> int:
    """Return the entity number of a vacancy for draws: it depends on its employer alone."""
    return employer + (number << 32)


@row_rule
def describe_vacancy(
    v: Any, j: int, e: Any, f: int, number: int, co: Coefficients, wage_level: float, key: int, month: int
) -> None:
    """Draw what a new vacancy asks and pays."""
    u = draw4(key, _VACANCY, month, vacancy_number(f, number), 0)
    occupation = whole(e.sector[f])
    if u[0] >= 0.5:
        other = 2.0 * u[0] - 1.0
        occupation = 0
        while occupation < co.occupations - 1 and other >= co.occupation_cum[occupation]:
            occupation += 1
    education = 0
    while education < 2 and u[1] >= co.education_cum[education]:
        education += 1
    posted = real(e.premium[f]) + co.posting_sd * normal(u[2]) + co.education_premium * (education - 1)
    v.employer[j] = f
    v.number[j] = number
    v.municipality[j] = e.municipality[f]
    v.occupation[j] = occupation
    v.education[j] = education
    v.wage[j] = max(co.mean_wage * wage_level * exponential(posted), co.wage_floor * co.mean_wage)
    v.opened[j] = month
    v.registered[j] = 1 if u[3] < co.registered_share else 0
    v.filled_by[j] = -1


@row_rule
def copy_vacancy(old: Any, j: int, new: Any, n: int) -> None:
    """Move a vacancy that stays open to its place in the new list."""
    new.employer[n] = old.employer[j]
    new.number[n] = old.number[j]
    new.municipality[n] = old.municipality[j]
    new.occupation[n] = old.occupation[j]
    new.education[n] = old.education[j]
    new.wage[n] = old.wage[j]
    new.opened[n] = old.opened[j]
    new.registered[n] = old.registered[j]
    new.filled_by[n] = -1


@kernel
def plan(lo: Any, hi: Any, e: Any, growth: Any, co: Any, key: Any, month: Any, block: Any) -> None:
    """Run `plan_month` for employers lo..hi."""
    words = block.words
    for start in range(lo, hi, BLOCK):
        n = min(BLOCK, hi - start)
        count_on(start, n, block.row)
        fill_list(block.row, 0, n, key, _DEMAND, month, 0, words)
        for j in range(n):
            if not e.python[start + j] & PLAN:
                u = words[0, j] * TO_UNIT, words[1, j] * TO_UNIT, words[2, j] * TO_UNIT, words[3, j] * TO_UNIT
                plan_month(e, start + j, growth[e.municipality[start + j]], u, co, key, month)


@kernel
def withdraw(old: Any, e: Any, co: Any, key: Any, month: Any, keep: Any) -> None:
    """Mark the vacancies that stay open (keep = 1); the newest go first where demand is short.

    ``keep`` comes in as 1, or as 0 where an employer's own `keep` in Python has withdrawn it.
    """
    size = old.employer.size
    for j in range(size - 1, -1, -1):
        f = old.employer[j]
        if old.filled_by[j] >= 0:
            keep[j] = 0
        elif e.withdrawals[f] > 0:
            keep[j] = 0
            e.withdrawals[f] -= 1
        elif not e.python[f] & KEEP:
            age = month - old.opened[j]
            if age >= co.withdrawal_after:
                u = draw4(key, _WITHDRAW, month, vacancy_number(f, old.number[j]), 0)
                if not is_kept(age, u[0], co.withdrawal_after, co.withdrawal_rate):
                    keep[j] = 0


@kernel
def renew(
    old: Any,
    keep: Any,
    new: Any,
    e: Any,
    first: Any,
    co: Any,
    wage_level: Any,
    key: Any,
    month: Any,
    counts: Any,
) -> None:
    """Write the new list of vacancies, sorted by employer and number.

    ``first`` (f + 1) receives the first vacancy of each employer; ``counts`` (m, 3) opened, withdrawn, open.
    """
    n, j, size = 0, 0, old.employer.size
    for f in range(e.headcount.size):
        m = e.municipality[f]
        first[f] = n
        while j < size and old.employer[j] == f:
            if keep[j]:
                copy_vacancy(old, j, new, n)
                n += 1
            elif old.filled_by[j] < 0:
                counts[m, 1] += 1
            j += 1
        for _ in range(e.openings[f]):
            describe_vacancy(new, n, e, f, e.opened[f], co, wage_level[m], key, month)
            e.opened[f] += 1
            n += 1
        counts[m, 0] += e.openings[f]
        e.vacancies[f] = n - first[f]
        counts[m, 2] += e.vacancies[f]
    first[e.headcount.size] = n


@rule
def layoff_order(tenure: int, u: float, noise: float) -> float:
    """Return the place in the order of layoffs, lowest first: last in, first out, with noise (in months)."""
    return min(tenure, LOYAL_TENURE) + noise * u


@part
def flag_staff(p: Any, start: int, n: int, shrinks: Any, flag: Any) -> None:
    """Flag people employed by an employer whose bit in ``shrinks`` is 1."""
    if start < 0:
        return
    for j in range(n):
        works, employer = p.status[start + j] == EMPLOYED, p.employer[start + j]
        f = np.uint32(employer if works else 0)
        flag[j] = np.uint8((shrinks[f >> np.uint32(5)] >> (f & np.uint32(31))) & np.uint32(works))


@kernel
def staff_of_shrinking(p: Any, e: Any, offset: Any, staff: Any, shrinks: Any, block: Any) -> None:
    """List the people employed by each employer that lays off; ``offset`` (f + 1) gives its part of ``staff``.

    ``shrinks`` (f / 32 + 1,) uint32 zeros is working space: a bit per employer fits into the nearest cache.
    """
    total = 0
    for f in range(e.headcount.size):
        offset[f] = total
        if e.layoffs[f] > 0:
            total += e.headcount[f]
            shrinks[f >> 5] |= np.uint32(1) << np.uint32(f & 31)
    offset[e.headcount.size] = total
    for start in range(0, p.status.size, BLOCK):
        n = min(BLOCK, p.status.size - start)
        flag_staff(p, start, n, shrinks, block.flag)
        for k in range(list_flagged(block.flag, n, start, block.row)):
            f = p.employer[block.row[k]]
            staff[offset[f]] = block.row[k]
            offset[f] += 1
    for f in range(e.headcount.size, 0, -1):
        offset[f] = offset[f - 1]
    offset[0] = 0


@kernel
def lay_off(
    p: Any,
    e: Any,
    offset: Any,
    staff: Any,
    order: Any,
    co: Any,
    regimes: Any,
    key: Any,
    month: Any,
    flows: Any,
    counts: Any,
    block: Any,
) -> None:
    """Lay off the first in `layoff_order` at every employer that shrinks; ``order`` is working space like ``staff``."""
    for f in range(e.headcount.size):
        n = e.layoffs[f]
        if n == 0 or e.python[f] & LAY_OFF:
            continue
        start, stop = offset[f], offset[f + 1]
        for first in range(start, stop, BLOCK):
            last = min(first + BLOCK, stop)
            fill_list(staff, first, last, key, _LAYOFF, month, 0, block.words)
            for j in range(first, last):
                tenure = month - p.job_start[staff[j]]
                order[j] = layoff_order(tenure, block.words[0, j - first] * TO_UNIT, co.layoff_noise)
        for k in range(start, start + n):
            least = k
            for j in range(k + 1, stop):
                if order[j] < order[least] or (order[j] == order[least] and staff[j] < staff[least]):
                    least = j
            order[k], order[least] = order[least], order[k]
            staff[k], staff[least] = staff[least], staff[k]
            i = staff[k]
            lose_job(p, i, regimes)
            flows[p.municipality[i], EMPLOYED, UNEMPLOYED] += 1
            counts[e.municipality[f], 0] += 1
        e.headcount[f] -= n
