"""Process 9: ties between the local actors grow with joint work, decay, and suffer from reorganisation."""

from __future__ import annotations

import numpy as np

from labsim.behaviour.coefficients import DIGITS
from labsim.state.network import CORE_TIES, PARTNERS_OF_PROVIDERS, living, mean_strength, of_agency
from labsim.state.world import World


def tie_after_month(tie: float, growth: float, joint: float, decay: float) -> float:
    """Return tie strength after a month: w + g * joint * (1 - w) - decay * w, within 0..1.

    >>> tie_after_month(0.0, 0.04, 1.0, 0.02)
    0.04
    """
    return round(min(max(tie + growth * joint * (1.0 - tie) - decay * tie, 0.0), 1.0), DIGITS)


def network(world: World) -> None:
    """Let every tie move with the joint work of its two actors; a reorganised agency loses part of its ties.

    Agency, municipality, chambers, unions and employers meet as often as their regime asks for. Providers work with
    agency and municipality as far as their capacity is used; an empty place loses its ties as others do, by decay.
    """
    pars, memory, e = world.parameters.ties, world.memory, world.providers
    m = world.municipalities
    slots = e.capacity.size // m
    meetings = np.array([world.municipality(k).joint_activity() for k in range(m)])[:, np.newaxis]
    alive = (e.capacity > 0.0).reshape(m, slots)
    used = np.where(alive, np.minimum(e.orders / np.maximum(e.capacity, 1e-12), 1.0).reshape(m, slots), 0.0)
    work = meetings * np.where(alive, 1.0 - pars.capacity_use + pars.capacity_use * used, 0.0)
    joint = np.concatenate(
        [np.repeat(meetings, len(CORE_TIES), axis=1), *[work] * len(PARTNERS_OF_PROVIDERS)], axis=1
    )
    ties = memory.edges
    ties = ties + pars.growth * joint * (1.0 - ties) - pars.decay * ties
    ties = np.minimum(np.maximum(ties, 0.0), 1.0)
    ties = np.where(of_agency(slots)[np.newaxis, :], ties * world.ties_left[:, np.newaxis], ties)
    memory.edges[:] = np.round(ties, DIGITS)
    memory.ties[:] = mean_strength(memory.edges, living(alive))
