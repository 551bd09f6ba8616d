"""What is measured: a market of a given number of persons, and whole Dortmund."""

from __future__ import annotations

from functools import cache

from labsim.config import load
from labsim.model import LabourMarket
from labsim.scenario import Scenario

WARM_MONTHS = 24
"""Months before measuring: the first ones post more vacancies than usual."""


@cache
def population() -> int:
    """Return the persons of working age of the place `dortmund`."""
    return sum(m.population_of_working_age for m in load("dortmund_status_quo").place.municipalities)


def market(persons: int) -> Scenario:
    """Return the place `dortmund` under the status quo with about so many agents, without a burn-in."""
    return load("dortmund_status_quo", scale=min(persons / population(), 1.0), burn_in=0)


def warm_model(persons: int) -> LabourMarket:
    """Return a model of so many persons after its first months."""
    model = LabourMarket(market(persons), seed=1)
    return model.run(model.start_month + WARM_MONTHS)


def dortmund() -> Scenario:
    """Return the main job: all six districts, one agent per person, burn-in and 1998 to 2010."""
    return load("dortmund_2003")
