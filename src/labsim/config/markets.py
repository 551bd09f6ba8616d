"""The markets in which trials take place: slack or tight, and as many of them side by side as a design needs."""

from __future__ import annotations

from labsim.scenario import Scenario
from labsim.state.place import Municipality, Place, SeriesPoint

APART = 600.0
"""Minutes between two copies of a place: nobody commutes so far, so the copies are labour markets of their own."""


def with_jobs(scenario: Scenario, factor: float) -> Scenario:
    """Return a market with other jobs per head: below 1 it is slack, above 1 tight."""
    default = scenario.parameters.demand.jobs_per_head
    municipalities = tuple(
        m.model_copy(update={"jobs_per_head": (m.jobs_per_head or default) * factor})
        for m in scenario.place.municipalities
    )
    place = scenario.place.model_copy(update={"municipalities": municipalities})
    return scenario.model_copy(update={"place": place})


def in_copies(scenario: Scenario, copies: int) -> Scenario:
    """Return a market of several copies of its place side by side, too far apart to commute between them.

    The municipality "Dortmund" becomes "Dortmund 1", "Dortmund 2" and so on. The copies are alike in all that is
    published, and differ by chance. Published outcomes are left out.
    """
    if copies == 1:
        return scenario
    place, numbers = scenario.place, range(1, copies + 1)
    n = len(place.municipalities)
    return scenario.model_copy(
        update={
            "place": place.model_copy(
                update={
                    "municipalities": tuple(
                        _renamed(each, k) for k in numbers for each in place.municipalities
                    ),
                    "travel_minutes": _blocks(place.travel_minutes, n, copies, APART),
                    "commuters": None
                    if place.commuters is None
                    else _blocks(place.commuters, n, copies, 0.0),
                    "employees": _points(place.employees, copies),
                    "population": _points(place.population, copies),
                    "targets": (),
                }
            ),
            "governance": tuple(
                change.model_copy(update={"municipality": numbered(change.municipality, k)})
                for k in numbers
                for change in scenario.governance
            ),
        }
    )


def numbered(name: str, copy: int) -> str:
    """Return the name of a municipality in a copy of its place.

    >>> numbered("Dortmund", 2)
    'Dortmund 2'
    """
    return f"{name} {copy}"


def market_of_each(place: Place, copies: int) -> list[int]:
    """Return which copy each municipality belongs to, counted from 0."""
    size = len(place.municipalities) // copies
    return [m // size for m in range(len(place.municipalities))]


def _renamed(municipality: Municipality, copy: int) -> Municipality:
    return municipality.model_copy(update={"name": numbered(municipality.name, copy)})


def _points(points: tuple[SeriesPoint, ...], copies: int) -> tuple[SeriesPoint, ...]:
    return tuple(
        point.model_copy(update={"municipality": numbered(point.municipality, k)})
        for k in range(1, copies + 1)
        for point in points
    )


def _blocks(
    matrix: tuple[tuple[float, ...], ...], n: int, copies: int, between: float
) -> tuple[tuple[float, ...], ...]:
    """Return a matrix with copies of ``matrix`` along the diagonal and ``between`` everywhere else."""
    return tuple(
        tuple(
            matrix[row % n][column % n] if row // n == column // n else between
            for column in range(n * copies)
        )
        for row in range(n * copies)
    )
