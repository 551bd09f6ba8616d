"""Process 5, second half: measures end, money becomes places, places get people, and taking part reaches the channels.

Money comes from `labsim.policy.budgets`, capacity from `labsim.policy.provision`, payment goes to the books in
`labsim.policy.accounts`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labsim.codes import INSURANCE, UNEMPLOYED
from labsim.kernels.delivery import RationTerms, choose_first, count_between, ration
from labsim.kernels.search import CONTACT_MONTHS
from labsim.policy.accounts import book_measures, success_fees
from labsim.policy.budgets import Funds, funds
from labsim.policy.completion import complete, follow_up
from labsim.policy.enrolment import assign_providers, begin, enrol
from labsim.policy.instrument import Voucher
from labsim.policy.jobs import develop_jobs
from labsim.policy.programme import Measure, Programme, terms
from labsim.policy.provision import (
    count_participants,
    found_providers,
    places_free,
    places_needed,
    provide,
    remember_vouchers,
)
from labsim.policy.taking_part import estimated, seen_by_caseworkers, set_channels
from labsim.rng import Purpose, uniforms
from labsim.state.institutions.base import INSIDERS_SCALE, Institution, first_places, priority
from labsim.state.tables import FIELDS
from labsim.state.view import Seen
from labsim.state.world import World

__all__ = ["deliver", "enrol", "seen_by_caseworkers"]
Rows = NDArray[np.int64]
Floats = NDArray[np.float64]
_CHOOSE = Institution.choose


class Candidates(NamedTuple):
    """The unemployed who are in no measure and hold no voucher, and for which measures they come into question."""

    rows: Rows  # (n,), ascending, so by municipality
    municipality: Rows  # (n,)
    estimates: Floats  # (2, n) closeness as estimated, a lot
    eligible: dict[int, NDArray[np.bool_]]  # {position of the measure: (n,)}, of measures with money
    number: Rows  # (measures with money, m), how many are eligible
    bounds: Rows  # (m + 1,) where each municipality's begin


def deliver(world: World, programme: Programme) -> None:
    """End measures that are due, let providers adjust, fill the places that money and capacity allow, set channels."""
    success_fees(world, programme)
    going_on = complete(world, programme, lambda rows: seen_by_caseworkers(world, rows))
    follow_up(world, programme)
    count_participants(world, going_on)
    available = funds(world, programme)
    candidates = _candidates(world, programme, available.money)
    need = places_needed(world, programme, available.money, _most(world, programme, candidates, going_on))
    if world.month == world.first_month:
        found_providers(world, need)
    provide(world, need)
    develop_jobs(world, programme, available.money)
    new = _redeem_vouchers(world, programme)
    new += _give_places(world, programme, available, candidates)
    set_channels(world, programme, np.sort(np.concatenate([going_on, *new])))
    book_measures(world, programme, available.money)


def _candidates(world: World, programme: Programme, money: Floats) -> Candidates:
    """Return who may begin what this month; nobody is looked at for a measure without ``money`` (m, k)."""
    p, funded = world.persons, money.any(axis=0).tolist()
    rows = ((p.status == UNEMPLOYED) & ((p.measure | p.voucher) == 0)).nonzero()[0]
    estimates = estimated(world, rows)
    seen = Seen(p, rows, lambda _: estimates[0].copy())
    segment = p.segment[rows]
    entitled = _Entitled(world, programme, rows)
    given = [
        k
        for k in programme.measures
        if funded[k.position] and k.regimes.size and not k.instrument.develops_jobs
    ]
    alike = {k.choice.by_segment: k for k in given}
    considered = {part: _considered(k, segment, estimates[1]) for part, k in alike.items()}
    table = np.empty((len(given), rows.size), bool)
    for at, k in enumerate(given):
        np.logical_and(k.instrument.eligible(seen), entitled.under(k), out=table[at])
        if terms(programme).segmented[k.position]:
            table[at] &= considered[k.choice.by_segment]
    municipality = p.municipality[rows].astype(np.int64)
    bounds = np.searchsorted(municipality, np.arange(world.municipalities + 1))
    number = np.zeros((len(given), world.municipalities), np.int64)
    count_between(table, bounds, number)
    positions = [k.position for k in given]
    return Candidates(rows, municipality, estimates, dict(zip(positions, table, strict=True)), number, bounds)


def _most(world: World, programme: Programme, candidates: Candidates, going_on: Rows) -> Floats:
    """Return how many could take part in each measure at most, (m, k): those in it, and those who qualify."""
    p, k, m = world.persons, max(len(programme.measures), 1), world.municipalities
    where = p.municipality[going_on] * np.int64(k) + p.measure[going_on] - 1
    out = np.bincount(where, minlength=m * k).reshape(-1, k).astype(np.float64)
    out[:, list(candidates.eligible)] += candidates.number.T
    return out


def _rationed(world: World, programme: Programme, funded: list[Measure], money: Floats) -> NDArray[np.int64]:
    """Return the entries that money and free capacity allow, (k, m): see `labsim.kernels.delivery.ration`."""
    told, free = terms(programme), places_free(world)
    positions = np.array([k.position for k in funded], np.int64)
    entries = np.zeros((len(programme.measures), world.municipalities), np.int64)
    of = RationTerms(positions, told.names, told.prices, told.fields, told.ordered)
    ration(money, of, free, np.uint64(world.key), world.month, np.zeros_like(free), entries)
    return entries


def _give_places(world: World, programme: Programme, available: Funds, candidates: Candidates) -> list[Rows]:
    """Let those who decide choose participants for every measure, in an order drawn by lot each month; return them."""
    begun: list[tuple[Measure, Rows]] = []
    funded = [k for k in programme.measures if k.position in candidates.eligible]
    rows, free = candidates.rows, np.ones(candidates.rows.size, bool)
    if not funded:
        return []
    entries = _rationed(world, programme, funded, available.money)
    choosing = _Choosing(world, candidates)
    for measure in _order_of_the_month(world, programme, funded):
        places = entries[measure.position]
        if not places.any():
            continue
        chosen = choosing.chosen(measure, free, candidates.eligible[measure.position], places)
        if not chosen.size:
            continue
        free[chosen] = False
        if measure.instrument.voucher:
            _issue(world, measure, rows[chosen])
        else:
            assign_providers(world, measure, rows[chosen])
            begun.append((measure, rows[chosen]))
    begin(world, begun)
    return [taken for _, taken in begun]


class _Choosing:
    """How this month's participants are chosen among the candidates: agency or municipality decide.

    Where they choose as `Institution.choose` says, how urgent everybody is gets worked out once for all measures with
    the same rule; the same numbers, so the same choice.
    """

    def __init__(self, world: World, candidates: Candidates) -> None:
        self._world, self._candidates = world, candidates
        deciding = [
            each(m) for m in range(world.municipalities) for each in (world.agency, world.municipality)
        ]
        self._usual = all(type(each).choose is _CHOOSE for each in deciding)
        self._known: dict[tuple[float, float, bool], Floats] = {}

    def chosen(
        self, measure: Measure, free: NDArray[np.bool_], eligible: NDArray[np.bool_], places: Rows
    ) -> Rows:
        """Return the positions of those who get one of the ``places`` (m,); who is free and eligible, (n,), may."""
        last = self._last_first(measure) if self._usual else None
        if last is None:
            return self._chosen_one_by_one(measure, free & eligible, places, None)
        n = last.size
        space, chosen = self._world.space("places", n, "f8"), np.empty(n, np.int64)
        taken = choose_first(last, free, eligible, self._candidates.bounds, places, space, chosen)
        if taken < 0:
            return self._chosen_one_by_one(measure, free & eligible, places, last)
        return chosen[:taken]

    def _chosen_one_by_one(
        self, measure: Measure, may: NDArray[np.bool_], places: Rows, last: Floats | None
    ) -> Rows:
        """Return the same, municipality by municipality: ``may`` (n,) says who may have a place."""
        c, possible = self._candidates, may.nonzero()[0]
        bounds = np.searchsorted(possible, c.bounds).tolist()
        taken = []
        for m, (wanted, lo, hi) in enumerate(zip(places.tolist(), bounds, bounds[1:], strict=False)):
            if not wanted or hi == lo:
                continue
            here = possible[lo:hi]
            if last is None:
                here = here[_choose(self._world, measure, m, c.rows, c.estimates, here, wanted)]
            elif here.size > wanted:
                here = here[first_places(last[here], wanted)]
            taken.append(here)
        return np.concatenate(taken) if taken else possible[:0]

    def _last_first(self, measure: Measure) -> Floats:
        """Return the candidates' priority with its sign turned round, (n,): who is wanted least has most."""
        targeting, principle = measure.choice.targeting, measure.choice.insurance_principle
        key = (targeting, principle, measure.instrument.funded_by == "agency")
        if key not in self._known:
            world, c = self._world, self._candidates
            bonus: Floats | float = 0.0
            if principle > 0.0:
                bonus = principle * (world.persons.benefit[c.rows] == INSURANCE)
            insiders = [_insiders(world, measure, m) for m in range(world.municipalities)]
            if any(insiders):
                bonus = bonus + np.array(insiders)[c.municipality] * _contacts(world, c.rows)
            closeness, lot = c.estimates
            self._known[key] = -priority(closeness, lot, targeting, bonus)
        return self._known[key]


