"""Policies that never touched anybody: worth a warning, because a comparison with them says nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from labsim.policy.programme import Programme
from labsim.state.world import World
from labsim.units import format_month


def untouched(kept: dict[str, NDArray[Any]], programme: Programme, world: World) -> tuple[str, ...]:
    """Return a sentence for each measure with money but without participants, and each regime that nobody came under.

    ``kept`` are the recorder's counts of all months so far.
    """
    if not kept:
        return ()
    said = []
    entries, budgets = kept["entries"].sum(axis=(0, 1, 3)), kept["budgets"].sum(axis=(0, 1))
    for measure in programme.measures:
        k = measure.position
        if budgets[k] > 0 and entries[k] == 0 and not measure.instrument.develops_jobs:
            regimes = ", ".join(programme.regimes[code].regime for code in measure.regimes.tolist())
            said.append(f"{measure.name} of the regime {regimes} had money, but never a participant")
    for transition, before, after, starts in world.passages:
        begun = int(np.min(starts)) < world.month
        renamed = world.canonical_regime[before] == world.canonical_regime[after]
        later = any(t.before == transition.after for t in programme.timeline.transitions)
        if begun and not later and not renamed and not (world.persons.regime == after).any():
            said.append(
                f"the transition to '{transition.after}' began in {format_month(int(np.min(starts)))}, but nobody has"
                " switched"
            )
    return tuple(said)
