"""The tables of the many: job seekers, employers, vacancies, channels.

One named tuple per entity, one array per state variable; a row is an entity. A column cannot be rebound
(``persons.status = ...`` fails), its cells can be written (``persons.status[rows] = ...``). Unit and meaning stand
with the column, so that the tables of the ODD are generated from here.
"""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple, get_type_hints

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Column(NamedTuple):
    """What a column holds."""

    dtype: str
    unit: str
    meaning: str
    neutral: float = 0


class Persons(NamedTuple):
    """Everybody of working age (16 to 64), shape (i,); who leaves at 65 is replaced by a school leaver.

    Where a cohort that comes of age is smaller than what leaves (`Place.cohorts`), some rows stand empty: their status
    is "outside", and nobody lives there until a larger cohort comes.
    """

    municipality: Annotated[Array, Column("u2", "index", "municipality of residence")]
    age: Annotated[Array, Column("i2", "months", "age")]
    sex: Annotated[Array, Column("u1", "code", "0 female, 1 male")]
    education: Annotated[
        Array, Column("u1", "code", "0 without vocational training, 1 vocational, 2 tertiary")
    ]
    occupation: Annotated[Array, Column("u1", "index", "occupation (segment)")]
    status: Annotated[Array, Column("u1", "code", "employed, unemployed, in a measure, inactive, outside")]
    inactivity: Annotated[Array, Column("u1", "code", "why inactive: in education, discouraged, other")]
    employer: Annotated[Array, Column("i4", "index", "current or last employer, -1 if none", -1)]
    wage: Annotated[Array, Column("f4", "EUR/month", "current or last wage")]
    job_start: Annotated[Array, Column("i2", "month number", "month in which the current or last job began")]
    clock: Annotated[Array, Column("f4", "share", "the job ends when its survival falls below this")]
    months_out: Annotated[
        Array, Column("u2", "months", "time since the last job (what people and employers see)")
    ]
    months_registered: Annotated[
        Array, Column("u2", "months", "registered spell (the published statistic): reset by a long measure")
    ]
    skill: Annotated[Array, Column("f4", "log points", "human capital h")]
    skill_level: Annotated[Array, Column("f4", "log points", "personal level of human capital")]
    employability: Annotated[Array, Column("f4", "share", "employability a")]
    employability_level: Annotated[Array, Column("f4", "share", "personal level of employability")]
    trust: Annotated[Array, Column("f4", "share", "trust in institutions")]
    pressure: Annotated[Array, Column("f4", "pressure", "pressure of monitoring and sanctions")]
    benefit: Annotated[Array, Column("u1", "code", "none, insurance, assistance, basic income")]
    entitlement: Annotated[Array, Column("u1", "months", "insurance benefit left")]
    contributions: Annotated[Array, Column("u1", "months", "insured work since the last claim, at most 240")]
    measure: Annotated[Array, Column("u1", "index + 1", "measure taken part in, 0 if none")]
    measure_left: Annotated[Array, Column("u1", "months", "months of the measure left")]
    sanction_left: Annotated[Array, Column("u1", "months", "months of a sanction left")]
    months_unsupported: Annotated[Array, Column("u1", "months", "time since the last support, at most 255")]
    contacts: Annotated[
        Array, Column("u1", "meetings", "meetings with the agency in this spell, at most 255")
    ]
    segment: Annotated[
        Array, Column("u1", "code", "customer segment: not profiled, market, activate, support, cared for")
    ]
    provider: Annotated[
        Array, Column("u1", "number", "which of the municipality's providers delivers the measure")
    ]
    voucher: Annotated[Array, Column("u1", "index + 1", "measure for which a voucher is held, 0 if none")]
    voucher_left: Annotated[Array, Column("u1", "months", "months for which the voucher is still valid")]
    referred: Annotated[Array, Column("u1", "yes or no", "whether the agency refers the person this month")]
    regime: Annotated[Array, Column("u1", "index", "regime that applies to the person")]
    python: Annotated[Array, Column("u1", "bits", "methods that run in Python for this person")]


