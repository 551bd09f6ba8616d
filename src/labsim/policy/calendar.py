"""Which budgets run when: gap, overlap and bridging between the old regime's measures and the new one's.

A person's rule book says what is demanded; money follows its own calendar. Shares are by municipality, because the
change may begin at another time in each.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labsim.policy.clock import municipal_starts
from labsim.policy.governance import Governance, GovernanceChange
from labsim.policy.programme import Programme
from labsim.policy.transition import Transition
from labsim.state.world import World
from labsim.units import parse_month

Floats = NDArray[np.float64]
REACHED = 0.7
"""Part of their size at which new measures count as established, so that bridging ends (assumption).

Not 1, because some leave early: with one-euro jobs and vouchers measures stand at about three quarters of the size that
their money would give if everybody stayed to the end.
"""


class Passage(NamedTuple):
    """A transition as one run lives it; starts are month numbers by municipality, (m,)."""

    transition: Transition
    before: int
    after: int
    starts: NDArray[np.int64]


def passages(world: World, programme: Programme) -> tuple[Passage, ...]:
    """Return the transitions of a run with the start in each municipality."""
    return tuple(
        Passage(t, code, code + 1, np.array(municipal_starts(world, t), np.int64))
        for code, t in enumerate(programme.timeline.transitions)
    )


def prepare_policy(world: World, programme: Programme, changes: Iterable[GovernanceChange]) -> None:
    """Give a world the calendar of its transitions and the municipalities' own changes of governance."""
    world.passages = passages(world, programme)
    for change in sorted(changes, key=lambda c: parse_month(c.start)):
        world.changes.setdefault(change.municipality, []).append((parse_month(change.start), change))
    set_institutions(world, programme)


def set_institutions(world: World, programme: Programme) -> None:
    """Set what holds for institutions this month: governance, reorganisation, shocked ties."""
    world.governance = governance_in_force(world, programme)
    world.capacity_left = capacity_left(world, world.passages)
    world.ties_left = ties_shocked(world, world.passages)


def governance_in_force(world: World, programme: Programme) -> list[Governance]:
    """Return each municipality's governance: that of the regime of most clients, with changes of its own."""
    out = []
    for m, municipality in enumerate(world.place.municipalities):
        clients = world.clients[m]
        regime = int(clients.argmax()) if clients.size and clients.any() else world.entry_regime
        governance = programme.regimes[regime].governance
        for start, change in world.changes.get(municipality.name, ()):
            if start <= world.month:
                governance = change.over(governance)
        out.append(governance)
    return out


def paying_clients(world: World, ways: tuple[Passage, ...], bridged: NDArray[np.bool_]) -> Floats:
    """Return the clients whose budgets run, (m, r): whom a regime pays measures for this month.

    In a gap nobody is paid for under the new regime. During an overlap people under the new rules count for the old
    budgets too; with bridging a part of them does. ``bridged`` (transitions, m) says where bridging goes on.
    """
    paying = world.clients.astype(np.float64)
    canonical = world.canonical_regime
    for k, (transition, before, after, starts) in enumerate(ways):
        month, new = world.month, int(canonical[after])
        if month < transition.first_month or new == int(canonical[before]):
            continue
        people = world.clients[:, new]
        waiting = (month >= starts) & (month < starts + transition.gap_months)
        paying[waiting, new] = 0.0
        overlapping = (month >= starts) & (month < starts + max(transition.overlap, 0))
        old = int(canonical[before])
        paying[:, old] += np.where(overlapping, 1.0, np.where(bridged[k], transition.bridging, 0.0)) * people
    return paying


def still_bridged(
    world: World, ways: tuple[Passage, ...], established: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return where bridging goes on, (transitions, m).

    It ends when the new measures are established (``established`` (transitions, m)) or its longest time is over.
    """
    out = np.zeros((len(ways), world.municipalities), bool)
    for k, (transition, _, _, starts) in enumerate(ways):
        if transition.bridging > 0.0:
            running = (world.month >= starts) & (world.month < starts + transition.bridging_months)
            out[k] = running & ~established[k]
    return out


def capacity_left(world: World, ways: tuple[Passage, ...]) -> Floats:
    """Return the part of agencies' capacity that reorganisations leave, (m,)."""
    left = np.ones(world.municipalities)
    for transition, _, _, starts in ways:
        if transition.reorganisation > 0.0:
            busy = (world.month >= starts) & (world.month < starts + transition.reorganisation_months)
            left[busy] *= 1.0 - transition.reorganisation
    return left


def ties_shocked(world: World, ways: tuple[Passage, ...]) -> Floats:
    """Return the part of the agencies' ties that a reorganisation leaves this month, (m,)."""
    left = np.ones(world.municipalities)
    for transition, _, _, starts in ways:
        left[world.month == starts] *= 1.0 - transition.reorganisation_ties
    return left


def announced(world: World, ways: tuple[Passage, ...]) -> NDArray[np.bool_]:
    """Return where providers know that a change is coming, not in name only, and have stopped investing, (m,)."""
    out, canonical = np.zeros(world.municipalities, bool), world.canonical_regime
    for transition, before, after, starts in ways:
        if canonical[before] != canonical[after]:
            out |= (world.month >= starts - transition.announcement) & (world.month < starts)
    return out


def arrival(ways: tuple[Passage, ...], regime: int, m: int) -> int | None:
    """Return the month in which a regime arrives in a municipality; None for the first regime."""
    for transition, _, after, starts in ways:
        if after == regime:
            return int(starts[m]) + transition.gap_months
    return None
