"""Process 8: human capital, employability, trust, pressure, clocks, withdrawal from the register."""

from __future__ import annotations

from typing import Any

from labsim.codes import ADAPT, DISCOURAGED, EMPLOYED, IN_EDUCATION, IN_MEASURE, INACTIVE, UNEMPLOYED
from labsim.compiling import kernel
from labsim.kernels.census import DURATIONS, base_group
from labsim.kernels.coefficients import Coefficients
from labsim.kernels.jobs import MAX_CONTRIBUTIONS, become_inactive
from labsim.rng import Purpose, draw4, real, row_rule, rule, whole

_WITHDRAWAL = int(Purpose.WITHDRAWAL)
COUNTER_LIMIT = 255
MONTHS_LIMIT = 65_000


@rule
def towards(value: float, level: float, speed: float) -> float:
    """Return a value that has closed part of its gap to a level."""
    return value + speed * (level - value)


@rule
def skill_out_of_work(skill: float, level: float, loss: float, floor: float) -> float:
    """Return human capital after a month out of work: a constant loss, down to a floor below the personal level."""
    return min(skill, max(skill - loss, level - floor))


@rule
def employability_out_of_work(value: float, level: float, speed: float, floor: float) -> float:
    """Return employability after a month out of work: towards a share of the personal level, never up."""
    return min(value, towards(value, floor * level, speed))


@rule
def chance_to_withdraw(
    base: float, response: float, pressure: float, employability: float, trust: float
) -> float:
    """Return the monthly chance to leave the register without a job: more under pressure, less with hope and trust."""
    return base * (1.0 + response * pressure) * (1.6 - employability) * (1.6 - trust)


@row_rule
def learn_and_forget(p: Any, i: int, co: Coefficients) -> None:
    """Move human capital, employability, trust and pressure by a month; pupils keep theirs."""
    level, personal = real(p.skill_level[i]), real(p.employability_level[i])
    skill, employability = real(p.skill[i]), real(p.employability[i])
    if whole(p.status[i]) == EMPLOYED:
        p.skill[i] = towards(skill, level, co.learning)
        p.employability[i] = towards(employability, personal, co.employability_gain)
    elif whole(p.inactivity[i]) != IN_EDUCATION:
        p.skill[i] = skill_out_of_work(skill, level, co.loss, co.loss_floor)
        p.employability[i] = employability_out_of_work(
            employability, personal, co.employability_loss, co.employability_floor
        )
    p.trust[i] = towards(real(p.trust[i]), co.trust_level, co.trust_recovery)
    p.pressure[i] = real(p.pressure[i]) * co.pressure_memory


@row_rule
def count_month(p: Any, i: int) -> None:
    """Add a month to the clocks: contributions at work; months out and months registered otherwise."""
    status = whole(p.status[i])
    if status == EMPLOYED:
        p.contributions[i] = min(whole(p.contributions[i]) + 1, MAX_CONTRIBUTIONS)
        return
    if whole(p.inactivity[i]) != IN_EDUCATION:
        p.months_out[i] = min(whole(p.months_out[i]) + 1, MONTHS_LIMIT)
    if status == UNEMPLOYED or status == IN_MEASURE:
        p.months_registered[i] = min(whole(p.months_registered[i]) + 1, MONTHS_LIMIT)
        p.months_unsupported[i] = min(whole(p.months_unsupported[i]) + 1, COUNTER_LIMIT)


@row_rule
def adapt_person(p: Any, i: int, co: Coefficients, key: int, month: int, flows: Any, exits: Any) -> None:
    """Run process 8 for one person; withdrawal is counted in ``flows`` and ``exits``."""
    if whole(p.status[i]) == UNEMPLOYED:
        chance = chance_to_withdraw(
            co.withdrawal,
            co.withdrawal_pressure,
            real(p.pressure[i]),
            real(p.employability[i]),
            real(p.trust[i]),
        )
        if draw4(key, _WITHDRAWAL, month, i, 0)[0] < chance:
            group = base_group(whole(p.age[i]), whole(p.education[i]))
            exits[group, min(whole(p.months_out[i]), DURATIONS - 1)] += 1
            become_inactive(p, i, DISCOURAGED)
            flows[whole(p.municipality[i]), UNEMPLOYED, INACTIVE] += 1
    learn_and_forget(p, i, co)
    count_month(p, i)


@kernel
def adapt(lo: Any, hi: Any, p: Any, co: Any, key: Any, month: Any, flows: Any, exits: Any) -> None:
    """Run `adapt_person` for rows lo..hi."""
    for i in range(lo, hi):
        if not p.python[i] & ADAPT:
            adapt_person(p, i, co, key, month, flows, exits)
