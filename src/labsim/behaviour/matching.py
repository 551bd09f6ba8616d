"""Processes 6 and 7: search, applications, ranking and offers in rounds; then the jobs start."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labsim.behaviour.market import mark_openings, show_openings
from labsim.codes import ACCEPT, RANK, SEARCH
from labsim.kernels import matching as kernel
from labsim.kernels.blocks import block
from labsim.kernels.coefficients import Applications, Seekers
from labsim.kernels.hiring import start_jobs
from labsim.kernels.search import find_seekers
from labsim.state.world import World, rows_in_python


def search_and_matching(world: World) -> None:
    """People apply, employers rank and offer, people accept: `rounds` times a month."""
    assert world.market is not None
    show_openings(world)
    world.seekers = seekers = _seekers(world)
    v, co = world.vacancies, world.coefficients
    n = v.employer.size
    needed, best, highest = np.empty(n), np.empty(n, np.int32), np.empty(n)
    kernel.standards(v, co, world.market.standard, world.month, needed)
    for turn in range(co.rounds):
        mark_openings(world)
        applications = _apply(world, seekers, turn)
        _score_in_python(world, seekers, applications)
        kernel.offer(applications, needed, best, highest)
        _accept(world, seekers, applications, turn, best)


def _seekers(world: World) -> Seekers:
    """Return everybody who applies or is referred this month, by row."""
    p, size = world.persons, world.size
    rows, bits = world.space("seekers", size, "i4"), world.space("rounds", size, "u1")
    key, market = np.uint64(world.key), world.market
    parts = world.over(
        size,
        lambda lo, hi, risk: find_seekers(
            lo,
            hi,
            p,
            world.channels,
            world.coefficients,
            market.effort if market is not None else None,
            key,
            world.month,
            rows,
            bits,
            risk,
            block(),
        ),
        world.counts.risk,
    )
    person = np.concatenate([rows[lo : lo + n] for lo, n in parts]).astype(np.int64)
    rounds = np.concatenate([bits[lo : lo + n] for lo, n in parts])
    own = rows_in_python(world, "persons", SEARCH)
    if own:
        turns = [world.job_seeker(row).plan_search() for row in own]
        searching = [(row, bits) for row, bits in zip(own, turns, strict=True) if bits or p.referred[row]]
        person = np.concatenate([person, np.array([row for row, _ in searching], np.int64)])
        rounds = np.concatenate([rounds, np.array([bits for _, bits in searching], np.uint8)])
        order = np.argsort(person, kind="stable")
        person, rounds = person[order], rounds[order]
    return _introduced(world, person, rounds)


def _introduced(world: World, person: NDArray[np.int64], rounds: NDArray[np.uint8]) -> Seekers:
    """Return the seekers with what does not change this month."""
    n = person.size
    seekers = Seekers(
        person=person,
        rounds=rounds,
        municipality=world.space("municipality", n, "u2")[:n],
        occupation=world.space("occupation", n, "u1")[:n],
        education=world.space("education", n, "u1")[:n],
        works=world.space("works", n, "u1")[:n],
        last_employer=world.space("last_employer", n, "i4")[:n],
        referred=world.space("referred", n, "u1")[:n],
        python=world.space("python", n, "u1")[:n],
        chances=world.space("chances", 3 * n, "f8")[: 3 * n].reshape(n, 3),
        standing=world.space("standing", n, "f8")[:n],
        lowest=world.space("lowest", n, "f8")[:n],
        skill_pay=world.space("skill_pay", n, "f8")[:n],
        hired=world.space("hired", n, "i4")[:n],
        via=world.space("via", n, "u1")[:n],
        turn=world.space("turn", n, "u1")[:n],
        pay=world.space("pay", n, "f8")[:n],
    )
    seekers.hired[:] = -1
    p, ch, co = world.persons, world.channels, world.coefficients
    world.over(
        n, lambda lo, hi: kernel.introduce(lo, hi, seekers, p, ch, co, world.regimes, world.market, block())
    )
    return seekers


def _applications(world: World, s: Seekers, turn: int) -> Applications:
    """Return who applies in this round, without the applications yet."""
    seeker = world.space("applicant", s.person.size, "i4")
    n = int(kernel.list_applicants(s, turn, seeker, block()))
    return Applications(
        seeker=seeker[:n],
        vacancy=world.space("vacancy", 2 * n, "i4")[: 2 * n].reshape(n, 2),
        channel=world.space("channel", 2 * n, "u1")[: 2 * n].reshape(n, 2),
        score=world.space("score", 2 * n, "f8")[: 2 * n].reshape(n, 2),
        lot=world.space("lot", 2 * n, "f8")[: 2 * n].reshape(n, 2),
    )


def _apply(world: World, s: Seekers, turn: int) -> Applications:
    """Return this round's applications."""
    key, a = np.uint64(world.key), _applications(world, s, turn)
    e_python = world.employers.python[: None if world.employers_in_python & RANK else 0]
    assert world.market is not None
    what = (a, s, world.vacancies, e_python, world.coefficients, world.market.travel, world.openings, key)

    if world.vacancies.employer.size:
        world.over(a.seeker.size, lambda lo, hi: kernel.send(lo, hi, turn, *what, world.month, block()))
    else:
        a.vacancy[:] = -1
    if world.people_in_python & SEARCH:
        for at in np.flatnonzero((s.python[a.seeker] & SEARCH) != 0).tolist():
            k = int(a.seeker[at])
            for application in world.job_seeker(int(s.person[k])).search(turn, int(s.rounds[k])):
                kind = application.kind
                a.vacancy[at, kind] = application.vacancy
                a.channel[at, kind] = application.channel
                a.lot[at, kind] = application.lot
                a.score[at, kind] = application.impression
    return a


