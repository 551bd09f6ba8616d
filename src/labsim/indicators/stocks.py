"""Indicators of stocks: who works, who is registered, who is in a measure, who is none of these."""

from __future__ import annotations

from labsim.indicators.recorded import Floats, Recorded, ratio
from labsim.indicators.registry import indicator


def labour_force(r: Recorded) -> Floats:
    """Return employed plus registered unemployed, persons."""
    return r.stock("employed") + r.stock("unemployed")


def population_stock(r: Recorded) -> Floats:
    """Return everybody of working age, persons."""
    return labour_force(r) + r.stock("in_measure") + r.stock("inactive")


@indicator("persons", "Employed", "Beschäftigte")
def employment(r: Recorded) -> Floats:
    """Residents with a job."""
    return r.stock("employed")


@indicator("persons", "Registered unemployed", "Registrierte Arbeitslose")
def unemployed(r: Recorded) -> Floats:
    """Residents registered as unemployed and not in a measure."""
    return r.stock("unemployed")


@indicator("persons", "In a measure", "In Maßnahmen")
def in_measure(r: Recorded) -> Floats:
    """Residents taking part in a measure that takes them off the register."""
    return r.stock("in_measure")


@indicator("persons", "Inactive", "Nichterwerbspersonen")
def inactive(r: Recorded) -> Floats:
    """Residents of working age neither working, registered, nor in a measure."""
    return r.stock("inactive")


@indicator("persons", "Population of working age", "Bevölkerung im Erwerbsalter")
def population(r: Recorded) -> Floats:
    """Residents aged 16 to 64."""
    return population_stock(r)


@indicator("% of the labour force", "Registered unemployment", "Registrierte Arbeitslosigkeit")
def unemployment_rate(r: Recorded) -> Floats:
    """Registered unemployed as a share of employed plus registered unemployed residents."""
    return ratio(r.stock("unemployed"), labour_force(r), 100.0)


@indicator("% of the labour force and participants", "Underemployment", "Unterbeschäftigung")
def underemployment_rate(r: Recorded) -> Floats:
    """Registered unemployed and people in measures as a share of these plus the employed."""
    without = r.stock("unemployed") + r.stock("in_measure")
    return ratio(without, without + r.stock("employed"), 100.0)


@indicator("% of the population of working age", "Employment", "Beschäftigung")
def employment_rate(r: Recorded) -> Floats:
    """Employed residents as a share of residents aged 16 to 64."""
    return ratio(r.stock("employed"), population_stock(r), 100.0)


@indicator("% of the population of working age", "Participation", "Erwerbsbeteiligung")
def participation_rate(r: Recorded) -> Floats:
    """Employed, registered and in measures, as a share of residents aged 16 to 64."""
    active = population_stock(r) - r.stock("inactive")
    return ratio(active, population_stock(r), 100.0)


@indicator("% of the unemployed", "Long-term share (register clock)", "Langzeitarbeitslose (Registerdauer)")
def long_term_share(r: Recorded) -> Floats:
    """Unemployed whose registered spell has lasted 12 months or more (a long measure starts it anew)."""
    return ratio(r.stock("long_term"), r.stock("unemployed"), 100.0)


@indicator("% of the unemployed", "Without a job for 12 months", "Zwölf Monate ohne Arbeit")
def long_term_share_since_job(r: Recorded) -> Floats:
    """Unemployed whose last job ended 12 months ago or more."""
    return ratio(r.stock("long_term_since_job"), r.stock("unemployed"), 100.0)


@indicator("% of the unemployed", "Neglect", "Ohne Förderung")
def neglect_share(r: Recorded) -> Floats:
    """Unemployed without a measure or a referral for 12 months or more."""
    return ratio(r.stock("neglected"), r.stock("unemployed"), 100.0)


@indicator("EUR per month", "Mean wage", "Durchschnittslohn")
def mean_wage(r: Recorded) -> Floats:
    """Mean gross wage of employed residents."""
    return ratio(r.stock("wage"), r.stock("employed"))


@indicator("log points", "Human capital", "Humankapital")
def human_capital(r: Recorded) -> Floats:
    """Mean human capital of residents of working age."""
    return ratio(r.stock("skill"), population_stock(r))


@indicator("share (0 to 1)", "Employability", "Beschäftigungsfähigkeit")
def employability(r: Recorded) -> Floats:
    """Mean employability of residents of working age."""
    return ratio(r.stock("employability"), population_stock(r))


@indicator("share (0 to 1)", "Trust in institutions", "Vertrauen")
def trust(r: Recorded) -> Floats:
    """Mean trust in institutions of residents of working age."""
    return ratio(r.stock("trust"), population_stock(r))
