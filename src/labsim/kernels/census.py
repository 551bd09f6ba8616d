"""Process 10: counts by municipality and group, in integers, so that no order of adding can matter."""

from __future__ import annotations

from typing import Any

from labsim.codes import (
    EMPLOYED,
    FIXED_POINT,
    IN_MEASURE,
    LONG_TERM_MONTHS,
    NO_VOCATIONAL,
    OLDER_FROM,
    OUTSIDE,
    UNEMPLOYED,
    YOUTH_UNTIL,
)
from labsim.compiling import kernel
from labsim.kernels.blocks import flag_equal, flag_status, list_flagged, part
from labsim.rng import BLOCK, rule, whole

LONG_TERM, SINCE_JOB, NEGLECTED, WAGE, SKILL, EMPLOYABILITY, TRUST, SANCTIONED = 4, 5, 6, 7, 8, 9, 10, 11
JOBLESS_EMPLOYABILITY, JOBLESS_TRUST, SEGMENT = 12, 13, 14


@rule
def base_group(age: int, education: int) -> int:
    """Return the group: 2 * (young 0, middle 1, older 2) + (1 without vocational training)."""
    band = 1
    if age < YOUTH_UNTIL:
        band = 0
    elif age >= OLDER_FROM:
        band = 2
    return 2 * band + (1 if education == NO_VOCATIONAL else 0)


@part
def fixed_points(p: Any, start: int, n: int, value: Any) -> None:
    """Write skill, employability, trust and (of the employed) wage of n rows to ``value`` (4, n), in fixed point."""
    if start < 0:
        return
    for j in range(n):
        value[0, j] = whole(p.skill[start + j] * FIXED_POINT)
    for j in range(n):
        value[1, j] = whole(p.employability[start + j] * FIXED_POINT)
    for j in range(n):
        value[2, j] = whole(p.trust[start + j] * FIXED_POINT)
    for j in range(n):
        wage = p.wage[start + j] * FIXED_POINT
        value[3, j] = whole(wage if p.status[start + j] == EMPLOYED else 0.0)


@rule
def census_group(age: int, education: int, status: int, months_out: int) -> int:
    """Return the group of the census: 2 * base group + (1 if without a job for 12 months or more)."""
    long_out = status != EMPLOYED and months_out >= LONG_TERM_MONTHS
    return 2 * base_group(age, education) + (1 if long_out else 0)


@part
def census_groups(p: Any, start: int, n: int, groups: Any) -> None:
    """Write the groups of n rows."""
    if start < 0:
        return
    for j in range(n):
        i = start + j
        groups[j] = census_group(p.age[i], p.education[i], p.status[i], p.months_out[i])


@kernel
def census(lo: Any, hi: Any, p: Any, counts: Any, block: Any) -> None:
    """Count people in rows lo..hi into ``counts`` (m, groups, quantities); sums are in fixed point (1/1024)."""
    for start in range(lo, hi, BLOCK):
        n = min(BLOCK, hi - start)
        fixed_points(p, start, n, block.value)
        census_groups(p, start, n, block.bin)
        for j in range(n):
            if p.status[start + j] == OUTSIDE:
                continue
            c = counts[p.municipality[start + j], block.bin[j]]
            c[p.status[start + j]] += 1
            c[SKILL] += block.value[0, j]
            c[EMPLOYABILITY] += block.value[1, j]
            c[TRUST] += block.value[2, j]
            c[WAGE] += block.value[3, j]
        flag_status(p.status, p.python, 0, UNEMPLOYED, IN_MEASURE, start, n, block.flag)
        for k in range(list_flagged(block.flag, n, start, block.row)):
            i = block.row[k]
            c = counts[p.municipality[i], block.bin[i - start]]
            c[JOBLESS_EMPLOYABILITY] += block.value[1, i - start]
            c[JOBLESS_TRUST] += block.value[2, i - start]
            if p.status[i] != UNEMPLOYED:
                continue
            c[SEGMENT + p.segment[i]] += 1
            c[LONG_TERM] += p.months_registered[i] >= LONG_TERM_MONTHS
            c[SINCE_JOB] += p.months_out[i] >= LONG_TERM_MONTHS
            c[NEGLECTED] += p.months_unsupported[i] >= LONG_TERM_MONTHS
            c[SANCTIONED] += p.sanction_left[i] > 0


@kernel
def count_clients(
    lo: Any,
    hi: Any,
    p: Any,
    clients: Any,
    nearness: Any,
    working: Any,
    needs: Any,
    occupations: Any,
    block: Any,
) -> None:
    """Count the unemployed by municipality and regime, and who works by home cell, rows lo..hi.

    ``clients`` (m, r) registered unemployed; ``nearness`` (m,) sum of skill + employability of the unemployed in
    fixed point; ``working`` (c, 5) people by status, empty rows last; ``needs`` (m, 5) registered unemployed: all,
    young, long-term, without vocational training, without support for a year.
    """
    for start in range(lo, hi, BLOCK):
        n = min(BLOCK, hi - start)
        for j in range(n):
            home = p.municipality[start + j] * occupations + p.occupation[start + j]
            working[home, p.status[start + j]] += 1
        flag_equal(p.status, UNEMPLOYED, start, n, block.flag)
        for k in range(list_flagged(block.flag, n, start, block.row)):
            i = block.row[k]
            m = p.municipality[i]
            clients[m, p.regime[i]] += 1
            nearness[m] += whole(p.skill[i] * FIXED_POINT) + whole(p.employability[i] * FIXED_POINT)
            needs[m, 0] += 1
            needs[m, 1] += p.age[i] < YOUTH_UNTIL
            needs[m, 2] += p.months_registered[i] >= LONG_TERM_MONTHS
            needs[m, 3] += p.education[i] == NO_VOCATIONAL
            needs[m, 4] += p.months_unsupported[i] >= LONG_TERM_MONTHS
