"""Synthetic districts: drawn once, by keyed draws, from documented distributions, and labelled as such.

The draws serve a place that is larger than what is published of it. Sizes, unemployment rates and long-term shares
meet the mean and the spread that are given for the whole place, those of published municipalities included. Jobs
follow from a gravity model: residents at work commute to centres by size, draw and travel time, and a district has as
many jobs as people come. Employees and residents of later years follow a published municipality of the region.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from labsim.config.citations import SYNTHETIC
from labsim.config.geography import Points, distances, inside
from labsim.config.place_forms import Region, Synthetic
from labsim.rng import Purpose, hashed_seed, uniforms
from labsim.state.place import Municipality, SeriesPoint

Floats = NDArray[np.float64]
Series = Mapping[str, Mapping[str, float]]
TRIES = 400
"""Points tried for each district before its place on the map is given up."""
DIGITS = 9
LOWEST_RATE, SHARES, JOBS = 1.0, (5.0, 75.0), (0.25, 1.5)
"""Limits of what is drawn: unemployment and long-term unemployed in %, jobs per head."""
_POSITION, _SIZE, _RATE, _SHARE, _DRAW, _PATH = range(6)


@dataclass(frozen=True)
class Published:
    """What is known of the published municipalities, in their order."""

    municipalities: tuple[Municipality, ...]
    at: Points
    residents: Floats  # (m,) thousand persons at the start
    employees: Series  # by municipality and date, thousand persons
    population: Series


@dataclass(frozen=True)
class Districts:
    """Synthetic districts: names and rates, where they lie, and which municipality's path each follows."""

    names: tuple[str, ...]
    at: Points
    residents: Floats  # thousand persons at the start
    rates: Floats  # %
    long_term: Floats  # %
    region: NDArray[np.int64]
    like: tuple[str, ...]


def lots(form: Synthetic, purpose: int, n: int) -> Floats:
    """Return n uniform numbers for one purpose: the same for the same seed."""
    return uniforms(hashed_seed(form.seed), Purpose.INITIAL, purpose, np.arange(n))[:, 0]


def quantiles(u: Floats) -> Floats:
    """Return standard normal quantiles at evenly spaced points, in the random order of ``u``."""
    n = u.size
    spaced = np.array([round(NormalDist().inv_cdf((k + 0.5) / n), DIGITS) for k in range(n)])
    out = np.empty(n)
    out[np.argsort(u, kind="stable")] = spaced
    return out


def draw(form: Synthetic, known: Published) -> Districts:
    """Return the districts of a place; the published municipalities lie among them.

    Raises
    ------
    ValueError
        If so many districts do not fit into the outline, or what is published leaves no room for the rest.
    """
    at = _positions(form, known.at)
    n = form.districts
    left = form.residents - float(known.residents.sum())
    if left <= n:
        raise ValueError(
            f"residents is {form.residents:g} thousand, but the published municipalities alone have"
            f" {known.residents.sum():g}: it must be that of the whole place"
        )
    size = np.exp(form.size_spread * quantiles(lots(form, _SIZE, n)))
    residents = np.round(left * size / size.sum(), 1)
    region = np.array([_region(form.regions, point) for point in at])
    shares = np.array([m.long_term_share for m in known.municipalities])
    z = quantiles(lots(form, _SHARE, n))
    weights = np.concatenate([known.residents, residents])
    mean = (form.long_term_share * weights.sum() - shares @ known.residents) / residents.sum()
    like = lots(form, _PATH, n)
    chosen = [form.regions[r].like for r in region]
    return Districts(
        names=tuple(f"{form.name} {k + 1}" for k in range(n)),
        at=at,
        residents=residents,
        rates=_rates(form, known, residents, region),
        long_term=np.round(np.clip(mean + form.long_term_spread * z, *SHARES), 1),
        region=region,
        like=tuple(names[int(u * len(names))] for u, names in zip(like, chosen, strict=True)),
    )


def _positions(form: Synthetic, known: Points) -> Points:
    """Return points in the outline that keep their distance from each other and from those known."""
    low, high = np.min(form.outline, axis=0), np.max(form.outline, axis=0)
    u = uniforms(hashed_seed(form.seed), Purpose.INITIAL, _POSITION, np.arange(TRIES * form.districts), 1)
    tried = np.round(low + u[:, :2] * (high - low), 3)
    tried = tried[inside(tried.tolist(), form.outline)]
    taken = list(known)
    for point in tried.tolist():
        if len(taken) == len(known) + form.districts:
            break
        if not taken or float(distances([point], taken).min()) >= form.apart:
            taken.append((point[0], point[1]))
    if len(taken) < len(known) + form.districts:
        raise ValueError(
            f"apart is {form.apart:g} km, but only {len(taken) - len(known)} of {form.districts} districts fit into the"
            " outline then: it must be less"
        )
    return [(a, b) for a, b in taken[len(known) :]]


