"""Scorecards: scorecard.yaml beside a place.yaml says what the place's runs are held against, and how closely.

Targets and bands are written down before any fit is run. A target names a statistic of indicators, what was published
(the place's own table, or a finding of configs/evidence), the band that counts as met, and its role: ``fit`` (used by
the calibration), ``hold_out`` (kept from it) or ``input`` (the model starts from such a figure, or was fitted to it:
shown, tests nothing). A figure is never both fitted and held out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from labsim.config.documents import Document
from labsim.config.library import Library, by_name
from labsim.config.problems import validated
from labsim.config.record import WHOLE, Period
from labsim.config.scenarios import read_scenario
from labsim.params import Declared, param
from labsim.scenario import Scenario
from labsim.state.place import Label

FIT, HOLD_OUT, INPUT = "fit", "hold_out", "input"
ROLES = (FIT, HOLD_OUT, INPUT)
SERIES = "series"
"""What ``published`` says when the value is computed from the place's own table."""


class Band(Declared):
    """How close is close enough, and why."""

    half: float | None = param(
        None, "", "half-width around the published value, in the unit of the target", low=0.0
    )
    percent: float | None = param(None, "%", "half-width around the published value, in % of it", low=0.0)
    low: float | None = Field(None, description="lowest value that counts as met")
    high: float | None = Field(None, description="highest value that counts as met")
    why: str = Field(description="why this is close enough")


class TargetForm(Declared):
    """An entry of the list of targets."""

    target: str = Field(description="name of the target, unique in the file")
    label: Label = Field(description="what is compared, for readers")
    statistic: str = Field(description="what is computed, as `labsim.analysis.statistics` names it")
    indicator: str | None = Field(None, description="name of an indicator")
    indicators: tuple[str, ...] = Field((), description="names of several indicators, whose sum is taken")
    per: tuple[str, ...] = Field(
        (), description="names of indicators by whose sum (of everybody) it is divided"
    )
    on: tuple[str, ...] = Field(
        (), description="names of indicators on which it is regressed, the first one counts"
    )
    study: str = Field("", description="what of the virtual studies is compared")
    municipality: str = Field(WHOLE, description="name; all = the place as a whole, each = a target for each")
    group: str = Field(WHOLE, description="name of a group of people; all = everybody")
    period: Period = Field("", description="a year, a month, or a first and a last one: 1999..2004")
    before: Period | None = Field(None, description="an earlier period that the statistic compares with")
    breaks: Literal["left_out", "kept"] = Field(
        "left_out", description="whether figures flagged as a level break are compared; a fit leaves them out"
    )
    series: str = Field(
        "", description="name in the place's own table, where it is not that of the indicator"
    )
    published: Any = Field(
        description="series (the place's own table), {date: 2005} (one figure of it), {finding: id}, or {figure, unit,"
        " source, sure}"
    )
    band: Any = Field(
        None, description="name of one of the bands of the file, or a band; default: the finding's range"
    )
    role: str = Field(description="fit, hold_out or input")
    weight: float = param(1.0, "", "weight in the loss, of a fit", low=0.0)
    unit: str = Field("", description="unit of the value, where it is not that of the indicator")
    sure: str = Field(
        "", description="how sure a figure of the place's table is, where it is less than read there"
    )
    note: str = Field("", description="what a reader must know to compare the two")
    misses: str = Field("", description="the likely reason, if the target is missed")


class RecordForm(Declared):
    """Rows of an experiment's record that the place's runs are held against, too."""

    experiment: str = Field(description="name of the experiment")
    scenario: str = Field(description="the scenario whose rows are taken")
    band: Any = Field(description="name of one of the bands of the file, or a band")
    misses: dict[str, str] = Field({}, description="the likely reason, by target, if it is missed")


