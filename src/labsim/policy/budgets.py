"""Process 5: what money there is for each measure, by municipality, and who decided how to divide it.

Plans come from the regimes (EUR per unemployed person and month). Agencies divide theirs by expected savings where
the insurance principle holds; municipalities by their own need and room; the state (Land) gives regional budgets.
Under each governance mode other budgets are decided on the spot.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labsim.kernels.budgets import MOST, Wishes, divide_on_the_spot
from labsim.policy.calendar import REACHED, arrival, paying_clients, still_bridged
from labsim.policy.funding import PAYERS
from labsim.policy.instrument import NEEDS
from labsim.policy.programme import Programme, terms
from labsim.state.institutions import Agency, Municipality
from labsim.state.world import World

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LONG_TERM, NEGLECTED = 2, 4
SHARED = {"centralised": 0.0, "joint": 0.5, "municipal": 1.0, "networked": 0.0}
"""Part of the agency's budgets that is decided on together with, or by, the municipality, by governance mode."""
MUNICIPALITY = PAYERS.index("municipality")
_SAVINGS = Agency.expected_savings
_DIVIDE = Municipality.divide


class Funds(NamedTuple):
    """Money for new participants this month."""

    money: Floats  # (m, k) EUR
    paying: Floats  # (m, r) clients whose budgets run


def funds(world: World, programme: Programme) -> Funds:
    """Return the money for new participants of every measure this month."""
    established = _established(world, programme)
    paying = paying_clients(world, world.passages, still_bridged(world, world.passages, established))
    plan = planned(programme, paying)
    money = np.zeros_like(plan)
    kinds = terms(programme).by_funder
    _agencies(world, programme, plan, money, kinds["agency"])
    _municipalities(world, plan, money, kinds["municipality"])
    _regional_budgets(world, programme, plan, money, paying)
    _divide_on_the_spot(world, programme, money)
    return Funds(money.round(10), paying)


def planned(programme: Programme, paying: Floats) -> Floats:
    """Return the money that the regimes plan, EUR (m, k): budget per client times clients whose budgets run."""
    told = terms(programme)
    out = np.zeros((paying.shape[0], max(len(programme.measures), 1)))
    out[:, told.of_one] = told.budgets[told.of_one] * paying[:, told.regime[told.of_one]]
    for k in told.of_several:
        out[:, k] = told.budgets[k] * paying[:, programme.measures[k].regimes].sum(axis=1)
    return out


def _established(world: World, programme: Programme) -> NDArray[np.bool_]:
    """Return where the new regime's measures have once reached their size, (transitions, m).

    Counted are people in measures that occupy them, when those who finish this month have left and nobody has entered;
    before most clients live by the new rules, nothing is established.
    """
    out, reached = np.zeros((len(world.passages), world.municipalities), bool), world.memory.established
    for t, (transition, _, after, starts) in enumerate(world.passages):
        if transition.bridging == 0.0 or world.month < transition.first_month + transition.gap_months:
            continue
        delivered = [k for k in programme.measures if k.instrument.field and type(k.instrument).occupies]
        new = [k for k in delivered if after in k.regimes.tolist()]
        wanted = sum(k.instrument.places_per_unemployed * (1.0 - 1.0 / k.instrument.months) for k in new)
        people = world.clients[:, int(world.canonical_regime[after])]
        codes = np.array([k.position + 1 for k in new], np.int64)
        p = world.persons
        taking_part = np.bincount(p.municipality[np.isin(p.measure, codes)], minlength=world.municipalities)
        most = (people > 0) & (2 * people >= world.clients.sum(axis=1))
        begun = most & (world.month >= starts + transition.gap_months)
        now = begun & (taking_part >= REACHED * wanted * people)
        reached[now] = np.maximum(reached[now], t + 1)
        out[t] = reached > t
    return out