def _order_of_the_month(world: World, programme: Programme, measures: list[Measure]) -> list[Measure]:
    """Return measures in the order in which they take participants: by lot, so that no name comes first for ever."""
    lots = uniforms(world.key, Purpose.ORDER, world.month, terms(programme).names)[:, 0].tolist()
    return sorted(measures, key=lambda k: (lots[k.position], k.position))


class _Entitled:
    """Who may enter which measure by the rule book, worked out once for all measures of the same regimes."""

    def __init__(self, world: World, programme: Programme, rows: Rows) -> None:
        self._world, self._regimes, self._rows = world, len(programme.regimes), rows
        self._known: dict[bytes, NDArray[np.bool_]] = {}

    def under(self, measure: Measure) -> NDArray[np.bool_]:
        """Return who may enter a measure by the rule book, (n,): its own regimes' people.

        While old budgets overlap with new ones, or old contracts are bridged, also those who have come after them.
        """
        key = measure.regimes.tobytes()
        if key not in self._known:
            self._known[key] = self._under(measure)
        return self._known[key]

    def _under(self, measure: Measure) -> NDArray[np.bool_]:
        world, rows = self._world, self._rows
        p, under = world.persons, np.zeros(self._regimes, bool)
        under[measure.regimes] = True
        if under.all():
            return np.ones(rows.size, bool)
        may = under[p.regime[rows]]
        for transition, before, after, starts in world.passages:
            if not under[before]:
                continue
            months = max(transition.overlap, transition.bridging_months if transition.bridging > 0.0 else 0)
            going_on = (starts <= world.month) & (world.month < starts + months)
            if going_on.any():
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
    principle = measure.choice.insurance_principle
    bonus: Floats | float = 0.0
    if principle > 0.0:
        bonus = principle * (world.persons.benefit[rows[here]] == INSURANCE)
    insiders = _insiders(world, measure, m)
    if insiders > 0.0:
        bonus = bonus + insiders * _contacts(world, rows[here])
    chooser = world.municipality(m) if _decided_locally(world, measure, m) else world.agency(m)
    closeness, lot = estimates[0][here], estimates[1][here]
    return np.asarray(chooser.choose(closeness, lot, measure.choice.targeting, places, bonus))


