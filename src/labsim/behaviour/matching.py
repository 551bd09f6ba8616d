"""Processes 6 and 7: search, applications, ranking and offers in rounds; then the jobs start."""

from __future__ import annotations

import numpy as np

from labsim.behaviour.market import show_openings
from labsim.codes import ACCEPT, RANK, SEARCH
from labsim.kernels import hiring as kernel
from labsim.kernels.coefficients import Seekers
from labsim.kernels.search import find_seekers
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
        assert world.market is not None  # noqa: S101  (narrows the type; show_openings needs the market anyway)
        kernel.offer(seekers, world.vacancies, world.coefficients, world.market.standard, world.month, best)
        _accept(world, seekers, turn, best)


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
    n = person.size
    return Seekers(
        person=person,
        rounds=rounds,
        vacancy=np.full((n, 2), -1, np.int32),
        channel=np.zeros((n, 2), np.uint8),
        score=np.zeros((n, 2)),
        lot=np.zeros((n, 2)),
        hired=np.full(n, -1, np.int32),
        via=np.zeros(n, np.uint8),
        turn=np.zeros(n, np.uint8),
    )


def _apply(world: World, s: Seekers, turn: int) -> None:
    """Send this round's applications."""
    p, key = world.persons, np.uint64(world.key)
    world.over(
        s.person.size,
        lambda lo, hi: kernel.apply(
            lo,
            hi,
            turn,
            s,
            p,
            world.channels,
            world.vacancies,
            world.employers.python,
            world.coefficients,
            world.regimes,
            world.market,
            world.openings,
            key,
            world.month,
        ),
    )
    if not world.people_in_python & SEARCH:
        return
    for k in np.flatnonzero((p.python[s.person] & SEARCH) != 0).tolist():
        s.vacancy[k] = -1
        if s.hired[k] < 0:
            for application in world.job_seeker(int(s.person[k])).search(turn, int(s.rounds[k])):
                kind = application.kind
                s.vacancy[k, kind] = application.vacancy
                s.channel[k, kind] = application.channel
                s.lot[k, kind] = application.lot
                s.score[k, kind] = application.impression


def _score_in_python(world: World, s: Seekers) -> None:
    """Add what employers see to the impression, where their `rank` runs in Python or the applicant's search did."""
    e, p, v = world.employers, world.persons, world.vacancies
    if not (world.employers_in_python & RANK or world.people_in_python & SEARCH):
        return
    held = s.vacancy >= 0
    by_employer = (
        (e.python[v.employer[np.where(held, s.vacancy, 0)]] & RANK) != 0 if v.employer.size else held
    )
    by_person = (p.python[s.person] & SEARCH) != 0
    for k, kind in np.argwhere(held & (by_employer | by_person[:, np.newaxis])).tolist():
        if s.hired[k] < 0:
            vacancy = int(s.vacancy[k, kind])
            employer = world.employer(int(v.employer[vacancy]))
            applicant = world.job_seeker(int(s.person[k]))
            s.score[k, kind] += employer.rank(applicant, vacancy, int(s.channel[k, kind]))


def _accept(world: World, s: Seekers, turn: int, best: np.ndarray) -> None:
    """Let applicants keep the best acceptable offer."""
    p, v, counts = world.persons, world.vacancies, world.counts.offers
    world.over(
        s.person.size,
        lambda lo, hi, offers: kernel.accept(
            lo,
            hi,
            turn,
            s,
            p,
            world.channels,
            v,
            world.coefficients,
            world.regimes,
            world.market.wage_level if world.market is not None else None,
            best,
            offers,
        ),
        counts,
    )
    if not world.people_in_python & ACCEPT:
        return
    for k in np.flatnonzero(((p.python[s.person] & ACCEPT) != 0) & (s.hired < 0)).tolist():
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
