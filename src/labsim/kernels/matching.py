"""Process 6 in kernels: what people bring to the market, their applications, the offers, what they accept.

The same as `JobSeeker.search`, `Employer.rank` and `JobSeeker.accept` do one by one, in blocks and by shorter ways.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.extending import register_jitable

from labsim.codes import ACCEPT, EMPLOYED, OPEN, PARTNERSHIP, RANK, RECALL, REFERRAL, SEARCH
from labsim.compiling import kernel
from labsim.kernels.blocks import flag_equal, list_flagged, part
from labsim.kernels.coefficients import Coefficients
from labsim.kernels.hiring import (
    OWN,
    REFERRED,
    hiring_standard,
    lowest_acceptable,
    skill_pay,
    standing,
    standing_of,
    visible_score,
)
from labsim.kernels.sampling import guided_cell, marked, marked_slot
from labsim.kernels.search import (
    CONTACT_MONTHS,
    first_open,
    own_channel,
    partnership_chance,
    recall_employer,
    tip_chance,
)
from labsim.rng import BLOCK, TO_UNIT, Purpose, draw4, fill_list, normal, real, whole

_APPLICATION, _REFERRAL = int(Purpose.APPLICATION), int(Purpose.REFERRAL)


@part
def gather(s: Any, p: Any, ch: Any, co: Coefficients, contacts: Any, start: int, n: int) -> None:
    """Gather what does not change this month of n seekers from ``start`` on, as if all had a job."""
    if start < 0:
        return
    for k in range(start, start + n):
        i = s.person[k]
        m, o = whole(p.municipality[i]), whole(p.occupation[i])
        contacts_left = co.tip_by_duration[min(whole(p.months_out[i]), CONTACT_MONTHS)]
        tip = tip_chance(co.tip_share, contacts[m * co.occupations + o], contacts_left)
        s.municipality[k], s.occupation[k], s.education[k] = m, o, p.education[i]
        s.works[k] = p.status[i] == EMPLOYED
        s.python[k] = p.python[i]
        s.last_employer[k], s.referred[k] = p.employer[i], 0
        s.chances[k, 0], s.chances[k, 1], s.chances[k, 2] = 0.0, tip, tip
        employability = co.weight_employability * real(p.employability[i])
        s.standing[k] = standing(real(p.skill[i]), employability, 0.0, real(ch.hiring_score[i]))
        s.lowest[k] = real(p.wage[i]) * (1.0 + co.job_to_job)
        s.skill_pay[k] = skill_pay(real(p.skill[i]), co.return_to_skill)


@kernel
def introduce(
    lo: Any, hi: Any, s: Any, p: Any, ch: Any, co: Any, regimes: Any, market: Any, block: Any
) -> None:
    """Gather what does not change this month of seekers lo..hi."""
    for start in range(lo, hi, BLOCK):
        n = min(BLOCK, hi - start)
        gather(s, p, ch, co, market.contacts, start, n)
        flag_equal(s.works, 0, start, n, block.flag)
        for b in range(list_flagged(block.flag, n, start, block.row)):
            k = block.row[b]
            i = s.person[k]
            tip = s.chances[k, 1]
            recall = co.recall_share if recall_employer(p, i) >= 0 else 0.0
            partnership = partnership_chance(p, i, co.partnership_share, market.ties, regimes.partnerships)
            s.last_employer[k] = recall_employer(p, i)
            s.referred[k] = regimes.referral_choice[p.regime[i]] if p.referred[i] else 0
            s.chances[k, 0], s.chances[k, 1], s.chances[k, 2] = (
                recall,
                recall + tip,
                recall + tip + partnership,
            )
            s.standing[k] = standing_of(p, ch, i, co, regimes, market.stigma)
            s.lowest[k] = lowest_acceptable(p, ch, i, co, regimes, market.wage_level)


@part
def flag_applicants(s: Any, start: int, n: int, turn: int, flag: Any) -> None:
    """Flag n seekers from ``start`` on who apply in a round, or whose search runs in Python."""
    if start < 0:
        return
    for j in range(n):
        k = start + j
        applies = ((s.rounds[k] >> turn) & 1 != 0) | (s.referred[k] != 0) | (s.python[k] & SEARCH != 0)
        flag[j] = np.uint8((s.hired[k] < 0) & applies)


@kernel
def list_applicants(s: Any, turn: Any, seeker: Any, block: Any) -> Any:
    """List the seekers who apply in a round, or whose search runs in Python; return how many."""
    listed = 0
    for start in range(0, s.person.size, BLOCK):
        n = min(BLOCK, s.person.size - start)
        flag_applicants(s, start, n, turn, block.flag)
        for j in range(n):
            seeker[listed] = start + j
            listed += block.flag[j]
    return listed


@part
def pick_places(
    a: Any, s: Any, openings: Any, occupations: int, words: Any, places: Any, flag: Any, start: int, n: int
) -> None:
    """Write the channel of n applications from ``start`` on, and to ``places`` an open vacancy (-1 if none).

    ``flag`` marks those by recall or partnership, for which the vacancy is only the second choice.
    """
    if start < 0:
        return
    for b in range(n):
        k = a.seeker[start + b]
        channel = own_channel(words[1, b] * TO_UNIT, s.chances[k, 0], s.chances[k, 1], s.chances[k, 2])
        a.channel[start + b, OWN] = channel
        flag[b] = np.uint8((channel == RECALL) | (channel == PARTNERSHIP))
    for b in range(n):
        k = a.seeker[start + b]
        home = s.municipality[k] * occupations + s.occupation[k]
        places[b] = guided_cell(openings.cumulated, openings.guide, home, words[0, b] * TO_UNIT)
    for b in range(n):
        cell = places[b]
        if cell >= 0:
            places[b] = marked_slot(
                openings.marks,
                openings.slots,
                openings.offset[cell],
                openings.mask[cell],
                words[2, b] * TO_UNIT,
            )


@part
def pick_known(
    a: Any, s: Any, at: int, openings: Any, filled_by: Any, occupations: int, lot: float, other: int
) -> int:
    """Return the vacancy of an application by recall or partnership; without one it is an open one, for ``other``."""
    k, j = a.seeker[at], -1
    if a.channel[at, OWN] == RECALL:
        j = first_open(openings, filled_by, whole(s.last_employer[k]))
    else:
        home = s.municipality[k] * occupations + s.occupation[k]
        j = marked_slot(openings.marks, openings.slots, openings.offset[home], openings.mask[home], lot)
    if j >= 0:
        return j
    a.channel[at, OWN] = OPEN
    return other


@part
def send_worthwhile(a: Any, s: Any, v: Any, turn: int, places: Any, flag: Any, start: int, n: int) -> None:
    """Send n own applications from ``start`` on (flagged 1).

    People with a job never apply to their own employer, nor where they find the posted wage too low.
    """
    if start < 0:
        return
    for b in range(n):
        at, j = start + b, places[b]
        k = a.seeker[at]
        pays = real(v.wage[max(j, 0)]) * s.skill_pay[k] >= s.lowest[k]
        worth = (s.works[k] == 0) | (pays & (v.employer[max(j, 0)] != s.last_employer[k]))
        sent = (j >= 0) & worth & ((s.rounds[k] >> turn) & 1 != 0) & (s.python[k] & SEARCH == 0)
        flag[b] = np.uint8(sent)
        a.vacancy[at, OWN] = j if sent else -1
        a.vacancy[at, REFERRED] = -1


@register_jitable
def apply(
    lo: Any,
    hi: Any,
    turn: Any,
    a: Any,
    s: Any,
    v: Any,
    e_python: Any,
    co: Any,
    travel: Any,
    openings: Any,
    key: Any,
    month: Any,
    block: Any,
) -> None:
    """Send the own applications lo..hi of one round, and let employers score them.

    People with a job look at the posted wage before they apply; people without one do not. ``e_python`` is empty
    if no employer ranks in Python.
    """
    words, places, row = block.words, block.bin, block.row
    for start in range(lo, hi, BLOCK):
        n = min(BLOCK, hi - start)
        for b in range(n):
            row[b] = s.person[a.seeker[start + b]]
        fill_list(row, 0, n, key, _APPLICATION, month, turn, words)
        pick_places(a, s, openings, co.occupations, words, places, block.flag, start, n)
        for listed in range(list_flagged(block.flag, n, 0, row)):
            b = row[listed]
            lot = words[2, b] * TO_UNIT
            places[b] = pick_known(a, s, start + b, openings, v.filled_by, co.occupations, lot, places[b])
        send_worthwhile(a, s, v, turn, places, block.flag, start, n)
        for listed in range(list_flagged(block.flag, n, 0, row)):
            b = row[listed]
            at, j = start + b, whole(places[b])
            k = a.seeker[at]
            home, occupation = whole(s.municipality[k]), whole(s.occupation[k])
            seen = co.noise * normal(words[3, b] * TO_UNIT)
            if e_python.size == 0 or e_python[v.employer[j]] & RANK == 0:
                channel, education = a.channel[at, OWN], whole(s.education[k])
                seen += visible_score(s.standing[k], home, occupation, education, v, j, channel, co, travel)
            a.score[at, OWN] = seen
            a.lot[at, OWN] = words[2, b] * TO_UNIT


@part
def find_referral(
    stands: float,
    m: int,
    o: int,
    education: int,
    choice: int,
    v: Any,
    u: Any,
    co: Any,
    travel: Any,
    openings: Any,
) -> int:
    """Return what `best_referral` returns, by shorter ways."""
    cell = guided_cell(openings.registered, openings.registered_guide, m * co.occupations + o, u[0])
    if cell < 0:
        return -1
    mask, offset = whole(openings.registered_mask[cell]), whole(openings.registered_offset[cell])
    place = whole(u[1] * 4294967296.0) & mask
    best, best_score, seen = -1, -1e9, 0
    for _ in range(mask + 1):
        if marked(openings.registered_marks, offset + place):
            j = whole(openings.registered_slots[offset + place])
            s = visible_score(stands, m, o, education, v, j, REFERRAL, co, travel)
            if s > best_score:
                best, best_score = j, s
            seen += 1
            if seen == choice:
                break
        place = (place + 1) & mask
    return best


@register_jitable
def refer(
    lo: Any,
    hi: Any,
    turn: Any,
    a: Any,
    s: Any,
    v: Any,
    e_python: Any,
    co: Any,
    travel: Any,
    openings: Any,
    key: Any,
    month: Any,
) -> None:
    """Send the referrals among applications lo..hi of one round, and let employers score them."""
    for at in range(lo, hi):
        k = a.seeker[at]
        choice = whole(s.referred[k])
        if choice == 0 or s.python[k] & SEARCH:
            continue
        m, o, education = whole(s.municipality[k]), whole(s.occupation[k]), whole(s.education[k])
        u = draw4(key, _REFERRAL, month, s.person[k], turn)
        j = find_referral(s.standing[k], m, o, education, choice, v, u, co, travel, openings)
        if j >= 0:
            seen = co.noise * normal(u[2])
            if e_python.size == 0 or e_python[v.employer[j]] & RANK == 0:
                seen += visible_score(s.standing[k], m, o, education, v, j, REFERRAL, co, travel)
            a.vacancy[at, REFERRED] = j
            a.channel[at, REFERRED] = REFERRAL
            a.score[at, REFERRED] = seen
            a.lot[at, REFERRED] = u[3]


@kernel
def send(
    lo: Any,
    hi: Any,
    turn: Any,
    a: Any,
    s: Any,
    v: Any,
    e_python: Any,
    co: Any,
    travel: Any,
    openings: Any,
    key: Any,
    month: Any,
    block: Any,
) -> None:
    """Send applications lo..hi of one round, own ones and referrals (see `apply` and `refer`)."""
    apply(lo, hi, turn, a, s, v, e_python, co, travel, openings, key, month, block)
    refer(lo, hi, turn, a, s, v, e_python, co, travel, openings, key, month)


@kernel
def standards(v: Any, co: Any, standard: Any, month: Any, needed: Any) -> None:
    """Write each vacancy's `hiring_standard` to ``needed`` (v,)."""
    for j in range(v.employer.size):
        needed[j] = hiring_standard(
            standard[v.municipality[j]],
            v.education[j],
            co.education_standard,
            co.relaxation,
            month - v.opened[j],
        )


