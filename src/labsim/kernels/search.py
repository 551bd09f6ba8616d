"""Process 6, first half: search effort, where people apply, and through which channel."""

from __future__ import annotations

from typing import Any

import numpy as np

from labsim.codes import (
    DURATIONS,
    EMPLOYED,
    IN_EDUCATION,
    IN_MEASURE,
    INACTIVE,
    INSURANCE,
    OPEN,
    PARTNERSHIP,
    RECALL,
    SEARCH,
    TIP,
    UNEMPLOYED,
)
from labsim.compiling import kernel
from labsim.kernels.blocks import list_flagged, part
from labsim.kernels.census import base_group
from labsim.kernels.coefficients import Coefficients, Openings
from labsim.rng import BLOCK, TO_UNIT, Purpose, draw4, fill_block, real, row_rule, rule, whole

_EFFORT, _APPLICATION = int(Purpose.EFFORT), int(Purpose.APPLICATION)
NEW_JOB_MONTHS, RECALL_MONTHS, EXHAUSTION_MONTHS, EFFORT_MONTHS, CONTACT_MONTHS = 24, 2, 6, 24, 120


@rule
def interpolate(table: Any, x: float) -> float:
    """Return a function of x in 0..1 tabulated at 1,025 points, linear between them."""
    position = min(max(x, 0.0), 1.0) * 1024.0
    k = min(whole(position), 1023)
    return table[k] + (table[k + 1] - table[k]) * (position - k)  # type: ignore[no-any-return]  # numpy scalar


@rule
def exhaustion_effect(benefit: int, entitlement: int, rise: float) -> float:
    """Return the rise of effort in the last six months of insurance benefit: 1 before, 1 + rise at the end."""
    if benefit != INSURANCE or entitlement >= EXHAUSTION_MONTHS:
        return 1.0
    return 1.0 + rise * (EXHAUSTION_MONTHS - entitlement) / EXHAUSTION_MONTHS


@rule
def applications_out_of_work(
    base: float,
    by_employability: float,
    by_duration: float,
    exhaustion: float,
    tightness: float,
    pressure: float,
) -> float:
    """Return expected applications a month: x0 a^alpha exp(-delta d) B theta^gamma (1 + response * pressure)."""
    return base * by_employability * by_duration * exhaustion * tightness * pressure


@rule
def applications_at_work(base: float, new_job: float, tenure: int) -> float:
    """Return expected applications a month of an employed person, more in the first two years of a job."""
    return base * new_job if tenure < NEW_JOB_MONTHS else base


@rule
def application_rounds(u: float, chance: float, rounds: int) -> int:
    """Return the rounds with an application, as bits, from one uniform number; each round has the same chance."""
    bits = 0
    for k in range(rounds):
        applies = u < chance
        bits |= applies << k
        u = (u if applies else u - chance) / (chance if applies else 1.0 - chance)
    return bits


@rule
def applications_in_education(base: float, age: int, begins: int) -> float:
    """Return expected applications for the job or apprenticeship that comes after, from an age in months on."""
    return base if age >= begins else 0.0


@row_rule
def expected_applications(p: Any, ch: Any, i: int, co: Coefficients, effort: Any, month: int) -> float:
    """Return a person's expected applications this month."""
    status = whole(p.status[i])
    if status == EMPLOYED:
        return applications_at_work(co.search_employed, co.search_employed_new, month - whole(p.job_start[i]))
    if status == INACTIVE:
        if whole(p.inactivity[i]) == IN_EDUCATION:
            begins = co.first_search[whole(p.education[i])]
            return applications_in_education(co.search_leavers, whole(p.age[i]), begins)
        return co.search_inactive
    return applications_out_of_work(
        co.search_unemployed,
        interpolate(co.effort_by_employability, real(p.employability[i])),
        co.effort_by_duration[min(whole(p.months_out[i]), EFFORT_MONTHS)],
        exhaustion_effect(whole(p.benefit[i]), whole(p.entitlement[i]), co.exhaustion_rise),
        effort[whole(p.municipality[i])],
        1.0 + co.pressure_response * real(p.pressure[i]),
    ) * real(ch.search_effort[i])


@part
def surely_none(expected: float, rounds: int) -> float:
    """Return a number: somebody whose draw is not below it does not apply in any round."""
    return 1.0 - max(1.0 - expected / rounds, 0.0) ** rounds + 1e-9


@part
def flag_searchers(
    p: Any, start: int, n: int, limits: Any, begins: Any, month: int, words: Any, flag: Any
) -> None:
    """Flag n rows from ``start`` on that are registered, or that may apply (and whose search runs here).

    ``limits``: `surely_none` of the employed in a new job, in an old one, of the inactive, and of those about to leave
    education; ``begins`` (e,): months of age from which these look for a job.
    """
    if start < 0:
        return
    new, old, inactive, leavers = limits
    for j in range(n):
        i = start + j
        u = words[0, j] * TO_UNIT
        limit = new if month - whole(p.job_start[i]) < NEW_JOB_MONTHS else old
        works = (p.status[i] == EMPLOYED) & (u < limit)
        pupil = p.inactivity[i] == IN_EDUCATION
        bound = leavers if pupil & (p.age[i] >= begins[p.education[i]]) else 0.0
        idle = (p.status[i] == INACTIVE) & (u < (bound if pupil else inactive))
        registered = (p.status[i] == UNEMPLOYED) | (p.status[i] == IN_MEASURE)
        flag[j] = np.uint8(registered | ((works | idle) & (p.python[i] & SEARCH == 0)))


