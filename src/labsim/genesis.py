"""How a run begins: the world of a scenario at the start of its burn-in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labsim.behaviour.coefficients import closeness_of_cells, coefficients, cohort_path, growth_path
from labsim.behaviour.market import write_market
from labsim.kernels.coefficients import Coefficients
from labsim.policy.calendar import prepare_policy
from labsim.policy.programme import Programme
from labsim.policy.provision import first_providers
from labsim.rng import hashed_seed
from labsim.scenario import Scenario
from labsim.state.kept import Kept
from labsim.state.network import number_of_ties
from labsim.state.population import create_employers, create_persons, give_jobs, persons_per_municipality
from labsim.state.tables import FIELDS, Channels, Vacancies, create
from labsim.state.world import Counts, Memory, World
from labsim.units import parse_month

_COEFFICIENTS: Kept[Coefficients] = Kept()
_CLOSENESS: Kept[NDArray[np.float64]] = Kept()


def create_world(scenario: Scenario, programme: Programme, seed: int, threads: int) -> World:
    """Return the world of a scenario, `burn_in` months before its start."""
    place, pars, tables = scenario.place, scenario.parameters, programme.tables
    start = parse_month(scenario.start)
    month, key = start - scenario.burn_in, hashed_seed(seed)
    co = _COEFFICIENTS.get((pars, place), lambda: coefficients(pars, place))
    closeness = _CLOSENESS.get((pars, place), lambda: closeness_of_cells(pars, place))
    people = persons_per_municipality(place, scenario.scale)
    employers = create_employers(place, pars, people, key, month)
    persons = create_persons(place, co, people, key, month, tables, ahead=scenario.burn_in)
    m, o = len(place.municipalities), len(place.occupations)
    give_jobs(persons, employers, co, np.asarray(closeness[::o, ::o]), key, month)
    rate = np.array([x.unemployment_rate / 100.0 for x in place.municipalities])
    world = World(
        key=key,
        month=month,
        place=place,
        parameters=pars,
        persons=persons,
        employers=employers,
        vacancies=create(Vacancies, 0),
        channels=create(Channels, sum(people)),
        coefficients=co,
        regimes=tables,
        providers=first_providers(m, pars.providers.per_field),
        closeness=closeness,
        growth_path=growth_path(pars, place, start, parse_month(scenario.end)),
        growth_start=start,
        cohort_path=cohort_path(place, month, parse_month(scenario.end)),
        memory=Memory(
            unemployment=rate,
            nearness=np.full(m, pars.hiring.reference_nearness),
            filling=np.full(m, pars.demand.reference_filling),
            caseworkers=np.full(m, -1.0),
            ties=np.full(m, pars.ties.initial),
            edges=np.full((m, number_of_ties(len(FIELDS) * pars.providers.per_field)), pars.ties.initial),
            voucher_demand=np.zeros((m, len(FIELDS))),
            record=np.full((m, max(len(programme.measures), 1)), -1.0),
            jobs=np.zeros((m, max(len(programme.measures), 1))),
            lasting_jobs=np.zeros(m),
            room=np.full(m, -1.0),
            room_at_start=np.full(m, -1.0),
            municipal_benefits=np.zeros(m),
            established=np.zeros(m),
        ),
        counts=Counts.empty(m, len(programme.measures)),
        threads=threads,
        scale=scenario.scale,
        first_month=month,
        demand_shift=np.zeros(m),
        placebo=parse_month(scenario.placebo) if scenario.placebo else -1,
        n_measures=len(programme.measures),
        clients=np.zeros((m, tables.meetings.size), np.int64),
        first_vacancy=np.zeros(employers.headcount.size + 1, np.int64),
    )
    _institutions(world, programme)
    prepare_policy(world, programme, scenario.governance)
    write_market(world, np.full(m, 1), np.ones((m * o, 2), np.int64))
    return world


def _institutions(world: World, programme: Programme) -> None:
    """Give agencies and municipalities what the regimes say about them, (r,) each."""
    regimes = programme.regimes
    world.canonical_regime = programme.canonical
    world.per_caseworker = np.array([r.casework.clients_per_caseworker for r in regimes])
    world.meetings_per_caseworker = np.array([r.casework.meetings_per_caseworker for r in regimes])
    world.record_response = np.array([r.casework.record_response for r in regimes])
    world.room_response = np.array([r.local_policy.room_response for r in regimes])
    world.cushioning = np.array([r.local_policy.cushioning for r in regimes])
    world.joint_activity = np.array([r.local_policy.joint_activity for r in regimes])
