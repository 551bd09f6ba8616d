"""What the municipalities of a place start from, where its file leaves that to tables, distances and draws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from labsim.config.documents import Document, KeyPath
from labsim.config.forms import PlaceForm
from labsim.config.geography import door_to_door
from labsim.config.place_forms import MunicipalityForm
from labsim.config.problems import leaf_at
from labsim.state.place import Municipality, Place, SeriesPoint

FROM_TARGETS = ("unemployment_rate", "long_term_share")
REQUIRED = ("population_of_working_age", *FROM_TARGETS)


class Starts:
    """The municipalities of a place, with what its tables and draws give, and where each value comes from.

    Attributes
    ----------
    values
        Keys of `Place` as far as they are worked out here: municipalities, travel_minutes, employees, population.
    cited
        Their sources, by key.
    """

    def __init__(self, document: Document, form: PlaceForm, tables: Mapping[str, Any]) -> None:
        self.document, self.form = document, form
        self.cited: dict[str, str] = {}
        self.points = {key: _by_name(tables[key]) for key in ("employees", "population")}
        self.targets = {
            (p.series, p.municipality, p.date): p.value for p in tables["targets"] if p.flag != "broken"
        }
        published = tuple(self._municipality(i, given) for i, given in enumerate(form.municipalities))
        self.values: dict[str, Any] = {"municipalities": published}
        self._places = [(it.at, it.within) for it in form.municipalities]
        if form.synthetic is not None:
            self._add_districts(published, tables)
        self.values["travel_minutes"] = self._travel()

    def _municipality(self, i: int, given: MunicipalityForm) -> Municipality:
        """Return a municipality, with what it leaves out taken from the tables."""
        values = {name: getattr(given, name) for name in Municipality.model_fields}
        path: KeyPath = ("municipalities", i)
        rule = self.form.from_tables
        label = f"municipalities[{given.name}]"
        if rule is None:
            lacks = next((name for name in REQUIRED if values[name] is None), None)
            if lacks is not None:
                leaf = leaf_at(Place, ("municipalities", 0, lacks))
                raise self.document.error(
                    (*path, lacks), "missing", f"add {leaf.phrase() if leaf else lacks}"
                )
            return Municipality(**values)
        date = str(rule.year)
        if values["population_of_working_age"] is None:
            residents = self._figure("population", given.name, date, path)
            values["population_of_working_age"] = round(1000.0 * residents * rule.working_age)
            self.cited[f"{label}.population_of_working_age"] = (
                f"assumption: {residents:g} thousand residents of {date} x {rule.working_age:g}"
            )
        if values["jobs_per_head"] is None and rule.jobs_per_employee is not None:
            employees = self._figure("employees", given.name, date, path)
            people = values["population_of_working_age"]
            values["jobs_per_head"] = round(1000.0 * rule.jobs_per_employee * employees / people, 3)
            self.cited[f"{label}.jobs_per_head"] = (
                f"derived: {rule.jobs_per_employee:g} x {employees:g} thousand employees of {date} / {people:,}"
            )
        for name in FROM_TARGETS:
            if values[name] is None:
                values[name] = self._target(name, given.name, date, path)
                self.cited[f"{label}.{name}"] = f"see targets, {date}"
        return Municipality(**values)

    def _figure(self, key: str, name: str, date: str, path: KeyPath) -> float:
        value = self.points[key].get(name, {}).get(date)
        if value is None:
            right = f"from_tables takes it from {key}, which has no row for {name} in {date}"
            raise self.document.error((*path, "name"), f"is {name}", right)
        return float(value)

    def _target(self, series: str, name: str, date: str, path: KeyPath) -> float:
        value = self.targets.get((series, name, date))
        if value is None:
            right = f"from_tables takes {series} from targets, which has no row for {name} in {date}"
            raise self.document.error((*path, "name"), f"is {name}", right)
        return float(value)

    def _add_districts(self, published: tuple[Municipality, ...], tables: Mapping[str, Any]) -> None:
        """Draw the synthetic districts, their jobs and their paths."""
        from labsim.config import synthetic  # the draws need compiled code, which other places do without

        form, rule = self.form.synthetic, self.form.from_tables
        assert form is not None
        path: KeyPath = ("synthetic",)
        if rule is None or rule.jobs_per_employee is None or self.form.straight_lines is None:
            wrong = "needs from_tables with jobs_per_employee, and straight_lines"
            raise self.document.error(
                path, wrong, "add them: districts are drawn to match those of the tables"
            )
        date, names = str(rule.year), [it.name for it in published]
        for r, region in enumerate(form.regions):
            unknown = next((each for each in region.like if each not in names), None)
            if unknown is not None:
                wrong, right = f"names '{unknown}'", f"it must be one of {', '.join(names)}"
                raise self.document.error((*path, "regions", r, "like"), wrong, right)
        known = synthetic.Published(
            municipalities=published,
            at=[self._centre(i) for i in range(len(names))],
            residents=np.array([self._figure("population", name, date, path) for name in names]),
            employees=self.points["employees"],
            population=self.points["population"],
        )
        try:
            drawn = synthetic.draw(form, known)
        except ValueError as error:
            wrong, _, right = str(error).partition(", but ")
            raise self.document.error(path, wrong, right) from error
        self._places += [(point, None) for point in drawn.at]
        people = np.round(1000.0 * drawn.residents * rule.working_age).astype(np.int64)
        everybody = np.concatenate([[it.population_of_working_age for it in published], people])
        rates = np.concatenate([[it.unemployment_rate for it in published], drawn.rates])
        jobs = synthetic.jobs_per_head(form, everybody.astype(np.float64), rates, np.array(self._travel()))
        jobs = jobs[len(published) :]
        employees = np.round(jobs * people / (1000.0 * rule.jobs_per_employee), 2)
        shifts = synthetic.skill_shifts(form, rates)
        self.values["municipalities"] = (
            *(each if each.skill_shift else each.model_copy(update={"skill_shift": float(shift)})
              for each, shift in zip(published, shifts[: len(published)], strict=True)),
            *synthetic.municipalities(drawn, people, jobs, shifts[len(published) :]),
        )  # fmt: skip
        for series, points in synthetic.paths(drawn, employees, known).items():
            self.values[series] = (*tables[series], *points)

    def _centre(self, i: int) -> tuple[float, float]:
        at = self._places[i][0]
        if at is None:
            right = "straight_lines needs its centre: latitude and longitude, in degrees"
            raise self.document.error(("municipalities", i), "has no 'at'", right)
        return at

    def _travel(self) -> tuple[tuple[float, ...], ...]:
        """Return minutes from door to door, (m, m)."""
        given, rule = self.form.travel_minutes, self.form.straight_lines
        if (given is None) == (rule is None):
            if rule is not None:
                raise self.document.error(
                    ("straight_lines",), "stands beside travel_minutes", "keep one of them"
                )
            leaf = leaf_at(Place, ("travel_minutes",))
            phrase = leaf.phrase() if leaf is not None else ""
            raise self.document.error(("travel_minutes",), "missing", f"add {phrase}, or straight_lines")
        if rule is None:
            assert given is not None
            return given
        points = [self._centre(i) for i in range(len(self._places))]
        within = [rule.within if each is None else each for _, each in self._places]
        self.cited["travel_minutes"] = (
            f"assumption: straight lines between approximate centres x {rule.detour:g}, {rule.slow:g} km/h for"
            f" {rule.slow_until:g} km and {rule.fast:g} km/h beyond, and {rule.access:g} minutes"
        )
        return tuple(tuple(row) for row in door_to_door(points, within, rule).tolist())


def _by_name(points: Iterable[SeriesPoint]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for point in points:
        found.setdefault(point.municipality, {})[point.date] = point.value
    return found
