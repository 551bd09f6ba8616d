"""Process 8: human capital, employability, trust, pressure, clocks, withdrawal from the register."""

from __future__ import annotations

from typing import Any

import numpy as np

from labsim.codes import (
    ADAPT,
    DISCOURAGED,
    DURATIONS,
    EMPLOYED,
    IN_EDUCATION,
    IN_MEASURE,
    INACTIVE,
    OUTSIDE,
    UNEMPLOYED,
)
from labsim.compiling import kernel
from labsim.kernels.blocks import flag_status, list_flagged, part
from labsim.kernels.census import base_group
from labsim.kernels.coefficients import Coefficients
from labsim.kernels.jobs import MAX_CONTRIBUTIONS, become_inactive
from labsim.rng import BLOCK, TO_UNIT, Purpose, fill_list, real, row_rule, rule, whole

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
def count_month(p: Any, i: int) -> None:
    """Add a month to the clocks: contributions at work; months out and months registered otherwise."""
    status = whole(p.status[i])
    if status == EMPLOYED:
        p.contributions[i] = min(whole(p.contributions[i]) + 1, MAX_CONTRIBUTIONS)
        return
    if whole(p.inactivity[i]) != 1:
        p.months_out[i] = min(whole(p.months_out[i]) + 1, MONTHS_LIMIT)
    if status == UNEMPLOYED or status == IN_MEASURE:
        p.months_registered[i] = min(whole(p.months_registered[i]) + 1, MONTHS_LIMIT)
        p.months_unsupported[i] = min(whole(p.months_unsupported[i]) + 1, COUNTER_LIMIT)


@row_rule
def perhaps_withdraw(p: Any, i: int, u: float, co: Coefficients, flows: Any, exits: Any) -> None:
    """Let an unemployed person leave the register by chance; counted in ``flows`` and ``exits``."""
    chance = chance_to_withdraw(
        co.withdrawal,
        co.withdrawal_pressure,
        real(p.pressure[i]),
        real(p.employability[i]),
        real(p.trust[i]),
    )
    if u < chance:
        group = base_group(whole(p.age[i]), whole(p.education[i]))
        exits[group, min(whole(p.months_out[i]), DURATIONS - 1)] += 1
        become_inactive(p, i, DISCOURAGED)
        flows[whole(p.municipality[i]), UNEMPLOYED, INACTIVE] += 1


@part
def move_skill(p: Any, start: int, n: int, co: Coefficients) -> None:
    """Move human capital of n rows from ``start`` on by a month; pupils keep theirs."""
    if start < 0:
        return
    for j in range(n):
        i = start + j
        skill, level = real(p.skill[i]), real(p.skill_level[i])
        works, idle = (
            towards(skill, level, co.learning),
            skill_out_of_work(skill, level, co.loss, co.loss_floor),
        )
        moved = np.float32(works if p.status[i] == EMPLOYED else idle)
        moves = (p.inactivity[i] != IN_EDUCATION) & (p.python[i] & ADAPT == 0) & (p.status[i] != OUTSIDE)
        p.skill[i] = moved if moves else p.skill[i]


@part
def move_employability(p: Any, start: int, n: int, co: Coefficients) -> None:
    """Move employability of n rows from ``start`` on by a month; pupils keep theirs."""
    if start < 0:
        return
    for j in range(n):
        i = start + j
        value, level = real(p.employability[i]), real(p.employability_level[i])
        works = towards(value, level, co.employability_gain)
        idle = employability_out_of_work(value, level, co.employability_loss, co.employability_floor)
        moved = np.float32(works if p.status[i] == EMPLOYED else idle)
        moves = (p.inactivity[i] != IN_EDUCATION) & (p.python[i] & ADAPT == 0) & (p.status[i] != OUTSIDE)
        p.employability[i] = moved if moves else p.employability[i]


@part
def move_attitudes(p: Any, start: int, n: int, co: Coefficients) -> None:
    """Move trust and pressure of n rows from ``start`` on by a month."""
    if start < 0:
        return
    for j in range(n):
        i = start + j
        moved = np.float32(towards(real(p.trust[i]), co.trust_level, co.trust_recovery))
        p.trust[i] = moved if p.python[i] & ADAPT == 0 else p.trust[i]
    for j in range(n):
        i = start + j
        moved = np.float32(real(p.pressure[i]) * co.pressure_memory)
        p.pressure[i] = moved if p.python[i] & ADAPT == 0 else p.pressure[i]


@part
def count_up(counter: Any, limit: Any, first: int, last: int, p: Any, start: int, n: int) -> None:
    """Add a month to a counter, up to its limit, in n rows from ``start`` on whose status is first..last."""
    if start < 0:
        return
    for j in range(n):
        i = start + j
        counts = (p.status[i] >= first) & (p.status[i] <= last) & (p.python[i] & ADAPT == 0)
        more = counter[i] + 1 if counter[i] < limit else limit
        counter[i] = more if counts else counter[i]


@part
def count_months_out(p: Any, start: int, n: int) -> None:
    """Add a month to the time since the last job of those without one who are not in education."""
    if start < 0:
        return
    for j in range(n):
        i = start + j
        out = (p.status[i] != EMPLOYED) & (p.status[i] != OUTSIDE) & (p.inactivity[i] != IN_EDUCATION)
        counts = out & (p.python[i] & ADAPT == 0)
        more = p.months_out[i] + 1 if p.months_out[i] < MONTHS_LIMIT else MONTHS_LIMIT
        p.months_out[i] = more if counts else p.months_out[i]


@kernel
def adapt(
    lo: Any, hi: Any, p: Any, co: Any, key: Any, month: Any, flows: Any, exits: Any, block: Any
) -> None:
    """Run process 8 for rows lo..hi: some withdraw; then everybody learns or forgets, and months are counted."""
    for start in range(lo, hi, BLOCK):
        n = min(BLOCK, hi - start)
        flag_status(p.status, p.python, ADAPT, UNEMPLOYED, UNEMPLOYED, start, n, block.flag)
        listed = list_flagged(block.flag, n, start, block.row)
        fill_list(block.row, 0, listed, key, _WITHDRAWAL, month, 0, block.words)
        for k in range(listed):
            perhaps_withdraw(p, block.row[k], block.words[0, k] * TO_UNIT, co, flows, exits)
        move_skill(p, start, n, co)
        move_employability(p, start, n, co)
        move_attitudes(p, start, n, co)
        count_months_out(p, start, n)
        count_up(p.contributions, MAX_CONTRIBUTIONS, EMPLOYED, EMPLOYED, p, start, n)
        count_up(p.months_registered, MONTHS_LIMIT, UNEMPLOYED, IN_MEASURE, p, start, n)
        count_up(p.months_unsupported, COUNTER_LIMIT, UNEMPLOYED, IN_MEASURE, p, start, n)
