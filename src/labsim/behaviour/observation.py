"""Process 10: the census of the month."""

from __future__ import annotations

from labsim.kernels.blocks import block
from labsim.kernels.census import census
from labsim.state.world import World


def observe(world: World) -> None:
    """Count everybody by municipality, group and status."""
    world.over(
        world.size, lambda lo, hi, counts: census(lo, hi, world.persons, counts, block()), world.counts.census
    )
