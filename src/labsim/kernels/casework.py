"""Processes 4 and 5: benefits run down; agencies meet their clients, refer, monitor and sanction."""

from __future__ import annotations

from typing import Any

from labsim.codes import (
    ASSISTANCE,
    BENEFITS,
    CARED_FOR,
    COUNSELLED,
    IN_MEASURE,
    INSURANCE,
    MARKET_CLIENT,
    NO_BENEFIT,
    TO_ACTIVATE,
    TO_SUPPORT,
    UNEMPLOYED,
)
from labsim.compiling import kernel
from labsim.kernels.blocks import clear, flag_status, list_flagged
from labsim.kernels.coefficients import Coefficients, RegimeTables
from labsim.kernels.hiring import benefit_income
from labsim.kernels.jobs import benefit_after_insurance
from labsim.rng import BLOCK, TO_UNIT, Purpose, fill_list, normal, real, row_rule, rule, whole

_CASEWORK, _PROFILING = int(Purpose.CASEWORK), int(Purpose.PROFILING)
COUNTER_LIMIT = 255


@row_rule
def draw_benefit(p: Any, i: int, regimes: RegimeTables) -> None:
    """Count a month of benefit: insurance runs out, old assistance ends with the merger, sanctions run out."""
    merged = whole(regimes.merged[whole(p.regime[i])])
    if whole(p.benefit[i]) == INSURANCE:
        if whole(p.status[i]) == UNEMPLOYED and whole(p.entitlement[i]) > 0:
            p.entitlement[i] = whole(p.entitlement[i]) - 1
        if whole(p.entitlement[i]) == 0:
            p.benefit[i] = benefit_after_insurance(merged, True)
    elif whole(p.benefit[i]) != NO_BENEFIT:
        p.benefit[i] = benefit_after_insurance(merged, whole(p.benefit[i]) == ASSISTANCE)
    if whole(p.sanction_left[i]) > 0:
        p.sanction_left[i] = whole(p.sanction_left[i]) - 1


@row_rule
def hold_meeting(p: Any, i: int, u1: float, u2: float, co: Coefficients, regimes: RegimeTables) -> bool:
    """Meet a client: pressure, perhaps a sanction, perhaps referrals; return True if a sanction was imposed."""
    r = whole(p.regime[i])
    if whole(p.contacts[i]) < COUNTER_LIMIT:
        p.contacts[i] = whole(p.contacts[i]) + 1
    pressure = real(p.pressure[i]) + regimes.monitoring[r]
    sanctioned = u1 < regimes.sanction_rate[r] and whole(p.sanction_left[i]) == 0
    if sanctioned:
        p.sanction_left[i] = regimes.sanction_months[r]
        pressure += regimes.sanction_pressure[r]
        p.trust[i] = real(p.trust[i]) * co.sanction_trust
        if real(p.employability[i]) < 0.5:
            p.employability[i] = max(real(p.employability[i]) - co.sanction_employability, 0.0)
    p.pressure[i] = pressure
    if u2 < regimes.referrals[r]:
        p.referred[i] = 1
        p.months_unsupported[i] = 0
    return sanctioned


@rule
def profiling_error(sd: float, contacts: int, ties: float, by_ties: float) -> float:
    """Return the spread of the profiling error (log points): it shrinks with contacts and with network ties."""
    return sd * (1.0 - by_ties * ties) / (1.0 + 0.25 * contacts)


@rule
def closeness(
    skill: float, employability: float, weight: float, months_out: int, stigma: float, cap: int
) -> float:
    """Return how near to the market somebody is (log points): what employers see, without a particular job."""
    return skill + weight * employability - stigma * min(months_out, cap) / 12.0


@row_rule
def true_closeness(p: Any, i: int, co: Coefficients) -> float:
    """Return how near to the market a person is, log points."""
    return closeness(
        real(p.skill[i]),
        real(p.employability[i]),
        co.weight_employability,
        whole(p.months_out[i]),
        co.stigma,
        co.stigma_cap,
    )


@row_rule
def estimated_closeness(
    p: Any, i: int, u: float, co: Coefficients, regimes: RegimeTables, ties: Any
) -> float:
    """Return the caseworker's estimate of a client's closeness to the market, log points."""
    error = profiling_error(
        regimes.profiling_error[whole(p.regime[i])],
        whole(p.contacts[i]),
        ties[whole(p.municipality[i])],
        co.profiling_ties,
    )
    return true_closeness(p, i, co) + error * normal(u)


@rule
def customer_segment(closeness: float, skill: float, market: float, cared_for: float, able: float) -> int:
    """Return the customer segment of somebody with this estimated closeness and human capital (log points)."""
    if closeness >= market:
        return MARKET_CLIENT
    if closeness < cared_for:
        return CARED_FOR
    return TO_ACTIVATE if skill >= able else TO_SUPPORT


