"""Process 4: entitlement counts down, benefits change, sanctions run out."""

from __future__ import annotations

from labsim.codes import BENEFITS, IN_MEASURE, UNEMPLOYED
from labsim.kernels import casework as kernel
from labsim.kernels.blocks import block
from labsim.state.world import World, rows_in_python


def benefits(world: World) -> None:
    """Count a month of benefit for the unemployed and for people in measures."""
    p = world.persons
    world.over(world.size, lambda lo, hi: kernel.benefits(lo, hi, p, world.regimes, block()))
    for row in rows_in_python(world, "persons", BENEFITS):
        if p.status[row] in (UNEMPLOYED, IN_MEASURE):
            world.job_seeker(row).draw_benefit()
