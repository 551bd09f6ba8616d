"""Process 2: employers' target headcount moves; vacancies are opened, aged and withdrawn; people are laid off."""

from __future__ import annotations

import numpy as np

from labsim.behaviour.market import demand_growth
from labsim.codes import KEEP, LAY_OFF, PLAN
from labsim.kernels import demand as kernel
from labsim.kernels.blocks import block
from labsim.state.tables import Vacancies, create
from labsim.state.world import World, rows_in_python


def labour_demand(world: World) -> None:
    """Employers plan, open and withdraw vacancies, and lay off."""
    if world.market is None:
        raise RuntimeError("the market must be read before demand")
    world.market = world.market._replace(growth=demand_growth(world))
    key, month, co = np.uint64(world.key), world.month, world.coefficients
    e, growth = world.employers, world.market.growth
    world.over(e.headcount.size, lambda lo, hi: kernel.plan(lo, hi, e, growth, co, key, month, block()))
    for row in rows_in_python(world, "employers", PLAN):
        world.employer(row).plan_month()
    _renew_vacancies(world)
    _lay_off(world)


def _renew_vacancies(world: World) -> None:
    """Withdraw old vacancies and open new ones; the list stays sorted by employer and number."""
    key, month, co = np.uint64(world.key), world.month, world.coefficients
    e, old = world.employers, world.vacancies
    keep = np.ones(old.employer.size, np.uint8)
    if world.employers_in_python & KEEP:
        own = (e.python[old.employer] & KEEP) != 0
        for row in np.flatnonzero(own & (old.filled_by < 0)).tolist():
            keep[row] = world.employer(int(old.employer[row])).keeps(row)
    kernel.withdraw(old, e, co, key, month, keep)
    new = create(Vacancies, int(keep.sum()) + int(e.openings.sum()))
    first = np.zeros(e.headcount.size + 1, np.int64)
    wage_level = world.market.wage_level if world.market is not None else np.ones(world.municipalities)
    kernel.renew(old, keep, new, e, first, co, wage_level, key, month, world.counts.vacancies)
    world.vacancies, world.first_vacancy = new, first


def _lay_off(world: World) -> None:
    """Lay off at every employer that is too large for its demand."""
    p, e = world.persons, world.employers
    shrinking = e.layoffs > 0
    if not shrinking.any():
        return
    key, month = np.uint64(world.key), world.month
    offset = np.zeros(e.headcount.size + 1, np.int64)
    staff = np.zeros(int(e.headcount[shrinking].sum()), np.int64)
    space = block()
    kernel.staff_of_shrinking(p, e, offset, staff, np.zeros(e.headcount.size // 32 + 1, np.uint32), space)
    counts = world.counts
    kernel.lay_off(
        p,
        e,
        offset,
        staff,
        np.zeros(staff.size),
        world.coefficients,
        world.regimes,
        key,
        month,
        counts.flows,
        counts.layoffs,
        space,
    )
    if not world.employers_in_python & LAY_OFF:
        return
    for row in np.flatnonzero(shrinking & ((e.python & LAY_OFF) != 0)).tolist():
        world.employer(row).lay_off(staff[offset[row] : offset[row + 1]].tolist())
