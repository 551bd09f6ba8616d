"""Process 5, first half: agencies staff up or down with their clients, meet them, refer, monitor and sanction."""

from __future__ import annotations

import numpy as np

from labsim.codes import COUNSELLED, UNEMPLOYED
from labsim.kernels import casework as kernel
from labsim.kernels.blocks import block
from labsim.state.world import World


def counselling(world: World) -> None:
    """Agencies meet their clients within capacity."""
    p, m = world.persons, world.municipalities
    capacity = np.array([world.agency(k).capacity() for k in range(m)])
    key = np.uint64(world.key)
    world.over(
        world.size,
        lambda lo, hi, counts: kernel.casework(
            lo,
            hi,
            p,
            world.coefficients,
            world.regimes,
            capacity,
            world.agency_python,
            world.memory.ties,
            key,
            world.month,
            counts,
            block(),
        ),
        world.counts.casework,
    )
    if not (world.people_in_python & COUNSELLED or world.agency_python.any()):
        return
    own = ((p.python & COUNSELLED) != 0) | (world.agency_python[p.municipality] != 0)
    for row in np.flatnonzero(own & (p.status == UNEMPLOYED)).tolist():
        agency = int(p.municipality[row])
        world.agency(agency).counsel(world.job_seeker(row), float(capacity[agency]))