def _agencies(world: World, programme: Programme, plan: Floats, money: Floats, ks: Ints) -> None:
    """Divide the agencies' budgets: by plan, by their record against other agencies, by expected savings."""
    total, record = plan.take(ks, axis=1), world.memory.record.take(ks, axis=1)
    known = record >= 0.0
    some = known.any(axis=1)
    if world.record_response.any():
        for m in np.flatnonzero(some & total.any(axis=1)).tolist():
            response = world.agency(m).average(world.record_response)
            if response > 0.0:
                total[m] *= _record_effect(world, m, ks, response)
    weight = terms(programme).principles[ks]
    if weight.any() and some.any():
        savings = _expected_savings(world, record, terms(programme).prices[ks])
        worth = savings * total
        mean = [
            float(here[these].sum() / max(float(all_[these].sum()), 1e-9))
            for here, all_, these in zip(worth, total, known, strict=True)
        ]
        level = np.array(mean)[:, np.newaxis]
        relative = np.where(known & (level > 0.0), savings / np.maximum(level, 1e-12), 1.0)
        shifted = total * np.minimum(np.maximum(1.0 - weight + weight * relative, 0.1), 4.0)
        before, after = total.sum(axis=1), shifted.sum(axis=1)
        moved = some & (after > 0.0)
        total[moved] = shifted[moved] * (before[moved] / after[moved])[:, np.newaxis]
    money[:, ks] = total


def _expected_savings(world: World, record: Floats, prices: Floats) -> Floats:
    """Return what agencies expect a euro to save, (m, k): all at once where all think as every `Agency`."""
    agencies = [world.agency(m) for m in range(world.municipalities)]
    if all(type(each).expected_savings is _SAVINGS for each in agencies):
        return np.asarray(record / prices)
    return np.array(
        [
            [agency.expected_savings(r, c) for r, c in zip(own, prices.tolist(), strict=True)]
            for agency, own in zip(agencies, record.tolist(), strict=True)
        ]
    )


def _record_effect(world: World, m: int, ks: Ints, response: float) -> float:
    """Return the factor on an agency's budget: its integration record relative to all agencies', to a power."""
    records = world.memory.record[:, ks]
    known = records >= 0.0
    mean_of_all = float(records[known].mean())
    own = records[m][known[m]]
    if own.size == 0 or mean_of_all <= 0.0:
        return 1.0
    return float(round(min(max(float(own.mean()) / mean_of_all, 0.5), 2.0) ** response, 10))


def _municipalities(world: World, plan: Floats, money: Floats, ks: Ints) -> None:
    """Fund the municipalities' own measures: by plan, by their room, and for people whom the agency leaves out."""
    planned_here = plan.take(ks, axis=1)
    total = planned_here.sum(axis=1)
    factor, cushion = np.ones(total.size), np.zeros(total.size)
    for m, something in enumerate((total != 0.0).tolist()):
        town = world.municipality(m)
        town.remember_room()
        if something:
            factor[m] = town.effect_of_room(town.average(world.room_response))
            per_person = town.average(world.cushioning)
            if per_person > 0.0:
                cushion[m] = town.cushion(per_person, int(world.needs[m, NEGLECTED]))
    parts = cushion[:, np.newaxis] * planned_here / np.where(total != 0.0, total, 1.0)[:, np.newaxis]
    money[:, ks] = planned_here * factor[:, np.newaxis] + parts


def _regional_budgets(
    world: World, programme: Programme, plan: Floats, money: Floats, paying: Floats
) -> None:
    """Divide the state's regional budgets where something is planned for them."""
    ks = terms(programme).by_funder["regional_budget"]
    for m in np.flatnonzero(plan.take(ks, axis=1).sum(axis=1)).tolist():
        _regional_budget(world, programme, m, money[m], paying[m], ks)


