"""Process 5: what money there is for each measure, by municipality, and who decided how to divide it.

Plans come from the regimes (EUR per unemployed person and month). Agencies divide theirs by expected savings where
the insurance principle holds; municipalities by their own need and room; the state (Land) gives regional budgets.
Under each governance mode other budgets are decided on the spot.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labsim.policy.calendar import REACHED, arrival, paying_clients, still_bridged
from labsim.policy.funding import PAYERS
from labsim.policy.programme import Programme, terms
from labsim.state.institutions import Agency
from labsim.state.world import World

Floats = NDArray[np.float64]
NEEDS = ("all", "youth", "long_term", "low_skilled")
"""Local needs that an instrument can answer, as columns of `World.needs`."""
LONG_TERM, NEGLECTED = 2, 4
SHARED = {"centralised": 0.0, "joint": 0.5, "municipal": 1.0, "networked": 0.0}
"""Part of the agency's budgets that is decided on together with, or by, the municipality, by governance mode."""
MUNICIPALITY = PAYERS.index("municipality")
_SAVINGS = Agency.expected_savings


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
    for m in range(world.municipalities):
        mine = plan[m]
        _municipality(world, m, mine, money[m], kinds["municipality"])
        _regional_budget(world, programme, m, mine, money[m], paying[m], kinds["regional_budget"])
        _divide_on_the_spot(world, programme, m, money[m], kinds)
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


def _agencies(world: World, programme: Programme, plan: Floats, money: Floats, ks: NDArray[np.int64]) -> None:
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


def _record_effect(world: World, m: int, ks: NDArray[np.int64], response: float) -> float:
    """Return the factor on an agency's budget: its integration record relative to all agencies', to a power."""
    records = world.memory.record[:, ks]
    known = records >= 0.0
    mean_of_all = float(records[known].mean())
    own = records[m][known[m]]
    if own.size == 0 or mean_of_all <= 0.0:
        return 1.0
    return float(round(min(max(float(own.mean()) / mean_of_all, 0.5), 2.0) ** response, 10))


def _municipality(world: World, m: int, plan: Floats, money: Floats, ks: NDArray[np.int64]) -> None:
    """Fund the municipality's own measures: by plan, by its room, and for people whom the agency leaves out."""
    town = world.municipality(m)
    town.remember_room()
    planned_here = plan[ks]
    total = planned_here.sum()
    if total == 0.0:
        return
    own = planned_here * town.effect_of_room(town.average(world.room_response))
    per_person = town.average(world.cushioning)
    if per_person > 0.0:
        own = own + town.cushion(per_person, int(world.needs[m, NEGLECTED])) * planned_here / total
    money[ks] = own


def _regional_budget(
    world: World,
    programme: Programme,
    m: int,
    plan: Floats,
    money: Floats,
    paying: Floats,
    ks: NDArray[np.int64],
) -> None:
    """Divide the state's regional budget, own share included, in proportion to the plan."""
    if ks.size == 0 or plan[ks].sum() == 0.0:
        return
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


def _divide_on_the_spot(
    world: World, programme: Programme, m: int, money: Floats, kinds: dict[str, NDArray[np.int64]]
) -> None:
    """Divide anew what is decided on the spot under the municipality's governance; negotiations take their time.

    Contracts of the regime before, as far as they go on, need no negotiation.
    """
    governance, town, told = world.governance[m], world.municipality(m), terms(programme)
    shared = SHARED[governance.mode]
    groups = [(kinds["municipality"], 1.0), (kinds["regional_budget"], 1.0), (kinds["agency"], shared)]
    need = None
    by_choice = governance.local_choice > 0.0 or governance.cost_shifting > 0.0
    for ks, part in groups if by_choice else ():
        if part == 0.0 or ks.size == 0 or (here := money[ks]).sum() == 0.0:
            continue
        need = _local_need(world, m) if need is None else need
        relative = np.array([need[told.serves[k]] for k in ks.tolist()])
        local, shift = part * governance.local_choice, part * governance.cost_shifting
        money[ks] = town.divide(here, relative, told.own[ks], local, shift)
    if governance.negotiation > 0:
        regime = int(world.clients[m].argmax())
        since = arrival(world.passages, regime, m)
        if since is not None and world.month < since + governance.negotiation:
            for ks, part in groups:
                new = [k for k in ks.tolist() if regime in programme.measures[k].regimes.tolist()]
                money[new] *= 1.0 - part


def _local_need(world: World, m: int) -> dict[str, float]:
    """Return the local share of each group among the unemployed relative to the whole place's; all = 1."""
    out = {"all": 1.0}
    everywhere, mine = world.needs.sum(axis=0).tolist(), world.needs[m].tolist()
    for column, name in enumerate(NEEDS[1:], start=1):
        here, there = mine[column] / max(mine[0], 1), everywhere[column] / max(everywhere[0], 1)
        out[name] = here / there if there > 0.0 else 1.0
    return out
