"""A place: municipalities, who lives and works there, how far apart they are, and how labour demand moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import Field, field_validator, model_validator

from labsim.params import Cited, Declared, param
from labsim.state.marginals import Association, Marginal, mistakes_in_association, mistakes_in_marginals
from labsim.state.tables import FIELDS

SHARE_TOLERANCE = 1e-6
WHOLE = "all"
"""What stands for the whole place where a municipality is named."""


class Label(Declared):
    """A name for readers, in English and German."""

    en: str
    de: str = ""


class Municipality(Declared):
    """A district (Landkreis, kreisfreie Stadt) or a part of a city."""

    name: str
    label: Label | None = None
    population_of_working_age: int = param(..., "persons", "residents aged 16 to 64", low=100)
    jobs_per_head: float | None = param(None, "jobs", "jobs per resident of working age; default: the model's"
                                        " parameter demand.jobs_per_head", low=0.1, high=2.0)  # fmt: skip
    skill_shift: float = param(0.0, "log points", "mean human capital of residents relative to the model's mean",
                               low=-1.0, high=1.0)  # fmt: skip
    unemployment_rate: float = param(..., "%", "registered unemployment, % of the civilian labour force, at the"
                                     " start of the data", low=0.0, high=60.0)  # fmt: skip
    outside: bool = Field(
        default=False,
        description="people live, work and commute there, but it is not of the place proper: not in the totals 'all'",
    )
    synthetic: bool = Field(
        default=False, description="drawn from distributions: no district of this name exists"
    )
    providers: tuple[str, ...] | None = param(None, "fields of work", "what the local providers of measures can"
                                              " deliver; default: everything")  # fmt: skip
    long_term_share: float = param(..., "%", "share of the unemployed registered for 12 months or more, at the"
                                   " start of the data", low=0.0, high=100.0)  # fmt: skip

    @field_validator("providers")
    @classmethod
    def _known_fields(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for field in value or ():
            if field not in FIELDS:
                raise ValueError(f"names the field '{field}', but providers know only {', '.join(FIELDS)}")
        return value


class Occupation(Declared):
    """A segment of occupations; neighbours in the list are close to each other."""

    name: str
    share: float = param(..., "share", "share of jobs and of people", low=0.0, high=1.0)


class SeriesPoint(Declared):
    """One published figure: a target, or an input."""

    series: str
    municipality: str
    date: str = param(..., "YYYY or YYYY-MM", "year (annual mean) or month")
    value: float
    unit: str
    source: str
    flag: str = Field(
        default="",
        pattern="^(break|broken)?$",
        description="break: not comparable with the years before; broken: no figure to trust, compared with nothing",
    )


class Calibrated(Declared):
    """What a calibration of a place found: parameters, differences between municipalities, and an ensemble."""

    calibrated: str = Field(description="name of the place")
    made: dict[str, str | int | float] = Field(
        {}, description="how: version, scenario, scale, seeds, evaluations, fit"
    )
    parameters: dict[str, float] = Field(description="the best fit, by path of the parameter")
    skill_shift: dict[str, float] = Field({}, description="skill shift by municipality, log points")
    ensemble: tuple[dict[str, float], ...] = Field((), description="parameters of the accepted members")


class Place(Cited):
    """Everything the model knows about a local labour market before it runs."""

    place: str
    label: Label
    source: str
    fictional: bool = False
    municipalities: tuple[Municipality, ...]
    travel_minutes: tuple[tuple[float, ...], ...] = param(
        ..., "minutes", "door to door, row = home, column = workplace"
    )
    commuters: tuple[tuple[float, ...], ...] | None = param(
        None, "persons", "published commuters, row = home, column = workplace; 0 on the diagonal"
    )
    occupations: tuple[Occupation, ...]
    education_shares: tuple[float, float, float] = param(
        ..., "share", "without vocational training, vocational, tertiary"
    )
    employees: tuple[SeriesPoint, ...] = param(
        (), "thousand persons", "employment-based series that drives labour demand (never unemployment)"
    )
    population: tuple[SeriesPoint, ...] = param(
        (), "thousand persons", "resident population; demand moves with employees per resident"
    )
    cohorts: tuple[SeriesPoint, ...] = param(
        (),
        "% of those who reach 65",
        "the cohort that turns 16 in a year; default: 100, who reaches 65 is replaced",
    )
    targets: tuple[SeriesPoint, ...] = param((), "as given", "published outcomes, never an input")
    marginals: tuple[Marginal, ...] = param(
        (),
        "persons or %",
        "residents by age, sex, education, occupation; default: the place's shares for all",
    )
    association: tuple[Association, ...] = param(
        (), "weights", "which traits of people go together, fitted to the marginals; default: none do"
    )
    calibrated: Calibrated | None = Field(None, description="what a calibration of the place found")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        n = len(self.municipalities)
        if n == 0:
            raise ValueError("municipalities is empty, but a place needs at least one")
        if all(m.outside for m in self.municipalities):
            raise ValueError(
                "municipalities has none of the place proper, but one at least must not be outside"
            )
        names = [m.name for m in self.municipalities]
        if len(set(names)) != n:
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(
                f"municipalities has two entries named '{twice}', but each needs a name of its own"
            )
        _check_square("travel_minutes", self.travel_minutes, n)
        if self.commuters is not None:
            _check_square("commuters", self.commuters, n)
            if any(self.commuters[i][i] for i in range(n)):
                raise ValueError(
                    "commuters has residents who work at home on its diagonal, but it must be 0 there"
                )
        _check_shares("education_shares", self.education_shares)
        _check_shares("occupations", tuple(o.share for o in self.occupations))
        for point in (*self.employees, *self.population, *self.cohorts):
            everywhere = point.series == "cohorts" and point.municipality == WHOLE
            if point.municipality not in names and not everywhere:
                raise ValueError(
                    f"{point.series} names the municipality '{point.municipality}', which is not in this place"
                    f" (it has {', '.join(names)})"
                )
        _check_marginals(self, names)
        return self

    def shifted(self, shifts: Mapping[str, float]) -> Place:
        """Return the place with other skill shifts of some municipalities, by name."""
        if not shifts:
            return self
        return self.model_copy(update={"municipalities": shifted(self.municipalities, shifts)})


def shifted(
    municipalities: tuple[Municipality, ...], shifts: Mapping[str, float]
) -> tuple[Municipality, ...]:
    """Return municipalities with other skill shifts for those that ``shifts`` names."""
    return tuple(
        each.model_copy(update={"skill_shift": shifts[each.name]}) if each.name in shifts else each
        for each in municipalities
    )


def _check_marginals(place: Place, names: list[str]) -> None:
    occupations = [each.name for each in place.occupations]
    if place.association and not place.marginals:
        raise ValueError("association says which traits go together, but there are no marginals to fit it to")
    for key, mistakes in (
        ("marginals", mistakes_in_marginals(place.marginals, names, occupations)),
        ("association", mistakes_in_association(place.association, place.marginals, occupations)),
    ):
        if mistakes:
            raise ValueError(f"{key} has a mistake in {mistakes[0]}")


def _check_square(name: str, matrix: tuple[tuple[float, ...], ...], n: int) -> None:
    if len(matrix) != n:
        raise ValueError(
            f"{name} has {len(matrix)} rows, but there are {n} municipalities: it must be {n} x {n}"
        )
    for i, row in enumerate(matrix, start=1):
        if len(row) != n:
            raise ValueError(
                f"{name} has {len(row)} cells in row {i}, but there are {n} municipalities: it must be {n} x {n}"
            )
        for j, cell in enumerate(row, start=1):
            if cell < 0:
                raise ValueError(f"{name} has {cell:g} in row {i}, column {j}, but it cannot be below 0")


def _check_shares(name: str, shares: tuple[float, ...]) -> None:
    total = sum(shares)
    if abs(total - 1.0) > SHARE_TOLERANCE:
        raise ValueError(f"{name} adds up to {total:g}, but shares must add up to 1")
