"""What people and employers see of the market, from the month's counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labsim.behaviour.coefficients import DIGITS, power
from labsim.codes import EMPLOYED, FIXED_POINT, INACTIVE, OUTSIDE, STATES
from labsim.kernels.blocks import block
from labsim.kernels.census import count_clients
from labsim.kernels.coefficients import Market, Openings
from labsim.kernels.sampling import count_cells, guide_cells, mark_open, place_vacancies
from labsim.state.world import World

LOWEST_EFFORT, HIGHEST_EFFORT = 0.4, 2.2
LOWEST_STIGMA, HIGHEST_STIGMA = 0.3, 1.5
LOWEST_RETURN, HIGHEST_RETURN = 0.7, 1.3
SMALLEST_CELL = 8
MOST_CROWDED, FRESH_LOAD = 0.7, 0.4
GUIDES = 128


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(values.round(DIGITS))


def _within(values: list[float], low: float, high: float) -> NDArray[np.float64]:
    return np.array([min(max(value, low), high) for value in values])


def read_market(world: World) -> None:
    """Count clients, contacts and tightness after this month's separations, and write `world.market`."""
    m, o, pars = world.municipalities, world.occupations, world.parameters
    clients = np.zeros((m, world.regimes.meetings.size), np.int64)
    needs = np.zeros((m, 5), np.int64)
    nearness, by_status = np.zeros(m, np.int64), np.zeros((m * o, len(STATES)), np.int64)
    world.over(
        world.size,
        lambda lo, hi, seen, near, work, need: count_clients(
            lo, hi, world.persons, seen, near, work, need, o, block()
        ),
        clients,
        nearness,
        by_status,
        needs,
    )
    world.needs = needs
    world.residents = by_status[:, :OUTSIDE].reshape(m, o, -1).sum(axis=1)
    world.counts.nearness[:, 0], world.counts.nearness[:, 1] = nearness, clients.sum(axis=1)
    working = np.stack([by_status[:, EMPLOYED], by_status[:, :INACTIVE].sum(axis=1)], axis=1)
    by_rules = np.zeros_like(clients)
    for code, canonical in enumerate(world.canonical_regime.tolist()):
        by_rules[:, canonical] += clients[:, code]
    by_rules.setflags(write=False)
    world.clients = by_rules
    unemployed = clients.sum(axis=1)
    labour_force = working[:, 1].reshape(m, o).sum(axis=1)
    memory, keep = world.memory, pars.hiring.reference_memory
    rate = unemployed / np.maximum(labour_force, 1)
    mean = nearness / FIXED_POINT / np.maximum(unemployed, 1)
    memory.unemployment[:] = _rounded(keep * memory.unemployment + (1.0 - keep) * rate)
    memory.nearness[:] = _rounded(keep * memory.nearness + (1.0 - keep) * mean)
    write_market(world, unemployed, working)


def write_market(world: World, unemployed: NDArray[np.int64], working: NDArray[np.int64]) -> None:
    """Write `world.market` from counts and memory."""
    pars, memory = world.parameters, world.memory
    vacancies = world.employers.vacancies
    open_now = np.bincount(world.employers.municipality, weights=vacancies, minlength=world.municipalities)
    tightness = open_now / np.maximum(unemployed, 1) / pars.search.reference_tightness
    hiring = pars.hiring
    level = hiring.standard + hiring.relative * (memory.nearness - hiring.reference_nearness)
    effort = [power(t, pars.search.tightness_exponent) for t in tightness.tolist()]
    stigma = [power(t, hiring.stigma_slack) for t in tightness.tolist()]
    wage = [
        power(u / pars.wages.reference_unemployment, pars.wages.curve) for u in memory.unemployment.tolist()
    ]
    world.market = Market(
        growth=world.market.growth if world.market is not None else np.ones(world.municipalities),
        effort=_within(effort, LOWEST_EFFORT, HIGHEST_EFFORT),
        stigma=_within(stigma, LOWEST_STIGMA, HIGHEST_STIGMA),
        standard=_rounded(level),
        wage_level=_within(wage, 0.7, 1.4),
        returning=_within(_rounded(tightness).tolist(), LOWEST_RETURN, HIGHEST_RETURN),
        contacts=_rounded(working[:, 0] / np.maximum(working[:, 1], 1)),
        ties=memory.ties.copy(),
        travel=np.array(world.place.travel_minutes, dtype=np.float64),
    )


def demand_growth(world: World) -> NDArray[np.float64]:
    """Return the ratio of target headcount to normal size this month, (m,): data, wages, ease of hiring."""
    pars = world.parameters.demand
    wage = world.market.wage_level if world.market is not None else np.ones(world.municipalities)
    row = min(max(world.month - world.growth_start, 0), world.growth_path.shape[0] - 1)
    ease = world.memory.filling / pars.reference_filling
    size = np.bincount(
        world.employers.municipality, weights=world.employers.size, minlength=world.municipalities
    )
    shift = np.maximum(1.0 + world.demand_shift / np.maximum(size, 1.0), 0.0)
    by_wage = np.array([power(w, -pars.wage_elasticity) for w in wage.tolist()])
    by_ease = np.array([power(q, pars.hiring_ease_elasticity) for q in ease.tolist()])
    return _rounded(shift * world.growth_path[row] * by_wage * by_ease)


