"""The local network: who is tied to whom, how ties grow, decay and break, and what the graph shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import pytest

from labsim.behaviour.ties import network, tie_after_month
from labsim.kernels.casework import profiling_error
from labsim.model import LabourMarket
from labsim.policy.completion import fit
from labsim.policy.regime import Regime
from labsim.scenario import Scenario
from labsim.state.network import CORE, CORE_TIES, number_of_ties, of_agency, provider_name
from labsim.state.tables import FIELDS
from labsim.units import parse_month

Make = Callable[..., Scenario]
Variant = Callable[..., Regime]


@pytest.fixture
def model(toytown: Make) -> LabourMarket:
    """Return a market after half a year."""
    return LabourMarket(toytown(scale=0.1, initial="local_activation"), seed=1).run(
        until=parse_month("2001-07")
    )


def test_the_graph_shows_what_the_arrays_hold(model: LabourMarket) -> None:
    world = model.world
    slots = world.providers.capacity.size // world.municipalities
    assert number_of_ties(slots) == world.memory.edges.shape[1]
    for m, graph in enumerate(model.networks):
        assert graph.graph == {"municipality": model.agencies[m].name, "month": model.month}
        living = {
            provider_name(p.row - m * slots, world.parameters.providers.per_field): p
            for p in model.providers[m * slots : (m + 1) * slots]
            if p.capacity > 0.0
        }
        assert set(graph.nodes) == set(CORE) | set(living)
        for name, provider in living.items():
            assert graph.nodes[name] == {"kind": "provider", "capacity": provider.capacity}
            assert set(graph[name]) == {"agency", "municipality"}
            assert name.rsplit(" ", 1)[0] == provider.field
        assert graph.subgraph(CORE).number_of_edges() == len(CORE_TIES) == len(CORE) * (len(CORE) - 1) // 2
        weights = list(nx.get_edge_attributes(graph, "weight").values())
        assert all(0.0 <= weight <= 1.0 for weight in weights)
        assert world.memory.ties[m] == pytest.approx(np.mean(weights)), "the mean tie is that of the graph"


def test_the_agencys_ties_are_those_at_its_node(model: LabourMarket) -> None:
    slots = model.world.providers.capacity.size // model.world.municipalities
    mine = of_agency(slots)
    assert mine.sum() == len(CORE) - 1 + slots
    model.world.memory.edges[0, mine] = 0.0
    for one, other, weight in model.networks[0].edges(data="weight"):
        assert (weight == 0.0) == ("agency" in (one, other))


def test_a_network_without_providers_has_its_core_alone(toytown: Make, regime: Variant) -> None:
    rules = regime(name="x", instruments={"wage_subsidy": {"budget": 5.0}})
    scenario = toytown(initial="x", regimes=[rules], parameters={"providers": {"per_field": 0}})
    model = LabourMarket(scenario, seed=1).run(until=parse_month("2001-04"))
    assert model.providers == []
    for graph in model.networks:
        assert set(graph.nodes) == set(CORE)


@pytest.mark.parametrize("joint", [0.0, 0.5, 1.0])
def test_a_tie_tends_to_where_growth_and_decay_balance(joint: float) -> None:
    growth, decay, tie = 0.04, 0.02, 0.3
    for _ in range(2000):
        tie = tie_after_month(tie, growth, joint, decay)
    assert tie == pytest.approx(growth * joint / (growth * joint + decay), abs=1e-9)


def test_a_tie_stays_between_0_and_1() -> None:
    assert tie_after_month(1.0, 0.5, 1.0, 0.0) == 1.0
    assert tie_after_month(0.01, 0.0, 0.0, 0.5) == 0.005


def test_every_tie_moves_by_the_rule_for_one_tie(model: LabourMarket) -> None:
    world = model.world
    pars, e, m = world.parameters.ties, world.providers, world.municipalities
    slots = e.capacity.size // m
    before = world.memory.edges.copy()
    network(world)
    for town in range(m):
        meetings = model.town_halls[town].joint_activity()
        for k in range(len(CORE_TIES)):
            expected = tie_after_month(before[town, k], pars.growth, meetings, pars.decay)
            assert world.memory.edges[town, k] == pytest.approx(expected, abs=1e-9)
        for slot in range(slots):
            provider = model.providers[town * slots + slot]
            use = 1.0 - pars.capacity_use * (1.0 - provider.utilisation)
            joint = meetings * use if provider.capacity > 0.0 else 0.0
            for partner in (0, 1):
                k = len(CORE_TIES) + partner * slots + slot
                expected = tie_after_month(before[town, k], pars.growth, joint, pars.decay)
                assert world.memory.edges[town, k] == pytest.approx(expected, abs=1e-9)


def test_a_provider_whose_capacity_is_used_comes_closer_and_one_that_gave_up_drifts_away(
    model: LabourMarket,
) -> None:
    world, per_field = model.world, model.world.parameters.providers.per_field
    field = FIELDS.index("training") * per_field
    busy, idle, gone = (len(CORE_TIES) + field + k for k in (0, 1, -1))
    e = world.providers
    e.capacity[field : field + 2], e.orders[field : field + 2] = 10.0, (10.0, 0.0)
    e.capacity[field - 1] = 0.0
    world.memory.edges[0] = 0.3
    network(world)
    ties = world.memory.edges[0]
    assert ties[busy] > ties[idle] > ties[gone]
    assert ties[gone] == pytest.approx(0.3 * (1.0 - world.parameters.ties.decay))


def test_without_capacity_use_idle_and_busy_providers_are_tied_alike(toytown: Make) -> None:
    scenario = toytown(scale=0.1, initial="local_activation", parameters={"ties": {"capacity_use": 0.0}})
    model = LabourMarket(scenario, seed=1).run(until=parse_month("2001-07"))
    world, alive = model.world, model.world.providers.capacity > 0.0
    slots = alive.size // world.municipalities
    ties = world.memory.edges[0, len(CORE_TIES) :].reshape(2, slots)[:, alive[:slots]]
    assert np.unique(ties).size == 1, "all have worked with all for as long"


def test_a_reorganisation_cuts_the_agencys_ties_in_its_month_and_nobody_elses(model: LabourMarket) -> None:
    slots = model.world.providers.capacity.size // model.world.municipalities
    edges = model.world.memory.edges.copy()
    after: dict[float, Any] = {}
    for left in (1.0, 0.25):
        model.world.memory.edges[:] = edges
        model.world.ties_left = np.array([left, 1.0])
        network(model.world)
        after[left] = model.world.memory.edges.copy()
    mine = of_agency(slots)
    assert after[0.25][0, mine] == pytest.approx(0.25 * after[1.0][0, mine])
    assert (after[0.25][0, ~mine] == after[1.0][0, ~mine]).all()
    assert (after[0.25][1] == after[1.0][1]).all()


def test_a_regime_that_works_together_ties_more_closely(toytown: Make, regime: Variant) -> None:
    strength = {}
    for joint in (0.0, 0.5, 1.0):
        rules = regime(name="x", local_policy={"joint_activity": joint})
        model = LabourMarket(toytown(initial="x", regimes=[rules]), seed=1).run(until=parse_month("2002-01"))
        strength[joint] = float(model.world.memory.ties.mean())
    start = model.world.parameters.ties.initial
    assert strength[0.0] < strength[0.5] < strength[1.0]
    assert strength[0.0] == pytest.approx(start * (1.0 - model.world.parameters.ties.decay) ** 12)
    assert strength[1.0] > start


def test_ties_sharpen_profiling_and_contacts_do_too() -> None:
    assert profiling_error(0.5, 0, 0.0, 0.5) == 0.5
    assert profiling_error(0.5, 0, 1.0, 0.5) == 0.25
    assert profiling_error(0.5, 0, 1.0, 0.0) == 0.5, "switched off"
    assert profiling_error(0.5, 4, 0.0, 0.5) == 0.25
    errors = [profiling_error(0.5, contacts, ties / 10, 0.5) for contacts in range(5) for ties in range(11)]
    assert all(error > 0.0 for error in errors)


def test_measures_fit_as_at_the_start_where_ties_are_as_at_the_start(model: LabourMarket) -> None:
    world, rows = model.world, np.arange(5)
    pars = world.parameters.ties
    for ties, expected in (
        (pars.initial, 1.0),
        (1.0, 1.0 + pars.fit * (1.0 - pars.initial)),
        (0.0, 1.0 - 0.09),
    ):
        world.memory.ties[:] = ties
        assert fit(world, rows).tolist() == pytest.approx([expected] * 5)
