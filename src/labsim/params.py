"""How a parameter is declared: default, unit, bounds, meaning and source in one line.

From the declaration come validation, the tables of the ODD, the list of assumptions and (later) sliders and
sweep ranges. ``source`` is a reference, ``"calibrated: ..."`` or ``"assumption"``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

ASSUMPTION = "assumption"


def param(
    default: Any,
    unit: str,
    meaning: str,
    *,
    low: float | None = None,
    high: float | None = None,
    source: str = ASSUMPTION,
) -> Any:
    """Declare one parameter; ``default=...`` (Ellipsis) makes it required."""
    extra: dict[str, Any] = {"unit": unit, "source": source}
    return Field(default, ge=low, le=high, description=meaning, json_schema_extra=extra)


def share(default: Any, meaning: str, *, source: str = ASSUMPTION) -> Any:
    """Declare a share between 0 and 1."""
    return param(default, "share", meaning, low=0.0, high=1.0, source=source)


class Declared(BaseModel):
    """A group of declared parameters: unknown keys are refused, values cannot be changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Cited(Declared):
    """A declared group read from a file, which remembers the sources written there beside the values.

    The sources are no part of the content: they are left out of dumps and keys.
    """

    _citations: dict[str, str] = PrivateAttr(default_factory=dict)

    @property
    def citations(self) -> Mapping[str, str]:
        """Sources by path inside the group, for example ``casework.meetings``."""
        return self._citations

    def cite(self, sources: Mapping[str, str]) -> Self:
        """Note the sources of values, by path; return the group itself."""
        self._citations.update(sources)
        return self

    def __eq__(self, other: object) -> bool:
        """Compare content only: equal values with other sources are equal."""
        if type(self) is not type(other):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in type(self).model_fields)

    __hash__ = Declared.__hash__


class Declaration(NamedTuple):
    """One row of the table of parameters."""

    path: str
    value: Any
    unit: str
    low: float | None
    high: float | None
    meaning: str
    source: str


def bounds(field: Any) -> tuple[float | None, float | None]:
    """Return (lowest, highest) allowed value of a pydantic field, None where there is none."""
    low = next((m.ge for m in field.metadata if hasattr(m, "ge")), None)
    high = next((m.le for m in field.metadata if hasattr(m, "le")), None)
    return low, high


def declarations(group: BaseModel, path: str = "") -> Iterator[Declaration]:
    """Yield every declared number of a group and of the groups inside it, depth first."""
    for name, field in type(group).model_fields.items():
        value = getattr(group, name)
        here = f"{path}.{name}" if path else name
        if isinstance(value, BaseModel):
            yield from declarations(value, here)
            continue
        extra = field.json_schema_extra
        if isinstance(extra, dict) and "unit" in extra:
            low, high = bounds(field)
            unit, source = str(extra["unit"]), str(extra["source"])
            yield Declaration(here, value, unit, low, high, field.description or "", source)
