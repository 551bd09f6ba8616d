"""Process 5: people begin a measure: they get a provider, are counted, and take part from now on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labsim.codes import FIXED_POINT, IN_MEASURE, INSURANCE, LONG_TERM_MONTHS, UNEMPLOYED
from labsim.kernels.delivery import choose_provider
from labsim.policy.groups import census_groups_of
from labsim.policy.programme import Measure
from labsim.state.tables import FIELDS
from labsim.state.world import World

Rows = NDArray[np.int64]


def enrol(world: World, measure: Measure, rows: Rows, free_choice: bool = False) -> None:
    """Let people (rows) begin a measure this month; people of several municipalities may be among them."""
    assign_providers(world, measure, rows, free_choice)
    begin(world, [(measure, rows)])


def assign_providers(world: World, measure: Measure, rows: Rows, free_choice: bool = False) -> None:
    """Give people their providers, in whose numbers they count from now on."""
    p, field = world.persons, measure.instrument.field
    e, per_field = world.providers, world.parameters.providers.per_field
    if field and per_field:
        first, slots = FIELDS.index(field) * per_field, len(FIELDS) * per_field
        choose_provider(
            rows, p.municipality, p.provider, e.capacity, e.competence, e.participants, first, slots, per_field,
            free_choice, np.uint64(world.key), world.month,
        )  # fmt: skip
    else:
        p.provider[rows] = 0


def begin(world: World, begun: list[tuple[Measure, Rows]]) -> None:
    """Count entrants, and let them take part from now on."""
    if not begun:
        return
    p, counts = world.persons, world.counts
    rows = np.concatenate([rows for _, rows in begun])
    kinds = [(k.position, k.instrument.months, k.instrument.occupies) for k, _ in begun]
    code, months, occupies = np.array(kinds).repeat([rows.size for _, rows in begun], axis=0).T
    occupied = occupies != 0
    where = p.municipality[rows].astype(np.int64)
    np.add.at(counts.entries, (where, code, census_groups_of(p, rows)), 1)
    reached = np.empty((rows.size, 3), np.int64)
    reached[:, 0] = p.months_registered[rows] >= LONG_TERM_MONTHS
    reached[:, 1] = p.benefit[rows] == INSURANCE
    reached[:, 2] = np.trunc(p.skill[rows] * FIXED_POINT) + np.trunc(p.employability[rows] * FIXED_POINT)
    np.add.at(counts.reached, (where, code), reached)
    np.add.at(counts.flows[:, UNEMPLOYED, IN_MEASURE], where[occupied], 1)
    p.measure[rows] = code + 1
    p.measure_left[rows] = months
    p.months_unsupported[rows] = 0
    p.voucher[rows] = 0
    p.status[rows[occupied]] = IN_MEASURE
    due = world.month + months + world.parameters.agencies.record_months
    known = world.followed.shape[1]
    followed = np.empty((3, known + rows.size), np.int64)
    followed[:, :known] = world.followed
    followed[0, known:], followed[1, known:], followed[2, known:] = rows, code, due
    world.followed = followed
