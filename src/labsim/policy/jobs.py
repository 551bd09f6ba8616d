"""Process 5: jobs that policy adds to regular labour demand, or crowds out of it.

Local job development opens jobs at local employers where demand is unmet, up to a potential; they are vacancies like
all others. Public jobs may crowd out regular ones (`Instrument.crowding_out`, 0 = none).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labsim.policy.programme import Programme
from labsim.state.world import World

DIGITS = 12


def develop_jobs(world: World, programme: Programme, money: NDArray[np.float64]) -> None:
    """Open and close developed jobs, and write what policy adds to labour demand this month, jobs (m,)."""
    memory, pars = world.memory, world.parameters.municipal
    people = world.residents.sum(axis=1)
    crowded = np.zeros(world.municipalities)
    p = world.persons
    rows = (p.measure != 0).nonzero()[0]
    codes = p.measure[rows]
    running = set(codes.tolist())
    for measure in programme.measures:
        instrument, k = measure.instrument, measure.position
        if instrument.develops_jobs:
            room = np.maximum(
                pars.job_potential * people - memory.jobs.sum(axis=1) - memory.lasting_jobs, 0.0
            )
            opened = np.minimum(money[:, k] / instrument.price, room)
            ending = memory.jobs[:, k] / instrument.months
            memory.jobs[:, k] = np.round(memory.jobs[:, k] + opened - ending, DIGITS)
            memory.lasting_jobs[:] = np.round(
                memory.lasting_jobs + getattr(instrument, "lasting", 0.0) * ending, DIGITS
            )
        elif instrument.crowding_out > 0.0 and k + 1 in running:
            taking_part = np.bincount(p.municipality[rows[codes == k + 1]], minlength=world.municipalities)
            crowded += instrument.crowding_out * taking_part
    crowded += world.parameters.demand.founded_displacement * _close_founders(world)
    world.demand_shift = np.round(memory.jobs.sum(axis=1) + memory.lasting_jobs - crowded, DIGITS)


def _close_founders(world: World) -> NDArray[np.float64]:
    """Let jobs of founders end, a part of them each month; return those that are left, (m,)."""
    e, part = world.employers, np.float32(world.parameters.demand.founded_decay)
    rows = (e.founded != 0.0).nonzero()[0]
    ending = e.founded[rows] * part
    e.size[rows] = np.maximum(e.size[rows] - ending, 0.0)
    e.founded[rows] -= ending
    return np.bincount(e.municipality[rows], weights=e.founded[rows], minlength=world.municipalities)
