"""Process 5: providers take orders, lay off or grow; what remains limits the places that there are.

Contracts are known in advance: providers plan with the participants that the money pays for. Vouchers are not: there
they can only go by who came before.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labsim.kernels.provision import ProviderTerms, provide_alike
from labsim.policy.calendar import announced
from labsim.policy.programme import Programme, terms
from labsim.rng import Purpose, uniforms
from labsim.state.institutions import Provider
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
    out, told = np.zeros((world.municipalities, len(FIELDS))), terms(programme)
    counted = np.flatnonzero(told.fields >= 0 if world.month == world.first_month else told.ordered)
    places = money[:, counted] / told.prices[counted] * told.months[counted]
    np.add.at(out.T, told.fields[counted], np.minimum(places, most[:, counted]).T)
    return np.asarray(np.round(out + world.memory.voucher_demand, DIGITS))


def provide(world: World, need: Floats) -> None:
    """Let every provider live a month with the orders that come: places needed, (m, field)."""
    pars, e = world.parameters.providers, world.providers
    if pars.per_field == 0:
        return
    stopped = announced(world, world.passages)
    total = e.capacity.reshape(world.municipalities, len(FIELDS), pars.per_field).sum(axis=2)
    if _all_live_alike(world):
        provide_alike(need, total, stopped, pars.per_field, _terms(world), e)
    else:
        _by_their_own_rules(world, need, total, stopped)


_A_MONTH = {name: vars(Provider)[name] for name in ("live_a_month", "lay_off", "give_up", "enter", "_get", "_set",
                                                    "capacity", "competence", "reserves", "utilisation")}  # fmt: skip


def _all_live_alike(world: World) -> bool:
    """Return whether every provider lives as the class `Provider` says, overriding none of its rules."""
    kinds = set(map(type, map(world.provider, range(world.providers.capacity.size))))
    return all(getattr(kind, name, None) is rule for kind in kinds for name, rule in _A_MONTH.items())


def _terms(world: World) -> ProviderTerms:
    """Return what a month needs of the parameters."""
    pars = world.parameters.providers
    numbers = {name: float(getattr(pars, name)) for name in ProviderTerms._fields}
    return ProviderTerms(**numbers)._replace(smallest=pars.smallest * world.scale)


def _by_their_own_rules(world: World, need: Floats, total: Floats, stopped: NDArray[np.bool_]) -> None:
    """Let providers live a month one by one, as each of their classes says: `provide_alike` in plain Python."""
    pars, capacity = world.parameters.providers, world.providers.capacity
    per_field = pars.per_field
    for m, field in np.argwhere((need > 0.0) | (total > 0.0)).tolist():
        wanted, there = float(need[m, field]), float(total[m, field])
        shortage = 0.0 if stopped[m] else max(wanted * (1.0 + pars.buffer) - there, 0.0)
        entry = pars.entry * pars.growth * wanted
        growth = min(shortage, pars.growth * there + entry)
        first = (m * len(FIELDS) + field) * per_field
        sizes = capacity[first : first + per_field].tolist()
        _share_out(world, first, sizes, wanted, growth, min(growth, entry))


def _share_out(
    world: World,
    first: int,
    sizes: list[float],
    wanted: float,
    growth: float,
    entry: float,
) -> None:
    """Divide orders and growth (places) among the providers of a field; a newcomer takes the part that is entry.

    Where that is too little for a provider, those that are there take it too.
    """
    there, smallest = sum(sizes), world.parameters.providers.smallest * world.scale
    empty = next((k for k, size in enumerate(sizes) if size == 0.0), None)
    newcomer = entry if empty is not None and entry >= smallest else 0.0
    for k, size in enumerate(sizes):
        if size > 0.0:
            part = size / there
            world.provider(first + k).live_a_month(wanted * part, (growth - newcomer) * part)
        elif k == empty and newcomer > 0.0:
            world.provider(first + k).enter(newcomer)


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
