"""The targets of a scorecard, completed and checked: every name, period and figure must be one that there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from labsim.config.documents import Document, KeyPath
from labsim.config.errors import ConfigError
from labsim.config.forms import ExperimentForm
from labsim.config.library import Library
from labsim.config.overlaps import overlaps, start_figures
from labsim.config.problems import validated
from labsim.config.record import WHOLE, RecordRow
from labsim.config.scorecards import FIT, HOLD_OUT, INPUT, ROLES, RecordForm, ScorecardForm, TargetForm
from labsim.config.target_figures import Figures, Refused, published_figure
from labsim.indicators.recorded import GROUPS
from labsim.scenario import Scenario
from labsim.units import format_month, parse_month

if TYPE_CHECKING:
    from labsim.analysis.sight import Statistic

EACH = "each"

_PERIOD = re.compile(r"(\d{4}(?:-\d{2})?)(?:\.\.(\d{4}(?:-\d{2})?))?")
_PERIODS = "it must be a year (2003), a month (2003-01), or a first and a last one (1999..2004)"
_NOT_IN_THE_PLACE = "no municipality of the place"


class _Checker(Figures):
    """Completes the targets of one file and notes what is wrong in them."""

    def targets(self) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
        """Yield every target with its key, those of the record last; what is wrong in one is noted."""
        for i, form in enumerate(self.form.targets):
            path: KeyPath = ("targets", i)
            try:
                yield from ((path, each) for each in self.target(path, form))
            except Refused:
                continue
        if self.form.record is not None:
            try:
                yield from (((("record",)), each) for each in self.record(self.form.record))
            except Refused:
                return

    def target(self, path: KeyPath, form: TargetForm) -> list[dict[str, Any]]:
        """Return a target completed: one, or one for each municipality."""
        self.known((*path, "statistic"), form.statistic, "no statistic", self.statistics)
        kind = self.statistics[form.statistic]
        indicators = self.named(path, form, kind)
        self.known((*path, "role"), form.role, "no role", ROLES)
        self.known((*path, "group"), form.group, "no group of people", GROUPS)
        places = (WHOLE, EACH, *(each.name for each in self.place.municipalities))
        self.known((*path, "municipality"), form.municipality, _NOT_IN_THE_PLACE, places)
        if kind.many and form.municipality != WHOLE:
            self.refuse((*path, "municipality"), f"is '{form.municipality}'",
                        f"'{kind.name}' is taken over all municipalities: leave the key out")  # fmt: skip
        if form.role == FIT and form.breaks == "kept":
            self.refuse((*path, "breaks"), "is 'kept'", "a fit leaves level breaks out: make it a hold_out")
        label = form.label.model_dump()
        common: dict[str, Any] = {
            "target": form.target,
            "label": label,
            "statistic": form.statistic,
            "indicators": indicators,
            "per": form.per,
            "on": form.on,
            "study": form.study,
            "municipality": form.municipality,
            "municipalities": self.inside,
            "group": form.group,
            "period": self.period(path, "period", form.period, kind),
            "before": None if form.before is None else self.period(path, "before", form.before, kind),
            "breaks": form.breaks == "kept",
            "role": form.role,
            "weight": form.weight,
            "note": form.note,
            "misses": form.misses,
        }
        names = self.inside if form.municipality == EACH else (form.municipality,)
        rows = [common | {"municipality": name} for name in names]
        if form.municipality == EACH:
            for row in rows:
                row["target"] = f"{form.target}[{row['municipality']}]"
                row["label"] = {key: f"{text}, {row['municipality']}" for key, text in label.items() if text}
        return [self.held_against(path, form, kind, row) for row in rows]

    def named(self, path: KeyPath, form: TargetForm, kind: Statistic) -> tuple[str, ...]:
        """Return the indicators of a target, checked, with what else its statistic needs."""
        from labsim.analysis.statistics import INDICATORS, STUDY
        from labsim.analysis.study_measures import COMMUTERS_OUT, MEASURES, measure

        indicators = (form.indicator,) if form.indicator is not None else form.indicators
        if form.indicator is not None and form.indicators:
            self.refuse((*path, "indicators"), "is given beside indicator", "write one of the two")
        if kind.table == INDICATORS and not indicators:
            self.refuse((*path, "indicator"), "missing", f"add the indicator of which '{kind.name}' is taken")
        if kind.single and len(indicators) > 1:
            self.refuse(
                (*path, "indicators"), f"has {len(indicators)} names", f"'{kind.name}' takes one indicator"
            )
        for key in ("indicators", "per", "on"):
            for j, name in enumerate(indicators if key == "indicators" else getattr(form, key)):
                where = (*path, "indicator") if key == "indicators" and form.indicator else (*path, key, j)
                self.known(where, name, f"no indicator of '{self.scenario.scenario}'", self.indicators)
        for key in kind.needs:
            if not getattr(form, key):
                self.refuse((*path, key), "missing", f"'{kind.name}' needs it: {kind.definition}")
        if kind.table == STUDY and measure(form.study) is None:
            known = (*MEASURES, f"{COMMUTERS_OUT}2005")
            self.known((*path, "study"), form.study, "nothing that a study measures", known)
        if kind.table == STUDY and self.form.studies is None:
            self.refuse(
                (*path, "study"),
                f"is '{form.study}'",
                "write under studies how large the virtual studies are",
            )
        return tuple(indicators)

    def period(self, path: KeyPath, key: str, text: str, kind: Statistic) -> str:
        """Return a period as first and last month; one that the runs do not record is refused."""
        from labsim.analysis.statistics import STUDY

        if not text and kind.table == STUDY:
            return ""
        match = _PERIOD.fullmatch(text)
        try:
            first, last = ("", "") if match is None else (match[1], match[2] or match[1])
            start, end = _month(first, "01"), _month(last, "12")
        except ValueError:
            self.refuse((*path, key), f"is '{text}'", _PERIODS)
        if end < start:
            self.refuse((*path, key), f"is '{text}'", "the first month must not come after the last one")
        if start < parse_month(self.scenario.start) or end > parse_month(self.scenario.end):
            records = (
                f"scenario '{self.scenario.scenario}' records {self.scenario.start} to {self.scenario.end}"
            )
            self.refuse((*path, key), f"is '{text}'", records)
        return f"{format_month(start)}..{format_month(end)}"

    def record(self, form: RecordForm) -> Iterator[dict[str, Any]]:
        """Yield the rows of an experiment's record as targets: inputs stay inputs, tests are hold-outs."""
        file = self.library.refer("experiment", form.experiment, self.document, ("record", "experiment"))
        rows = [
            row
            for row in validated(ExperimentForm, self.library.document(file)).record
            if row.scenario == form.scenario
        ]
        if not rows:
            self.refuse(("record", "scenario"), f"is '{form.scenario}'",
                        f"the record of '{form.experiment}' has no row of it")  # fmt: skip
        names = [_slug(row.what.en) for row in rows]
        for name in form.misses:
            self.known(("record", "misses", name), name, "no target of the record", names)
        for name, row in zip(names, rows, strict=True):
            for each in (*row.indicators, *row.per):
                self.known(("record", "experiment"), each, f"no indicator of '{self.scenario.scenario}'",
                           self.indicators)  # fmt: skip
            yield self._of_record(form, name, row)

    def _of_record(self, form: RecordForm, name: str, row: RecordRow) -> dict[str, Any]:
        known = published_figure(row.published, None, None, row.unit, row.sure, row.source)
        kind = self.statistics["relative" if row.relative_to else "mean"]
        path: KeyPath = ("record",)
        return {
            "target": name,
            "label": row.what.model_dump(),
            "statistic": kind.name,
            "indicators": row.indicators,
            "per": row.per,
            "on": (),
            "study": "",
            "municipality": WHOLE,
            "municipalities": self.inside,
            "group": row.group,
            "period": self.period((*path, "experiment"), "period", row.period, kind),
            "before": None if row.relative_to is None
            else self.period((*path, "experiment"), "before", row.relative_to, kind),
            "breaks": True,
            "role": INPUT if row.input else HOLD_OUT,
            "weight": 0.0,
            "note": row.note,
            "misses": form.misses.get(name, ""),
            **known,
            **self.band(path, form.band, known),
        }  # fmt: skip


