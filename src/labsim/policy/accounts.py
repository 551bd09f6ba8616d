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
from labsim.policy.funding import PAYERS, USES
from labsim.policy.programme import Programme
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
    exact = np.round(cents[:, np.newaxis] * (shares / shares.sum()), 6)
    out = np.floor(exact).astype(np.int64)
    left = cents - out.sum(axis=1)
    order = np.argsort(out - exact, axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable")
    return np.asarray(out + (rank < left[:, np.newaxis]))


def book(world: World, use: int, cents: Ints, shares: Floats) -> None:
    """Enter a cost of each municipality's territory, in cents (m,), with its payers."""
    if cents.any():
        world.counts.uses[:, use] += cents
        world.counts.payments[:, :, use] += divided(cents, shares)


def pay_benefits(world: World, programme: Programme) -> None:
    """Pay this month's benefits: to the registered, and to people in measures that pay no wage."""
    m, r = world.municipalities, len(programme.regimes)
    waged = np.zeros(len(programme.measures) + 1, np.uint8)
    for measure in programme.measures:
        waged[measure.position + 1] = measure.instrument.pays_wage
    cents = np.zeros((m, r, 4), np.int64)
    world.over(
        world.size,
        lambda lo, hi, total: add_up_benefits(
            lo, hi, world.persons, world.channels, world.coefficients, world.regimes, waged, total, block()
        ),
        cents,
    )
    municipal = np.zeros(m)
    for k, regime in enumerate(programme.regimes):
        for kind, use in BENEFITS.items():
            shares = getattr(regime.funding, use).shares
            book(world, USES.index(use), cents[:, k, kind], shares)
            municipal += cents[:, k, kind] * float(shares[MUNICIPALITY]) / CENTS
    world.memory.municipal_benefits[:] = np.round(municipal, 10)


def success_fees(world: World, programme: Programme) -> None:
    """Book the fees for last month's participants who have been hired."""
    p = world.persons
    rows, code = world.touched, world.touched_measure
    hired = (p.status[rows] == EMPLOYED) & (p.measure[rows] == 0) & (p.job_start[rows] >= world.month - 1)
    for measure in programme.measures:
        fee = measure.instrument.success_fee
        if fee > 0.0:
            mine = rows[hired & (code == measure.position)]
            count = np.bincount(p.municipality[mine], minlength=world.municipalities)
            world.counts.costs[:, measure.position] += np.round(count * fee * CENTS).astype(np.int64)


def book_measures(world: World, programme: Programme, money: Floats) -> None:
    """Book the month's measures, the agencies' administration and the meetings of the local actors."""
    counts = world.counts
    for measure in programme.measures:
        k, instrument = measure.position, measure.instrument
        running = world.memory.jobs[:, k] if instrument.develops_jobs else counts.participants[:, k]
        counts.costs[:, k] += np.round(running * instrument.cost * CENTS).astype(np.int64)
        counts.budgets[:, k] = np.round(money[:, k] * CENTS).astype(np.int64)
        book(world, MEASURES, counts.costs[:, k], measure.payers)
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
        funding = regime.funding
        book(world, ADMINISTRATION, _cents(posts), funding.agency_administration.shares)
        book(world, COORDINATION, _cents(meetings * clients), funding.coordination.shares)


def _cents(euros: Floats) -> Ints:
    return np.asarray(np.round(euros * CENTS).astype(np.int64))
