"""Process 5: who completes a measure gains from it, returns to the register, or founds a business.

What a course gives depends on the provider's competence and on how well it was chosen for the person: ties between
the local actors sharpen that (`TieParameters.fit`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from labsim.codes import DURATIONS, EMPLOYED, ENTRY_AGE, IN_MEASURE, UNEMPLOYED
from labsim.kernels.census import base_group
from labsim.kernels.jobs import start_job
from labsim.policy.groups import by_code
from labsim.policy.instrument import Effect
from labsim.policy.programme import Programme, terms
from labsim.policy.provision import competence_of
from labsim.rng import Purpose, uniforms
from labsim.state.view import Seen
from labsim.state.world import World

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]
LONG_MEASURE_MONTHS = 2
"""A measure of two months or more (over six weeks) interrupts the registered spell, as the statistics have it."""
SMALL_EMPLOYER = 10.0


def complete(world: World, programme: Programme, see: Callable[[Rows], Seen]) -> Rows:
    """Count a month of every measure; who completes one gains and returns to the register.

    Returns the rows of those who go on.
    """
    p = world.persons
    rows: Rows = (p.measure != 0).nonzero()[0]
    left = p.measure_left[rows] - 1
    p.measure_left[rows] = left
    done = rows[left == 0]
    if not done.size:
        return rows
    code = p.measure[done].astype(np.int64) - 1
    strengths = competence_of(world, done) * fit(world, done)
    for position, mine in by_code(code):
        finished, strength = done[mine], strengths[mine]
        instrument = programme.measures[position].instrument
        effects = list(instrument.completion(see(finished), finished))
        p.measure[finished] = 0
        if instrument.occupies:
            p.status[finished] = UNEMPLOYED
            if instrument.months >= LONG_MEASURE_MONTHS:
                p.months_registered[finished] = 0
            np.add.at(world.counts.flows, (p.municipality[finished], IN_MEASURE, UNEMPLOYED), 1)
        _gain(world, effects, finished, strength)
    return rows[left > 0]


def fit(world: World, rows: Rows) -> Floats:
    """Return how well measures were chosen, (n,): 1 at the ties of the start, more where actors know each other."""
    pars = world.parameters.ties
    return np.asarray(1.0 + pars.fit * (world.memory.ties[world.persons.municipality[rows]] - pars.initial))


def _gain(world: World, effects: Iterable[Effect], finished: Rows, strength: Floats) -> None:
    """Write gains to the persons and to their personal levels; let founders found.

    ``strength`` (n,) of a course for those ``finished`` (n,), in ascending order of rows.
    """
    p = world.persons
    for effect in effects:
        at = strength if effect.rows is finished else strength[np.searchsorted(finished, effect.rows)]
        amount = effect.amount * at
        gain = amount.astype(np.float32)
        if effect.channel == "human_capital":
            p.skill[effect.rows] += gain
            p.skill_level[effect.rows] += gain
        elif effect.channel == "employability":
            for column in (p.employability, p.employability_level):
                column[effect.rows] = np.minimum(np.maximum(column[effect.rows] + gain, 0.0), 1.0)
        else:
            _found(world, np.asarray(effect.rows, np.int64), amount)


def _found(world: World, rows: Rows, chance: Floats) -> None:
    """Let people become self-employed: each adds one job of their own to a small employer of the municipality.

    Founders are booked with an employer below ten jobs, because employers are rows for life; their earnings are
    their last wage, or the mean wage. Their jobs end in time (`demand.founded_decay`).
    """
    p, e = world.persons, world.employers
    drawn = uniforms(world.key, Purpose.START_UP, world.month, rows)
    founders = drawn[:, 0] < chance
    if not founders.any():
        return
    homes = set(p.municipality[rows[founders]].tolist())
    small = {m: np.flatnonzero((e.municipality == m) & (e.size < SMALL_EMPLOYER)) for m in homes}
    for row, u in zip(rows[founders].tolist(), drawn[founders, 1].tolist(), strict=True):
        m, state = int(p.municipality[row]), int(p.status[row])
        if small[m].size == 0:
            continue
        employer = int(small[m][int(u * small[m].size)])
        wage = float(p.wage[row]) or world.coefficients.mean_wage
        spell = base_group(int(p.age[row]), int(p.education[row])), min(int(p.months_out[row]), DURATIONS - 1)
        world.counts.risk[spell] += 1
        world.counts.to_job[spell] += 1
        world.counts.flows[m, state, EMPLOYED] += 1
        world.counts.founders[m, 0] += 1
        start_job(p, row, employer, wage, world.month, world.key)
        e.size[employer] += np.float32(1.0)
        e.founded[employer] += np.float32(1.0)
        e.headcount[employer] += 1


def follow_up(world: World, programme: Programme) -> None:
    """Look at participants some months after the planned end: who works is an entry in the agency's record.

    Who has retired since does not work, whatever the school leaver in the same row does.
    """
    due = world.followed[2] <= world.month
    if not due.any():
        return
    rows, measure = world.followed[0, due], world.followed[1, due]
    world.followed = world.followed[:, ~due]
    p, counts = world.persons, world.counts.followed
    where = p.municipality[rows]
    np.add.at(counts, (where, measure, 0), 1)
    since_entry = terms(programme).months[measure] + world.parameters.agencies.record_months
    works = (p.status[rows] == EMPLOYED) & (p.age[rows] >= ENTRY_AGE + since_entry)
    np.add.at(counts, (where[works], measure[works], 1), 1)
    record, keep = world.memory.record, world.parameters.agencies.record_memory
    seen = counts[:, :, 0] > 0
    now = counts[:, :, 1] / np.maximum(counts[:, :, 0], 1)
    smoothed = np.where(record < 0.0, now, keep * record + (1.0 - keep) * now)
    record[seen] = np.round(smoothed[seen], 12)