def _regional_budget(
    world: World, programme: Programme, m: int, money: Floats, paying: Floats, ks: Ints
) -> None:
    """Divide the state's regional budget, own share included, in proportion to the plan."""
    clients = max(int(world.clients[m].sum()), 1)
    for code, regime in enumerate(programme.regimes):
        terms = regime.regional_budget
        here = [k for k in ks.tolist() if code in programme.measures[k].regimes.tolist()]
        if terms.base == 0.0 or paying[code] == 0.0 or not here:
            continue
        since = arrival(world.passages, code, m)
        months = 10**6 if since is None else world.month - since
        if not world.land.accepts(
            terms.partnership, float(world.memory.ties[m]), terms.least_ties, months, terms.concept
        ):
            continue
        grant = world.land.grant(
            terms.base, terms.per_long_term_unemployed, terms.cap, int(world.needs[m, LONG_TERM])
        )
        grant *= min(float(paying[code]) / clients, 1.0)
        shares = np.array([programme.measures[k].instrument.budget for k in here])
        shares /= shares.sum()
        own_share = float(shares @ np.array([programme.measures[k].payers[MUNICIPALITY] for k in here]))
        money[here] += grant / max(1.0 - own_share, 0.1) * shares


def _divide_on_the_spot(world: World, programme: Programme, money: Floats) -> None:
    """Divide anew what is decided on the spot under each municipality's governance; negotiations take their time.

    Contracts of the regime before, as far as they go on, need no negotiation.
    """
    kinds, modes = terms(programme).by_funder, world.governance
    shared = [SHARED[g.mode] for g in modes]
    everything = [1.0] * len(modes)
    groups = [
        (kinds["municipality"], everything), (kinds["regional_budget"], everything), (kinds["agency"], shared)
    ]  # fmt: skip
    by_choice = [g.local_choice > 0.0 or g.cost_shifting > 0.0 for g in modes]
    if any(by_choice):
        need, told = _local_need(world), terms(programme)
        local, shift = (
            np.array([getattr(g, name) for g in modes]) for name in ("local_choice", "cost_shifting")
        )
        for ks, part in groups:
            if ks.size and any(part):
                decided = np.array(part) * by_choice
                _divide(world, ks, money, Wishes(decided, local, shift, need, told.serves, told.own))
    _negotiate(world, programme, money, groups)


def _divide(world: World, ks: Ints, money: Floats, wishes: Wishes) -> None:
    """Let municipalities divide a group of measures: in a kernel where all do it as every `Municipality`."""
    towns = [world.municipality(m) for m in range(world.municipalities)]
    if ks.size <= MOST and all(type(town).divide is _DIVIDE for town in towns):
        divide_on_the_spot(
            money, ks, wishes, world.space("wishes", 2 * MOST, "f8")[: 2 * MOST].reshape(2, MOST)
        )
        return
    for m, town in enumerate(towns):
        here, part = money[m, ks], float(wishes.part[m])
        if part > 0.0 and here.sum() != 0.0:
            need, own = wishes.need[m, wishes.serves[ks]], wishes.own[ks]
            local, shift = part * float(wishes.local[m]), part * float(wishes.shift[m])
            money[m, ks] = town.divide(here, need, own, local, shift)


def _negotiate(
    world: World, programme: Programme, money: Floats, groups: list[tuple[Ints, list[float]]]
) -> None:
    """Hold back what has to be negotiated first, in the months after a regime's arrival."""
    regimes = world.clients.argmax(axis=1).tolist()
    for m, (regime, governance) in enumerate(zip(regimes, world.governance, strict=True)):
        if governance.negotiation == 0:
            continue
        since = arrival(world.passages, regime, m)
        if since is not None and world.month < since + governance.negotiation:
            for ks, part in groups:
                new = ks[terms(programme).runs[regime, ks]]
                money[m, new] *= 1.0 - part[m]


def _local_need(world: World) -> Floats:
    """Return the local share of each of `NEEDS` among the unemployed relative to the whole place's, (m, need)."""
    needs = world.needs[:, : len(NEEDS)]
    everywhere = needs.sum(axis=0)
    here = needs / np.maximum(needs[:, :1], 1)
    there = everywhere / max(int(everywhere[0]), 1)
    out = np.where(there > 0.0, here / np.where(there > 0.0, there, 1.0), 1.0)
    out[:, 0] = 1.0
    return np.asarray(out)
