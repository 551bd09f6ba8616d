"""Parts of place.yaml that are worked out while it is read: starts from tables, straight lines, synthetic districts."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, WithJsonSchema, model_validator

from labsim.params import Declared, param, share
from labsim.state.place import Municipality

Tables = Annotated[
    Any,
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
"""The name of a CSV file, or of several; a file of another place gives its figures for municipalities of this one."""


def _or_from_tables(name: str) -> Any:
    """Declare a key as `Municipality` declares it, but let it be left out."""
    field = Municipality.model_fields[name]
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    low, high = (
        next((getattr(m, it) for m in field.metadata if hasattr(m, it)), None) for it in ("ge", "le")
    )
    return param(None, str(extra["unit"]), str(field.description), low=low, high=high)


class MunicipalityForm(Municipality):
    """A municipality in place.yaml; what `from_tables` can give may be left out."""

    population_of_working_age: int | None = _or_from_tables("population_of_working_age")  # type: ignore[assignment]  # may be left out
    unemployment_rate: float | None = _or_from_tables("unemployment_rate")  # type: ignore[assignment]  # may be left out
    long_term_share: float | None = _or_from_tables("long_term_share")  # type: ignore[assignment]  # may be left out
    at: tuple[float, float] | None = param(None, "degrees", "latitude and longitude of its centre")
    within: float | None = param(
        None, "minutes", "usual way to work inside the municipality", low=1, high=120
    )

    @model_validator(mode="after")
    def _on_earth(self) -> Self:
        if self.at is not None and not (-90 <= self.at[0] <= 90 and -180 <= self.at[1] <= 180):
            raise ValueError(f"at is {list(self.at)}, but it must be latitude and longitude, in degrees")
        return self


class FromTables(Declared):
    """Starts of the municipalities that name none of their own: figures of one year in the place's tables."""

    year: int = param(..., "year", "year of the figures", low=1950, high=2049)
    working_age: float = share(..., "share of residents who are of working age")
    jobs_per_employee: float | None = param(
        None, "jobs", "jobs in the model per published employee; default: none", low=0.1, high=10.0
    )


class StraightLines(Declared):
    """Minutes from door to door, from the distance between centres: access + road at two speeds."""

    access: float = param(..., "minutes", "to the vehicle and from it", low=0, high=60)
    detour: float = param(..., "ratio", "length of the road relative to the straight line", low=1, high=3)
    slow: float = param(..., "km/h", "speed on the first kilometres", low=5, high=200)
    slow_until: float = param(..., "km", "road that is driven at the slow speed", low=0, high=500)
    fast: float = param(..., "km/h", "speed beyond", low=5, high=300)
    within: float = param(
        ..., "minutes", "way to work inside a municipality that names none", low=1, high=120
    )


class Region(Declared):
    """A part of the country, and the published municipalities whose paths its synthetic districts follow."""

    name: str
    east_of: float = param(..., "degrees", "longitude from which on it begins", low=-180, high=180)
    north_of: float = param(-90.0, "degrees", "latitude from which on it begins", low=-90, high=90)
    unemployment_rate: float = param(..., "%", "mean of the region", low=0.5, high=50)
    like: tuple[str, ...] = Field(description="municipalities with published employees and residents")


class Synthetic(Declared):
    """Districts that are drawn, once and for all, from a documented distribution of each trait."""

    districts: int = param(..., "districts", "how many are drawn", low=1, high=5000)
    seed: int = param(..., "", "where the draws start: the same seed, the same districts", low=0)
    name: str = Field("Synthetic district", description="what their names begin with; a number follows")
    outline: tuple[tuple[float, float], ...] = param(
        ..., "degrees", "corners (latitude, longitude) of the country in which they lie"
    )
    apart: float = param(..., "km", "least distance between the centres of two districts", low=0, high=200)
    residents: float = param(
        ..., "thousand persons", "residents of the whole place, all districts together", low=1
    )
    size_spread: float = param(
        ..., "log points", "standard deviation of the logarithm of residents", low=0, high=2
    )
    unemployment_rate: float = param(
        ..., "%", "mean of all districts, weighted by residents", low=0.5, high=50
    )
    unemployment_spread: float = param(
        ...,
        "percentage points",
        "standard deviation over all districts, weighted by residents",
        low=0,
        high=30,
    )
    long_term_share: float = param(..., "%", "mean of all districts", low=1, high=99)
    long_term_spread: float = param(
        ..., "percentage points", "standard deviation over districts", low=0, high=30
    )
    at_work: float = share(..., "employed residents per resident of working age, where nobody is unemployed")
    skill_slope: float = param(
        0.0,
        "log points per percentage point",
        "fall of skill_shift with unemployment, everywhere",
        low=0,
        high=0.2,
    )
    skill_zero: float = param(0.0, "%", "unemployment at which skill_shift is 0", low=0, high=60)
    centre_spread: float = param(
        ...,
        "log points",
        "standard deviation of how strongly a centre draws commuters, beyond its size",
        low=0,
        high=2,
    )
    decay: float = param(..., "minutes", "travel time over which commuting falls to 1/e", low=1, high=200)
    regions: tuple[Region, ...] = Field(description="where published municipalities stand for synthetic ones")
