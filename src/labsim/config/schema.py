"""JSON schemas of the files, for editors: generated from the same declarations that check and run them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from labsim.config.calibrations import CalibrationForm
from labsim.config.files import Kind
from labsim.config.forms import ExperimentForm, PlaceForm, RegimeForm, ScenarioForm, TransitionForm
from labsim.config.scorecards import ScorecardForm
from labsim.config.sweep_forms import FactorForm, OutcomeForm, SweepForm
from labsim.config.trial_forms import TrialForm
from labsim.policy.funding import Payers
from labsim.policy.instrument import load_instruments

FORMS: dict[Kind, type[BaseModel]] = {
    "calibration": CalibrationForm,
    "experiment": ExperimentForm,
    "place": PlaceForm,
    "regime": RegimeForm,
    "scenario": ScenarioForm,
    "scorecard": ScorecardForm,
    "sweep": SweepForm,
    "transition": TransitionForm,
    "trial": TrialForm,
}

_TEXT = {"type": "string"}
_PAYERS = f"#/$defs/{Payers.__name__}"
"""Shares that add up to 1: a group of keys, but one value."""
_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def write_schemas(folder: str | Path) -> list[Path]:
    """Write the schema of each kind of file to `folder`; return the paths."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for kind in FORMS:
        path = target / f"{kind}.json"
        path.write_text(json.dumps(schema(kind), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        written.append(path)
    return written


def schema(kind: Kind) -> dict[str, Any]:
    """Return the JSON schema of one kind of file.

    Every declared value may be written alone or as {value, source, unit, note}; where a file is based on
    another one, nothing but its name is required.
    """
    root = FORMS[kind].model_json_schema()
    definitions = root.pop("$defs", {})
    if kind == "sweep":
        definitions |= _referred(FactorForm) | _referred(OutcomeForm)
        _vary_and_record(root["properties"])
    if kind == "regime":
        root["properties"]["instruments"] = _instruments(root["properties"]["instruments"], definitions)
    for group in _groups([root, *definitions.values()]):
        group["properties"] = {name: _with_source(each) for name, each in group["properties"].items()}
    if "based_on" in root["properties"]:
        _require_unless_based_on(root, definitions, kind)
    root["description"] = str(FORMS[kind].__doc__).strip()
    root["title"] = f"labsim {kind}"
    return {"$schema": _DRAFT, **root, **({"$defs": definitions} if definitions else {})}


def _instruments(declared: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of all instruments by name; groups that they share go to the definitions."""
    schemas = {name: cls.model_json_schema() for name, cls in load_instruments().items()}
    for each in schemas.values():
        definitions |= each.pop("$defs", {})
    return {
        "type": "object",
        "description": declared.get("description", ""),
        "additionalProperties": False,
        "properties": {
            name: {**schemas[name], "type": ["object", "null"], "title": cls.label}
            for name, cls in load_instruments().items()
        },
    }


def _vary_and_record(properties: dict[str, Any]) -> None:
    """Say what stands below the factors' names of a sweep, and that an outcome may be a name or a group."""
    for group in ("uncertainties", "levers"):
        properties[group]["additionalProperties"] = {"anyOf": [_ref(FactorForm), {"type": "null"}]}
    properties["outcomes"]["items"] = {"anyOf": [_TEXT, _ref(OutcomeForm)]}


def _ref(form: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/$defs/{form.__name__}"}


def _referred(form: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of a form that is named only by reference, with the forms inside it."""
    own = form.model_json_schema()
    return {**own.pop("$defs", {}), form.__name__: own}


def _groups(schemas: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield every group of keys, those inside others too."""
    for each in schemas:
        if "properties" in each:
            inner = [inside for inside in each["properties"].values() if "properties" in inside]
            yield from _groups(inner)
            yield each


def _with_source(value: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a value that may be written with its source."""
    unit = value.get("unit")
    is_one_value = value.get("$ref") == _PAYERS or "$ref" in value.get("items", {})
    if unit is None and not is_one_value:
        return value
    meaning = f"{value.get('description', '')} [{unit}]" if unit else value.get("description", "")
    told = {"title": value.get("title", ""), "description": meaning}
    told |= {key: value[key] for key in ("unit", "source", "default") if key in value}
    alone = {key: each for key, each in value.items() if key not in {"description", "title", *told}}
    described = {"value": alone, "source": _TEXT, "note": _TEXT} | ({"unit": {"const": unit}} if unit else {})
    wrapped = {
        "type": "object",
        "properties": described,
        "required": ["value"],
        "additionalProperties": False,
    }
    return {**told, "anyOf": [alone, wrapped]}


def _require_unless_based_on(root: dict[str, Any], definitions: dict[str, Any], kind: Kind) -> None:
    """Make keys required only where the file is not based on another one."""
    required = root.pop("required", [])
    inside: dict[str, Any] = {}
    for name in required:
        group = root["properties"][name].get("$ref", "").rpartition("/")[2]
        if group in definitions and group != "Label" and "required" in definitions[group]:
            inside[name] = {"required": definitions[group].pop("required")}
    root["if"] = {"required": ["based_on"]}
    root["then"] = {"required": [kind] if kind in required else []}
    root["else"] = {"required": required, "properties": inside}
