"""What a sweep's file looks like: the keys that may stand in it, and what they mean."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from labsim.config.forms import Month, NameOrGroup, Seeds, Window
from labsim.params import Declared, param, share
from labsim.state.place import Label

Kind = Literal["full_grid", "list", "latin_hypercube", "sobol", "saltelli", "morris"]
KINDS_OF_DESIGN: tuple[Kind, ...] = ("full_grid", "list", "latin_hypercube", "sobol", "saltelli", "morris")
WHOLE = "all"

_LEVEL = {"type": ["number", "string", "boolean"]}
Values = Annotated[Any, WithJsonSchema({"type": "array", "items": _LEVEL, "minItems": 1})]
Rows = Annotated[
    Any,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "object", "additionalProperties": _LEVEL}},
            ]
        }
    ),
]


class FactorForm(Declared):
    """What an uncertainty or a lever may be: a range, or a list of values; {} = the whole range that is declared."""

    low: float | None = Field(None, description="lowest value; default: the lowest that is declared")
    high: float | None = Field(None, description="highest value; default: the highest that is declared")
    values: Values = Field(None, description="the values themselves, instead of low and high")
    levels: int | None = param(None, "levels", "evenly spaced values from low to high in a full grid",
                               low=2, high=1000)  # fmt: skip
    scenarios: tuple[str, ...] = Field((), description="the only scenarios that it changes; default: all")
    label: Label | None = Field(None, description="name for readers")
    note: str = Field("", description="why this range, and where it comes from")


Factors = Annotated[Any, WithJsonSchema({"type": "object"})]
"""Groups of `FactorForm` by the name of what they vary."""


class DesignForm(Declared):
    """Which points of the space of factors are run."""

    kind: Kind = Field(description="how points are chosen: docs/sweeps.md says what each is for")
    points: int | None = param(None, "points", "points of latin_hypercube and sobol; base points of saltelli, which"
                               " runs them times 2 k + 2 for k factors (k + 2 without second order); trajectories of"
                               " morris, each of k + 1 points", low=1, high=10_000_000)  # fmt: skip
    seed: int = param(1, "seed", "seed of the design; it has nothing to do with the seeds of the runs",
                      low=0, high=2**31 - 1)  # fmt: skip
    second_order: bool = Field(True, description="saltelli: whether interactions of pairs are wanted, too")
    levels: int | None = param(None, "levels", "morris: levels of the grid, an even number (default 4); full_grid:"
                               " evenly spaced values of factors that list none", low=2, high=1000)  # fmt: skip


class OutcomeForm(Declared):
    """An indicator that every run records."""

    outcome: str = Field(description="name of an indicator; of a sweep over a function: name of a column")
    municipality: str = Field(WHOLE, description="name of a municipality; all = the whole place")
    group: str = Field(WHOLE, description="name of a group of people; all = everybody")
    unit: str = Field("", description="unit, for readers; only in sweeps over a function")


NameOrOutcome = Annotated[Any, WithJsonSchema({"type": "string"})]
"""Name of an indicator, or an `OutcomeForm`."""


class RegimesForm(Declared):
    """One scenario for each of several regimes, in force from the first month of the burn-in to the end."""

    based_on: str = Field(description="name of the scenario that says the rest: place, months, parameters")
    names: tuple[str, ...] = Field(description="names of regimes")


class StopForm(Declared):
    """When there are enough replicates: `labsim sweep extend --until-precise` adds more until then."""

    outcome: str = Field(description="an outcome of the sweep")
    window: str | None = Field(None, description="name of the window; default: the first")
    contrast: tuple[str, str] | None = Field(
        None, description="two scenarios: the interval is that of the first less the second, seed by seed"
    )
    half_width: float = Field(description="half-width of the interval that is wanted, in the outcome's unit")
    level: float = share(0.95, "level of the interval")
    most: int = param(100, "replicates", "replicates after which it stops in any case", low=2, high=1_000_000)
    batch: int = param(10, "replicates", "replicates that are added at a time", low=1, high=100_000)

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if not self.half_width > 0.0:
            raise ValueError(f"half_width is {self.half_width:g}, but an interval has a width above 0")
        if not 0.5 <= self.level < 1.0:
            raise ValueError(f"level is {self.level:g}, but it must be at least 0.5 and below 1")
        return self


def _text(value: Any) -> Any:
    """Return a number of seconds as the text of it."""
    return f"{value}" if isinstance(value, int | float) and not isinstance(value, bool) else value


class RunForm(Declared):
    """How the runs are done; nothing here changes a result."""

    chunk_seconds: float = param(60.0, "seconds", "computing time of the runs that are handed out together",
                                 low=0.1, high=86_400.0)  # fmt: skip
    flush_seconds: float = param(120.0, "seconds", "longest time that a finished run waits to be written",
                                 low=0.1, high=3600.0)  # fmt: skip
    runs_per_shard: int = param(500, "runs", "most runs in a file of the store", low=1, high=100_000)
    retries: int = param(2, "times", "how often a run is tried again whose process died", low=0, high=100)
    time_limit: Annotated[str, BeforeValidator(_text), WithJsonSchema({"type": ["string", "number"]})] = (
        Field(
            "10x median",
            description="longest time of one run: seconds, a multiple of the median (10x median), or none",
        )
    )
    memory_limit_gb: float | None = param(
        None, "GB", "memory of a worker above which its run counts as failed; default: no limit",
        low=0.05, high=100_000.0,
    )  # fmt: skip
    limit_runs: int = param(1_000_000, "runs", "largest sweep that is planned without being told so here",
                            low=1, high=1_000_000_000)  # fmt: skip


class SweepForm(Declared):
    """The file sweep.yaml of a folder in experiments: scenarios x a design x replicates."""

    sweep: str = Field(description="name of the sweep")
    label: Label = Field(description="name for readers")
    question: str = Field("", description="the question it answers")
    scenarios: tuple[NameOrGroup, ...] = Field(
        (), description="scenarios: names, or what differs from one (based_on)"
    )
    regimes: RegimesForm | None = Field(
        None, description="instead of scenarios: one for each of these regimes"
    )
    runner: str = Field(
        "",
        description="instead of scenarios: a function of the factors, as module:function or path/to/file.py:function",
    )
    baseline: str | None = Field(
        None, description="name of the scenario that the others are compared with; default: the first"
    )
    scale: float | None = param(None, "agents per person", "scale for all scenarios, instead of their own",
                                low=0.0001, high=1.0)  # fmt: skip
    start: Month | None = param(None, "YYYY-MM", "first month that is recorded, for all scenarios")
    end: Month | None = param(None, "YYYY-MM", "last month that is recorded, for all scenarios")
    burn_in: int | None = param(None, "months", "months simulated before the start, for all scenarios",
                                low=0, high=600)  # fmt: skip
    design: DesignForm = Field(description="which points of the space of factors are run")
    uncertainties: Factors = Field(
        {}, description="what is not known: parameters of behaviour by path, with ranges"
    )
    levers: Factors = Field(
        {},
        description="what policy sets: transition.FIELD, transitions[2].FIELD, regime.NAME.GROUP.FIELD,"
        " instrument.NAME.SETTING, or a parameter's path",
    )
    points: Rows = Field(
        None,
        description="points of the design list: groups of factor: value, or a CSV file with a column per factor",
    )
    outcomes: tuple[NameOrOutcome, ...] = Field(description="indicators that every run records")
    windows: tuple[Window, ...] = Field(
        (),
        description="spans of months over which outcomes are averaged; default: one, all, over the whole run",
    )
    replicates: int | None = param(None, "replicates", "seeds 1 to n of every scenario and point",
                                   low=1, high=1_000_000)  # fmt: skip
    seeds: Seeds = Field(None, description="the seeds themselves, instead of replicates")
    stop: StopForm | None = Field(None, description="when there are enough replicates")
    record: Literal["monthly", "yearly"] = Field(
        "monthly", description="what a run keeps: every month, or means of years"
    )
    run: RunForm = Field(
        RunForm.model_validate({}), description="how the runs are done; nothing here changes a result"
    )
