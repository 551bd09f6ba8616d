"""Process 5, second half: measures end, money becomes places, places get people, and taking part reaches the channels.

Money comes from `labsim.policy.budgets`, capacity from `labsim.policy.provision`, payment goes to the books in
`labsim.policy.accounts`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labsim.codes import FIXED_POINT, IN_MEASURE, INSURANCE, LONG_TERM_MONTHS, UNEMPLOYED
from labsim.kernels.blocks import block
from labsim.kernels.casework import profile
from labsim.kernels.search import CONTACT_MONTHS
from labsim.policy.accounts import book_measures, success_fees
from labsim.policy.budgets import Funds, funds
from labsim.policy.completion import complete, follow_up
from labsim.policy.groups import census_groups_of
from labsim.policy.instrument import Voucher
from labsim.policy.jobs import develop_jobs
from labsim.policy.programme import Measure, Programme
from labsim.policy.provision import (
    add_participants,
    choose_providers,
    count_participants,
    found_providers,
    places_free,
    places_needed,
    provide,
    remember_vouchers,
)
from labsim.rng import Purpose, name_number, uniforms
from labsim.state.channels import CHANNELS
from labsim.state.institutions.base import INSIDERS_SCALE
from labsim.state.tables import FIELDS
from labsim.state.view import Seen
from labsim.state.world import World

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]


class Candidates(NamedTuple):
    """The unemployed who are in no measure and hold no voucher, and for which measures they come into question."""

    rows: Rows  # (n,), ascending, so by municipality
    municipality: Rows  # (n,)
    estimates: Floats  # (2, n) closeness as estimated, a lot
    eligible: dict[int, NDArray[np.bool_]]  # {position of the measure: (n,)}
    bounds: Rows  # (m + 1,) where each municipality's begin


def deliver(world: World, programme: Programme) -> None:
    """End measures that are due, let providers adjust, fill the places that money and capacity allow, set channels."""
    success_fees(world, programme)
    going_on = complete(world, programme, lambda rows: seen_by_caseworkers(world, rows))
    follow_up(world, programme)
    count_participants(world, going_on)
    available, candidates = funds(world, programme), _candidates(world, programme)
    need = places_needed(world, programme, available.money, _most(world, programme, candidates, going_on))
    if world.month == world.first_month:
        found_providers(world, need)
    provide(world, need)
    develop_jobs(world, programme, available.money)
    new = _redeem_vouchers(world, programme)
    new += _give_places(world, programme, available, candidates)
    _set_channels(world, programme, np.sort(np.concatenate([going_on, *new])))
    book_measures(world, programme, available.money)


def _candidates(world: World, programme: Programme) -> Candidates:
    p = world.persons
    rows = np.flatnonzero((p.status == UNEMPLOYED) & ((p.measure | p.voucher) == 0))
    estimates = _estimates(world, rows)
    seen = Seen(p, rows, lambda _: estimates[0].copy())
    segment = p.segment[rows]
    eligible = {
        k.position: k.instrument.eligible(seen)
        & _under(world, programme, k, rows)
        & _considered(k, segment, estimates[1])
        for k in programme.measures
        if k.regimes.size and not k.instrument.develops_jobs
    }
    municipality = p.municipality[rows].astype(np.int64)
    bounds = np.searchsorted(municipality, np.arange(world.municipalities + 1))
    return Candidates(rows, municipality, estimates, eligible, bounds)


def _most(world: World, programme: Programme, candidates: Candidates, going_on: Rows) -> Floats:
    """Return how many could take part in each measure at most, (m, k): those in it, and those who qualify."""
    p, k = world.persons, max(len(programme.measures), 1)
    where = p.municipality[going_on] * np.int64(k) + p.measure[going_on] - 1
    out = np.bincount(where, minlength=world.municipalities * k).reshape(-1, k).astype(np.float64)
    for position, eligible in candidates.eligible.items():
        bounds = candidates.bounds
        out[:, position] += [np.count_nonzero(eligible[a:b]) for a, b in pairwise(bounds.tolist())]
    return out


def seen_by_caseworkers(world: World, rows: Rows) -> Seen:
    """Return what instruments may know of the persons in ``rows``."""
    return Seen(world.persons, rows, lambda chosen: _estimates(world, chosen)[0])


def _estimates(world: World, rows: Rows) -> Floats:
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


def _wanted(world: World, measure: Measure, money: Floats) -> NDArray[np.int64]:
    """Return the entries that the money pays for this month, (m,): the fraction is rounded by lot."""
    entity = np.arange(world.municipalities, dtype=np.int64) + (name_number(measure.name) << 24)
    lots = uniforms(world.key, Purpose.PLACES, world.month, entity)[:, 0]
    wanted = money[:, measure.position] / measure.instrument.price
    return np.floor(np.round(wanted, 9) + lots).astype(np.int64)


def _rationed(world: World, measures: list[Measure], money: Floats) -> dict[int, NDArray[np.int64]]:
    """Return the entries that money and free capacity allow, {position: (m,)}.

    Where a field's capacity is short, all its measures are cut in the same proportion.
    """
    free = places_free(world)
    wanted = {k.position: _wanted(world, k, money) for k in measures}
    asked = np.zeros_like(free)
    for k in measures:
        if k.instrument.field and not k.instrument.voucher:
            asked[:, FIELDS.index(k.instrument.field)] += wanted[k.position]
    for k in measures:
        if not k.instrument.field or k.instrument.voucher:
            continue
        field = FIELDS.index(k.instrument.field)
        short = asked[:, field] > free[:, field]
        if short.any():
            entity = np.arange(world.municipalities, dtype=np.int64) + (name_number(k.name) << 24)
            lots = uniforms(world.key, Purpose.PLACES, world.month, entity, 1)[:, 0]
            part = wanted[k.position] * free[:, field] / np.maximum(asked[:, field], 1)
            cut = np.floor(np.round(part, 9) + lots).astype(np.int64)
            wanted[k.position] = np.where(short, np.minimum(cut, wanted[k.position]), wanted[k.position])
    return wanted


def _give_places(world: World, programme: Programme, available: Funds, candidates: Candidates) -> list[Rows]:
    """Let those who decide choose participants for every measure, in an order drawn by lot each month; return them."""
    begun: list[Rows] = []
    funded = [k for k in programme.measures if k.position in candidates.eligible]
    rows, estimates, bounds = candidates.rows, candidates.estimates, candidates.bounds
    free = np.ones(rows.size, bool)
    entries = _rationed(world, funded, available.money)
    for measure in _order_of_the_month(world, funded):
        eligible = free & candidates.eligible[measure.position]
        taken = []
        for m, places in enumerate(entries[measure.position].tolist()):
            part = slice(bounds[m], bounds[m + 1])
            if places == 0:
                continue
            here = np.flatnonzero(eligible[part]) + bounds[m]
            if here.size:
                taken.append(here[_choose(world, measure, m, rows, estimates, here, places)])
        if not taken:
            continue
        chosen = np.concatenate(taken)
        free[chosen] = False
        if measure.instrument.voucher:
            _issue(world, measure, rows[chosen])
        else:
            enrol(world, measure, rows[chosen])
            begun.append(rows[chosen])
    return begun


def _order_of_the_month(world: World, measures: list[Measure]) -> list[Measure]:
    """Return measures in the order in which they take participants: by lot, so that no name comes first for ever."""
    numbers = np.array([name_number(k.name) for k in measures], np.int64)
    lots = uniforms(world.key, Purpose.ORDER, world.month, numbers)[:, 0].tolist()
    return [k for _, _, k in sorted(zip(lots, [k.position for k in measures], measures, strict=True))]


def _under(world: World, programme: Programme, measure: Measure, rows: Rows) -> NDArray[np.bool_]:
    """Return who may enter a measure by the rule book, (n,): its own regimes' people.

    While old budgets overlap with new ones, or old contracts are bridged, also those who have come after them.
    """
    p, under = world.persons, np.zeros(len(programme.regimes), bool)
    under[measure.regimes] = True
    if under.all():
        return np.ones(rows.size, bool)
    may = under[p.regime[rows]]
    for transition, before, after, starts in world.passages:
        months = max(transition.overlap, transition.bridging_months if transition.bridging > 0.0 else 0)
        going_on = (starts <= world.month) & (world.month < starts + months)
        if under[before] and going_on.any():
            may = may | ((p.regime[rows] == after) & going_on[p.municipality[rows]])
    return np.asarray(may)


def _considered(measure: Measure, segment: NDArray[np.uint8], lot: Floats) -> NDArray[np.bool_]:
    """Return who is considered for a place: a part of each customer segment, by lot."""
    if min(measure.choice.by_segment) >= 1.0:
        return np.ones(segment.size, bool)
    shares = np.array([1.0, *measure.choice.by_segment])
    digits = lot * 1048576.0
    return np.asarray(digits - np.floor(digits) < shares[segment])


def _choose(
    world: World, measure: Measure, m: int, rows: Rows, estimates: Floats, here: Rows, places: int
) -> Rows:
    """Return the positions in ``here`` of the chosen: agency or municipality decide, insiders may come first.

    ``here`` are positions in ``rows`` (n,) and ``estimates`` (2, n).
    """
    governance, principle = world.governance[m], measure.choice.insurance_principle
    bonus: Floats | float = 0.0
    if principle > 0.0:
        bonus = principle * (world.persons.benefit[rows[here]] == INSURANCE)
    local = measure.instrument.funded_by != "agency" or governance.mode == "municipal"
    if governance.clientelism > 0.0 and (local or governance.mode in ("joint", "networked")):
        insiders = governance.clientelism * INSIDERS_SCALE * float(world.memory.ties[m])
        bonus = bonus + insiders * _contacts(world, rows[here])
    chooser = world.municipality(m) if local else world.agency(m)
    closeness, lot = estimates[0][here], estimates[1][here]
    return np.asarray(chooser.choose(closeness, lot, measure.choice.targeting, places, bonus))


def _contacts(world: World, rows: Rows) -> Floats:
    """Return how well connected people are, (n,): contacts in work in their cell, and contacts they have kept."""
    p = world.persons
    cell = p.municipality[rows].astype(np.int64) * world.occupations + p.occupation[rows]
    at_work = world.market.contacts[cell] if world.market is not None else np.ones(rows.size)
    months = np.minimum(p.months_out[rows], CONTACT_MONTHS)
    return np.asarray(at_work * world.coefficients.tip_by_duration[months])


def enrol(world: World, measure: Measure, rows: Rows, free_choice: bool = False) -> None:
    """Let people (rows) begin a measure this month; people of several municipalities may be among them."""
    p, instrument, k = world.persons, measure.instrument, measure.position
    where = p.municipality[rows].astype(np.int64)
    p.provider[rows] = 0
    if instrument.field and world.providers.capacity.size:
        field = FIELDS.index(instrument.field)
        for m in np.unique(where).tolist():
            here = rows[where == m]
            p.provider[here] = choose_providers(world, m, field, here, free_choice) + 1
        add_participants(world, rows)
    counts = world.counts
    np.add.at(counts.entries[:, k], (where, census_groups_of(p, rows)), 1)
    nearness = np.trunc(p.skill[rows] * FIXED_POINT) + np.trunc(p.employability[rows] * FIXED_POINT)
    long_term, insured = p.months_registered[rows] >= LONG_TERM_MONTHS, p.benefit[rows] == INSURANCE
    for column, values in enumerate((long_term, insured, nearness)):
        np.add.at(counts.reached[:, k, column], where, values.astype(np.int64))
    if instrument.occupies:
        np.add.at(counts.flows[:, UNEMPLOYED, IN_MEASURE], where, 1)
    p.measure[rows] = k + 1
    p.measure_left[rows] = instrument.months
    p.months_unsupported[rows] = 0
    p.voucher[rows] = 0
    if instrument.occupies:
        p.status[rows] = IN_MEASURE
    due = world.month + instrument.months + world.parameters.agencies.record_months
    cohort = np.stack([rows, np.full(rows.size, k), np.full(rows.size, due)]).astype(np.int64)
    world.followed = np.concatenate([world.followed, cohort], axis=1)


def _issue(world: World, measure: Measure, rows: Rows) -> None:
    """Give vouchers; the first month of validity is the next."""
    p = world.persons
    p.voucher[rows] = measure.position + 1
    p.voucher_left[rows] = measure.instrument.validity if isinstance(measure.instrument, Voucher) else 1
    np.add.at(world.counts.vouchers[:, measure.position, 0], p.municipality[rows], 1)


def _redeem_vouchers(world: World, programme: Programme) -> list[Rows]:
    """Let holders turn to providers of their own choice; without a free place they try again until it lapses.

    Returns those who begin a course.
    """
    if not any(k.instrument.voucher for k in programme.measures):
        return []
    begun: list[Rows] = []
    p, asked = world.persons, np.zeros((world.municipalities, len(FIELDS)))
    holders = np.flatnonzero(p.voucher)
    new_spell = (
        p.months_registered[holders] == 0
    )  # there was a job, or a withdrawal, since the voucher was given
    gone = holders[(p.status[holders] != UNEMPLOYED) | (p.measure[holders] > 0) | new_spell]
    _lapse(world, gone)
    free = places_free(world)
    for measure in programme.measures:
        instrument = measure.instrument
        if not isinstance(instrument, Voucher):
            continue
        field = FIELDS.index(instrument.field)
        rows = np.flatnonzero(p.voucher == measure.position + 1)
        chance = instrument.redeemed_each_month(seen_by_caseworkers(world, rows))
        turned = rows[uniforms(world.key, Purpose.VOUCHER, world.month, rows)[:, 0] < chance]
        lots = uniforms(world.key, Purpose.VOUCHER, world.month, turned, 1)[:, 0]
        for m in range(world.municipalities):
            here = p.municipality[turned] == m
            asked[m, field] += np.count_nonzero(here) * instrument.months
            lucky = turned[here][np.argsort(lots[here], kind="stable")[: free[m, field]]]
            free[m, field] -= lucky.size
            world.counts.vouchers[m, measure.position, 1] += lucky.size
            if lucky.size:
                enrol(world, measure, np.sort(lucky), free_choice=True)
                begun.append(lucky)
    holders = np.flatnonzero(p.voucher)
    p.voucher_left[holders] -= 1
    _lapse(world, holders[p.voucher_left[holders] == 0])
    remember_vouchers(world, asked)
    return begun


def _lapse(world: World, rows: Rows) -> None:
    p = world.persons
    np.add.at(world.counts.vouchers[:, :, 2], (p.municipality[rows], p.voucher[rows].astype(np.int64) - 1), 1)
    p.voucher[rows] = 0


def _set_channels(world: World, programme: Programme, rows: Rows) -> None:
    """Set last month's channels back to neutral, then let every participant's instrument act (rows ascending)."""
    for name, channel in zip(world.channels._fields, world.channels, strict=True):
        channel[world.touched] = 0.0 if CHANNELS[name].combine == "add" else 1.0
    p = world.persons
    code = p.measure[rows].astype(np.int64) - 1
    referred = np.zeros(rows.size)
    for measure in programme.measures:
        mine = code == measure.position
        taking_part = rows[mine]
        count = np.bincount(p.municipality[taking_part], minlength=world.municipalities)
        world.counts.participants[:, measure.position] = count
        if not taking_part.size:
            continue
        for effect in measure.instrument.effects(seen_by_caseworkers(world, taking_part), taking_part):
            if effect.channel == "placement":
                referred[np.searchsorted(rows, effect.rows)] += effect.amount
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