def _score_in_python(world: World, s: Seekers, a: Applications) -> None:
    """Add what employers see to the impression, where their `rank` runs in Python or the applicant's search did."""
    e, v = world.employers, world.vacancies
    if not (world.employers_in_python & RANK or world.people_in_python & SEARCH):
        return
    held = a.vacancy >= 0
    by_employer = (
        (e.python[v.employer[np.where(held, a.vacancy, 0)]] & RANK) != 0 if v.employer.size else held
    )
    by_person = (s.python[a.seeker] & SEARCH) != 0
    for at, kind in np.argwhere(held & (by_employer | by_person[:, np.newaxis])).tolist():
        vacancy = int(a.vacancy[at, kind])
        employer = world.employer(int(v.employer[vacancy]))
        applicant = world.job_seeker(int(s.person[a.seeker[at]]))
        a.score[at, kind] += employer.rank(applicant, vacancy, int(a.channel[at, kind]))


def _accept(world: World, s: Seekers, a: Applications, turn: int, best: NDArray[np.int32]) -> None:
    """Let applicants keep the best acceptable offer."""
    v, counts = world.vacancies, world.counts.offers
    world.over(
        v.employer.size,
        lambda lo, hi, offers: kernel.accept(lo, hi, turn, a, s, v, best, offers),
        counts,
    )
    if not world.people_in_python & ACCEPT:
        return
    for at in np.flatnonzero((s.python[a.seeker] & ACCEPT) != 0).tolist():
        offers = [
            kind for kind in (0, 1) if a.vacancy[at, kind] >= 0 and best[a.vacancy[at, kind]] == 2 * at + kind
        ]
        if not offers:
            continue
        k = int(a.seeker[at])
        seeker = world.job_seeker(int(s.person[k]))
        chosen, refused = seeker.accept([int(a.vacancy[at, kind]) for kind in offers])
        counts[seeker.municipality] += (len(offers), refused)
        if chosen is not None:
            kind = offers[chosen]
            s.hired[k], s.via[k], s.turn[k] = a.vacancy[at, kind], a.channel[at, kind], turn
            s.pay[k] = seeker.wage_offer(int(s.hired[k]))
            v.filled_by[s.hired[k]] = s.person[k]


def jobs_start(world: World) -> None:
    """Process 7: all jobs agreed this month start; headcounts, flows and wages follow."""
    counts = world.counts
    start_jobs(
        world.seekers,
        world.persons,
        world.employers,
        world.vacancies,
        world.coefficients,
        np.uint64(world.key),
        world.month,
        counts.flows,
        counts.hires,
        counts.to_job,
    )
    keep = world.parameters.hiring.reference_memory
    filled = counts.hires[:, 7] / np.maximum(counts.vacancies[:, 2], 1)
    world.memory.filling[:] = np.round(keep * world.memory.filling + (1.0 - keep) * filled, 12)