def _region(regions: Sequence[Region], point: tuple[float, float]) -> int:
    found = [r for r, it in enumerate(regions) if point[0] >= it.north_of and point[1] >= it.east_of]
    if not found:
        raise ValueError(
            f"regions leaves out the point {point[0]:g}, {point[1]:g}: the last must hold the rest"
        )
    return found[0]


def _rates(form: Synthetic, known: Published, residents: Floats, region: NDArray[np.int64]) -> Floats:
    """Return unemployment rates: log-normal around the mean of the region; mean and spread are those of the place."""
    published = np.array([m.unemployment_rate for m in known.municipalities])
    everybody = float(known.residents.sum() + residents.sum())
    mean = np.array([it.unemployment_rate for it in form.regions])[region]
    needed = (form.unemployment_rate * everybody - published @ known.residents) / residents.sum()
    mean = mean + needed - (mean @ residents) / residents.sum()
    of_known = ((published - form.unemployment_rate) ** 2) @ known.residents
    between = ((mean - form.unemployment_rate) ** 2) @ residents
    within = (form.unemployment_spread**2 * everybody - of_known - between) / residents.sum()
    spread = math.sqrt(max(float(within), 0.0)) / mean
    sigma = np.sqrt(np.log1p(spread**2))
    z = quantiles(lots(form, _RATE, residents.size))
    rates = mean * np.exp(sigma * z - sigma**2 / 2.0)
    rates += needed - (rates @ residents) / residents.sum()
    return np.round(np.maximum(rates, LOWEST_RATE), 2)


def jobs_per_head(form: Synthetic, people: Floats, rates: Floats, minutes: Floats) -> Floats:
    """Return jobs per resident of working age in every district, by the gravity model; (m,) of (m,), (m,), (m, m).

    Residents at work are those who take part and are not unemployed; each of them works where others do the more, the
    more residents, draw and nearness there are.
    """
    drawn = np.exp(form.centre_spread * quantiles(lots(form, _DRAW, people.size)))
    pull = people * drawn * np.exp(-minutes / form.decay)
    at_work = people * form.at_work * (1.0 - rates / 100.0)
    jobs = (at_work / pull.sum(axis=1)) @ pull
    return np.round(np.clip(jobs / people, *JOBS), 3)


def skill_shifts(form: Synthetic, rates: Floats) -> Floats:
    """Return the mean human capital of residents, log points, that goes with unemployment rates (m,)."""
    return np.round(np.clip(-form.skill_slope * (rates - form.skill_zero), -1.0, 1.0), 3)


def municipalities(
    districts: Districts, people: NDArray[np.int64], jobs: Floats, shifts: Floats
) -> tuple[Municipality, ...]:
    """Return the districts as municipalities, labelled as synthetic."""
    rates, long_term = districts.rates.tolist(), districts.long_term.tolist()
    rows = zip(
        districts.names, people.tolist(), jobs.tolist(), shifts.tolist(), rates, long_term, strict=True
    )
    return tuple(
        Municipality(
            name=name,
            synthetic=True,
            population_of_working_age=persons,
            jobs_per_head=per_head,
            skill_shift=shift,
            unemployment_rate=rate,
            long_term_share=share,
        )
        for name, persons, per_head, shift, rate, share in rows
    )


def paths(districts: Districts, employees: Floats, known: Published) -> dict[str, tuple[SeriesPoint, ...]]:
    """Return employees (``employees`` at the start, thousand persons) and residents of every year, by series."""
    start = {"employees": employees.tolist(), "population": districts.residents.tolist()}
    found: dict[str, tuple[SeriesPoint, ...]] = {}
    for series, given in (("employees", known.employees), ("population", known.population)):
        points = []
        for name, like, first in zip(districts.names, districts.like, start[series], strict=True):
            path = given[like]
            begin = path[min(path)]
            points += [
                SeriesPoint(series=series, municipality=name, date=date, value=round(first * value / begin, 2),
                            unit="thousand persons", source=SYNTHETIC)
                for date, value in path.items()
            ]  # fmt: skip
        found[series] = tuple(points)
    return found
