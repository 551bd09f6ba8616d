"""Changes of a person's labour-market state, written into the tables: the same code for agents and kernels.

Cells are read through whole() and real(), so that plain Python computes in 64 bits like the compiled code.
"""

from __future__ import annotations

from typing import Any

from labsim.codes import (
    ASSISTANCE,
    BASIC_INCOME,
    EMPLOYED,
    INACTIVE,
    INSURANCE,
    NO_BENEFIT,
    NOT_INACTIVE,
    NOT_PROFILED,
    UNEMPLOYED,
)
from labsim.kernels.coefficients import RegimeTables
from labsim.rng import Purpose, draw4, row_rule, rule, whole

MIN_CONTRIBUTIONS = 12
MAX_CONTRIBUTIONS = 240
_CLOCK = int(Purpose.JOB_CLOCK)


@rule
def entitlement_earned(contributions: int, age: int, months: int, months_older: int, older_from: int) -> int:
    """Return months of insurance benefit earned: half of the contributions, from 12 on, up to the limit by age."""
    if contributions < MIN_CONTRIBUTIONS:
        return 0
    limit = months_older if age >= older_from * 12 else months
    return min(contributions // 2, limit)


@rule
def benefit_after_insurance(merged: int, had_insurance: bool) -> int:
    """Return the benefit of somebody without insurance benefit: assistance needs an earlier insurance claim."""
    if merged == 0 and had_insurance:
        return ASSISTANCE
    return BASIC_INCOME


@row_rule
def begin_spell(p: Any, i: int) -> None:
    """Start a registered spell."""
    p.status[i] = UNEMPLOYED
    p.inactivity[i] = NOT_INACTIVE
    p.months_registered[i] = 0
    p.contacts[i] = 0
    p.segment[i] = NOT_PROFILED
    p.months_unsupported[i] = 0


@row_rule
def lose_job(p: Any, i: int, regimes: RegimeTables) -> None:
    """Make an employed person unemployed and start the benefit; the caller counts the employer's loss."""
    r = whole(p.regime[i])
    earned = entitlement_earned(
        whole(p.contributions[i]),
        whole(p.age[i]),
        whole(regimes.insurance_months[r]),
        whole(regimes.insurance_months_older[r]),
        whole(regimes.older_from[r]),
    )
    if earned > 0:
        p.contributions[i] = 0
        p.entitlement[i] = max(earned, whole(p.entitlement[i]))
    begin_spell(p, i)
    p.months_out[i] = 0
    p.benefit[i] = INSURANCE if whole(p.entitlement[i]) > 0 else BASIC_INCOME


@row_rule
def register_as_unemployed(p: Any, i: int) -> None:
    """Make an inactive person unemployed."""
    begin_spell(p, i)
    p.benefit[i] = INSURANCE if whole(p.entitlement[i]) > 0 else BASIC_INCOME


@row_rule
def become_inactive(p: Any, i: int, why: int) -> None:
    """Take a person out of the labour force."""
    p.status[i] = INACTIVE
    p.inactivity[i] = why
    p.months_registered[i] = 0
    p.benefit[i] = NO_BENEFIT
    p.measure[i] = 0
    p.measure_left[i] = 0
    p.sanction_left[i] = 0
    p.referred[i] = 0


@row_rule
def start_job(p: Any, i: int, employer: int, wage: float, month: int, key: int) -> None:
    """Start a job: the clock that ends it is drawn here, once."""
    p.status[i] = EMPLOYED
    p.inactivity[i] = NOT_INACTIVE
    p.employer[i] = employer
    p.wage[i] = wage
    p.job_start[i] = month
    p.clock[i] = draw4(key, _CLOCK, month, i, 0)[0]
    p.months_out[i] = 0
    p.months_registered[i] = 0
    p.benefit[i] = NO_BENEFIT
    p.measure[i] = 0
    p.measure_left[i] = 0
    p.sanction_left[i] = 0
    p.referred[i] = 0
