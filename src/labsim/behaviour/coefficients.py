"""From declared parameters to the numbers and tables that kernels and rules read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labsim.kernels.coefficients import Coefficients
from labsim.kernels.demography import survival_table
from labsim.parameters import Parameters
from labsim.state.place import WHOLE, Place, SeriesPoint
from labsim.state.synthesis import people_tables

DIGITS = 12


def rounded(values: Sequence[float]) -> NDArray[np.float64]:
    """Return values rounded to 12 digits: the same on every machine."""
    return np.array([round(float(value), DIGITS) for value in values])


def power(base: float, exponent: float) -> float:
    """Return base ** exponent, rounded to 12 digits; 0 for a base of 0 or below."""
    return round(math.pow(base, exponent), DIGITS) if base > 0.0 else 0.0


def coefficients(pars: Parameters, place: Place) -> Coefficients:
    """Return the coefficients of a place."""
    return Coefficients(
        **_of_demand(pars),
        **_of_separations(pars),
        **_of_participation(pars),
        **_of_search(pars),
        **_of_hiring(pars),
        **_of_wages(pars),
        **_of_people(pars),
        profiling_ties=pars.ties.profiling,
        market_client=pars.agencies.market_client,
        cared_for_client=pars.agencies.cared_for_client,
        able=pars.agencies.able,
        skill_shift=rounded([m.skill_shift for m in place.municipalities]),
        education_cum=rounded(np.cumsum(place.education_shares).tolist()),
        occupation_cum=rounded(np.cumsum([o.share for o in place.occupations]).tolist()),
        occupations=len(place.occupations),
        **people_tables(place)._asdict(),
    )


def _of_demand(pars: Parameters) -> dict[str, Any]:
    demand = pars.demand
    return {
        "posting_speed": demand.posting_speed,
        "persistence": demand.persistence,
        "innovation_sd": demand.innovation_sd,
        "shock_sd": round(demand.innovation_sd / math.sqrt(1.0 - demand.persistence**2), DIGITS),
        "layoff_band": demand.layoff_band,
        "layoff_speed": demand.layoff_speed,
        "withdrawal_after": demand.withdrawal_after,
        "withdrawal_rate": demand.withdrawal_rate,
        "closure_rate": demand.closure_rate,
        "scrapping": demand.scrapping,
        "layoff_noise": demand.replacement_noise,
    }


def _of_separations(pars: Parameters) -> dict[str, Any]:
    jobs = pars.separations
    by_education = (jobs.no_vocational, 1.0, jobs.tertiary)
    return {
        "survival": _survival(jobs.base, jobs.new_job, jobs.decay, by_education),
        "recall_share": jobs.recall_share,
    }


_survival = lru_cache(maxsize=64)(survival_table)
"""Neighbouring points of a sweep share most tables, and making one takes as long as a month of a small town."""


@lru_cache(maxsize=64)
def _effort_by_employability(exponent: float) -> NDArray[np.float64]:
    return rounded([power(k / 1024, exponent) for k in range(1025)])


def _of_participation(pars: Parameters) -> dict[str, Any]:
    part = pars.participation
    return {
        "employed_exit": part.employed_exit,
        "older_factor": part.older_factor,
        "other_return": part.other_return,
        "discouraged_return": part.discouraged_return,
        "withdrawal": part.withdrawal,
        "withdrawal_pressure": part.withdrawal_pressure,
        "leaves_school": np.array([12 * age for age in part.leaves_school_at], np.int64),
    }


def _of_search(pars: Parameters) -> dict[str, Any]:
    search = pars.search
    return {
        "search_unemployed": search.unemployed,
        "search_employed": search.employed,
        "search_employed_new": search.employed_new,
        "search_inactive": search.inactive,
        "search_leavers": search.leavers,
        "first_search": _of_participation(pars)["leaves_school"] - search.leaver_months,
        "effort_by_employability": _effort_by_employability(search.employability_exponent),
        "effort_by_duration": rounded([math.exp(-search.duration_decay * d) for d in range(25)]),
        "exhaustion_rise": search.exhaustion_rise,
        "pressure_response": search.pressure_response,
        "pressure_memory": search.pressure_memory,
        "rounds": search.rounds,
        "tip_share": search.tip_share,
        "tip_by_duration": rounded([math.pow(0.5, d / search.tip_months) for d in range(121)]),
        "partnership_share": search.partnership_share,
    }


def _of_hiring(pars: Parameters) -> dict[str, Any]:
    hiring = pars.hiring
    return {
        "relaxation": hiring.relaxation,
        "education_standard": hiring.education_standard,
        "noise": hiring.noise,
        "weight_employability": hiring.employability,
        "stigma": hiring.stigma,
        "stigma_cap": hiring.stigma_cap,
        "misfit": rounded([0.0, hiring.next_occupation, hiring.far_occupation]),
        "education_gap": hiring.education_gap,
        "distance": hiring.distance,
        "bonus": rounded([0.0, hiring.tip, hiring.referral, hiring.partnership, hiring.recall]),
        "registered_share": hiring.registered_share,
    }


def _of_wages(pars: Parameters) -> dict[str, Any]:
    wages = pars.wages
    anchor = [max(wages.anchor - wages.anchor_slope * d, wages.anchor_floor) for d in range(61)]
    return {
        "return_to_skill": wages.return_to_skill,
        "posting_sd": wages.posting_sd,
        "education_premium": wages.education_premium,
        "mean_wage": wages.mean_wage,
        "wage_floor": wages.floor,
        "job_to_job": wages.job_to_job,
        "anchor": rounded(anchor),
        "pressure_cut": wages.pressure_cut,
    }


def _of_people(pars: Parameters) -> dict[str, Any]:
    """Return the group as it is: its names are those of the coefficients."""
    return {name: getattr(pars.people, name) for name in type(pars.people).model_fields}


def closeness_of_cells(pars: Parameters, place: Place) -> NDArray[np.float64]:
    """Return the weight of each cell as seen from each home cell, (c, c): exp(-travel / decay) x closeness.

    Vacancies in one's own municipality weigh `search.at_home` times as much.
    """
    m, o = len(place.municipalities), len(place.occupations)
    near = [1.0, pars.search.next_occupation, pars.search.far_occupation]
    reach = [
        [
            round(
                math.exp(-t / pars.search.distance_decay) * (pars.search.at_home if home == work else 1.0),
                DIGITS,
            )
            for work, t in enumerate(row)
        ]
        for home, row in enumerate(place.travel_minutes)
    ]
    cell = np.arange(m * o)
    apart = np.minimum(np.abs(cell[:, np.newaxis] % o - cell[np.newaxis, :] % o), 2)
    return np.asarray(np.array(reach)[np.ix_(cell // o, cell // o)] * np.array(near)[apart])


def growth_path(pars: Parameters, place: Place, start: int, end: int) -> NDArray[np.float64]:
    """Return labour demand relative to its first published value, (months, m), months start..end.

    Published employees per resident, annual values taken as of June, linear in between, constant outside. Demand
    responds to the path of the whole place (its inside) and to a municipality's own deviation from it with an
    elasticity each, and drifts by what employees in social insurance do not show. A municipality outside the place
    proper follows its own path.

    Residents are those of all ages, and so the path does not react to `cohort_path`: small cohorts left the residents
    long before they come of age. When they do, fewer people of working age share the same jobs.
    """
    months, demand = np.arange(start, end + 1), pars.demand
    out = np.ones((months.size, len(place.municipalities)))
    employees, population = _by_municipality(place.employees), _by_municipality(place.population)
    series = [
        _employees_and_residents(employees.get(each.name, {}), population.get(each.name, {}))
        for each in place.municipalities
    ]
    inside = [s for s, m in zip(series, place.municipalities, strict=True) if s and not m.outside]
    whole = _whole(inside)
    for m, (given, municipality) in enumerate(zip(series, place.municipalities, strict=True)):
        if not given:
            continue
        own = _monthly(given, months)
        common = own if municipality.outside or not whole else _monthly(whole, months)
        years = (np.clip(months, *_span(given)) - _span(given)[0]) / 12.0
        path = common**demand.pass_through * (own / common) ** demand.local_pass_through
        out[:, m] = np.round(path * np.exp(demand.drift * years), DIGITS)
    return out


def cohort_path(place: Place, first: int, last: int) -> NDArray[np.float64]:
    """Return school leavers per person who reaches 65, (years, m), for the years of months first..last.

    The place's cohorts, a value for each calendar year, constant outside; a municipality without rows of its own has
    those of "all", and without these 1: who reaches 65 is replaced. Without any cohorts, (0, m).
    """
    years = np.arange(first // 12, last // 12 + 1)
    if not place.cohorts:
        return np.ones((0, len(place.municipalities)))
    given = _by_municipality(place.cohorts)
    common = given.get(WHOLE, {int(years[0]): 100.0})
    out = np.ones((years.size, len(place.municipalities)))
    for m, municipality in enumerate(place.municipalities):
        series = given.get(municipality.name, common)
        known = np.array(sorted(series))
        at = known[np.clip(np.searchsorted(known, years, side="right") - 1, 0, known.size - 1)]
        out[:, m] = rounded([series[int(year)] / 100.0 for year in at])
    return out


_JUNE = 5
_Series = dict[int, tuple[float, float]]
"""Jobs and residents by year; residents are 1 where none are published."""


def _by_municipality(points: Sequence[SeriesPoint]) -> dict[str, dict[int, float]]:
    found: dict[str, dict[int, float]] = {}
    for point in points:
        found.setdefault(point.municipality, {})[int(point.date[:4])] = point.value
    return found


def _employees_and_residents(jobs: Mapping[int, float], people: Mapping[int, float]) -> _Series:
    per_head = all(year in people for year in jobs)
    return {year: (jobs[year], people[year] if per_head else 1.0) for year in sorted(jobs)}


def _whole(inside: Sequence[_Series]) -> _Series:
    """Return the sums over municipalities, in the years that all of them have."""
    if not inside:
        return {}
    common = [year for year in inside[0] if all(year in each for each in inside)]
    return {y: (sum(each[y][0] for each in inside), sum(each[y][1] for each in inside)) for y in common}


def _span(series: _Series) -> tuple[int, int]:
    """Return the months of the first and the last figure."""
    return 12 * min(series) + _JUNE, 12 * max(series) + _JUNE


def _monthly(series: _Series, months: NDArray[np.int_]) -> NDArray[np.float64]:
    """Return jobs per resident relative to the first year, month by month."""
    years = list(series)
    level = [series[y][0] / series[y][1] for y in years]
    return np.asarray(np.interp(months, [12 * y + _JUNE for y in years], [x / level[0] for x in level]))
