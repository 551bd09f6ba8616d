"""Places from their folders: place.yaml and the tables beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from labsim.config.citations import citations
from labsim.config.documents import Document
from labsim.config.errors import ConfigError, Problem, quoted, suggestion
from labsim.config.files import is_file
from labsim.config.forms import PlaceForm
from labsim.config.library import Library
from labsim.config.problems import validated
from labsim.config.tables import read_commuters, read_series, read_targets
from labsim.state.place import Place, SeriesPoint


def read_place(library: Library, file: Path, asked: str) -> Place:
    """Return the place described by a place.yaml."""
    key = file.resolve()
    document = library.document(file)
    if key not in library.places:
        library.places[key] = _place(document)
    place = library.places[key]
    library.check_name("place", asked, place.place, document)
    return place


def _place(document: Document) -> Place:
    form = validated(PlaceForm, document)
    names = [municipality.name for municipality in form.municipalities]
    values: dict[str, Any] = {name: getattr(form, name) for name in PlaceForm.model_fields}
    problems: list[Problem] = []
    for key in ("employees", "population", "targets", "commuters"):
        try:
            values[key] = _table(document, key, values[key], names, fictional=form.fictional)
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(*problems)
    _same_years(document, values["employees"], values["population"])
    place = validated(Place, document, values)
    cited = citations(document, Place)
    if isinstance(form.commuters, str):
        cited["commuters"] = f"see {form.commuters}"
    place.cite(cited)
    return place


def _table(document: Document, key: str, given: Any, names: list[str], *, fictional: bool) -> Any:
    if given is None:
        return None if key == "commuters" else ()
    if not isinstance(given, str):
        if key == "commuters" and isinstance(given, list):
            return given
        raise document.error((key,), f"is {quoted(given)}", "it must be the name of a CSV file or a matrix")
    file = document.file.parent / given
    if not is_file(file):
        near = [each.name for each in document.file.parent.glob("*.csv")]
        raise document.error((key,), f"no such file {quoted(given)}", suggestion(given, near))
    if key == "commuters":
        return read_commuters(file, names, fictional=fictional)
    if key == "targets":
        return read_targets(file, names, fictional=fictional)
    return read_series(file, key, names, fictional=fictional)


def _same_years(
    document: Document, employees: tuple[SeriesPoint, ...], population: tuple[SeriesPoint, ...]
) -> None:
    """Refuse employees without the residents of the same year: demand moves with employees per resident."""
    residents = {(point.municipality, point.date) for point in population}
    for point in employees if population else ():
        if (point.municipality, point.date) not in residents:
            wrong = f"has no row for {point.municipality} in {point.date}"
            raise document.error(
                ("population",), wrong, "employees has one, and the two are divided by each other"
            )
