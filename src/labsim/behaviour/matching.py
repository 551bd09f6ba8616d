"""Processes 6 and 7: search, applications, ranking and offers in rounds; then the jobs start."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labsim.behaviour.market import show_openings
from labsim.codes import ACCEPT, RANK, SEARCH
from labsim.kernels import hiring as kernel
from labsim.kernels.coefficients import Seekers
from labsim.kernels.search import find_seekers
from labsim.rng import BLOCK
from labsim.state.world import World, rows_in_python


def search_and_matching(world: World) -> None:
    """People apply, employers rank and offer, people accept: `rounds` times a month."""
    show_openings(world)
    seekers = _seekers(world)
    world.seekers = seekers
    best = np.full(world.vacancies.employer.size, -1, np.int64)
    for turn in range(world.coefficients.rounds):
        _apply(world, seekers, turn)
        _score_in_python(world, seekers)
        assert world.market is not None
        kernel.offer(seekers, world.vacancies, world.coefficients, world.market.standard, world.month, best)
        _accept(world, seekers, turn, best)


def _seekers(world: World) -> Seekers:
    """Return everybody who applies or is referred this month, by row."""
    p, size = world.persons, world.size
    rows, bits = world.space("seekers", size, "i4"), world.space("rounds", size, "u1")
    words = world.space("words", size + BLOCK, "u4")
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
            words,
            risk,
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
        home=world.space("home", n, "i4")[:n],
        education=world.space("education", n, "u1")[:n],
        works=world.space("works", n, "u1")[:n],
        last_employer=world.space("last_employer", n, "i4")[:n],
        referred=world.space("referred", n, "u1")[:n],
        python=world.space("python", n, "u1")[:n],
        chances=world.space("chances", 3 * n, "f8")[: 3 * n].reshape(n, 3),
        standing=world.space("standing", n, "f8")[:n],
        lowest=world.space("lowest", n, "f8")[:n],
        skill_pay=world.space("skill_pay", n, "f8")[:n],
        vacancy=world.space("vacancy", 2 * n, "i4")[: 2 * n].reshape(n, 2),
        channel=world.space("channel", 2 * n, "u1")[: 2 * n].reshape(n, 2),
        score=world.space("score", 2 * n, "f8")[: 2 * n].reshape(n, 2),
        lot=world.space("lot", 2 * n, "f8")[: 2 * n].reshape(n, 2),
        hired=world.space("hired", n, "i4")[:n],
        via=world.space("via", n, "u1")[:n],
        turn=world.space("turn", n, "u1")[:n],
        pay=world.space("pay", n, "f8")[:n],
    )
    seekers.hired[:] = -1
    p, ch, co = world.persons, world.channels, world.coefficients
    world.over(n, lambda lo, hi: kernel.introduce(lo, hi, seekers, p, ch, co, world.regimes, world.market))
    return seekers


def _apply(world: World, s: Seekers, turn: int) -> None:
    """Send this round's applications."""
    key = np.uint64(world.key)
    world.over(
        s.person.size,
        lambda lo, hi: kernel.apply(
            lo,
            hi,
            turn,
            s,
            world.vacancies,
            world.employers.python,
            world.coefficients,
            world.market.travel if world.market is not None else None,
            world.openings,
            key,
            world.month,
        ),
    )
    if not world.people_in_python & SEARCH:
        return
    for k in np.flatnonzero((s.python & SEARCH) != 0).tolist():
        if s.hired[k] < 0:
            for application in world.job_seeker(int(s.person[k])).search(turn, int(s.rounds[k])):
                kind = application.kind
                s.vacancy[k, kind] = application.vacancy
                s.channel[k, kind] = application.channel
                s.lot[k, kind] = application.lot
                s.score[k, kind] = application.impression


def _score_in_python(world: World, s: Seekers) -> None:
    """Add what employers see to the impression, where their `rank` runs in Python or the applicant's search did."""
    e, v = world.employers, world.vacancies
    if not (world.employers_in_python & RANK or world.people_in_python & SEARCH):
        return
    held = s.vacancy >= 0
    by_employer = (
        (e.python[v.employer[np.where(held, s.vacancy, 0)]] & RANK) != 0 if v.employer.size else held
    )
    by_person = (s.python & SEARCH) != 0
    for k, kind in np.argwhere(held & (by_employer | by_person[:, np.newaxis])).tolist():
        if s.hired[k] < 0:
            vacancy = int(s.vacancy[k, kind])
            employer = world.employer(int(v.employer[vacancy]))
            applicant = world.job_seeker(int(s.person[k]))
            s.score[k, kind] += employer.rank(applicant, vacancy, int(s.channel[k, kind]))


def _accept(world: World, s: Seekers, turn: int, best: np.ndarray) -> None:
    """Let applicants keep the best acceptable offer."""
    v, counts = world.vacancies, world.counts.offers
    world.over(
        s.person.size,
        lambda lo, hi, offers: kernel.accept(
            lo,
            hi,
            turn,
            s,
            v,
            world.occupations,
            best,
            offers,
        ),
        counts,
    )
    if not world.people_in_python & ACCEPT:
        return
    for k in np.flatnonzero(((s.python & ACCEPT) != 0) & (s.hired < 0)).tolist():
        offers = [
            kind for kind in (0, 1) if s.vacancy[k, kind] >= 0 and best[s.vacancy[k, kind]] == 2 * k + kind
        ]
        if not offers:
            continue
        seeker = world.job_seeker(int(s.person[k]))
        chosen, refused = seeker.accept([int(s.vacancy[k, kind]) for kind in offers])
        counts[seeker.municipality] += (len(offers), refused)
        if chosen is not None:
            kind = offers[chosen]
            s.hired[k], s.via[k], s.turn[k] = s.vacancy[k, kind], s.channel[k, kind], turn
            s.pay[k] = seeker.wage_offer(int(s.hired[k]))
            v.filled_by[s.hired[k]] = s.person[k]


def jobs_start(world: World) -> None:
    """Process 7: all jobs agreed this month start; headcounts, flows and wages follow."""
    counts = world.counts
    kernel.start_jobs(
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