def complete(
    library: Library, document: Document, form: ScorecardForm, scenario: Scenario
) -> list[dict[str, Any]]:
    """Return the targets of a scorecard as complete mappings, or raise one ConfigError with all that is wrong."""
    checker = _Checker(library, document, form, scenario)
    found: dict[str, dict[str, Any]] = {}
    keys: dict[str, KeyPath] = {}
    for path, target in checker.targets():
        name = target["target"]
        if name in found:
            wrong = f"is '{name}' once more"
            checker.problems.append(
                document.problem((*path, "target"), wrong, "each target needs a name of its own")
            )
        found.setdefault(name, target)
        keys.setdefault(name, path)
    if not form.targets:
        checker.problems.append(
            document.problem(("targets",), "is empty", "a scorecard needs at least one target")
        )
    if not checker.problems:
        rows = [(keys[name], target) for name, target in found.items()]
        checker.problems += start_figures(document, scenario, checker.inside, rows)
        checker.problems += overlaps(document, scenario, checker.inside, rows)
    if checker.problems:
        raise ConfigError(*sorted(checker.problems, key=lambda problem: problem.line or 0))
    return list(found.values())


def _month(text: str, month: str) -> int:
    return parse_month(text if "-" in text else f"{text}-{month}")


def _slug(text: str) -> str:
    """Return words as a name: ``Entries into ABM, 2005`` -> ``entries_into_abm_2005``."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
