"""Published marginals of the people of a place, and which of its traits go together: what may stand in the tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Literal, NamedTuple

from labsim.params import Declared, param

TRAITS = ("age", "sex", "education", "occupation")
SEXES = ("female", "male")
EDUCATION = ("none", "vocational", "tertiary")
FIRST_AGE, LAST_AGE = 16, 64
PERSONS, PERCENT = "persons", "%"
ROUNDING = 0.5
"""Percentage points by which shares may miss 100: published ones are rounded."""

_BAND = re.compile(r"(\d{2})_(\d{2})")


class Marginal(Declared):
    """One published count or share of residents aged 16 to 64: one category of one trait in one municipality."""

    municipality: str
    trait: str = param(..., "name", "age, sex, education or occupation")
    category: str = param(..., "name", "16_24 ... for ages, female or male, none, vocational or tertiary, or the name"
                          " of an occupation of the place")  # fmt: skip
    date: str = param(..., "YYYY or YYYY-MM", "year (annual mean) or month")
    value: float
    unit: str = param(..., "name", "persons, or % of the residents of working age of the municipality")
    source: str
    flag: Literal["", "break", "broken"] = ""

    @property
    def series(self) -> str:
        """What the figure is one of."""
        return self.trait


class Association(Declared):
    """One cell of a table of two or more traits of the same people, from which the fitting starts."""

    categories: dict[str, str] = param(..., "name", "category by trait; the same traits in every cell")
    value: float = param(..., "weight", "persons, or any other number in proportion; 0: nobody, anywhere")
    date: str = ""
    unit: str = ""
    source: str = ""

    @property
    def series(self) -> str:
        """What the figure is one of."""
        return "_by_".join(self.categories)


class Mistake(NamedTuple):
    """Something that cannot be: in which row of the table (from 0), in which column, and what would be right."""

    row: int
    column: str
    wrong: str
    right: str
    known: tuple[str, ...] = ()
    """Names from which a near one may be suggested instead of ``right``."""

    def __str__(self) -> str:
        """Return the mistake as a sentence."""
        return f"row {self.row + 1}: {self.column} {self.wrong}, but {self.right}"


def band(category: str) -> tuple[int, int] | None:
    """Return the first and the last year of age of a band, None if the text is none.

    >>> band("16_24"), band("young")
    ((16, 24), None)
    """
    found = _BAND.fullmatch(category)
    return (int(found[1]), int(found[2])) if found else None


def categories(trait: str, occupations: Sequence[str], present: Sequence[str]) -> tuple[str, ...]:
    """Return the categories of a trait in the model's order; the bands of age are those ``present``."""
    if trait == "age":
        return tuple(sorted({each for each in present if band(each)}))
    return {"sex": SEXES, "education": EDUCATION}.get(trait, tuple(occupations))


def mistakes_in_marginals(
    rows: Sequence[Marginal], municipalities: Sequence[str], occupations: Sequence[str], *, whole: bool = True
) -> list[Mistake]:
    """Return all that is wrong with a table of marginals; an empty list if it can be fitted.

    Rows that do not fit together are looked for when each is right by itself, and the table is ``whole``.
    """
    found = [mistake for i, row in enumerate(rows) for mistake in _in_row(i, row, occupations)]
    if found or not whole:
        return found
    found = list(_repeated([(r.municipality, r.trait, r.category) for r in rows], "category"))
    if not found:
        for trait in dict.fromkeys(row.trait for row in rows):
            found += _in_trait(trait, rows, municipalities, occupations)
    return found


def mistakes_in_association(
    cells: Sequence[Association], rows: Sequence[Marginal], occupations: Sequence[str]
) -> list[Mistake]:
    """Return all that is wrong with a table of association, given the marginals it is fitted to."""
    if not cells:
        return []
    traits = tuple(cells[0].categories)
    if len(traits) < 2 or not set(traits) <= set(TRAITS):
        right = f"what goes together are two or more of {', '.join(TRAITS)}"
        return [Mistake(0, "", f"the table has the traits {', '.join(traits) or 'none'}", right)]
    if any(cell.categories.keys() != cells[0].categories.keys() for cell in cells):
        return [Mistake(0, "", "the cells have different traits", "all must have the same ones")]
    bands = [row.category for row in rows if row.trait == "age"]
    if "age" in traits and not bands:
        right = "the marginals must have ages too, since they name the bands"
        return [Mistake(0, "age", "is associated", right)]
    allowed = {trait: categories(trait, occupations, bands) for trait in traits}
    return _in_cells(cells, allowed) or _in_combinations(cells, allowed)


def _in_cells(cells: Sequence[Association], allowed: Mapping[str, Sequence[str]]) -> list[Mistake]:
    found = []
    for i, cell in enumerate(cells):
        unknown = [(trait, name) for trait, name in cell.categories.items() if name not in allowed[trait]]
        found += [_unknown(i, trait, name, allowed[trait]) for trait, name in unknown]
        if cell.value < 0:
            found.append(Mistake(i, "value", f"is {cell.value:g}", "it cannot be below 0"))
    return found