class Employers(NamedTuple):
    """Employers, shape (f,); one that closes makes room for a new one in its row."""

    municipality: Annotated[Array, Column("u2", "index", "municipality of the workplace")]
    sector: Annotated[Array, Column("u1", "index", "main occupation of its jobs")]
    size: Annotated[Array, Column("f4", "jobs", "normal size n0")]
    founded: Annotated[
        Array, Column("f4", "jobs", "jobs of founders with a start-up subsidy, part of the size")
    ]
    shock: Annotated[Array, Column("f4", "log points", "own demand z")]
    rounding: Annotated[Array, Column("f4", "jobs", "fixed part of rounding the target")]
    premium: Annotated[Array, Column("f4", "log points", "wage premium")]
    headcount: Annotated[Array, Column("i4", "persons", "people employed")]
    target: Annotated[Array, Column("i4", "persons", "headcount aimed at")]
    vacancies: Annotated[Array, Column("i4", "number", "open vacancies")]
    opened: Annotated[Array, Column("i4", "number", "vacancies opened so far")]
    openings: Annotated[Array, Column("i4", "number", "vacancies to open this month")]
    withdrawals: Annotated[
        Array, Column("i4", "number", "vacancies to withdraw this month for lack of demand")
    ]
    layoffs: Annotated[Array, Column("i4", "persons", "people to lay off this month")]
    python: Annotated[Array, Column("u1", "bits", "methods that run in Python for this employer")]


class Vacancies(NamedTuple):
    """Open vacancies, shape (v,), sorted by employer and number."""

    employer: Annotated[Array, Column("i4", "index", "employer")]
    number: Annotated[Array, Column("i4", "number", "the employer's count of vacancies opened")]
    municipality: Annotated[Array, Column("u2", "index", "municipality of the workplace")]
    occupation: Annotated[Array, Column("u1", "index", "occupation asked")]
    education: Annotated[Array, Column("u1", "code", "education asked")]
    wage: Annotated[Array, Column("f4", "EUR/month", "wage posted for average human capital")]
    opened: Annotated[Array, Column("i2", "month number", "month of opening")]
    registered: Annotated[Array, Column("u1", "yes or no", "registered with the agency")]
    filled_by: Annotated[Array, Column("i4", "index", "person hired, -1 while open", -1)]


FIELDS = ("short_training", "training", "work", "linked", "counselling", "placement")
"""Fields of work of the providers of measures; capacity of one does not serve another."""


class Providers(NamedTuple):
    """Providers of measures (Träger), shape (p,): a fixed number of places for them per municipality and field.

    Row = (municipality * fields + field) * providers per field + number; one that gives up leaves its row empty.
    """

    municipality: Annotated[Array, Column("u2", "index", "municipality")]
    field: Annotated[Array, Column("u1", "index", "field of work")]
    capacity: Annotated[
        Array, Column("f8", "places", "participants that can be served at a time, 0 if it gave up")
    ]
    competence: Annotated[Array, Column("f8", "share", "competence")]
    reserves: Annotated[Array, Column("f8", "months", "months that it survives without orders")]
    orders: Annotated[Array, Column("f8", "places", "places ordered this month")]
    participants: Annotated[Array, Column("i4", "persons", "participants at the end of the month")]


class Channels(NamedTuple):
    """What policy can move and behaviour reads, shape (i,); neutral unless an instrument acts this month."""

    search_effort: Annotated[Array, Column("f4", "ratio", "multiplies applications", 1)]
    hiring_score: Annotated[Array, Column("f4", "log points", "added to the employer's ranking", 0)]
    reservation_wage: Annotated[Array, Column("f4", "ratio", "multiplies the reservation wage", 1)]
    benefit: Annotated[Array, Column("f4", "ratio", "multiplies the benefit", 1)]


Table = Persons | Employers | Vacancies | Providers | Channels


_COLUMNS: dict[type[Any], dict[str, Column]] = {}


def columns(table: type[Any]) -> dict[str, Column]:
    """Return {name: Column} of a table class, in order; to be read, not changed."""
    if table not in _COLUMNS:
        hints = get_type_hints(table, include_extras=True)
        _COLUMNS[table] = {name: hints[name].__metadata__[0] for name in table._fields}
    return _COLUMNS[table]


def create[T: (Persons, Employers, Vacancies, Providers, Channels)](table: type[T], n: int) -> T:
    """Return a table of n rows, every cell at its neutral value."""
    made = [
        np.full(n, each.neutral, dtype=each.dtype) if each.neutral else np.zeros(n, each.dtype)
        for each in columns(table).values()
    ]
    return table(*made)
