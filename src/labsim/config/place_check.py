"""What a place knows and what it lacks: persons, years, breaks, assumptions, and what a calibration would need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from labsim.config.citations import place_sources
from labsim.config.errors import shown
from labsim.params import ASSUMPTION
from labsim.state.fit_report import FitReport, fit_report
from labsim.state.marginals import EDUCATION
from labsim.state.place import Place, SeriesPoint
from labsim.state.population import persons_per_municipality

SCALE = 0.1
"""Agents per person for which the fit is shown if nobody asks for another scale."""
FEWEST_YEARS = 5
"""Years of unemployment rates below which a calibration has little to hold on to."""
APART = 3.0
"""Percentage points from which jobs and people of an education are worth a note."""


def examination(place: Place, folder: Path, scale: float = SCALE) -> dict[str, Any]:
    """Return what `labsim place check` says about a place without mistakes, as plain values."""
    inside = [each for each in place.municipalities if not each.outside]
    report = fit_of(place, scale)
    return {
        "place": place.place,
        "label": place.label.en,
        "folder": shown(folder),
        "fictional": place.fictional,
        "municipalities": len(inside),
        "outside": [each.name for each in place.municipalities if each.outside],
        "persons": sum(each.population_of_working_age for each in inside),
        "occupations": len(place.occupations),
        "tables": tables(place),
        "assumed": assumed(place),
        "notes": list(_notes(place, report)),
        "missing": list(missing(place, folder)),
        "population": None if report is None else population_facts(report, scale),
    }


def fit_of(place: Place, scale: float) -> FitReport | None:
    """Return how well the population meets the marginals at a scale, None for a place without marginals."""
    return fit_report(place, persons_per_municipality(place, scale))


def population_facts(report: FitReport, scale: float) -> dict[str, Any]:
    """Return a fit as plain values."""
    return {
        "scale": scale,
        "deviation": report.deviation,
        "municipalities": [each._asdict() for each in report.summaries],
        "categories": [
            row._asdict()
            | {
                "published": None if row.published != row.published else row.published,
                "difference": row.difference,
                "realised_difference": row.realised_difference,
            }
            for row in report.rows
        ],
    }


def tables(place: Place) -> list[dict[str, Any]]:
    """Return one row per series, published or assumed: how many figures, municipalities, years, which breaks."""
    rows = []
    for use, points in (
        ("input", place.employees),
        ("input", place.population),
        ("input", place.cohorts),
        ("target", place.targets),
    ):
        names = dict.fromkeys(point.series for point in points)
        guessed = all(point.source.lower().startswith(ASSUMPTION) for point in points)
        used = f"{use}, assumed" if guessed else use
        rows += [
            _of_series(name, used, [point for point in points if point.series == name]) for name in names
        ]
    if place.commuters is not None:
        n = len(place.municipalities)
        rows.append(_row("commuters", "compared", n * (n - 1), n, "", [], []))
    for trait in dict.fromkeys(row.trait for row in place.marginals):
        mine = [row for row in place.marginals if row.trait == trait]
        where = len({row.municipality for row in mine})
        years = sorted({row.date for row in mine})
        rows.append(_row(f"people by {trait}", "input", len(mine), where, _span(years),
                         sorted({row.date for row in mine if row.flag == "break"}), []))  # fmt: skip
    return rows


def assumed(place: Place) -> list[str]:
    """Return what is not published: invented, drawn, set without a source or stood in for by a default."""
    if place.fictional:
        return ["everything: the place is invented"]
    rows = [row for row in place_sources(place) if row.is_assumption or "synthetic" in row.source.lower()]
    by_key: dict[tuple[str, str], list[str]] = {}
    drawn = sum(each.synthetic for each in place.municipalities)
    for row in rows:
        if row.where == "place.municipalities[synthetic]":
            continue
        head, _, tail = row.where.partition("[")
        kind = "synthetic" if "synthetic" in row.source.lower() else "assumption"
        name, _, key = tail.partition("]")
        by_key.setdefault((head.removeprefix("place.") + key, kind), []).append(name)
    found = [
        f"{key}: {kind}" + (f" in {_some(names)}" if names[0] else "")
        for (key, kind), names in by_key.items()
    ]
    if drawn:
        found.insert(
            0, f"municipalities: {drawn} of {len(place.municipalities)} are synthetic, and stand for no town"
        )
    if not place.marginals:
        found.append(
            "people: age, sex, education and occupation are drawn one by one from the place's shares"
        )
    elif not place.association:
        found.append("people: age, sex, education and occupation are independent of each other")
    return found


def missing(place: Place, folder: Path) -> Iterator[str]:
    """Yield what a calibration of the place would need, and does not find."""
    names = [each.name for each in place.municipalities if not each.synthetic]
    rates = {name: {p.date[:4] for p in place.targets if p.series == "unemployment_rate"
                    and p.municipality == name and not p.flag} for name in names}  # fmt: skip
    none = [name for name in names if not rates[name]]
    few = [name for name in names if 0 < len(rates[name]) < FEWEST_YEARS]
    if none:
        yield f"targets: no unemployment_rate in {_some(none)}"
    if few:
        yield f"targets: fewer than {FEWEST_YEARS} years of unemployment_rate without a flag in {_some(few)}"
    if not any(p.series == "long_term_share" for p in place.targets):
        yield "targets: no long_term_share, so nothing says how long people stay unemployed"
    without = [name for name in names if not any(p.municipality == name for p in place.employees)]
    if without:
        yield f"employees: no row for {_some(without)}, so that labour demand stays as it is there"
    elif not place.population:
        yield "population: no residents, so that demand moves with employees, not with employees per resident"
    late = _uncovered(place, rates)
    if late:
        yield f"employees: {late} of unemployment_rate outside the years of employees, where demand stands still"
    for file, what in (("calibration.yaml", "free parameters and their priors"),
                       ("scorecard.yaml", "targets with weight, band and role")):  # fmt: skip
        if not (folder / file).is_file():
            yield f"{file}: {what}"


def _uncovered(place: Place, rates: dict[str, set[str]]) -> str:
    """Return the years that have rates, but no employees, in words; "" if there are none."""
    years = {p.date[:4] for p in place.employees}
    if not years:
        return ""
    outside = sorted(y for y in set().union(*rates.values()) if not min(years) <= y <= max(years))
    return f"{len(outside)} {'year' if len(outside) == 1 else 'years'} ({_span(outside)})" if outside else ""


def _notes(place: Place, report: FitReport | None) -> Iterator[str]:
    """Yield what is odd about the people, though not wrong."""
    if report is None:
        return
    for each in report.summaries:
        for trait, gap in each.rescaled.items():
            if abs(gap) >= 0.05:
                yield (
                    f"{each.municipality}: the total of {trait} is {gap:+.1f} % apart from that of {each.of_trait}"
                    f" ({each.persons:,.0f} persons), and was scaled to it"
                )
        people = {m.name: m.population_of_working_age for m in place.municipalities}[each.municipality]
        if each.of_trait and abs(each.persons / people - 1) > 0.05:
            yield (
                f"{each.municipality}: {each.persons:,.0f} persons by {each.of_trait}, but"
                f" population_of_working_age is {people:,}; agents follow the latter"
            )
    yield from _qualified(place, report)


def _qualified(place: Place, report: FitReport) -> Iterator[str]:
    """Yield educations of which there are many more people than jobs, or fewer."""
    people = {m.name: m.population_of_working_age for m in place.municipalities}
    for code, name in enumerate(EDUCATION):
        rows = [row for row in report.rows if (row.trait, row.category) == ("education", name)]
        mean = sum(row.share * people[row.municipality] for row in rows) / sum(people.values())
        jobs = 100.0 * place.education_shares[code]
        if abs(mean - jobs) > APART:
            yield f"education {name}: {mean:.1f} % of people, but {jobs:.1f} % of jobs (education_shares)"


def _of_series(series: str, use: str, points: Sequence[SeriesPoint]) -> dict[str, Any]:
    years = sorted({point.date for point in points})
    where = len({point.municipality for point in points})
    breaks, broken = (sorted({p.date for p in points if p.flag == flag}) for flag in ("break", "broken"))
    return _row(series, use, len(points), where, _span(years), breaks, broken)


def _row(
    series: str, use: str, figures: int, where: int, years: str, breaks: list[str], broken: list[str]
) -> dict[str, Any]:
    return {"series": series, "use": use, "figures": figures, "municipalities": where, "years": years,
            "breaks": breaks, "broken": broken}  # fmt: skip


def _span(years: Sequence[str]) -> str:
    if not years:
        return ""
    return years[0] if len(years) == 1 else f"{years[0]} to {years[-1]}"


def _some(names: Sequence[str]) -> str:
    """Return names for a sentence, at most three of them."""
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
