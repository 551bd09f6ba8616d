"""Process 5, second half: measures end, places are given, and what taking part does reaches the channels."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from labsim.codes import IN_MEASURE, UNEMPLOYED
from labsim.kernels.blocks import block
from labsim.kernels.casework import profile
from labsim.policy.instrument import Effect
from labsim.policy.programme import Measure, Programme
from labsim.rng import Purpose, name_number, uniforms
from labsim.state.channels import CHANNELS
from labsim.state.view import Seen
from labsim.state.world import World

Rows = NDArray[np.int64]
LONG_MEASURE_MONTHS = 2
"""A measure of two months or more (over six weeks) interrupts the registered spell, as the statistics have it."""


def deliver(world: World, programme: Programme) -> None:
    """End measures that are due, fill the places that budgets pay for, and set the channels."""
    _end_measures(world, programme)
    _give_places(world, programme)
    _set_channels(world, programme)


def seen_by_caseworkers(world: World, rows: Rows) -> Seen:
    """Return what instruments may know of the persons in ``rows``."""
    return Seen(world.persons, rows, lambda chosen: _estimates(world, chosen)[0])


def _estimates(world: World, rows: Rows) -> NDArray[np.float64]:
    """Return (closeness estimated by the caseworker, a lot) per row, shape (2, n)."""
    out = np.zeros((2, rows.size))
    key = np.uint64(world.key)
    profile(
        rows.astype(np.int64),
        world.persons,
        world.coefficients,
        world.regimes,
        world.memory.ties,
        key,
        world.month,
        out,
        block(),
    )
    return out


def _end_measures(world: World, programme: Programme) -> None:
    """Count a month of every measure; who completes one gains and returns to the register."""
    p = world.persons
    rows = np.flatnonzero(p.measure)
    p.measure_left[rows] -= 1
    done = rows[p.measure_left[rows] == 0]
    code = p.measure[done].astype(np.int64) - 1
    for measure in programme.measures:
        finished = done[code == measure.position]
        if finished.size == 0:
            continue
        instrument = measure.instrument
        seen = seen_by_caseworkers(world, finished)
        _apply(world, instrument.completion(seen, finished))
        p.measure[finished] = 0
        if instrument.occupies:
            p.status[finished] = UNEMPLOYED
            if instrument.months >= LONG_MEASURE_MONTHS:
                p.months_registered[finished] = 0
            np.add.at(world.counts.flows, (p.municipality[finished], IN_MEASURE, UNEMPLOYED), 1)


def _places(world: World, measure: Measure) -> NDArray[np.int64]:
    """Return the entries that the budget pays for this month, (m,): the fraction is rounded by lot."""
    rate = measure.instrument.entries_per_unemployed
    clients = world.clients[:, measure.regimes].sum(axis=1)
    entity = np.arange(world.municipalities, dtype=np.int64) + (name_number(measure.instrument.name) << 24)
    lots = uniforms(world.key, Purpose.PLACES, world.month, entity)[:, 0]
    return np.floor(np.round(rate * clients, 9) + lots).astype(np.int64)


def _give_places(world: World, programme: Programme) -> None:
    """Let agencies and municipalities choose participants for every measure, by name of the instrument."""
    funded = [m for m in programme.measures if m.instrument.budget > 0.0]
    if not funded:
        return
    p = world.persons
    rows = np.flatnonzero((p.status == UNEMPLOYED) & (p.measure == 0))
    estimates = _estimates(world, rows)
    seen = seen_by_caseworkers(world, rows)
    bounds = np.searchsorted(p.municipality[rows], np.arange(world.municipalities + 1))
    free, regime = np.ones(rows.size, bool), p.regime[rows]
    one_regime = len(programme.regimes) == 1
    for measure in sorted(funded, key=lambda m: (m.instrument.name, m.position)):
        instrument = measure.instrument
        eligible = free & instrument.eligible(seen)
        if not one_regime:
            under = np.zeros(len(programme.regimes), bool)
            under[measure.regimes] = True
            eligible &= under[regime]
        for m, places in enumerate(_places(world, measure).tolist()):
            part = slice(bounds[m], bounds[m + 1])
            candidates = np.flatnonzero(eligible[part]) + bounds[m]
            if places == 0 or candidates.size == 0:
                continue
            chooser = world.municipality(m) if instrument.funded_by == "municipality" else world.agency(m)
            chosen = candidates[
                chooser.choose(estimates[0, candidates], estimates[1, candidates], measure.targeting, places)
            ]
            free[chosen] = False
            _begin(world, measure, rows[chosen], m)


def _begin(world: World, measure: Measure, rows: Rows, m: int) -> None:
    p, instrument = world.persons, measure.instrument
    p.measure[rows] = measure.position + 1
    p.measure_left[rows] = instrument.months
    p.months_unsupported[rows] = 0
    if instrument.occupies:
        p.status[rows] = IN_MEASURE
        world.counts.flows[m, UNEMPLOYED, IN_MEASURE] += rows.size
    world.counts.entries[m, measure.position] += rows.size


def _set_channels(world: World, programme: Programme) -> None:
    """Set last month's channels back to neutral, then let every participant's instrument act."""
    touched = world.touched
    for name, channel in zip(world.channels._fields, world.channels, strict=True):
        channel[touched] = 0.0 if CHANNELS[name].combine == "add" else 1.0
    p = world.persons
    rows = np.flatnonzero(p.measure)
    code = p.measure[rows].astype(np.int64) - 1
    for measure in programme.measures:
        taking_part = rows[code == measure.position]
        count = np.bincount(p.municipality[taking_part], minlength=world.municipalities)
        world.counts.participants[:, measure.position] = count
        world.counts.spending[:, measure.position] = count * measure.instrument.cost
        if taking_part.size:
            seen = seen_by_caseworkers(world, taking_part)
            _apply(world, measure.instrument.effects(seen, taking_part))
    world.touched = rows


def _apply(world: World, effects: Iterable[Effect]) -> None:
    """Write effects to their channels; gains go to the person and to the personal level."""
    p = world.persons
    for effect in effects:
        combine = CHANNELS[effect.channel].combine
        if combine == "gain":
            if effect.channel == "human_capital":
                p.skill[effect.rows] += np.float32(effect.amount)
                p.skill_level[effect.rows] += np.float32(effect.amount)
            else:
                for column in (p.employability, p.employability_level):
                    column[effect.rows] = np.minimum(column[effect.rows] + np.float32(effect.amount), 1.0)
            continue
        channel = getattr(world.channels, effect.channel)
        if combine == "add":
            channel[effect.rows] += np.float32(effect.amount)
        else:
            channel[effect.rows] *= np.float32(effect.amount)