def _decided_locally(world: World, measure: Measure, m: int) -> bool:
    """Return whether the municipality chooses a measure's participants, not the agency."""
    return measure.instrument.funded_by != "agency" or world.governance[m].mode == "municipal"


def _insiders(world: World, measure: Measure, m: int) -> float:
    """Return the log points by which somebody with all contacts moves up."""
    governance = world.governance[m]
    if governance.clientelism == 0.0:
        return 0.0
    if not (_decided_locally(world, measure, m) or governance.mode in ("joint", "networked")):
        return 0.0
    return float(governance.clientelism * INSIDERS_SCALE * float(world.memory.ties[m]))


def _contacts(world: World, rows: Rows) -> Floats:
    """Return how well connected people are, (n,): contacts in work in their cell, and contacts they have kept."""
    p = world.persons
    cell = p.municipality[rows].astype(np.int64) * world.occupations + p.occupation[rows]
    at_work = world.market.contacts[cell] if world.market is not None else np.ones(rows.size)
    months = np.minimum(p.months_out[rows], CONTACT_MONTHS)
    return np.asarray(at_work * world.coefficients.tip_by_duration[months])


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
    if not terms(programme).vouchers:
        return []
    begun: list[Rows] = []
    p, asked = world.persons, np.zeros((world.municipalities, len(FIELDS)))
    holders = (p.voucher != 0).nonzero()[0]
    new_spell = (
        p.months_registered[holders] == 0
    )  # there was a job, or a withdrawal, since the voucher was given
    gone = holders[(p.status[holders] != UNEMPLOYED) | (p.measure[holders] > 0) | new_spell]
    _lapse(world, gone)
    free = places_free(world)
    for measure in terms(programme).vouchers:
        instrument = measure.instrument
        rows = (p.voucher == measure.position + 1).nonzero()[0]
        if not rows.size or not isinstance(instrument, Voucher):
            continue
        field = FIELDS.index(instrument.field)
        chance = instrument.redeemed_each_month(seen_by_caseworkers(world, rows))
        turned = rows[uniforms(world.key, Purpose.VOUCHER, world.month, rows)[:, 0] < chance]
        lots = uniforms(world.key, Purpose.VOUCHER, world.month, turned, 1)[:, 0]
        for m in np.unique(p.municipality[turned]).tolist():
            here = p.municipality[turned] == m
            asked[m, field] += np.count_nonzero(here) * instrument.months
            lucky = turned[here][np.argsort(lots[here], kind="stable")[: free[m, field]]]
            free[m, field] -= lucky.size
            world.counts.vouchers[m, measure.position, 1] += lucky.size
            if lucky.size:
                enrol(world, measure, np.sort(lucky), free_choice=True)
                begun.append(lucky)
    holders = (p.voucher != 0).nonzero()[0]
    p.voucher_left[holders] -= 1
    _lapse(world, holders[p.voucher_left[holders] == 0])
    remember_vouchers(world, asked)
    return begun


def _lapse(world: World, rows: Rows) -> None:
    if not rows.size:
        return
    p = world.persons
    np.add.at(world.counts.vouchers[:, :, 2], (p.municipality[rows], p.voucher[rows].astype(np.int64) - 1), 1)
    p.voucher[rows] = 0
