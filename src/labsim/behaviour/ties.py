"""Process 9: ties between the local actors grow with joint activity and decay."""

from __future__ import annotations

from labsim.behaviour.coefficients import DIGITS
from labsim.state.world import World


def tie_after_month(tie: float, growth: float, joint: float, decay: float) -> float:
    """Return tie strength after a month: w + g * joint * (1 - w) - decay * w, within 0..1.

    >>> tie_after_month(0.0, 0.04, 1.0, 0.02)
    0.04
    """
    return round(min(max(tie + growth * joint * (1.0 - tie) - decay * tie, 0.0), 1.0), DIGITS)


def network(world: World) -> None:
    """Let every municipality's ties move with the joint activity that its clients' regimes ask for."""
    pars = world.parameters.ties
    for m in range(world.municipalities):
        joint = world.municipality(m).joint_activity()
        world.memory.ties[m] = tie_after_month(float(world.memory.ties[m]), pars.growth, joint, pars.decay)
