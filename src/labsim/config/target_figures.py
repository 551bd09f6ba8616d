"""What a target is held against: the place's own table, a finding, a figure with its source; and the band around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Never

from labsim.config.documents import Document, KeyPath
from labsim.config.errors import ConfigError, Problem, quoted, suggestion
from labsim.config.evidence import MEMORY, SIGN, Finding, findings
from labsim.config.library import Library
from labsim.config.overlaps import BROKEN, points_of
from labsim.config.problems import validated
from labsim.config.record import SURE, indicators_of
from labsim.config.scorecards import FIT, INPUT, SERIES, Band, ScorecardForm, TargetForm
from labsim.indicators.registry import metadata
from labsim.scenario import Scenario

if TYPE_CHECKING:
    from labsim.analysis.sight import Statistic

FICTIONAL = "fictional"

_PUBLISHED = (
    "it must be series (the place's own table), {date: 2005} (one figure of it), {finding: an id of configs/evidence},"
    " or a figure with its source: {figure: 0.7, unit: ..., source: ..., sure: SEEN}"
)
_FIGURE = ("figure", "unit", "source", "sure")
_BAND = "it must be the name of one of the bands of the file, or a group with half, percent, or low and high, and why"
_FROM_MEMORY = (
    "a figure from memory tests nothing: look it up, or make it a hold_out, which is shown and not counted"
)


class Refused(Exception):  # noqa: N818 - it says what happened
    """A target cannot be completed; its problem is noted."""


class Figures:
    """Finds what targets of one file are held against, and notes what is wrong there."""

    def __init__(self, library: Library, document: Document, form: ScorecardForm, scenario: Scenario) -> None:
        from labsim.analysis.statistics import STATISTICS

        self.library, self.document, self.form, self.scenario = library, document, form, scenario
        self.statistics: Mapping[str, Statistic] = STATISTICS
        self.place = scenario.place
        self.inside = tuple(
            each.name for each in self.place.municipalities if not getattr(each, "outside", False)
        )
        self.indicators = indicators_of(scenario)
        self.facts = metadata(
            tuple(n for r in scenario.timeline.regimes for n in scenario.regimes[r].instruments)
        )
        self.findings: Mapping[str, Finding] = findings(document.file)
        self.problems: list[Problem] = []

    def refuse(self, path: KeyPath, wrong: str, right: str) -> Never:
        """Note a problem and give the target up."""
        self.problems.append(self.document.problem(path, wrong, right))
        raise Refused

    def known(self, path: KeyPath, name: str, what: str, names: Any) -> None:
        """Refuse a name that is not there, with the nearest one that is."""
        there = tuple(names)
        if name not in there:
            self.refuse(path, f"is '{name}', which is {what}", suggestion(name, there))

    def held_against(
        self, path: KeyPath, form: TargetForm, kind: Statistic, row: dict[str, Any]
    ) -> dict[str, Any]:
        """Return a target with the published value, how sure it is, and its band."""
        if form.published == SERIES:
            known = self.series(path, form, kind, row)
        elif isinstance(form.published, dict) and set(form.published) == {"date"}:
            known = self.point(path, form)
        elif isinstance(form.published, dict):
            known = self.figure(path, form, kind)
        else:
            self.refuse((*path, "published"), f"is {quoted(form.published)}", _PUBLISHED)
        row = row | known | self.band(path, form.band, known)
        if form.unit:
            row["unit"] = form.unit
        if row["role"] in {FIT, INPUT} and row["sure"] == MEMORY:
            self.refuse((*path, "role"), f"is '{row['role']}'", _FROM_MEMORY)
        closed = row["half"] or row["percent"] or (row["low"] is not None and row["high"] is not None)
        if row["role"] == FIT and (row["sure"] == SIGN or not closed):
            self.refuse((*path, "role"), "is 'fit'", "a fit needs a value and a band with two ends")
        return row

    def series(self, path: KeyPath, form: TargetForm, kind: Statistic, row: dict[str, Any]) -> dict[str, Any]:
        """Return what the place's table says of a target; refuse a series or a period that it does not hold."""
        name = form.series or next(iter(row["indicators"]), "")
        if len(row["indicators"]) != 1 or form.per:
            right = "only a single indicator can be held against the place's table: name a finding"
            self.refuse((*path, "published"), "is 'series'", right)
        there = tuple(dict.fromkeys(point.series for point in self.place.targets))
        where = f"which has no rows in the targets of '{self.place.place}'"
        if name not in there:
            self.refuse((*path, "published"), f"asks for '{name}', {where}", suggestion(name, there))
        for period in filter(None, (row["period"], row["before"])):
            if not points_of(
                self.place, self.inside, row | {"series": name, "period": period, "before": None}
            ):
                wrong = f"asks for '{name}' ({row['municipality']}, {period}), {where}"
                right = f"choose years with figures that are not flagged: {self._years(name)}"
                self.refuse((*path, "published"), wrong, right)
        if form.sure:
            self.known((*path, "sure"), form.sure, "no certainty", SURE)
        rows = [p for p in self.place.targets if p.series == name]
        own = [p for p in rows if p.municipality == row["municipality"]]
        derived = not own or kind.many or any(p.source.startswith("derived") for p in own)
        sources = dict.fromkeys(p.source for p in own or rows)
        sure = FICTIONAL if self.place.fictional else form.sure or ("DERIVED" if derived else "SEEN")
        unit = self.facts[row["indicators"][0]]["unit"]
        return {
            "series": name,
            "value": None,
            "found_low": None,
            "found_high": None,
            "unit": kind.unit
            or ("percentage points" if unit.startswith("%") and kind.exact is not None else unit),
            "sure": sure,
            "source": next(iter(sources)).partition(" (")[0],
        }

    def point(self, path: KeyPath, form: TargetForm) -> dict[str, Any]:
        """Return one figure of the place's table."""
        date = str(form.published["date"])
        rows = [each for each in self.place.targets if each.series == form.series and each.date == date]
        rows = [each for each in rows if each.municipality == form.municipality and each.flag != BROKEN]
        if not rows:
            there = tuple(dict.fromkeys(point.series for point in self.place.targets))
            wrong = f"asks for '{form.series}' ({form.municipality}, {date}), which is not in the targets of"
            self.refuse((*path, "published"), f"{wrong} '{self.place.place}'", suggestion(form.series, there))
        found, sure = rows[0], form.sure or "SEEN"
        self.known((*path, "sure"), sure, "no certainty", SURE)
        sure = FICTIONAL if self.place.fictional else sure
        return published_figure(found.value, None, None, found.unit, sure, found.source.partition(" (")[0])

    def _years(self, series: str) -> str:
        years = sorted({p.date[:4] for p in self.place.targets if p.series == series and p.flag == ""})
        return f"{years[0]} to {years[-1]}" if years else "there are none"

    def figure(self, path: KeyPath, form: TargetForm, kind: Statistic) -> dict[str, Any]:
        """Return a published figure that is no series of the place: a finding, or one with its source."""
        given, path = form.published, (*path, "published")
        if kind.exact is not None:
            self.refuse(
                path, "is no series", f"'{kind.name}' compares with the place's own table: write series"
            )
        if set(given) == {"finding"}:
            self.known(
                (*path, "finding"), str(given["finding"]), "no finding of configs/evidence", self.findings
            )
            found = self.findings[given["finding"]]
            return published_figure(found.value, found.low, found.high, found.unit, found.sure, found.source)
        for key in given:
            if key not in (*_FIGURE, "finding"):
                self.refuse((*path, key), "unknown key", suggestion(key, ("finding", *_FIGURE)))
        for key in _FIGURE:
            said = given.get(key)
            if key != "figure" and not (isinstance(said, str) and said.strip()):
                self.refuse((*path, key), "missing" if said is None else f"is {quoted(said)}",
                            f"write the {key} of the published figure")  # fmt: skip
        value = given.get("figure")
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.refuse((*path, "figure"), f"is {quoted(value)}", "it must be a number")
        self.known((*path, "sure"), given["sure"], "no certainty", (*SURE, MEMORY))
        return published_figure(float(value), None, None, given["unit"], given["sure"], given["source"])

    def band(self, path: KeyPath, given: Any, known: Mapping[str, Any]) -> dict[str, Any]:
        """Return the band of a target: by name, written out, or the range of its finding."""
        where = (*path, "band")
        if given is None:
            low, high = known["found_low"], known["found_high"]
            if low is None and high is None:
                self.refuse(where, "missing", f"only a finding with a range has a band of its own; {_BAND}")
            why = "the sign alone" if known["sure"] == SIGN else "the range that was published"
            return {"half": None, "percent": None, "low": low, "high": high, "why": why}
        if isinstance(given, str):
            if given not in self.form.bands:
                self.refuse(
                    where, f"is '{given}', which is no band of the file", suggestion(given, self.form.bands)
                )
            band = self.form.bands[given]
        elif isinstance(given, dict):
            try:
                band = validated(Band, self.document.part(where))
            except ConfigError as error:
                self.problems += error.problems
                raise Refused from None
        else:
            self.refuse(where, f"is {quoted(given)}", _BAND)
        ends = [
            band.half is not None,
            band.percent is not None,
            band.low is not None or band.high is not None,
        ]
        if sum(ends) != 1:
            self.refuse(where, "is no band", "write half, or percent, or low and high")
        if band.low is not None and band.high is not None and band.low > band.high:
            self.refuse(where, f"is {band.low:g} to {band.high:g}", "the lower end comes first")
        return band.model_dump(include={"half", "percent", "low", "high", "why"})


def published_figure(
    value: float | None, low: float | None, high: float | None, unit: str, sure: str, source: str
) -> dict[str, Any]:
    """Return what a target keeps of a figure that is no series of the place; None where there is no number."""
    return {"series": "", "value": value, "found_low": low, "found_high": high, "unit": unit, "sure": sure,
            "source": source}  # fmt: skip
