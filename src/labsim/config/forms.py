"""What the files look like: the keys that may stand in a scenario, regime, transition, place or experiment.

The forms declare nothing twice: units, bounds and meanings come from the classes that the model reads.
"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, Field, WithJsonSchema, model_validator
from pydantic.fields import FieldInfo

from labsim.config.expectations import (
    Decomposition,
    DecompositionForm,
    Expectation,
    HalfWidths,
    Individuals,
)
from labsim.config.place_forms import FromTables, MunicipalityForm, StraightLines, Synthetic, Tables
from labsim.config.record import RecordRow
from labsim.parameters import Parameters
from labsim.params import Cited, Declared, param
from labsim.policy.funding import Funding
from labsim.policy.governance import Governance, GovernanceChange, RegionalBudget
from labsim.policy.regime import Benefits, Casework, Conditionality, LocalPolicy
from labsim.policy.transition import Transition
from labsim.scenario import Scenario
from labsim.state.place import Label, Occupation, Place
from labsim.units import parse_month


def _month(text: str) -> str:
    parse_month(text)
    return text


Month = Annotated[str, AfterValidator(_month)]
NameOrGroup = Annotated[Any, WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object"}]})]


def same(model: type[BaseModel], name: str) -> Any:
    """Declare a key as `model` declares it."""
    field: FieldInfo = model.model_fields[name]
    return field


def based_on(kind: str) -> Any:
    """Declare the key that names what a file is based on."""
    return Field(
        None, description=f"name of the {kind} from which this one differs only in what is written here"
    )


class RegimeForm(Declared):
    """A file in configs/regimes."""

    regime: str = Field(description="name of the regime")
    label: Label = Field(description="name for readers")
    source: str = Field(description="where the regime as a whole comes from")
    based_on: str | None = based_on("regime")
    without: tuple[str, ...] = Field((), description="instruments of the regime it is based on that it lacks")
    casework: Casework
    conditionality: Conditionality
    benefits: Benefits
    local_policy: LocalPolicy
    governance: Governance = Field(Governance(), description="who decides, and what deciding together costs")
    funding: Funding = Field(
        Funding(), description="who pays for benefits, measures and administration: shares that add up to 1"
    )
    regional_budget: RegionalBudget = Field(
        RegionalBudget(), description="money of the state (Land) that is decided on by the municipality"
    )
    instruments: dict[str, Any] = Field(description="instruments by name, each with its settings")


class TransitionForm(Transition):
    """A file in configs/transitions, or an entry of a scenario's transitions."""

    transition: str = Field("", description="name of the transition")
    label: Label | None = Field(None, description="name for readers")
    source: str = Field("", description="where the dates come from")
    based_on: str | None = based_on("transition")
    start: Month = same(Transition, "start")


class GovernanceChangeForm(GovernanceChange):
    """An entry of a scenario's governance."""

    start: Month = same(GovernanceChange, "start")


class ScenarioForm(Declared):
    """A file in configs/scenarios, or an entry of an experiment's scenarios."""

    scenario: str = Field(description="name of the scenario")
    label: Label = Field(description="name for readers")
    question: str = Field("", description="the question it answers")
    based_on: str | None = based_on("scenario")
    place: str = Field(description="name of the place, or path to its folder")
    start: Month = same(Scenario, "start")
    end: Month = same(Scenario, "end")
    burn_in: int = same(Scenario, "burn_in")
    scale: float = same(Scenario, "scale")
    initial: str = Field(description="name of the regime in force at the start")
    transitions: tuple[NameOrGroup, ...] = Field(
        (), description="passages to other regimes, in order of time: names, or written out"
    )
    parameters: Parameters = Field(
        Parameters(), description="parameters of behaviour that differ from the defaults"
    )
    governance: tuple[GovernanceChangeForm, ...] = same(Scenario, "governance")
    placebo: Month = same(Scenario, "placebo")


