"""The initial state of a place: people, employers and who works where, before the burn-in settles it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labsim.codes import (
    BASIC_INCOME,
    EMPLOYED,
    ENTRY_AGE,
    EXIT_AGE,
    IN_EDUCATION,
    INACTIVE,
    INSURANCE,
    OTHER_INACTIVE,
    UNEMPLOYED,
)
from labsim.compiling import kernel
from labsim.kernels.coefficients import Coefficients
from labsim.kernels.demography import LAST_TENURE, draw_levels, draw_person
from labsim.parameters import Parameters
from labsim.rng import NORMAL_TABLE, Purpose, uniforms
from labsim.state.place import Place
from labsim.state.synthesis import first_traits, younger
from labsim.state.tables import Employers, Persons, create

Floats = NDArray[np.float64]
EMPLOYED_SHARE = 0.80
"""Share of residents who start in the labour force, if they are out of education; the burn-in corrects it."""


def persons_per_municipality(place: Place, scale: float) -> list[int]:
    """Return the number of agents per municipality at a scale, at least 50 each."""
    return [max(round(m.population_of_working_age * scale), 50) for m in place.municipalities]


@kernel
def _draw_people(p: Any, co: Any, key: Any, month: Any) -> None:
    for i in range(p.status.size):
        draw_person(p, i, key, month, co)


@kernel
def _draw_levels(p: Any, co: Any, key: Any, month: Any) -> None:
    for i in range(p.status.size):
        draw_levels(p, i, key, month, co)


def normals(u: Floats) -> Floats:
    """Return standard normal numbers for uniform ones, element by element (the table of `labsim.rng`)."""
    x = u * (NORMAL_TABLE.size - 1)
    k = x.astype(np.int64)
    out: Floats = NORMAL_TABLE[k] + (NORMAL_TABLE[k + 1] - NORMAL_TABLE[k]) * (x - k)
    return out


@lru_cache(maxsize=256)
def employer_sizes(jobs: float, exponent: float, largest: int) -> Floats:
    """Return normal sizes of employers that add up to about ``jobs``.

    A Pareto law with the tail exponent given, cut at ``largest`` jobs (an absolute size, so that rates do not depend
    on the scale), taken at evenly spaced quantiles. Kept for the next run, so nobody may write to it.
    """
    tail = 1.0 - largest ** (-exponent)
    mean = float(np.mean((1.0 - (np.arange(2000) + 0.5) / 2000 * tail) ** (-1.0 / exponent)))
    n = max(round(jobs / mean), 1)
    sizes = np.round((1.0 - (np.arange(n) + 0.5) / n * tail) ** (-1.0 / exponent), 6)
    out = np.asarray(np.round(sizes * (jobs / float(sizes.sum())), 6))
    out.setflags(write=False)
    return out


def create_employers(place: Place, pars: Parameters, people: list[int], key: int, month: int) -> Employers:
    """Return the employers of a place, sorted by municipality."""
    sizes, where = [], []
    for m, municipality in enumerate(place.municipalities):
        per_head = municipality.jobs_per_head or pars.demand.jobs_per_head
        drawn = employer_sizes(
            pars.demand.level * per_head * people[m], pars.demand.size_exponent, pars.demand.largest_employer
        )
        sizes.append(drawn)
        where.append(np.full(drawn.size, m))
    e = create(Employers, sum(s.size for s in sizes))
    u = uniforms(key, Purpose.EMPLOYER, month, np.arange(e.size.size))
    occupations = np.cumsum([o.share for o in place.occupations])
    e.size[:] = np.concatenate(sizes)
    e.municipality[:] = np.concatenate(where)
    e.sector[:] = np.minimum(np.searchsorted(occupations, u[:, 0], side="right"), len(place.occupations) - 1)
    e.rounding[:] = u[:, 1]
    e.premium[:] = pars.wages.employer_sd * normals(u[:, 2])
    shock_sd = pars.demand.innovation_sd / np.sqrt(1.0 - pars.demand.persistence**2)
    e.shock[:] = np.round(shock_sd, 12) * normals(u[:, 3])
    return e


def create_persons(
    place: Place, co: Coefficients, people: list[int], key: int, month: int, regimes: Any, *, ahead: int = 0
) -> Persons:
    """Return the people of a place, sorted by municipality, with a first guess of who works.

    With marginals, people are such that these hold ``ahead`` months later, when the record starts.
    """
    p = create(Persons, sum(people))
    p.municipality[:] = np.repeat(np.arange(len(people)), people)
    traits = first_traits(place, people, key, month)
    if traits is None:
        _draw_people(p, co, np.uint64(key), month)
    else:
        p.sex[:], p.education[:], p.occupation[:] = traits.sex, traits.education, traits.occupation
        _draw_levels(p, co, np.uint64(key), month)
    u = uniforms(key, Purpose.INITIAL, month, np.arange(p.status.size))
    v = uniforms(key, Purpose.INITIAL, month, np.arange(p.status.size), 1)
    if traits is None:
        p.age[:] = ENTRY_AGE + (u[:, 0] * (EXIT_AGE - ENTRY_AGE)).astype(np.int64)
    else:
        p.age[:] = younger(traits.age, ahead)
    rate = np.array([m.unemployment_rate / 100.0 for m in place.municipalities])[p.municipality]
    long_term = np.array([m.long_term_share / 100.0 for m in place.municipalities])[p.municipality]
    in_school = p.age < co.leaves_school[p.education]
    active = ~in_school & (u[:, 1] < EMPLOYED_SHARE)
    jobless = active & (u[:, 2] < rate)
    p.status[:] = np.where(jobless, UNEMPLOYED, np.where(active, EMPLOYED, INACTIVE))
    p.inactivity[:] = np.where(in_school, IN_EDUCATION, np.where(p.status == INACTIVE, OTHER_INACTIVE, 0))
    waited = np.where(
        v[:, 0] < long_term, 12 + (v[:, 1] * 48).astype(np.int64), (v[:, 1] * 12).astype(np.int64)
    )
    p.months_out[:] = np.where(p.status == EMPLOYED, 0, np.where(in_school, 0, waited))
    p.months_registered[:] = np.where(jobless, waited, 0)
    p.wage[:] = np.where(in_school, 0.0, co.mean_wage)
    insured = jobless & (waited < 12)
    p.entitlement[:] = np.where(insured, np.minimum(12 - waited, regimes.insurance_months[0]), 0)
    p.benefit[:] = np.where(insured & (p.entitlement > 0), INSURANCE, np.where(jobless, BASIC_INCOME, 0))
    p.contributions[:] = np.where(p.status == EMPLOYED, (v[:, 2] * 120).astype(np.int64), 0)
    p.months_unsupported[:] = np.where(jobless, np.minimum(waited, 255), 0)
    return p


def give_jobs(p: Persons, e: Employers, co: Coefficients, reach: Floats, key: int, month: int) -> None:
    """Assign employed people to employers: workplaces by nearness and jobs, employers by size.

    ``reach`` (m, m): weight of a workplace as seen from home.
    """
    rows = np.flatnonzero(p.status == EMPLOYED)
    u = uniforms(key, Purpose.INITIAL_JOB, month, rows)
    m = reach.shape[0]
    jobs = np.bincount(e.municipality, weights=e.size.astype(np.float64), minlength=m)
    work = np.cumsum(reach * jobs[np.newaxis, :], axis=1)
    homes = p.municipality[rows]
    total = work[homes, -1] * u[:, 0]
    place = np.empty(rows.size, np.int64)
    for home in range(m):
        here = homes == home
        place[here] = np.searchsorted(work[home], total[here], side="right")
    place = np.minimum(place, m - 1)
    cumulated = np.cumsum(e.size.astype(np.float64))
    first = np.searchsorted(e.municipality, np.arange(m), side="left")
    last = np.searchsorted(e.municipality, np.arange(m), side="right") - 1
    low = np.where(first[place] > 0, cumulated[first[place] - 1], 0.0)
    chosen = np.searchsorted(cumulated, low + u[:, 1] * (cumulated[last[place]] - low), side="right")
    p.employer[rows] = np.clip(chosen, first[place], last[place])
    tenure = np.minimum((-90.0 * np.log1p(-u[:, 2] * 0.98)).round(6).astype(np.int64), LAST_TENURE)
    tenure = np.minimum(tenure, np.maximum(p.age[rows] - ENTRY_AGE, 0))
    p.job_start[rows] = month - tenure
    p.clock[rows] = u[:, 3] * co.survival[p.education[rows], tenure]
    e.headcount[:] = np.bincount(p.employer[rows], minlength=e.headcount.size)