def show_openings(world: World) -> None:
    """Put the open vacancies into their slots and cumulate the weights of cells."""
    cells = world.municipalities * world.occupations
    counted = np.zeros((cells, 2), np.int64)
    by_municipality = np.zeros(world.municipalities, np.int64)
    count_cells(world.vacancies, world.occupations, counted, by_municipality)
    world.counts.vacancies[:, 2] = by_municipality
    if world.slot_mask.size != 2 * cells:
        world.slot_mask = np.full(2 * cells, SMALLEST_CELL - 1, np.int64)
    offset, slots = _slots(world, counted)
    cumulated = _cumulated(world, "cumulated", world.closeness, counted[:, 0])
    registered = _cumulated(world, "registered", _known_to_caseworkers(world), counted[:, 1])
    world.openings = Openings(
        cumulated=cumulated,
        registered=registered,
        offset=offset[:cells],
        mask=world.slot_mask[:cells],
        slots=slots[0],
        registered_offset=offset[cells:],
        registered_mask=world.slot_mask[cells:],
        registered_slots=slots[1],
        first=world.first_vacancy,
        guide=_guide(cumulated),
        registered_guide=_guide(registered),
        marks=np.zeros(slots[0].size // 64 + 1, np.uint64),
        registered_marks=np.zeros(slots[1].size // 64 + 1, np.uint64),
    )


def _cumulated(
    world: World, name: str, weights: NDArray[np.float64], counted: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return weights (c, c) times vacancies (c,), cumulated along each row, in space that is kept."""
    shape, size = weights.shape, weights.size
    weighted = world.space("weighted", size, "f8")[:size].reshape(shape)
    out = world.space(name, size, "f8")[:size].reshape(shape)
    np.multiply(weights, counted[np.newaxis, :], out=weighted)
    return np.asarray(np.cumsum(weighted, axis=1, out=out))


def _reach(world: World, municipality: int) -> float:
    """Return how far the vacancies of other municipalities are known to the caseworkers of one (1 = all)."""
    return float(world.governance[municipality].referral_reach)


def _known_to_caseworkers(world: World) -> NDArray[np.float64]:
    """Return the weight of each cell for referrals, (c, c): closeness, of near occupations, as far as known.

    Worked out anew only when what caseworkers know of other municipalities changes.
    """
    reach = np.array([_reach(world, m) for m in range(world.municipalities)])
    before = world.scratch.get("referral_reach")
    if before is None or not np.array_equal(before, reach):
        cell = np.arange(world.municipalities * world.occupations)
        home, occupation = cell // world.occupations, cell % world.occupations
        near = np.abs(occupation[:, np.newaxis] - occupation[np.newaxis, :]) <= 1
        known = np.where(home[:, np.newaxis] == home[np.newaxis, :], 1.0, reach[home][:, np.newaxis])
        world.scratch["known_to_caseworkers"] = world.closeness * near * known
        world.scratch["referral_reach"] = reach
    return world.scratch["known_to_caseworkers"]


def _guide(cumulated: NDArray[np.float64]) -> NDArray[np.uint16]:
    """Return where to begin to look for a cell, (c, GUIDES)."""
    guide = np.zeros((cumulated.shape[0], GUIDES), np.uint16)
    guide_cells(cumulated, guide)
    return guide


def mark_openings(world: World) -> None:
    """Mark the slots whose vacancy is still open, before a round."""
    o, filled_by = world.openings, world.vacancies.filled_by
    if o is None:
        raise RuntimeError("openings must be shown before they are marked")
    mark_open(o.slots, filled_by, o.marks)
    mark_open(o.registered_slots, filled_by, o.registered_marks)


def _slots(world: World, counted: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[NDArray[np.int32]]]:
    """Size the tables of slots and fill them: all vacancies, then registered ones.

    A table only grows, because another size deals all places anew; in the burn-in, which scenarios share, it is
    fitted to the number of vacancies once a year.
    """
    wanted = counted.T.reshape(-1)
    if world.month <= world.growth_start and world.month % 12 == 0:
        world.slot_mask = np.full(wanted.size, SMALLEST_CELL - 1, np.int64)
        while (small := wanted > FRESH_LOAD * (world.slot_mask + 1)).any():
            world.slot_mask[small] = 2 * world.slot_mask[small] + 1
    while (small := wanted > MOST_CROWDED * (world.slot_mask + 1)).any():
        world.slot_mask[small] = 2 * world.slot_mask[small] + 1
    cells = counted.shape[0]
    offsets, tables = [], []
    for registered, mask in enumerate((world.slot_mask[:cells], world.slot_mask[cells:])):
        ends = np.cumsum(mask + 1)
        offset = ends - (mask + 1)
        slots = world.space(f"slots{registered}", int(ends[-1]), "i4")
        place_vacancies(world.vacancies, world.occupations, offset, mask, slots, registered)
        offsets.append(offset)
        tables.append(slots)
    return np.concatenate(offsets), tables
