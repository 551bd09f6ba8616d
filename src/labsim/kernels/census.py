"""Process 10: counts by municipality and group, in integers, so that no order of adding can matter."""

from __future__ import annotations

from typing import Any

from labsim.codes import EMPLOYED, LONG_TERM_MONTHS, NO_VOCATIONAL, OLDER_FROM, UNEMPLOYED, YOUTH_UNTIL
from labsim.compiling import kernel
from labsim.rng import rule, whole

DURATIONS = 72
"""Months since the last job that are counted one by one; the last holds 71 and more."""
BASE_GROUPS = 6
"""Young, middle, older times with and without vocational training."""
FIXED_POINT = 1024.0
MEASURES_OF = (
    "employed",
    "unemployed",
    "in_measure",
    "inactive",
    "long_term",
    "long_term_since_job",
    "neglected",
    "wage",
    "skill",
    "employability",
    "trust",
    "sanctioned",
)
LONG_TERM, SINCE_JOB, NEGLECTED, WAGE, SKILL, EMPLOYABILITY, TRUST, SANCTIONED = 4, 5, 6, 7, 8, 9, 10, 11


@rule
def base_group(age: int, education: int) -> int:
    """Return the group: 2 * (young 0, middle 1, older 2) + (1 without vocational training)."""
    band = 1
    if age < YOUTH_UNTIL:
        band = 0
    elif age >= OLDER_FROM:
        band = 2
    return 2 * band + (1 if education == NO_VOCATIONAL else 0)


@kernel
def census(lo: Any, hi: Any, p: Any, counts: Any) -> None:
    """Count rows lo..hi into ``counts`` (m, groups, quantities); sums are in fixed point (1/1024)."""
    for i in range(lo, hi):
        status = p.status[i]
        c = counts[p.municipality[i], base_group(p.age[i], p.education[i])]
        c[status] += 1
        c[SKILL] += whole(p.skill[i] * FIXED_POINT)
        c[EMPLOYABILITY] += whole(p.employability[i] * FIXED_POINT)
        c[TRUST] += whole(p.trust[i] * FIXED_POINT)
        if status == EMPLOYED:
            c[WAGE] += whole(p.wage[i] * FIXED_POINT)
        elif status == UNEMPLOYED:
            if p.months_registered[i] >= LONG_TERM_MONTHS:
                c[LONG_TERM] += 1
            if p.months_out[i] >= LONG_TERM_MONTHS:
                c[SINCE_JOB] += 1
            if p.months_unsupported[i] >= LONG_TERM_MONTHS:
                c[NEGLECTED] += 1
            if p.sanction_left[i] > 0:
                c[SANCTIONED] += 1


@kernel
def count_clients(
    lo: Any, hi: Any, p: Any, clients: Any, nearness: Any, working: Any, occupations: Any
) -> None:
    """Count the unemployed by municipality and regime, and who works by home cell, rows lo..hi.

    ``clients`` (m, r) registered unemployed; ``nearness`` (m,) sum of skill + employability of the unemployed in
    fixed point; ``working`` (c, 2) employed, labour force.
    """
    for i in range(lo, hi):
        status = p.status[i]
        if status > 2:
            continue
        m = p.municipality[i]
        home = m * occupations + p.occupation[i]
        working[home, 1] += 1
        if status == EMPLOYED:
            working[home, 0] += 1
        elif status == UNEMPLOYED:
            clients[m, p.regime[i]] += 1
            nearness[m] += whole(p.skill[i] * FIXED_POINT) + whole(p.employability[i] * FIXED_POINT)
