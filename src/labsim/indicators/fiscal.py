"""Indicators of money: who pays, what for, per resident of working age, so that scales and places compare."""

from __future__ import annotations

import numpy as np

from labsim.codes import PAYERS, USES
from labsim.indicators.recorded import Floats, Recorded, ratio
from labsim.indicators.registry import Function, indicator
from labsim.indicators.stocks import population_stock

PER_RESIDENT = "EUR per resident of working age and month"
CENTS = 100.0
PAYER_LABELS = {
    "insurance": ("Unemployment insurance pays", "Es zahlt die Arbeitslosenversicherung"),
    "federal": ("The federal budget pays", "Es zahlt der Bund"),
    "state": ("The state pays", "Es zahlt das Land"),
    "municipality": ("The municipality pays", "Es zahlt die Kommune"),
    "employer": ("Employers pay", "Es zahlen die Arbeitgeber"),
}
USE_LABELS = {
    "insurance_benefit": ("Insurance benefit", "Arbeitslosengeld"),
    "assistance": ("Unemployment assistance", "Arbeitslosenhilfe"),
    "basic_income": ("Basic income support", "Grundsicherung"),
    "measures": ("Measures", "Maßnahmen"),
    "administration": ("Administration", "Verwaltung"),
    "coordination": ("Meetings of local actors", "Abstimmung vor Ort"),
}


def _per_resident(r: Recorded, cents: Floats) -> Floats:
    return ratio(cents, population_stock(r)[..., 0], 1.0 / CENTS)


def _payer(k: int) -> Function:
    def paid(r: Recorded) -> Floats:
        return _per_resident(r, r.with_total(r.payments[:, :, k].sum(axis=-1)))

    return paid


def _use(k: int) -> Function:
    def used(r: Recorded) -> Floats:
        return _per_resident(r, r.with_total(r.uses[..., k]))

    return used


def _register() -> None:
    """Register one indicator for each payer and for each use."""
    for k, payer in enumerate(PAYERS):
        function = _payer(k)
        function.__name__, function.__module__ = f"paid_by_{payer}", __name__
        function.__doc__ = f"What the payer '{payer}' spends on benefits, measures and administration."
        indicator(PER_RESIDENT, *PAYER_LABELS[payer])(function)
    for k, use in enumerate(USES):
        function = _use(k)
        function.__name__, function.__module__ = f"spent_on_{use}", __name__
        function.__doc__ = f"What all payers together spend on {use.replace('_', ' ')}."
        indicator(PER_RESIDENT, *USE_LABELS[use])(function)


_register()


@indicator(PER_RESIDENT, "Public spending", "Öffentliche Ausgaben")
def public_spending(r: Recorded) -> Floats:
    """What all payers together spend on benefits, measures and administration."""
    return _per_resident(r, r.with_total(r.uses.sum(axis=-1)))


@indicator("% of the money set aside", "Budget use", "Ausschöpfung der Mittel",
           source="Brandenburg 2005: 61.8 % in the first year (labour market report 2006/07)")  # fmt: skip
def budget_use(r: Recorded) -> Floats:
    """Cost of measures in the month as a share of the money set aside for them."""
    return ratio(r.with_total(r.costs.sum(axis=-1)), r.with_total(r.budgets.sum(axis=-1)), 100.0)


@indicator("EUR per resident of working age and month", "Municipal room", "Kommunaler Spielraum")
def municipal_room(r: Recorded) -> Floats:
    """Municipal revenue less social spending, smoothed."""
    room = r.network[..., 2]
    return ratio(np.maximum(r.with_total(room), 0.0), population_stock(r)[..., 0])
