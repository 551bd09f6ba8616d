"""The programme of a scenario: regimes as codes, measures as codes, and the timeline that moves people.

Regimes with equal rules share their measures, so a reform in name only changes no bit.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from labsim.kernels.coefficients import RegimeTables
from labsim.policy.funding import FUNDERS, PAYERS
from labsim.policy.instrument import NEEDS, Instrument
from labsim.policy.regime import Regime
from labsim.policy.transition import Timeline
from labsim.rng import name_number
from labsim.state.kept import Kept
from labsim.state.tables import FIELDS


class Choice(NamedTuple):
    """How participants are chosen under a regime; equal rules share a measure."""

    targeting: float
    insurance_principle: float
    by_segment: tuple[float, ...]


class Measure(NamedTuple):
    """An instrument as some regimes run it; ``position`` + 1 is the code in the persons' table."""

    position: int
    instrument: Instrument
    choice: Choice
    regimes: NDArray[np.int64]
    payers: NDArray[np.float64]  # (5,) shares in the order of PAYERS

    @property
    def name(self) -> str:
        """Name of the instrument."""
        return type(self.instrument).name


PaidBy = tuple[tuple[NDArray[np.float64], NDArray[np.int64]], ...]
"""Shares of payers with the positions of the measures that they pay for.

They are together where one payer pays alone, else one by one, because each measure's costs are rounded by themselves.
"""


class Terms(NamedTuple):
    """What the month reads of the measures, in their order: looked up once for a programme, not for each month."""

    names: NDArray[np.int64]  # (k,) number of each measure's name
    prices: NDArray[np.float64]  # (k,) EUR per entry
    costs: NDArray[np.float64]  # (k,) EUR per participant (or job developed) and month
    fees: NDArray[np.float64]  # (k,) EUR per hire
    develops: NDArray[np.bool_]  # (k,) whether it opens jobs instead of giving places
    months: NDArray[np.int64]  # (k,) length
    fields: NDArray[np.int64]  # (k,) field of work, -1 if no provider is needed
    ordered: NDArray[np.bool_]  # (k,) whether places are ordered from providers: a field, and no voucher
    vouchers: tuple[Measure, ...]  # those that are given as vouchers
    waged: NDArray[np.uint8]  # (k + 1,) by code: whether a wage takes the place of the benefit
    principles: NDArray[np.float64]  # (k,) weight of expected savings
    budgets: NDArray[np.float64]  # (k,) EUR per unemployed person and month
    of_one: NDArray[np.int64]  # positions of the measures of one regime
    of_several: list[int]  # positions of the measures that several regimes share
    regime: NDArray[np.int64]  # (k,) first regime of a measure, 0 if none
    by_payers: PaidBy
    by_funder: dict[str, NDArray[np.int64]]  # positions of the measures that each funder pays for
    own: NDArray[np.float64]  # (k,) the municipality's share of the cost
    serves: NDArray[np.int64]  # (k,) local need that each measure answers, as a position in NEEDS
    runs: NDArray[np.bool_]  # (r, k) whether a regime runs a measure
    occupies: NDArray[np.bool_]  # (k,) whether participants leave the register
    segmented: NDArray[np.bool_]  # (k,) whether a part of the customer segments only is considered
    shares: tuple[dict[str, NDArray[np.float64]], ...]  # by regime: shares of payers, by what they pay for


class Programme(NamedTuple):
    """Regimes by code (their place in the timeline: one that returns has two), their tables, their measures."""

    regimes: tuple[Regime, ...]
    canonical: NDArray[np.int64]  # (r,) first regime with the same rules
    tables: RegimeTables
    measures: tuple[Measure, ...]
    timeline: Timeline
    terms: Terms


def _by_payers(measures: tuple[Measure, ...]) -> PaidBy:
    alone: dict[int, list[Measure]] = {}
    groups = []
    for each in measures:
        payers = np.flatnonzero(each.payers).tolist()
        if len(payers) == 1:
            alone.setdefault(payers[0], []).append(each)
        else:
            groups.append([each])
    groups += alone.values()
    return tuple((each[0].payers, np.array([k.position for k in each], np.int64)) for each in groups)


def regime_tables(regimes: tuple[Regime, ...]) -> RegimeTables:
    """Return what kernels read of the regimes, one row each."""

    def floats(group: str, name: str) -> NDArray[np.float64]:
        return np.array([float(getattr(getattr(regime, group), name)) for regime in regimes])

    def ints(group: str, name: str) -> NDArray[np.int64]:
        return np.array([int(getattr(getattr(regime, group), name)) for regime in regimes], np.int64)

    return RegimeTables(
        meetings=floats("casework", "meetings"),
        monitoring=floats("conditionality", "monitoring"),
        sanction_rate=floats("conditionality", "sanction_rate"),
        sanction_months=ints("conditionality", "sanction_months"),
        sanction_pressure=floats("conditionality", "sanction_pressure"),
        sanction_cut=floats("conditionality", "sanction_cut"),
        rhetoric=floats("conditionality", "rhetoric"),
        profiling_error=floats("casework", "profiling_error"),
        targeting=floats("casework", "targeting"),
        referrals=floats("casework", "referrals"),
        referral_choice=ints("casework", "referral_choice"),
        insurance_replacement=floats("benefits", "insurance_replacement"),
        insurance_months=ints("benefits", "insurance_months"),
        insurance_months_older=ints("benefits", "insurance_months_older"),
        older_from=ints("benefits", "older_from"),
        merged=ints("benefits", "merged"),
        assistance_replacement=floats("benefits", "assistance_replacement"),
        basic_income=floats("benefits", "basic_income"),
        registers_recipients=floats("benefits", "registers_recipients"),
        partnerships=ints("local_policy", "partnerships"),
        meetings_by_segment=np.array([(1.0, *regime.casework.meetings_by_segment) for regime in regimes]),
    )


