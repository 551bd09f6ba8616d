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
from labsim.state.world import World

Mask = NDArray[np.bool_]
FIRST_TICKETS = 0


def policy_clock(world: World, programme: Programme) -> None:
    """Switch everybody whose turn has come; what a regime says then holds for them from this month on."""
    for transition in programme.timeline.transitions:
        if world.month < transition.first_month:
            return
        before, after = programme.codes[transition.before], programme.codes[transition.after]
        share = transition.share(world.month)
        candidates = np.flatnonzero(world.persons.regime == before)
        if share >= 1.0 and world.entry_regime == before:
            world.entry_regime = after
        if candidates.size == 0:
            continue
        rows = candidates[_may_switch(world, transition, candidates, share)]
        world.persons.regime[rows] = after
        _register_recipients(world, programme, rows, before, after)


def _may_switch(world: World, transition: Transition, rows: NDArray[np.int64], share: float) -> Mask:
    """Say which of the candidate rows switch this month: their ticket has come and no old rule protects them."""
    p = world.persons
    moves: Mask = np.ones(rows.size, bool)
    if share < 1.0:
        moves = _tickets(world, transition, rows) < share
    if transition.unit == "new_spell":
        registered = (p.status[rows] == UNEMPLOYED) | (p.status[rows] == IN_MEASURE)
        since = world.month - p.months_registered[rows].astype(np.int64)
        moves &= ~(registered & (since < transition.first_month))
    if transition.grandfathered == "people_in_measures":
        moves &= p.measure[rows] == 0
    return moves


def _tickets(world: World, transition: Transition, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return each row's ticket, drawn once per seed: of the person, or of the municipality (pilots first)."""
    if transition.unit != "municipality":
        return uniforms(world.key, Purpose.TICKET, FIRST_TICKETS, rows)[:, 0]
    names = [m.name for m in world.place.municipalities]
    lots = uniforms(world.key, Purpose.TICKET, FIRST_TICKETS, np.arange(len(names)), 1)[:, 0]
    order = sorted(range(len(names)), key=lambda m: (_turn(names[m], transition.first), lots[m]))
    tickets = np.empty(len(names))
    tickets[order] = np.arange(len(names)) / len(names)
    return np.asarray(tickets[world.persons.municipality[rows]])


def _turn(name: str, first: tuple[str, ...]) -> int:
    return first.index(name) if name in first else len(first)


def _register_recipients(world: World, programme: Programme, rows: Any, before: int, after: int) -> None:
    """Let inactive recipients register when the benefit merger reaches them (its counting effect)."""
    old, new = programme.regimes[before].benefits, programme.regimes[after].benefits
    if old.merged or not new.merged or new.registers_recipients == 0.0:
        return
    p = world.persons
    inactive = rows[(p.status[rows] == INACTIVE) & (p.inactivity[rows] != IN_EDUCATION)]
    drawn = uniforms(world.key, Purpose.REGISTRATION, world.month, inactive)[:, 0] < new.registers_recipients
    for row in inactive[drawn].tolist():
        register_as_unemployed(p, row)
        world.counts.flows[p.municipality[row], INACTIVE, UNEMPLOYED] += 1
