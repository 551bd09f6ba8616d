"""The local network of a municipality: who works with whom, and how closely (networkx).

Strengths of all ties stand in one array, (m, edges), so that they can be stored and compared; `local_network` shows
one municipality's as a graph.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from labsim.state.tables import FIELDS
from labsim.state.world import World

Floats = NDArray[np.float64]
CORE = ("agency", "municipality", "chambers", "unions", "employers")
CORE_TIES: tuple[tuple[str, str], ...] = tuple(combinations(CORE, 2))
PARTNERS_OF_PROVIDERS = ("agency", "municipality")


def number_of_ties(providers: int) -> int:
    """Return the number of ties in a municipality with so many places for providers."""
    return len(CORE_TIES) + len(PARTNERS_OF_PROVIDERS) * providers


@lru_cache(maxsize=16)
def of_agency(providers: int) -> NDArray[np.bool_]:
    """Return which ties are the agency's, (edges,)."""
    core = ["agency" in tie for tie in CORE_TIES]
    out = np.array(
        core + [partner == "agency" for partner in PARTNERS_OF_PROVIDERS for _ in range(providers)]
    )
    out.setflags(write=False)
    return out


def living(alive: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which ties have an actor at both ends, (m, edges); ``alive`` (m, places) are the providers."""
    core = np.ones((alive.shape[0], len(CORE_TIES)), bool)
    return np.concatenate([core, *[alive] * len(PARTNERS_OF_PROVIDERS)], axis=1)


def mean_strength(edges: Floats, alive: NDArray[np.bool_]) -> Floats:
    """Return the mean strength of the ties between living actors, (m,)."""
    return np.asarray(np.round((edges * alive).sum(axis=1) / np.maximum(alive.sum(axis=1), 1), 12))


def provider_name(slot: int, per_field: int) -> str:
    """Return the name of a provider: its field of work and number, for example ``"training 1"``."""
    return f"{FIELDS[slot // per_field]} {slot % per_field + 1}"


def local_network(world: World, m: int) -> nx.Graph[str]:
    """Return the network of a municipality: actors as nodes (``kind``), ties with their ``weight`` (0..1)."""
    graph: nx.Graph[str] = nx.Graph(municipality=world.place.municipalities[m].name, month=world.month)
    graph.add_nodes_from((actor, {"kind": actor}) for actor in CORE)
    strengths = world.memory.edges[m].tolist()
    for (one, other), weight in zip(CORE_TIES, strengths, strict=False):
        graph.add_edge(one, other, weight=weight)
    per_field = world.parameters.providers.per_field
    slots = len(FIELDS) * per_field
    capacity = world.providers.capacity[m * slots : (m + 1) * slots]
    for k, partner in enumerate(PARTNERS_OF_PROVIDERS):
        for slot in np.flatnonzero(capacity > 0.0).tolist():
            name = provider_name(slot, per_field)
            graph.add_node(name, kind="provider", capacity=float(capacity[slot]))
            graph.add_edge(partner, name, weight=strengths[len(CORE_TIES) + k * slots + slot])
    return graph
