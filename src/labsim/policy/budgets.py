"""Process 5: what money there is for each measure, by municipality, and who decided how to divide it.

Plans come from the regimes (EUR per unemployed person and month). Agencies divide theirs by expected savings where
the insurance principle holds; municipalities by their own need and room; the state (Land) gives regional budgets.
Under each governance mode other budgets are decided on the spot.
"""

from __future__ import annotations

from typing import Any, NamedTuple

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
    for m in range(world.municipalities):
        mine = plan[m]
        _agency(world, programme, m, mine, money[m], kinds["agency"])
        _municipality(world, m, mine, money[m], kinds["municipality"])
        _regional_budget(world, programme, m, mine, money[m], paying[m], kinds["regional_budget"])
        _divide_on_the_spot(world, programme, m, money[m], kinds)
    return Funds(np.round(money, 10), paying)


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


def _agency(
    world: World, programme: Programme, m: int, plan: Floats, money: Floats, ks: NDArray[np.int64]
) -> None:
    """Divide the agency's budget: by plan, by its record against other agencies, by expected savings."""
    total = plan[ks]
    if not total.any():
        return
    agency, record = world.agency(m), world.memory.record[m, ks]
    known = record >= 0.0
    response = agency.average(world.record_response)
    if response > 0.0 and known.any():
        total = total * _record_effect(world, m, ks, response)
    weight = terms(programme).principles[ks]
    if weight.any() and known.any():
        savings = _expected_savings(agency, record, terms(programme).prices[ks])
        mean = float((savings * total)[known].sum() / max(float(total[known].sum()), 1e-9))
        relative = np.where(known & (mean > 0.0), savings / max(mean, 1e-12), 1.0)
        shifted = total * np.clip(1.0 - weight + weight * relative, 0.1, 4.0)
        total = shifted * (total.sum() / shifted.sum()) if shifted.sum() > 0.0 else total
    money[ks] = total


def _expected_savings(agency: Any, record: Floats, prices: Floats) -> Floats:
    """Return what the agency expects a euro to save, (k,): all at once where it thinks as every `Agency`."""
    if type(agency).expected_savings is _SAVINGS:
        return np.asarray(record / prices)
    return np.array(
        [agency.expected_savings(r, c) for r, c in zip(record.tolist(), prices.tolist(), strict=True)]
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
    if ks.size == 0 or plan[ks].sum() == 0.0:
        return
    own = plan[ks] * town.effect_of_room(town.average(world.room_response))
    per_person = town.average(world.cushioning)
    if per_person > 0.0:
        own = own + town.cushion(per_person, int(world.needs[m, NEGLECTED])) * plan[ks] / plan[ks].sum()
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
    governance, town = world.governance[m], world.municipality(m)
    shared = SHARED[governance.mode]
    groups = [(kinds["municipality"], 1.0), (kinds["regional_budget"], 1.0), (kinds["agency"], shared)]
    need = None
    for ks, part in groups:
        if part == 0.0 or ks.size == 0 or money[ks].sum() == 0.0:
            continue
        if governance.local_choice > 0.0 or governance.cost_shifting > 0.0:
            need = _local_need(world, m) if need is None else need
            relative = np.array([need[type(programme.measures[k].instrument).serves] for k in ks.tolist()])
            own = np.array([programme.measures[k].payers[MUNICIPALITY] for k in ks.tolist()])
            money[ks] = town.divide(
                money[ks], relative, own, part * governance.local_choice, part * governance.cost_shifting
            )
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
    everywhere = world.needs.sum(axis=0)
    for column, name in enumerate(NEEDS[1:], start=1):
        here = world.needs[m, column] / max(world.needs[m, 0], 1)
        there = everywhere[column] / max(everywhere[0], 1)
        out[name] = float(here / there) if there > 0.0 else 1.0
    return out
