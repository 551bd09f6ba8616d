"""Places from their folders: place.yaml and the tables beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labsim.config.calibrated import LEVEL_SOURCE, calibrated_beside, with_levels
from labsim.config.citations import citations
from labsim.config.documents import Document
from labsim.config.errors import ConfigError, Problem, quoted
from labsim.config.forms import PlaceForm
from labsim.config.library import Library
from labsim.config.marginals import read_association, read_marginals
from labsim.config.place_tables import NOTHING, TABLES, is_matrix, read_table, same_years, table_file
from labsim.config.problems import validated
from labsim.config.starts import Starts
from labsim.state.marginals import Association
from labsim.state.place import Place


def read_place(library: Library, file: Path, asked: str) -> Place:
    """Return the place described by a place.yaml."""
    key = file.resolve()
    document = library.document(file)
    if key not in library.places:
        library.places[key] = _place(document, calibrated=library.calibrated)
    place = library.places[key]
    library.check_name("place", asked, place.place, document)
    return place


def _place(document: Document, *, calibrated: bool) -> Place:
    """Return the place, or raise all that is wrong with place.yaml and the tables beside it."""
    try:
        form = validated(PlaceForm, document)
    except ConfigError as error:
        raise ConfigError(*error.problems, *_in_tables(document)) from None
    names = [municipality.name for municipality in form.municipalities]
    values: dict[str, Any] = {name: getattr(form, name) for name in PlaceForm.model_fields}
    problems: list[Problem] = []
    for key in TABLES:
        try:
            values[key] = read_table(document, key, values[key], names, fictional=form.fictional)
        except ConfigError as error:
            problems += error.problems
            values[key] = NOTHING[key]
    try:
        occupations = [each.name for each in form.occupations]
        values |= _people(document, values, names, occupations, fictional=form.fictional)
    except ConfigError as error:
        problems += error.problems
        values |= {"marginals": (), "association": ()}
    if problems and form.from_tables is not None:
        raise ConfigError(*problems)
    try:
        place = _fitted(document, _worked_out(document, form, values, calibrated=calibrated))
        if not problems:
            same_years(document, place.employees, place.population)
    except ConfigError as error:
        problems += error.problems
    if problems:
        raise ConfigError(*problems)
    return place


def _worked_out(document: Document, form: PlaceForm, values: dict[str, Any], *, calibrated: bool) -> Place:
    """Return the place with what follows from its tables, from distances, from draws and from its calibration.

    A calibration starts from the place without the calibration before it, else each would come to another result.
    """
    starts = Starts(document, form, values)
    values = {name: value for name, value in values.items() if name in Place.model_fields} | starts.values
    names = tuple(each.name for each in values["municipalities"])
    values["calibrated"] = calibrated_beside(document, form.calibrated, names) if calibrated else None
    values["municipalities"] = with_levels(values["municipalities"], values["calibrated"])
    place = validated(Place, document, values)
    cited = citations(document, Place) | starts.cited
    if place.calibrated is not None:
        shifted = place.calibrated.skill_shift
        cited |= {f"municipalities[{name}].skill_shift": LEVEL_SOURCE for name in shifted}
    tables = [form.commuters] if isinstance(form.commuters, str) else form.commuters
    if isinstance(tables, list | tuple) and not is_matrix(tables):
        cited["commuters"] = f"see {', '.join(tables)}"
    return place.cite(cited)


def _in_tables(document: Document) -> list[Problem]:
    """Return what is wrong with the tables of a place whose place.yaml is wrong too, as far as that can be said."""
    found: dict[str, list[str]] = {}
    for key in ("municipalities", "occupations"):
        listed = document.data.get(key)
        entries = listed if isinstance(listed, list) else []
        names = [str(each["name"]) for each in entries if isinstance(each, dict) and "name" in each]
        if not names or len(names) < len(entries):
            return []
        found[key] = names
    invented = document.data.get("fictional", False) is True
    problems: list[Problem] = []
    for key in TABLES:
        given = document.data.get(key)
        try:
            if isinstance(given, str):
                read_table(document, key, given, found["municipalities"], fictional=invented)
        except ConfigError as error:
            problems += error.problems
    tables = {key: document.data.get(key) for key in ("marginals", "association")}
    try:
        if all(each is None or isinstance(each, str) for each in tables.values()):
            _people(document, tables, found["municipalities"], found["occupations"], fictional=invented)
    except ConfigError as error:
        problems += error.problems
    return problems


def _people(
    document: Document, given: Mapping[str, Any], names: list[str], occupations: list[str], *, fictional: bool
) -> dict[str, Any]:
    """Return the marginals of the place's people, and which traits go together."""
    people, pairs = given["marginals"], given["association"]
    if people is None:
        if pairs is not None:
            right = "there are no marginals that it could be fitted to"
            raise document.error(("association",), f"is {quoted(pairs)}", right)
        return {"marginals": (), "association": ()}
    marginals = read_marginals(
        table_file(document, "marginals", people), names, occupations, fictional=fictional
    )
    association: tuple[Association, ...] = ()
    if pairs is not None:
        file = table_file(document, "association", pairs)
        association = read_association(file, marginals, occupations, fictional=fictional)
    return {"marginals": marginals, "association": association}


def _fitted(document: Document, place: Place) -> Place:
    """Return the place if its people can be fitted to their marginals."""
    from labsim.state.synthesis import joint_table  # it draws, and so loads the compiler

    try:
        joint_table(place)
    except ValueError as error:
        wrong, right = str(error).removeprefix("association ").split(", but ")
        raise document.error(("association",), wrong, right) from None
    return place