@kernel
def find_seekers(
    lo: Any,
    hi: Any,
    p: Any,
    ch: Any,
    co: Any,
    effort: Any,
    key: Any,
    month: Any,
    rows: Any,
    rounds: Any,
    risk: Any,
    block: Any,
) -> Any:
    """List who applies or is referred this month among rows lo..hi; return how many.

    ``risk`` (groups, months) counts the unemployed and people in measures by months since the last job.
    """
    listed = 0
    new = surely_none(co.search_employed * co.search_employed_new, co.rounds)
    old, inactive = surely_none(co.search_employed, co.rounds), surely_none(co.search_inactive, co.rounds)
    limits = new, old, inactive, surely_none(co.search_leavers, co.rounds)
    for start in range(lo, hi, BLOCK):
        n = min(BLOCK, hi - start)
        fill_block(start // BLOCK, key, _EFFORT, month, block.words)
        flag_searchers(p, start, n, limits, co.first_search, month, block.words, block.flag)
        for k in range(list_flagged(block.flag, n, start, block.row)):
            i = block.row[k]
            status = p.status[i]
            if status == UNEMPLOYED or status == IN_MEASURE:
                group = base_group(p.age[i], p.education[i])
                risk[group, min(p.months_out[i], DURATIONS - 1)] += 1
                if p.python[i] & SEARCH:
                    continue
            chance = min(expected_applications(p, ch, i, co, effort, month) / co.rounds, 1.0)
            bits = application_rounds(block.words[0, i - start] * TO_UNIT, chance, co.rounds)
            rows[lo + listed] = i
            rounds[lo + listed] = bits
            listed += (bits != 0) | (p.referred[i] != 0)
    return listed


@rule
def pick_cell(cumulated: Any, home: int, u: float) -> int:
    """Return the first cell whose cumulated weight, as seen from ``home``, passes u times the total; -1 if none."""
    last = cumulated.shape[1] - 1
    total = cumulated[home, last]
    if total <= 0.0:
        return -1
    x = u * total
    low, high = 0, last
    while low < high:
        middle = (low + high) >> 1
        if cumulated[home, middle] > x:
            high = middle
        else:
            low = middle + 1
    return low


@row_rule
def pick_slot(openings: Openings, filled_by: Any, cell: int, u: float) -> int:
    """Return an open vacancy of a cell: hashed places are tried until one is occupied; -1 if the cell is empty."""
    word = whole(u * 4294967296.0)
    mask = whole(openings.mask[cell])
    offset = whole(openings.offset[cell])
    place = word & mask
    step = ((word >> 15) & mask) | 1
    for _ in range(mask + 1):
        j = whole(openings.slots[offset + place])
        if j >= 0 and whole(filled_by[j]) < 0:
            return j
        place = (place + step) & mask
    return -1


@rule
def own_channel(u: float, recall: float, tip: float, partnership: float) -> int:
    """Return the channel of an own application; the chances of recall, tip and partnership come cumulated."""
    if u < recall:
        return RECALL
    if u < tip:
        return TIP
    if u < partnership:
        return PARTNERSHIP
    return OPEN


@row_rule
def first_open(openings: Openings, filled_by: Any, employer: int) -> int:
    """Return an employer's first open vacancy, -1 if it has none."""
    for j in range(whole(openings.first[employer]), whole(openings.first[employer + 1])):
        if whole(filled_by[j]) < 0:
            return j
    return -1


@row_rule
def recall_employer(p: Any, i: int) -> int:
    """Return the employer that may recall the person: the last one, for two months after job loss; -1 if none."""
    status = whole(p.status[i])
    if (status == UNEMPLOYED or status == IN_MEASURE) and whole(p.months_out[i]) <= RECALL_MONTHS:
        return whole(p.employer[i])
    return -1


@rule
def tip_chance(share: float, contacts_at_work: float, contacts_left: float) -> float:
    """Return the chance that an application follows a tip: contacts in work, and contacts kept."""
    return share * contacts_at_work * contacts_left


@row_rule
def partnership_chance(p: Any, i: int, share: float, ties: Any, partnerships: Any) -> float:
    """Return the chance of a referral through the municipality's partnerships: for the jobless, by tie strength."""
    status = whole(p.status[i])
    if (status == UNEMPLOYED or status == IN_MEASURE) and partnerships[whole(p.regime[i])] != 0:
        return share * ties[whole(p.municipality[i])]  # type: ignore[no-any-return]  # numpy scalar
    return 0.0


@row_rule
def pick_vacancy(
    openings: Openings, filled_by: Any, home: int, last_employer: int, channel: int, u: Any
) -> Any:
    """Return (vacancy, channel) of an own application: without a vacancy by its channel it is an open one.

    The vacancy is -1 if there is nowhere to apply.
    """
    j = -1
    if channel == RECALL:
        j = first_open(openings, filled_by, last_employer)
    elif channel == PARTNERSHIP:
        j = pick_slot(openings, filled_by, home, u[2])
    if j >= 0:
        return j, channel
    if channel != TIP:
        channel = OPEN
    cell = pick_cell(openings.cumulated, home, u[0])
    if cell >= 0:
        j = pick_slot(openings, filled_by, cell, u[2])
    return j, channel


@rule
def application_draw(key: int, month: int, i: int, turn: int) -> Any:
    """Return the four numbers of an application: cell, channel, slot, and what the employer sees of the match."""
    return draw4(key, _APPLICATION, month, i, turn)
