"""A synthetic population: who lives in a municipality, as a joint table of traits that meets published marginals.

Without marginals everybody is drawn from the shares of the place, one trait at a time, as in a place of which no more
is known. With them, age, sex, education and occupation of each municipality's residents form one table that meets its
margins (`labsim.state.fitting`); first people are taken from it by quota, school leavers by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labsim.codes import ENTRY_AGE, EXIT_AGE
from labsim.rng import Purpose, name_number, uniforms
from labsim.state.fitting import fit, margin
from labsim.state.marginals import PERSONS, TRAITS, band, categories
from labsim.state.place import Place

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
DIGITS = 12
MEETS = 1e-9
"""Largest deviation of a category from its margin, as a share of all residents."""
WORKING_LIFE = EXIT_AGE - ENTRY_AGE


class PeopleTables(NamedTuple):
    """What sex, education and occupation of school leavers are drawn from; sex is 0 female, 1 male."""

    male: Floats  # (m,) share
    education_of_people: Floats  # (m, sex, e) cumulated shares
    occupation_of_people: Floats  # (m, sex, e, o) cumulated shares


class Margins(NamedTuple):
    """What a trait's categories add up to in each municipality."""

    trait: str
    categories: tuple[str, ...]
    published: Floats  # (m, k) as in the table; nan where the place's own shares stand in
    unit: tuple[str, ...]  # (m,)
    source: tuple[str, ...]  # (m,)
    share: Floats  # (m, k) adds up to 1
    total: Floats  # (m,) persons; nan if the figures are no persons


class Joint(NamedTuple):
    """The residents of each municipality as shares of a table age x sex x education x occupation."""

    bands: tuple[tuple[int, int], ...]  # first month of age, first month after
    shares: Floats  # (m, a, sex, e, o) adds up to 1
    margins: tuple[Margins, ...]  # in the order of the axes
    rounds: Ints  # (m,) of fitting
    deviation: Floats  # (m,) largest deviation of a category, as a share of all residents


class Traits(NamedTuple):
    """Traits of people at the start of the record, in rows sorted by municipality."""

    age: Ints  # months
    sex: Ints
    education: Ints
    occupation: Ints


def joint_table(place: Place) -> Joint | None:
    """Return the joint table of a place, None if it has no marginals.

    Raises ValueError if the association leaves no way to meet them.
    """
    if not place.marginals:
        return None
    margins = tuple(_margins(place, trait) for trait in TRAITS)
    shape = tuple(len(each.categories) for each in margins)
    start = np.broadcast_to(_start(place, margins), (len(place.municipalities), *shape))
    fitted = fit(start, [(axis, each.share) for axis, each in enumerate(margins)])
    if fitted.deviation.max() > MEETS:
        raise ValueError(_out_of_reach(place, fitted.table, margins, int(fitted.deviation.argmax())))
    bands = tuple(_months(name) for name in margins[0].categories)
    return Joint(bands, fitted.table, margins, fitted.rounds, fitted.deviation)


def people_tables(place: Place) -> PeopleTables:
    """Return what school leavers are drawn from: the residents of the municipality, whatever their age.

    Education is that of a whole life, so that of today's youngest, many of whom are still in training, would not do;
    and a place keeps its composition. Without marginals they are the shares of the place for everybody.
    """
    m = len(place.municipalities)
    education = np.array(place.education_shares)
    occupation = np.array([each.share for each in place.occupations])
    joint = joint_table(place)
    if joint is None:
        return PeopleTables(
            np.full(m, 0.5),
            np.tile(_cumulated(education), (m, 2, 1)),
            np.tile(_cumulated(occupation), (m, 2, 3, 1)),
        )
    table = joint.shares.sum(axis=1)
    by_education, by_sex = table.sum(axis=3), table.sum(axis=(2, 3))
    return PeopleTables(
        np.round(by_sex[:, 1] / by_sex.sum(axis=1), DIGITS),
        _cumulated(_conditional(by_education, by_sex, education)),
        _cumulated(_conditional(table, by_education, occupation)),
    )


def first_traits(place: Place, people: Sequence[int], key: int, month: int) -> Traits | None:
    """Return the traits of the first people (`quota_traits`), None if the place has no marginals."""
    joint = joint_table(place)
    return None if joint is None else quota_traits(joint, place, people, key, month)


def quota_traits(joint: Joint, place: Place, people: Sequence[int], key: int, month: int) -> Traits:
    """Return the traits of ``people`` residents by municipality.

    Each municipality's people are taken from its joint table at even steps from a lot between 0 and 1, with
    neighbouring cells alike: every cell holds its share of the agents, rounded up or down, and so in the mean over
    seeds exactly its share. Rows are shuffled, so that their order says nothing; ages are even within a band.
    """
    shape = joint.shares.shape[1:]
    order = _neighbours(shape)
    u = uniforms(key, Purpose.INITIAL, month, np.arange(sum(people)), 2)
    drawn = np.empty((4, sum(people)), np.int64)
    end = 0
    for m, n in enumerate(people):
        first, end = end, end + n
        name = np.array([name_number(place.municipalities[m].name)])
        lot = uniforms(key, Purpose.INITIAL, month, name, 3)[0, 0]
        cells = order[_at_even_steps(joint.shares[m].ravel()[order], n, float(lot))]
        rows = first + np.argsort(u[first:end, 0], kind="stable")
        drawn[:, rows] = np.array(np.unravel_index(cells, shape))
    low, high = np.array(joint.bands).T
    age = low[drawn[0]] + (u[:, 1] * (high - low)[drawn[0]]).astype(np.int64)
    return Traits(age, drawn[1], drawn[2], drawn[3])