@kernel
def offer(a: Any, needed: Any, best: Any, highest: Any) -> None:
    """Let each vacancy choose its best applicant of this round, if good enough: ``best`` (v,) = 2 * application + kind.

    Equal scores are decided by lot, never by index. ``highest`` (v,) is working space.
    """
    best[:] = -1
    for at in range(a.seeker.size):
        for kind in range(2):
            j = a.vacancy[at, kind]
            if j < 0:
                continue
            score = a.score[at, kind]
            if score < needed[j]:
                continue
            b = best[j]
            if b >= 0:
                if highest[j] > score:
                    continue
                if highest[j] == score and a.lot[b >> 1, b & 1] >= a.lot[at, kind]:
                    continue
            best[j] = 2 * at + kind
            highest[j] = score


@kernel
def accept(lo: Any, hi: Any, turn: Any, a: Any, s: Any, v: Any, best: Any, counts: Any) -> None:
    """Let people keep the best acceptable offer of this round, vacancies lo..hi.

    ``counts`` (m, 2) offers, refused. Who holds two offers answers both when the vacancy of the own one comes.
    """
    for post in range(lo, hi):
        at, own = best[post] >> 1, best[post] & 1 == OWN
        if at < 0 or s.python[a.seeker[at]] & ACCEPT:
            continue
        first, second = a.vacancy[at, OWN], a.vacancy[at, REFERRED]
        two = first >= 0 and second >= 0 and best[first] == 2 * at + OWN and best[second] == 2 * at + REFERRED
        if two and not own:
            continue
        k = a.seeker[at]
        m = s.municipality[k]
        chosen, chosen_wage = -1, -1.0
        for kind in range(2):
            if not two and own != (kind == OWN):
                continue
            wage = real(v.wage[a.vacancy[at, kind]]) * s.skill_pay[k]
            counts[m, 0] += 1
            if wage < s.lowest[k]:
                counts[m, 1] += 1
            elif wage > chosen_wage:
                chosen, chosen_wage = kind, wage
        if chosen >= 0:
            s.hired[k] = a.vacancy[at, chosen]
            s.via[k] = a.channel[at, chosen]
            s.turn[k] = turn
            s.pay[k] = chosen_wage
            v.filled_by[s.hired[k]] = s.person[k]
