"""Process 5: providers take orders, lay off or grow; what remains limits the places that there are.

Contracts are known in advance: providers plan with the participants that the money pays for. Vouchers are not: there
they can only go by who came before.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labsim.policy.calendar import announced
from labsim.policy.programme import Programme
from labsim.rng import Purpose, uniforms
from labsim.state.tables import FIELDS, Providers, create
from labsim.state.world import World

Floats = NDArray[np.float64]
VOUCHER_MEMORY = 0.8
"""Memory, per month, of the demand that voucher holders show (assumption)."""
DIGITS = 12


def places_needed(world: World, programme: Programme, money: Floats, most: Floats) -> Floats:
    """Return the places that this month's money would fill if it went on, (m, field): entries times length.

    Nobody orders places for more people than could take part, ``most`` (m, k). Before the first month of a run
    nobody has used a voucher yet: there the money says how many will.
    """
    out = np.zeros((world.municipalities, len(FIELDS)))
    for measure in programme.measures:
        instrument = measure.instrument
        if not instrument.field:
            continue
        field = FIELDS.index(instrument.field)
        if not type(instrument).voucher or world.month == world.first_month:
            places = money[:, measure.position] / instrument.price * instrument.months
            out[:, field] += np.minimum(places, most[:, measure.position])
    return np.asarray(np.round(out + world.memory.voucher_demand, DIGITS))


def provide(world: World, need: Floats) -> None:
    """Let every provider live a month with the orders that come: places needed, (m, field)."""
    pars, e = world.parameters.providers, world.providers
    per_field = pars.per_field
    if per_field == 0:
        return
    stopped = announced(world, world.passages)
    capacity = e.capacity.reshape(world.municipalities, len(FIELDS), per_field)
    total = capacity.sum(axis=2)
    for m, field in np.argwhere((need > 0.0) | (total > 0.0)).tolist():
        wanted, there = float(need[m, field]), float(total[m, field])
        shortage = 0.0 if stopped[m] else max(wanted * (1.0 + pars.buffer) - there, 0.0)
        entry = pars.entry * pars.growth * wanted
        growth = min(shortage, pars.growth * there + entry)
        first = (m * len(FIELDS) + field) * per_field
        sizes = capacity[m, field].tolist()
        _share_out(world, first, sizes, wanted, growth, min(growth, entry))


def _share_out(
    world: World, first: int, sizes: list[float], wanted: float, growth: float, entry: float
) -> None:
    """Divide orders and growth (places) among the providers of a field; a newcomer takes the part that is entry.

    Where that is too little for a provider, those that are there take it too.
    """
    there = sum(sizes)
    empty = next((k for k, size in enumerate(sizes) if size == 0.0), None)
    smallest = world.parameters.providers.smallest * world.scale
    newcomer = entry if empty is not None and entry >= smallest else 0.0
    for k, size in enumerate(sizes):
        provider = world.provider(first + k)
        if size > 0.0:
            part = size / there
            provider.live_a_month(wanted * part, (growth - newcomer) * part)
        elif k == empty and newcomer > 0.0:
            provider.enter(newcomer)


def places_free(world: World) -> NDArray[np.int64]:
    """Return the places that are free this month, (m, field): the fraction of a place is rounded by lot."""
    m, fields = world.municipalities, len(FIELDS)
    total = world.providers.capacity.reshape(m, fields, -1).sum(axis=2)
    entity = np.arange(m * fields, dtype=np.int64)
    lots = uniforms(world.key, Purpose.PROVIDER, world.month, entity)[:, 0].reshape(m, fields)
    taken = world.providers.participants.reshape(m, fields, -1).sum(axis=2)
    return np.asarray(np.maximum(np.floor(np.round(total, 9) + lots).astype(np.int64) - taken, 0))


def count_participants(world: World, rows: NDArray[np.int64]) -> None:
    """Count the participants of every provider, given the rows of all participants."""
    world.providers.participants[:] = 0
    add_participants(world, rows)


def add_participants(world: World, rows: NDArray[np.int64]) -> None:
    """Add participants (rows) to their providers' numbers."""
    p, e = world.persons, world.providers
    if e.capacity.size == 0:
        return
    slot = p.provider[rows].astype(np.int64)
    where = p.municipality[rows] * np.int64(e.capacity.size // world.municipalities) + slot - 1
    e.participants[:] += np.bincount(where[slot > 0], minlength=e.capacity.size).astype(np.int32)


def choose_providers(
    world: World, m: int, field: int, rows: NDArray[np.int64], free_choice: bool
) -> NDArray[np.int64]:
    """Return the providers (slots in the municipality, 0..) of new participants, (n,); -1 where there is none.

    Assigned people go where places are free; voucher holders, who choose themselves, also look at competence.
    """
    e, per_field = world.providers, world.parameters.providers.per_field
    slots = len(FIELDS) * per_field
    first = field * per_field
    here = slice(m * slots + first, m * slots + first + per_field)
    weight = np.maximum(e.capacity[here] - e.participants[here], 0.0) + 1e-6 * (e.capacity[here] > 0.0)
    if free_choice:
        weight = weight * e.competence[here] ** 2
    if weight.sum() <= 0.0:
        return np.full(rows.size, -1, np.int64)
    cumulated = np.cumsum(weight) / weight.sum()
    lots = uniforms(world.key, Purpose.PROVIDER, world.month, rows, 1)[:, 0]
    chosen = np.minimum(np.searchsorted(cumulated, lots, side="right"), per_field - 1)
    return first + chosen.astype(np.int64)


def competence_of(world: World, rows: NDArray[np.int64]) -> Floats:
    """Return the competence of the providers of participants relative to an experienced one's, (n,); 1 without any."""
    p, e = world.persons, world.providers
    if e.capacity.size == 0:
        return np.ones(rows.size)
    slots = e.capacity.size // world.municipalities
    where = p.municipality[rows].astype(np.int64) * slots + np.maximum(
        p.provider[rows].astype(np.int64) - 1, 0
    )
    relative = e.competence[where] / max(world.parameters.providers.competence, 1e-9)
    return np.where(p.provider[rows] > 0, np.round(relative, DIGITS), 1.0)


def remember_vouchers(world: World, asked: Floats) -> None:
    """Smooth the places that voucher holders occupy or asked for, (m, field)."""
    keep = VOUCHER_MEMORY
    memory = world.memory.voucher_demand
    memory[:] = np.round(keep * memory + (1.0 - keep) * asked, DIGITS)


def first_providers(municipalities: int, per_field: int) -> Providers:
    """Return the table of providers with all places empty."""
    e = create(Providers, municipalities * len(FIELDS) * per_field)
    e.municipality[:] = np.repeat(np.arange(municipalities), len(FIELDS) * per_field)
    e.field[:] = np.tile(np.repeat(np.arange(len(FIELDS)), per_field), municipalities)
    return e


def found_providers(world: World, need: Floats) -> None:
    """Let experienced providers with enough capacity stand at the start of a run, alike in each field."""
    pars = world.parameters.providers
    if pars.per_field == 0:
        return
    each = np.repeat((need * (1.0 + pars.buffer)).reshape(-1) / pars.per_field, pars.per_field)
    e = world.providers
    e.capacity[:] = np.where(each >= pars.smallest * world.scale, np.round(each, DIGITS), 0.0)
    there = e.capacity > 0.0
    e.competence[there], e.reserves[there] = pars.competence, pars.reserves
    e.orders[:] = e.capacity / (1.0 + pars.buffer)
