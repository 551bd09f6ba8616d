"""The books: every euro has a payer and a use, each month, by municipality, to the cent.

Costs are added up by use in whole cents, then divided among payers by the shares of the regime; what rounding leaves
goes to the payers with the largest remainders. The sum over payers equals the sum over uses, or the run stops.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labsim.codes import ASSISTANCE, BASIC_INCOME, EMPLOYED, INSURANCE
from labsim.kernels.blocks import block
from labsim.kernels.casework import add_up_benefits
from labsim.kernels.delivery import divide_cents
from labsim.policy.funding import PAYERS, USES
from labsim.policy.programme import Programme, terms
from labsim.state.world import World

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
BENEFITS = {INSURANCE: "insurance_benefit", ASSISTANCE: "assistance", BASIC_INCOME: "basic_income"}
MEASURES, ADMINISTRATION, COORDINATION = (
    USES.index(u) for u in ("measures", "administration", "coordination")
)
MUNICIPALITY = PAYERS.index("municipality")
CENTS = 100.0


def divided(cents: Ints, shares: Floats) -> Ints:
    """Return amounts in cents (m,) divided by shares, (m, payers): whole cents that add up to each amount.

    >>> divided(np.array([100, 0]), np.array([0.335, 0.335, 0.33])).tolist()
    [[34, 33, 33], [0, 0, 0]]
    """
    out = np.empty((cents.size, shares.size), np.int64)
    divide_cents(np.ascontiguousarray(cents), shares / shares.sum(), out)
    return out


def book(world: World, use: int, cents: Ints, shares: Floats) -> None:
    """Enter a cost of each municipality's territory, in cents (m,), with its payers."""
    if cents.any():
        world.counts.uses[:, use] += cents
        payers = shares.nonzero()[0]
        if payers.size == 1:
            world.counts.payments[:, payers[0], use] += cents
        else:
            world.counts.payments[:, :, use] += divided(cents, shares)


def pay_benefits(world: World, programme: Programme) -> None:
    """Pay this month's benefits: to the registered, and to people in measures that pay no wage."""
    m, r = world.municipalities, len(programme.regimes)
    told = terms(programme)
    cents = np.zeros((m, r, 4), np.int64)
    world.over(
        world.size,
        lambda lo, hi, total: add_up_benefits(
            lo,
            hi,
            world.persons,
            world.channels,
            world.coefficients,
            world.regimes,
            told.waged,
            total,
            block(),
        ),
        cents,
    )
    municipal = np.zeros(m)
    paid = cents.any(axis=0).tolist()
    for k in range(r):
        for kind, use in BENEFITS.items():
            if paid[k][kind]:
                shares = told.shares[k][use]
                book(world, USES.index(use), cents[:, k, kind], shares)
                municipal += cents[:, k, kind] * float(shares[MUNICIPALITY]) / CENTS
    world.memory.municipal_benefits[:] = np.round(municipal, 10)


def success_fees(world: World, programme: Programme) -> None:
    """Book the fees for last month's participants who have been hired."""
    p = world.persons
    rows, code = world.touched, world.touched_measure
    hired = (p.status[rows] == EMPLOYED) & (p.measure[rows] == 0) & (p.job_start[rows] >= world.month - 1)
    if hired.any():
        m, k = world.municipalities, len(programme.measures)
        where = p.municipality[rows[hired]].astype(np.int64) * k + code[hired]
        count = np.bincount(where, minlength=m * k).reshape(m, k)
        world.counts.costs[:, :k] += _cents(count * terms(programme).fees)


def book_measures(world: World, programme: Programme, money: Floats) -> None:
    """Book the month's measures, the agencies' administration and the meetings of the local actors."""
    counts, told = world.counts, terms(programme)
    k = len(programme.measures)
    running = np.where(told.develops, world.memory.jobs[:, :k], counts.participants[:, :k])
    counts.costs[:, :k] += _cents(running * told.costs)
    counts.budgets[:, :k] = _cents(money[:, :k])
    for payers, positions in told.by_payers:
        book(world, MEASURES, counts.costs.take(positions, axis=1).sum(axis=1), payers)
    _book_administration(world, programme)


def _book_administration(world: World, programme: Programme) -> None:
    """Book caseworkers' posts, and meetings of the local actors, by the clients of each regime."""
    total = np.maximum(world.clients.sum(axis=1), 1)
    joint = [world.municipality(m).joint_activity() for m in range(world.municipalities)]
    meetings = np.array([g.coordination_cost for g in world.governance]) * np.array(joint)
    for k, regime in enumerate(programme.regimes):
        clients = world.clients[:, k]
        if not clients.any():
            continue
        posts = world.memory.caseworkers * clients / total * regime.casework.cost_per_caseworker
        shares = terms(programme).shares[k]
        book(world, ADMINISTRATION, _cents(posts), shares["agency_administration"])
        book(world, COORDINATION, _cents(meetings * clients), shares["coordination"])


def _cents(euros: Floats) -> Ints:
    return np.asarray((euros * CENTS).round().astype(np.int64))