@row_rule
def profile_client(p: Any, i: int, u: float, co: Coefficients, regimes: RegimeTables, ties: Any) -> None:
    """Put a client who has been met into a customer segment, by an estimate with error."""
    estimate, true = estimated_closeness(p, i, u, co, regimes, ties), true_closeness(p, i, co)
    skill = real(p.skill[i]) + (estimate - true)
    p.segment[i] = customer_segment(estimate, skill, co.market_client, co.cared_for_client, co.able)


@row_rule
def meeting_chance(p: Any, i: int, capacity: float, regimes: RegimeTables) -> float:
    """Return the chance that a client is met this month."""
    r = whole(p.regime[i])
    return regimes.meetings[r] * regimes.meetings_by_segment[r, whole(p.segment[i])] * capacity  # type: ignore[no-any-return]  # numpy scalar


@kernel
def benefits(lo: Any, hi: Any, p: Any, regimes: Any, block: Any) -> None:
    """Run `draw_benefit` for the unemployed and those in measures, rows lo..hi."""
    for start in range(lo, hi, BLOCK):
        n = min(BLOCK, hi - start)
        flag_status(p.status, p.python, BENEFITS, UNEMPLOYED, IN_MEASURE, start, n, block.flag)
        for k in range(list_flagged(block.flag, n, start, block.row)):
            draw_benefit(p, block.row[k], regimes)


@kernel
def casework(
    lo: Any,
    hi: Any,
    p: Any,
    co: Any,
    regimes: Any,
    capacity: Any,
    agency_python: Any,
    ties: Any,
    key: Any,
    month: Any,
    counts: Any,
    block: Any,
) -> None:
    """Let each agency meet its clients, rows lo..hi.

    ``capacity`` (m,) is the part of planned meetings held; ``counts`` (m, 3) receives meetings, sanctions, referrals.
    """
    for start in range(lo, hi, BLOCK):
        n = min(BLOCK, hi - start)
        clear(p.referred, start, n)
        flag_status(p.status, p.python, COUNSELLED, UNEMPLOYED, UNEMPLOYED, start, n, block.flag)
        listed = list_flagged(block.flag, n, start, block.row)
        fill_list(block.row, 0, listed, key, _CASEWORK, month, 0, block.words)
        for k in range(listed):
            i = block.row[k]
            m = p.municipality[i]
            met = block.words[0, k] * TO_UNIT < meeting_chance(p, i, capacity[m], regimes)
            if met and not agency_python[m]:
                counts[m, 0] += 1
                u1, u2 = block.words[1, k] * TO_UNIT, block.words[2, k] * TO_UNIT
                if hold_meeting(p, i, u1, u2, co, regimes):
                    counts[m, 1] += 1
                counts[m, 2] += p.referred[i]
                profile_client(p, i, block.words[3, k] * TO_UNIT, co, regimes, ties)


@kernel
def profile(
    rows: Any, p: Any, co: Any, regimes: Any, ties: Any, key: Any, month: Any, out: Any, block: Any
) -> None:
    """Write `estimated_closeness` of the clients in ``rows`` to ``out`` (2, n), with a lot in the second row."""
    for lo in range(0, rows.size, BLOCK):
        hi = min(lo + BLOCK, rows.size)
        fill_list(rows, lo, hi, key, _PROFILING, month, 0, block.words)
        for j in range(lo, hi):
            u = block.words[0, j - lo] * TO_UNIT
            out[0, j] = estimated_closeness(p, rows[j], u, co, regimes, ties)
            out[1, j] = block.words[1, j - lo] * TO_UNIT


@row_rule
def benefit_paid(p: Any, ch: Any, i: int, co: Coefficients, regimes: RegimeTables) -> float:
    """Return the benefit of a person out of work this month, EUR: less a sanction, times what an instrument does."""
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
    return income


@kernel
def add_up_benefits(
    lo: Any, hi: Any, p: Any, ch: Any, co: Any, regimes: Any, waged: Any, cents: Any, block: Any
) -> None:
    """Add the benefits of the registered and of people in measures to ``cents`` (m, r, kind), rows lo..hi.

    Measures with ``waged`` (k + 1,) pay a wage instead; it is part of their cost.
    """
    for start in range(lo, hi, BLOCK):
        n = min(BLOCK, hi - start)
        flag_status(p.status, p.python, 0, UNEMPLOYED, IN_MEASURE, start, n, block.flag)
        for k in range(list_flagged(block.flag, n, start, block.row)):
            i = block.row[k]
            if waged[p.measure[i]]:
                continue
            paid = benefit_paid(p, ch, i, co, regimes)
            cents[p.municipality[i], p.regime[i], p.benefit[i]] += whole(paid * 100.0 + 0.5)
