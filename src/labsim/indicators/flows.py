"""Indicators of flows, vacancies, hiring and policy; rates are per month."""

from __future__ import annotations

import numpy as np

from labsim.codes import PARTNERSHIP, RECALL, REFERRAL, TIP
from labsim.indicators.recorded import Floats, Recorded, ratio
from labsim.indicators.registry import indicator
from labsim.units import DAYS_PER_MONTH

_FROM_UNEMPLOYED, _AGE, _FILLED = 5, 6, 7


def _all(r: Recorded, quantity: str) -> Floats:
    return r.stock(quantity)[..., 0]


def _before(r: Recorded, state: str) -> Floats:
    """Return a stock at the beginning of the month: its end minus what came in plus what went out."""
    states = ("employed", "unemployed", "in_measure", "inactive", "outside")
    inflow = sum((r.flow(other, state) for other in states if other != state), np.zeros(1))
    outflow = sum((r.flow(state, other) for other in states if other != state), np.zeros(1))
    return np.asarray(_all(r, state) - inflow + outflow)


@indicator("% of the unemployed per month", "Job finding", "Abgang in Beschäftigung")
def job_finding_rate(r: Recorded) -> Floats:
    """Registered unemployed who start a job, as a share of the unemployed at the beginning of the month."""
    return ratio(r.flow("unemployed", "employed"), _before(r, "unemployed"), 100.0)


@indicator("% of the employed per month", "Separation", "Zugang in Arbeitslosigkeit")
def separation_rate(r: Recorded) -> Floats:
    """Employed who become registered unemployed, as a share of the employed at the beginning of the month."""
    return ratio(r.flow("employed", "unemployed"), _before(r, "employed"), 100.0)


@indicator("% of the employed per month", "Job to job", "Stellenwechsel")
def job_to_job_rate(r: Recorded) -> Floats:
    """Employed who move to another employer, as a share of the employed at the beginning of the month."""
    return ratio(r.flow("employed", "employed"), _before(r, "employed"), 100.0)


@indicator("% of the unemployed per month", "Withdrawal", "Rückzug vom Arbeitsmarkt")
def withdrawal_rate(r: Recorded) -> Floats:
    """Registered unemployed who leave the register without a job, as a share of the unemployed."""
    return ratio(r.flow("unemployed", "inactive"), _before(r, "unemployed"), 100.0)


@indicator("% of the inactive per month", "Return to the register", "Rückkehr ins Register")
def return_rate(r: Recorded) -> Floats:
    """Inactive persons (also school leavers) who register as unemployed, as a share of the inactive."""
    return ratio(r.flow("inactive", "unemployed"), _before(r, "inactive"), 100.0)


@indicator("persons per month", "Layoffs", "Entlassungen")
def layoffs(r: Recorded) -> Floats:
    """People laid off by employers that shrink or close, by municipality of the workplace."""
    return r.count("layoffs", 0)


@indicator("number", "Open vacancies", "Offene Stellen")
def vacancies(r: Recorded) -> Floats:
    """Vacancies open before the month's matching, registered or not."""
    return r.count("vacancies", 2)


@indicator("number", "Registered vacancies", "Gemeldete Stellen")
def registered_vacancies(r: Recorded) -> Floats:
    """Vacancies open before the month's matching that are registered with the agency."""
    return r.count("registered", 0)


@indicator("% of jobs", "Vacancy rate", "Vakanzquote")
def vacancy_rate(r: Recorded) -> Floats:
    """Open vacancies as a share of employed residents plus open vacancies."""
    return ratio(r.count("vacancies", 2), _all(r, "employed") + r.count("vacancies", 2), 100.0)


@indicator("vacancies per unemployed", "Tightness", "Anspannung")
def tightness(r: Recorded) -> Floats:
    """Open vacancies per registered unemployed person."""
    return ratio(r.count("vacancies", 2), _all(r, "unemployed"))


@indicator("registered vacancies per unemployed", "Registered tightness", "Anspannung (gemeldete Stellen)")
def registered_tightness(r: Recorded) -> Floats:
    """Registered vacancies per registered unemployed person."""
    return ratio(r.count("registered", 0), _all(r, "unemployed"))


@indicator("% of vacancies per month", "Vacancies filled", "Besetzte Stellen")
def vacancy_filling_rate(r: Recorded) -> Floats:
    """Vacancies filled in the month as a share of those open before matching."""
    return ratio(r.count("hires", _FILLED), r.count("vacancies", 2), 100.0)


@indicator("days", "Vacancy age at filling", "Vakanzdauer")
def vacancy_age_at_filling(r: Recorded) -> Floats:
    """Mean days from opening a vacancy to agreeing on a hire (the middle of the round)."""
    filled = r.count("hires", _FILLED)
    return ratio(r.count("hires", _AGE) + 0.5 * filled, filled, DAYS_PER_MONTH / r.rounds)


def _hires(r: Recorded) -> Floats:
    return np.asarray(sum((r.count("hires", c) for c in range(1, 5)), r.count("hires", 0)))


@indicator("persons per month", "Hires", "Einstellungen")
def hires(r: Recorded) -> Floats:
    """Residents who start a job, from any state."""
    return _hires(r)


@indicator("% of hires", "Hired through contacts", "Einstellungen über Kontakte")
def contact_share(r: Recorded) -> Floats:
    """Hires that followed a tip from a contact or a recall."""
    return ratio(r.count("hires", TIP) + r.count("hires", RECALL), _hires(r), 100.0)


@indicator("% of hires", "Hired through the agency", "Einstellungen über die Agentur")
def agency_share(r: Recorded) -> Floats:
    """Hires that followed an agency's referral."""
    return ratio(r.count("hires", REFERRAL), _hires(r), 100.0)


@indicator("% of hires", "Hired through partnerships", "Einstellungen über Partnerschaften")
def partnership_share(r: Recorded) -> Floats:
    """Hires that followed a referral through a municipality's employer partnership."""
    return ratio(r.count("hires", PARTNERSHIP), _hires(r), 100.0)


@indicator("% of offers", "Offers refused", "Abgelehnte Angebote")
def refusal_share(r: Recorded) -> Floats:
    """Offers refused because the wage was too low."""
    return ratio(r.count("offers", 1), r.count("offers", 0), 100.0)


@indicator("% of the unemployed per month", "Meetings", "Gespräche")
def meeting_rate(r: Recorded) -> Floats:
    """Meetings between agency and client as a share of the unemployed at the end of the month."""
    return ratio(r.count("casework", 0), _all(r, "unemployed"), 100.0)


@indicator("per 100 unemployed and month", "Sanctions", "Sanktionen")
def sanctions(r: Recorded) -> Floats:
    """New sanctions per 100 registered unemployed."""
    return ratio(r.count("casework", 1), _all(r, "unemployed"), 100.0)


@indicator("EUR per month", "Spending on measures", "Ausgaben für Maßnahmen")
def spending(r: Recorded) -> Floats:
    """Cost of all places taken in the month."""
    return r.with_total(r.costs.sum(axis=-1)) / 100.0