def younger(age: Ints, months: int) -> Ints:
    """Return the age that people must have for this to be theirs ``months`` later.

    Who reaches 65 on the way gives the row to a school leaver of 16, so that years of age go round.
    """
    return np.asarray(ENTRY_AGE + (age - ENTRY_AGE - months) % WORKING_LIFE)


def _margins(place: Place, trait: str) -> Margins:
    """Return the margins of a trait: published, or else the place's own shares."""
    rows = [row for row in place.marginals if row.trait == trait]
    occupations = [each.name for each in place.occupations]
    m = len(place.municipalities)
    if not rows:
        names, shares = _own(place, trait, occupations)
        share = np.tile(np.array(shares) / sum(shares), (m, 1))
        source = ("assumption: the place's own shares",) * m
        return Margins(
            trait, names, np.full(share.shape, np.nan), ("",) * m, source, share, np.full(m, np.nan)
        )
    names = categories(trait, occupations, [row.category for row in rows])
    first = {name: next(row for row in rows if row.municipality == name)
             for name in (each.name for each in place.municipalities)}  # fmt: skip
    cells = {(row.municipality, row.category): row.value for row in rows}
    published = np.array([[cells[name, category] for category in names] for name in first])
    total = published.sum(axis=1)
    unit = tuple(row.unit for row in first.values())
    persons = np.where([each == PERSONS for each in unit], total, np.nan)
    source = tuple(row.source for row in first.values())
    return Margins(trait, names, published, unit, source, published / total[:, np.newaxis], persons)


def _own(place: Place, trait: str, occupations: Sequence[str]) -> tuple[tuple[str, ...], Sequence[float]]:
    """Return categories and shares of a trait for which there is no margin."""
    if trait == "age":
        return ("16_64",), (1.0,)
    names = categories(trait, occupations, ())
    if trait == "sex":
        return names, (0.5, 0.5)
    shares = place.education_shares if trait == "education" else [each.share for each in place.occupations]
    return names, shares


def _start(place: Place, margins: Sequence[Margins]) -> Floats:
    """Return the weights from which the fitting starts: the association that is published, else none (all 1)."""
    shape = [len(each.categories) for each in margins]
    if not place.association:
        return np.ones(shape)
    known = place.association[0].categories
    axes = [axis for axis, each in enumerate(margins) if each.trait in known]
    weights = np.zeros([shape[axis] for axis in axes])
    for cell in place.association:
        at = tuple(margins[axis].categories.index(cell.categories[margins[axis].trait]) for axis in axes)
        weights[at] = cell.value
    return np.broadcast_to(weights.reshape([shape[k] if k in axes else 1 for k in range(len(shape))]), shape)


def _out_of_reach(place: Place, table: Floats, margins: Sequence[Margins], m: int) -> str:
    """Return in words which category of a municipality cannot be met."""
    gaps = [np.abs(margin(table, axis)[m] - each.share[m]) for axis, each in enumerate(margins)]
    axis = max(range(len(gaps)), key=lambda k: float(gaps[k].max()))
    worst = margins[axis].categories[int(gaps[axis].argmax())]
    return (
        f"association cannot be fitted to {margins[axis].trait} {worst} in {place.municipalities[m].name}, but"
        " cells may be 0 only where the marginals need nobody"
    )


def _months(category: str) -> tuple[int, int]:
    """Return the first month of age of a band, and the first one after it."""
    first, last = band(category) or (0, 0)
    return 12 * first, 12 * (last + 1)


def _cumulated(shares: Floats) -> Floats:
    return np.ascontiguousarray(np.round(np.cumsum(shares, axis=-1), DIGITS))


def _conditional(table: Floats, given: Floats, otherwise: Floats) -> Floats:
    """Return shares of the last axis given the ones before; where nobody is given, the place's shares."""
    there = given[..., np.newaxis]
    return np.where(there > 0.0, table / np.where(there > 0.0, there, 1.0), otherwise)


def _neighbours(shape: tuple[int, ...]) -> Ints:
    """Return the cells of a table in an order in which each differs from the one before in one trait, by one step.

    The last axis (occupation) changes least often: its quotas, then those of education, are met best.
    """
    order = np.zeros((1, 0), np.int64)
    for size in reversed(shape):
        there, back = np.arange(size), np.arange(size)[::-1]
        rows = [
            np.column_stack([np.tile(prefix, (size, 1)), there if k % 2 == 0 else back])
            for k, prefix in enumerate(order)
        ]
        order = np.concatenate(rows)
    return np.asarray(np.ravel_multi_index(tuple(order[:, ::-1].T), shape))


def _at_even_steps(shares: Floats, n: int, lot: float) -> Ints:
    """Return the cells of ``n`` people: those in which lot, lot + 1, ... lot + n - 1 of n x share fall."""
    last = int(np.flatnonzero(shares)[-1])
    cumulated = np.round(np.cumsum(shares) * (n / shares.sum()), 9)
    cumulated[last:] = n
    return np.searchsorted(cumulated, np.arange(n) + lot, side="right")
