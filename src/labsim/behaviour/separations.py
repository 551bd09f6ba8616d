"""Process 3: jobs that end by themselves, ageing, school leavers, retirement, flows with inactivity."""

from __future__ import annotations

import numpy as np

from labsim.codes import DEMOGRAPHY
from labsim.kernels import demography as kernel
from labsim.kernels.blocks import block
from labsim.state.world import World, rows_in_python


def separations_and_demography(world: World) -> None:
    """Everybody lives a month: jobs end, people leave and enter the labour force, age, retire, leave school."""
    p, e = world.persons, world.employers
    if world.market is None:
        raise RuntimeError("the market must be read before separations")
    returning, key = world.market.returning, np.uint64(world.key)
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
