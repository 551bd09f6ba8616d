"""Process 10: the census of the month."""

from __future__ import annotations

from labsim.kernels.blocks import block
from labsim.kernels.census import census
from labsim.state.tables import FIELDS
from labsim.state.world import World


def observe(world: World) -> None:
    """Count everybody by municipality, group and status."""
    world.over(
        world.size, lambda lo, hi, counts: census(lo, hi, world.persons, counts, block()), world.counts.census
    )
    _observe_institutions(world)


def _observe_institutions(world: World) -> None:
    """Note capacity, orders and competence of providers, ties, room of the municipalities, jobs developed."""
    e, m = world.providers, world.municipalities
    if e.capacity.size:
        for column, values in enumerate(
            (e.capacity, e.orders * (e.capacity > 0.0), e.competence * e.capacity)
        ):
            world.counts.capacity[:, :, column] = values.reshape(m, len(FIELDS), -1).sum(axis=2)
    memory, network = world.memory, world.counts.network
    network[:, 0] = memory.ties
    network[:, 1] = [world.municipality(k).joint_activity() for k in range(m)]
    network[:, 2] = memory.room
    network[:, 3] = memory.jobs.sum(axis=1) + memory.lasting_jobs
