"""Process 8: human capital, employability, trust, pressure, clocks, withdrawal from the register."""

from __future__ import annotations

import numpy as np

from labsim.codes import ADAPT
from labsim.kernels import people as kernel
from labsim.kernels.blocks import block
from labsim.state.world import World, rows_in_python


def people_adapt(world: World) -> None:
    """Everybody learns or forgets, and some withdraw from the register."""
    p, key = world.persons, np.uint64(world.key)
    world.over(
        world.size,
        lambda lo, hi, flows, exits: kernel.adapt(
            lo, hi, p, world.coefficients, key, world.month, flows, exits, block()
        ),
        world.counts.flows,
        world.counts.to_inactive,
    )
    for row in rows_in_python(world, "persons", ADAPT):
        world.job_seeker(row).adapt()
