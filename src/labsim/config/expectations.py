"""What an experiment may ask for besides its runs: precision, components of an effect, individuals, expectations."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from labsim.params import Declared, param

DIRECTIONS = ("rises", "falls", "no_change")
BOUNDS = ("at_least", "at_most", "between")
WHOLE = "all"

_NUMBER = {"type": "number"}
_BOUNDS = {
    "at_least": _NUMBER,
    "at_most": _NUMBER,
    "between": {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2},
}

Expected = Annotated[
    Any,
    WithJsonSchema({
        "anyOf": [
            {"enum": list(DIRECTIONS)},
            *(
                {"type": "object", "properties": {name: schema}, "required": [name], "additionalProperties": False}
                for name, schema in _BOUNDS.items()
            ),
        ]
    }),
]  # fmt: skip
"""A direction, or a bound for the paired difference in the unit of the outcome."""

HalfWidths = Annotated[
    Any, WithJsonSchema({"type": "object", "additionalProperties": {"type": "number", "exclusiveMinimum": 0}})
]
ComponentsForm = Annotated[
    Any,
    WithJsonSchema(
        {
            "type": "array",
            "items": {
                "anyOf": [
                    {"type": "string"},
                    {"type": "array", "items": {"type": "string"}, "minItems": 1},
                ]
            },
        }
    ),
]


class DecompositionForm(Declared):
    """An entry of decompose: a scenario whose effect is taken apart."""

    scenario: str = Field(description="name of the scenario whose effect is taken apart")
    components: ComponentsForm = Field(
        [],
        description="groups of the regimes that are switched on one at a time; a list in the list is switched on"
        " together; default: every group that differs",
    )


class Decomposition(Declared):
    """A scenario whose effect is taken apart, and the components that are switched on one at a time."""

    scenario: str
    components: tuple[tuple[str, ...], ...]


class Individuals(Declared):
    """Gains and losses of the same persons in two worlds, beside those of a placebo."""

    window: str = Field(description="name of the window over which months in work are counted")
    months: int = param(3, "months", "difference in months of work from which somebody counts as having gained or lost",
                        low=1, high=600)  # fmt: skip


class Expectation(Declared):
    """What the author of an experiment expects of a paired difference, best written before the first run."""

    outcome: str = Field(description="name of an indicator")
    scenario: str = Field(description="name of a scenario")
    baseline: str = Field(
        "", description="name of the scenario it is compared with; default: the experiment's baseline"
    )
    window: str = Field(description="name of a window; its mean is compared")
    municipality: str = Field(WHOLE, description="name of a municipality; all = the whole place")
    group: str = Field(WHOLE, description="name of a group of people; all = everybody")
    expect: Expected = Field(
        description="rises, falls or no_change (within the wanted precision), or a bound for the difference"
    )
    because: str = Field("", description="why, in a sentence")