_KNOWN: Kept[Programme] = Kept()


def terms(programme: Programme) -> Terms:
    """Return what the month reads of a programme's measures; runs of the same programme share it."""
    return programme.terms


def _terms(measures: tuple[Measure, ...], regimes: tuple[Regime, ...]) -> Terms:
    kinds = [k.instrument for k in measures]
    fields = [FIELDS.index(each.field) if each.field else -1 for each in kinds]
    return Terms(
        names=np.array([name_number(k.name) for k in measures], np.int64),
        prices=np.array([each.price for each in kinds], np.float64),
        costs=np.array([each.cost for each in kinds], np.float64),
        fees=np.array([each.success_fee for each in kinds], np.float64),
        develops=np.array([each.develops_jobs for each in kinds], bool),
        months=np.array([each.months for each in kinds], np.int64),
        fields=np.array(fields, np.int64),
        ordered=np.array([bool(each.field) and not each.voucher for each in kinds], bool),
        vouchers=tuple(k for k in measures if k.instrument.voucher),
        waged=np.array([0, *(each.pays_wage for each in kinds)], np.uint8),
        budgets=np.array([each.budget for each in kinds], np.float64),
        of_one=np.array([k.position for k in measures if k.regimes.size == 1], np.int64),
        of_several=[k.position for k in measures if k.regimes.size > 1],
        regime=np.array([k.regimes[0] if k.regimes.size else 0 for k in measures], np.int64),
        by_payers=_by_payers(measures),
        principles=np.array([k.choice.insurance_principle for k in measures], np.float64),
        by_funder={
            who: np.array([k.position for k in measures if k.instrument.funded_by == who], np.int64)
            for who in FUNDERS
        },
        own=np.array([k.payers[PAYERS.index("municipality")] for k in measures], np.float64),
        serves=np.array([NEEDS.index(type(each).serves) for each in kinds], np.int64),
        runs=np.array([[code in k.regimes for k in measures] for code in range(len(regimes))], bool),
        occupies=np.array([each.occupies for each in kinds], bool),
        segmented=np.array([min(k.choice.by_segment) < 1.0 for k in measures], bool),
        shares=tuple(
            {what: getattr(regime.funding, what).shares for what in type(regime.funding).model_fields}
            for regime in regimes
        ),
    )


def programme(
    regimes: dict[str, Regime], timeline: Timeline, extra: tuple[Instrument, ...] = ()
) -> Programme:
    """Return the programme of a timeline; ``extra`` instruments get a measure that no budget pays for (trials).

    Runs of the same regimes and timeline share it: nobody writes to it.
    """
    chosen = tuple(regimes[name] for name in timeline.regimes)
    return _KNOWN.get((timeline, *chosen, *extra), lambda: _programme(chosen, timeline, extra))


def _programme(chosen: tuple[Regime, ...], timeline: Timeline, extra: tuple[Instrument, ...]) -> Programme:
    kinds: dict[tuple[Any, ...], tuple[Instrument, NDArray[np.float64], list[int]]] = {}
    for code, regime in enumerate(chosen):
        for name, instrument in sorted(regime.instruments.items()):
            if instrument.budget == 0.0:
                continue
            payers = regime.payers_of(name).shares
            content = json.dumps(instrument.model_dump(mode="json"), sort_keys=True)
            key = (name, content, choice_of(regime, instrument), tuple(payers.tolist()))
            kinds.setdefault(key, (instrument, payers, []))[2].append(code)
    measures = [
        Measure(position, instrument, key[2], np.array(codes), payers)
        for position, (key, (instrument, payers, codes)) in enumerate(kinds.items())
    ]
    for instrument in extra:
        payers = chosen[0].funding.of_measures(instrument.funded_by).shares
        measures.append(
            Measure(
                len(measures), instrument, choice_of(chosen[0], instrument), np.zeros(0, np.int64), payers
            )
        )
    rules = [_rules(regime, code, timeline) for code, regime in enumerate(chosen)]
    canonical = np.array([rules.index(content) for content in rules])
    return Programme(
        chosen,
        canonical,
        regime_tables(chosen),
        tuple(measures),
        timeline,
        _terms(tuple(measures), chosen),
    )


def choice_of(regime: Regime, instrument: Instrument) -> Choice:
    """Return how participants of an instrument are chosen under a regime."""
    casework = regime.casework
    targeting = casework.targeting if instrument.targeting is None else instrument.targeting
    return Choice(targeting, casework.insurance_principle, casework.places_by_segment)


def _rules(regime: Regime, code: int, timeline: Timeline) -> str:
    """Return a regime's content, with what the transition to it does to budgets and institutions.

    Equal contents are one regime in two names, so that a reform in name only changes no bit.
    """
    entering = [t.model_dump(mode="json") for t in timeline.transitions[:code][-1:] if t.acts_on_institutions]
    return json.dumps([regime.rules(), entering], sort_keys=True, default=str)