def _in_combinations(cells: Sequence[Association], allowed: Mapping[str, Sequence[str]]) -> list[Mistake]:
    keys = [tuple(cell.categories[trait] for trait in allowed) for cell in cells]
    found = list(_repeated(keys, list(allowed)[-1]))
    lacking = [case for case in product(*allowed.values()) if case not in set(keys)]
    if lacking and not found:
        names = "; ".join(" with ".join(case) for case in lacking[:3]) + ("; ..." if len(lacking) > 3 else "")
        wrong = f"the table lacks {len(lacking)} of {len(keys) + len(lacking)} combinations"
        right = f"every combination must stand once, 0 if there is nobody: add {names}"
        found = [Mistake(0, "", wrong, right)]
    return found


def _in_row(i: int, row: Marginal, occupations: Sequence[str]) -> Iterator[Mistake]:
    if row.trait not in TRAITS:
        yield Mistake(i, "trait", f"is '{row.trait}'", f"known are {', '.join(TRAITS)}", TRAITS)
    elif row.trait == "age":
        ages = band(row.category)
        if ages is None:
            right = "a band is written with its first and last year of age, for example 16_24"
            yield Mistake(i, "category", f"is '{row.category}'", right)
        elif not FIRST_AGE <= ages[0] <= ages[1] <= LAST_AGE:
            yield Mistake(
                i, "category", f"is '{row.category}'", "ages run from 16 to 64, the first one first"
            )
    else:
        known = categories(row.trait, occupations, ())
        if row.category not in known:
            yield _unknown(i, "category", row.category, known)
    if row.unit not in {PERSONS, PERCENT}:
        yield Mistake(i, "unit", f"is '{row.unit}'", "it must be 'persons' or '%'")
    if row.value < 0:
        yield Mistake(i, "value", f"is {row.value:g}", "it cannot be below 0")
    elif row.unit == PERCENT and row.value > 100:
        yield Mistake(i, "value", f"is {row.value:g}", "it must be a percentage up to 100")
    if row.flag == "broken":
        right = "a population cannot be fitted to figures that nobody trusts: take those of another year"
        yield Mistake(i, "flag", "is 'broken'", right)


def _unknown(i: int, column: str, name: str, known: Sequence[str]) -> Mistake:
    return Mistake(i, column, f"is '{name}'", f"known are {', '.join(known)}", tuple(known))


def _repeated(keys: Sequence[tuple[str, ...]], column: str) -> Iterator[Mistake]:
    first: dict[tuple[str, ...], int] = {}
    for i, key in enumerate(keys):
        if key in first:
            yield Mistake(i, column, f"is '{key[-1]}' as in row {first[key] + 1}",
                          f"{', '.join(key)} may stand once")  # fmt: skip
        first.setdefault(key, i)


def _in_trait(
    trait: str, rows: Sequence[Marginal], municipalities: Sequence[str], occupations: Sequence[str]
) -> Iterator[Mistake]:
    of_trait = [i for i, row in enumerate(rows) if row.trait == trait]
    wanted = categories(trait, occupations, [rows[i].category for i in of_trait])
    if trait == "age":
        yield from _gaps(of_trait[0], wanted)
    for name in municipalities:
        mine = [i for i in of_trait if rows[i].municipality == name]
        if not mine:
            yield Mistake(of_trait[0], "municipality", f"lacks {name} for {trait}",
                          f"every municipality needs its rows: add {', '.join(wanted)}")  # fmt: skip
            continue
        lacking = [each for each in wanted if each not in {rows[i].category for i in mine}]
        if lacking:
            yield Mistake(mine[-1], "category", f"lacks {', '.join(lacking)} in {name}",
                          "every category must stand once, 0 if there is nobody")  # fmt: skip
            continue
        yield from _total(trait, name, mine, rows)


def _gaps(row: int, bands: Sequence[str]) -> Iterator[Mistake]:
    """Find what bands leave out of the ages 16 to 64, and what they count twice."""
    count = Counter(
        year for each in bands for first, last in [band(each) or (0, -1)] for year in range(first, last + 1)
    )
    none = [year for year in range(FIRST_AGE, LAST_AGE + 1) if count[year] == 0]
    twice = [year for year in range(FIRST_AGE, LAST_AGE + 1) if count[year] > 1]
    for years, what in ((none, "leave out"), (twice, "count twice")):
        if years:
            wrong = f"has the bands {', '.join(bands)}, which {what} {_span(years)}"
            yield Mistake(
                row,
                "category",
                wrong,
                "bands must cover 16 to 64, each year of age once, and be the same everywhere",
            )


def _span(years: Sequence[int]) -> str:
    """Return the first run of years in words."""
    last = years[0]
    while last + 1 in years:
        last += 1
    return f"{years[0]} to {last}" if last > years[0] else f"{last}"


def _total(trait: str, name: str, mine: Sequence[int], rows: Sequence[Marginal]) -> Iterator[Mistake]:
    units = {rows[i].unit for i in mine}
    total = sum(rows[i].value for i in mine)
    if len(units) > 1:
        odd = next(i for i in mine if rows[i].unit != rows[mine[0]].unit)
        wrong = f"is '{rows[odd].unit}', and '{rows[mine[0]].unit}' in other rows of {trait} in {name}"
        yield Mistake(odd, "unit", wrong, "one margin must be in one unit")
    elif units == {PERCENT} and abs(total - 100.0) > ROUNDING:
        wrong = f"adds up to {total:g} % over {trait} in {name}"
        yield Mistake(
            mine[-1], "value", wrong, f"shares must add up to 100, within {ROUNDING:g} for rounding"
        )
    elif total <= 0:
        yield Mistake(mine[-1], "value", f"adds up to 0 over {trait} in {name}", "somebody must live there")
