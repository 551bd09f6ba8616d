"""Process 5: what caseworkers see of people, and how taking part in measures reaches the channels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labsim.kernels.blocks import block
from labsim.kernels.casework import profile
from labsim.policy.groups import by_code
from labsim.policy.programme import Programme
from labsim.rng import Purpose, uniforms
from labsim.state.channels import CHANNELS
from labsim.state.view import Seen
from labsim.state.world import World

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]


def seen_by_caseworkers(world: World, rows: Rows) -> Seen:
    """Return what instruments may know of the persons in ``rows``."""
    return Seen(world.persons, rows, lambda chosen: estimated(world, chosen)[0])


def estimated(world: World, rows: Rows) -> Floats:
    """Return (closeness estimated by the caseworker, a lot) per row, shape (2, n)."""
    out = np.zeros((2, rows.size))
    profile(
        rows.astype(np.int64),
        world.persons,
        world.coefficients,
        world.regimes,
        world.memory.ties,
        np.uint64(world.key),
        world.month,
        out,
        block(),
    )
    if world.month == world.placebo:
        out[1] = uniforms(world.key, Purpose.PROFILING, world.month, rows, 1)[:, 0]
    return out


def set_channels(world: World, programme: Programme, rows: Rows) -> None:
    """Set last month's channels back to neutral, then let every participant's instrument act (rows ascending)."""
    for name, channel in zip(world.channels._fields, world.channels, strict=True):
        channel[world.touched] = 0.0 if CHANNELS[name].combine == "add" else 1.0
    p, k = world.persons, max(len(programme.measures), 1)
    code = p.measure[rows].astype(np.int64) - 1
    count = np.bincount(p.municipality[rows] * np.int64(k) + code, minlength=world.municipalities * k)
    world.counts.participants[:] = count.reshape(-1, k)
    referred = np.zeros(rows.size)
    for position, at in by_code(code):
        taking_part = rows[at]
        instrument = programme.measures[position].instrument
        for effect in instrument.effects(seen_by_caseworkers(world, taking_part), taking_part):
            if effect.channel == "placement":
                referred[at if effect.rows is taking_part else np.searchsorted(rows, effect.rows)] += (
                    effect.amount
                )
                continue
            channel = getattr(world.channels, effect.channel)
            if CHANNELS[effect.channel].combine == "add":
                channel[effect.rows] += np.float32(effect.amount)
            else:
                channel[effect.rows] *= np.float32(effect.amount)
    brought = np.flatnonzero(referred)
    lots = uniforms(world.key, Purpose.PLACEMENT, world.month, rows[brought])[:, 0]
    p.referred[rows[brought[lots < referred[brought]]]] = 1
    world.touched, world.touched_measure = rows, code
