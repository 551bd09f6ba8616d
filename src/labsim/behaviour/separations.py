"""Process 3: jobs that end by themselves, ageing, school leavers, retirement, flows with inactivity."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labsim.behaviour.coefficients import rounded
from labsim.codes import DEMOGRAPHY, EXIT_AGE, OUTSIDE
from labsim.kernels import demography as kernel
from labsim.kernels.blocks import block
from labsim.state.world import World, rows_in_python

Floats = NDArray[np.float64]


def separations_and_demography(world: World) -> None:
    """Everybody lives a month: jobs end, people leave and enter the labour force, age, retire, leave school."""
    p, e = world.persons, world.employers
    if world.market is None:
        raise RuntimeError("the market must be read before separations")
    returning, key = world.market.returning, np.uint64(world.key)
    world.cohorts = coming_of_age(world)
    empty = np.flatnonzero((p.status == OUTSIDE) & (p.python & DEMOGRAPHY != 0)).tolist()
    leavers = world.space("leavers", world.size, "i4")
    parts = world.over(
        world.size,
        lambda lo, hi, flows: kernel.demography(
            lo,
            hi,
            p,
            world.coefficients,
            world.regimes,
            returning,
            key,
            world.month,
            world.entry_regime,
            world.cohorts,
            flows,
            block(),
            leavers,
        ),
        world.counts.flows,
    )
    for lo, n in parts:
        kernel.count_leavers(leavers, lo, n, e.headcount)
    for row in rows_in_python(world, "persons", DEMOGRAPHY):
        world.job_seeker(row).live_a_month()
    entry = world.key, world.month, world.coefficients, world.entry_regime, world.cohorts, world.counts.flows
    for row in empty:
        kernel.perhaps_fill(p, row, *entry)


def coming_of_age(world: World) -> Floats:
    """Return this month's chances of school leavers, (2, m): to succeed somebody who reaches 65, to fill an empty row.

    With c school leavers per person who reaches 65 (`cohort_path`) the first chance is min(c, 1). What a cohort has
    above 1 comes to empty rows: (c - 1) x (those who reach 65 this month) / (empty rows), at most 1. So in expectation
    c times those who reach 65 come, as long as there are empty rows enough; beyond them a cohort above 1 counts as 1.
    """
    m, path = world.municipalities, world.cohort_path
    chances = np.zeros((2, m))
    chances[0] = 1.0
    if path.shape[0] == 0:
        return chances
    p = world.persons
    cohort = path[min(max(world.month // 12 - world.first_month // 12, 0), path.shape[0] - 1)]
    leaving = np.bincount(p.municipality[p.age >= EXIT_AGE - 1], minlength=m)
    empty = np.bincount(p.municipality[p.status == OUTSIDE], minlength=m)
    chances[0] = np.minimum(cohort, 1.0)
    more = np.maximum(cohort - 1.0, 0.0) * leaving / np.maximum(empty, 1)
    chances[1] = rounded(np.minimum(more, 1.0).tolist())
    return chances
