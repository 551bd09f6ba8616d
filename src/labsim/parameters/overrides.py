"""Some parameters by their paths ("demand.level"), as calibrations and their ensembles name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pydantic.fields import FieldInfo

from labsim.parameters import Parameters
from labsim.params import bounds


class Scalar(NamedTuple):
    """A parameter that is one real number: where it stands, its default, unit and bounds."""

    path: str
    default: float
    unit: str
    meaning: str
    low: float
    high: float


def scalars() -> dict[str, Scalar]:
    """Return every real-valued parameter with both bounds declared, by path.

    >>> scalars()["demand.level"].default
    1.0
    """
    found = {}
    for group in Parameters.model_fields:
        model = type(getattr(Parameters(), group))
        for name, field in model.model_fields.items():
            scalar = _scalar(f"{group}.{name}", field)
            if scalar is not None:
                found[scalar.path] = scalar
    return found


def _scalar(path: str, field: FieldInfo) -> Scalar | None:
    low, high = bounds(field)
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    if field.annotation is not float or low is None or high is None or "unit" not in extra:
        return None
    return Scalar(path, float(field.default), str(extra["unit"]), field.description or "", low, high)


def with_values(parameters: Parameters, values: Mapping[str, float]) -> Parameters:
    """Return the parameters with some replaced; raises pydantic's ValidationError for a value out of bounds.

    >>> with_values(Parameters(), {"demand.level": 1.02}).demand.level
    1.02
    """
    groups: dict[str, dict[str, float]] = {}
    for path, value in values.items():
        group, _, name = path.partition(".")
        groups.setdefault(group, {})[name] = value
    update = {}
    for group, changes in groups.items():
        known = getattr(parameters, group)
        update[group] = type(known).model_validate(dict(known) | changes)
    return parameters.model_copy(update=update)


def overlaid(base: Parameters, over: Parameters) -> Parameters:
    """Return ``base`` with everything that was written in ``over`` (its defaults count as not written)."""
    update = {}
    for group in over.model_fields_set:
        written = getattr(over, group)
        own = {name: getattr(written, name) for name in written.model_fields_set}
        update[group] = getattr(base, group).model_copy(update=own)
    return base.model_copy(update=update)
