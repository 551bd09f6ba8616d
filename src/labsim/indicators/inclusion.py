"""Indicators of inclusion: who is reached and who is left out, and how people out of work take part in social life.

Social participation is the second yardstick of the regional-budget text, beside the chance of placement. Its
components are shown one by one; the index is their plain mean, so that nobody has to trust hidden weights.
"""

from __future__ import annotations

import numpy as np

from labsim.codes import FIXED_POINT
from labsim.indicators.recorded import Floats, Recorded, ratio
from labsim.indicators.registry import indicator

OF_JOBLESS = "% of the registered unemployed and participants"
SHARE = "share (0 to 1)"


def _jobless(r: Recorded) -> Floats:
    return r.stock("unemployed") + r.stock("in_measure")


@indicator(OF_JOBLESS, "Activity", "Betätigung")
def participation_activity(r: Recorded) -> Floats:
    """Registered people out of work who take part in a measure."""
    return ratio(r.stock("in_measure"), _jobless(r), 100.0)


@indicator("% of the unemployed", "Support", "Unterstützung")
def participation_support(r: Recorded) -> Floats:
    """Unemployed who had a measure or a referral within the last 12 months."""
    return ratio(r.stock("unemployed") - r.stock("neglected"), r.stock("unemployed"), 100.0)


@indicator("% of the unemployed", "Secure income", "Gesichertes Einkommen")
def participation_income(r: Recorded) -> Floats:
    """Unemployed whose benefit is not cut by a sanction."""
    return ratio(r.stock("unemployed") - r.stock("sanctioned"), r.stock("unemployed"), 100.0)


@indicator(SHARE, "Trust of people out of work", "Vertrauen der Arbeitslosen")
def participation_trust(r: Recorded) -> Floats:
    """Mean trust in institutions of the registered unemployed and participants."""
    return ratio(r.stock("jobless_trust"), _jobless(r))


@indicator(SHARE, "Employability of people out of work", "Beschäftigungsfähigkeit der Arbeitslosen")
def participation_employability(r: Recorded) -> Floats:
    """Mean employability of the registered unemployed and participants."""
    return ratio(r.stock("jobless_employability"), _jobless(r))


@indicator("index (0 to 100)", "Social participation", "Soziale Teilhabe")
def social_participation(r: Recorded) -> Floats:
    """Plain mean of its five components among people out of work: activity, support, income, trust, employability."""
    parts = [participation_activity(r), participation_support(r), participation_income(r)]
    parts += [100.0 * participation_trust(r), 100.0 * participation_employability(r)]
    return np.asarray(np.mean(parts, axis=0))


@indicator("index (0 to 1)", "Segregation of unemployment", "Segregation der Arbeitslosigkeit",
           source="index of dissimilarity (Duncan and Duncan 1955)")  # fmt: skip
def segregation(r: Recorded) -> Floats:
    """Half the summed differences between the municipalities' shares of all unemployed and of all employed."""
    shares = []
    for state in ("unemployed", "employed"):
        stock = r.of_the_place(r.stock(state)[:, :-1, 0])
        shares.append(stock / np.maximum(stock.sum(axis=1, keepdims=True), 1.0))
    index = 0.5 * np.abs(shares[0] - shares[1]).sum(axis=1)
    return np.repeat(index[:, np.newaxis], r.census.shape[1] + 1, axis=1)


@indicator("persons per month", "Entries into measures", "Eintritte in Maßnahmen")
def entries(r: Recorded) -> Floats:
    """Persons who begin a measure of any kind in the month."""
    return r.entries_by_group()


@indicator("% of entrants", "Long-term unemployed among entrants", "Langzeitarbeitslose unter den Eintritten",
           source="Regionalbudget Brandenburg 2010-2012: more than 78 % (LASA BRANDaktuell 5/2012)")  # fmt: skip
def reached_long_term(r: Recorded) -> Floats:
    """Entrants into measures who have been registered for 12 months or more."""
    everybody = r.entries_by_group()[..., 0]
    return ratio(r.with_total(r.reached[..., 0].sum(axis=2)), everybody, 100.0)


@indicator("% of entrants", "Insured among entrants", "Leistungsbezieher SGB III unter den Eintritten")
def reached_insured(r: Recorded) -> Floats:
    """Entrants into measures who draw insurance benefit."""
    return ratio(r.with_total(r.reached[..., 1].sum(axis=2)), r.entries_by_group()[..., 0], 100.0)


@indicator("log points", "Creaming", "Bestenauslese")
def creaming(r: Recorded) -> Floats:
    """Human capital plus employability of entrants into measures less that of all unemployed (above 0: creaming)."""
    entrants = ratio(
        r.with_total(r.reached[..., 2].sum(axis=2)), r.entries_by_group()[..., 0], 1.0 / FIXED_POINT
    )
    everybody = ratio(r.with_total(r.nearness[..., 0]), r.with_total(r.nearness[..., 1]), 1.0 / FIXED_POINT)
    return np.asarray(entrants - everybody)


@indicator("% of vouchers that ended", "Vouchers redeemed", "Eingelöste Gutscheine",
           source="2003: nearly 80 % (Bundestag paper 15/2640)")  # fmt: skip
def voucher_redemption(r: Recorded) -> Floats:
    """Vouchers redeemed in the month as a share of those redeemed or lapsed."""
    redeemed, lapsed = (r.with_total(r.vouchers[..., k].sum(axis=2)) for k in (1, 2))
    return ratio(redeemed, redeemed + lapsed, 100.0)


@indicator("% of participants", "Integration record", "Eingliederungsquote",
           source="after the statistics of the federal agency: six months after the end (from memory)")  # fmt: skip
def integration_rate(r: Recorded) -> Floats:
    """Participants at work some months (default six) after the planned end of their measure."""
    seen, at_work = (r.with_total(r.followed[..., k].sum(axis=2)) for k in (0, 1))
    return ratio(at_work, seen, 100.0)


def _segment(r: Recorded, name: str) -> Floats:
    profiled = sum(r.stock(segment) for segment in ("market", "activate", "support", "cared_for"))
    return ratio(r.stock(name), np.asarray(profiled), 100.0)


@indicator("% of profiled clients", "Market clients", "Marktkunden")
def market_clients(r: Recorded) -> Floats:
    """Unemployed whom the agency estimates to be near to the market."""
    return _segment(r, "market")


@indicator("% of profiled clients", "Counselled, to activate", "Beratungskunden Aktivieren")
def clients_to_activate(r: Recorded) -> Floats:
    """Unemployed whom the agency estimates to be able but not near to the market."""
    return _segment(r, "activate")


@indicator("% of profiled clients", "Counselled, to support", "Beratungskunden Fördern")
def clients_to_support(r: Recorded) -> Floats:
    """Unemployed whom the agency estimates to lack skills."""
    return _segment(r, "support")


@indicator("% of profiled clients", "Cared-for clients", "Betreuungskunden")
def cared_for_clients(r: Recorded) -> Floats:
    """Unemployed whom the agency estimates to be far from the market."""
    return _segment(r, "cared_for")
