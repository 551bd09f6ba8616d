"""Process 1: the timeline moves people between rule books."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from labsim.codes import IN_EDUCATION, IN_MEASURE, INACTIVE, UNEMPLOYED
from labsim.kernels.jobs import register_as_unemployed
from labsim.policy.programme import Programme
from labsim.policy.transition import Transition
from labsim.rng import Purpose, uniforms
from labsim.state.tables import Persons
from labsim.state.world import World

Mask = NDArray[np.bool_]
FIRST_TICKETS = 0


def policy_clock(world: World, programme: Programme) -> None:
    """Switch everybody whose turn has come; what a regime says then holds for them from this month on."""
    _anticipate(world, programme)
    for before, transition in enumerate(programme.timeline.transitions):
        after = before + 1
        if world.month < transition.first_month:
            return
        share = transition.share(world.month)
        candidates = (world.persons.regime == before).nonzero()[0]
        if share >= 1.0 and world.entry_regime == before and not transition.only:
            world.entry_regime = after
        if candidates.size == 0:
            continue
        rows = candidates[_may_switch(world, transition, candidates, share)]
        world.persons.regime[rows] = after
        _register_recipients(world, programme, rows, before, after)


def _anticipate(world: World, programme: Programme) -> None:
    """Let the unemployed under the old rules feel a change that has been announced."""
    p = world.persons
    for old, transition in enumerate(programme.timeline.transitions):
        announced = transition.first_month - transition.announcement
        if transition.anticipation == 0.0 or world.month < announced:
            continue
        if programme.canonical[old] == programme.canonical[old + 1]:
            continue  # in name only: there is nothing to feel
        starts = np.array(municipal_starts(world, transition))
        feel = (starts - transition.announcement <= world.month) & (world.month < starts)
        rows = np.flatnonzero((p.status == UNEMPLOYED) & (p.regime == old))
        rows = rows[feel[p.municipality[rows]]]
        p.pressure[rows] += np.float32(transition.anticipation)


def _may_switch(world: World, transition: Transition, rows: NDArray[np.int64], share: float) -> Mask:
    """Say which of the candidate rows switch this month: their ticket has come and no old rule protects them."""
    p = world.persons
    if transition.unit == "municipality":
        begun = np.array([start <= world.month for start in municipal_starts(world, transition)])
        moves: Mask = begun[p.municipality[rows]]
    elif share < 1.0:
        moves = uniforms(world.key, Purpose.TICKET, FIRST_TICKETS, rows)[:, 0] < share
    else:
        moves = np.ones(rows.size, bool)
    if transition.unit == "new_spell":
        registered = (p.status[rows] == UNEMPLOYED) | (p.status[rows] == IN_MEASURE)
        since = world.month - p.months_registered[rows].astype(np.int64)
        moves &= ~(registered & (since < transition.first_month))
    if transition.grandfathered == "people_in_measures":
        moves &= p.measure_left[rows] <= 1  # it ends this month, and the next one begins under the new rules
    return moves


def municipal_starts(world: World, transition: Transition) -> list[int]:
    """Return the month number in which each municipality's change begins; lots are drawn once per seed."""
    names = [m.name for m in world.place.municipalities]
    lots = uniforms(world.key, Purpose.TICKET, FIRST_TICKETS, np.arange(len(names)), 1)[:, 0]
    return transition.municipal_starts(names, lots.tolist())


def _assistance_weight(p: Persons, distance: float) -> NDArray[np.float64]:
    """Return how much likelier each person draws social assistance than the mean of the inactive, (i,).

    ``distance`` 0: all alike; 1: in proportion to 1 - employability.
    """
    far = 1.0 - p.employability.astype(np.float64)
    inactive = (p.status == INACTIVE) & (p.inactivity != IN_EDUCATION)
    mean = float(np.round(np.sum(far[inactive]) / max(int(inactive.sum()), 1), 12))
    return (1.0 - distance) + distance * far / max(mean, 1e-6)


def _register_recipients(world: World, programme: Programme, rows: Any, before: int, after: int) -> None:
    """Let inactive recipients register when the benefit merger reaches them (its counting effect)."""
    old, new = programme.regimes[before].benefits, programme.regimes[after].benefits
    if old.merged or not new.merged or new.registers_recipients == 0.0:
        return
    p = world.persons
    inactive = rows[(p.status[rows] == INACTIVE) & (p.inactivity[rows] != IN_EDUCATION)]
    pars = world.parameters.participation
    chance = (
        new.registers_recipients * pars.recipients * _assistance_weight(p, pars.recipients_distance)[inactive]
    )
    drawn = uniforms(world.key, Purpose.REGISTRATION, world.month, inactive)[:, 0] < chance
    for row in inactive[drawn].tolist():
        register_as_unemployed(p, row)
        world.counts.flows[p.municipality[row], INACTIVE, UNEMPLOYED] += 1
