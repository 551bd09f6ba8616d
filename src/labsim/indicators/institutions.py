"""Indicators of institutions: providers' capacity and competence, ties between local actors, jobs developed."""

from __future__ import annotations

from labsim.indicators.recorded import Floats, Recorded, ratio
from labsim.indicators.registry import Function, indicator
from labsim.indicators.stocks import population_stock
from labsim.state.tables import FIELDS

PLACES = "places per 1,000 residents of working age"
FIELD_LABELS = {
    "short_training": ("Capacity, short training", "Kapazität, Trainingsmaßnahmen"),
    "training": ("Capacity, further training", "Kapazität, Weiterbildung"),
    "work": ("Capacity, public employment", "Kapazität, öffentlich geförderte Beschäftigung"),
    "linked": ("Capacity, linked employment", "Kapazität, Verbundene Beschäftigung"),
    "counselling": ("Capacity, counselling", "Kapazität, soziale Beratung"),
    "placement": ("Capacity, placement", "Kapazität, Vermittlung durch Dritte"),
}


def _per_thousand(r: Recorded, places: Floats) -> Floats:
    return ratio(r.with_total(places), population_stock(r)[..., 0], 1000.0)


def _capacity(k: int) -> Function:
    def capacity(r: Recorded) -> Floats:
        return _per_thousand(r, r.capacity[:, :, k, 0])

    return capacity


def _register() -> None:
    """Register one indicator for each field of work."""
    for k, field in enumerate(FIELDS):
        function = _capacity(k)
        function.__name__, function.__module__ = f"capacity_{field}", __name__
        function.__doc__ = (
            f"Participants that the providers of {field.replace('_', ' ')} can serve at a time."
        )
        indicator(PLACES, *FIELD_LABELS[field])(function)


_register()


@indicator(PLACES, "Capacity of providers", "Kapazität der Träger")
def provider_capacity(r: Recorded) -> Floats:
    """Participants that all providers together can serve at a time."""
    return _per_thousand(r, r.capacity[..., 0].sum(axis=2))


@indicator("% of capacity", "Use of capacity", "Auslastung der Träger")
def provider_use(r: Recorded) -> Floats:
    """Places ordered from providers as a share of their capacity."""
    return ratio(
        r.with_total(r.capacity[..., 1].sum(axis=2)), r.with_total(r.capacity[..., 0].sum(axis=2)), 100.0
    )


@indicator("share (0 to 1)", "Competence of providers", "Kompetenz der Träger")
def provider_competence(r: Recorded) -> Floats:
    """Competence of providers, weighted with their capacity."""
    return ratio(r.with_total(r.capacity[..., 2].sum(axis=2)), r.with_total(r.capacity[..., 0].sum(axis=2)))


@indicator("share (0 to 1)", "Ties of local actors", "Bindungen der Akteure")
def tie_strength(r: Recorded) -> Floats:
    """Mean strength of the ties between the local actors of a municipality (whole place: mean of municipalities)."""
    return r.with_mean(r.network[..., 0])


@indicator("share (0 to 1)", "Joint activity", "Gemeinsame Arbeit")
def joint_activity(r: Recorded) -> Floats:
    """How much the local actors work together, as their regimes ask for (whole place: mean of municipalities)."""
    return r.with_mean(r.network[..., 1])


@indicator("persons per month", "Start-ups", "Gründungen")
def start_ups(r: Recorded) -> Floats:
    """Residents out of work whose business lasts when the start-up subsidy ends (no hires: they find no vacancy)."""
    return r.count("founders", 0)


@indicator("jobs per 1,000 residents of working age", "Jobs developed", "Erschlossene Arbeitsplätze")
def jobs_developed(r: Recorded) -> Floats:
    """Jobs that local job development has opened and that are still there."""
    return _per_thousand(r, r.network[..., 3])