class ScorecardForm(Declared):
    """The file scorecard.yaml beside a place.yaml."""

    scorecard: str = Field(description="name of the place")
    scenario: str = Field(description="name of the scenario that is run: the history")
    scale: float = param(..., "agents per person", "scale of the runs", low=0.0001, high=1.0)
    seeds: int = param(..., "replicates", "how many runs", low=1, high=1000)
    studies: StudiesForm | None = Field(
        None, description="size of the virtual studies; left out: none is run"
    )
    bands: dict[str, Band] = Field({}, description="bands by name, one for each class of targets")
    targets: tuple[TargetForm, ...] = Field(description="what is compared")
    record: RecordForm | None = Field(
        None, description="rows of an experiment's record that are compared, too"
    )


class StudiesForm(Declared):
    """Size of the virtual studies."""

    persons: int = param(20_000, "persons", "agents of a study", low=500, high=2_000_000)
    seeds: int = param(2, "replicates", "runs of a study", low=1, high=1000)


ScorecardForm.model_rebuild()


@dataclass(frozen=True)
class Scorecard:
    """A scorecard, read and checked.

    place      name of the place
    scenario   the history that is run, at the scorecard's scale
    seeds      how many runs
    studies    size of the virtual studies; None: no target needs one
    targets    complete mappings, as `labsim.analysis.scorecard` takes them
    points     the place's published figures, as mappings
    residents  residents by municipality and year, of the municipalities that belong to the place proper
    file       where it stands
    """

    place: str
    scenario: Scenario
    seeds: int
    studies: StudiesForm | None
    targets: tuple[dict[str, Any], ...]
    points: tuple[dict[str, Any], ...]
    residents: dict[str, dict[int, float]]
    file: Path

    @property
    def published(self) -> Any:
        """The published figures, as `labsim.analysis.scorecard` takes them."""
        from labsim.analysis.scorecard import Published

        return Published(self.points, self.residents)

    def of_role(self, role: str) -> tuple[dict[str, Any], ...]:
        """Return the targets of one role."""
        return tuple(target for target in self.targets if target["role"] == role)


def load_scorecard(name: str | Path) -> Scorecard:
    """Return the scorecard of a place by name, or by path of its folder or file.

    >>> load_scorecard("dortmund").scenario.scenario
    'dortmund_2003'
    """
    library = Library()
    return read_scorecard(library, library.document(by_name("scorecard", name)), str(name))


def read_scorecard(library: Library, document: Document, asked: str = "") -> Scorecard:
    """Return the scorecard in a document, with its scenario; raise one ConfigError with all that is wrong in it."""
    from labsim.config.targets import complete

    form = validated(ScorecardForm, document)
    if asked:
        library.check_name("scorecard", asked, form.scorecard, document)
    file = library.refer("scenario", form.scenario, document, ("scenario",))
    scenario = read_scenario(library, library.document(file), form.scenario)
    place = scenario.place
    if place.place != form.scorecard:
        wrong = f"is '{form.scenario}', which runs the place '{place.place}'"
        raise document.error(("scenario",), wrong, f"write the name of a scenario of '{form.scorecard}'")
    scenario = scenario.model_copy(update={"scale": form.scale})
    targets = complete(library, document, form, scenario)
    return Scorecard(
        place=place.place,
        scenario=scenario,
        seeds=form.seeds,
        studies=form.studies,
        targets=tuple(targets),
        points=tuple(point.model_dump() for point in place.targets),
        residents=residents_of(scenario),
        file=document.file,
    )


def residents_of(scenario: Scenario) -> dict[str, dict[int, float]]:
    """Return residents by municipality and year (thousand persons; else persons of working age) of the place proper."""
    place = scenario.place
    found: dict[str, dict[int, float]] = {
        each.name: {} for each in place.municipalities if not getattr(each, "outside", False)
    }
    for point in place.population:
        if point.municipality in found:
            found[point.municipality][int(point.date[:4])] = point.value
    if not all(found.values()):
        year = int(scenario.start[:4])
        people = {each.name: float(each.population_of_working_age) for each in place.municipalities}
        return {name: {year: people[name]} for name in found}
    return found