class PlaceForm(Declared):
    """The file place.yaml of a folder in configs/places."""

    place: str = Field(description="name of the place")
    label: Label = Field(description="name for readers")
    source: str = Field(description="where the figures come from")
    fictional: bool = Field(False, description="whether the place is invented")
    municipalities: tuple[MunicipalityForm, ...] = Field(
        description="districts, in the order of the matrices"
    )
    from_tables: FromTables | None = Field(
        None, description="starts of municipalities that name none of their own, from the tables"
    )
    synthetic: Synthetic | None = Field(None, description="districts drawn from distributions, besides")
    travel_minutes: tuple[tuple[float, ...], ...] | None = param(
        None, "minutes", "door to door, row = home, column = workplace"
    )
    straight_lines: StraightLines | None = Field(
        None, description="instead of travel_minutes: the rule that makes them from distances"
    )
    commuters: Annotated[Any, WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array"}]})] = Field(
        None,
        description="CSV file (or files) of commuters, or the matrix: persons, row = home, column = workplace",
    )
    occupations: tuple[Occupation, ...] = Field(description="segments of occupations; neighbours are close")
    education_shares: tuple[float, float, float] = same(Place, "education_shares")
    employees: Tables = Field(
        None, description="CSV file (or files) of employees at the workplace, thousand persons"
    )
    population: Tables = Field(None, description="CSV file (or files) of residents, thousand persons")
    cohorts: Tables = Field(
        None, description="CSV file (or files) of the cohorts that turn 16, % of those who reach 65"
    )
    targets: Tables = Field(None, description="CSV file (or files) of published outcomes")
    marginals: str | None = Field(
        None,
        description="CSV file of residents by age, sex, education and occupation; default: the place's shares",
    )
    association: str | None = Field(
        None, description="CSV file that says which of these traits go together; default: none do"
    )
    calibrated: str | None = Field(
        None, description="YAML file that labsim calibrate wrote: parameters and ensemble"
    )


class Window(Declared):
    """A named span of months over which outcomes are compared."""

    window: str = Field(description="name of the window")
    label: Label | None = Field(None, description="name for readers")
    start: Month = param(..., "YYYY-MM", "first month")
    end: Month = param(..., "YYYY-MM", "last month")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if parse_month(self.end) < parse_month(self.start):
            raise ValueError(f"end is {self.end}, but it must not come before start ({self.start})")
        return self


class Comparison(Declared):
    """A scenario, and the one it is compared with."""

    scenario: str = Field(description="name of a scenario")
    baseline: str = Field(description="name of the scenario it is compared with")


Seeds = Annotated[
    Any,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1},
            ]
        }
    ),
]


class ExperimentForm(Declared):
    """The file experiment.yaml of a folder in experiments."""

    experiment: str = Field(description="name of the experiment")
    label: Label = Field(description="name for readers")
    question: str = Field("", description="the question it answers")
    scenarios: tuple[NameOrGroup, ...] = Field(
        description="scenarios: names, or what differs from one (based_on)"
    )
    baseline: str = Field(description="name of the scenario that the others are compared with")
    seeds: Seeds = Field(description="how many replicates of each scenario, or a list of seeds")
    outcomes: tuple[str, ...] = Field((), description="indicators that the report shows first")
    windows: tuple[Window, ...] = Field((), description="spans of months over which outcomes are compared")
    comparisons: tuple[Comparison, ...] = Field(
        (), description="pairs of scenarios; default: each with the baseline"
    )
    precision: HalfWidths = Field(
        {}, description="half-width of the 95 % interval that is wanted, by indicator, in its unit"
    )
    expect: tuple[Expectation, ...] = Field(
        (), description="what is expected of paired differences; the report says what came"
    )
    decompose: tuple[DecompositionForm, ...] = Field(
        (), description="scenarios whose effect is taken apart, one component switched on at a time"
    )
    individuals: Individuals | None = Field(
        None, description="gains and losses of the same persons in two worlds, beside those of a placebo"
    )
    ideal: str | None = Field(
        None,
        description="name of the scenario with the ideal, immediate change: what the transition of each other scenario"
        " costs, and what it leaves behind, is measured against it",
    )
    record: tuple[RecordRow, ...] = Field(
        (), description="published values that the runs are held against; the report gives the distance"
    )
    scale: float | None = param(None, "agents per person", "scale for all scenarios, instead of their own",
                                low=0.0001, high=1.0)  # fmt: skip


class Experiment(Cited):
    """Scenarios over the same seeds, one of them the baseline."""

    experiment: str
    label: Label
    question: str
    scenarios: dict[str, Scenario] = param(..., "scenarios", "by name, in the order of the file")
    baseline: str
    seeds: tuple[int, ...]
    outcomes: tuple[str, ...]
    windows: tuple[Window, ...]
    comparisons: tuple[Comparison, ...]
    precision: dict[str, float] = param(
        {}, "unit of the indicator", "wanted half-width of the interval, by indicator"
    )
    expect: tuple[Expectation, ...] = ()
    decompose: tuple[Decomposition, ...] = ()
    individuals: Individuals | None = None
    ideal: str | None = None
    record: tuple[RecordRow, ...] = ()
    scale: float | None = None
